"""Assessment: what changing a running order would mean, before anybody approves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.ordering import installed, order_context, waiting
from trunkline.ordering.capture.worth import monthly_of
from trunkline.ordering.given_away import override_faults
from trunkline.ordering.intake_rules import order_faults
from trunkline.ordering.line_dates import DATES
from trunkline.ordering.line_start import begun_faults
from trunkline.ordering.macd.emergency import emergency_faults
from trunkline.ordering.macd.linking import link_faults
from trunkline.ordering.new_plan import plan_items
from trunkline.ordering.new_records import Blueprint
from trunkline.ordering.node import UNCHOSEN, Choice, Copies, Deferred, Node
from trunkline.ordering.order_line import Line, lines_of
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.price_effect import PriceEffect, PriceKind, added_up, line_effects
from trunkline.ordering.product_order import ProductOrder, product_order_dates_are_in_order
from trunkline.ordering.quantity.choice import lowered, unchosen, unknown, with_keys
from trunkline.ordering.revision.apart import taken_apart
from trunkline.ordering.revision.change_policy import Terms, terms_of, unit_of
from trunkline.ordering.revision.comparison import (
    LINE,
    Difference,
    changed_lines,
    differences,
)
from trunkline.ordering.revision.compensation import (
    TAKEN_BACK,
    Compensation,
    compensations,
    in_force,
)
from trunkline.ordering.revision.completing import completed
from trunkline.ordering.revision.content import ITEMS, content_of, revised
from trunkline.ordering.revision.no_return import Passed, bundles, has_done, passed_lines
from trunkline.ordering.revision.setting import Setting, setting_of
from trunkline.ordering.staggered.awaited import known_by_item

SOLD = ("itemPrice", "itemTotalPrice", "itemTerm", "billingAccount", "productOffering",
        "product.productOffering", "product.name", "product.billingAccount",
        "product.productPrice")  # fmt: skip
"""What of a line its product says as well, beside its characteristics and its place."""
DUE = "requestedCompletionDate"


@dataclass(frozen=True)
class Assessment:
    """What a change of an order means: what differs, what becomes of the steps, what it costs.

    `faults` are what it is refused for. `content` is the whole new picture, completed from the
    catalog. `passed` tells by line how it is past a point of no return. `prices` are what the
    whole order costs before and after. `blueprint` and `wanted` are the changed order broken down
    anew, with the records that are there already. `choices` are those alike of which fewer are
    wanted than before, `deferred` the parts that wait for a value.
    """

    content: dict[str, Json]
    differences: tuple[Difference, ...]
    faults: tuple[Fault, ...]
    compensations: tuple[Compensation, ...]
    passed: Mapping[str, Passed]
    prices: tuple[PriceEffect, ...]
    terms: Terms
    blueprint: Blueprint
    wanted: Sequence[PlanItem]
    former_nodes: Sequence[Node]
    settings: Callable[[PlanItem], Setting]
    choices: tuple[Choice, ...] = ()
    deferred: Sequence[Deferred] = ()

    @property
    def approvals(self) -> tuple[str, ...]:
        """Why somebody has to approve the change, in words; empty where nobody has to."""
        soft = {
            one.sentence
            for line, one in self.passed.items()
            if one.kind == "soft" and line in self.touched
        }
        return (*sorted(soft), *self.terms.approvals)

    @property
    def touched(self) -> frozenset[str]:
        """The lines that are other than before."""
        return frozenset(changed_lines(list(self.differences)))


@dataclass(frozen=True)
class _Broken:
    """An order broken down as if it had just been sent in."""

    order: ProductOrder
    catalog: CatalogSnapshot
    held: installed.Installed
    nodes: tuple[Node, ...]
    faults: tuple[Fault, ...]
    refused: tuple[Fault, ...]
    lines: Mapping[str, Line]
    products: Mapping[str, Product]
    copies: Sequence[Copies]
    choices: Sequence[Choice]
    deferred: Sequence[Deferred]


def assess(
    work: Work, order: ProductOrder, content: dict[str, Json], plan: Plan,
    why: dict[str, Json] | None = None, asking: Work | None = None,
) -> Assessment:  # fmt: skip
    """Return what it means to make an order ask for what `content` says; nothing is written.

    `why` is the note that says why, as somebody has said it. `asking` is whom the rules of orders
    are asked for, where that is somebody else.
    """
    present, records = content_of(order), _records(plan)
    made = {one: key for key, one in records.items()}
    content = {**content, ITEMS: with_keys(content.get(ITEMS) or (), made)}
    content = completed(work, order, present, content, plan)
    found = tuple(differences(present, content))
    before = _broken(work, order, present, plan)
    after = _broken(work, order, content, plan) if found else before
    settings = _settings(after.catalog, before.catalog)
    passed = passed_lines(plan, before.lines, settings)
    blueprint = _blueprint(work, after, plan)
    wanted = plan_items(blueprint, work.services.chance.uuid)
    former = plan_items(_blueprint(work, before, plan), work.services.chance.uuid)
    resold = {one.item_id for one in found if one.item_id and one.attribute.startswith(SOLD)}
    if any(one.item_id is None and one.attribute == "billingAccount" for one in found):
        resold |= {one.id for one in after.lines.values() if one.item.billing_account is None}
    known = known_by_item(after.order)
    steps = compensations(plan, former, wanted, settings, resold, known)
    renewed = [one.key for one in steps if one.kind == "undoThenRedo"]
    if renewed:
        blueprint = _renewed(work, blueprint, renewed)
        wanted = plan_items(blueprint, work.services.chance.uuid)
        steps = compensations(plan, former, wanted, settings, resold, known)
    prices = _prices(work, before, after)
    faults = (*_refused(before, after, found), *_past(found, passed, before, after),
              *_currency(prices), *_met(work, order, steps, after),
              *_left_out(before, after, records),
              *begun_faults(plan, before.order, after.order, work.now),
              *by_rules(asking or work, order, content, why))  # fmt: skip
    change = _change(plan, steps, prices, passed, found)
    unit = unit_of(work, order, prices)
    return Assessment(
        content=content,
        differences=found,
        faults=tuple(dict.fromkeys(faults)),
        compensations=() if any(one.code == UNCHOSEN for one in faults) else tuple(steps),
        passed=passed,
        prices=prices,
        terms=_terms(work, order, change, found, unit),
        blueprint=blueprint,
        wanted=wanted,
        former_nodes=before.nodes,
        settings=settings,
        choices=(*lowered(before.copies, after.copies, records), *after.choices),
        deferred=after.deferred,
    )


def _records(plan: Plan) -> dict[str, str]:
    """Return what the steps of a plan have made, by their keys."""
    held = {key: steps[0] for key, steps in in_force(plan).items()}
    return {key: one.record for key, one in held.items() if one.record and one.action == "add"}


def _broken(work: Work, order: ProductOrder, content: dict[str, Json], plan: Plan) -> _Broken:
    apart = taken_apart(work, order, content, plan)
    copy, found = apart.order, apart.found
    context = order_context.load(work, copy, holds=False)
    return _Broken(
        order=copy,
        catalog=apart.catalog,
        held=apart.held,
        nodes=apart.nodes,
        faults=found.faults,
        refused=(
            *apart.dangling,
            *product_order_dates_are_in_order(work, None, copy),
            *order_faults(copy, context),
            *link_faults(work, copy),
            *emergency_faults(work, copy),
            *override_faults(work, order, copy),
        ),
        lines=lines_of(copy),
        products=context.products,
        copies=found.copies,
        choices=found.choices,
        deferred=found.deferred,
    )


def _settings(*catalogs: CatalogSnapshot) -> Callable[[PlanItem], Setting]:
    known: dict[str, Setting] = {}

    def setting(item: PlanItem) -> Setting:
        if item.id not in known:
            found = (setting_of(item, one) for one in catalogs)
            known[item.id] = next((one for one in found if one != Setting()), Setting())
        return known[item.id]

    return setting


def _blueprint(work: Work, broken: _Broken, plan: Plan) -> Blueprint:
    """Return an order broken down with the records and orders that its running plan has made."""
    new_id = work.services.chance.uuid
    held = {key: steps[-1] for key, steps in in_force(plan).items()}
    records = {
        one.key: (held[one.key].record if one.key in held else None) or one.instance_id or new_id()
        for one in broken.nodes
    }
    orders = {
        one.key: (_domain_order(held[one.key]) if one.key in held else None) or new_id()
        for one in broken.nodes
        if one.layer != "product"
    }
    return Blueprint(
        order=broken.order,
        catalog=broken.catalog,
        installed=broken.held,
        nodes=broken.nodes,
        records=records,
        orders=orders,
        now=work.now,
        deferred=broken.deferred,
    )


def _domain_order(item: PlanItem) -> str | None:
    return item.service_order or item.resource_order


def _renewed(work: Work, blueprint: Blueprint, keys: Sequence[str]) -> Blueprint:
    """Return the same with new records for what is taken back and done again."""
    new_id = work.services.chance.uuid
    nodes = blueprint.nodes_by_key
    records, orders = dict(blueprint.records), dict(blueprint.orders)
    for key in keys:
        node = nodes.get(key)
        if node is not None and node.action == "add":
            records[key] = new_id()
        if key in orders:
            orders[key] = new_id()
    return replace(blueprint, records=records, orders=orders)


# --- what it is refused for --------------------------------------------------------------------


def _refused(before: _Broken, after: _Broken, found: Sequence[Difference]) -> Iterator[Fault]:
    """Yield what is wrong with the changed order that was not wrong with it before."""
    known = {_plain(one, before) for one in (*before.refused, *before.faults)}
    for fault in dict.fromkeys((*after.refused, *after.faults)):
        if _plain(fault, after) not in known:
            yield fault
    if installed.customer_of(before.order.related_party) != installed.customer_of(
        after.order.related_party
    ):
        message = "the customer of an order that runs stays; cancel it and order anew"
        yield Fault("relatedParty", "customerChanged", message)
    if before.order.order_group is not None and any(one.attribute == DUE for one in found):
        message = "is that of the order's group; change it there, or leave it"
        yield Fault(DUE, "conflictGroupDate", message)
    if not after.lines:
        message = "would have no line left; cancel the order instead"
        yield Fault(ITEMS, "nothingLeft", message)
    if not found:
        yield Fault("", "nothingChanged", "is as the order is; change something")


def by_rules(
    work: Work, order: ProductOrder, content: dict[str, Json], why: dict[str, Json] | None = None
) -> Iterator[Fault]:
    """Yield what the rules of orders refuse of the order as it would be written, by who asks."""
    changed = ProductOrder.wrap(revised(order, content, why))
    object.__setattr__(changed, "meta", order.meta)
    changed.order_version = (order.order_version or 1) + 1
    for one in work.services.registry.rules_of(order.resource):
        if not one.deleting:
            yield from one.check(work, order, changed) or ()


def _plain(fault: Fault, broken: _Broken) -> tuple[str, str, str]:
    """Return a fault without the place of its line, which a change may move."""
    for line in broken.lines.values():
        if fault.path == line.path or fault.path.startswith(f"{line.path}."):
            return line.id, fault.path.removeprefix(line.path), fault.code
    return "", fault.path, fault.code


def _past(
    found: Sequence[Difference], passed: Mapping[str, Passed], before: _Broken, after: _Broken
) -> Iterator[Fault]:
    """Yield a fault for each changed line that is past a hard point of no return.

    When it is wanted is no matter of that: as long as nothing of its own has begun it may wait.
    """
    inside = bundles(after.lines)
    for ident in changed_lines([one for one in found if one.attribute not in DATES]):
        one = passed.get(ident)
        if ident not in before.lines:
            hard = [passed[other] for other in sorted(inside.get(ident, ())) if other in passed]
            one = next((each for each in hard if each.kind == "hard"), None)
        if one is None or one.kind != "hard":
            continue
        line = after.lines.get(ident) or before.lines[ident]
        name = next((each.old or each.new for each in found
                     if each.item_id == ident and each.attribute == LINE), None)  # fmt: skip
        called = f"item {ident}" + (f" ({name})" if isinstance(name, str) else "")
        message = f"{called} is past the point of no return: {one.sentence}; leave it as it is"
        yield Fault(line.path, "conflictPointOfNoReturn", message)


def _met(
    work: Work, order: ProductOrder, steps: Sequence[Compensation], after: _Broken
) -> Iterator[Fault]:
    """Yield a fault for what new steps would build on while another order still works on it."""
    keys = {one.key for one in steps if one.kind in ("add", "undoThenRedo")}
    nodes = [one for one in after.nodes if one.key in keys]
    for one in waiting.meetings(work, order.id, nodes, after.held).awaited:
        message = f"{one.sentence}; change the order when that is done"
        yield Fault(ITEMS, "conflictOpenWork", message)


def _left_out(before: _Broken, after: _Broken, records: Mapping[str, str]) -> Iterator[Fault]:
    """Yield what is wrong with the choice of those that go."""
    if not after.choices:
        yield from unchosen(before.copies, after.copies, after.lines, records)
    yield from unknown(before.copies, before.lines, after.lines)


def _currency(prices: Sequence[PriceEffect]) -> Iterator[Fault]:
    old = {one.kind.currency for one in prices if one.old}
    new = {one.kind.currency for one in prices if one.new}
    if old and new and old != new:
        message = "the currency of an order that runs stays as it is; cancel it and order anew"
        yield Fault(ITEMS, "currencyChanged", message)


# --- what it costs -----------------------------------------------------------------------------


def _prices(work: Work, before: _Broken, after: _Broken) -> tuple[PriceEffect, ...]:
    """Return what the whole order costs before and after, by kind."""
    old, new = (
        {one.kind: one.new for one in
         added_up(line_effects(each.lines, each.products, at=work.now).values())}
        for each in (before, after)
    )  # fmt: skip
    kinds: dict[PriceKind, None] = dict.fromkeys((*old, *new))
    zero = Decimal(0)
    return tuple(PriceEffect(one, old.get(one, zero), new.get(one, zero)) for one in kinds)


def _terms(
    work: Work, order: ProductOrder, change: dict[str, Json], found: Sequence[Difference], unit: str
) -> Terms:
    """Return the terms of a change; a line that goes is canceled under the terms of that."""
    if not found:
        return Terms()
    terms = terms_of(work, "revision", order.raw, change, unit)
    if any(one.attribute == LINE and one.new is None for one in found):
        terms = terms.joined(terms_of(work, "cancellation", order.raw, change, unit))
    return terms


def _change(
    plan: Plan, steps: Sequence[Compensation], prices: Sequence[PriceEffect],
    passed: Mapping[str, Passed], found: Sequence[Difference],
) -> dict[str, Json]:  # fmt: skip
    """Return what policies see of a change."""
    lines = changed_lines(list(found))
    real = [one for one in plan if one.layer != "order" and one.direction == "do"]
    return {
        "once": sum((one.delta for one in prices if one.kind.period is None), Decimal(0)),
        "monthly": monthly_of((one.kind, one.delta) for one in prices),
        "steps": len(real),
        "stepsDone": sum(1 for one in real if one.state == "completed"),
        "stepsTakenBack": sum(
            1
            for one in steps
            if one.kind in TAKEN_BACK and any(has_done(step) for step in one.steps)
        ),
        "isPastSoftPoint": any(passed[one].kind == "soft" for one in lines if one in passed),
        "lines": len(lines),
    }
