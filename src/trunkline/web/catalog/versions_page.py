"""The versions of an entry: what differs between two, or from another entry, and the way back.

What an entry was at a version comes of what it is now, less each change since.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Invalid, NotFound, Refusal
from trunkline.documents.patch import ABSENT, Change, changes
from trunkline.documents.shape import Json
from trunkline.kernel.masks import is_hidden
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.pages.language import ENGLISH, say, spoken
from trunkline.rest.writing import change
from trunkline.web.catalog.kinds import address_of, entry_kind
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.details.restoring import MERGE, restored_through
from trunkline.web.editing.paths import difference
from trunkline.web.forms import Form
from trunkline.web.history import changes_since, history_of
from trunkline.web.records import Record, record_of
from trunkline.web.values import EMPTY, Cell, cell
from trunkline.web.wording import PART, words

UNTOLD = ("lastUpdate", "href", "id")
STEPS_MAX = 1_000
DIGITS_MAX = 9
CALLED = "\u2007"
"""Stands before the id of an element that has none of its own and is known by its name here."""
BY = ("name", "value")
"""By what elements of a list are told from each other that have no ids."""


class VersionsPage:
    """`/catalog/{segment}/{ident}/versions?from=…&to=…` or `?with=…`."""

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str) -> None:
        """Show the versions and what differs."""
        self._desk.answer(req, resp, partial(self._view, segment=segment, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str) -> None:
        """Set the entry back to what it was at a version."""
        self._desk.act(req, resp, partial(self._back, segment=segment, ident=ident))

    def _view(
        self, visit: Visit, *, segment: str, ident: str, refusal: Refusal | None = None
    ) -> Answer:
        resource = entry_kind(self._desk.addresses, segment)
        with self._desk.work(visit) as work:
            record = record_of(work, resource, ident)
            lines, _ = history_of(work, record, self._desk.zone, None)
            other = self._other(work, resource, visit.req.get_param("with"))
            first, last = self._between(visit, record)
            lost: Refusal | None = None
            if other is not None:
                before, after = other.document, record.document
            else:
                try:
                    first, before, after = _at_versions(work, record, first, last)
                except Invalid as error:
                    lost, before, after = error, {}, {}
            found = changes(_known_by_name(before), _known_by_name(after))
            values = {
                "label": record.label,
                "key": record.key,
                "kind": resource.name,
                "address": address_of(self._desk.addresses, resource, record.key),
                "lines": lines,
                "version": record.version,
                "first": first,
                "last": last,
                "other": {"label": other.label, "key": other.key, "id": other.id}
                if other is not None else None,
                "rows": self._rows(record, found),
                "may_restore": "patch" in resource.operations
                and work.actor.grant(resource, "update") is not None,
                "problem": _message(refusal),
                "lost": _message(lost),
            }  # fmt: skip
        if visit.req.get_header("HX-Request") == "true":
            return Shown("catalog_differences.html", values)
        return Shown("catalog_versions.html", values, refusal.status if refusal else 200)

    def _between(self, visit: Visit, record: Record) -> tuple[int, int]:
        last = visit.req.get_param_as_int("to", min_value=1, default=record.version)
        last = min(last or record.version, record.version)
        first = visit.req.get_param_as_int("from", min_value=1, default=max(1, last - 1))
        return min(first or 1, last), last

    def _other(self, work: Work, resource: Resource, ident: str | None) -> Record | None:
        return record_of(work, resource, ident) if ident else None

    def _rows(self, record: Record, found: Iterable[Change]) -> list[dict[str, Any]]:
        return [
            {"path": _called(one.path), "old": self._cell(one.path, one.old),
             "new": self._cell(one.path, one.new)}
            for one in found
            if one.path.partition(".")[0].partition("[")[0] not in UNTOLD
            and not _is_made_up(one)
            and (record.hidden is None or not is_hidden(record.hidden, one.path))
        ]  # fmt: skip

    def _cell(self, path: str, value: Json) -> Cell:
        if value is ABSENT or value is None:
            return EMPTY
        if isinstance(value, (dict, list)):
            return Cell("text", ", ".join(str(one).lstrip(CALLED) for one in value) or "empty")
        return cell(path.rpartition(".")[2], value, self._desk.zone)

    # --- the way back --------------------------------------------------------------------------

    def _back(self, visit: Visit, form: Form, *, segment: str, ident: str) -> Answer:
        resource = entry_kind(self._desk.addresses, segment)
        typed = form.text("version")
        is_number = typed.isascii() and typed.isdecimal() and len(typed) <= DIGITS_MAX
        try:
            with self._desk.work(visit) as work:
                document = work.lock(resource.type, ident)
                record = record_of(work, resource, document.id)
                wanted = int(typed) if is_number else 0
                steps = changes_since(work, record, wanted, STEPS_MAX) if wanted else []
                if not record.version - len(steps) <= wanted <= record.version:
                    raise NotFound("notFound", f"version {typed[:20]} of {record.key} is not kept")
                after = restored_through(record.document, steps)
                change(work, document, difference(record.document, after), MERGE)
        except Refusal as refusal:
            if refusal.status in {401, 403}:
                raise
            return self._view(visit, segment=segment, ident=ident, refusal=refusal)
        return Moved(f"{address_of(self._desk.addresses, resource, record.key)}?done=restored")


def _at_versions(
    work: Work, record: Record, first: int, last: int
) -> tuple[int, dict[str, Json], dict[str, Json]]:
    """Return what an entry was at two versions, and the first of them.

    That is a later one than was asked for where the changes since are not kept any more.
    """
    steps = changes_since(work, record, first, STEPS_MAX)
    since = record.version - last
    after = restored_through(record.document, steps[:since])
    return record.version - len(steps), restored_through(after, steps[since:]), after


def _known_by_name(value: Json) -> Any:
    """Return a value in which elements of lists without ids have their names for ids.

    They are told from each other by these, not by their places, which others move.
    """
    if isinstance(value, dict):
        return {name: _known_by_name(one) for name, one in value.items()}
    if not isinstance(value, list):
        return value
    elements = [_known_by_name(one) for one in value]
    for by in BY:
        names = [str(one[by]) for one in elements if _is_called(one, by)]
        if len(set(names)) == len(elements):
            pairs = zip(elements, names, strict=True)
            return [{**one, "id": f"{CALLED}{name}"} for one, name in pairs]
    return elements


def _is_called(element: Json, by: str) -> bool:
    if not isinstance(element, dict) or "id" in element:
        return False
    return by in element and not isinstance(element[by], (dict, list))


def _is_made_up(one: Change) -> bool:
    """Tell whether a change is about an id that an element has here only."""
    is_id = one.path.endswith(".id") and not one.path.endswith("[*].id")
    return is_id and any(
        isinstance(held, str) and held[:1] == CALLED for held in (one.old, one.new)
    )


def _called(path: str) -> str:
    """Return a path as words: `held[id=7].value` is `Held 7, value`."""
    told: list[str] = []
    for name, key in PART.findall(path):
        if name:
            word = say(words(name))
            is_small = bool(told) and spoken().code == ENGLISH
            told.append(word[:1].lower() + word[1:] if is_small else word)
        elif key.isdecimal():
            told[-1] += f" {int(key) + 1}"
        elif key.startswith("id=") and not UUID.fullmatch(key[3:]):
            text = json.loads(key[3:]) if key[3:4] == '"' else key[3:]
            told[-1] += f" {str(text).removeprefix(CALLED)}"
        elif key.startswith('"'):
            told.append(str(json.loads(key)))
    if len(told) > 1 and path.endswith((".id", "[*].id")):
        told.pop()
    return ", ".join(told)


def _message(refusal: Refusal | None) -> str:
    if refusal is None:
        return ""
    return refusal.told
