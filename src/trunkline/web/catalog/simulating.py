"""Simulating: what a customer would pay for an offer on a day, and how it would be delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from trunkline.documents.errors import Fault
from trunkline.kernel.work import Work
from trunkline.pages.language import say
from trunkline.party.customer import Customer
from trunkline.web.capture.begun import wanted_of
from trunkline.web.capture.cart import Cart, read_cart
from trunkline.web.capture.lines_view import LineTeller
from trunkline.web.capture.looking import Looking
from trunkline.web.capture.money import changes
from trunkline.web.capture.plan_view import Names, plan_of
from trunkline.web.capture.preview import Preview, may_see_plan, preview, troubles
from trunkline.web.capture.telling import Counter, counter_of
from trunkline.web.capture.who import read_at_once
from trunkline.web.desk import Desk
from trunkline.web.forms import Form
from trunkline.web.records import Record

QUANTITY_MAX = 999
NO_DAY = "That is no date; what is shown is of today."
UNASKED = frozenset({"customerMissing", "billingAccountMissing", "placeMissing"})
"""What is not wrong where no customer was named, who would have an account and sites."""


def simulated(
    desk: Desk, work: Work, record: Record, fields: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Return the values of the pane: what was asked and configured, and what came of it.

    The day that is asked for is taken for today, so that prices and validities are those of that
    day; by entries as they are now, also where it is past.
    """
    form = Form({name: list(texts) for name, texts in fields.items()})
    day, is_day = _day(form.text("date"), desk, work.now)
    work.now = day
    looking = Looking(work)
    cart = _cart(form, record)
    read_at_once(looking, wanted_of(cart, cart.customer))
    counter = counter_of(looking, cart, desk.zone)
    if not cart.sites and (open_sites := _sites(counter)):
        counter = counter_of(looking, _at(cart, open_sites[0].id), desk.zone)
    asked = "asked" in form.fields
    shown = preview(looking, counter.body) if asked else Preview()
    if not counter.cart.customer:
        faults = tuple(one for one in shown.faults if one.code not in UNASKED)
        shown = replace(shown, faults=faults)
    wrong = troubles(shown.faults, counter.body.spots)
    sites = {one.id: one for one in _sites(counter)}
    teller = LineTeller(
        counter.cart, counter.known, counter.body, shown, wrong, sites, desk.zone
    )  # fmt: skip
    values: dict[str, Any] = {
        "is_asked": asked,
        "date": form.text("date"),
        "quantity": counter.cart.lines[0].quantity,
        "may_simulate": may_see_plan(work.actor),
        "asks_customer": work.actor.grant(Customer.resource, "read") is not None,
        "site": (counter.cart.sites or ("",))[0],
        "sites": [{"id": one.id, "name": one.name} for one in sites.values()],
        "buyer": {"id": counter.cart.customer,
                  "label": counter.who.customer.label if counter.who else ""},
        "line": teller.lines()[0],
    }  # fmt: skip
    if not asked:
        return values
    result = shown.result
    return values | {
        "faults": [*([] if is_day else [say(NO_DAY)]), *_messages(shown.faults)],
        "totals": changes(result.prices) if result is not None else [],
        "plan": plan_of(result, _names(counter), desk.zone)
        if result is not None and result.nodes
        else None,
    }


def _messages(faults: Sequence[Fault]) -> list[str]:
    """Return what is wrong, each thing once."""
    return list(dict.fromkeys(map(_message, faults)))


def _message(fault: Fault) -> str:
    """Return what is wrong as it is told here, where there is no order that might be a draft."""
    if fault.code == "placeMissing":
        return say("The customer has no site yet; add one first, or simulate without a customer.")
    return fault.message


def _cart(form: Form, record: Record) -> Cart:
    """Return the cart of one line that the fields of the pane configure."""
    text = form.text("customer.text")
    is_picked = text == form.text("customer.shown")
    site, quantity = form.text("site"), form.text("quantity")
    is_count = quantity.isdecimal() and 1 <= int(quantity[:9]) <= QUANTITY_MAX
    own = read_cart({**form.fields, "line": ["1"]}).lines[0]
    sites = (site,) if site else ()
    line = replace(
        own, action="add", offering=record.id, product="", sites=sites, visit="",
        quantity=quantity if is_count else "1",
    )  # fmt: skip
    return Cart(
        customer=form.text("customer") if is_picked else text.upper(), sites=sites, lines=(line,)
    )


def _at(cart: Cart, site: str) -> Cart:
    return replace(
        cart, sites=(site,), lines=tuple(replace(one, sites=(site,)) for one in cart.lines)
    )


def _day(text: str, desk: Desk, now: datetime) -> tuple[datetime, bool]:
    """Return noon of another day, or now for today and for no day; and whether it could be read."""
    try:
        day = date.fromisoformat(text)
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=desk.zone).astimezone(now.tzinfo)
    except (ValueError, OverflowError):
        return now, not text
    return (now if day == now.astimezone(desk.zone).date() else noon), True


def _sites(counter: Counter) -> list[Any]:
    return [one for one in counter.who.sites.values() if one.is_open] if counter.who else []


def _names(counter: Counter) -> Names:
    return Names(
        {ident: one.name for ident, one in counter.known.catalog.offerings.items()},
        {one.id: one.name for one in _sites(counter)},
    )
