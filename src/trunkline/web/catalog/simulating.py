"""Simulating: what a customer would pay for an offer on a day, and how it would be delivered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import falcon

from trunkline.documents.errors import Fault
from trunkline.kernel.work import Work
from trunkline.web.capture.cart import Cart, CartLine
from trunkline.web.capture.looking import Looking
from trunkline.web.capture.money import changes
from trunkline.web.capture.plan_view import Names, plan_of
from trunkline.web.capture.preview import may_see_plan, preview
from trunkline.web.capture.telling import Counter, counter_of
from trunkline.web.desk import Desk
from trunkline.web.records import Record

QUANTITY_MAX = 999
UNASKED = frozenset({"customerMissing", "billingAccountMissing"})


def simulated(desk: Desk, work: Work, record: Record, req: falcon.Request) -> dict[str, Any]:
    """Return the values of the pane: what was asked, and what came of it.

    A later day is taken for today, so that prices and validities are those of that day.
    """
    typed = (req.get_param("date") or "").strip()
    day = _day(typed, desk, work.now)
    if day is not None:
        work.now = day
    quantity = req.get_param_as_int("quantity", min_value=1, max_value=QUANTITY_MAX, default=1)
    site = req.get_param("site") or ""
    sites = (site,) if site else ()
    line = CartLine(1, offering=record.id, sites=sites, quantity=str(quantity))
    cart = Cart(customer=req.get_param("customer") or "", sites=sites, lines=(line,))
    asked = req.get_param("asked") is not None
    looking = Looking(work)
    counter = counter_of(looking, cart, desk.zone)
    values: dict[str, Any] = {
        "asked": asked,
        "date": typed,
        "quantity": quantity,
        "may_simulate": may_see_plan(work.actor),
        "site": (counter.cart.sites or ("",))[0],
        "sites": [{"id": one.id, "name": one.name} for one in _sites(counter)],
        "buyer": {"id": counter.cart.customer,
                  "label": counter.who.customer.label if counter.who else ""},
    }  # fmt: skip
    if not asked:
        return values
    shown = preview(looking, counter.body)
    result = shown.result
    return values | {
        "faults": _messages(shown.faults, has_customer=bool(counter.cart.customer)),
        "totals": changes(result.prices) if result is not None else [],
        "plan": plan_of(result, _names(counter), desk.zone)
        if result is not None and result.nodes
        else None,
    }


def _day(text: str, desk: Desk, now: datetime) -> datetime | None:
    """Return noon of a day that lies ahead, None for any other text."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=desk.zone).astimezone(now.tzinfo)
    return noon if noon > now else None


def _sites(counter: Counter) -> list[Any]:
    return [one for one in counter.who.sites.values() if one.is_open] if counter.who else []


def _names(counter: Counter) -> Names:
    return Names(
        {ident: one.name for ident, one in counter.known.catalog.offerings.items()},
        {one.id: one.name for one in _sites(counter)},
    )


def _messages(faults: tuple[Fault, ...], *, has_customer: bool) -> list[str]:
    """Return what is wrong; that nobody orders is not, where no customer was asked for."""
    told = [one.message for one in faults if has_customer or one.code not in UNASKED]
    return list(dict.fromkeys(told))
