"""Judging what customers do by themselves: policies, the costs that were confirmed, and others.

The rule holds for the portal and the interfaces alike, since it looks at who orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from trunkline.catalog.closure import closure
from trunkline.documents.errors import Fault
from trunkline.documents.shape import format_instant
from trunkline.inventory.product import Product
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work, as_system
from trunkline.ordering.installed import is_live, values_of
from trunkline.ordering.line_dates import LineDates
from trunkline.ordering.macd.operations import operations_of
from trunkline.ordering.order_line import AFTER, Line, lines_of
from trunkline.ordering.price_effect import PriceEffect, added_up, line_effects
from trunkline.ordering.product_order import UNSENT, ProductOrder
from trunkline.ordering.said_by_customer import CostConfirmation
from trunkline.sales.self_care.policy import SelfCarePolicy, admits, policies_in_force
from trunkline.sales.self_care.who import is_by_customer
from trunkline.shared.charge_period import per_month
from trunkline.shared.money import Money, digits_of, rounded

COSTS = "costConfirmation"
WHOLE = ("suspend", "resume", "delete")
"""What is done to a product with all its parts."""
RATE_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 2))"
ZERO = Decimal(0)


@dataclass(frozen=True)
class Costs:
    """What an order changes about costs, in one currency: a month before and after, and once."""

    unit: str
    before: Decimal
    after: Decimal
    once: Decimal


@dataclass(frozen=True)
class _Asked:
    """A line of an order, when it is wanted begun, and what it changes about costs."""

    line: Line
    start: datetime | None
    costs: Costs


@enrich(ProductOrder, again=lambda old, new: old.raw.get(COSTS) != new.raw.get(COSTS))
def note_when_confirmed(work: Work, new: ProductOrder) -> None:
    """Fill in when costs were confirmed, by our own clock."""
    if isinstance(new.raw.get(COSTS), dict):
        new.raw[COSTS] = {**new.raw[COSTS], "confirmedAt": format_instant(work.now)}


@rule(ProductOrder)
def customers_stay_within_policy(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse what customers may not do by themselves, or only otherwise than they ask for it.

    Codes: selfCareRefused, selfCareTooOften, selfCareOutOfRange, selfCareTooDear,
    selfCareTooFarAhead, confirmationMissing, confirmationOutdated, othersRelyOnIt, notThere.
    """
    was_sent = old is not None and old.internal_state not in UNSENT
    if was_sent or new.internal_state in UNSENT or not is_by_customer(work):
        return
    yield from judge(work, new)


def judge(work: Work, order: ProductOrder) -> Iterator[Fault]:
    """Yield what keeps a customer from an order, by own hand."""
    lines = [one for one in lines_of(order).values() if one.action is not None]
    products = products_of(work, lines)
    yield from _hidden_faults(lines, products)
    yield from others_faults(work, lines, products)
    met = [(line, one) for line in lines for one in policies_of(work, line, products)]
    _keep_rates(work, met, products)
    if not met:
        return
    dates, effects = LineDates(order), line_effects(lines_of(order), products, at=work.now)
    for line, policy in met:
        asked = _Asked(line, dates.start(line.id), costs_from(effects.get(line.id, ())))
        yield from _faults(work, order, asked, policy, products)
    if any(policy.must_confirm for _, policy in met):
        yield from confirmation_faults(
            order.cost_confirmation, costs_from(added_up(effects.values()))
        )


def products_of(work: Work, lines: Iterable[Line]) -> dict[str, Product]:
    """Return the products that lines are about, with all inside them, by id."""
    return with_parts(work, [one.product_id for one in lines if one.product_id])


def with_parts(
    work: Work, idents: Iterable[str], known: Mapping[str, Product] = MappingProxyType({})
) -> dict[str, Product]:
    """Return products with all inside them, by id; those of `known` are not read again."""
    named = [one for one in idents if UUID.match(one)]
    return closure(work, Product, named, _inside, known) if named else {}


def policies_of(
    work: Work, line: Line, products: Mapping[str, Product]
) -> Sequence[SelfCarePolicy]:
    """Return the policies in force that are about a line."""
    offerings = offerings_of(line.action, line.product_id or "", products)
    if line.item.product_offering is not None:
        offerings.add(line.item.product_offering.id)
    return [one for one in policies_in_force(work) if one.is_about(line.action, offerings)]


