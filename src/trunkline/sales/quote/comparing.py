"""Comparing: two revisions of a quote, line by line, and what each costs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from trunkline.documents.decode import encode
from trunkline.documents.shape import Json
from trunkline.sales.lines import QUOTE_WORDS, Line, placed_lines
from trunkline.sales.quote.quote import Quote

Kind: TypeAlias = Literal["same", "changed", "added", "removed"]
HEAD = ("relatedParty", "billingAccount", "termMonths", "expectedFulfillmentStartDate",
        "agreement")  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """One thing that differs: its name, and its value before and after; None where it is not."""

    name: str
    old: Json
    new: Json


@dataclass(frozen=True)
class LineComparison:
    """A line in both revisions: what became of it, what differs, and its costs before and after."""

    id: str
    kind: Kind
    name: str
    whole: str | None = None
    differences: tuple[Difference, ...] = ()
    old_price: Sequence[Json] = field(default_factory=tuple)
    new_price: Sequence[Json] = field(default_factory=tuple)


@dataclass(frozen=True)
class Comparison:
    """Two revisions: what differs about the whole, its lines, and its costs before and after."""

    head: tuple[Difference, ...]
    lines: tuple[LineComparison, ...]
    old_price: Sequence[Json]
    new_price: Sequence[Json]


def compare(old: Quote, new: Quote) -> Comparison:
    """Return how one revision of a quote differs from another, each line with its twin by id."""
    before, after = _lines(old), _lines(new)
    idents = [*after, *(one for one in before if one not in after)]
    return Comparison(
        tuple(_differences({n: old.raw.get(n) for n in HEAD}, {n: new.raw.get(n) for n in HEAD})),
        tuple(_compared(ident, before.get(ident), after.get(ident)) for ident in idents),
        old.raw.get("priceEffect") or (),
        new.raw.get("priceEffect") or (),
    )


def _lines(quote: Quote) -> dict[str, tuple[str | None, Line]]:
    """Return the lines by id, each with the id of the line that holds it."""
    found: dict[str, tuple[str | None, Line]] = {}
    above: dict[str, str] = {}
    for path, line in placed_lines(quote.raw.get("quoteItem") or (), QUOTE_WORDS):
        ident = above[path] = str(line.get("id"))
        found[ident] = (above.get(path.rpartition(".")[0]), line)
    return found


def _compared(
    ident: str, old: tuple[str | None, Line] | None, new: tuple[str | None, Line] | None
) -> LineComparison:
    whole, line = new or old or (None, {})
    before, after = (old or (None, {}))[1], (new or (None, {}))[1]
    differences = tuple(_differences(_said(before), _said(after))) if old and new else ()
    kind: Kind = "added" if not old else "removed" if not new else "changed"
    if old and new and not differences:
        kind = "same"
    return LineComparison(
        ident, kind, name_of(line), whole, differences,
        before.get("priceEffect") or (), after.get("priceEffect") or (),
    )  # fmt: skip


def name_of(line: Mapping[str, Json]) -> str:
    """Return what a line is called: as its product, else as its offering."""
    current = line.get("current") or {}
    for held in (line.get("product") or {}, line.get("productOffering") or {}, current):
        if held.get("name"):
            return str(held["name"])
    return f"Line {line.get('id')}"


def _said(line: Mapping[str, Json]) -> dict[str, Json]:
    """Return what a line says, by name; each characteristic stands for itself."""
    product = line.get("product") or {}
    found: dict[str, Json] = {
        "action": line.get("action"),
        "quantity": line.get("quantity"),
        "offering": (line.get("productOffering") or {}).get("id"),
        "place": [one.get("id") or one.get("name") for one in product.get("place") or ()] or None,
        "price": [_amount(one) for one in line.get("quoteItemPrice") or ()] or None,
        "terms": line.get("itemTerm"),
    }
    for one in product.get("productCharacteristic") or ():
        name = f"characteristic {one.get('name')}"
        found[name] = one.get("value") if name not in found else [found[name], one.get("value")]
    return found


def _amount(one: Mapping[str, Json]) -> dict[str, Json]:
    """Return what a price asks for, whatever it is called."""
    kept = ("priceType", "recurringChargePeriod", "price", "priceAlteration")
    return {name: one[name] for name in kept if one.get(name)}


def _differences(old: Mapping[str, Json], new: Mapping[str, Json]) -> list[Difference]:
    names = dict.fromkeys([*old, *new])
    return [
        Difference(name, old.get(name), new.get(name))
        for name in names
        if encode(old.get(name)) != encode(new.get(name))
    ]
