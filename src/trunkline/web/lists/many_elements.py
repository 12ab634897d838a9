"""Elements of many records: added to a list, taken away or changed, asked for by their inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from trunkline.documents.shape import Json
from trunkline.web.editing.arranging import optional
from trunkline.web.editing.asking import Asking, inside
from trunkline.web.editing.nodes import Group, Input, LookUp, Node, Part, Repeat
from trunkline.web.editing.reading import Draft, pruned
from trunkline.workspace.elements import DOINGS, ElementChange

TITLES = {"add": "Add", "remove": "Take away", "replace": "Change"}
ROLES: Mapping[str, Sequence[str]] = {
    "add": ("To add",),
    "remove": ("Those of which all of this is so",),
    "replace": ("Those of which all of this is so", "Become"),
}
"""What the inputs of an element say, by what is done; replacing takes two elements."""


@dataclass(frozen=True)
class Asked:
    """What is to be done with elements of a list: `path` and what, from `path:add`."""

    path: str
    do: str

    @property
    def field(self) -> str:
        """How a form names it."""
        return f"{self.path}:{self.do}"

    @property
    def roles(self) -> Sequence[str]:
        """What each of its elements is for."""
        return ROLES[self.do]

    def marks(self) -> dict[str, list[str]]:
        """Return the fields of a form that say that its elements are there."""
        places = {f"n:{self.path}[{at}]": [""] for at in range(len(self.roles))}
        return {f"l:{self.path}": ["1"], **places}

    def change(self, draft: Draft) -> ElementChange:
        """Return the change as it was typed."""
        held = draft.document.get(self.path)
        typed = [pruned(Draft(one)) for one in held if isinstance(one, dict)] if held else []
        found = [*typed, {}, {}][: len(self.roles)]
        value: Json = found[1] if len(found) > 1 else None
        return ElementChange(self.path, self.do, found[0], value)

    def parts(self, parts: Sequence[Part]) -> list[Part]:
        """Return the inputs of each of its elements, from those of the whole list."""
        repeats = [one for part in parts for one in part.nodes if isinstance(one, Repeat)]
        items = [item for one in repeats for item in one.items]
        return [
            Part(role, _plain(optional([*item.nodes, *item.more])))
            for role, item in zip(self.roles, items, strict=False)
        ]


def asked_of(fields: Sequence[str], offered: Sequence[str]) -> list[Asked]:
    """Return what a form asks to do with elements; each list once."""
    found: dict[str, Asked] = {}
    for one in fields:
        path, _, do = one.partition(":")
        if path in offered and do in DOINGS:
            found.setdefault(path, Asked(path, do))
    return list(found.values())


def lists_of(asking: Asking) -> list[str]:
    """Return the lists of objects whose elements can be changed in many records at once."""
    found = []
    for name, attribute in asking.resource.type.by_json_name().items():
        if attribute.shape is None or not attribute.is_list or asking.skips(name):
            continue
        if inside(asking.steps, name) == () and name not in asking.resource.guarded:
            found.append(name)
    return found


def _plain(nodes: Sequence[Node]) -> list[Node]:
    """Return the inputs that stand alone: what would have to be opened first is left out."""
    found: list[Node] = []
    for one in nodes:
        if isinstance(one, (Input, LookUp)):
            found.append(one)
        elif isinstance(one, Group) and one.present:
            inner, more = _plain(optional(one.nodes)), _plain(optional(one.more))
            found.append(replace(one, nodes=inner, more=more, removable=False))
    return found
