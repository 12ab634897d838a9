"""The versions of an entry: what differs between two, or from another entry, and the way back."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Refusal
from trunkline.documents.patch import ABSENT, Change, changes, same
from trunkline.documents.shape import Json
from trunkline.kernel.masks import is_hidden
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.web.catalog.kinds import address_of, entry_kind
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.details.restoring import restore
from trunkline.web.editing.problems import label_of_path
from trunkline.web.forms import Form
from trunkline.web.history import LINES_MAX, changes_at, history_of
from trunkline.web.records import Record, record_of
from trunkline.web.values import EMPTY, Cell, cell

UNTOLD = ("lastUpdate", "href", "id")
STEPS_MAX = LINES_MAX


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
            found = (
                changes(other.document, record.document)
                if other is not None
                else list(_differences(work, record, first, last))
            )
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
            {"path": label_of_path(one.path), "old": self._cell(one.path, one.old),
             "new": self._cell(one.path, one.new)}
            for one in found
            if one.path.partition(".")[0].partition("[")[0] not in UNTOLD
            and (record.hidden is None or not is_hidden(record.hidden, one.path))
        ]  # fmt: skip

    def _cell(self, path: str, value: Json) -> Cell:
        if value is ABSENT or value is None:
            return EMPTY
        if isinstance(value, (dict, list)):
            return Cell("text", ", ".join(str(one) for one in value) or "empty")
        return cell(path.rpartition(".")[2], value, self._desk.zone)

    # --- the way back --------------------------------------------------------------------------

    def _back(self, visit: Visit, form: Form, *, segment: str, ident: str) -> Answer:
        resource = entry_kind(self._desk.addresses, segment)
        wanted = form.text("version")
        try:
            with self._desk.work(visit) as work:
                record = record_of(work, resource, ident)
                oldest = int(wanted) if wanted.isdigit() else record.version
                for version in range(record.version, max(oldest, record.version - STEPS_MAX), -1):
                    restore(work, resource, record.id, version=version, only_last=False)
        except Refusal as refusal:
            if refusal.status in {401, 403}:
                raise
            return self._view(visit, segment=segment, ident=ident, refusal=refusal)
        return Moved(f"{address_of(self._desk.addresses, resource, record.key)}?done=restored")


def _differences(work: Work, record: Record, first: int, last: int) -> Iterable[Change]:
    """Return what differs between two versions: per path the first old and the last new value."""
    found: dict[str, Change] = {}
    for version in range(first + 1, last + 1)[:STEPS_MAX]:
        for one in changes_at(work, record, version):
            before = found.get(one.path)
            old = before.old if before is not None else one.old
            found[one.path] = Change(one.path, old, one.new)
    return [one for one in found.values() if not same(one.old, one.new)]


def _message(refusal: Refusal | None) -> str:
    if refusal is None:
        return ""
    return refusal.told
