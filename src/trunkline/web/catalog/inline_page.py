"""What is changed in an entry without leaving it: its prices and its characteristics."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import falcon

from trunkline.catalog.offering import ProductOffering
from trunkline.documents.errors import NotFound, Refusal
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.web.catalog.catalog_page import CatalogPage, is_part
from trunkline.web.catalog.characteristics import characteristics_of, do_characteristic, place_of
from trunkline.web.catalog.kinds import address_of, entry_kind
from trunkline.web.catalog.price_lines import do_price, price_lines
from trunkline.web.desk import Answer, Desk, Moved, Visit
from trunkline.web.forms import Form
from trunkline.web.records import Record, record_of

PRICE_DONE = {"add": "The price is added.", "change": "The new price is kept.",
              "end": "The price ends then.", "off": "The price is taken off."}  # fmt: skip
CHARACTERISTIC_DONE = {"add": "The characteristic is added.", "change": "Saved.",
                       "off": "The characteristic is taken off."}  # fmt: skip
Values = Callable[[Work, Record, Form | None, Refusal | None], dict[str, Any]]
Write = Callable[[Work, Form, str], None]


class InlinePage:
    """`/catalog/{segment}/{ident}/price` and `…/characteristic`: a card with its open form."""

    needs = "byRecord"

    def __init__(self, desk: Desk, page: CatalogPage) -> None:
        self._desk = desk
        self._page = page

    def on_get_price(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Show the prices, with the form that is asked for."""
        self._desk.answer(req, resp, partial(self._price, form=None, segment=segment, ident=ident))

    def on_post_price(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Add, change or end a price."""
        self._desk.act(req, resp, partial(self._price, segment=segment, ident=ident))

    def on_get_characteristic(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Show the characteristics, with the form that is asked for."""
        view = partial(self._characteristic, form=None, segment=segment, ident=ident)
        self._desk.answer(req, resp, view)

    def on_post_characteristic(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Add, change or take off a characteristic."""
        self._desk.act(req, resp, partial(self._characteristic, segment=segment, ident=ident))

    # --- inside --------------------------------------------------------------------------------

    def _price(self, visit: Visit, form: Form | None, *, segment: str, ident: str) -> Answer:
        resource = entry_kind(self._desk.addresses, segment)
        if resource is not ProductOffering.resource:
            raise NotFound("notFound", "only offers have prices")

        def values(
            work: Work, record: Record, form: Form | None, refusal: Refusal | None
        ) -> dict[str, Any]:
            return price_lines(work, self._desk, record, form, refusal)

        def write(work: Work, form: Form, ident: str) -> None:
            do_price(work, form, ident, self._desk.zone)

        return self._card(
            visit, form, resource, ident, "catalog_entry_prices.html", PRICE_DONE, values, write
        )

    def _characteristic(
        self, visit: Visit, form: Form | None, *, segment: str, ident: str
    ) -> Answer:
        resource = entry_kind(self._desk.addresses, segment)
        if place_of(resource.type) is None:
            raise NotFound("notFound", "only specifications have characteristics")

        def values(
            _work: Work, record: Record, form: Form | None, refusal: Refusal | None
        ) -> dict[str, Any]:
            return {"characteristics": characteristics_of(record, form, refusal)}

        def write(work: Work, form: Form, ident: str) -> None:
            do_characteristic(work, resource.type, form, ident)

        return self._card(
            visit, form, resource, ident, "catalog_entry_characteristics.html",
            CHARACTERISTIC_DONE, values, write,
        )  # fmt: skip

    def _card(
        self, visit: Visit, form: Form | None, resource: Resource, ident: str, template: str,
        done: dict[str, str], values: Values, write: Write,
    ) -> Answer:  # fmt: skip
        """Write what a form asks for, and show the card as it is then; or with what is wrong."""
        refusal = None
        if form is not None:
            try:
                with self._desk.work(visit) as work:
                    write(work, form, ident)
            except Refusal as refused:
                if refused.status in {401, 403, 404}:
                    raise
                refusal = refused
        with self._desk.work(visit) as work:
            record = record_of(work, resource, ident)
            address = address_of(self._desk.addresses, resource, record.key)
            if form is not None and refusal is None and not is_part(visit):
                return Moved(f"{address}?done=saved")
            asked = form if refusal is not None else _asked(visit) if form is None else None
            entry = values(work, record, asked, refusal) | {
                "address": address,
                "near": address_of(self._desk.addresses, resource, record.id),
                "facts_address": self._desk.addresses.of_facts(resource, record.key),
                "may_edit": work.actor.grant(resource, "update") is not None,
            }
            told = done.get(form.text("do"), "") if form is not None and refusal is None else ""
            shown = {"entry": entry, "told_done": told, "in_place": True}
            status = refusal.status if refusal else 200
            return self._page.within(visit, work, record, template, shown, status)


def _asked(visit: Visit) -> Form | None:
    """Return what the address asks for, as the form that it opens; None where it opens none."""
    wanted = {name: visit.req.get_param(name) for name in ("do", "price", "at")}
    if not wanted["do"]:
        return None
    return Form({name: [value] for name, value in wanted.items() if value})
