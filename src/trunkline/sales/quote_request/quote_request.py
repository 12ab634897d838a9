"""Requests for quotes: what a customer wants to have priced, by when and for how much at most."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from babel.numbers import is_currency

from trunkline.documents.errors import Conflict, Fault, Invalid
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.patch import copied
from trunkline.documents.shape import PERSONAL, Json, Limits, format_instant, many
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.sales.api import SALES
from trunkline.sales.cart.as_order import order_body
from trunkline.sales.cart.shopping_cart import ShoppingCart
from trunkline.sales.quote.making import lines_of_order, make_quote
from trunkline.sales.quote.quote import Quote, QuoteItem
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.note import Note
from trunkline.shared.party_reference import BillingAccountRef, RelatedParty
from trunkline.shared.reference import QuoteRef, Reference

RequestState: TypeAlias = Literal["draft", "new", "inReview", "completed", "canceled"]
CustomerStatus: TypeAlias = Literal["draft", "submitted", "completed", "canceled"]
TOLD: dict[str, CustomerStatus] = {
    "draft": "draft",
    "new": "submitted",
    "inReview": "submitted",
    "completed": "completed",
    "canceled": "canceled",
}
OPEN = ("new", "inReview")
CUSTOMER = "customer"
REQUEST_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="new",
    starts=("draft",),
    moves={
        "draft": ("new", "canceled"),
        "new": ("inReview", "completed", "canceled"),
        "inReview": ("new", "completed", "canceled"),
        "completed": (),
        "canceled": (),
    },
    # It is completed by the quote that is made of it.
    on_request=frozenset({"draft", "new", "inReview", "canceled"}),
)


class ShoppingCartRef(Reference, targets=("ShoppingCart",)):
    """A reference to a cart."""

    name: Annotated[str | None, PERSONAL] = None


class RequestedItem(QuoteItem):
    """A line that is to be quoted, and what it may cost at most."""

    target_price: Money | None = None


@resource(
    api=SALES,
    path="quoteRequest",
    prefix="RFQ",
    title="Quote request",
    lifecycle=REQUEST_LIFECYCLE,
    server_sets=("customer_status", "quote", "creation_date"),
    immutable=("shopping_cart",),
    defaults={"creation_date": format_instant},
    promote=(
        Promoted("state"),
        Promoted("customerStatus", index=False),
        Promoted("requiredByDate", "instant"),
        Promoted("creationDate", "instant"),
    ),
    owner=("relatedParty[customer]", "relatedParty"),
    partner=("relatedParty[partner]",),
    label=("description",),
    columns=("key", "description", "state", "requiredByDate", "budget", "creationDate"),
)  # fmt: skip
class QuoteRequest(Extensible, Document):
    """What somebody asks a price for: lines, or all that is in a cart.

    `customer_status` is what the customer sees of `state`; `quote` is what came of it.
    """

    description: Annotated[str | None, PERSONAL, Limits(length_max=200)] = None
    state: RequestState | None = None
    state_reason: Annotated[str | None, PERSONAL, Limits(length_max=1000)] = None
    customer_status: CustomerStatus | None = None
    creation_date: datetime | None = None
    required_by_date: datetime | None = None
    budget: Money | None = None
    quote_item: list[RequestedItem] = many()
    shopping_cart: ShoppingCartRef | None = None
    billing_account: BillingAccountRef | None = None
    related_party: list[RelatedParty] = many()
    note: list[Note] = many()
    quote: QuoteRef | None = None


def _moved(old: QuoteRequest, new: QuoteRequest) -> bool:
    return old.state != new.state


@enrich(QuoteRequest, again=_moved)
def request_says_what_its_cart_holds(work: Work, new: QuoteRequest) -> None:
    """Take lines and customer of the cart where none are said; tell the customer's state."""
    new.customer_status = TOLD[new.state or "new"]
    cart = work.get(ShoppingCart, new.shopping_cart.id) if new.shopping_cart else None
    if cart is None or new.meta.version:
        return
    body = order_body(cart)
    if not new.quote_item:
        new.raw["quoteItem"] = lines_of_order(body.get("productOrderItem") or ())
    if not new.related_party:
        new.raw["relatedParty"] = copied(cart.raw.get("relatedParty") or [])


