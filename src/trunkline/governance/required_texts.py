"""Required texts: what has to be said is said in letters; a text without any says nothing.

The standard's schemas ask that a required attribute is sent, and an empty text is sent. So this
is asked of every kind, at any depth, in the same words as of what was left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trunkline.documents.errors import Fault
from trunkline.documents.patch import same
from trunkline.documents.shape import Attribute, Json, Shape
from trunkline.governance.bindings import compared
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, registry
from trunkline.kernel.states import QUIET
from trunkline.kernel.work import Work

MESSAGE = "is required; send it"


@dataclass(frozen=True)
class Asked:
    """What of a shape is looked at: its required texts, and the shapes in it that have some."""

    texts: tuple[str, ...]
    inner: Mapping[str, type[Shape]]


_asked: dict[type[Shape], Asked] = {}


@rule()
def required_texts_are_written(work: Work, old: Document | None, new: Document) -> Iterator[Fault]:
    """Refuse a required text that is empty or blank; one that was so before may stay."""
    if work.actor.kind == "system":
        return
    kind, before = compared(old, new)
    if kind == QUIET:
        return
    top, named = _of(type(new)), new.resource.type.attributes()
    texts = {*top.texts, *(one.json_name for name in new.resource.required
                           if _is_text(one := named[name]))}  # fmt: skip
    for name in texts:
        if is_blank(new.raw.get(name)) and not is_blank(before.get(name)):
            yield Fault(name, "missing", MESSAGE)
    for name, shape in top.inner.items():
        held = new.raw.get(name)
        if held is not None and not same(held, before.get(name)):
            yield from _within(shape, held, name)


def is_blank(value: Json) -> bool:
    """Tell whether a value is a text that says nothing."""
    return isinstance(value, str) and not value.strip()


def _within(shape: type[Shape], held: Json, place: str) -> Iterator[Fault]:
    if isinstance(held, list):
        for index, one in enumerate(held):
            yield from _within(shape, one, f"{place}[{index}]")
    elif isinstance(held, dict):
        asked = _of(shape)
        for name in asked.texts:
            if is_blank(held.get(name)):
                yield Fault(f"{place}.{name}", "missing", MESSAGE)
        for name, inner in asked.inner.items():
            if name in held:
                yield from _within(inner, held[name], f"{place}.{name}")


def _of(shape: type[Shape]) -> Asked:
    found = _asked.get(shape)
    if found is None:
        own = shape.by_json_name()
        texts = tuple(name for name, one in own.items() if _is_asked(shape, one))
        inner = {
            name: one.shape
            for name, one in own.items()
            if one.shape is not None and _has_some(one.shape, set())
        }
        found = _asked[shape] = Asked(texts, inner)
    return found


def _has_some(shape: type[Shape], seen: set[type[Shape]]) -> bool:
    """Tell whether a shape has a required text, or one within it, however deep."""
    if shape in seen:
        return False
    seen.add(shape)
    own = shape.by_json_name().values()
    return any(
        _is_asked(shape, one) or (one.shape is not None and _has_some(one.shape, seen))
        for one in own
    )


def _is_asked(shape: type[Shape], one: Attribute) -> bool:
    # An id that names nothing is refused as such where the records that it may name are held here.
    targets = shape.targets if one.name == "id" else ()
    is_checked = bool(targets) and all(name in registry.resources for name in targets)
    return one.required and _is_text(one) and not is_checked


def _is_text(one: Attribute) -> bool:
    return one.scalar == "text" and not one.is_list
