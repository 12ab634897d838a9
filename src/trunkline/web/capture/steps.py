"""Steps: what a button of the page does to the cart."""

from __future__ import annotations

from dataclasses import dataclass, replace

from trunkline.catalog.offering import ProductOffering
from trunkline.documents.errors import NotFound
from trunkline.pages.language import spoken
from trunkline.web.capture.begun import Begun
from trunkline.web.capture.cart import Cart, added, at_all, dropped, split
from trunkline.web.capture.known import known_of
from trunkline.web.capture.leaving import answered
from trunkline.web.capture.numbers import Picked, with_value
from trunkline.web.capture.pasting import recognized
from trunkline.web.capture.slots import spread_parts
from trunkline.web.capture.times import with_time
from trunkline.web.capture.who import who_of


@dataclass(frozen=True)
class Step:
    """The cart after a step, what gets the focus, what was added, and how many sites were found."""

    cart: Cart
    focus: str = ""
    added: str = ""
    found: int | None = None


def stepped(begun: Begun, step: str) -> Step:
    """Return what a step makes of a cart."""
    cart = begun.cart
    verb, _, about = step.partition(":")
    number = int(about) if about.isdecimal() else 0
    match verb:
        case "add":
            return _with_offering(begun, about)
        case "drop":
            return Step(dropped(cart, number), "lines")
        case "split":
            return Step(split(cart, number), f"line-{number}")
        case "at-all":
            return Step(at_all(cart, number), f"line-{number}")
        case "all-sites":
            return Step(replace(cart, sites=tuple(_open_sites(begun))))
        case "no-sites":
            return Step(replace(cart, sites=()))
        case "pick":
            picked = Picked.read(about)
            return Step(with_value(begun.looking, cart, picked), f"line-{picked.line}")
        case "time":
            return Step(with_time(begun.looking, cart, about), f"line-{about.partition('|')[0]}")
        case "stay" | "leave":
            known = known_of(begun.looking, cart)
            is_taken = verb == "stay"
            made = answered(begun.looking, cart, known, about, accepts=is_taken)
            return Step(made, f"line-{about.partition(':')[0]}")
        case "paste":
            return _pasted(begun)
        case "open" if cart.lines:
            first = cart.lines[0]
            place = "choice" if first.action in ("change", "move") else "line"
            return Step(cart, f"{place}-{first.number}")
    return Step(cart)


def _with_offering(begun: Begun, ident: str) -> Step:
    """Return the cart with a line for an offering, its parts spread over the chosen sites."""
    looking, cart = begun.looking, begun.cart
    looking.actor.must(ProductOffering.resource, "read")
    wide = added(cart, ident, cart.sites)
    offering = known_of(looking, wide).catalog.offerings.get(ident)
    if offering is None:
        raise NotFound("notFound", f"there is no product offering {ident}")
    focus = f"line-{wide.lines[-1].number}"
    many = spread_parts(offering, len(cart.sites))
    if not many or not cart.sites:
        return Step(wide, focus, offering.name_in(spoken().code))
    *others, line = wide.lines
    line = replace(line, sites=(), spread=dict.fromkeys(many, cart.sites))
    return Step(replace(wide, lines=(*others, line)), focus, offering.name_in(spoken().code))


def _open_sites(begun: Begun) -> list[str]:
    who = who_of(begun.looking, begun.cart.customer) if begun.cart.customer else None
    return [one.id for one in who.sites.values() if one.is_open] if who is not None else []


def _pasted(begun: Begun) -> Step:
    """Return the cart with the sites that were pasted; what is none of them stays typed."""
    cart = begun.cart
    who = who_of(begun.looking, cart.customer) if cart.customer else None
    pasted = recognized(cart.paste, who.sites.values() if who is not None else ())
    sites = tuple(dict.fromkeys((*cart.sites, *pasted.sites)))
    focus = "paste" if pasted.left else "q"
    cart = replace(cart, sites=sites, paste=pasted.text)
    return Step(cart, focus, found=len(pasted.sites))
