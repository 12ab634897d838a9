"""What opportunities are about: a customer, lines with the catalog's prices, and their amounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import count as numbers

from trunkline.catalog.snapshot import CatalogSnapshot, load
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.work import Work
from trunkline.ordering.list_price import list_price
from trunkline.ordering.order_currency import currency_of_buyer
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.sales.lead.lead import QUANTITY_MAX
from trunkline.sales.opportunity.amounts import (
    MONTHS,
    TERM,
    LineWorth,
    UnitPrice,
    by_period,
    line_worth,
    margin_percent,
    weighted,
    worth_of,
)
from trunkline.sales.opportunity.opportunity import (
    LineAmounts,
    LinePrice,
    SalesOpportunity,
    SalesOpportunityItem,
)
from trunkline.sales.opportunity.staging import begin_sale
from trunkline.shared.money import Money
from trunkline.shared.party_reference import RelatedParty

LINES_MAX = 1000
TERM_MAX, AMOUNT_MAX = 1200, 10**15
CUSTOMER = "customer"


def customer_of(opportunity: SalesOpportunity) -> str | None:
    """Return the id of the customer that an opportunity is of."""
    return next((one.id for one in opportunity.related_party if one.role == CUSTOMER), None)


def _valued(opportunity: SalesOpportunity) -> Json:
    raw = opportunity.raw
    names = ("salesOpportunityItem", "currency", "estimatedRevenue", "probability", "relatedParty",
             "billingAccount")  # fmt: skip
    return [raw.get(name) for name in names]


def _moved(old: SalesOpportunity, new: SalesOpportunity) -> bool:
    return bool(_valued(old) != _valued(new))


@enrich(SalesOpportunity, again=_moved)
def sale_is_valued(work: Work, new: SalesOpportunity) -> None:
    """Begin a new sale, name its customer, give lines the catalog's prices, count the amounts."""
    if not new.meta.version:
        begin_sale(work, new)
    _name_customer(work, new)
    taken = {one.id for one in new.sales_opportunity_item if one.id}
    free = (str(number) for number in numbers(1) if str(number) not in taken)
    for one in new.sales_opportunity_item:
        one.id = one.id or next(free)
        one.quantity, one.term = one.quantity or 1, one.term or TERM
    _price(work, new, [one for one in new.sales_opportunity_item if not one.price])
    new.currency = new.currency or min((one for one in _currencies(new) if one), default=None)
    if _currencies(new) <= {new.currency} and not list(_odd_figures(new)):
        count(new)


def _name_customer(work: Work, new: SalesOpportunity) -> None:
    """Say whose account it is where nothing else says who the customer is."""
    if customer_of(new) is not None or new.billing_account is None:
        return
    account = work.get(BillingAccount, new.billing_account.id)
    for one in account.related_party if account is not None else ():
        if one.role == CUSTOMER:
            named = RelatedParty(id=one.id, role=CUSTOMER)
            named.referred_type = one.referred_type
            new.related_party = [*new.related_party, named]
            return


def _price(work: Work, new: SalesOpportunity, lines: Iterable[SalesOpportunityItem]) -> None:
    """Give lines the prices that the catalog has for the customer."""
    wanted = list(lines)
    if not wanted:
        return
    catalog = load(work, {one.product_offering.id for one in wanted})
    customer = work.get(Customer, customer_of(new) or "") if catalog.prices else None
    catalog = replace(catalog, customer_type=customer.customer_type if customer else None)
    if len(catalog.currencies) > 1:
        account = new.billing_account.id if new.billing_account is not None else ""
        unit = new.currency or currency_of_buyer(work, customer_of(new), account)
        catalog = replace(catalog, currency=unit or min(catalog.currencies))
    for one in wanted:
        one.price = _listed(work, one, catalog)


def _listed(work: Work, line: SalesOpportunityItem, catalog: CatalogSnapshot) -> list[LinePrice]:
    offering = catalog.offerings.get(line.product_offering.id)
    found = []
    for kind, amount in list_price(offering, catalog, work.now).items() if offering else ():
        raw: dict[str, Json] = {"unitPrice": {"unit": kind.currency, "value": amount}}
        if kind.period is not None:
            recurring = by_period(amount, kind.period, kind.currency)
            if recurring is None:
                continue
            raw["recurringChargePeriod"], raw["unitPrice"]["value"] = recurring
        found.append(LinePrice.wrap(raw))
    return found


def _currencies(new: SalesOpportunity) -> set[str | None]:
    units = {price.unit_price.unit for one in new.sales_opportunity_item for price in one.price} | {
        one.unit_cost.unit for one in new.sales_opportunity_item if one.unit_cost is not None
    }
    if new.estimated_revenue is not None:
        units.add(new.estimated_revenue.unit)
    return units


