"""The page on which an entry is moved in the tree: a choice of places, and the move itself."""

from __future__ import annotations

from functools import partial

import falcon

from trunkline.catalog.entry import CatalogEntry
from trunkline.documents.errors import Invalid, Refusal
from trunkline.kernel.work import Work
from trunkline.web.catalog.kinds import BASE, address_of, entry_kind
from trunkline.web.catalog.placing import PLACES, movable_kind, move, places_for
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.records import record_of


class PlacePage:
    """`/catalog/{segment}/{ident}/place`."""

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str) -> None:
        """Ask where it is to go."""
        self._desk.answer(req, resp, partial(self._view, segment=segment, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str) -> None:
        """Move it: from the place it was dragged from, or from all."""
        self._desk.act(req, resp, partial(self._move, segment=segment, ident=ident))

    def _view(
        self, visit: Visit, *, segment: str, ident: str, refusal: Refusal | None = None
    ) -> Answer:
        resource = entry_kind(self._desk.addresses, segment)
        kind = movable_kind(resource.name)
        with self._desk.work(visit) as work:
            work.actor.must(resource, "update")
            record = record_of(work, resource, ident)
            places = [
                {"value": self._address(one.kind, one.key), "label": one.label,
                 "title": one.kind.resource.title, "chosen": one.chosen}
                for one in places_for(work, kind, record.id)
            ]  # fmt: skip
            values = {
                "label": record.label,
                "address": address_of(self._desk.addresses, resource, record.key),
                "places": places,
                "leaves": [one for one in places if one["chosen"]],
                "problem": _message(refusal),
            }
        return Shown("catalog_place.html", values, refusal.status if refusal else 200)

    def _move(self, visit: Visit, form: Form, *, segment: str, ident: str) -> Answer:
        resource = entry_kind(self._desk.addresses, segment)
        kind = movable_kind(resource.name)
        try:
            with self._desk.work(visit) as work:
                to = self._place(work, form.text("to"))
                from_text = form.text("from")
                leaves = from_text.rpartition("/")[2] if from_text else None
                key = move(work, kind, ident, to, leaves)
        except Refusal as refusal:
            if refusal.status in {401, 403, 404}:
                raise
            return self._view(visit, segment=segment, ident=ident, refusal=refusal)
        return Moved(f"{address_of(self._desk.addresses, resource, key)}?done=moved")

    def _address(self, kind: type[CatalogEntry], key: str) -> str:
        return address_of(self._desk.addresses, kind.resource, key)

    def _place(self, work: Work, address: str) -> CatalogEntry:
        segment, _, key = address.removeprefix(f"{BASE}/").partition("/")
        resource = self._desk.addresses.resource(segment)
        kind = next((one for one in PLACES if one.resource is resource), None)
        found = work.get(kind, key) if kind is not None else None
        if found is None:
            raise Invalid("noPlace", "choose where it is to go")
        return found


def _message(refusal: Refusal | None) -> str:
    if refusal is None:
        return ""
    return refusal.told
