"""Branches: what a product, service or resource takes below it, by the relations of its kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from trunkline.catalog.entry import Specification, once
from trunkline.catalog.relation import AttributeMapping, Relation, relations
from trunkline.documents.condition import (
    RuleFailed,
    RuleInvalid,
    ValueMissing,
    compile_rule,
)
from trunkline.documents.condition import value as computed
from trunkline.documents.decode import encode
from trunkline.documents.shape import Json
from trunkline.ordering.node import NodeCharacteristic

COUNT_MAX = 1000

Context: TypeAlias = Mapping[str, Json]
"""What conditions and expressions see: `source`, `item` and `place`."""


@dataclass(frozen=True)
class Branch:
    """One relation as it applies here: how many of its target, and with which values.

    `count` None means that it cannot be said yet, or not at all: `reason` then says why, and
    `code` is that of a fault where it is one. `group` is what shared targets must have in common,
    None for a target of one's own. `missing` names the value that is not known yet.
    """

    relation: Relation
    count: int | None
    values: tuple[NodeCharacteristic, ...] = ()
    group: str | None = None
    reason: str = ""
    code: str | None = None
    missing: str | None = None


def branches(specification: Specification, context: Context) -> Iterator[Branch]:
    """Yield the relations of a specification that make orders, in their `order`."""
    for relation in once(specification, _in_order):
        yield branch(relation, specification.name, context)


def _in_order(specification: Specification) -> list[Relation]:
    found = [one for one in relations(specification) if one.makes_order]
    return sorted(found, key=lambda one: one.link.order or 0)


def branch(relation: Relation, source_name: str, context: Context) -> Branch:
    """Return how a relation applies: by its condition, its quantities and its mappings."""
    try:
        count, reason = _count(relation, source_name, context)
        if count == 0:
            return Branch(relation, 0, reason=reason)
        values = tuple(_mapped(relation, source_name, context))
        return Branch(relation, count, values, _group(relation, context), reason)
    except ValueMissing as error:
        return Branch(relation, None, reason=str(error), missing=error.name)
    except RuleInvalid as error:
        return Branch(relation, None, reason=str(error), code="conditionInvalid")
    except RuleFailed as error:
        return Branch(relation, None, reason=str(error), code="conditionFailed")


def _count(relation: Relation, source_name: str, context: Context) -> tuple[int, str]:
    link = relation.link
    reason = f"{relation.type} of {source_name}"
    if link.condition is not None:
        if not compile_rule(link.condition).holds(context):
            return 0, f"{reason}: not made, since {link.condition} does not hold"
        reason += f", since {link.condition} holds"
    if link.quantity_characteristic is not None:
        count = _quantity(link.quantity_characteristic, context)
        reason += f", {count} by {link.quantity_characteristic}"
        low, high = link.minimum_quantity or 0, link.maximum_quantity
        if count < low or (high is not None and count > high):
            span = f"{low} to {high}" if high is not None else f"at least {low}"
            raise RuleFailed(f"{link.quantity_characteristic} is {count}, not {span}")
        return count, reason
    return _declared_count(relation), reason


def _declared_count(relation: Relation) -> int:
    """Return the count that the relation says; one that is not optional is there once."""
    link = relation.link
    if link.default_quantity is not None:
        return link.default_quantity
    if link.minimum_quantity:
        return link.minimum_quantity
    if link.mandatory or link.condition is not None:
        return 1
    return 0 if link.mandatory is False or link.minimum_quantity == 0 else 1


def _quantity(name: str, context: Context) -> int:
    value = context["source"].get(name)
    if value is None:
        raise ValueMissing(name)
    try:
        count = int(value)
        whole = not isinstance(value, bool) and count == float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise RuleFailed(f"{name} is {value}, which is no number") from error
    if not whole or not 0 <= count <= COUNT_MAX:
        raise RuleFailed(f"{name} is {value}, not a whole number from 0 to {COUNT_MAX}")
    return count


def _mapped(relation: Relation, source_name: str, context: Context) -> Iterator[NodeCharacteristic]:
    """Yield the values that mappings give; one whose input is not known yet gives none."""
    done: set[str] = set()
    for mapping in relation.link.mapping:
        try:
            found = _value(mapping, source_name, context)
        except ValueMissing:
            continue
        if found is not None and mapping.target not in done:
            done.add(mapping.target)
            yield NodeCharacteristic(mapping.target, *found)


def _value(
    mapping: AttributeMapping, source_name: str, context: Context
) -> tuple[Json, str] | None:
    condition = ""
    if mapping.condition is not None:
        if not compile_rule(mapping.condition).holds(context):
            return None
        condition = f", since {mapping.condition} holds"
    if mapping.source is not None:
        if mapping.source not in context["source"]:
            return None
        text = f"copied from {mapping.source} of {source_name}{condition}"
        return context["source"][mapping.source], text
    if mapping.expression is not None:
        text = f"computed from {source_name} by {mapping.expression}{condition}"
        return computed(mapping.expression, context), text
    return mapping.value, f"set by a mapping of {source_name}{condition}"


def _group(relation: Relation, context: Context) -> str | None:
    if not relation.link.shared:
        return None
    names = list(relation.link.shared_by) or ["place"]
    return group_of(names, context["source"], context["place"])


def group_of(names: list[str], values: Mapping[str, Json], place: Json) -> str:
    """Return what must be equal for a shared target, as text: the place's id, values, or both."""
    return "/".join(
        place_name(place) if name == "place" else _text(values.get(name)) for name in names
    )


def place_name(place: Json) -> str:
    """Return what tells one place from another: its id, else its name."""
    held = place or {}
    return str(held.get("id") or held.get("name") or "anywhere")


def _text(value: Json) -> str:
    return value if isinstance(value, str) else encode(value).decode()
