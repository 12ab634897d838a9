"""The cart: what somebody wants ordered, as the fields of the page say it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, get_args

from trunkline.documents.errors import Conflict
from trunkline.web.editing.structures import gathered

Action: TypeAlias = Literal["add", "change", "move", "suspend", "resume", "end"]
Fields: TypeAlias = Mapping[str, Sequence[str]]

ACTIONS: frozenset[str] = frozenset(get_args(Action))
LINES_MAX = SITES_MAX = 500
"""More lines, or sites of one, are ordered from a file; a page never lets go of some silently."""
KEPT = ("customer", "account", "agreement", "date", "draft", "once", "place", "paste",
        "interaction", "quote", "basket", "version")  # fmt: skip
OWN = (*KEPT, "q")
CHARACTERISTIC, COUNT, SPREAD = "c:", "count:", "spread:"
ALL_OTHERS = "*"
NEW_QUOTE = "new"
"""What a cart says instead of a quote that is to be made of it."""
SAID = ("why", "waiver", "accepted", "visit", "told", "begin", "due")


@dataclass(frozen=True)
class CartLine:
    """One line: what is to be done at which sites.

    `counts` are those of a bundle's parts as typed, `spread` the sites that a part is wanted at,
    `values` what was typed for characteristics; they are found by the part's key: the ids of the
    offerings that lead to it, joined by `/`. A count with a sign is the difference to what is
    installed; that of `ALL_OTHERS` holds for every part that has none of its own. `why` is the
    reason of a suspension or an end, `waiver` that for leaving its fee, `accepted` and `declined`
    the offers to stay that were answered, `visit` the time that is kept for whom it needs to come,
    `told` that the customer knows what becomes of emergency calls, `begin` and `due` the days on
    which it is wanted begun and done, where it is not with the whole order.
    """

    number: int
    action: Action = "add"
    offering: str = ""
    product: str = ""
    sites: tuple[str, ...] = ()
    quantity: str = "1"
    counts: Mapping[str, str] = field(default_factory=dict)
    spread: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    why: str = ""
    waiver: str = ""
    accepted: str = ""
    visit: str = ""
    told: str = ""
    begin: str = ""
    due: str = ""
    declined: tuple[str, ...] = ()

    @property
    def is_new(self) -> bool:
        """Tell whether the line adds something, rather than changing what is there."""
        return self.action == "add"


@dataclass(frozen=True)
class Cart:
    """Everything that the page holds: for whom, where, when, and the lines.

    `sites` are those that are chosen for what is added next, `draft` the order in which all this
    is kept, `place` where the page's own draft is, `once` tells one page from another, `paste` is
    what was pasted as sites and is not one of them, `interaction` the contact in which it is all
    asked for, `quote` the draft of a quote whose lines these are, `basket` the shopping cart, at
    the `version` in which it was opened.
    `agreement` are the ids of those by which it is priced, empty for the customer's oldest.
    """

    customer: str = ""
    account: str = ""
    agreement: str = ""
    date: str = ""
    draft: str = ""
    once: str = ""
    place: str = ""
    paste: str = ""
    interaction: str = ""
    quote: str = ""
    basket: str = ""
    version: str = ""
    q: str = ""
    sites: tuple[str, ...] = ()
    lines: tuple[CartLine, ...] = ()

    @property
    def next_number(self) -> int:
        """The number of the line that comes next."""
        return max((one.number for one in self.lines), default=0) + 1

    def line(self, number: int) -> CartLine | None:
        """Return the line of a number."""
        return next((one for one in self.lines if one.number == number), None)


def read_cart(fields: Fields) -> Cart:
    """Return the cart that posted or kept fields say."""
    fields = gathered(fields)
    numbers = [int(one) for one in fields.get("line", ()) if one.isdecimal()]
    own = {name: _first(fields, name) for name in OWN}
    lines = tuple(_line(fields, one) for one in dict.fromkeys(numbers))
    return Cart(sites=_several(fields, "site"), lines=lines, **own)


def fields_of(cart: Cart) -> dict[str, list[str]]:
    """Return the fields that say a cart; `read_cart` reads it from them again.

    What is searched for just now is not kept.
    """
    found = {name: [getattr(cart, name)] for name in KEPT}
    found["site"] = list(cart.sites)
    found["line"] = [str(one.number) for one in cart.lines]
    for line in cart.lines:
        at = f"line.{line.number}"
        found[f"{at}.action"] = [line.action]
        found[f"{at}.offering"] = [line.offering]
        found[f"{at}.product"] = [line.product]
        found[f"{at}.quantity"] = [line.quantity]
        found[f"{at}.site"] = list(line.sites)
        found |= {f"{at}.{one}": [getattr(line, one)] for one in SAID if getattr(line, one)}
        if line.declined:
            found[f"{at}.declined"] = list(line.declined)
        for key, count in line.counts.items():
            found[f"{COUNT}{line.number}:{key}"] = [count]
        for key, sites in line.spread.items():
            found[f"{SPREAD}{line.number}:{key}"] = list(sites)
        for key, values in line.values.items():
            for name, texts in values.items():
                found[f"{CHARACTERISTIC}{value_path(line.number, key)}:{name}"] = list(texts)
    return found


def value_path(number: int, key: str) -> str:
    """Return where the characteristics of a line or of one of its parts are asked for."""
    return f"{number}/{key}" if key else str(number)


def added(cart: Cart, offering: str, sites: Iterable[str]) -> Cart:
    """Return the cart with a line that adds an offering at some sites."""
    line = CartLine(cart.next_number, offering=offering, sites=tuple(sites))
    return replace(cart, lines=(*cart.lines, line))


def dropped(cart: Cart, number: int) -> Cart:
    """Return the cart without a line."""
    return replace(cart, lines=tuple(one for one in cart.lines if one.number != number))


def split(cart: Cart, number: int) -> Cart:
    """Return the cart with a line of its own for each site of a line, all configured alike."""
    found: list[CartLine] = []
    following = cart.next_number
    for line in cart.lines:
        found.append(line)
        if line.number == number and len(line.sites) > 1:
            first, *others = line.sites
            found[-1] = replace(line, sites=(first,))
            for site in others:
                found.append(replace(line, number=following, sites=(site,)))
                following += 1
    return replace(cart, lines=tuple(found))


def at_all(cart: Cart, number: int) -> Cart:
    """Return the cart with a new line at all the sites that are chosen."""
    lines = tuple(
        replace(one, sites=cart.sites) if one.number == number and one.is_new else one
        for one in cart.lines
    )
    return replace(cart, lines=lines)


def fitting(cart: Cart) -> Cart:
    """Return a cart that a page can hold; refuses (409) one with more lines or sites."""
    count = max(len(one) for one in (cart.sites, *(line.sites for line in cart.lines)))
    if count > SITES_MAX:
        message = f"this page takes {SITES_MAX} sites at most, not {count}; order from a file"
        raise Conflict("cartTooLarge", message)
    count = len(cart.lines)
    if count > LINES_MAX:
        message = f"this page takes {LINES_MAX} lines at most, not {count}; order from a file"
        raise Conflict("cartTooLarge", message)
    return cart


def with_site(cart: Cart, site: str) -> Cart:
    """Return the cart with a site that was just made: chosen, and where a move leads to."""
    lines = tuple(
        replace(one, sites=(site,)) if one.action == "move" and not one.sites else one
        for one in cart.lines
    )
    return replace(cart, sites=(*cart.sites, site), lines=lines)


def for_customer(cart: Cart, customer: str) -> Cart:
    """Return the cart for another customer: without sites, account and what was the former's."""
    lines = tuple(replace(one, sites=(), spread={}) for one in cart.lines if one.is_new)
    return replace(cart, customer=customer, account="", agreement="", sites=(), lines=lines)


