"""Reckoning: what an account is to be charged up to a day, beside what is charged already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from decimal import Decimal

from trunkline.billing.bill.customer_bill import TaxTold
from trunkline.billing.bill.rate import AppliedCustomerBillingRate, ChargeBasis
from trunkline.billing.charging.cycle import Cycle, Span, Whole, anchored, month_of
from trunkline.billing.charging.owing import Charge, charge_id, put_down
from trunkline.billing.charging.recurring import Difference, Place, differences, wanted
from trunkline.billing.charging.terms import Said, Terms, terms_of
from trunkline.documents.errors import Conflict
from trunkline.inventory.product import Product
from trunkline.kernel.behaviour import enrich
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.party.billing_cycle import BillingCycle, BillingCycleSpecification
from trunkline.rest.origins import opened
from trunkline.shared.catalog_reference import ProductOfferingPriceRef
from trunkline.shared.charge_period import IN_MONTHS, period_of
from trunkline.shared.money import Money
from trunkline.shared.period import TimePeriod, start_of
from trunkline.workspace.business_zone import business_zone

BACK_MONTHS, MARGIN_MONTHS, MANY = 25, 14, 100_000
"""How far back is looked at what was to be charged, and beyond that at what was charged."""
CHARGED = """
select r.id::text from applied_customer_billing_rate r
join billing_reference f on f.source = r.id and f.path = 'product'
where f.target = any(%s::uuid[]) and r.p_charge_group is not null and r.p_date >= %s
"""
CHANGES = """
select subject::text, at, id::text, owner::text, changes from audit
where subject = any(%s::uuid[]) and at >= %s and action = 'update' order by subject, version
"""
EXEMPT = "E"
SUSPENDED = "suspended"


@dataclass(frozen=True)
class Reckoned:
    """What an account is to be billed up to a day: charges to put down, and what is open already.

    `period` is the one of its cycle that the day lies in.
    """

    account: BillingAccount
    cycle: Cycle
    period: Whole
    charges: Sequence[Charge]
    open_lines: Sequence[AppliedCustomerBillingRate]


@dataclass
class _Charged:
    """What is charged of a product already: amounts by place, in the order of their time."""

    amounts: dict[Place, list[Decimal]] = field(default_factory=dict)
    last: dict[Place, AppliedCustomerBillingRate] = field(default_factory=dict)
    begun: dict[Place, date] = field(default_factory=dict)


def reckoned(work: Work, account: BillingAccount, cut_off: datetime) -> Reckoned:
    """Return what an account owes up to a day; writes nothing.

    Refuses (409) what cannot be reckoned, with the reason in words.
    """
    zone = business_zone(work.services)
    cycle = cycle_of(work, account, zone)
    period = cycle.period_at(cut_off.astimezone(zone).date())
    floor = anchored(month_of(period.start) - BACK_MONTHS, cycle.day)
    begin = _charged_from(account, zone)
    products = work.find(Product, {"billingAccount.id": account.id}, limit=MANY)
    suspended = {} if cycle.charges_suspended else _suspended(work, products, floor, zone)
    charged = _charged(work, products, floor, zone)
    charges: list[Charge] = []
    for product in sorted(products, key=lambda one: one.id):
        terms = terms_of(product, zone, suspended=suspended.get(product.id, ()))
        had = charged.get(product.id, _Charged())
        if terms is None and not had.amounts:
            continue
        terms = terms or Terms(period.end, (), (), (), {})
        if not had.amounts and _is_forgotten(terms, begin, floor):
            message = (
                f"{product.key} was not charged for more than two years, since {terms.start}; "
                "say in chargedFrom of the account since when it is"
            )
            raise Conflict("conflictLongAgo", message)
        about = _About(product, terms, cycle, period, max(begin, floor), begin, cut_off, zone)
        charges += _of_product(account, about, had)
    known = put_down(work, [charge_id(one.key) for one in charges])
    new = [one for one in charges if charge_id(one.key) not in known]
    return Reckoned(account, cycle, period, new, _open(work, account, cut_off))


def _is_forgotten(terms: Terms, begin: date, floor: date) -> bool:
    """Tell whether something that costs money has run since before the floor."""
    owed = [
        met
        for price in terms.recurring
        for stretch in price.stretches
        for one in terms.lived
        if stretch.amount and (met := one.met(stretch.span)) is not None
    ]
    ours = [met for one in owed if (met := one.met(Span(begin))) is not None]
    return any(one.start < floor and (one.end is None or one.end > floor) for one in ours)


@dataclass(frozen=True)
class _About:
    product: Product
    terms: Terms
    cycle: Cycle
    period: Whole
    since: date
    begin: date
    cut_off: datetime
    zone: tzinfo


def _of_product(account: BillingAccount, about: _About, had: _Charged) -> Iterator[Charge]:
    terms, product = about.terms, about.product
    today = about.cut_off.astimezone(about.zone).date()
    # What is charged already stays so when it is reckoned up to a day before it began.
    lived = terms.lived if terms.start <= today or had.amounts else ()
    for one in terms.once:
        if about.since <= one.day <= today:
            said = terms.said[one.ident]
            yield Charge(
                key=f"{product.id}/{one.ident}/once", name=said.name, kind="oneTime",
                amount=Money.of(one.amount, one.unit), day=_midnight(one.day, about.zone),
                product=product.id, tax=taxes(account, said, about.cut_off),
                basis=ChargeBasis(product_offering_price=_offered(said)),
            )  # fmt: skip
    found = wanted(
        terms.recurring, lived, start=terms.start, cycle=about.cycle, since=about.since,
        period=about.period, charged=list(had.amounts), begin=about.begin, begun=had.begun,
    )  # fmt: skip
    for each in differences(found, had.amounts):
        yield _charge(account, about, each, had)


def _charge(account: BillingAccount, about: _About, one: Difference, had: _Charged) -> Charge:
    """Return a difference as it is put down; that of a price which is gone is told as before."""
    ident, whole = one.wanted.ident, one.wanted.whole
    said, last = about.terms.said.get(ident), had.last.get((ident, whole))
    price = next((each for each in about.terms.recurring if each.ident == ident), None)
    unit = price.unit if price is not None else unit_of(last)
    if last is not None and unit_of(last) != unit:
        message = f"{about.product.key} was charged in {unit_of(last)} before, not in {unit}"
        raise Conflict("currencyMismatch", message)
    group = f"{about.product.id}/{ident}/{whole.start}/{whole.end}"
    sums = sum(had.amounts.get((ident, whole), ()), one.amount)
    basis = ChargeBasis(
        product_offering_price=_offered(said) if said is not None else None,
        price=Money.of(one.wanted.price, unit),
        recurring_charge_period=said.price.recurring_charge_period if said is not None else None,
        whole_period=_told(whole.span, about.zone),
        part=one.wanted.part.quantize(Decimal("0.000001")).normalize(),
        charged=Money.of(sums, unit),
    )
    return Charge(
        key=f"{group}/{one.number}",
        name=said.name if said is not None else str(last.name if last is not None else ident),
        kind="recurring" if one.amount > 0 else "credit",
        amount=Money.of(one.amount, unit),
        day=about.cut_off,
        product=about.product.id,
        # What is given back bears the tax that was charged, whatever it is by now.
        tax=_as_before(last)
        if said is None or (last is not None and one.amount < 0)
        else taxes(account, said, about.cut_off),
        period=_told(one.span, about.zone),
        group=group,
        basis=basis,
    )


def taxes(account: BillingAccount, said: Said, at: datetime) -> list[TaxTold]:
    """Return the tax of a price; none where the account is exempt."""
    if any(one.valid_for.contains(at) for one in account.tax_exemption):
        return [TaxTold(tax_category=EXEMPT, tax_rate=Decimal(0))]
    return [TaxTold(tax_category=said.tax_category, tax_rate=said.tax_rate)]


def unit_of(line: AppliedCustomerBillingRate | None) -> str:
    """Return the currency of a line."""
    held = line.tax_excluded_amount if line is not None else None
    return (held.unit or "") if held is not None else ""


def _as_before(line: AppliedCustomerBillingRate | None) -> list[TaxTold]:
    return [
        TaxTold(tax_category=one.tax_category, tax_rate=one.tax_rate)
        for one in (line.applied_tax if line is not None else ())
    ]


def _offered(said: Said) -> ProductOfferingPriceRef | None:
    held = said.price.product_offering_price
    return ProductOfferingPriceRef(id=held.id, name=held.name) if held is not None else None


def _told(span: Span, zone: tzinfo) -> TimePeriod:
    end = _midnight(span.end, zone) if span.end is not None else None
    return TimePeriod(start_date_time=_midnight(span.start, zone), end_date_time=end)


def _midnight(on: date, zone: tzinfo) -> datetime:
    return datetime.combine(on, time.min, zone)


# --- what is read ---------------------------------------------------------------------------


def _charged(
    work: Work, products: Sequence[Product], floor: date, zone: tzinfo
) -> Mapping[str, _Charged]:
    """Return what is charged of products already, by their ids."""
    if not products:
        return {}
    since = _midnight(anchored(month_of(floor) - MARGIN_MONTHS, 1), zone)
    rows = work.connection.execute(CHARGED, [[one.id for one in products], since]).fetchall()
    lines = work.many(AppliedCustomerBillingRate, [ident for (ident,) in rows]).values()
    found: dict[str, _Charged] = {}
    for one in sorted(lines, key=lambda each: each.key):
        # The name of a price may have a slash in it.
        product, _, rest = str(one.charge_group).partition("/")
        ident, start, end = rest.rsplit("/", 2)
        place = (ident, Whole(date.fromisoformat(start), date.fromisoformat(end)))
        held = found.setdefault(product, _Charged())
        net = one.tax_excluded_amount.amount if one.tax_excluded_amount is not None else Decimal(0)
        held.amounts.setdefault(place, []).append(net)
        held.last[place] = one
        first = start_of(one.period_coverage)
        if place not in held.begun and first is not None:
            held.begun[place] = first.astimezone(zone).date()
    return found


def _open(
    work: Work, account: BillingAccount, cut_off: datetime
) -> list[AppliedCustomerBillingRate]:
    """Return what is put down and on no bill yet, the oldest first."""
    said = {"billingAccount.id": account.id, "isBilled": False}
    found = work.find(AppliedCustomerBillingRate, said, limit=MANY)
    due = [one for one in found if one.bill is None and (one.date is None or one.date <= cut_off)]
    return sorted(due, key=lambda one: one.key)


def _suspended(
    work: Work, products: Sequence[Product], floor: date, zone: tzinfo
) -> Mapping[str, Sequence[Span]]:
    """Return the days since the floor on which products were suspended, by their ids.

    The log says what changed; what nothing changed since has been as it is all the time.
    """
    begun = {one.id: floor for one in products if one.status == SUSPENDED}
    found: dict[str, list[Span]] = {one.id: [] for one in products}
    moved: set[str] = set()
    asked = [list(found), _midnight(floor, zone)]
    for ident, at, line, owner, sealed in work.connection.execute(CHANGES, asked).fetchall():
        for one in opened(work, line, owner, sealed) or ():
            if one.path != "status":
                continue
            if ident not in moved:
                moved.add(ident)
                begun.pop(ident, None)
            on = at.astimezone(zone).date()
            if one.old == SUSPENDED:
                found[ident].append(Span(begun.pop(ident, floor), on))
            if one.new == SUSPENDED:
                begun[ident] = on
    for ident, begin in begun.items():
        found[ident].append(Span(begin))
    return found


def is_ours_from_now_on(old: BillingAccount, new: BillingAccount) -> bool:
    """Tell whether an account is not billed elsewhere any more, and nobody says since when."""
    is_taken_over = bool(old.billing_system) and not new.billing_system
    return is_taken_over and old.charged_from == new.charged_from


@enrich(BillingAccount, again=is_ours_from_now_on)
def charge_from_now_on(work: Work, new: BillingAccount) -> None:
    """Charge an account that another system has billed until now from now on."""
    if new.meta.version:
        new.charged_from = work.now


def _charged_from(account: BillingAccount, zone: tzinfo) -> date:
    """Return the day before which an account is charged nothing by us."""
    said = account.charged_from or start_of(account.valid_for) or account.meta.created_at
    return said.astimezone(zone).date() if said is not None else date.min


def cycle_of(work: Work, account: BillingAccount, zone: tzinfo) -> Cycle:
    """Return the cycle that an account is billed in: its own, or the months of the calendar."""
    structure = account.bill_structure
    said = structure.cycle_specification if structure is not None else None
    if said is None:
        return Cycle()
    held: BillingCycle = said
    if said.id is not None:
        held = work.get(BillingCycleSpecification, said.id) or said
    begin = start_of(held.valid_for)
    first = begin.astimezone(zone).date() if begin is not None else None
    length, word = period_of(held.billing_period or held.frequency or "month") or (1, "month")
    if word in ("day", "week"):
        message = f"{account.key} is billed per {word}; a cycle of our own runs has whole months"
        raise Conflict("conflictCycle", message)
    return Cycle(
        ident=said.id or "own",
        day=held.cycle_day or (first.day if first is not None else 1),
        months=length * IN_MONTHS.get(word, 1),
        origin=month_of(first) if first is not None else 0,
        in_advance=not held.in_arrears,
        charges_suspended=held.charges_suspended is not False,
        due_days=held.payment_due_date_offset,
    )