def offerings_of(action: str | None, ident: str, products: Mapping[str, Product]) -> set[str]:
    """Return of which offerings something is done to products by an action on one of them.

    What rests, goes on or ends does so with all its parts.
    """
    return {
        held.product_offering.id
        for one in (_with_parts(ident, products) if action in WHOLE else {ident})
        if (held := products.get(one)) is not None and held.product_offering is not None
    }


def costs_of(order: ProductOrder, products: Mapping[str, Product], at: datetime) -> Costs:
    """Return what an order comes to; amounts by other periods count by the month."""
    return costs_from(added_up(line_effects(lines_of(order), products, at=at).values()))


def costs_from(effects: Iterable[PriceEffect]) -> Costs:
    """Return what effects come to in the first currency that has any; pure."""
    listed = list(effects)
    unit = next((one.kind.currency for one in listed), "")
    own = [one for one in listed if one.kind.currency == unit]
    monthly = [(one, per_month(one.kind.period)) for one in own if one.kind.period]
    return Costs(
        unit,
        sum((one.old * share for one, share in monthly), ZERO),
        sum((one.new * share for one, share in monthly), ZERO),
        sum((one.new for one in own if one.kind.period is None), ZERO),
    )


def confirmation_faults(said: CostConfirmation | None, costs: Costs) -> Iterator[Fault]:
    """Yield that nobody has confirmed what an order costs, or something else by now; pure."""
    path = COSTS
    wanted = (("monthlyBefore", costs.before), ("monthlyAfter", costs.after), ("once", costs.once))
    if said is None:
        words = ", ".join(
            f"{name} {rounded(amount, costs.unit)} {costs.unit}" for name, amount in wanted
        )
        message = f"show the customer what it costs and send what was confirmed: {words}"
        yield Fault(path, "confirmationMissing", message)
        return
    held = (said.monthly_before, said.monthly_after, said.once)
    for (name, amount), seen in zip(wanted, held, strict=True):
        if not _is_same(seen, amount, costs.unit):
            message = f"is {rounded(amount, costs.unit)} {costs.unit} by now; show and confirm that"
            yield Fault(f"{path}.{name}", "confirmationOutdated", message)


def others_faults(
    work: Work, lines: Iterable[Line], products: Mapping[str, Product]
) -> Iterator[Fault]:
    """Yield what others rely on and would rest or end: products of this or of other customers."""
    stopping = [one for one in lines if one.action in ("suspend", "delete") and one.product_id]
    stopped = {one for line in stopping for one in _with_parts(line.product_id or "", products)}
    if not stopped:
        return
    relying = relying_on(work, stopped)
    for line in stopping:
        own = _with_parts(line.product_id or "", products)
        if any(own & targets for targets in relying.values()):
            message = "is what other services rely on; end or pause those first, or call us"
            yield Fault(f"{line.path}.action", "othersRelyOnIt", message)


def relying_on(work: Work, stopped: set[str]) -> dict[str, set[str]]:
    """Return which of some products each live product beside them relies on.

    Those of other customers count, whom the asker does not see; they are never named.
    """
    with as_system(work.services, "self-care") as everyone:
        found = everyone.find(Product, {"productRelationship.product.id": sorted(stopped)})
    return {
        one.id: {
            each.product.id
            for each in one.product_relationship
            if each.relationship_type.lower() in AFTER and each.product.id in stopped
        }
        for one in found
        if one.id not in stopped and is_live(one) and one.status != "suspended"
    }


def _faults(
    work: Work, order: ProductOrder, asked: _Asked, policy: SelfCarePolicy,
    products: Mapping[str, Product],
) -> Iterator[Fault]:  # fmt: skip
    line, path, costs = asked.line, asked.line.path, asked.costs
    if policy.is_allowed is False:
        message = policy.message or f"is not done by customers themselves ({policy.name}); call us"
        yield Fault(f"{path}.action", "selfCareRefused", message)
        return
    yield from _value_faults(line, policy)
    yield from _date_faults(asked.start, policy, work.now)
    rise, most = costs.after - costs.before, policy.monthly_rise_max
    if most is not None and most.unit == costs.unit and rise > most.amount:
        message = f"raises the monthly price by more than {most.amount} {most.unit}; call us"
        yield Fault(f"{path}.itemPrice", "selfCareTooDear", message)
    most = policy.once_max
    if most is not None and most.unit == costs.unit and costs.once > most.amount:
        message = f"costs more than {most.amount} {most.unit} once; call us"
        yield Fault(f"{path}.itemPrice", "selfCareTooDear", message)
    if policy.times_max is not None and line.product_id:
        yield from _rate_faults(work, order, line, policy, products)


