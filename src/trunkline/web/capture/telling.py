"""Telling: everything that the page of an order shows, for its template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from trunkline.catalog.offering import ProductOffering
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.ordering.simulation import SimulationResult
from trunkline.pages.language import say, spoken
from trunkline.party.customer import Customer
from trunkline.web.capture.body import Body, body_of
from trunkline.web.capture.cart import CHARACTERISTIC, COUNT, SAID, SPREAD, Cart, fields_of
from trunkline.web.capture.known import Known, known_of
from trunkline.web.capture.leaving import told_leaving, with_answers
from trunkline.web.capture.lines_view import LineTeller, candidates_of
from trunkline.web.capture.looking import Looking
from trunkline.web.capture.making import Alike
from trunkline.web.capture.money import bar
from trunkline.web.capture.numbers import pools_of
from trunkline.web.capture.offers import grouped, offers_of
from trunkline.web.capture.pasting import recognized
from trunkline.web.capture.plan_view import Names, plan_of
from trunkline.web.capture.preview import Trouble, idle_items, may_see_plan, preview, troubles
from trunkline.web.capture.times import may_book
from trunkline.web.capture.who import SITES_READ, Who, who_of
from trunkline.web.desk import Desk

IN_LINES = ("line", COUNT, SPREAD, CHARACTERISTIC)
FIELD_WORDS = {"billingAccount": "Billing account", "relatedParty": "Customer",
               "requestedStartDate": "Start"}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What somebody is being asked beside the order: a new customer or site, and what is wrong."""

    about: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    alike: Sequence[Alike] = ()

    def told(self, about: str) -> dict[str, Any]:
        """Return it for the template; empty where it is about something else."""
        if self.about != about:
            return {"open": False, "typed": {}, "problems": {}, "alike": [], "other": []}
        problems: dict[str, str] = {}
        for one in self.faults:
            problems.setdefault(one.path.rpartition(".")[2], one.message)
        known = [name for name in problems if name in self.typed]
        return {
            "open": True,
            "typed": self.typed,
            "problems": {name: problems[name] for name in known},
            "alike": [vars(one) for one in self.alike],
            "other": [text for name, text in problems.items() if name not in known],
        }


@dataclass(frozen=True)
class Counter:
    """The page between two requests: the cart, who orders, and what is known of its lines."""

    cart: Cart
    who: Who | None
    known: Known
    body: Body


def counter_of(work: Looking, cart: Cart, zone: ZoneInfo) -> Counter:
    """Return the page of a cart, with what goes without saying filled in."""
    who = who_of(work, cart.customer) if cart.customer else None
    cart = settled(cart, who)
    known = known_of(work, cart)
    cart = known.filled(cart, zone)
    body = body_of(cart, known, zone)
    with_answers(work, cart, known, body)
    return Counter(cart, who, known, body)


def settled(cart: Cart, who: Who | None) -> Cart:
    """Return the cart for who orders: the only account and the only open site are chosen."""
    if who is None:
        return replace(cart, customer="")
    accounts = [one.id for one in who.accounts]
    account = cart.account
    if account not in accounts:
        account = accounts[0] if len(accounts) == 1 else ""
    is_open = [one.id for one in who.sites.values() if one.is_open]
    sites = tuple(one for one in cart.sites if one in who.sites)
    if not sites and len(is_open) == 1:
        sites = (is_open[0],)
    return replace(cart, account=account, sites=sites, customer=who.customer.id)


def told_frame(desk: Desk, cart: Cart, who: Who | None, now: datetime) -> dict[str, Any]:
    """Return the values of the template without the lines, which follow by themselves."""
    fields = {name: texts for name, texts in fields_of(cart).items() if name.startswith(IN_LINES)}
    return {
        "buyer": _customer(desk, who),
        "accounts": _accounts(cart, who),
        "agreements": _agreements(cart, who),
        "sites": _sites(cart, who),
        "more_sites": who.more_sites if who else False,
        "draft": cart.draft,
        "cart": vars(cart) | {"count": len(cart.lines)},
        "today": f"{now.astimezone(desk.zone):%Y-%m-%d}",
        "is_change": any(not one.is_new for one in cart.lines),
        "offers_for": " ".join((cart.customer, cart.account, cart.agreement, *cart.sites)),
        "awaited": [(name, one) for name, texts in fields.items() for one in texts],
        "lines": [], "totals": [], "priced": False, "plan": None, "problems": [], "wrong": 0,
        "may_simulate": True, "is_idle": False, "refused": False, "pasted": [],
        "new_site": Asked().told("site"), "new_customer": Asked().told("customer"),
    }  # fmt: skip


