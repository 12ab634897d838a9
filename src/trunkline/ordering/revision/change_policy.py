"""Change policies: what changing or canceling a running order costs and who approves, as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from trunkline.documents.condition import Rule, rule_faults, rule_of
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json, Limits
from trunkline.governance.configured import all_of, configured, configures
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.ordering.capture.worth import monthly_of
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.order_currency import known_currency
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.plan_item import Plan
from trunkline.ordering.price_effect import PriceEffect, added_up, line_effects
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.revision.content import content_of
from trunkline.ordering.revision.no_return import has_begun
from trunkline.ordering.revision.passed import passed_in, specifications_of
from trunkline.shared.money import Money

Occasion: TypeAlias = Literal["revision", "cancellation"]
VARIABLES = ("order", "change")


@configures
@resource(
    api=ORDERING,
    path="changePolicy",
    prefix="CHP",
    promote=(Promoted("occasion"),),
    columns=("key", "name", "occasion", "condition", "needsApproval", "isActive"),
)
class ChangePolicy(Document):
    """What holds where an order that runs is changed (`revision`) or called off (`cancellation`).

    `condition` is CEL over `order` and its `change`: `once` and `monthly` (by how much the price
    rises, below zero where it falls), `stepsDone` and `steps` (of the plan), `isPastSoftPoint` and
    `lines` (how many are concerned). Without one it is about all of them. The `fee` is charged
    once, the fees of several policies are added up; `needs_approval` lets somebody with the
    permission for it approve the change (a whole order is canceled without that).
    """

    name: Annotated[str, Limits(length_max=120)]
    occasion: Occasion
    is_active: bool | None = None
    condition: Annotated[str | None, Limits(length_max=2048)] = None
    fee: Money | None = None
    needs_approval: bool | None = None
    description: Annotated[str | None, Limits(length_max=300)] = None


@dataclass
class _Policies:
    """All policies in force, oldest first, with their compiled conditions."""

    all: list[tuple[ChangePolicy, Rule | None]] = field(default_factory=list)


@dataclass(frozen=True)
class Terms:
    """Under which terms a change is made: the fee, and what has to be approved, by policy."""

    fee: Money | None = None
    approvals: tuple[str, ...] = ()

    def joined(self, other: Terms) -> Terms:
        """Return both together; their fees are in one currency."""
        fees = [one for one in (self.fee, other.fee) if one is not None]
        amounts = [one.value for one in fees if one.value is not None]
        fee = Money(unit=fees[0].unit, value=sum(amounts[1:], amounts[0])) if amounts else None
        return Terms(fee, (*self.approvals, *other.approvals))


@rule(ChangePolicy)
def change_policy_can_be_asked(
    _work: Work, _old: ChangePolicy | None, new: ChangePolicy
) -> Iterator[Fault]:
    """Refuse a condition that is not sound CEL, and a fee without amount or currency."""
    yield from rule_faults([("condition", new.condition)], VARIABLES, "conditionInvalid")
    fee = new.fee
    if fee is not None and (fee.unit is None or fee.value is None or fee.value < 0):
        yield Fault("fee", "feeInvalid", "name an amount of 0 or more and its currency")


def cancellation_terms(work: Work, order: ProductOrder, plan: Plan) -> Terms:
    """Return the terms of calling an order off as it stands now."""
    if not _about(work, "cancellation"):
        return Terms()  # what the steps are made of need not be read
    steps = [one for one in plan if one.layer != "order" and one.direction == "do"]
    asked = ProductOrder.wrap({**order.raw, **content_of(order)})
    lines = lines_of(asked)
    prices = added_up(line_effects(lines, {}, at=work.now).values())
    passed = passed_in(order, plan, specifications_of(work, plan))
    change: dict[str, Json] = {
        "once": -sum((one.new for one in prices if one.kind.period is None), Decimal(0)),
        "monthly": -monthly_of((one.kind, one.new) for one in prices),
        "steps": len(steps),
        "stepsDone": sum(1 for one in steps if one.state == "completed"),
        "stepsTakenBack": sum(1 for one in steps if has_begun(one)),
        "isPastSoftPoint": any(one.kind == "soft" for one in passed.values()),
        "lines": len(lines),
    }
    return terms_of(work, "cancellation", order.raw, change, unit_of(work, order, prices))


def unit_of(work: Work, order: ProductOrder, prices: Sequence[PriceEffect]) -> str:
    """Return in which currency an order is charged: its prices', else its payer's."""
    said = next((one.kind.currency for one in prices), "")
    if said or not configured(work, _Policies, _read).all:
        return said  # nothing is charged without a policy
    return known_currency(work, order) or ""


def terms_of(
    work: Work, occasion: Occasion, order: dict[str, Json], change: dict[str, Json], unit: str
) -> Terms:
    """Return the terms of a change; `unit` is the order's currency, others are not charged.

    A condition that comes to no result is taken to hold, one that asks for a value that is not
    there not to.
    """
    about = {"order": order, "change": change}
    met = [
        policy
        for policy, condition in _about(work, occasion)
        if condition is None or condition.is_met(about, if_unclear=True)
    ]
    return Terms(_fee(met, unit), tuple(one.name for one in met if one.needs_approval))


def _about(work: Work, occasion: Occasion) -> list[tuple[ChangePolicy, Rule | None]]:
    return [one for one in configured(work, _Policies, _read).all if one[0].occasion == occasion]


def _fee(met: Sequence[ChangePolicy], unit: str) -> Money | None:
    fees = [one.fee for one in met if one.fee is not None and one.fee.unit == unit]
    amounts = [one.value for one in fees if one.value]
    return Money(unit=unit, value=sum(amounts[1:], amounts[0])) if amounts else None


def _read(connection: Any) -> _Policies:
    found = all_of(connection, ChangePolicy)
    return _Policies(
        [(one, rule_of(one.condition, VARIABLES)) for one in found if one.is_active is not False]
    )
