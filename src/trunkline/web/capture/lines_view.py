"""The lines of a cart as the page shows them: what is chosen, what changes, what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from trunkline.catalog.offering import ProductOffering, is_on_sale
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.ordering.list_price import list_price
from trunkline.ordering.price_effect import PriceEffect, added_up
from trunkline.pages.language import spoken, told
from trunkline.web.capture.body import Body
from trunkline.web.capture.cart import Cart, CartLine, value_path
from trunkline.web.capture.known import Known
from trunkline.web.capture.money import amounts, changes
from trunkline.web.capture.numbers import NUMBERS, Pools
from trunkline.web.capture.preview import Preview, Trouble, idle_items
from trunkline.web.capture.slots import Slot
from trunkline.web.capture.times import kept_of, visit_of
from trunkline.web.capture.who import Place
from trunkline.web.editing.named_inputs import Dress, called, named_inputs
from trunkline.web.editing.nodes import Input, Named
from trunkline.web.editing.paths import anchor_of
from trunkline.web.editing.problems import nearest
from trunkline.web.editing.structures import pieces_of
from trunkline.web.editing.texts import text_of
from trunkline.web.wording import words

FEW_SITES = 12
VERBS = {
    "add": "Add", "change": "Change", "move": "Move", "suspend": "Suspend", "resume": "Resume",
    "end": "Disconnect",
}  # fmt: skip


@dataclass(frozen=True)
class LineTeller:
    """Tells the lines of one cart to the template."""

    cart: Cart
    known: Known
    body: Body
    preview: Preview
    troubles: Sequence[Trouble]
    sites: Mapping[str, Place]
    zone: ZoneInfo
    candidates: Mapping[int, Sequence[ProductOffering]] = field(default_factory=dict)
    pools: Pools = field(default_factory=dict)
    may_book: bool = False

    def lines(self) -> list[dict[str, Any]]:
        """Return every line of the cart."""
        return [self._line(one) for one in self.cart.lines]

    def _line(self, line: CartLine) -> dict[str, Any]:
        offering = self.known.offering(line)
        product = self.known.products.get(line.product)
        name = offering.name_in(spoken().code) if offering is not None else ""
        own = [one for one in self.troubles if one.line == line.number]
        held = self.known.held_offering(line)
        visit = (
            visit_of(line, self.body, self.preview, self.zone)
            if self.may_book and self.cart.customer
            else {}
        )
        return {
            "number": line.number,
            "at": f"line-{line.number}",
            "verb": VERBS[line.action],
            "action": line.action,
            "name": name or (product.name if product is not None else "") or "Unknown offering",
            "offering": line.offering,
            "product": line.product,
            "product_key": product.key if product is not None else "",
            "product_address": f"/r/product/{product.key}" if product is not None else "",
            "quantity": line.quantity,
            "is_new": line.is_new,
            "sites": self._choices(line.sites) if line.is_new else [],
            "site_count": len(line.sites),
            "could_be_at": self._further_sites(line),
            "targets": self._targets(line, product),
            "offers": [
                {"id": one.id, "name": one.name_in(spoken().code),
                 "chosen": one.id == (line.offering or _id(held))}
                for one in self._offers(line)
            ],
            "nodes": self._nodes(line, "", offering),
            "parts": [self._part(line, one) for one in self.known.slots(line)],
            "prices": changes(self._effects(line.number)),
            "problems": _general(own),
            "is_idle": self._is_idle(line),
            "begin": line.begin,
            "due": line.due,
            "visit_kept": kept_of(line, visit, self.preview),
            "visit": visit,
            "differences": self._differences(line, product),
        }  # fmt: skip

    def _site(self, ident: str) -> dict[str, str]:
        found = self.sites.get(ident)
        return {"id": ident, "name": found.name if found else ident,
                "address": found.address if found else ""}  # fmt: skip

    def _choices(self, chosen: Sequence[str]) -> list[dict[str, Any]]:
        """Return the sites to choose from: all where they are few, else those that are chosen."""
        is_open = [one.id for one in self.sites.values() if one.is_open]
        listed = is_open if len(is_open) <= FEW_SITES else []
        return [
            self._site(one) | {"chosen": one in chosen} for one in dict.fromkeys((*listed, *chosen))
        ]

    def _further_sites(self, line: CartLine) -> int:
        """Return how many sites are chosen, where the line is not at all of them yet."""
        return len(self.cart.sites) if set(self.cart.sites) - set(line.sites) else 0

    def _targets(self, line: CartLine, product: Product | None) -> list[dict[str, Any]]:
        """Return the sites that a product can move to: all but those where it is."""
        if line.action != "move":
            return []
        here = {one.id for one in product.place} if product is not None else set()
        return [
            {"id": one.id, "name": one.name, "address": one.address,
             "chosen": one.id in line.sites}
            for one in self.sites.values() if one.is_open and one.id not in here
        ]  # fmt: skip

    def _offers(self, line: CartLine) -> Sequence[ProductOffering]:
        """Return what a product may change to, with what it is; none where that is all."""
        found = self.candidates.get(line.number, ())
        return found if len(found) > 1 else ()

    # --- what is chosen ------------------------------------------------------------------------

    def _nodes(self, line: CartLine, key: str, offering: ProductOffering | None) -> list[Named]:
        if offering is None or line.action not in ("add", "change"):
            return []
        asked = {one.name: one for one in self.known.asked(offering)}
        typed = line.values.get(key, {})
        held: list[Json] = [
            {"name": name, "value": piece}
            for name, texts in typed.items()
            for text in texts
            for piece in (pieces_of(asked[name], text) if name in asked else [text])
        ]
        path = value_path(line.number, key)

        def built(dress: Dress) -> list[Named]:
            values = asked.values()
            return list(named_inputs(values, path, held, self.zone, dress, with_defaults=False))

        own = [one for one in self.troubles if (one.line, one.key) == (line.number, key)]
        places: set[str] = set()
        if any(one.inner for one in own):
            built(_noting(places))
        problems: dict[str, list[str]] = {}
        for trouble in own:
            if trouble.name in asked:
                place = asked[trouble.name].place_of(trouble.element, trouble.inner)
                place = nearest(place, places) or trouble.name
                problems.setdefault(place, []).append(trouble.message)

        def dressed(node: Named, place: str) -> Named:
            told = list(dict.fromkeys(problems.get(place, ())))
            one = asked.get(place)
            is_single = one is not None and one.least > 0 and not one.is_many
            if is_single and not told and isinstance(node, Input) and len(node.options) == 1:
                node = replace(node, fixed=True, value=node.options[0].label, unit="")
            at = f"{path}:{place}"
            pool = self.pools.get((offering.id, place)) if self.cart.customer else None
            picks = f"{NUMBERS}/{pool.id}?{urlencode({'at': at})}" if pool is not None else ""
            return replace(node, at=anchor_of(at), again=True, problems=told, picks=picks)

        return built(dressed)

    def _part(self, line: CartLine, slot: Slot) -> dict[str, Any]:
        wanted = slot.number > slot.held
        limits = slot.limits
        own = [
            _said(one)
            for one in self.troubles
            if one.line == line.number and one.key == slot.key and not one.name
        ]
        return {
            "key": slot.key,
            "at": anchor_of(f"part-{line.number}-{slot.key}"),
            "name": slot.offering.name_in(spoken().code, slot.part.name),
            "depth": slot.depth,
            "group": slot.part.group or "",
            "unit": slot.part.unit or "",
            "count": slot.count,
            "number": slot.number,
            "held": slot.held,
            "lower": limits.lower,
            "upper": limits.upper,
            "takes_many": slot.takes_many,
            "is_fixed": slot.is_fixed and (line.is_new or slot.depth > 0),
            "sites": self._choices(slot.sites) if slot.sites else [],
            "nodes": self._nodes(line, slot.key, slot.offering) if wanted else [],
            "prices": changes(self._effects(line.number, slot.key)),
            "list_prices": amounts(list_price(slot.offering, self.known.catalog, self.known.now)),
            "problems": list(dict.fromkeys(own)),
        }

    # --- what changes --------------------------------------------------------------------------

    def _differences(self, line: CartLine, product: Product | None) -> list[dict[str, str]]:
        """Return what becomes different about an installed product: what, before, after."""
        if product is None:
            return []
        if line.action == "move":
            before = ", ".join(one.name or one.id or "" for one in product.place)
            after = ", ".join(self._site(one)["name"] for one in line.sites)
            known = next((one.id for one in product.place if one.id in self.sites), None)
            before = self.sites[known].name if known is not None else before
            return [_difference("Site", before, after)]
        after_of = {"suspend": "suspended", "resume": "active", "end": "terminated"}
        if line.action in after_of:
            return [_difference("Status", words(product.status or ""),
                                words(after_of[line.action]))]  # fmt: skip
        found, language = [], spoken().code
        held, wanted = self.known.held_offering(line), self.known.offering(line)
        if self.known.is_swap(line) and wanted is not None:
            found.append(_difference("Offering", held.name_in(language) if held else "",
                                     wanted.name_in(language)))  # fmt: skip
        former = {one.name: one.raw.get("value") for one in product.product_characteristic}
        asked = self.known.asked(wanted) if wanted is not None else ()
        names = {one.name: called(one) for one in asked}
        for one in self._sent(line):
            old = text_of("text", former.get(one["name"]), self.zone)
            new = text_of("text", one["value"], self.zone)
            found.append(_difference(names.get(one["name"]) or words(one["name"]), old, new))
        for slot in self.known.slots(line):
            if slot.number != slot.held:
                found.append(
                    _difference(slot.offering.name_in(language), str(slot.held), str(slot.number))
                )
        return found

    def _sent(self, line: CartLine) -> Iterable[dict[str, Json]]:
        """Return the characteristics that the item of a changed product sends."""
        for item in self.body.document["productOrderItem"]:
            if self.body.lines.get(item["id"]) == (line.number, ""):
                yield from item.get("product", {}).get("productCharacteristic", ())

    def _is_idle(self, line: CartLine) -> bool:
        """Tell whether nothing becomes different about a product yet."""
        items = {item for item, of in self.body.lines.items() if of == (line.number, "")}
        return bool(items & idle_items(self.body))

    # --- what it costs -------------------------------------------------------------------------

    def _effects(self, number: int, key: str | None = None) -> tuple[PriceEffect, ...]:
        """Return what a line costs, or one of its parts alone."""
        if self.preview.result is None:
            return ()
        return added_up(
            effects
            for item, effects in self.preview.result.line_prices.items()
            if (of := self.body.lines.get(item)) is not None
            and of[0] == number
            and key in (None, of[1])
        )


def _noting(places: set[str]) -> Dress:
    """Return what notes each place that there is an input at."""

    def noted(node: Named, place: str) -> Named:
        places.add(place)
        return node

    return noted


def candidates_of(
    line: CartLine, known: Known, offerings: Iterable[ProductOffering]
) -> list[ProductOffering]:
    """Return the offerings that a product may change to: on sale, made by one specification."""
    held = known.held_offering(line)
    made = held.product_specification if held is not None else None
    if held is None or made is None or line.action != "change":
        return []
    alike = [
        one
        for one in offerings
        if one.id != held.id
        and one.product_specification is not None
        and one.product_specification.id == made.id
        and is_on_sale(one, known.now)
        and bool(one.bundled_product_offering) == bool(held.bundled_product_offering)
    ]
    return [held, *sorted(alike, key=lambda one: one.name.casefold())]


def _general(troubles: Iterable[Trouble]) -> list[str]:
    """Return what is wrong with a line as a whole."""
    return list(dict.fromkeys(_said(one) for one in troubles if not one.key and not one.name))


def _said(trouble: Trouble) -> str:
    message = told(trouble.message)
    return f"{trouble.field}: {message}" if trouble.field else message


def _difference(what: str, before: str, after: str) -> dict[str, str]:
    return {"what": what, "before": before, "after": after}


def _id(offering: ProductOffering | None) -> str:
    return offering.id if offering is not None else ""
