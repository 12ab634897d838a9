"""The order policies in force, read once per generation of the configuration, and who they meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.condition import Rule, rule_of
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.governance.configured import all_of, configured
from trunkline.kernel.work import Work
from trunkline.ordering import order_catalog
from trunkline.ordering.branch import place_name
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.capture.moving import Ordered
from trunkline.ordering.capture.order_policy import VARIABLES, Effect, OrderPolicy
from trunkline.ordering.capture.worth import NOTHING, worth_of
from trunkline.ordering.design.line_facts import line_facts
from trunkline.ordering.design.tables import Tables, read_tables
from trunkline.ordering.order_line import ACTIONS, action_of, lines_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import ProductOrderItem, placed_product_items
from trunkline.ordering.project.phase import Per, ProjectPhase
from trunkline.ordering.resource_order import (
    ResourceOrder,
    ResourceOrderItem,
    placed_resource_items,
)
from trunkline.ordering.service_order import (
    ServiceOrder,
    ServiceOrderItem,
    placed_service_items,
)
from trunkline.shared.money import Money

PROJECT = "project"
AnyItem: TypeAlias = ProductOrderItem | ServiceOrderItem | ResourceOrderItem


@dataclass(frozen=True)
class Policy:
    """One policy, its condition compiled; `channels` are in lower case."""

    key: str
    name: str
    effect: Effect
    is_active: bool
    channels: frozenset[str]
    actions: frozenset[str]
    condition: Rule | None
    role: str | None
    due_days: int | None
    message: str | None
    deposit: Money | None = None
    lines_min: int | None = None
    sites_min: int | None = None
    per: Per = "line"
    phases: tuple[ProjectPhase, ...] = ()


@dataclass
class Policies:
    """All policies, oldest first."""

    all: list[Policy] = field(default_factory=list)
    tables: Tables = field(default_factory=Tables)


def policies(work: Work) -> Sequence[Policy]:
    """Return all policies, oldest first, those that are turned off among them."""
    return configured(work, Policies, read_policies).all


def read_policies(connection: Any) -> Policies:
    """Return all policies as the database has them."""
    return Policies(
        [_policy(one) for one in all_of(connection, OrderPolicy)], read_tables(connection)
    )


def _policy(one: OrderPolicy) -> Policy:
    return Policy(
        key=one.key,
        name=one.name,
        effect=one.effect,
        is_active=one.is_active is not False,
        channels=frozenset(name.casefold() for name in one.channel),
        actions=frozenset(one.action),
        condition=rule_of(one.condition, VARIABLES),
        role=one.role,
        due_days=one.due_days,
        message=one.message,
        deposit=one.deposit,
        lines_min=one.lines_min,
        sites_min=one.sites_min,
        per=one.per or "line",
        phases=tuple(one.phase),
    )


def policies_met(
    work: Work, order: Ordered, catalog: CatalogSnapshot | None = None
) -> list[Policy]:
    """Return the policies in force that look at an order; where there are none, nothing is read.

    Those that say how it is delivered are not among them (`project_of`). A condition that comes to
    no result is taken to hold, one that asks for a value that is not there not to. What a decision
    table names for a line is met whatever it says itself.
    """
    told = _named_by_tables(work, order)
    found = _met(work, order, catalog)
    looking = [one for one in policies(work) if one.effect != PROJECT]
    return [one for one in looking if one in found or (one.is_active and one.name in told)]


def project_of(work: Work, order: ProductOrder) -> Policy | None:
    """Return the policy by which an order is delivered as a project, the oldest; None for none."""
    if not any(one.effect == PROJECT and one.is_active for one in policies(work)):
        return None
    tops = [one for one in lines_of(order).values() if one.whole is None]
    sites = {place_name(one.place) for one in tops}
    for one in _met(work, order, None, is_project=True):
        least = ((one.lines_min, len(tops)), (one.sites_min, len(sites)))
        said = [count >= minimum for minimum, count in least if minimum is not None]
        if any(said) or not said:
            return one
    return None


def _named_by_tables(work: Work, order: Ordered) -> set[str]:
    """Return the names of the policies that tables say are met by a line of an order."""
    tables = configured(work, Policies, read_policies).tables
    if not tables.of("enrichment"):
        return set()
    asks = tables.asks("enrichment", ("customerSegment", "customerType"))
    buyer = buyer_of(work, order) if asks else None
    customer = buyer.raw if buyer is not None else {}
    said = [
        tables.decide("enrichment", line_facts(order, item, customer))
        for _, item in placed_items(order)
    ]
    return {one.result for one in said if one is not None and one.result}


def _met(
    work: Work, order: Ordered, catalog: CatalogSnapshot | None, *, is_project: bool = False
) -> list[Policy]:
    named = [
        one
        for one in policies(work)
        if one.is_active
        and (one.effect == PROJECT) == is_project
        and _is_of_channel(order, one)
        and any(lines_met(order, one))
    ]
    if not any(one.condition for one in named):
        return named
    context = _context(work, order, catalog)
    return [
        one
        for one in named
        if one.condition is None or one.condition.is_met(context, if_unclear=True)
    ]


def _context(work: Work, order: Ordered, catalog: CatalogSnapshot | None) -> dict[str, Json]:
    buyer = buyer_of(work, order)
    worth = NOTHING  # services and resources have no price
    if isinstance(order, ProductOrder):
        worth = worth_of(order, catalog or order_catalog.load(work, order), work.now)
    return {
        "order": order.raw,
        "customer": buyer.raw if buyer is not None else {},
        "worth": worth.as_json(),
    }


def _is_of_channel(order: Ordered, policy: Policy) -> bool:
    named = {name.casefold() for one in order.channel for name in (one.id, one.name) if name}
    return not policy.channels or not policy.channels.isdisjoint(named or {""})


def lines_met(order: Ordered, policy: Policy) -> Iterator[str]:
    """Yield the paths of the lines that a policy is about."""
    for path, item in placed_items(order):
        if not policy.actions or not policy.actions.isdisjoint(_doings(item)):
            yield path


def placed_items(order: Ordered) -> Iterator[tuple[str, AnyItem]]:
    """Yield every item of an order with its path, each before the items inside it."""
    if isinstance(order, ServiceOrder):
        yield from placed_service_items(order.service_order_item)
    elif isinstance(order, ResourceOrder):
        yield from placed_resource_items(order.order_item)
    else:
        yield from placed_product_items(order.product_order_item)


def _doings(item: AnyItem) -> set[str | None]:
    if isinstance(item, ProductOrderItem):
        return {action_of(item), item.operation}
    said = item.action or "add"
    return {said, ACTIONS.get(said)}


def refusal_of(order: Ordered, policy: Policy) -> Fault:
    """Return why a policy refuses an order, at the line or the channel that it is about."""
    message = policy.message or f"is not for orders like this one: {policy.name}"
    if policy.actions:
        return Fault(f"{next(lines_met(order, policy))}.action", "policyRefuses", message)
    return Fault("channel" if policy.channels else "", "policyRefuses", message)
