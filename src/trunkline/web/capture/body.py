"""The body: a cart as the product order that it asks for, and which line each item is of. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from trunkline.catalog.offering import ProductOffering
from trunkline.documents.shape import Json, format_instant
from trunkline.screens.asked_value import AskedValue
from trunkline.web.capture.cart import Cart, CartLine
from trunkline.web.capture.known import Known
from trunkline.web.capture.slots import Slot
from trunkline.web.editing.reading import flat_values
from trunkline.web.editing.structures import named_value, pieces_of

Item = dict[str, Json]
ROLE = "installation"


@dataclass(frozen=True)
class Spot:
    """Where an item comes from: the line, the part of it, and the characteristics it names."""

    item: str
    line: int
    key: str = ""
    names: tuple[str, ...] = ()


@dataclass
class Body:
    """The order as it is sent; `spots` are its items by their paths, `items` those by their ids."""

    document: dict[str, Json]
    spots: dict[str, Spot] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)

    @cached_property
    def lines(self) -> dict[str, tuple[int, str]]:
        """The line and the part that each item is of, by the item's id, once all are made."""
        return {one.item: (one.line, one.key) for one in self.spots.values()}


def body_of(cart: Cart, known: Known, zone: ZoneInfo) -> Body:
    """Return the order that a cart asks for, one item for each site of a line."""
    document: dict[str, Json] = {"productOrderItem": []}
    if cart.customer:
        party = {"id": cart.customer, "role": "customer", "@referredType": "Customer"}
        document["relatedParty"] = [party]
    if cart.account:
        document["billingAccount"] = {"id": cart.account}
    if cart.agreement:
        document["agreement"] = [{"id": one} for one in cart.agreement.split()]
    if cart.interaction:
        document["interaction"] = {"id": cart.interaction}
    begin = start_of(cart.date, known.now, zone)
    if begin is not None:
        document["requestedStartDate"] = begin
    body = Body(document)
    maker = _Maker(known, zone, body)
    for line in cart.lines:
        for item in maker.items(line):
            document["productOrderItem"].append(item)
    return body


