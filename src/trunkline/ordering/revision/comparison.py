"""Comparison: what is other between two pictures of an order, line by line. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trunkline.documents.shape import Json
from trunkline.ordering.order_line import natural
from trunkline.ordering.revision.content import HEADER, ITEMS, NOTED

BY_NAME = frozenset({"productCharacteristic", "characteristic"})
"""Lists whose elements are told apart by their name."""
DERIVED = frozenset({"href", "@type", "@referredType", "@baseType", "@schemaLocation"})
ASKED = ("productCharacteristic", "place", "productPrice")
"""What an item asks of a product that is there already, beside which one it is."""
PRODUCT = "product"
LINE = "line"
"""The attribute under which a line stands that comes or goes as a whole."""


@dataclass(frozen=True)
class Difference:
    """One thing that is other: of a line, or of the whole order where `item_id` is None."""

    item_id: str | None
    attribute: str
    old: Json = None
    new: Json = None

    def as_json(self) -> dict[str, Json]:
        """Return it as revisions keep it."""
        found = {"itemId": self.item_id, "attribute": self.attribute, "old": self.old,
                 "new": self.new}  # fmt: skip
        return {name: value for name, value in found.items() if value is not None}


def differences(old: Mapping[str, Json], new: Mapping[str, Json]) -> list[Difference]:
    """Return what is other in `new`: of the order first, then of its lines by their ids."""
    found = [
        Difference(None, name, old.get(name), new.get(name))
        for name in HEADER
        if _plain(old.get(name)) != _plain(new.get(name))
    ]
    before, after = _lines(old), _lines(new)
    for ident in sorted(before.keys() | after.keys(), key=natural):
        found += _of_line(ident, before.get(ident), after.get(ident))
    return found


def changed_lines(found: list[Difference]) -> list[str]:
    """Return the ids of the lines that differ."""
    return list(dict.fromkeys(one.item_id for one in found if one.item_id is not None))


def _of_line(
    ident: str, old: dict[str, Json] | None, new: dict[str, Json] | None
) -> Iterator[Difference]:
    if old is None or new is None:
        yield Difference(ident, LINE, _title(old), _title(new))
        return
    yield from _walk(ident, "", old, new)


def _walk(ident: str, path: str, old: Json, new: Json) -> Iterator[Difference]:
    if _plain(old) == _plain(new):
        return
    if isinstance(old, dict) and isinstance(new, dict) and _is_walked(path, old, new):
        is_there = path == PRODUCT and "id" in old
        for name in ASKED if is_there else dict.fromkeys((*old, *new)):
            if name not in DERIVED:
                yield from _walk(
                    ident, f"{path}.{name}" if path else name, old.get(name), new.get(name)
                )
    elif path.rpartition(".")[2] in BY_NAME:
        before, after = _by_name(old), _by_name(new)
        for name in dict.fromkeys((*before, *after)):
            if before.get(name) != after.get(name):
                yield Difference(ident, f"{path}[{name}]", before.get(name), after.get(name))
    else:
        yield Difference(ident, path, old, new)


def _is_walked(path: str, old: Mapping[str, Json], new: Mapping[str, Json]) -> bool:
    """Tell whether what two objects say is compared, rather than which ones they refer to."""
    return not path or "id" not in old or (path == PRODUCT and old["id"] == new.get("id"))


def _lines(content: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    """Return the lines by id, each with the id of the one that it lies in."""
    found: dict[str, dict[str, Json]] = {}

    def take(items: Json, within: str | None) -> None:
        for one in items or ():
            own = {name: value for name, value in one.items() if name not in (ITEMS, *NOTED)}
            if within is not None:
                own["within"] = within
            found[str(one.get("id"))] = own
            take(one.get(ITEMS), str(one.get("id")))

    take(content.get(ITEMS), None)
    return found


def _title(line: dict[str, Json] | None) -> Json:
    """Return what a line is called that comes or goes."""
    if line is None:
        return None
    offering = line.get("productOffering") or (line.get("product") or {}).get("productOffering")
    name = (offering or {}).get("name") or (line.get("product") or {}).get("name")
    return name or str(line.get("action"))


def _by_name(values: Json) -> dict[str, Json]:
    return {str(one.get("name")): one.get("value") for one in values or ()}


def _plain(value: Json) -> Json:
    """Return a value without what is derived; of what is referred to only which one it is.

    A characteristic may have an id, too, and is what it says all the same.
    """
    if isinstance(value, list):
        return [_plain(one) for one in value] or None
    if isinstance(value, dict):
        if "name" in value and "value" in value:
            return {"name": value["name"], "value": value["value"]}
        if "id" in value and "action" not in value:
            asked = {name: _plain(value[name]) for name in ASKED if value.get(name)}
            return {name: value[name] for name in ("id", "role") if name in value} | asked
        kept = {name: _plain(one) for name, one in value.items() if name not in DERIVED}
        return {name: one for name, one in kept.items() if one is not None} or None
    return value
