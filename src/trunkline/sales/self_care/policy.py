"""Self-care policies: what customers may do with their products by themselves, as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json, Limits, many
from trunkline.governance.configured import all_of, configured, configures
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.sales.api import SALES
from trunkline.shared.catalog_reference import ProductOfferingRef
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money

SelfCareAction: TypeAlias = Literal["add", "modify", "suspend", "resume", "delete"]
ACTIONS: tuple[SelfCareAction, ...] = ("modify", "suspend", "resume", "delete")


class ValueRange(Extensible):
    """Which values of a characteristic customers choose by themselves: a range, or some values."""

    name: Annotated[str, Limits(length_max=120)]
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    value: list[Any] = many()


@configures
@resource(
    api=SALES,
    path="selfCarePolicy",
    prefix="SCP",
    title="Self-care policy",
    promote=(Promoted("name"),),
    columns=("key", "name", "action", "isAllowed", "mustConfirm", "isActive"),
)
class SelfCarePolicy(Document):
    """What holds where a customer does something with a product by own hand.

    It is about some actions (none named: all) on products of some offerings (none named: all).
    Where `is_allowed` is false they are not done by customers at all. Else `times_max` says how
    often within `within_days` days, `monthly_rise_max` and `once_max` up to which amounts,
    `range` which values, `days_ahead_max` how far ahead. With `must_confirm` the order carries the
    costs that the customer saw (`costConfirmation`), which must be those that it comes to.
    """

    name: Annotated[str, Limits(length_max=120)]
    is_active: bool | None = None
    action: list[SelfCareAction] = many()
    product_offering: list[ProductOfferingRef] = many()
    is_allowed: bool | None = None
    must_confirm: bool | None = None
    times_max: Annotated[int | None, Limits(minimum=0)] = None
    within_days: Annotated[int | None, Limits(minimum=1)] = None
    monthly_rise_max: Money | None = None
    once_max: Money | None = None
    range: list[ValueRange] = many()
    days_ahead_max: Annotated[int | None, Limits(minimum=0)] = None
    message: Annotated[str | None, Limits(length_max=300)] = None

    def is_about(self, action: str | None, offerings: set[str]) -> bool:
        """Tell whether it holds for an action on a product of one of some offerings."""
        named = {one.id for one in self.product_offering}
        return (not self.action or action in self.action) and (not named or bool(named & offerings))


@dataclass
class _Policies:
    """All policies in force, oldest first."""

    all: list[SelfCarePolicy] = field(default_factory=list)


def policies_in_force(work: Work) -> Sequence[SelfCarePolicy]:
    """Return the policies in force, oldest first."""
    return configured(work, _Policies, _read).all


@rule(SelfCarePolicy)
def policy_can_be_counted(
    _work: Work, _old: SelfCarePolicy | None, new: SelfCarePolicy
) -> Iterator[Fault]:
    """Refuse a rate without its period, an amount without currency, and an empty range."""
    if (new.times_max is None) != (new.within_days is None):
        name = "withinDays" if new.within_days is None else "timesMax"
        yield Fault(name, "missing", "how often needs both: timesMax and withinDays")
    for name, amount in (("monthlyRiseMax", new.monthly_rise_max), ("onceMax", new.once_max)):
        if amount is not None and (amount.unit is None or amount.value is None or amount.value < 0):
            yield Fault(name, "badValue", "name an amount of 0 or more and its currency")
    for index, one in enumerate(new.range):
        path = f"range[{index}]"
        if one.minimum is None and one.maximum is None and not one.value:
            yield Fault(path, "missing", "say the least, the most, or the values that are allowed")
        if one.minimum is not None and one.maximum is not None and one.minimum > one.maximum:
            yield Fault(f"{path}.maximum", "badValue", "must not be below the minimum")


def admits(range_: ValueRange, value: Json) -> bool:
    """Tell whether customers choose a value by themselves; pure."""
    if range_.value and value in range_.value:
        return True
    if range_.minimum is None and range_.maximum is None:
        return False
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return False
    number = Decimal(str(value))
    return (range_.minimum is None or number >= range_.minimum) and (
        range_.maximum is None or number <= range_.maximum
    )


def _read(connection: Any) -> _Policies:
    return _Policies(
        [one for one in all_of(connection, SelfCarePolicy) if one.is_active is not False]
    )
