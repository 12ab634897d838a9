"""The prices of an offer where they stand: shown, added, changed from a day on, ended."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from trunkline.catalog.entry import DRAFT, LIVE
from trunkline.catalog.entry_rules import PRICES
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.repricing import follow, set_amount, take_off
from trunkline.documents.decode import bounded_number
from trunkline.documents.errors import Fault, NotFound, Refusal, refuse
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.kernel.work import Work
from trunkline.rest.writing import change, create
from trunkline.web.catalog.cloning import PriceRow, price_rows
from trunkline.web.catalog.kinds import address_of
from trunkline.web.desk import Desk
from trunkline.web.forms import Form
from trunkline.web.records import Record
from trunkline.web.values import EMPTY, instant, state

MERGE = "application/merge-patch+json"
RESOURCE = ProductOfferingPrice.resource
FIELDS = ("name", "how", "amount", "unit", "date")
ONCE = "once"
PERIODS = ("month", "year", "week", "day")
CURRENCY = "EUR"
PLACES = {"name": "name", "price.value": "amount", "price.unit": "unit", "price": "amount",
          "validFor.startDateTime": "date", "validFor.endDateTime": "date", "validFor": "date",
          "recurringChargePeriodType": "how", "priceType": "how"}  # fmt: skip
"""The field of the form at which a fault of a price is told."""


def price_lines(
    work: Work, desk: Desk, record: Record, form: Form | None = None, refusal: Refusal | None = None
) -> dict[str, Any]:
    """Return the prices of an offer, and the form that is open among them.

    `form` says what is being done (`do`), to which price, and what was typed.
    """
    actor, now = work.actor, work.now
    may = (
        actor.grant(ProductOffering.resource, "update") is not None
        and actor.grant(RESOURCE, "create") is not None
        and actor.grant(RESOURCE, "update") is not None
    )
    rows = price_rows(work, record)
    is_over = record.document.get("lifecycleStatus") not in (*DRAFT, *LIVE)
    lines = [
        vars(one) | {
            "address": address_of(desk.addresses, RESOURCE, one.key) if one.key else "",
            "state": state(one.state) if one.state else EMPTY,
            "from": instant(one.valid.get("startDateTime"), desk.zone),
            "until": instant(one.valid.get("endDateTime"), desk.zone),
            "begins_later": _is_later(one.valid.get("startDateTime"), now),
            "doings": doings_of(one, now) if may and not is_over else [],
        }
        for one in rows
    ]  # fmt: skip
    return {
        "prices": lines,
        "may_price": may and not is_over,
        "price_form": _asked(record, rows, form, refusal, now.astimezone(desk.zone))
        if form is not None else None,
        "periods": PERIODS,
    }  # fmt: skip


def doings_of(row: PriceRow, now: datetime) -> list[str]:
    """Return what can be done with a price that an offer refers to."""
    if not row.key or not row.amount or _is_past(row.valid.get("endDateTime"), now):
        return []
    if row.state in DRAFT:
        return ["change", "off"]
    if row.state not in LIVE:
        return []
    return ["off"] if _is_later(row.valid.get("startDateTime"), now) else ["change", "end"]


def _asked(
    record: Record, rows: list[PriceRow], form: Form, refusal: Refusal | None, now: datetime
) -> dict[str, Any]:
    """Return the open form: what was typed, else what stands there; and what is wrong with it.

    What is on sale changes tomorrow at the earliest, which stands there where nothing was typed.
    """
    do, ident = form.text("do") or "add", form.text("price")
    row = next((one for one in rows if one.id == ident and one.id), None)
    unit = next((one.unit for one in rows if one.unit), CURRENCY)
    values = {"name": f"{record.label}, ", "how": "month", "unit": unit} if row is None else {
        "name": row.name, "amount": row.amount, "unit": row.unit}  # fmt: skip
    is_sold = record.document.get("lifecycleStatus") in LIVE if row is None else row.state in LIVE
    if refusal is None and is_sold and do in ("add", "change"):
        values["date"] = f"{now + timedelta(days=1):%Y-%m-%d}"
    wrong: dict[str, str] = {}
    others: list[str] = []
    for one in _faults(refusal):
        place = PLACES.get(one.path, one.path)
        if place in FIELDS and place not in wrong:
            wrong[place] = one.message
        else:
            others.append(one.message)
    return {
        "do": do if do == "add" or row is not None else "add",
        "id": ident,
        "label": row.name if row is not None else "",
        "is_live": row is not None and row.state in LIVE,
        "leaves_none": row is not None and _leaves_none(do, row, rows),
        "offer_is_live": record.document.get("lifecycleStatus") in LIVE,
        "wrong": {name: wrong.get(name, "") for name in FIELDS},
        "others": others,
    } | {name: form.text(name) or values.get(name, "") for name in FIELDS}


def _leaves_none(do: str, row: PriceRow, rows: list[PriceRow]) -> bool:
    """Tell whether no price of a kind is left from a day on: the one that begins is taken off, or
    the one that holds is ended and none follows."""
    start = row.valid.get("startDateTime")
    same = (row.kind, row.period)
    others = [one for one in rows if one.id != row.id and (one.kind, one.period) == same]
    others = [one for one in others if one.state in LIVE]
    if do == "off" and row.state in LIVE:
        return not any(
            _holds_at(one, start) or (one.name == row.name and _ends(one) == start)
            for one in others
        )
    return do == "end" and all(_ends(one) for one in others)


def _ends(row: PriceRow) -> Json:
    return row.valid.get("endDateTime")


def _holds_at(row: PriceRow, moment: Json) -> bool:
    start, end = row.valid.get("startDateTime"), _ends(row)
    at = parse_instant(str(moment))
    return (not start or parse_instant(start) <= at) and (not end or parse_instant(end) > at)


def _faults(refusal: Refusal | None) -> list[Fault]:
    if refusal is None:
        return []
    return list(refusal.faults) or [Fault("", refusal.code, refusal.message)]


# --- done ---------------------------------------------------------------------------------------


def do_price(work: Work, form: Form, ident: str, zone: ZoneInfo) -> None:
    """Do to the prices of an offer what a form asks for, by the same writes as everywhere."""
    offer = work.lock(ProductOffering, ident)
    do = form.text("do")
    if do == "add":
        _add(work, offer, form, zone)
        return
    if form.text("price") not in {one.id for one in offer.product_offering_price}:
        raise NotFound("notFound", f"{offer.key} has no such price")
    price = work.lock(ProductOfferingPrice, form.text("price"))
    if do == "change":
        _change(work, price, form, zone)
    elif do == "end":
        faults: list[Fault] = []
        end = _day(form, work.now, zone, faults, is_needed=True)
        refuse(faults)
        change(work, price, {"validFor": {"endDateTime": _text(end)}}, MERGE)
    elif do == "off":
        _off(work, offer, price)
    else:
        raise NotFound("notFound", f"there is nothing called {do} to do with a price")


def _add(work: Work, offer: ProductOffering, form: Form, zone: ZoneInfo) -> None:
    faults: list[Fault] = []
    amount = _amount(form, faults)
    start = _day(form, work.now, zone, faults, is_needed=offer.is_live)
    if not form.text("name"):
        faults.append(Fault("name", "missing", "say what the price is called"))
    refuse(faults)
    how = form.text("how")
    document: dict[str, Json] = {
        "name": form.text("name"),
        "lifecycleStatus": LIVE[0] if offer.is_live else DRAFT[1],
        "priceType": "oneTime" if how == ONCE else "recurring",
        "price": {"unit": form.text("unit").upper() or CURRENCY, "value": amount},
    }
    if how != ONCE:
        document |= {"recurringChargePeriodType": how, "recurringChargePeriodLength": 1}
    if start is not None:
        document["validFor"] = {"startDateTime": _text(start)}
    made = create(work, RESOURCE, document)
    prices = [*(offer.raw.get(PRICES) or ()), {"id": made.id}]
    change(work, offer, {PRICES: prices}, MERGE)


def _change(work: Work, price: ProductOfferingPrice, form: Form, zone: ZoneInfo) -> None:
    faults: list[Fault] = []
    amount = _amount(form, faults)
    start = _day(form, work.now, zone, faults, is_needed=price.is_live)
    refuse(faults)
    if price.is_live and start is not None:
        if price.price is not None and price.price.value == amount:
            refuse([Fault("amount", "badValue", "is the amount that it has; type another one")])
        follow(work, price, amount, start)
        return
    document = copied(price.raw)
    set_amount(document, amount)
    patch: dict[str, Json] = {one: document[one] for one in ("price", "tax") if one in document}
    if start is not None:
        patch["validFor"] = {"startDateTime": _text(start)}
    change(work, price, patch, MERGE)


def _off(work: Work, offer: ProductOffering, price: ProductOfferingPrice) -> None:
    """Take a price off: a draft of this offer alone, one that has not begun of all that have it."""
    if price.is_live:
        before = [
            one
            for one in work.many(ProductOfferingPrice, _ids(offer)).values()
            if one.is_live and one.name == price.name and _end(one) is not None
            and _end(one) == (price.valid_for.start_date_time if price.valid_for else None)
        ]  # fmt: skip
        take_off(work, price)
        for one in before[:1]:
            document = work.lock(ProductOfferingPrice, one.id)
            end = price.valid_for.end_date_time if price.valid_for else None
            change(work, document, {"validFor": {"endDateTime": _text(end)}}, MERGE)
        return
    kept = [one for one in offer.raw[PRICES] if one.get("id") != price.id]
    change(work, offer, {PRICES: kept or None}, MERGE)
    if not price.is_frozen and not work.used_by(price.id, limit=1):
        if work.actor.grant(RESOURCE, "delete") is None:
            return
        work.remove(ProductOfferingPrice, price.id)


def _ids(offer: ProductOffering) -> list[str]:
    return [one.id for one in offer.product_offering_price if one.id]


def _end(price: ProductOfferingPrice) -> datetime | None:
    return price.valid_for.end_date_time if price.valid_for is not None else None


# --- typed --------------------------------------------------------------------------------------


def _amount(form: Form, faults: list[Fault]) -> Decimal:
    try:
        return Decimal(bounded_number(form.text("amount").replace(",", ".")))
    except (InvalidOperation, ValueError):
        faults.append(Fault("amount", "badValue", "must be an amount, as in 29.90"))
        return Decimal(0)


def _day(
    form: Form, now: datetime, zone: ZoneInfo, faults: list[Fault], *, is_needed: bool
) -> datetime | None:
    """Return the beginning of the day that was typed; a day that is needed lies ahead."""
    try:
        found = day_of(form.text("date"), zone, now)
    except ValueError:
        found = None
        if form.text("date"):
            faults.append(Fault("date", "badValue", "is no day"))
            return None
    if is_needed and found is None:
        faults.append(Fault("date", "missing", "say from which day on"))
    elif is_needed and found is not None and found <= now:
        faults.append(Fault("date", "startPast", "choose a later day than today"))
    return found


def day_of(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the beginning of a day in a time zone; raises ValueError for what is none."""
    day = date.fromisoformat(text)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(now.tzinfo)


def _text(moment: datetime | None) -> str | None:
    return format_instant(moment) if moment is not None else None


def _is_later(text: str | None, now: datetime) -> bool:
    return bool(text) and parse_instant(str(text)) > now


def _is_past(text: str | None, now: datetime) -> bool:
    return bool(text) and parse_instant(str(text)) <= now