def _value_faults(line: Line, policy: SelfCarePolicy) -> Iterator[Fault]:
    product = line.item.product
    chosen = values_of(product.product_characteristic) if product is not None else {}
    for one in policy.range:
        if one.name in chosen and not admits(one, chosen[one.name]):
            message = f"{one.name} {chosen[one.name]} is not for customers to choose; call us"
            where = f"{line.path}.product.productCharacteristic"
            yield Fault(where, "selfCareOutOfRange", message)


def date_faults(work: Work, order: ProductOrder, start: datetime) -> Iterator[Fault]:
    """Yield what keeps a customer from moving an order to another day, by own hand."""
    lines = [one for one in lines_of(order).values() if one.action is not None]
    products = products_of(work, lines)
    met = {one.id: one for line in lines for one in policies_of(work, line, products)}
    for policy in met.values():
        yield from _date_faults(start, policy, work.now)


def _date_faults(start: datetime | None, policy: SelfCarePolicy, now: datetime) -> Iterator[Fault]:
    most = policy.days_ahead_max
    if start is not None and most is not None and start > now + timedelta(days=most):
        message = f"may lie {most} days ahead at most; choose an earlier day"
        yield Fault("requestedStartDate", "selfCareTooFarAhead", message)


def _keep_rates(
    work: Work, met: Iterable[tuple[Line, SelfCarePolicy]], products: Mapping[str, Product]
) -> None:
    """Let orders that count each other wait: the second one until the first is there."""
    counted = [_counted(line, one, products) for line, one in met if one.times_max is not None]
    for ident in sorted({each for one in counted for each in one}):
        work.connection.execute(RATE_LOCK, [ident])


def _counted(line: Line, policy: SelfCarePolicy, products: Mapping[str, Product]) -> set[str]:
    """Return the products at which it is counted how often: the one named, and parts it is about.

    What was done to the one named was done to its parts as well.
    """
    ident, about = line.product_id or "", {one.id for one in policy.product_offering}
    parts = _with_parts(ident, products) if line.action in WHOLE else set()
    return {ident} | {one for one in parts if offerings_of(None, one, products) & about}


def _rate_faults(
    work: Work, order: ProductOrder, line: Line, policy: SelfCarePolicy,
    products: Mapping[str, Product],
) -> Iterator[Fault]:  # fmt: skip
    assert policy.times_max is not None
    assert policy.within_days is not None
    since = work.now - timedelta(days=policy.within_days)
    found = operations_of(work, _counted(line, policy, products), besides=order.id)
    done = {
        (one.order, one.action)
        for each in found.values()
        for one in each
        if one.state != "canceled"
        and one.at is not None
        and one.at >= since
        and (not policy.action or one.action in policy.action)
    }
    if len(done) >= policy.times_max:
        message = (
            f"was done {len(done)} times within {policy.within_days} days, {policy.times_max} "
            "is the most; wait, or call us"
        )
        yield Fault(f"{line.path}.action", "selfCareTooOften", message)


def _hidden_faults(lines: Iterable[Line], products: Mapping[str, Product]) -> Iterator[Fault]:
    """Yield that a product is not shown to customers, unless it goes with what it is a part of."""
    listed = list(lines)
    for line in listed:
        held = products.get(line.product_id or "")
        if held is None or held.is_customer_visible is not False:
            continue
        wholes = [one.product_id or "" for one in listed if one.action == line.action]
        if not any(one != held.id and held.id in _with_parts(one, products) for one in wholes):
            message = "names no product of yours; choose one that you are shown"
            yield Fault(f"{line.path}.product", "notThere", message)


def _inside(product: Product) -> list[str]:
    return [one.id for one in product.product if one.id]


def _with_parts(ident: str, products: Mapping[str, Product]) -> set[str]:
    found, waiting = set[str](), [ident]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += _inside(products[one]) if one in products else []
    return found


def _is_same(seen: Money | None, amount: Decimal, unit: str) -> bool:
    if seen is None or seen.value is None:
        return amount == ZERO
    half_coin = Decimal(1).scaleb(-digits_of(unit)) / 2
    return abs(seen.value - amount) < half_coin and (seen.unit == unit or not unit)