def told(
    work: Looking, desk: Desk, counter: Counter, *, faults: Sequence[Fault] = (), asked: Asked
) -> dict[str, Any]:
    """Return the values of the template. `faults` are those of a refused submission."""
    cart, who, known = counter.cart, counter.who, counter.known
    shown = preview(work, counter.body)
    said = [_with_names(one, known) for one in (*faults, *shown.faults)]
    wrong = troubles(said, counter.body.spots)
    teller = LineTeller(
        cart, known, counter.body, shown, wrong, who.sites if who else {}, desk.zone,
        _candidates(work, cart, known), pools_of(work, known.catalog),
        may_book(work.actor),
    )  # fmt: skip
    result, sees_plan = shown.result, may_see_plan(work.actor)
    is_idle = idle_items(counter.body) == counter.body.items.keys()
    has_plan = sees_plan and result is not None and bool(result.nodes) and not is_idle
    pasted = recognized(cart.paste, who.sites.values() if who else ())
    return told_frame(desk, cart, who, known.now) | {
        "awaited": [],
        "lines": [
            one | _leaving(work, counter, one["number"], shown.result) for one in teller.lines()
        ],
        "totals": bar(result.prices) if result is not None else [],
        "priced": result is not None,
        "plan": plan_of(result, _names(counter), desk.zone)
        if result is not None and has_plan
        else None,
        "may_simulate": sees_plan,
        "is_idle": is_idle,
        "problems": [_general(one) for one in wrong if not one.line],
        "wrong": len(wrong),
        "refused": bool(faults),
        "pasted": [vars(one) for one in pasted.left],
        "new_site": asked.told("site"),
        "new_customer": asked.told("customer"),
    }


def _leaving(
    work: Looking, counter: Counter, number: int, result: SimulationResult | None
) -> dict[str, Any]:
    """Return what a line that suspends or ends a product asks and shows."""
    line = counter.cart.line(number)
    if line is None or line.is_new:
        return {"leaving": None}
    fees = result.fees if result is not None else {}
    told = told_leaving(work, line, counter.known, fees, counter.body, spoken().code)
    return {"leaving": told, "said": {one: getattr(line, one) for one in SAID},
            "declined": line.declined}  # fmt: skip


def _with_names(fault: Fault, known: Known) -> Fault:
    """Return a fault whose message names offerings where it says their ids."""
    message = fault.message
    for ident, offering in known.catalog.offerings.items():
        message = message.replace(ident, offering.name_in(spoken().code))
    return replace(fault, message=message)


def grouped_offers(work: Looking, cart: Cart) -> list[dict[str, Json]]:
    """Return the offers for the chosen sites, by category, as the search narrows them."""
    return grouped(offers_of(work, cart), found=bool(cart.q))


def _names(counter: Counter) -> Names:
    sites = counter.who.sites if counter.who else {}
    return Names(
        {ident: one.name_in(spoken().code)
         for ident, one in counter.known.catalog.offerings.items()},
        {ident: one.name for ident, one in sites.items()},
    )  # fmt: skip


def _candidates(work: Looking, cart: Cart, known: Known) -> dict[int, Sequence[ProductOffering]]:
    """Return what the products of a cart may change to, by the number of the line."""
    changed = [one for one in cart.lines if one.action == "change"]
    return {one.number: candidates_of(one, known, work.held(ProductOffering)) for one in changed}


def _customer(desk: Desk, who: Who | None) -> dict[str, Any]:
    if who is None:
        return {"id": "", "label": "", "key": "", "address": "", "status": ""}
    customer = who.customer
    return {
        "id": customer.id,
        "label": customer.label,
        "key": customer.key,
        "address": desk.addresses.of_record(Customer.resource, customer.key),
        "status": customer.document.get("status") or "",
    }


def _accounts(cart: Cart, who: Who | None) -> list[dict[str, Any]]:
    return [
        {"id": one.id, "label": f"{one.label} ({one.key})", "chosen": one.id == cart.account}
        for one in (who.accounts if who else ())
    ]


def _agreements(cart: Cart, who: Who | None) -> list[dict[str, Any]]:
    """Return the agreements to choose from, with what is chosen already; empty without a choice."""
    known = dict(who.agreements) if who else {}
    if len(known) < 2 and cart.agreement in ("", *known):
        return []
    if cart.agreement and cart.agreement not in known:  # several, or one that has ended
        names = [known.get(one, one) for one in cart.agreement.split()]
        known[cart.agreement] = ", ".join(names)
    return [
        {"id": ident, "label": name, "chosen": ident == cart.agreement}
        for ident, name in known.items()
    ]


def _sites(cart: Cart, who: Who | None) -> list[dict[str, Any]]:
    """Return the sites to choose from; of very many, all that are chosen and some of the others."""
    listed = list(who.sites.values()) if who else []
    others = [one.id for one in listed if one.id not in cart.sites][:SITES_READ]
    shown = {*cart.sites, *others}
    return [
        {"id": one.id, "key": one.key, "name": one.name, "address": one.address,
         "check": one.check, "is_open": one.is_open, "chosen": one.id in cart.sites}
        for one in listed if one.id in shown
    ]  # fmt: skip


def _general(trouble: Trouble) -> str:
    label = FIELD_WORDS.get(trouble.field)
    message = spoken().told(trouble.message)
    return f"{say(label)}: {message}" if label else message