@rule(QuoteRequest)
def request_is_of_a_customer_and_about_something(
    _work: Work, _old: QuoteRequest | None, new: QuoteRequest
) -> Iterator[Fault]:
    """Refuse a request of nobody or of several, and one without lines that is handed in."""
    customers = [one for one in new.related_party if one.role == CUSTOMER]
    if not customers:
        yield Fault("relatedParty", "customerMissing", "name the customer, in the role customer")
    elif len(customers) > 1:
        message = "names several in the role customer; a quote is for one"
        yield Fault("relatedParty", "severalCustomers", message)
    elif customers[0].referred_type != Customer.resource.type_name:
        place = f"relatedParty[{new.related_party.index(customers[0])}]"
        yield Fault(place, "noCustomer", "is no customer; name the record of the customer")
    if new.state in {"draft", "canceled"}:
        return
    if not new.quote_item:
        message = "say what is to be quoted: lines with an offering, or a cart that has some"
        yield Fault("quoteItem", "required", message)
    for at, line in enumerate(new.raw.get("quoteItem") or ()):
        if not line.get("productOffering") and not line.get("product"):
            message = "name the offering that is wanted, or the product that is to be changed"
            yield Fault(f"quoteItem[{at}]", "nothingWanted", message)


@rule(QuoteRequest)
def request_says_what_it_may_cost(
    _work: Work, _old: QuoteRequest | None, new: QuoteRequest
) -> Iterator[Fault]:
    """Refuse a budget or a target price below nothing, or in no currency."""
    said = [("budget", new.budget)]
    for at, one in enumerate(new.quote_item):
        said.append((f"quoteItem[{at}].targetPrice", one.target_price))
    for place, money in said:
        if money is None:
            continue
        if money.value is None or money.value < 0:
            yield Fault(f"{place}.value", "badValue", "must be an amount of 0 or more")
        if not is_currency(money.unit or ""):
            message = "must be the code of a currency, such as EUR"
            yield Fault(f"{place}.unit", "badValue", message)


@rule(QuoteRequest)
def ended_requests_rest(
    _work: Work, old: QuoteRequest | None, new: QuoteRequest
) -> Iterator[Fault]:
    """Refuse to change what a request asks for when it is completed or canceled."""
    if old is None or old.state not in {"completed", "canceled"}:
        return
    for name in ("quoteItem", "relatedParty", "budget", "requiredByDate", "billingAccount"):
        if old.raw.get(name) != new.raw.get(name):
            yield Fault(name, "requestEnded", f"cannot be changed: the request is {old.state}")


def quote_request(work: Work, ident: str) -> Quote:
    """Make the draft of a quote of a request, which is completed by that; refuses (409) a closed
    one, or one that is not handed in yet."""
    work.actor.must(QuoteRequest.resource, "update")
    request = work.lock(QuoteRequest, ident)
    if request.state not in OPEN:
        message = f"{request.key} is {request.state}; only a new one or one in review is quoted"
        raise Conflict("conflictEnded", message)
    customer = next(one.id for one in request.related_party if one.role == CUSTOMER)
    more: dict[str, Json] = {}
    rest = [one.raw for one in request.related_party if one.role != CUSTOMER]
    if rest:
        more["relatedParty"] = rest
    if request.note:
        more["note"] = [one.raw for one in request.note]
    if request.required_by_date is not None:
        more["requestedQuoteCompletionDate"] = format_instant(request.required_by_date)
    lines = [_line(one) for one in request.raw["quoteItem"]]
    account = request.billing_account
    try:
        made = make_quote(
            work, customer=customer, lines=lines, account=account.id if account else None,
            description=request.description, more=more,
        )  # fmt: skip
    except Invalid as refusal:
        raise Conflict("conflictNotQuotable", refusal.message, faults=refusal.faults) from refusal
    before = copied(request.raw)
    request.raw["quote"], request.raw["state"] = {"id": made.id}, "completed"
    work.save(request, before)
    return made


def _line(sent: Json) -> Json:
    line: dict[str, Json] = {name: value for name, value in sent.items() if name != "targetPrice"}
    line.setdefault("action", "add")
    return line
