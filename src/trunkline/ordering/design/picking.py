"""Picking: which plan definition a part of an order is carried out by, as the tables decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from trunkline.catalog.entry import Specification
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.governance.configured import configured
from trunkline.kernel.row import ROW, document_of
from trunkline.kernel.work import Work
from trunkline.ordering.design.chosen import Chosen, in_sequence
from trunkline.ordering.design.definition import PlanDefinition
from trunkline.ordering.design.tables import Table, asks, decided, read_tables
from trunkline.ordering.fulfilment import Fulfilment
from trunkline.ordering.installed import customer_of
from trunkline.ordering.node import Node
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.ordering.standalone_line import RootOrder
from trunkline.party.customer import customer_named

OF_CUSTOMER = ("customerSegment", "customerType")


@dataclass(frozen=True)
class Designs:
    """The tables that are on, in their order, and the published definitions by their code."""

    tables: Sequence[Table] = ()
    definitions: Mapping[str, Chosen] = field(default_factory=dict)

    @property
    def asks_for_customer(self) -> bool:
        """Whether a table asks about the customer, who has to be read for that."""
        return asks(self.tables, OF_CUSTOMER)

    def chosen(self, given: Mapping[str, Json]) -> Chosen | None:
        """Return what the first table with a hit says; None where none has, or says nothing."""
        hit = decided(self.tables, given)
        found = self.definitions.get(hit.result or "") if hit is not None else None
        if hit is None or found is None:
            return None
        return replace(found, reason=hit.reason, table_version=hit.version)


@dataclass(frozen=True)
class Trial:
    """A definition, drafted or not, that is tried out for what a specification makes (by name)."""

    chosen: Chosen
    specification: str


def designed(
    work: Work,
    order: RootOrder,
    catalog: CatalogSnapshot,
    nodes: Sequence[Node],
    *,
    trial: Trial | None = None,
) -> tuple[Node, ...]:
    """Return the parts of an order with the plan definitions that they are carried out by.

    A part that no table knows stays as its specification says. Without tables nothing is read.
    """
    if trial is not None:
        tried = trial.specification
        return tuple(
            with_plan(one, trial.chosen if one.specification_name == tried else None)
            for one in nodes
        )
    designs = designs_of(work)
    if not designs.tables:
        return tuple(nodes)
    about = _customer_facts(work, order) if designs.asks_for_customer else {}
    sold = order.product_order_item if isinstance(order, ProductOrder) else ()
    categories = {item.id: _categories(item.raw, catalog) for _, item in placed_product_items(sold)}
    return tuple(
        with_plan(one, designs.chosen(facts(one, catalog, categories.get(one.item_id, ())) | about))
        for one in nodes
    )


def with_plan(node: Node, chosen: Chosen | None) -> Node:
    """Return a part that a plan definition carries out: its own step comes last, by itself."""
    if chosen is None:
        return node
    minutes = round(chosen.minutes) or None
    said = node.fulfilment
    by_plan = Fulfilment(title=said.title, duration_minutes=minutes, system=said.system)
    return replace(node, chosen=chosen, fulfilment=by_plan)


def facts(node: Node, catalog: CatalogSnapshot, categories: Sequence[str] = ()) -> dict[str, Json]:
    """Return what tables may ask about a part of an order."""
    layers: Mapping[str, Mapping[str, Specification]] = {
        "product": catalog.product_specifications,
        "service": catalog.service_specifications,
        "resource": catalog.resource_specifications,
    }
    specification = layers[node.layer].get(node.specification_id or "")
    own = specification.raw.get("category") if specification is not None else None
    named = [own] if isinstance(own, str) else []
    return {
        "specification": node.specification_name,
        "layer": node.layer,
        "action": node.action,
        "category": [*named, *categories],
    }


def designs_of(work: Work) -> Designs:
    """Return the tables and definitions in force, read once per generation."""
    return configured(work, Designs, read_designs)


def read_designs(connection: Any) -> Designs:
    """Return them as the database has them; without tables that are on, none."""
    tables = read_tables(connection).of("planDefinition")
    if not tables:
        return Designs((), {})
    rows = connection.execute(
        f"select {ROW} from {PlanDefinition.resource.table} t "  # noqa: S608
        "where t.p_lifecycle_status = 'published' order by t.p_plan_version"
    ).fetchall()
    definitions = [chosen_of(document_of(PlanDefinition, row)) for row in rows]
    return Designs(
        tables,
        {one.code: one for one in definitions},  # the latest version comes last
    )


def chosen_of(definition: PlanDefinition) -> Chosen:
    """Return a definition as steps are made from it."""
    items = [copied(one.raw) for one in definition.item]
    return Chosen(
        id=definition.id,
        key=definition.key,
        code=definition.code,
        name=definition.name,
        version=int(definition.plan_version or 1),
        items=in_sequence(items),
    )


def _categories(item: Mapping[str, Json], catalog: CatalogSnapshot) -> Sequence[str]:
    """Return the names of the categories in which the offering of an order item is sold."""
    named = (item.get("productOffering") or {}).get("id")
    offering = catalog.offerings.get(named or "")
    listed = offering.raw.get("category") if offering is not None else None
    return [str(one.get("name")) for one in listed or () if isinstance(one, dict)]


def _customer_facts(work: Work, order: RootOrder) -> dict[str, Json]:
    ident = customer_of(order.related_party)
    customer = customer_named(work, ident) if ident is not None else None
    if customer is None:
        return {}
    return {"customerSegment": customer.customer_segment, "customerType": customer.customer_type}
