"""A transfer: who hands what over to whom, what both sides say, and what has become of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.care.codes import CHANNELS
from trunkline.documents.errors import NotFound, Refusal
from trunkline.inventory.product import Product
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.select import array_of
from trunkline.kernel.work import Work
from trunkline.ordering.macd.consenting import TRANSFER, consent, withdraw
from trunkline.ordering.macd.ownership_transfer import SIDES, Consent, OwnershipTransfer, Side
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.customer import Customer
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.records import Branch, sees, select_among
from trunkline.web.values import instant, state

TITLES = {"giving": "Gives it up", "taking": "Takes it over"}


class TransferPage:
    """`/transfer/{ident}` and `/transfer/{ident}/say`."""

    needs = "OwnershipTransfer:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show how the transfer stands."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post_say(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Write down what a side says, or take the wish back."""
        self._desk.act(req, resp, partial(self._say, ident=ident))

    def _view(self, visit: Visit, *, ident: str, refusal: Refusal | None = None) -> Answer:
        visit.actor.must(OwnershipTransfer.resource, "read")
        with self._desk.work(visit) as work:
            transfer = work.get(OwnershipTransfer, ident)
            if transfer is None:
                raise NotFound("notFound", f"there is no transfer {ident}")
            values = self._values(work, transfer)
        faults = refusal.faults if refusal is not None else []
        values["problems"] = [one.message for one in faults] or (
            [refusal.message] if refusal is not None else []
        )
        values["may_say"] = visit.actor.may(TRANSFER) is not None and transfer.state == "requested"
        values["may_withdraw"] = visit.actor.may(TRANSFER) is not None and (
            transfer.state == "requested"
            or (transfer.state == "inProgress" and transfer.ending_order is None)
        )
        return Shown("changes_transfer.html", values, refusal.status if refusal else 200)

    def _values(self, work: Work, transfer: OwnershipTransfer) -> dict[str, Any]:
        zone = self._desk.zone
        made = [transfer.product_order, transfer.ending_order]
        wanted = [
            (Customer.resource, [transfer.from_customer.id, transfer.to_customer.id]),
            (Product.resource, [one.id for one in transfer.product]),
            (ProductOrder.resource, [one.id for one in made if one is not None]),
        ]
        named = {one.id: one for one in _among(work, wanted)}
        parties = {ident: one for ident, one in named.items() if isinstance(one, Customer)}
        products = {ident: one for ident, one in named.items() if isinstance(one, Product)}
        orders = {ident: one for ident, one in named.items() if isinstance(one, ProductOrder)}
        is_seen = "personal" in work.actor.must(OwnershipTransfer.resource, "read").sees
        said = {one.side: one for one in transfer.consent}
        people = {"giving": transfer.from_customer.id, "taking": transfer.to_customer.id}
        deposit = transfer.deposit
        return {
            "key": transfer.key,
            "state": state(str(transfer.state)),
            "reason": (transfer.reason or "") if is_seen else "",
            "products": [
                {"name": one.name or one.key, "key": one.key} for one in products.values()
            ],
            "deposit": f"{deposit.amount.amount:f} {deposit.amount.unit}" if deposit else "",
            "deposit_passes": deposit is not None and deposit.treatment == "transferred",
            "deposit_is_missing": transfer.deposit_passed is False,
            "until": instant(transfer.valid_until, zone) if transfer.valid_until else None,
            "begins": instant(transfer.requested_start_date, zone)
            if transfer.requested_start_date
            else None,
            "orders": [{"key": one.key, "state": state(str(one.state))} for one in orders.values()],
            "channels": list(CHANNELS.items()),
            "sides": [
                {
                    "side": side,
                    "title": TITLES[side],
                    "customer": _named(work, parties.get(people[side])),
                    "said": self._said(said.get(side), is_seen=is_seen),
                }
                for side in SIDES
            ],
        }

    def _said(self, said: Consent | None, *, is_seen: bool) -> dict[str, Any] | None:
        if said is None:
            return None
        return {
            "is_given": said.is_given, "by": said.recorded_by,
            "name": said.name if is_seen else "–", "text": said.text if is_seen else "–",
            "channel": CHANNELS.get(said.channel, said.channel),
            "at": instant(said.at, self._desk.zone),
        }  # fmt: skip

    def _say(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        word = form.text("word")
        try:
            with self._desk.work(visit) as work:
                if word == "withdraw":
                    withdraw(work, ident, form.text("why") or "withdrawn")
                else:
                    self._write(work, form, ident, is_given=word == "consent")
        except NotFound:
            raise
        except Refusal as refusal:
            return self._view(visit, ident=ident, refusal=refusal)
        return Moved(f"/transfer/{ident}")

    def _write(self, work: Work, form: Form, ident: str, *, is_given: bool) -> None:
        side: Side = "giving" if form.text("side") == "giving" else "taking"
        consent(
            work, ident, side, is_given=is_given, name=form.text("name"),
            channel=form.text("channel"), text=form.text("text"),
        )  # fmt: skip


def _among(work: Work, wanted: Sequence[tuple[Resource, Sequence[str]]]) -> list[Document]:
    """Return records of several kinds by their ids, of those kinds that the visitor reads."""
    branches = [
        Branch(resource, "t.id = any(%s::uuid[])", [array_of(idents)])
        for resource, idents in wanted
        if idents and work.actor.grant(resource, "read") is not None
    ]
    return select_among(work, branches) if branches else []


def _named(work: Work, customer: Customer | None) -> dict[str, str]:
    if customer is None:
        return {"key": "", "name": "–"}
    is_seen = sees(work, Customer.resource, "name")
    name = customer.name if is_seen else None
    return {"key": customer.key, "name": name or customer.key}