def count(new: SalesOpportunity) -> None:
    """Write what the lines and the whole bring, all in the opportunity's currency."""
    currency = new.currency
    if currency is None:
        return
    lines = []
    for one in new.sales_opportunity_item:
        worth = _line(one)
        lines.append(worth)
        each = worth_of([worth], currency)
        one.amounts = LineAmounts(
            one_time=Money.of(each.once, currency), mrr=Money.of(each.mrr, currency),
            arr=Money.of(each.arr, currency), acv=Money.of(each.acv, currency),
            tcv=Money.of(each.tcv, currency),
        )  # fmt: skip
    whole = worth_of(lines, currency)
    estimate = new.estimated_revenue.amount if new.estimated_revenue is not None else Decimal(0)
    amount = whole.tcv if lines else estimate
    new.amount = Money.of(amount, currency)
    new.weighted_amount = Money.of(weighted(amount, new.probability or 0, currency), currency)
    new.one_time, new.mrr = Money.of(whole.once, currency), Money.of(whole.mrr, currency)
    new.arr, new.acv = Money.of(whole.arr, currency), Money.of(whole.acv, currency)
    new.tcv = Money.of(whole.tcv, currency)
    new.cost = Money.of(whole.cost, currency) if whole.cost is not None else None
    new.margin_percent = margin_percent(amount, whole.cost)


def _line(one: SalesOpportunityItem) -> LineWorth:
    prices = [
        UnitPrice(
            price.unit_price.amount, MONTHS.get(price.recurring_charge_period or "", 0),
            price.discount_percent or Decimal(0),
        )
        for price in one.price
    ]  # fmt: skip
    cost = one.unit_cost.amount if one.unit_cost is not None else None
    return line_worth(prices, quantity=one.quantity or 1, term=one.term or TERM, cost=cost)


@rule(SalesOpportunity)
def sale_is_to_a_customer(
    _work: Work, _old: SalesOpportunity | None, new: SalesOpportunity
) -> Iterator[Fault]:
    """Refuse an opportunity without a customer or an account."""
    if customer_of(new) is None:
        message = "say to whom: a relatedParty in the role customer, or a billingAccount"
        yield Fault("relatedParty", "customerMissing", message)


@rule(SalesOpportunity)
def lines_can_be_counted(
    _work: Work, _old: SalesOpportunity | None, new: SalesOpportunity
) -> Iterator[Fault]:
    """Refuse several currencies, too many lines, ids used twice, and odd figures of a line."""
    if len(new.sales_opportunity_item) > LINES_MAX:
        message = f"has {len(new.sales_opportunity_item)} lines; there may be {LINES_MAX}"
        yield Fault("salesOpportunityItem", "tooMany", message)
    others = sorted(str(one) for one in _currencies(new) - {new.currency})
    if others:
        message = f"is {new.currency}, but there are amounts in {', '.join(others)}; use one"
        yield Fault("currency", "currencyMismatch", message)
    idents = [one.id for one in new.sales_opportunity_item]
    for index, one in enumerate(new.sales_opportunity_item):
        path = f"salesOpportunityItem[{index}]"
        if one.id in idents[:index]:
            yield Fault(f"{path}.id", "conflictId", f"is {one.id}, as another line is")
    yield from _odd_figures(new)


def _odd_figures(new: SalesOpportunity) -> Iterator[Fault]:
    """Yield a fault for each figure that nothing is counted with."""
    yield from _too_much("estimatedRevenue", new.estimated_revenue)
    for index, one in enumerate(new.sales_opportunity_item):
        path = f"salesOpportunityItem[{index}]"
        if (one.quantity or 1) > QUANTITY_MAX:
            message = f"is {one.quantity}; a line may have {QUANTITY_MAX}"
            yield Fault(f"{path}.quantity", "quantityInvalid", message)
        if (one.term or TERM) > TERM_MAX:
            yield Fault(f"{path}.term", "badValue", f"is from 1 to {TERM_MAX} months")
        yield from _too_much(f"{path}.unitCost", one.unit_cost)
        for place, price in enumerate(one.price):
            yield from _too_much(f"{path}.price[{place}].unitPrice", price.unit_price)
            if (price.discount_percent or 0) > 100:
                message = "is more than 100 percent; nothing is paid out"
                yield Fault(f"{path}.price[{place}].discountPercent", "badValue", message)


def _too_much(path: str, money: Money | None) -> Iterator[Fault]:
    if money is not None and abs(money.amount) > AMOUNT_MAX:
        yield Fault(f"{path}.value", "badValue", f"is more than {AMOUNT_MAX:,}")