def start_of(text: str, now: datetime, zone: ZoneInfo) -> str | None:
    """Return the beginning of a later day as an instant; None for today, the past and nothing."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text or None
    if day <= now.astimezone(zone).date():
        return None
    return format_instant(datetime(day.year, day.month, day.day, tzinfo=zone))


class _Maker:
    """Makes the items of one order, numbered in their sequence."""

    def __init__(self, known: Known, zone: ZoneInfo, body: Body) -> None:
        self._known = known
        self._zone = zone
        self._body = body
        self._count = 0

    def items(self, line: CartLine) -> Iterator[Item]:
        """Yield the items of a line."""
        places = list(line.sites) or [""]
        for site in places[:1] if line.product else places:
            path = f"productOrderItem[{len(self._body.document['productOrderItem'])}]"
            made = self._new(line, site, path) if line.is_new else self._about(line, site, path)
            made.update(self._dates(line))  # the very item, which answers are written to later
            yield made

    def _dates(self, line: CartLine) -> Item:
        """Return when a line is wanted begun and done, as far as it says so itself."""
        said = {"requestedStartDate": line.begin, "requestedCompletionDate": line.due}
        found = {name: start_of(text, self._known.now, self._zone) for name, text in said.items()}
        return {name: one for name, one in found.items() if one is not None}

    def _new(self, line: CartLine, site: str, path: str) -> Item:
        item = self._item(path, line, "", "add")
        item["quantity"] = _number(line.quantity)
        item["productOffering"] = {"id": line.offering}
        item["product"] = self._product(line, "", self._known.offering(line), site, path)
        if line.visit and len(line.sites) < 2:
            kept = line.visit.partition("|")[0]
            item["appointment"] = {"id": kept, "@referredType": "Appointment"}
        inside = self._parts(line, path)
        if inside:
            item["productOrderItem"] = inside
        return item

    def _parts(self, line: CartLine, path: str) -> list[Item]:
        """Return the items of a bundle's parts; a part of a part lies in that one's first item."""
        made: list[Item] = []
        holders: dict[str, tuple[list[Item], str]] = {"": (made, path)}
        for slot in self._known.slots(line):
            above = slot.key.rpartition("/")[0]
            siblings, over = holders[above]
            places = slot.sites or ("",)
            for site in places if slot.number else ():
                where = f"{over}.productOrderItem[{len(siblings)}]"
                item = self._part(line, slot, site, where)
                siblings.append(item)
                if slot.key not in holders:
                    holders[slot.key] = (item.setdefault("productOrderItem", []), where)
        for inside, _ in holders.values():
            _prune(inside)
        return made

    def _part(self, line: CartLine, slot: Slot, site: str, path: str) -> Item:
        item = self._item(path, line, slot.key, "add")
        item["quantity"] = 1 if slot.sites else slot.number
        item["productOffering"] = {"id": slot.offering.id}
        item["product"] = self._product(line, slot.key, slot.offering, site, path)
        return item

    def _about(self, line: CartLine, site: str, path: str) -> Item:
        """Return the item that changes, moves, suspends, resumes or ends a product."""
        verbs = {"change": "modify", "move": "modify", "end": "delete"}
        item = self._item(path, line, "", verbs.get(line.action, line.action))
        product: Item = {"id": line.product}
        if line.action == "move" and site:
            product["place"] = [place(site)]
        if line.action == "change":
            offering = self._known.offering(line)
            if self._known.is_swap(line):
                item["productOffering"] = {"id": line.offering}
            changed = self._changed(line, offering, path)
            if changed:
                product["productCharacteristic"] = changed
            inside = self._part_changes(line, path)
            if inside:
                item["productOrderItem"] = inside
        item["product"] = product
        return item

    def _part_changes(self, line: CartLine, path: str) -> list[Item]:
        """Return the items that add parts to an installed bundle and end parts of it.

        What is added may consist of parts itself, which lie in its item.
        """
        made: list[Item] = []
        holders: dict[str, tuple[list[Item], str]] = {"": (made, path)}
        children = self._known.children(line)
        for slot in self._known.slots(line):
            above = slot.key.rpartition("/")[0]
            siblings, over = holders[above]
            where = f"{over}.productOrderItem[{len(siblings)}]"
            if slot.number > slot.held:
                item = self._part(line, slot, "", where)
                item["quantity"] = slot.number - slot.held
                siblings.append(item)
                holders[slot.key] = (item.setdefault("productOrderItem", []), where)
            if above:
                continue
            own = [one for one in children if _is_of(one.raw, slot.offering.id)]
            for child in own[slot.number :]:
                where = f"{path}.productOrderItem[{len(made)}]"
                item = self._item(where, line, slot.key, "delete")
                item["product"] = {"id": child.id}
                made.append(item)
        for inside, _ in holders.values():
            _prune(inside)
        return made

    def _changed(
        self, line: CartLine, offering: ProductOffering | None, path: str
    ) -> list[dict[str, Json]]:
        """Return the characteristics whose values differ from those of the product."""
        held = self._known.held_by_name(line)
        told = self._characteristics(line, "", offering)
        by_name: dict[str, list[Json]] = {}
        for one in told:
            by_name.setdefault(one["name"], []).append(one)
        same_as = {
            name: flat_values(entries) == held.get(name) for name, entries in by_name.items()
        }
        changed = [one for one in told if not same_as[one["name"]]]
        self._name(path, changed)
        return changed

    def _product(
        self, line: CartLine, key: str, offering: ProductOffering | None, site: str, path: str
    ) -> Item:
        product: Item = {}
        if site:
            product["place"] = [place(site)]
        values = self._characteristics(line, key, offering)
        if values:
            product["productCharacteristic"] = values
            self._name(path, values)
        return product

    def _characteristics(
        self, line: CartLine, key: str, offering: ProductOffering | None
    ) -> list[dict[str, Json]]:
        typed = line.values.get(key, {})
        held = self._known.held_by_name(line) if not key else {}
        found = []
        for one in self._known.asked(offering) if offering is not None else ():
            if one.fixed or one.name not in typed:
                continue
            values = typed_values(one, typed[one.name], self._zone, held.get(one.name, ()))
            found += [{"name": one.name, "value": value} for value in values]
        return found

    def _item(self, path: str, line: CartLine, key: str, action: str) -> Item:
        self._count += 1
        ident = str(self._count)
        self._body.spots[path] = Spot(ident, line.number, key)
        item = self._body.items[ident] = {"id": ident, "action": action}
        return item

    def _name(self, path: str, values: Sequence[Mapping[str, Json]]) -> None:
        spot = self._body.spots[path]
        names = tuple(str(one["name"]) for one in values)
        self._body.spots[path] = Spot(spot.item, spot.line, spot.key, names)


def typed_values(
    asked: AskedValue, texts: Sequence[str], zone: ZoneInfo, held: Sequence[Json] = ()
) -> list[Json]:
    """Return what was typed for a characteristic: one value, several, or a list as one value.

    What reads as one of the values that are held is that one.
    """
    pieces = [one for text in texts[0 if asked.is_many else -1 :] for one in pieces_of(asked, text)]
    values = [
        named_value(asked, one, held[index] if index < len(held) else None, zone)
        for index, one in enumerate(each for each in pieces if each.strip())
    ]
    found = [one for one in values if one is not None]
    return [found] if asked.is_array and found else found


def place(site: str) -> dict[str, Json]:
    """Return a site as the place of a product."""
    return {"id": site, "role": ROLE, "@referredType": "GeographicSite"}


def _number(text: str) -> Json:
    return int(text) if text.isdecimal() and len(text) < 7 else text


def _is_of(product: Mapping[str, Json], offering: str) -> bool:
    held = product.get("productOffering")
    return isinstance(held, dict) and held.get("id") == offering


def _prune(items: list[Item]) -> None:
    for one in items:
        if one.get("productOrderItem") == []:
            del one["productOrderItem"]