def _line(fields: Fields, number: int) -> CartLine:
    at = f"line.{number}"
    action = _first(fields, f"{at}.action")
    return CartLine(
        number,
        next((one for one in get_args(Action) if one == action), "add"),
        offering=_first(fields, f"{at}.offering"),
        product=_first(fields, f"{at}.product"),
        sites=_several(fields, f"{at}.site"),
        quantity=_first(fields, f"{at}.quantity") or "1",
        counts={key: _count(texts) for key, texts in _named(fields, COUNT, number)},
        spread={key: tuple(_filled(texts)) for key, texts in _named(fields, SPREAD, number)},
        values=_values(fields, number),
        declined=_several(fields, f"{at}.declined"),
        **{one: _first(fields, f"{at}.{one}") for one in SAID},
    )


def _named(fields: Fields, start: str, number: int) -> Iterable[tuple[str, Sequence[str]]]:
    own = f"{start}{number}:"
    return [(name[len(own) :], texts) for name, texts in fields.items() if name.startswith(own)]


def _values(fields: Fields, number: int) -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, texts in fields.items():
        path, _, characteristic = name.removeprefix(CHARACTERISTIC).partition(":")
        held, _, key = path.partition("/")
        if name.startswith(CHARACTERISTIC) and held == str(number):
            found.setdefault(key, {})[characteristic] = tuple(texts)
    return found


def _count(texts: Sequence[str]) -> str:
    """Return what was typed last: a box that is ticked stands behind the 0 that it replaces."""
    return texts[-1].strip() if texts else ""


def _first(fields: Fields, name: str) -> str:
    return next(iter(fields.get(name, ())), "").strip()


def _several(fields: Fields, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_filled(fields.get(name, ()))))


def _filled(texts: Iterable[str]) -> list[str]:
    return [one for one in texts if one]
