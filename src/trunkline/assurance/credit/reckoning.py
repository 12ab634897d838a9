"""Reckoning: what a service level credit comes to, and how. Pure.

A level that promises repair within 8 hours, a policy of 5 percent for each started hour and 50
percent at most, and an outage of 9 hours and 20 minutes at 40.00 a month: two hours have begun
beyond the eighth, so it gives back 10 percent, 4.00.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from trunkline.assurance.credit.policy import ServiceCreditPolicy
from trunkline.assurance.problem.problem import PLANNED
from trunkline.billing.charging.terms import VAT, altered
from trunkline.inventory.product import Product
from trunkline.ordering.macd.commitment import months_later
from trunkline.shared.charge_period import per_month
from trunkline.shared.money import rounded
from trunkline.shared.period import start_of
from trunkline.shared.price import PriceAlteration, ProductPrice, net_of, rate_of

HOUR = timedelta(hours=1)
HUNDRED, ZERO = Decimal(100), Decimal(0)


@dataclass(frozen=True)
class Promise:
    """A service level that a product has: its names, what is measured, and within how many hours.

    `names` are written small and with single blanks, as `named` gives them.
    `hours` is None where what it promises is no time; `calendar` names the hours that count.
    """

    names: frozenset[str]
    metric: str
    told: str
    hours: Decimal | None = None
    calendar: str | None = None


@dataclass(frozen=True)
class Share:
    """A part of a monthly price: what it is without tax, and its tax, with the rate in percent."""

    net: Decimal
    tax_rate: Decimal | None = None
    tax_category: str = VAT


@dataclass(frozen=True)
class Monthly:
    """What a product costs by the month in one currency, by the rate of tax."""

    unit: str
    shares: Sequence[Share]

    @property
    def net(self) -> Decimal:
        """The whole, without tax."""
        return sum((one.net for one in self.shares), ZERO)


@dataclass(frozen=True)
class Chosen:
    """The policy that is for a product, and the promise by which it is."""

    policy: ServiceCreditPolicy
    promise: Promise | None

    @property
    def hours_free(self) -> Decimal:
        """How many hours give nothing: those that the policy names, else those of the promise."""
        if self.policy.hours_free is not None:
            return self.policy.hours_free
        return (self.promise.hours if self.promise is not None else None) or ZERO


@dataclass(frozen=True)
class Reckoned:
    """What a credit comes to: the started hours beyond the free ones, the percent, the shares.

    Each share is what is given back of that of the monthly price, rounded to the coin.
    """

    hours: int
    percent: Decimal
    shares: Sequence[Share]

    @property
    def net(self) -> Decimal:
        """The whole, without tax."""
        return sum((one.net for one in self.shares), ZERO)


def chosen(
    policies: Sequence[ServiceCreditPolicy], promises: Sequence[Promise], category: str | None,
    reason: str | None = None,
) -> Chosen | None:  # fmt: skip
    """Return the first policy that is for a product with these promises, None where none is.

    `category` and `reason` are those of the problem; for a reason that its policy leaves out
    nothing is due, by no other policy either. Where several promises fit one policy, the one with
    the fewest hours counts.
    """
    for policy in policies:
        if not _is_about(policy, category):
            continue
        fitting = [one for one in promises if _fits(policy, one)]
        if not policy.is_default and not fitting:
            continue
        if named(reason or "") in {named(one) for one in policy.excluded_reason}:
            return None
        if policy.is_default:
            return Chosen(policy, None)
        best = min(fitting, key=lambda one: (one.hours is None, one.hours or ZERO, one.told))
        return Chosen(policy, best)
    return None


def _is_about(policy: ServiceCreditPolicy, category: str | None) -> bool:
    return category in policy.category if policy.category else category != PLANNED


def named(text: str) -> str:
    """Return a name as names are compared."""
    return " ".join(text.split()).casefold()


def _fits(policy: ServiceCreditPolicy, promise: Promise) -> bool:
    names = {named(one) for one in policy.level_name}
    is_named = not names or bool(names & promise.names)
    wanted = (policy.metric or "").casefold()
    return is_named and wanted in ("", promise.metric.casefold())


def reckon(found: Chosen, elapsed: timedelta, monthly: Monthly) -> Reckoned:
    """Return what an outage of a length gives back by a policy."""
    free = timedelta(seconds=float(found.hours_free * 3600))
    beyond = max(timedelta(), elapsed - free)
    hours = -(-beyond // HOUR)
    policy = found.policy
    percent = min(hours * (policy.percent_per_hour or ZERO), policy.percent_max or ZERO)
    shares = [
        replace(one, net=rounded(one.net * percent / HUNDRED, monthly.unit))
        for one in monthly.shares
    ]
    return Reckoned(hours, percent, [one for one in shares if one.net > ZERO])


def monthly_of(product: Product, at: datetime) -> Monthly | None:
    """Return what a product costs by the month at a moment, None where that is nothing.

    It is what is left after alterations, without tax. Only prices of the first currency count;
    usage and what is charged once do not.
    """
    unit, shares = "", dict[tuple[Decimal | None, str], Decimal]()
    for one in product.product_price:
        kind, period = one.price_type.lower(), one.recurring_charge_period
        is_held = one.valid_for is None or one.valid_for.contains(at)
        if not is_held or "usage" in kind or not (period or "recurring" in kind):
            continue
        net, own_unit = _net_of(one)
        if net is None or not own_unit or own_unit != (unit or own_unit):
            continue
        since = start_of(one.valid_for) or product.start_date or at
        changes = sorted(one.product_price_alteration, key=lambda each: each.priority or 0)
        net = altered([each for each in changes if _lasts(each, period, since, at)], net)
        unit, tax = own_unit, (rate_of(one.price), str(one.raw.get("taxCategory") or VAT))
        shares[tax] = shares.get(tax, ZERO) + net * per_month(period or "month")
    if sum(shares.values(), ZERO) <= ZERO:
        return None
    return Monthly(unit, [Share(net, *tax) for tax, net in shares.items()])


def _net_of(price: ProductPrice) -> tuple[Decimal | None, str | None]:
    """Return an amount without tax as far as that is known, else the amount as it is said."""
    net, unit = net_of(price.price)
    said = price.price.tax_included_amount
    return (said.value, said.unit) if net is None and said is not None else (net, unit)


def _lasts(one: PriceAlteration, period: str | None, since: datetime, at: datetime) -> bool:
    """Tell whether an alteration of a price that began at one moment still holds at another."""
    if not one.application_duration:
        return True
    months = one.application_duration / per_month(one.recurring_charge_period or period or "month")
    return at < months_later(since, int(months)) if months >= 1 else False


def explained(found: Chosen, elapsed: timedelta, monthly: Monthly, made: Reckoned) -> str:
    """Return in a sentence how a credit came about."""
    by = found.promise.told if found.promise is not None else found.policy.name or ""
    hour, most = found.policy.percent_per_hour or ZERO, found.policy.percent_max or ZERO
    price = f"{rounded(monthly.net, monthly.unit):f} {monthly.unit}"
    bound = " (the most)" if made.percent == most and made.hours * hour > most else ""
    return (
        f"{length_of(elapsed)} without service, {_plain(found.hours_free)} h free by {by}: "
        f"{made.hours} started h at {_plain(hour)} % = {_plain(made.percent)} %{bound} "
        f"of {price} a month = {made.net:f} {monthly.unit}"
    )


def length_of(elapsed: timedelta) -> str:
    """Return a length of time in hours and minutes."""
    minutes = int(elapsed.total_seconds()) // 60
    return f"{minutes // 60} h {minutes % 60} min"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
