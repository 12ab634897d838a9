"""Where an entry is used: counted by what uses it, each count with the list that it counts."""

from __future__ import annotations

from dataclasses import dataclass

from trunkline.inventory.product import Product
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.masks import is_hidden
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.web.addresses import Addresses
from trunkline.web.editing.problems import label_of_path
from trunkline.web.records import Record, hidden_of, matching
from trunkline.web.wording import plural

CUSTOMERS, PRODUCT = "Customer", "product"
PRODUCTS_BY = {"ProductOffering": "productOffering", "ProductSpecification": "productSpecification"}
OPEN = ("acknowledged", "inProgress", "held", "pending", "partial")
TITLES = {"catalog": "In the catalog", "inventory": "Installed", "ordering": "Orders"}
OWNER = "owner of a product"


@dataclass(frozen=True)
class Use:
    """So many records of a kind name the entry in one way; no count is one that is too large."""

    kind: str
    by: str
    count: int | None
    address: str


@dataclass(frozen=True)
class Uses:
    """The uses of one part of the program."""

    title: str
    uses: list[Use]


def uses_of(work: Work, addresses: Addresses, record: Record) -> list[Uses]:
    """Return where an entry is used, as far as the visitor sees it; what is open stands first."""
    groups: dict[str, list[Use]] = {}
    for name, path, count in _counted(work, record):
        resource = work.services.registry.resources.get(name)
        if resource is None or not addresses.has(resource):
            continue
        if name == CUSTOMERS and path == PRODUCT:
            if (
                count
                and record.resource.name in PRODUCTS_BY
                and _sees_all(work, resource)
                and _sees_all(work, Product.resource)
            ):
                products = addresses.of_list(Product.resource)
                by = PRODUCTS_BY[record.resource.name]
                use = Use("Customers", OWNER, count,
                          f"{products}?{by}.id={record.id}")  # fmt: skip
                groups.setdefault(TITLES["inventory"], []).append(use)
            continue
        if not _may(work, resource, path):
            continue
        number = _within_reach(work, resource, path, record, count)
        if number == 0:
            continue
        title = TITLES.get(resource.module, "Elsewhere")
        held = groups.setdefault(title, [])
        address = f"{addresses.of_list(resource)}?{path}.id={record.id}"
        if resource is ProductOrder.resource:
            held += _open_orders(work, record, path, address)
        held.append(Use(plural(resource.title), label_of_path(path), number, address))
    order = [*TITLES.values(), "Elsewhere"]
    return [Uses(title, groups[title]) for title in order if title in groups]


def is_blind(work: Work) -> bool:
    """Tell whether the visitor may see neither what is installed nor what is ordered."""
    kinds = (Product.resource, ProductOrder.resource)
    return all(work.actor.grant(one, "read") is None for one in kinds)


def _counted(work: Work, record: Record) -> list[tuple[str, str, int]]:
    """Return how many records refer to one, by their kind and the path of the reference."""
    tables = sorted({one.reference_table for one in work.services.registry})
    union = " union all ".join(
        f"select type, source, path from {table} where target = %s and source <> %s"  # noqa: S608
        for table in tables
    )
    product = Product.resource
    sql = (
        f"select type, path, count(distinct source) from ({union}) u "  # noqa: S608 - declared names
        "group by type, path union all "
        f"select 'Customer', 'product', count(distinct p.owner) from {product.table} p "
        f"join {product.reference_table} f on f.source = p.id and f.target = %s "
        "and f.type = 'Product' where p.owner is not null order by 3 desc, 1, 2"
    )
    parameters = [record.id, record.id] * len(tables) + [record.id]
    rows = work.connection.execute(sql, parameters).fetchall()
    return [(kind, path, count) for kind, path, count in rows]


def _may(work: Work, resource: Resource, path: str) -> bool:
    if work.actor.grant(resource, "read") is None:
        return False
    hidden = hidden_of(work, resource)
    return hidden is None or not is_hidden(hidden, f"{path}.id")


def _within_reach(
    work: Work, resource: Resource, path: str, record: Record, count: int
) -> int | None:
    """Return the count itself for whom nothing is out of reach, else what the list counts."""
    if not is_scoped(resource) or work.actor.must(resource, "read").reach == "all":
        return count
    listing = matching(work, resource, {f"{path}.id": [record.id]}, limit=0)
    return listing.total if listing is not None else 0


def _sees_all(work: Work, resource: Resource) -> bool:
    grant = work.actor.grant(resource, "read")
    return grant is not None and grant.reach == "all"


def _open_orders(work: Work, record: Record, path: str, address: str) -> list[Use]:
    wanted = {f"{path}.id": [record.id], "state": OPEN}
    listing = matching(work, ProductOrder.resource, wanted, limit=0)
    if listing is None or listing.total == 0:
        return []
    return [Use("Open orders", label_of_path(path), listing.total,
                f"{address}&state={','.join(OPEN)}")]  # fmt: skip
