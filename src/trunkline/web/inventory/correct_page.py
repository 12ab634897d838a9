"""Something done about differences to another inventory: chosen, tried, and begun."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import falcon

from trunkline.documents.errors import NotFound, Refusal
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.reconciling.difference import InventoryDifference
from trunkline.ordering.reconciling.correcting import (
    Tried,
    Wanted,
    begin_correction,
    try_correction,
)
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.inventory.reconciliation_page import DIFFERENCES
from trunkline.web.lists.chosen import Chosen, chosen_of
from trunkline.web.lists.job_titles import english_title, told_title
from trunkline.web.wording import plural, words

CORRECT = "/reconciliation/correct"
ACTIONS = {
    "takeTheirs": ("Take theirs", "Our inventory is corrected. This needs a right of its own."),
    "sendOurs": ("Tell them ours", "The other inventory is sent what ours says."),
    "order": ("Make an order", "A value is changed, or what is gone ended, by a service order."),
    "ignore": ("Leave it alone", "It does not come back until a day, or until a value changes."),
    "reopen": ("Look at it again", "A decision is taken back, and it is open again."),
}
TITLE = "%(action)s: %(what)s"
FIELDS = ("action", "until", "reason")


class CorrectPage:
    """`/reconciliation/correct`."""

    needs = "InventoryDifference:update"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Ask about one difference; without one go to the list, where they are selected."""
        self._desk.answer(req, resp, self._about)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Ask what is to be done, show what that would do, or begin."""
        self._desk.act(req, resp, self._go)

    @property
    def _list(self) -> str:
        return self._desk.addresses.of_list(InventoryDifference.resource)

    def _about(self, visit: Visit) -> Answer:
        ident = visit.req.get_param("about")
        if not ident:
            return Moved(self._list)
        resource = InventoryDifference.resource
        with self._desk.work(visit) as work:
            work.actor.must(resource, "update")
            found = work.get(InventoryDifference, ident)
        if found is None:
            raise NotFound("notFound", f"there is no difference {ident}")
        chosen = Chosen(resource, "", (found.id,), None, 1, [found.id])
        return self._ask(chosen, Form())

    def _go(self, visit: Visit, form: Form) -> Answer:
        services = self._desk.services
        visit.actor.must(InventoryDifference.resource, "update")
        with self._desk.work(visit) as work:
            chosen = chosen_of(self._desk, work, InventoryDifference.resource, form)
        step = chosen.step_of(form)
        if step not in {"preview", "start"}:
            return self._ask(chosen, form)
        try:
            wanted = Wanted.read(sent_of(form, self._desk.zone))
        except Refusal as refusal:
            return self._ask(chosen, form, refusal)
        if step == "start":
            told = told_title(TITLE, InventoryDifference.resource.name, chosen.count,
                              action=ACTIONS[wanted.action][0])  # fmt: skip
            job = begin_correction(
                services, visit.actor, wanted, title=english_title(services.registry, told),
                query=chosen.query, idents=chosen.idents, told=told,
            )  # fmt: skip
            return Moved(f"/jobs/{job}")
        tried = try_correction(services, visit.actor, wanted, chosen.sample)
        refused = sum(bool(one.faults) for one in tried)
        values = self._values(chosen, form) | {
            "rows": [self._row(one, wanted) for one in tried],
            "tried": len(tried),
            "would": len(tried) - refused,
            "refused": refused,
            "is_all": chosen.count == len(tried),
            "is_other": not chosen.is_as_told(form),
            "action": ACTIONS[wanted.action][0],
            "reason": wanted.reason,
            "until": form.text("until"),
        }
        return Shown("reconciliation_preview.html", values)

    def _row(self, one: Tried, wanted: Wanted) -> dict[str, Any]:
        found = one.difference
        what = found.difference_kind if found is not None else ""
        return {
            "key": one.key,
            "address": self._desk.addresses.of_record(InventoryDifference.resource, one.key),
            "name": (found.name if found is not None else None) or one.key,
            "what": DIFFERENCES.get(what, ""),
            "attribute": words(found.attribute or "") if found is not None else "",
            "ours": _text(found.ours) if found is not None else "",
            "theirs": _text(found.theirs) if found is not None else "",
            "does": one.does if wanted.action == "sendOurs" else "",
            "faults": one.faults,
        }

    def _ask(self, chosen: Chosen, form: Form, refusal: Refusal | None = None) -> Answer:
        problems = dict.fromkeys(FIELDS, "")
        problems |= {one.path: one.message for one in (refusal.faults if refusal else ())}
        values = self._values(chosen, form) | {
            "actions": [
                {"name": name, "title": title, "help": help_text}
                for name, (title, help_text) in ACTIONS.items()
            ],
            "problems": problems,
        }
        return Shown("reconciliation_correct.html", values, refusal.status if refusal else 200)

    def _values(self, chosen: Chosen, form: Form) -> dict[str, Any]:
        address = f"{self._list}?{chosen.state}" if chosen.state else self._list
        title = plural(InventoryDifference.resource.title)
        return {
            "list": {"title": title, "address": address},
            "address": CORRECT,
            "how_many": chosen.how_many,
            "selection": chosen.fields,
            "typed": {name: form.text(name) for name in FIELDS},
        }


def sent_of(form: Form, zone: Any) -> Mapping[str, Json]:
    """Return what a form asks for in the words of the interface."""
    sent: dict[str, Json] = {"action": form.text("action"), "reason": form.text("reason")}
    until = form.text("until")
    if until and sent["action"] == "ignore":
        try:
            day = date.fromisoformat(until)
        except ValueError:
            return sent | {"until": until}
        sent["until"] = format_instant(datetime(day.year, day.month, day.day, tzinfo=zone))
    return sent


def _text(value: Any) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else str(value)
