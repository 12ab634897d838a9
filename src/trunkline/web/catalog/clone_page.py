"""The page on which an offer is cloned: its new name, its prices, one button."""

from __future__ import annotations

from functools import partial

import falcon

from trunkline.catalog.offering import ProductOffering
from trunkline.documents.errors import Fault, Invalid, NotFound, Refusal
from trunkline.web.catalog.cloning import AMOUNT, clone, price_rows
from trunkline.web.catalog.kinds import address_of, entry_kind
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.editing.problems import label_of_path
from trunkline.web.forms import Form
from trunkline.web.records import record_of

RESOURCE = ProductOffering.resource


class ClonePage:
    """`/catalog/{segment}/{ident}/clone`, of offerings."""

    needs = "ProductOffering:create"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str) -> None:
        """Ask for the name and the prices of the copy."""
        self._desk.answer(req, resp, partial(self._view, form=Form(), segment=segment, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str) -> None:
        """Make it, as a draft."""
        self._desk.act(req, resp, partial(self._make, segment=segment, ident=ident))

    def _view(
        self, visit: Visit, form: Form, *, segment: str, ident: str, refusal: Refusal | None = None
    ) -> Answer:
        if entry_kind(self._desk.addresses, segment) is not RESOURCE:
            raise NotFound("notFound", "only offers are cloned here")
        typed = _amounts(form)
        faults = _faults(refusal)
        own = {one.path: one.message for one in faults if one.path.startswith((AMOUNT, "name"))}
        with self._desk.work(visit) as work:
            work.actor.must(RESOURCE, "create")
            record = record_of(work, RESOURCE, ident)
            values = {
                "label": record.label,
                "address": address_of(self._desk.addresses, RESOURCE, record.key),
                "name": form.text("name"),
                "prices": [vars(one) | {"field": AMOUNT + one.id,
                                        "wrong": own.get(AMOUNT + one.id, "")}
                           for one in price_rows(work, record, typed)],
                "wrong_name": own.get("name", ""),
                "faults": [{"label": label_of_path(one.path), "message": one.message}
                           for one in faults if one.path not in own],
            }  # fmt: skip
        return Shown("catalog_clone.html", values, refusal.status if refusal else 200)

    def _make(self, visit: Visit, form: Form, *, segment: str, ident: str) -> Answer:
        try:
            name = form.text("name")
            if not name:
                message = "say what the new offer is called"
                raise Invalid("badBody", message, faults=[Fault("name", "missing", message)])
            with self._desk.work(visit) as work:
                record = record_of(work, RESOURCE, ident)
                key = clone(work, record, name, _amounts(form))
        except Refusal as refusal:
            if refusal.status in {401, 403, 404}:
                raise
            return self._view(visit, form, segment=segment, ident=ident, refusal=refusal)
        return Moved(f"{address_of(self._desk.addresses, RESOURCE, key)}?done=cloned")


def _amounts(form: Form) -> dict[str, str]:
    return {
        name.removeprefix(AMOUNT): form.text(name)
        for name in form.fields
        if name.startswith(AMOUNT)
    }


def _faults(refusal: Refusal | None) -> list[Fault]:
    if refusal is None:
        return []
    return list(refusal.faults) or [Fault("", refusal.code, refusal.message)]
