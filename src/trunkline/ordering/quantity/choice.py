"""Choices: which ones of several alike go where fewer are wanted; nobody guesses. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.ordering.node import UNCHOSEN, Choice, Copies, Copy
from trunkline.ordering.order_line import Line

ITEMS = "productOrderItem"
LEFT_OUT = "leftOut"
CHARACTERISTIC = "product.productCharacteristic"


class Other(Protocol):
    """One thing of an order that is other than before."""

    @property
    def attribute(self) -> str:
        """The path of what is other."""

    @property
    def old(self) -> Json:
        """What it was."""

    @property
    def new(self) -> Json:
        """What it is."""


def lowers(found: Iterable[Other]) -> bool:
    """Tell whether a number falls, so that somebody may have to choose which ones go."""
    return any(
        isinstance(one.new, (int, Decimal))
        and isinstance(one.old, (int, Decimal))
        and one.new < one.old
        for one in found
        if one.attribute == "quantity" or one.attribute.startswith(CHARACTERISTIC)
    )


def lowered(
    before: Iterable[Copies], after: Iterable[Copies], records: Mapping[str, str]
) -> list[Choice]:
    """Return what an order asks fewer of than before, with all that it asked for.

    Where all of them go nobody has to choose. `records` are what the steps have made, by key.
    """
    left = {one.base: one for one in after}
    return [
        Choice(one.item_id, one.name, len(left[one.base].members), tuple(_named(one, records)))
        for one in before
        if one.base in left and len(left[one.base].members) < len(one.members)
    ]


def unchosen(
    before: Iterable[Copies],
    after: Iterable[Copies],
    lines: Mapping[str, Line],
    records: Mapping[str, str],
) -> Iterator[Fault]:
    """Yield a fault for each number that falls while nobody has said which ones go."""
    left = {one.base: {each.key for each in one.members} for one in after}
    for one in before:
        line = lines.get(one.item_id)
        if line is None or one.base not in left:
            continue
        gone = [each for each in one.members if each.key not in left[one.base]]
        if any({each.key, each.record}.isdisjoint(line.left_out) for each in gone):
            choice = Choice(one.item_id, one.name, len(left[one.base]),
                            tuple(_named(one, records)))  # fmt: skip
            yield Fault(f"{line.path}.{LEFT_OUT}", UNCHOSEN, choice.fault)


def unknown(
    before: Iterable[Copies], old: Mapping[str, Line], new: Mapping[str, Line]
) -> Iterator[Fault]:
    """Yield a fault for each one that was chosen to go now and is not there."""
    known: dict[str, set[str | None]] = {}
    for one in before:
        own = known.setdefault(one.item_id, set())
        own |= {name for each in one.members for name in each}
    for ident, line in new.items():
        held = old[ident].left_out if ident in old else frozenset()
        for one_out in sorted(line.left_out - held - known.get(ident, set())):
            message = f"{one_out} is none of those that item {ident} asks for; name one that is"
            yield Fault(f"{line.path}.{LEFT_OUT}", "copyUnknown", message)


def with_left_out(
    items: Sequence[Json], chosen: Mapping[str, Sequence[str]]
) -> tuple[list[Json], set[str]]:
    """Return items with those that were chosen to go, and the items that were not found."""
    left = set(chosen)

    def take(listed: Sequence[Json]) -> list[Json]:
        found = []
        for one in listed:
            item = dict(one)
            ident = str(item.get("id"))
            if ident in chosen:
                left.discard(ident)
                held = item.get(LEFT_OUT) or []
                item[LEFT_OUT] = list(dict.fromkeys([*held, *chosen[ident]]))
            if item.get(ITEMS):
                item[ITEMS] = take(item[ITEMS])
            found.append(item)
        return found

    return take(items), left


def with_keys(items: Sequence[Json], steps: Mapping[str, str]) -> list[Json]:
    """Return items that name what goes by the keys of its steps, where an order has made it.

    `steps` are the keys by the records that they have made.
    """
    return [_with_keys(one, steps) for one in items]


def _with_keys(item: Json, steps: Mapping[str, str]) -> Json:
    found = dict(item)
    if found.get(LEFT_OUT):
        found[LEFT_OUT] = list(dict.fromkeys(steps.get(one, one) for one in found[LEFT_OUT]))
    if found.get(ITEMS):
        found[ITEMS] = with_keys(found[ITEMS], steps)
    return found


def _named(one: Copies, records: Mapping[str, str]) -> Iterator[Copy]:
    for each in one.members:
        yield Copy(each.key, each.record or records.get(each.key))
