"""Asking: what of a kind of record its form asks somebody for, and what may be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trunkline.documents.shape import Json
from trunkline.kernel.masks import Mask, hidden_paths
from trunkline.kernel.resource import Resource
from trunkline.kernel.services import RuntimeAttribute
from trunkline.kernel.work import Work
from trunkline.screens.asked_value import AskedValue
from trunkline.screens.screen import Screen, screen_of
from trunkline.web.governed import NOTHING, Governed, governed

STAMPED = ("last_update", "last_modified")
Steps = tuple[Mask, ...]


@dataclass(frozen=True)
class Asking:
    """What is asked for: of a new record or of one that is changed, by somebody's rights.

    `steps` are the masks of what the visitor does not see, `runtime` the operator's own
    attributes, `asked` the named values that other records define, by the list's path, `governed`
    what registers and definitions say, `offered` (code, name) of what other records offer, by path.
    """

    resource: Resource
    is_new: bool
    steps: Steps = ()
    runtime: Mapping[str, RuntimeAttribute] = field(default_factory=dict)
    asked: Mapping[str, Sequence[AskedValue]] = field(default_factory=dict)
    governed: Governed = NOTHING
    offered: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)

    @property
    def screen(self) -> Screen:
        """The screen of the resource."""
        return screen_of(self.resource)

    @property
    def required(self) -> frozenset[str]:
        """The attributes without which there is no such record."""
        own = self.resource.type.attributes()
        named = (own[name].json_name for name in self.resource.required)
        declared = (one.json_name for one in own.values() if one.required)
        return frozenset({*named, *declared, *self.governed.needed})

    @property
    def names(self) -> frozenset[str]:
        """The attributes of the record itself that are asked for."""
        own = self.resource.type.by_json_name()
        declared = (one for one in own if one not in {"id", "href"} and not self.skips(one))
        return frozenset({*declared, *self.runtime})

    def skips(self, name: str) -> bool:
        """Tell whether an attribute of the record itself is not asked for."""
        attribute = self.resource.type.by_json_name()[name]
        if attribute.name in {*self.resource.server_sets, *STAMPED}:
            return True
        if not self.is_new and attribute.name in self.resource.immutable:
            return True
        if name.startswith("@"):
            return name not in self.required
        lifecycle = self.resource.lifecycle
        if lifecycle is None:
            return False
        if attribute.name == lifecycle.internal:
            return True
        by_hand = lifecycle.by_hand.reason if lifecycle.by_hand else None
        if attribute.name == by_hand:
            return True
        return attribute.name == lifecycle.attribute and not (self.is_new and lifecycle.starts)

    def choices(self, path: str, *held: str) -> list[tuple[str, str]]:
        """Return (code, name) of what may be chosen at a path; nothing where it is typed."""
        return list(self.offered.get(path, ())) or self.governed.choices(path, *held)

    def starts(self, name: str) -> list[str]:
        """Return the states that a new record may begin in, for the attribute that says it."""
        lifecycle = self.resource.lifecycle
        own = self.resource.type.by_json_name()
        if lifecycle is None or name not in own or own[name].name != lifecycle.attribute:
            return []
        states = (lifecycle.initial, *lifecycle.starts)
        return list(dict.fromkeys(lifecycle.published_state(one) for one in states))


def asking_of(work: Work, resource: Resource, document: dict[str, Json], *, is_new: bool) -> Asking:
    """Return what the visitor is asked for; refuses (403) who may not write such records."""
    grant = work.actor.must(resource, "create" if is_new else "update")
    hidden = [hidden_paths(resource, grant.sees)]
    if is_new:
        hidden = [] if grant.is_staffs else hidden
    else:
        hidden.append(hidden_paths(resource, work.actor.must(resource, "read").sees))
    screen = screen_of(resource)
    return Asking(
        resource,
        is_new,
        tuple(one for one in hidden if one is not None),
        work.defined(resource),
        {one.path: found for one in screen.values if (found := one.ask(work, document))},
        governed(work, resource, document),
        {path: [(str(one.value), one.label) for one in offer(work)]
         for path, offer in screen.choices.items()},
    )  # fmt: skip


def inside(steps: Steps, name: str) -> Steps | None:
    """Return the masks of what an attribute holds; None where it is hidden."""
    found = []
    for one in steps:
        step = one.step(name)
        if step is False:
            return None
        if isinstance(step, Mask):
            found.append(step)
    return tuple(found)
