"""The form that hands a product over to another customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import falcon

from trunkline.documents.errors import Fault, Invalid, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.ordering.installed import customer_of
from trunkline.ordering.macd.ownership_transfer import OwnershipTransfer
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer, names_of
from trunkline.rest.writing import create
from trunkline.web.capture.body import start_of
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.records import naming, select_among

FIELDS = ("product", "customer", "account", "date", "reason", "deposit")


class TransferForm:
    """`/transfer/new?product=…`."""

    needs = "OwnershipTransfer:create"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the form for a product."""
        typed = {name: req.get_param(name) or "" for name in FIELDS}
        also = req.get_param_as_list("also", default=[])
        self._desk.answer(req, resp, lambda visit: self._form(visit, typed, also))

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Ask for the transfer and show it."""
        self._desk.act(req, resp, self._ask)

    def _form(
        self, visit: Visit, typed: Mapping[str, str], also: Sequence[str],
        refusal: Refusal | None = None,
    ) -> Answer:  # fmt: skip
        visit.actor.must(OwnershipTransfer.resource, "create")
        with self._desk.work(visit) as work:
            product, giving = _product(work, typed["product"])
            taking = work.get(Customer, typed["customer"]) if typed["customer"] else None
            accounts = _accounts(work, taking) if taking is not None else []
            around = _around(work, giving) if giving is not None else []
            deposit = _deposit([one for one in around if isinstance(one, BillingAccount)])
            others = _others(product, [one for one in around if isinstance(one, Product)])
            today = f"{work.now.astimezone(self._desk.zone):%Y-%m-%d}"
        faults = refusal.faults if refusal is not None else []
        problems = [one.message for one in faults] or ([refusal.message] if refusal else [])
        values: dict[str, Any] = {
            "product": {"id": product.id, "key": product.key, "name": product.name or product.key},
            "others": [{"id": one.id, "key": one.key, "name": one.name or one.key,
                        "chosen": one.id in also} for one in others],
            "giving": _named(giving),
            "taking": _named(taking),
            "accounts": [{"id": one.id, "label": f"{one.name} ({one.key})",
                          "chosen": one.id == typed["account"]} for one in accounts],
            "deposit": f"{deposit['value']} {deposit['unit']}" if deposit else "",
            "typed": typed, "problems": problems, "today": today,
        }  # fmt: skip
        return Shown("changes_transfer_new.html", values, refusal.status if refusal else 200)

    def _ask(self, visit: Visit, form: Form) -> Answer:
        typed = {name: form.text(name) for name in FIELDS}
        also = form.all("also")
        try:
            with self._desk.work(visit) as work:
                visit.actor.must(OwnershipTransfer.resource, "create")
                body = self._body(work, typed, also)
                made = create(work, OwnershipTransfer.resource, body)
        except NotFound:
            raise
        except Refusal as refusal:
            return self._form(visit, typed, also, refusal)
        return Moved(f"/transfer/{made.key}")

    def _body(self, work: Work, typed: Mapping[str, str], also: Sequence[str]) -> dict[str, Json]:
        product, giving = _product(work, typed["product"])
        taking = work.get(Customer, typed["customer"]) if typed["customer"] else None
        if taking is None:
            raise Invalid.of([Fault("toCustomer", "required", "choose who takes it over")])
        accounts = _accounts(work, taking)
        account = typed["account"] or (accounts[0].id if len(accounts) == 1 else "")
        if not account:
            message = "choose the account that pays from then on"
            raise Invalid.of([Fault("billingAccount", "required", message)])
        body: dict[str, Json] = {
            "product": [{"id": one} for one in dict.fromkeys((product.id, *also))],
            "fromCustomer": {"id": giving.id if giving is not None else ""},
            "toCustomer": {"id": taking.id},
            "billingAccount": {"id": account},
        }
        begin = start_of(typed["date"], work.now, self._desk.zone)
        if begin is not None:
            body["requestedStartDate"] = begin
        if typed["reason"]:
            body["reason"] = typed["reason"]
        deposit = _deposit(_accounts(work, giving)) if giving is not None else None
        if typed["deposit"] in ("transferred", "refunded") and deposit is not None:
            body["deposit"] = {"treatment": typed["deposit"], "amount": deposit}
        return body


def _product(work: Work, ident: str) -> tuple[Product, Customer | None]:
    product = work.get(Product, ident)
    if product is None:
        raise NotFound("notFound", f"there is no product {ident}")
    owner = customer_of(product.related_party)
    return product, work.get(Customer, owner) if owner else None


def _around(work: Work, customer: Customer) -> list[Document]:
    """Return the accounts and the products of a customer, read at once."""
    named = names_of(customer.id, customer.raw)
    kinds = (BillingAccount.resource, Product.resource)
    found = [naming(work, one, "relatedParty", named, limit=100) for one in kinds]
    return select_among(work, [one for one in found if one is not None])


def _others(product: Product, held: Sequence[Product]) -> list[Product]:
    """Return the other products of a customer that are in use and in no bundle of it."""
    inside = {part.id for one in held for part in one.product}
    return [
        one for one in held
        if one.status == "active" and one.id != product.id and one.id not in inside
    ]  # fmt: skip


def _accounts(work: Work, customer: Customer) -> list[BillingAccount]:
    named = names_of(customer.id, customer.raw)
    found = work.find(BillingAccount, {"relatedParty.id": named}, limit=50)
    return [one for one in found if one.state == "active"]


def _deposit(accounts: list[BillingAccount]) -> dict[str, Json] | None:
    """Return the first deposit of a customer, None where there is none."""
    for account in accounts:
        for one in account.account_balance:
            if one.balance_type.lower().startswith("deposit") and one.amount.amount > 0:
                return {"value": one.amount.amount, "unit": one.amount.unit}
    return None


def _named(customer: Customer | None) -> dict[str, str]:
    if customer is None:
        return {"id": "", "key": "", "name": ""}
    return {"id": customer.id, "key": customer.key, "name": customer.name or customer.key}
