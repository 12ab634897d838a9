"""Masks: which attributes somebody may not see, taken out of documents, filters and writes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from trunkline.documents.patch import ABSENT, copied
from trunkline.documents.paths import path_names
from trunkline.documents.shape import OUTSIDE, OWN, Attribute, DataClass, Json, Shape
from trunkline.kernel.resource import Resource

ORDER: tuple[DataClass, ...] = ("public", "internal", "personal", "sensitive")
METADATA = ("id", "href", "key", "@type")
COLUMNS = ("createdAt", "updatedAt")
POINTERS = ("id", "href", "role", "@type", "@referredType")


@dataclass(eq=False)
class Mask:
    """What is hidden of the objects in one place of a resource.

    `steps` says of each known attribute whether it shows or which mask its objects take, `others`
    that of undeclared ones, `itself` whether an empty object shows. With a `gate` only objects that
    say so by it show; a `plain` mask hides nothing but such ones that nobody declared. Of `kept`,
    the staff's own words, who leaves them out takes none away. Masks may be circular.
    """

    itself: bool
    others: bool | Mask
    steps: dict[str, bool | Mask] = field(default_factory=dict)
    gate: str = ""
    kept: tuple[str, ...] = ()
    plain: bool = False

    def shuts(self, value: Json) -> bool:
        """Return whether one value is kept from the reader, whatever is in it."""
        is_open = not self.gate or isinstance(value, list)
        return not is_open and not (isinstance(value, dict) and value.get(self.gate) is True)

    def step(self, name: str) -> bool | Mask:
        """Return whether an attribute shows, or the mask of what is in it."""
        one = self.steps.get(name, self.others)
        return one.steps.get(name, one) if one is self.others and isinstance(one, Mask) else one


_masks: dict[Any, Mask | None] = {}
own_classes: dict[str, dict[str, DataClass]] = {}  # of the operator's attributes, by kind and name
staffs_words: dict[tuple[type[Shape], DataClass], tuple[str, ...]] = {}  # and who sees them not
gated: dict[str, type[Shape]] = {}  # by name what shows outside by its gate, declared or not


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
        root = replace(inner, steps=shown | dict.fromkeys(METADATA, True), kept=())
        _masks[key] = root if builder.open_shapes(root) else None
    return _masks[key]


class _Builder:
    """Builds the masks of one resource, one for each shape and class that it is held in."""

    def __init__(self, sees: frozenset[DataClass]) -> None:
        self.sees = sees
        self.made: dict[tuple[type[Shape], DataClass, bool], Mask] = {}

    def mask(self, shape: type[Shape], held: DataClass, *, classified: bool) -> Mask:
        """Return the mask of a shape inside something of the class `held`."""
        if (found := self.made.get((shape, held, classified))) is not None:
            return found
        undeclared = max(held, "personal", key=ORDER.index)
        mask = Mask(held in self.sees, undeclared in self.sees, plain=shape is Shape)
        mask.gate = shape.shown_if if OUTSIDE in self.sees else ""
        self.made[shape, held, classified] = mask
        mask.steps["@type"] = mask.itself
        if shape.targets:
            points = held if classified else min(held, "internal", key=ORDER.index)
            mask.steps.update(dict.fromkeys(POINTERS, points in self.sees))
        for attribute in shape.attributes().values():
            if attribute.data_class or not (shape.targets and attribute.json_name in POINTERS):
                mask.steps[attribute.json_name] = self._step(attribute, held, classified)
        for name, kind in gated.items() if shape is Shape else ():
            mask.steps[name] = self.mask(kind, held, classified=classified)
        if mask.others and OUTSIDE in self.sees:
            mask.others = self.mask(Shape, undeclared, classified=classified)
        for who in {OWN, OUTSIDE} & self.sees:
            mask.kept += staffs_words.get((shape, who), ())
        mask.steps |= dict.fromkeys(mask.kept, False)
        return mask

    def _step(self, attribute: Attribute, held: DataClass, classified: bool) -> bool | Mask:
        own = attribute.data_class
        if attribute.shape is None:
            return (own or held) in self.sees
        return self.mask(attribute.shape, own or held, classified=classified or own is not None)

    def open_shapes(self, root: Mask) -> bool:
        """Open masks that hide nothing declared; return whether the root hides something."""
        masks = [root, *self.made.values()]
        hiding = {one for one in masks if not one.others or one.gate or False in one.steps.values()}
        size = -1
        while size != len(hiding):
            size = len(hiding)
            hiding.update(one for one in masks if not hiding.isdisjoint(one.steps.values()))
        for one in masks:
            for name, step in one.steps.items():
                if isinstance(step, Mask) and step not in hiding:
                    step.plain, one.steps[name] = True, OUTSIDE not in self.sees or step
        return root in hiding or OUTSIDE in self.sees


def mask(document: dict[str, Json], mask: Mask) -> dict[str, Json]:
    """Return a copy of a document without what is hidden; objects that become empty go too."""
    shown = {name: shown_of(value, mask.step(name)) for name, value in document.items()}
    return {name: value for name, value in shown.items() if value is not ABSENT}


def shown_of(value: Json, step: bool | Mask) -> Json:
    """Return what shows of a value, or ABSENT where nothing does."""
    if isinstance(step, bool):
        return copied(value) if step else ABSENT
    if step.shuts(value):
        return ABSENT
    if isinstance(value, dict) and value:
        return mask(value, step) or ABSENT
    if isinstance(value, list) and value:
        return [one for each in value if (one := shown_of(each, step)) is not ABSENT] or ABSENT
    shows = step.itself if isinstance(value, (dict, list)) else step.others
    return value if shows else ABSENT


def is_hidden(mask: Mask, path: str) -> bool:
    """Return whether a path (filter, sort, change) leads to what is hidden, or to what holds it."""
    if path in COLUMNS and path not in mask.steps:
        return False
    step: bool | Mask = mask if (names := path_names(path)) else mask.others
    for name in names:
        if isinstance(step, Mask):
            step = False if step.gate else step.step(name)
    return not (step.plain if isinstance(step, Mask) else step)
