"""What the page on which an order is changed looks at: three statements, with the order's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.errors import NotFound
from trunkline.documents.shape import Json
from trunkline.geography.site import GeographicSite
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Document
from trunkline.kernel.select import array_of
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.installed import customer_of
from trunkline.ordering.plan_item import Plan
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.ordering.revision import verbs
from trunkline.ordering.revision.order_revision import OPEN, OrderRevision
from trunkline.ordering.revision.passed import specifications_of
from trunkline.party.account import BillingAccount
from trunkline.rest.reads import note_read
from trunkline.web.records import Branch, document_at, naming, select_among

SITES_MAX = 50
SPECIFICATIONS = (ProductSpecification, ServiceSpecification, ResourceSpecification)
# Those of an order's steps, and those that its items name.
OF_ORDER = (
    "t.id in (select p.specification from plan_item p where p.root = %s::uuid "
    "union all select unnest(%s::uuid[]))"
)


@dataclass(frozen=True)
class Beside:
    """An order's plan, the change that holds it, its customer's sites and accounts, its catalog."""

    plan: Plan | None
    held: OrderRevision | None
    sites: Mapping[str, str]
    accounts: Mapping[str, str]
    catalog: CatalogSnapshot


def order_at(work: Work, ident: str) -> ProductOrder:
    """Return the order that an address names, noting that it was read; refuses (404)."""
    order = document_at(work, ProductOrder, ident)
    if order is None:
        raise NotFound("notFound", f"there is no product order {ident}")
    grant = work.actor.must(ProductOrder.resource, "read")
    note_read(work.services, work.actor, grant, ProductOrder.resource, order.id)
    return order


def read_beside(work: Work, order: ProductOrder) -> Beside:
    """Return what is shown beside an order: its plan, and all else by one statement.

    A change that holds the order and what the catalog says of its steps count for who may not
    read them, too; they are read by themselves then.
    """
    plan = plan_store.read(work, order.id)
    kinds = (OrderRevision, *SPECIFICATIONS)
    reads_all = all(work.actor.grant(one.resource, "read") is not None for one in kinds)
    revision = _revision(work, order) if reads_all else None
    branches = [_of_customer(work, order, one) for one in (GeographicSite, BillingAccount)]
    if revision is not None:
        branches += [revision, *_specifications(order)]
    found = select_among(work, [one for one in branches if one is not None])
    sites = {one.id: one.name or one.key for one in found if isinstance(one, GeographicSite)}
    accounts = {
        one.id: f"{one.name} ({one.key})" if one.name else one.key
        for one in found if isinstance(one, BillingAccount) and one.state == "active"
    }  # fmt: skip
    if revision is None:
        catalog = specifications_of(work, plan) if plan is not None else CatalogSnapshot()
        return Beside(plan, verbs.open_revision_of(work, order.id), sites, accounts, catalog)
    held = next((one for one in found if isinstance(one, OrderRevision)), None)
    return Beside(plan, held, sites, accounts, _catalog(found))


def _of_customer(work: Work, order: ProductOrder, kind: type[Document]) -> Branch | None:
    customer = customer_of(order.related_party)
    if customer is None or work.actor.grant(kind.resource, "read") is None:
        return None
    return naming(work, kind.resource, "relatedParty", [customer], SITES_MAX)


def _revision(work: Work, order: ProductOrder) -> Branch | None:
    one = naming(work, OrderRevision.resource, "productOrder", [order.id])
    if one is None:
        return None
    text = f"{one.text} and t.p_state = any(%s)"
    return Branch(one.resource, text, [*one.parameters, list(OPEN)], "order by t.id desc limit 1")


def _specifications(order: ProductOrder) -> list[Branch]:
    items = placed_product_items(order.product_order_item)
    products: list[dict[str, Json]] = [item.raw.get("product") or {} for _, item in items]
    named = [str((one.get("productSpecification") or {}).get("id")) for one in products]
    idents = array_of(one for one in named if UUID.match(one))
    return [Branch(one.resource, OF_ORDER, [order.id, idents]) for one in SPECIFICATIONS]


def _catalog(found: Iterable[Document]) -> CatalogSnapshot:
    listed = list(found)
    return CatalogSnapshot(
        product_specifications={o.id: o for o in listed if isinstance(o, ProductSpecification)},
        service_specifications={o.id: o for o in listed if isinstance(o, ServiceSpecification)},
        resource_specifications={o.id: o for o in listed if isinstance(o, ResourceSpecification)},
    )
