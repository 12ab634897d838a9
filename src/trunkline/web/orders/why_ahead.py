"""Why, read ahead: an order and what explains it in one statement, for the functions that ask."""

from __future__ import annotations

from trunkline.catalog.price import ProductOfferingPrice
from trunkline.inventory.product import Product
from trunkline.kernel.references import KEY, UUID
from trunkline.kernel.resource import Document
from trunkline.kernel.work import FIND_MAX, Work
from trunkline.ordering.capture.buyer import Buyers
from trunkline.ordering.capture.deciding import undone_of
from trunkline.ordering.capture.header_task import UNDONE, HeaderTask
from trunkline.ordering.capture.order_policy import OrderPolicy
from trunkline.ordering.manual_task import SPECIFICATIONS
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.party.customer import Customer
from trunkline.screens.read_ahead import keep, keep_sought, read_ahead
from trunkline.web.capture.below import Ids
from trunkline.web.capture.looking import Looking
from trunkline.web.orders.broken_ahead import beside_order, read_beside_plan
from trunkline.web.records import Branch


def order_ahead(
    looking: Looking, kind: type[Document], ident: str, *, step: str | None, line: str | None
) -> str:
    """Read an order with what it names and what it is held for; return its id, if it is found.

    Of a line the prices are read, of a whole order the customer and the products, of a step what
    it is made by and what the order is broken down by.
    """
    text = "o.key = %s" if KEY.fullmatch(ident) else "o.id = %s::uuid"
    if not (KEY.fullmatch(ident) or UUID.fullmatch(ident)):
        return ident
    own = f"select o.id from {kind.resource.table} o where {text}"  # noqa: S608 - declared
    if step is None:
        around = _around(kind, own, ident, is_about_line=line is not None)
    else:
        around = [*_of_step(step), *beside_order(looking, kind, Ids(own, [ident]))]
    (found, *others) = looking.read_each(
        [Branch(kind.resource, f"t.id in ({own})", [ident]), *around]
    )
    if not found:
        return ident
    order = found[0]
    if step is None:
        for branch, records in zip(around, others, strict=True):
            _keep(looking, order, branch.resource.type, records)
    elif isinstance(order, ProductOrder | ServiceOrder | ResourceOrder):
        read_beside_plan(looking, order)
    return order.id


def _of_step(step: str) -> list[Branch]:
    """Return the specifications by which a step may be made: it has one of them."""
    text = "t.id in (select p.specification from plan_item p where p.id = %s::uuid)"
    return [
        Branch(one.resource, text, [step], is_for_rules=True)
        for one in SPECIFICATIONS.values()
        if UUID.fullmatch(step)
    ]


def _around(
    kind: type[Document], own: str, ident: str, *, is_about_line: bool
) -> list[Branch]:  # fmt: skip
    """Return what is read beside an order that `own` finds by its `ident`."""
    resource, path = kind.resource, kind.resource.path
    branches = [
        Branch(
            HeaderTask.resource,
            f"t.id in (select f.source from {HeaderTask.resource.reference_table} f "  # noqa: S608
            f"where f.target in ({own}) and f.type = %s and f.path = %s) and t.p_state = any(%s)",
            [ident, HeaderTask.resource.name, path, list(UNDONE)],
            f"order by t.id desc limit {FIND_MAX}",
            is_for_rules=True,
        ),
        Branch(
            OrderPolicy.resource,
            "t.key in (select json_array_elements_text(w.doc -> 'intakePolicy') "  # noqa: S608
            f"from {resource.table} w where w.id in ({own}))",
            [ident],
            is_for_rules=True,
        ),
    ]
    named: list[type[Document]] = [ProductOfferingPrice] if is_about_line else [Product, Customer]
    for one in named if kind is ProductOrder else ():
        branches.append(
            Branch(
                one.resource,
                f"t.id in (select f.target from {resource.reference_table} f "  # noqa: S608 - ours
                f"where f.source in ({own}) and f.type = %s and f.target_type = %s)",
                [ident, resource.name, one.resource.name],
                is_for_rules=True,
            )
        )
    return branches


def _keep(
    work: Work, order: Document, kind: type[Document], records: list[Document]
) -> None:  # fmt: skip
    """Keep what was read beside an order as those who explain it ask for it."""
    known = read_ahead(work).found
    if kind is HeaderTask and isinstance(order, ProductOrder | ServiceOrder | ResourceOrder):
        keep_sought(work, HeaderTask, undone_of(order), FIND_MAX, records)
    elif kind is OrderPolicy:  # which orders name by their keys
        known.update(((kind.resource.name, one.key), one) for one in records)
    elif kind is Customer:
        buyers: Buyers = work.kept.setdefault(Buyers, Buyers())
        buyers.known.update((one.id, one) for one in records if isinstance(one, Customer))
    else:
        asked = _products_of(order) if kind is Product else ()
        keep(work, kind.resource.name, asked, records)


def _products_of(order: Document) -> list[str]:
    lines = lines_of(order).values() if isinstance(order, ProductOrder) else ()
    return [one.product_id for one in lines if one.product_id]
