"""Masks: which attributes somebody may not see, taken out of documents, filters and writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from trunkline.documents.patch import ABSENT, copied, own_id, path_to, path_to_id, same
from trunkline.documents.paths import path_names
from trunkline.documents.shape import OWN, Attribute, DataClass, Json, Shape
from trunkline.kernel.resource import Resource

ORDER: tuple[DataClass, ...] = ("public", "internal", "personal", "sensitive")
METADATA = ("id", "href", "key", "@type")
COLUMNS = ("createdAt", "updatedAt")
POINTERS = ("id", "href", "role", "@type", "@referredType")
BLIND = "\x00hidden"  # no value that was sent has a NUL


@dataclass(eq=False)
class Mask:
    """What is hidden of the objects in one place of a resource.

    `steps` says of each known attribute whether it shows, or which mask its objects take;
    `others` whether attributes that nobody declared show, `itself` whether the object does when
    there is nothing in it. Masks of shapes that contain themselves are circular.
    """

    itself: bool
    others: bool
    steps: dict[str, bool | Mask] = field(default_factory=dict)

    def step(self, name: str) -> bool | Mask:
        """Return whether an attribute shows, or the mask of what is in it."""
        return self.steps.get(name, self.others)


_masks: dict[Any, Mask | None] = {}
own_classes: dict[str, dict[str, DataClass]] = {}  # of the operator's attributes, by kind and name
staffs_words: dict[str, tuple[str, ...]] = {}  # by kind what the staff notes and owners do not see


def hidden_paths(resource: Resource, sees: frozenset[DataClass]) -> Mask | None:
    """Return what is hidden of a resource from one who sees these classes; None for nothing.

    A class is the attribute's own, else its holder's, else the resource's. What nobody declared
    is personal, or sensitive inside what is; the operator's is as defined. Public values and
    metadata show; what references point at is internal at most, unless the holder is classified.
    """
    own = own_classes.get(resource.name, {})
    key = resource.type, resource.data_class, sees, *own.items()
    if key not in _masks:
        builder = _Builder(sees | {"public"})
        inner = builder.mask(resource.type, resource.data_class, classified=False)
        shown = {name: one in builder.sees for name, one in own.items()} | inner.steps
        left = staffs_words.get(resource.name, ()) if OWN in sees else ()
        shown |= dict.fromkeys(METADATA, True) | dict.fromkeys(left, False)
        root = replace(inner, steps=shown)
        _masks[key] = root if builder.open_shapes(root) else None
    return _masks[key]


class _Builder:
    """Builds the masks of one resource, one for each shape and class that it is held in."""

    def __init__(self, sees: frozenset[DataClass]) -> None:
        self.sees = sees
        self.made: dict[tuple[type[Shape], DataClass, bool], Mask] = {}

    def mask(self, shape: type[Shape], held: DataClass, *, classified: bool) -> Mask:
        """Return the mask of a shape inside something of the class `held`."""
        found = self.made.get((shape, held, classified))
        if found is not None:
            return found
        mask = Mask(held in self.sees, max(held, "personal", key=ORDER.index) in self.sees)
        self.made[shape, held, classified] = mask
        mask.steps["@type"] = mask.itself
        if shape.targets:
            points = held if classified else min(held, "internal", key=ORDER.index)
            mask.steps.update(dict.fromkeys(POINTERS, points in self.sees))
        for attribute in shape.attributes().values():
            if attribute.data_class or not (shape.targets and attribute.json_name in POINTERS):
                mask.steps[attribute.json_name] = self._step(attribute, held, classified)
        return mask

    def _step(self, attribute: Attribute, held: DataClass, classified: bool) -> bool | Mask:
        own = attribute.data_class
        if attribute.shape is None:
            return (own or held) in self.sees
        return self.mask(attribute.shape, own or held, classified=classified or own is not None)

    def open_shapes(self, root: Mask) -> bool:
        """Replace masks that hide nothing by True; return whether the root hides something."""
        masks = [root, *self.made.values()]
        hiding = {one for one in masks if not one.others or False in one.steps.values()}
        size = -1
        while size != len(hiding):
            size = len(hiding)
            hiding.update(one for one in masks if not hiding.isdisjoint(one.steps.values()))
        for one in masks:
            for name, step in one.steps.items():
                if isinstance(step, Mask) and step not in hiding:
                    one.steps[name] = True
        return root in hiding


def mask(document: dict[str, Json], mask: Mask) -> dict[str, Json]:
    """Return a copy of a document without what is hidden; objects that become empty go too."""
    shown = {name: _shown(value, mask.step(name)) for name, value in document.items()}
    return {name: value for name, value in shown.items() if value is not ABSENT}


def blind(value: Json, step: bool | Mask) -> Json:
    """Return a copy in which every hidden value is the same: what is done to it tells nothing."""
    if isinstance(step, Mask) and isinstance(value, dict) and value:
        return {name: blind(inner, step.step(name)) for name, inner in value.items()}
    if isinstance(step, Mask) and isinstance(value, list) and value:
        return [blind(one, step) for one in value]
    return BLIND if _shown(value, step) is ABSENT else copied(value)


def _shown(value: Json, step: bool | Mask) -> Json:
    """Return what shows of a value, or ABSENT where nothing does."""
    if isinstance(step, bool):
        return copied(value) if step else ABSENT
    if isinstance(value, dict) and value:
        return mask(value, step) or ABSENT
    if isinstance(value, list) and value:
        elements = [_shown(one, step) for one in value]
        return [one for one in elements if one is not ABSENT] or ABSENT
    shows = step.itself if isinstance(value, (dict, list)) else step.others
    return value if shows else ABSENT


def is_hidden(mask: Mask, path: str) -> bool:
    """Return whether a path (filter, sort, change) leads to what is hidden, or to what holds it."""
    if path in COLUMNS and path not in mask.steps:
        return False
    names = path_names(path)
    step: bool | Mask = mask if names else mask.others
    for name in names:
        if isinstance(step, Mask):
            step = step.step(name)
    return step is not True


def lost(mask: Mask, before: Json, after: Json) -> list[str]:
    """Return the paths of hidden values in `before` that are gone or different in `after`.

    Array elements are matched by their `id` (those with the same one in order), else by position.
    """
    return list(_lost("", mask, before, after))


def _lost(path: str, step: bool | Mask, before: Json, after: Json) -> Iterator[str]:
    if step is True or before in ({}, []):
        return
    if isinstance(step, Mask) and isinstance(before, dict):
        for name, value in before.items():
            other = after.get(name, ABSENT) if isinstance(after, dict) else ABSENT
            yield from _lost(path_to(path, name), step.step(name), value, other)
    elif isinstance(step, Mask) and isinstance(before, list):
        for inner, value, other in _pairs(path, before, after if isinstance(after, list) else []):
            yield from _lost(inner, step, value, other)
    elif _shown(before, step) is ABSENT and not same(before, after):
        yield path


def _pairs(path: str, before: list[Json], after: list[Json]) -> Iterator[tuple[str, Json, Json]]:
    """Yield path, element and its counterpart or ABSENT for every element."""
    waiting: dict[str | int, list[Json]] = {}
    for one in after:
        key = own_id(one)
        if key is not None:
            waiting.setdefault(key, []).append(one)
    for index, one in enumerate(before):
        key = own_id(one)
        if key is None:
            yield f"{path}[{index}]", one, after[index] if index < len(after) else ABSENT
        else:
            same_id = waiting.get(key)
            yield path_to_id(path, key), one, same_id.pop(0) if same_id else ABSENT
