"""Many records at once: what is to be done with them, a preview of it, and the start of the job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Invalid, NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.details.moves import reason_of, state_patch
from trunkline.web.editing.arranging import is_in_line
from trunkline.web.editing.asking import Asking, asking_of, inside
from trunkline.web.editing.nodes import Part
from trunkline.web.editing.reading import Reader, marked, pruned
from trunkline.web.editing.sheet import Sheet, nodes_at
from trunkline.web.facts import Teller
from trunkline.web.forms import Form
from trunkline.web.governed import governed
from trunkline.web.lists.chosen import Chosen, chosen_of
from trunkline.web.lists.export_page import FileAnswer, export_of
from trunkline.web.lists.job_titles import (
    ACTION,
    CHANGE,
    REMOVAL,
    english_title,
    told_title,
)
from trunkline.web.lists.list_page import listed
from trunkline.web.lists.many_elements import TITLES, asked_of, lists_of
from trunkline.web.lists.selection import actions_of
from trunkline.web.wording import plural, words
from trunkline.workspace.elements import ElementChange
from trunkline.workspace.many import Tried, change_many, remove_many, try_change, try_removal

MOVE = "move:"


@dataclass(frozen=True)
class Wanted:
    """What is to become of every record: a merge patch, and changes inside its lists.

    `action` is what that is called, where it has a name.
    """

    patch: Mapping[str, Json]
    elements: Sequence[ElementChange] = ()
    action: str = ""

    @property
    def names(self) -> list[str]:
        """The attributes that it changes."""
        return [*self.patch, *(one.path for one in self.elements)]


class ManyPage:
    """`/r/{segment}/bulk`: one form that is filled in, previewed and started."""

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, segment: str) -> None:
        """Go back to the list: what is selected there is not in an address."""

        def view(_visit: Visit) -> Answer:
            return Moved(self._desk.addresses.of_list(listed(self._desk, segment)))

        self._desk.answer(req, resp, view)

    def on_post(self, req: falcon.Request, resp: falcon.Response, segment: str) -> None:
        """Show the next step, or begin."""
        file = FileAnswer()
        self._desk.act(req, resp, partial(self._act, segment=segment, file=file))
        file.send(resp)

    def _act(self, visit: Visit, form: Form, *, segment: str, file: FileAnswer) -> Answer:
        resource = listed(self._desk, segment)
        do = form.text("do")
        with self._desk.work(visit) as work:
            chosen = chosen_of(self._desk, work, resource, form)
            if do == "edit":
                return self._edit(visit, work, chosen, form)
        if do == "export":
            return export_of(self._desk, visit, chosen, "csv", "view", file)
        if do == "remove":
            return self._remove(visit, chosen, form)
        if do.startswith(MOVE):
            return self._move(visit, chosen, form, do.removeprefix(MOVE))
        raise NotFound("notFound", f"there is nothing called {do} to do with many records")

    # --- changing values -----------------------------------------------------------------------

    def _edit(self, visit: Visit, work: Work, chosen: Chosen, form: Form) -> Answer:
        resource, step = chosen.resource, form.text("step")
        asking = asking_of(work, resource, {}, is_new=False)
        offered, lists = editable(asking), lists_of(asking)
        fields = [one for one in dict.fromkeys(form.all("field"))
                  if not step.startswith("drop:") or one != step.removeprefix("drop:")]  # fmt: skip
        names, elements = [one for one in fields if one in offered], asked_of(fields, lists)
        typed = marked(form.fields)
        for one in elements:
            typed |= one.marks()
        draft = Reader(typed, self._desk.zone).read(resource.type, {}, asking.runtime)
        document = pruned(draft)
        if step in {"preview", "start"} and (names or elements):
            patch = {name: document.get(name) for name in names}
            wanted = Wanted(patch, [one.change(draft) for one in elements])
            return self._go(visit, chosen, form, "edit", wanted)
        sheet = Sheet(resource, None, {}, 0, asking, draft)

        def called(name: str) -> str:
            return asking.governed.label(name) or words(name)

        def inputs(name: str) -> list[Part]:
            found: list[Part] = nodes_at(work, self._desk, sheet, name)["parts"]
            return found

        values = self._values(chosen, "edit") | {
            "inputs": [{"name": one, "label": called(one), "doing": "", "parts": inputs(one)}
                       for one in names]
            + [{"name": one.field, "label": words(one.path), "doing": TITLES[one.do],
                "parts": one.parts(inputs(one.path))} for one in elements],
            "replaces": bool(names),
            "offered": [{"name": one, "label": called(one)} for one in offered
                        if one not in names and asking.governed.has_use_for(one)],
            "lists": [{"name": f"{one}:{do}", "label": words(one), "doing": title}
                      for one in lists for do, title in TITLES.items()
                      if one not in {other.path for other in elements}
                      and asking.governed.has_use_for(one)],
        }  # fmt: skip
        is_part = visit.req.get_header("HX-Request") == "true"
        return Shown("list_many_form.html" if is_part else "list_many_edit.html", values)

    # --- states and removal --------------------------------------------------------------------

    def _move(self, visit: Visit, chosen: Chosen, form: Form, state: str) -> Answer:
        resource = chosen.resource
        with self._desk.work(visit) as work:
            offered = actions_of(work, resource)
        action = next((one for one in offered if one.state == state), None)
        if action is None:
            raise NotFound("notFound", f"{plural(resource.title)} are not brought to {state} here")
        reason = form.text("reason")
        needs = bool(resource.lifecycle and resource.lifecycle.by_hand)
        asks = bool(reason_of(resource)) and (needs or action.explain)
        if asks and not reason and (needs or not form.text("step")):
            values = self._values(chosen, f"{MOVE}{state}") | {
                "action": action, "needs": needs, "missing": bool(form.text("step")),
            }  # fmt: skip
            return Shown("list_many_move.html", values)
        wanted = Wanted(state_patch(resource, state, reason), action=action.title)
        return self._go(visit, chosen, form, f"{MOVE}{state}", wanted)

    def _remove(self, visit: Visit, chosen: Chosen, form: Form) -> Answer:
        services, resource = self._desk.services, chosen.resource
        if "delete" not in resource.operations:
            raise NotFound("notFound", f"{plural(resource.title)} are not removed")
        if chosen.step_of(form) == "start":
            told = told_title(REMOVAL, resource.name, chosen.count)
            ident = remove_many(
                services, visit.actor, resource, query=chosen.query, idents=chosen.idents,
                title=english_title(services.registry, told), told=told,
            )  # fmt: skip
            return Moved(f"/jobs/{ident}")
        visit.actor.must(resource, "delete")
        tried = try_removal(services, visit.actor, resource, chosen.sample)
        return self._preview(visit, chosen, form, "remove", (), tried, [])

    # --- preview and start ---------------------------------------------------------------------

    def _go(self, visit: Visit, chosen: Chosen, form: Form, do: str, wanted: Wanted) -> Answer:
        services, resource = self._desk.services, chosen.resource
        patch, elements = wanted.patch, wanted.elements
        if not wanted.names:
            raise Invalid("nothingAsked", "choose what is to be changed")
        if chosen.step_of(form) == "start":
            text = ACTION if wanted.action else CHANGE
            told = told_title(text, resource.name, chosen.count, action=wanted.action)
            ident = change_many(
                services, visit.actor, resource, patch=patch, elements=elements,
                query=chosen.query, idents=chosen.idents,
                title=english_title(services.registry, told), told=told,
            )  # fmt: skip
            return Moved(f"/jobs/{ident}")
        tried = try_change(services, visit.actor, resource, patch, chosen.sample, elements)
        kept = [
            {"name": name, "value": value}
            for name, values in form.fields.items()
            if name in {"field", "reason"} or name in marked(form.fields)
            for value in values
        ]
        return self._preview(visit, chosen, form, do, wanted.names, tried, kept)

    def _preview(
        self, visit: Visit, chosen: Chosen, form: Form, do: str, names: Sequence[str],
        tried: Sequence[Tried], kept: list[dict[str, str]],
    ) -> Answer:  # fmt: skip
        with self._desk.work(visit) as work:
            known = governed(work, chosen.resource)
        teller = Teller(self._desk.zone, {}, known)
        declared = chosen.resource.type.by_json_name()

        def told(name: str, document: Mapping[str, Json]) -> Any:
            value = document.get(name)
            found = teller.value(name, value, declared.get(name))
            return {"is_there": value is not None, "value": found}

        rows = [
            {"key": one.key, "label": one.label, "faults": one.faults,
             "address": self._desk.addresses.of_record(chosen.resource, one.key),
             "same": not one.faults and bool(names)
             and all(one.before.get(name) == one.after.get(name) for name in names),
             "values": [] if one.faults else
             [(told(name, one.before), told(name, one.after)) for name in names]}
            for one in tried
        ]  # fmt: skip
        refused = sum(bool(one.faults) for one in tried)
        same = sum(bool(one["same"]) for one in rows)
        values = self._values(chosen, do) | {
            "heads": [known.label(one) or words(one) for one in names],
            "rows": rows,
            "tried": len(rows),
            "would": len(rows) - refused - same,
            "same": same,
            "refused": refused,
            "is_all": chosen.count == len(rows),
            "is_other": not chosen.is_as_told(form),
            "kept": kept,
        }
        return Shown("list_many_preview.html", values)

    def _values(self, chosen: Chosen, do: str) -> dict[str, Any]:
        base = self._desk.addresses.of_list(chosen.resource)
        return {
            "list": {"title": plural(chosen.resource.title),
                     "address": f"{base}?{chosen.state}" if chosen.state else base},
            "address": f"{base}/bulk",
            "do": do,
            "how_many": chosen.how_many,
            "selection": chosen.fields,
        }  # fmt: skip


def editable(asking: Asking) -> list[str]:
    """Return the attributes that can be set for many at once: values, choices and references."""
    found = [*asking.runtime]
    for name, attribute in asking.resource.type.by_json_name().items():
        if name in {"id", "href"} or asking.skips(name):
            continue
        steps, shape = inside(asking.steps, name), attribute.shape
        if steps is None or steps:
            continue
        if shape is None or (not attribute.is_list and (is_in_line(shape) or shape.targets)):
            found.append(name)
    return found
