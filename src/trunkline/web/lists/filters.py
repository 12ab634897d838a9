"""Filters: what a list can be narrowed by, how each is asked for, and the chips of those in force.

An attribute is asked for by what it is: words for a choice, a day for a moment, a look-up for
another record. Operators are said in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.documents.paths import walk_path
from trunkline.documents.shape import Shape
from trunkline.governance.status_moves import added_states, status_of
from trunkline.governance.status_rules import rules_of
from trunkline.kernel.masks import Mask, is_hidden
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.rest.query import split_values
from trunkline.screens.screen import screen_of
from trunkline.web.addresses import Addresses
from trunkline.web.governed import Governed, governed
from trunkline.web.lists.address import Address, Term, kind_of, path_words
from trunkline.web.lists.columns import choosable
from trunkline.web.lists.rows import names_shown
from trunkline.web.records import Listing, mentions_of
from trunkline.web.wording import choice

OPERATORS: Mapping[str, tuple[str, ...]] = {
    "text": ("contains", "eq", "ne", "begins"),
    "choice": ("eq", "ne"),
    "boolean": ("eq",),
    "number": ("eq", "ne", "gt", "gte", "lt", "lte"),
    "instant": ("gte", "lt"),
    "reference": ("eq", "ne"),
}
SAYING = {
    "eq": "is", "ne": "is not", "contains": "contains", "begins": "begins with",
    "gt": "is more than", "gte": "is at least", "lt": "is less than", "lte": "is at most",
    "regex": "matches",
}  # fmt: skip
SAYING_TIMES = {"gte": "is from", "gt": "is after", "lt": "is before", "lte": "is up to"}


@dataclass(frozen=True)
class Filter:
    """Something that a list can be narrowed by; `look_up` is where records are looked up."""

    path: str
    label: str
    kind: str
    options: Sequence[tuple[str, str]] = ()
    look_up: str = ""

    @property
    def operators(self) -> list[dict[str, str]]:
        """The comparisons that make sense, each with its word."""
        return [{"value": one, "label": saying(self.kind, one)} for one in OPERATORS[self.kind]]


def saying(kind: str, operator: str) -> str:
    """Return a comparison in words."""
    times = SAYING_TIMES if kind == "instant" else {}
    return times.get(operator) or SAYING.get(operator, operator)


def filters_of(work: Work, resource: Resource, hidden: Mask | None) -> list[Filter]:
    """Return all that a list can be narrowed by, the declared ones first."""
    known = governed(work, resource)
    added = added_states(resource, rules_of(work, resource))
    own = known.extras
    screen = screen_of(resource)
    first = ["key", *screen.filters, *(one for one in screen.columns)]
    rest = choosable(resource, hidden, own)
    found: dict[str, Filter] = {}
    for path in [*first, *rest]:
        if path in own:
            if hidden is None or not is_hidden(hidden, path):
                found[path] = _of_extra(known, path)
            continue
        target = _reference(resource, path)
        if target is not None:
            one = _of_reference(work, *target)
            if one is not None and (hidden is None or not is_hidden(hidden, one.path)):
                found.setdefault(one.path, one)
            continue
        if path != "key" and hidden is not None and is_hidden(hidden, path):
            continue
        found.setdefault(path, _of_value(resource, path, known, added))
    return [one for one in found.values() if kind_of(resource, one.path) or one.path in own]


def offered(work: Work, resource: Resource, hidden: Mask | None) -> list[Filter]:
    """Return what a list offers to be narrowed by: what the way of working has a use for."""
    known = governed(work, resource)
    return [one for one in filters_of(work, resource, hidden) if known.has_use_for(one.path)]


def filter_of(work: Work, resource: Resource, hidden: Mask | None, path: str) -> Filter | None:
    """Return what is asked for of one path, or None."""
    return next((one for one in filters_of(work, resource, hidden) if one.path == path), None)


def _reference(resource: Resource, path: str) -> tuple[str, type[Shape]] | None:
    """Return the path and shape of the reference that a path is about, if it is about one."""
    for one in (path, path.removesuffix(".name"), path.removesuffix(".id")):
        try:
            shape = walk_path(resource.type, one)[-1].attribute.shape
        except KeyError:
            continue
        if shape is not None and shape.targets:
            return one, shape
    return None


def _of_reference(work: Work, path: str, shape: type[Shape]) -> Filter | None:
    registry = work.services.registry
    names = [
        one for one in shape.targets
        if one in registry.resources and work.actor.grant(registry[one], "read") is not None
    ]  # fmt: skip
    if not names or "id" not in shape.by_json_name():
        return None
    return Filter(f"{path}.id", path_words(path), "reference", (), f"/look-up/{','.join(names)}")


def _of_extra(known: Governed, path: str) -> Filter:
    kind = known.extras[path].kind
    options = known.options(path)
    if kind == "boolean":
        options = [("true", "Yes"), ("false", "No")]
    elif kind in {"choice", "choices"}:
        kind = "choice"
    return Filter(path, known.label(path), kind if kind in OPERATORS else "text", options)


def _of_value(resource: Resource, path: str, known: Governed, added: Sequence[str]) -> Filter:
    kind = kind_of(resource, path)
    choices = choices_of(resource, path)
    if added and path == status_of(resource):
        choices += added
    options = known.options(path)
    coded = {code for code, _ in options}
    options += [(one, choice(one, choices)) for one in choices if one not in coded]
    if kind == "boolean":
        options = [("true", "Yes"), ("false", "No")]
    elif options:
        kind = "choice"
    kind = {"integer": "number"}.get(kind, kind)
    return Filter(path, path_words(path), kind if kind in OPERATORS else "text", options)


def choices_of(resource: Resource, path: str) -> list[str]:
    """Return the values that an attribute may have, where they are a closed list."""
    lifecycle = resource.lifecycle
    own = resource.type.attributes()
    if lifecycle is not None and own[lifecycle.attribute].json_name == path:
        return list(dict.fromkeys(lifecycle.published_state(one) for one in lifecycle.moves))
    if lifecycle is not None and lifecycle.internal and own[lifecycle.internal].json_name == path:
        return list(lifecycle.moves)
    try:
        return list(walk_path(resource.type, path)[-1].attribute.choices)
    except KeyError:
        return []


def chips_of(
    work: Work | None, addresses: Addresses, resource: Resource, address: Address,
    listing: Listing | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the filters in force: what each says, and the list without it.

    What the rows call the records that filters name is not asked for again.
    """
    names: dict[str, str] = {}
    if listing is not None:
        for term in address.terms:
            names |= names_shown(listing, term)
    if work is not None:
        names |= _names(work, addresses, resource, address, names)
    known = governed(work, resource) if work is not None else None
    found = []
    for one in address.terms:
        is_reference = _reference(resource, one.path) is not None
        path = one.path.removesuffix(".id") if is_reference else one.path
        kind = kind_of(resource, one.path)
        label = known.label(path) if known is not None else ""
        found.append(
            {"label": label or path_words(path.removesuffix(".name")),
             "saying": saying(kind, one.operator),
             "value": _value_words(resource, one, names, known), "path": one.path,
             "operator": one.operator, "raw": one.value,
             "without": address.query([term for term in address.terms if term is not one])}
        )  # fmt: skip
    return found


def _value_words(
    resource: Resource, term: Term, names: Mapping[str, str], known: Governed | None
) -> list[str]:
    values = choices_of(resource, term.path)
    choices = {one: choice(one, values) for one in values}
    coded = dict(known.options(term.path)) if known is not None else {}
    said = {**names, **choices, **coded, "true": "Yes", "false": "No"}
    if term.operator in {"eq", "ne"}:
        return [said.get(one, one) for one in split_values(term.value, term.operator)]
    return [term.value]


def _names(
    work: Work, addresses: Addresses, resource: Resource, address: Address,
    known: Mapping[str, str],
) -> dict[str, str]:  # fmt: skip
    """Return how the records are called that filters name by their ids, but for the known ones."""
    wanted: dict[str, list[str]] = {}
    for term in address.terms:
        target = _reference(resource, term.path) if term.path.endswith(".id") else None
        for name in target[1].targets if target is not None else ():
            idents = [one for one in term.value.split(",") if one not in known]
            wanted.setdefault(name, []).extend(idents)
    return {ident: one.label for ident, one in mentions_of(work, addresses, wanted).items()}
