"""Mass change: one product order for each of many products, tried first, then made by a job.

Each order is made in the transaction that notes it, so that a killed process neither leaves a
product out nor orders twice for it. What is refused of one product stays with that one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound, Refusal
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.inventory.product import Product
from trunkline.kernel.actor import Actor
from trunkline.kernel.filters import Condition
from trunkline.kernel.reading import list_page
from trunkline.kernel.select import scope
from trunkline.kernel.services import Services
from trunkline.kernel.states import label_of
from trunkline.kernel.work import Work, transaction
from trunkline.ordering.cancel_product_order import CancelProductOrder
from trunkline.ordering.mass.wanted import Wanted, order_of
from trunkline.ordering.price_effect import PriceEffect, added_up
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.simulation import simulate
from trunkline.rest.archived import out_of_archive
from trunkline.rest.query import parse
from trunkline.rest.writing import create
from trunkline.workspace.job import Job, Line, tally
from trunkline.workspace.jobs import At, job_kind, start
from trunkline.workspace.many import (
    PREVIEW_MAX,
    Outcome,
    go_through,
    schema_of,
    undone_by,
    work_off,
)

KIND = "massChange"
UNDO = "massCancellation"
MADE = """
select coalesce(array_agg(record::text), '{}') from job_line
where job = %s and state = 'created' and record is not null
"""


@dataclass(frozen=True)
class TriedOrder:
    """What an order for one product would do: what it costs more or less, or why it is refused."""

    key: str
    label: str
    faults: Sequence[Fault] = ()
    prices: Sequence[PriceEffect] = ()


def first_of(services: Services, actor: Actor, query: str) -> tuple[list[str], int | None]:
    """Return the first products that a query of the product list lets through, and how many do."""
    _must(actor)
    with transaction(services, actor) as work:
        kind = Product.resource
        asked = parse(f"{query}&sort=id&limit={PREVIEW_MAX}", schema_of(work, kind))
        asked = out_of_archive(actor, kind, asked)
        page = list_page(work, actor, actor.must(kind, "read"), kind, asked)
        return [one.id for one in page.rows], page.total


def try_mass_change(
    services: Services, actor: Actor, wanted: Wanted, idents: Sequence[str]
) -> list[TriedOrder]:
    """Return what would become of the first of some products; nothing is written."""
    _must(actor)
    with transaction(services, actor) as work:
        return [_tried(work, wanted, one) for one in idents[:PREVIEW_MAX]]


def _tried(work: Work, wanted: Wanted, ident: str) -> TriedOrder:
    try:
        product = _product(work, ident)
        label = label_of(Product.resource, product.raw) or product.key
        order = ProductOrder.wrap(order_of(_told(product), wanted, wanted.start))
        result = simulate(work, order)
    except Refusal as refusal:
        return TriedOrder(
            ident, ident, refusal.faults or [Fault("", refusal.code, refusal.message)]
        )
    return TriedOrder(product.key, label, result.faults, result.prices)


def summed(tried: Sequence[TriedOrder]) -> tuple[PriceEffect, ...]:
    """Return what the orders that would be taken cost together."""
    return added_up(one.prices for one in tried if not one.faults)


def begin_mass_change(
    services: Services, actor: Actor, wanted: Wanted, *, title: str, query: str | None,
    idents: Sequence[str] = (), told: Mapping[str, Json] | None = None,
) -> str:  # fmt: skip
    """Begin to order the same for the products of a query, or those named; return the job's id.

    `told` is the title as pages say it.
    """
    _must(actor)
    if query is None and not idents:
        raise Invalid("nothingSelected", "name products, or a query of them")
    with transaction(services, actor) as work:
        begun = format_instant(work.now)
    lines = [] if query is not None else [(one, None, None) for one in dict.fromkeys(idents)]
    asked = {**wanted.told, "query": query, "begunAt": begun, "told": dict(told) if told else None}
    return start(
        services, actor, kind=KIND, resource=Product.resource.name, title=title, asked=asked,
        lines=lines,
    )  # fmt: skip


def orders_by_state(work: Work, job: Job) -> dict[str, int]:
    """Return how many of the orders that a mass change has made are in which state now.

    Those that who asks does not reach are not counted.
    """
    with work.services.database.app.connection() as connection:
        (made,) = connection.execute(MADE, [job.id]).fetchone()
    kind = ProductOrder.resource
    within = scope(kind, work.actor, work.actor.must(kind, "read"))
    rows = work.connection.execute(
        f"select t.p_state, count(*) from {kind.table} t where t.id = any(%s::uuid[]) "  # noqa: S608 - our names
        f"and {within.text} group by 1 order by 1",
        [made, *within.parameters],
    ).fetchall()
    return {str(state): int(count) for state, count in rows}


def report(services: Services, actor: Actor, job: Job) -> dict[str, Json]:
    """Return how far a mass change is: its products by outcome, its orders by state."""
    with transaction(services, actor) as work:
        states: dict[str, Json] = dict(orders_by_state(work, job))
    lines: dict[str, Json] = dict(tally(services, job))
    return {"id": job.id, "state": job.state, "total": job.total, "line": lines, "order": states}


@job_kind(KIND)
def mass_change_piece(at: At) -> bool:
    """Make the next orders of a mass change."""
    _must(at.actor)
    wanted = Wanted.read(at.job.asked)
    begun = parse_instant(at.job.asked["begunAt"])
    query: str | None = at.job.asked["query"]

    def order(work: Work, line: Line) -> Outcome:
        product = _product(work, line.record or line.key or "")
        if query is not None:
            _must_meet(work, query, product)
        return _ordered(work, line, product, wanted, begun)

    return go_through(at, "read", order)


@job_kind(UNDO)
def mass_cancellation_piece(at: At) -> bool:
    """Call the next orders off that a mass change has made, as far as that can still be done."""
    at.actor.must(CancelProductOrder.resource, "create")

    def cancel(work: Work, line: Line) -> Outcome:
        order = work.lock(ProductOrder, line.record or "", verb="read")
        body: dict[str, Json] = {
            "productOrder": {"id": order.id},
            "cancellationReason": order.description,
        }
        task = create(work, CancelProductOrder.resource, body)
        return "changed", task.id, order.key, None, None

    return work_off(at, cancel)


undone_by(KIND, UNDO)


def _must_meet(work: Work, query: str, product: Product) -> None:
    """Refuse a product that has changed since it was found, and would not be found any more."""
    conditions = parse(query, schema_of(work, Product.resource)).conditions
    is_met = _meets(work, conditions, product)
    if not is_met and work.doubts(conditions):
        is_met = _meets(work, conditions, product)
    if not is_met:
        message = f"{product.key} has changed since it was found; look at it by itself"
        raise Conflict("conflictChanged", message)


def _meets(work: Work, conditions: Sequence[Condition], product: Product) -> bool:
    found = work.filtered(Product.resource, conditions)
    found.also("t.id = %s::uuid", product.id)
    row = work.connection.execute(
        f"select 1 from {Product.resource.table} t where {found.text}",  # noqa: S608 - our names
        found.parameters,
    ).fetchone()
    return row is not None


def _ordered(work: Work, line: Line, product: Product, wanted: Wanted, begun: datetime) -> Outcome:
    at = wanted.start_of(line.number, begun)
    if at is not None and at <= work.now:
        at = None
    order = create(work, ProductOrder.resource, order_of(_told(product), wanted, at))
    return "created", order.id, order.key, order.meta.version, {"product": product.key}


def _product(work: Work, ident: str) -> Product:
    found = work.get(Product, ident)
    if found is None:
        raise NotFound("notFound", f"there is no product {ident}")
    return found


def _told(product: Product) -> dict[str, Json]:
    return {**product.raw, "id": product.id}


def _must(actor: Actor) -> None:
    actor.must(Product.resource, "read")
    actor.must(ProductOrder.resource, "create")
