"""Order requests: orders that are taken now and carried in later, each with its status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from trunkline.catalog.closure import present
from trunkline.documents.decode import decode, encode
from trunkline.documents.errors import Conflict, Fault, Forbidden, Invalid, Refusal, Unready
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Json, Limits, many
from trunkline.identity.rights import read_actor
from trunkline.kernel.actor import Actor
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import Document, Promoted, Resource, View, event, resource
from trunkline.kernel.work import Work
from trunkline.ordering.capture.header_task import DecidedBy
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.party.customer import Customer
from trunkline.rest.writing import create
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.reference import ProductOrderRef, ResourceOrderRef, ServiceOrderRef

REQUESTS_MAX = 1_000
ACTIVE = "select 1 from principal where id = %s and active"
RequestState: TypeAlias = Literal["new", "completed", "error"]
OrderKind: TypeAlias = Literal["ProductOrder", "ServiceOrder", "ResourceOrder"]
ORDER_KINDS: Mapping[str, Resource] = {
    one.resource.name: one.resource for one in (ProductOrder, ServiceOrder, ResourceOrder)
}

# What somebody sets right is tried again.
REQUEST_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="new",
    moves={"new": ("completed", "error"), "error": ("new",), "completed": ()},
    on_request=frozenset(),
)


class RequestFault(Extensible):
    """What is wrong with an order that was sent: where, in which code and in words."""

    path: str | None = None
    code: str
    message: Annotated[str | None, PERSONAL] = None


@resource(
    api=ORDERING,
    path="orderRequest",
    prefix="ORQ",
    operations=("list", "retrieve"),
    lifecycle=REQUEST_LIFECYCLE,
    promote=(Promoted("state"), Promoted("batch"), Promoted("externalId")),
    owner=("relatedParty[customer]",),
    label=("externalId",),
    columns=("key", "externalId", "orderKind", "batch", "state", "productOrder", "attempt"),
)
class OrderRequest(Extensible, Document):
    """An order as it was sent, and what became of it.

    `order` is what was sent until it is carried in, `order_kind` what it is (a product order where
    nothing is said); `product_order`, `service_order` or `resource_order` was made of it. `batch`
    names those that came together. `fault` is why it could not be taken in; then it waits to be
    tried again. `requested_by` is whose rights it is carried in with, `scope` what these were
    narrowed to.
    """

    state: RequestState | None = None
    external_id: str | None = None
    batch: Annotated[str | None, Limits(length_max=120)] = None
    order_kind: OrderKind | None = None
    order: Annotated[Any, PERSONAL] = None
    related_party: list[RelatedParty] = many()
    requested_by: DecidedBy
    scope: list[str] = many()
    is_narrowed: bool | None = None
    attempt: int | None = None
    fault: list[RequestFault] = many()
    product_order: ProductOrderRef | None = None
    service_order: ServiceOrderRef | None = None
    resource_order: ResourceOrderRef | None = None
    tried_at: datetime | None = None


def take_requests(
    work: Work, orders: Sequence[Json], *, kind: OrderKind = "ProductOrder",
    view: View | None = None, batch: str | None = None,
) -> list[OrderRequest]:  # fmt: skip
    """Take orders of a kind to be carried in later, all or none; refuses what is no object."""
    _must_send(work.actor, ORDER_KINDS[kind])
    if not 1 <= len(orders) <= REQUESTS_MAX:
        message = f"takes 1 to {REQUESTS_MAX} orders at once"
        raise Invalid.of([Fault("order", "badCount", message)])
    wrong = [index for index, one in enumerate(orders) if not isinstance(one, dict)]
    if wrong:
        raise Invalid.of([Fault(f"order[{at}]", "badType", "must be an object") for at in wrong])
    scopes = work.actor.scopes
    sent = [view.inward(kind, one) if view is not None else one for one in orders]
    known = present(work, Customer, [one for one in map(_customer, sent) if one is not None])
    taken = [
        OrderRequest(
            external_id=_external_id(one),
            batch=batch,
            order_kind=kind,
            order=one,
            requested_by=DecidedBy(id=work.actor.id, name=work.actor.name),
            related_party=_owner(known.get(_customer(one) or "")),
            scope=sorted(scopes or ()),
            is_narrowed=scopes is not None,
        )
        for one in sent
    ]
    work.add(*taken)
    return taken


def _must_send(actor: Actor, kind: Resource) -> None:
    """Refuse (400) who may order for some only: their orders are answered when they are made."""
    if actor.must(kind, "create").reach != "all":
        raise Invalid("notForYou", "send your orders one by one")


def _customer(order: Json) -> str | None:
    """Return whom an order that may be wrong in any way names as its customer."""
    named = order.get("relatedParty")
    for one in named if isinstance(named, list) else ():
        if isinstance(one, dict) and str(one.get("role")).lower() == "customer":
            return str(one.get("id"))
    return None


def _owner(customer: Customer | None) -> list[RelatedParty]:
    return [RelatedParty(id=customer.id, role="customer")] if customer is not None else []


def _external_id(order: Json) -> str | None:
    found = order.get("externalId")
    return found if isinstance(found, str) else None


def sent_by(work: Work, ident: str, sender: Actor) -> OrderRequest | None:
    """Return a request that somebody sent who may still order that kind; None for any other."""
    held = work.get(OrderRequest, ident)
    if held is None or held.requested_by.id != sender.id:
        return None
    return held if sender.grant(_kind(held), "create") is not None else None


def try_again(work: Work, ident: str, order: Json) -> OrderRequest:
    """Let a request that was refused be carried in again, corrected where an order is given.

    Refuses (409) one that was not refused.
    """
    with work.edit(OrderRequest, ident) as held:
        _must_send(work.actor, _kind(held))
        if held.state != "error":
            raise Conflict("conflictState", f"{held.key} is {held.state}; nothing is to be tried")
        held.state = "new"
        if order is not None:
            held.raw["order"] = order
            held.external_id = _external_id(order)
            named = _customer(order)
            known = present(work, Customer, [named] if named is not None else [])
            held.related_party = _owner(known.get(named or ""))
    return held


@on(event(OrderRequest, "created"), event(OrderRequest, "state_changed").to("new"))
def carry_in(work: Work, request: OrderRequest) -> None:
    """Make the order that was sent, with the rights that its sender has now, or note its faults."""
    if request.state != "new":
        return
    program, made = work.actor, None
    faults: Sequence[Fault] = ()
    try:
        with work.connection.transaction():
            work.actor = _sender(work, request)
            sent = decode(encode(request.order))
            made = create(work, _kind(request), sent)
    except Unready:
        raise
    except Refusal as refusal:
        if refusal.code == "conflictGone":  # somebody else wrote at the same moment
            raise
        faults = refusal.faults or [Fault("", refusal.code, refusal.message)]
    finally:
        work.actor = program
    with work.edit(OrderRequest, request.id) as held:
        held.state = "error" if made is None else "completed"
        held.attempt = (held.attempt or 0) + 1
        held.tried_at = work.now
        held.fault = [RequestFault(path=f.path, code=f.code, message=f.message) for f in faults]
        if made is not None:
            _tell_of(held, made.id)


def _tell_of(held: OrderRequest, made: str) -> None:
    """Let a request name the order that was made of it; what was sent is kept no longer."""
    held.order = None
    if held.order_kind == "ServiceOrder":
        held.service_order = ServiceOrderRef(id=made)
    elif held.order_kind == "ResourceOrder":
        held.resource_order = ResourceOrderRef(id=made)
    else:
        held.product_order = ProductOrderRef(id=made)


def _kind(request: OrderRequest) -> Resource:
    return ORDER_KINDS[request.order_kind or "ProductOrder"]


def _sender(work: Work, request: OrderRequest) -> Actor:
    """Return who sent a request with the rights of now; nobody's where that may do nothing."""
    ident = request.requested_by.id
    found = None
    if work.connection.execute(ACTIVE, [ident]).fetchone() is not None:
        found = read_actor(work.connection, principal=ident, now=work.services.machine_now())
    scopes = frozenset(request.scope) if request.is_narrowed else None
    actor = replace(found or Actor(ident, request.requested_by.name, "user"), scopes=scopes)
    if actor.must(_kind(request), "create").reach != "all":
        raise Forbidden("notAllowed", "creating orders of everybody is needed here")
    return actor
