"""Elements: changes inside the lists of records: one added, taken away, or changed where it is.

An element is meant by what is said of it: all that is said must be so; of a reference its id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trunkline.documents.errors import Fault, refuse
from trunkline.documents.patch import copied, same
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.masks import hidden_paths
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.workspace.import_references import Names, settle

DOINGS = ("add", "remove", "replace")
SAID = ("name", "href", "@referredType")


@dataclass(frozen=True)
class ElementChange:
    """What to do in the list at `path`: to an `element`; `value` is what a replaced one becomes."""

    path: str
    do: str
    element: Json
    value: Json = None

    @classmethod
    def of(cls, told: Mapping[str, Json]) -> ElementChange:
        """Return a change as a client tells it."""
        return cls(str(told.get("path")), str(told.get("do")), told.get("element"),
                   told.get("value"))  # fmt: skip

    @property
    def told(self) -> dict[str, Json]:
        """The change as it is kept."""
        return {"path": self.path, "do": self.do, "element": self.element, "value": self.value}


def must_be_possible(actor: Actor, resource: Resource, wanted: Sequence[ElementChange]) -> None:
    """Refuse changes of what is no list of the resource, or holds what the actor may not see."""
    masks = [hidden_paths(resource, actor.must(resource, one).sees) for one in ("read", "update")]
    faults = []
    for at, one in enumerate(wanted):
        attribute = resource.type.by_json_name().get(one.path)
        hidden = any(mask is not None and mask.step(one.path) is not True for mask in masks)
        if attribute is None or not attribute.is_list or hidden:
            message = f"{resource} has no list {one.path} to change elements of"
            faults.append(Fault(f"elements[{at}].path", "badValue", message))
        elif one.do not in DOINGS:
            message = f"must be one of: {', '.join(DOINGS)}"
            faults.append(Fault(f"elements[{at}].do", "badValue", message))
        elif one.element in (None, {}, "") or (one.do == "replace" and one.value in (None, {}, "")):
            name = "element" if one.element in (None, {}, "") else "value"
            faults.append(Fault(f"elements[{at}].{name}", "missing", "say which element is meant"))
    refuse(faults)


def patch_of(
    work: Work, resource: Resource, wanted: Sequence[ElementChange], document: Mapping[str, Json]
) -> dict[str, Json]:
    """Return the merge patch that the changes are for a record: the lists as they become."""
    lists: dict[str, list[Json]] = {}
    names = Names()
    for one in wanted:
        held = document.get(one.path)
        former = lists.get(one.path, list(held) if isinstance(held, list) else [])
        element = _settled(work, names, resource, one.path, one.element)
        value = _settled(work, names, resource, one.path, one.value)
        lists[one.path] = changed(former, one.do, element, value)
    return {path: found or None for path, found in lists.items()}


def changed(former: Sequence[Json], do: str, element: Json, value: Json) -> list[Json]:
    """Return a list after one change of its elements."""
    if do == "add":
        is_there = any(is_meant(one, element) for one in former)
        return [*former] if is_there else [*former, copied(element)]
    if do == "remove":
        return [one for one in former if not is_meant(one, element)]
    return [_replaced(one, value) if is_meant(one, element) else one for one in former]


def is_meant(one: Json, said: Json) -> bool:
    """Tell whether all that is said of an element is so."""
    if not isinstance(said, dict) or not isinstance(one, dict):
        return same(one, said)
    names = [name for name in said if name not in SAID or "id" not in said]
    return all(name in one and is_meant(one[name], said[name]) for name in names)


def _replaced(one: Json, value: Json) -> Json:
    if not isinstance(one, dict) or not isinstance(value, dict):
        return copied(value)
    is_other = "id" in value and value["id"] != one.get("id")
    kept = {name: old for name, old in one.items() if not (is_other and name in SAID)}
    return copied(kept | value)


def _settled(work: Work, names: Names, resource: Resource, path: str, element: Json) -> Json:
    """Return an element with the ids of the records that it names by key or name."""
    if not isinstance(element, dict):
        return element
    sent: dict[str, Json] = {path: [copied(element)]}
    refuse(settle(work, names, resource, sent, None))
    return sent[path][0]
