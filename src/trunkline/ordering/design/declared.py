"""Declared: what a definition's item and a specification's fulfilment may say, and nothing else.

A draft may hold anything. What goes live is carried out; a misspelled word would be passed over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from functools import cache

from trunkline.catalog.fulfilment_terms import FulfilmentTerms
from trunkline.documents.errors import Fault
from trunkline.documents.schema import Validator, shape_schema
from trunkline.documents.shape import Json, Shape

POINT = "pointOfNoReturn"
POINTS: tuple[Json, ...] = (True, False, "none", "soft", "hard")
"""What a specification may say of its point of no return; true is hard."""


def fulfilment_faults(said: Json, systems: Collection[str]) -> Iterator[Fault]:
    """Yield everything that is wrong with a fulfilment; `systems` are the codes of those set up."""
    path = "fulfilment"
    if not isinstance(said, dict):
        yield Fault(path, "badType", "must be an object; say kind, title and so on in it")
        return
    for fault in _validator().faults(said):
        if fault.path == POINT:  # what it may be is no kind of value, and is looked at below
            continue
        yield Fault(f"{path}.{fault.path}" if fault.path else path, fault.code, fault.message)
    yield from unknown_faults(FulfilmentTerms, said, path)
    point, system = said.get(POINT), said.get("system")
    if point is not None and point not in POINTS:
        message = "is true, false, none, soft or hard"
        yield Fault(f"{path}.{POINT}", "badValue", message)
    if isinstance(system, str) and system not in systems:
        message = f"there is no outside system {system}; set it up, or name another one"
        yield Fault(f"{path}.system", "systemUnknown", message)


def unknown_faults(shape: type[Shape], said: Json, path: str) -> Iterator[Fault]:
    """Yield a fault for each attribute, at every level, that nothing would read."""
    if not isinstance(said, dict):
        return
    known = shape.by_json_name()
    for name, value in said.items():
        attribute = known.get(name)
        if attribute is None and not name.startswith("@"):
            yield Fault(f"{path}.{name}", "attributeUnknown", _hint(name, known))
        if attribute is not None and attribute.shape is not None:
            for at, one in enumerate(value if isinstance(value, list) else [value]):
                spot = f"{path}.{name}[{at}]" if isinstance(value, list) else f"{path}.{name}"
                yield from unknown_faults(attribute.shape, one, spot)


def _hint(name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name, known, n=1)
    if near:
        return f"there is no {name}; is {near[0]} meant?"
    return f"there is no {name}; take it out, or say one of {', '.join(known)}"


@cache
def _validator() -> Validator:
    found: dict[str, Json] = {}
    return Validator({**shape_schema(FulfilmentTerms, found), "$defs": found})
