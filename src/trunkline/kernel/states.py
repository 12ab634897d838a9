"""States: what the kernel itself sets in a document, and which changes of state it admits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache

from trunkline.documents.errors import Fault
from trunkline.documents.paths import value_at
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Resource

LABEL_MAX = 200
QUIET = "quiet"


def prepare(resource: Resource, raw: dict[str, Json], now: datetime) -> None:
    """Give a new document its defaults and its first state."""
    own = resource.type.attributes()
    for name, make in resource.defaults.items():
        if raw.get(own[name].json_name) is None:
            raw[own[name].json_name] = make(now)
    lifecycle = resource.lifecycle
    if lifecycle is None:
        return
    internal = own[lifecycle.internal or lifecycle.attribute].json_name
    if raw.get(internal) is None:
        asked = raw.get(own[lifecycle.attribute].json_name)
        raw[internal] = lifecycle.accepts.get(str(asked), lifecycle.initial)
    publish_state(resource, raw)


def publish_state(resource: Resource, raw: dict[str, Json]) -> None:
    """Set the published state that belongs to the internal one."""
    lifecycle = resource.lifecycle
    if lifecycle is None or lifecycle.internal is None:
        return
    own = resource.type.attributes()
    state = raw.get(own[lifecycle.internal].json_name)
    if isinstance(state, str):
        raw[own[lifecycle.attribute].json_name] = lifecycle.published_state(state)


def stamp(resource: Resource, raw: dict[str, Json], now: datetime) -> None:
    """Set the time of the last change where the resource publishes one."""
    for name in ("last_update", "last_modified"):
        attribute = resource.type.attributes().get(name)
        if attribute is not None and attribute.scalar == "instant":
            raw[attribute.json_name] = attribute.write(now)


def internal_state(resource: Resource, raw: dict[str, Json]) -> str | None:
    """Return the internal state of a document, where its resource has a lifecycle."""
    names = state_names(resource)
    state = raw.get(names[-1]) if names else None
    return state if isinstance(state, str) else None


def event_kind(
    resource: Resource, before: dict[str, Json] | None, after: dict[str, Json] | None
) -> str:
    """Return which event a write makes; `after` is None for a removal.

    A draft is `quiet`: nothing follows from it and nobody outside hears of it before it is handed
    in, which is when it counts as created.
    """
    drafts = resource.lifecycle.drafts if resource.lifecycle is not None else frozenset()
    old = internal_state(resource, before) if before is not None else None
    new = internal_state(resource, after) if after is not None else None
    is_new = before is None or old in drafts
    if is_new and drafts and (after is None or new in drafts or _is_given_up(resource, old, new)):
        return QUIET
    if after is None:
        return "deleted"
    if is_new:
        return "created"
    return "changed" if old == new else "state_changed"


def _is_given_up(resource: Resource, old: str | None, new: str | None) -> bool:
    lifecycle = resource.lifecycle
    return lifecycle is not None and old in lifecycle.drafts and new in lifecycle.final


def label_of(resource: Resource, raw: dict[str, Json]) -> str | None:
    """Return what a record is called, from the declared attributes."""
    parts = [value_at(raw, path) for path in resource.label]
    text = " ".join(str(one) for one in parts if one not in (None, ""))
    return text[:LABEL_MAX] or None


@cache
def state_names(resource: Resource) -> list[str]:
    """Return the attributes that say a record's state."""
    names, own = resource.lifecycle.names if resource.lifecycle else (), resource.type.attributes()
    return [own[one].json_name for one in names]


def start_faults(resource: Resource, raw: dict[str, Json]) -> Iterator[Fault]:
    """Yield the fault of a new record in a state that none begins in."""
    lifecycle, state = resource.lifecycle, internal_state(resource, raw)
    if lifecycle is not None and state is not None and not lifecycle.may_start(state):
        allowed = ", ".join([lifecycle.initial, *lifecycle.starts])
        name = state_names(resource)[0]
        yield Fault(name, "lifecycleStart", f"a new record starts as {allowed}, not {state}")


def move_faults(
    resource: Resource, before: dict[str, Json], after: dict[str, Json]
) -> Iterator[Fault]:
    """Yield the fault of a change of state that the lifecycle does not allow."""
    lifecycle = resource.lifecycle
    if lifecycle is None:
        return
    old, new = internal_state(resource, before), internal_state(resource, after)
    name = state_names(resource)[0]
    if new is None or not lifecycle.knows(new):
        yield Fault(name, "lifecycleUnknown", f"must be one of: {', '.join(lifecycle.moves)}")
    elif not (old is None or lifecycle.is_open or lifecycle.allows(old, new)):
        allowed = ", ".join(lifecycle.moves.get(str(old), ())) or "none: the state is final"
        yield Fault(
            name, "lifecycleMove", f"cannot go from {old} to {new}; allowed from here: {allowed}"
        )
