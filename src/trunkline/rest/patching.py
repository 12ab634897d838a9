"""Patching: what a merge patch or a JSON patch makes of a record, and what it may not touch."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.decode import encode, keep_whole, load
from trunkline.documents.errors import Fault, Invalid, Unsupported, refuse
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.patch import json_patch, merge_patch
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.masks import Mask, hidden_paths, mask
from trunkline.kernel.resource import Resource, View
from trunkline.kernel.states import internal_state, publish_state
from trunkline.rest.patch_query import QUERY_TYPE, query_patch
from trunkline.rest.unseen import BLIND, blind, kept_shut, lost

MERGE_TYPES = {"application/json", "application/merge-patch+json"}
PATCH_TYPE = "application/json-patch+json"
PATCH_TYPES = (*sorted(MERGE_TYPES), PATCH_TYPE, QUERY_TYPE)
META_NAMES = ("id", "href", "key")
ASKING = ("test", "copy", "move")  # fail, or not, by what is there


def patched(
    resource: Resource, view: View | None, before: dict[str, Json], patch: Json, kind: str
) -> dict[str, Json]:
    """Return the record as the patch leaves it; `before` stays as it is."""
    stored = load(encode(before))
    shown = view.outward(resource.name, stored) if view else stored
    if kind == PATCH_TYPE:
        after = json_patch(shown, patch)
    elif kind == QUERY_TYPE:
        after = query_patch(shown, patch)
    elif not isinstance(patch, dict):
        raise Invalid("badType", "a merge patch must be an object")
    else:
        after = merge_patch(shown, {k: v for k, v in patch.items() if k not in META_NAMES})
    if not isinstance(after, dict):
        raise Invalid("badPatch", "the patch leaves no object")
    after = view.inward(resource.name, after) if view else after
    for name in META_NAMES:
        after.pop(name, None)
    keep_whole(resource.type, after)
    for path in resource.guarded:
        _keep(before, after, path.split("."))
    _take_state(resource, before, after)
    return after


def _keep(before: Json, after: Json, path: list[str]) -> None:
    """Put back what a client may not change where it left it out of an element that stays."""
    if isinstance(before, list) and isinstance(after, list):
        former = {str(one["id"]): one for one in before if isinstance(one, dict) and "id" in one}
        for one in after:
            if isinstance(one, dict) and "id" in one:
                _keep(former.get(str(one["id"])), one, path)
    elif isinstance(before, dict) and isinstance(after, dict) and path[0] in before:
        if len(path) > 1:
            _keep(before[path[0]], after.get(path[0]), path[1:])
        else:
            after.setdefault(path[0], before[path[0]])


def _take_state(resource: Resource, before: dict[str, Json], after: dict[str, Json]) -> None:
    """Read a published state that the patch asks for as the internal one that it means."""
    lifecycle = resource.lifecycle
    if lifecycle is None:
        return
    if lifecycle.internal is None:
        _must_be_askable(resource, lifecycle, before, after)
        return
    own = resource.type.attributes()
    published, internal = own[lifecycle.attribute].json_name, own[lifecycle.internal].json_name
    if internal in after and after[internal] != before.get(internal):
        raise Invalid.of([Fault(internal, "notWritable", f"cannot be changed; patch {published}")])
    asked = after.get(published)
    if asked == before.get(published):
        return
    follow = lifecycle.moves.get(str(before.get(internal)), ())
    meant = lifecycle.accepts.get(str(asked))
    if meant not in follow:
        names = [name for name, state in lifecycle.accepts.items() if state in follow]
        message = (
            f"cannot go from {before.get(published)} to {asked}; allowed from "
            f"here: {', '.join(names) or 'none: the state is final'}"
        )
        refuse([Fault(published, "lifecycleMove", message)])
    after[internal] = meant
    publish_state(resource, after)


def _must_be_askable(
    resource: Resource, lifecycle: Lifecycle, before: dict[str, Json], after: dict[str, Json]
) -> None:
    name = resource.type.attributes()[lifecycle.attribute].json_name
    asked = after.get(name)
    if lifecycle.on_request is None or asked == before.get(name) or asked in lifecycle.on_request:
        return
    follow = lifecycle.moves.get(str(before.get(name)), ())
    allowed = [state for state in follow if state in lifecycle.on_request]
    message = (
        f"{asked} is not for clients to set; what is done about the record brings it there; "
        f"to be set from here: {', '.join(allowed) or 'none'}"
    )
    refuse([Fault(name, "lifecycleMove", message)])


def unexplained(
    actor: Actor, resource: Resource, before: dict[str, Json], after: dict[str, Json]
) -> list[Fault]:
    """Return the fault of a state that is changed by hand without a new reason.

    Refuses (403) who may not change one by hand.
    """
    by_hand = resource.lifecycle.by_hand if resource.lifecycle is not None else None
    if by_hand is None or internal_state(resource, before) == internal_state(resource, after):
        return []
    actor.must_have(by_hand.permission)
    name = resource.type.attributes()[by_hand.reason].json_name
    reason = after.get(name)
    if not isinstance(reason, str) or not reason.strip() or reason == before.get(name):
        return [Fault(name, "reasonMissing", "say why the state is changed by hand this time")]
    return []


def put_back(name: str, before: dict[str, Json], after: dict[str, Json]) -> None:
    """Let an attribute be what it was before it was changed."""
    after.pop(name, None)
    if name in before:
        after[name] = before[name]


def patch_faults(
    resource: Resource, before: dict[str, Json], after: dict[str, Json]
) -> list[Fault]:
    """Return a fault for each attribute that a client may not change and the patch changes."""
    own = resource.type.attributes()
    lifecycle = resource.lifecycle
    protected = [*resource.server_sets, *resource.immutable]
    if lifecycle is not None and lifecycle.internal in protected:
        protected.remove(lifecycle.internal)
    inside = [
        Fault(path, "notWritable", "is set by the server; leave it as it is")
        for path in resource.guarded
        if _sets_anew(before, after, path.split("."))
    ]
    return inside + [
        Fault(own[name].json_name, "notWritable", "cannot be changed; leave it out")
        for name in protected
        if before.get(own[name].json_name) != after.get(own[name].json_name)
    ]


def hidden_faults(
    resource: Resource, view: View | None, before: dict[str, Json], patch: Json, kind: str,
    hidden: Mask,
) -> list[Fault]:  # fmt: skip
    """Return a fault for what a patch sets, replaces or copies unseen, whatever is there or not."""
    seen = blind(before, hidden)
    for name in {*hidden.steps, *_first_names(patch)}:
        step = hidden.step(name)
        is_hidden = not step if isinstance(step, bool) else not step.itself
        if is_hidden and not mask({name: before.get(name, BLIND)}, hidden):
            seen[name] = BLIND
    after = kept_shut(hidden, seen, patched(resource, view, seen, patch, kind))
    paths: list[str] = []
    for one in (*lost(hidden, seen, after), *lost(hidden, after, seen)):
        if not any(f"{one}.".startswith(f"{path}.") for path in paths):
            paths.append(one)
    if encode(BLIND)[1:-1] in encode(mask(after, hidden)):
        paths.append("")
    message = "is hidden from you and may not be set, replaced or copied"
    return [Fault(path, "hiddenValue", message) for path in paths]


def said_outside(
    resource: Resource, actor: Actor, sent: dict[str, Json]
) -> tuple[dict[str, Json], list[Fault]]:
    """Return a new record as sent, where what a narrow writer says is not the staff's own.

    And a fault for each value in it that such a writer would not see.
    """
    grant = actor.grant(resource, "create")
    hidden = None if grant is None or grant.is_staffs else hidden_paths(resource, grant.sees)
    if hidden is None:
        return sent, []
    said: dict[str, Json] = kept_shut(hidden, None, sent)
    message = "is not for you to set; leave it out"
    wrong = [Fault(path, "hiddenValue", message) for path in lost(hidden, said, {})]
    return (mask(said, hidden) if wrong else said), wrong


def _first_names(patch: Json) -> Iterator[str]:
    """Yield the names at which a patch of either kind enters a record."""
    if isinstance(patch, dict):
        yield from patch
    for one in patch if isinstance(patch, list) else ():
        held = one if isinstance(one, dict) else {}
        for pointer in (held.get("path"), held.get("from")):
            name = str(pointer).lstrip("/").partition("/")[0]
            yield name.replace("~1", "/").replace("~0", "~")


def _sets_anew(before: dict[str, Json], after: dict[str, Json], path: list[str]) -> bool:
    """Return whether a patch writes something else at a path than what stands there.

    The same value may be written with its names in another order, or 49.0 as 49.
    """
    stood: dict[str, list[Json]] = {}
    for where, value in _guarded(before, path):
        stood.setdefault(where, []).append(value)
    return any(value not in stood.get(where, ()) for where, value in _guarded(after, path))


def _guarded(value: Json, path: list[str], where: str = "") -> Iterator[tuple[str, Json]]:
    """Yield what stands at a path, with the ids of the elements on the way; order is no matter."""
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, dict):
            continue
        here = f"{where}/{one.get('id')}" if where or "id" in one else "/"
        if len(path) > 1:
            yield from _guarded(one.get(path[0]), path[1:], here)
        elif path[0] in one:
            yield here, one[path[0]]


def refuse_positions(patch: Json, kind: str, hidden: Mask) -> None:
    """Refuse positions in lists of which the writer does not see every element.

    What such a writer counts is not what is stored; a merge patch says what is meant. Nor may one
    pick elements by what they hold, nor ask whether something is there, whatever is stored.
    """
    if kind == QUERY_TYPE:
        raise Unsupported("queryHidden", "values are hidden from you; send a merge patch")
    if kind != PATCH_TYPE or not isinstance(patch, list):
        return
    for operation in patch:
        held = operation if isinstance(operation, dict) else {}
        pointers = [str(held[name]) for name in ("path", "from") if held.get(name) is not None]
        asks = held.get("op") in ASKING
        if any(
            _counts_unseen(one, hidden)
            or _ends_unseen(one, hidden, may_add=held.get("op") == "add")
            or (asks and _leads_unseen(one, hidden))
            for one in pointers
        ):
            raise Invalid(
                "positionHidden",
                "values are hidden from you, so positions in lists may differ; send a merge patch",
            )


def _counts_unseen(pointer: str, hidden: Mask) -> bool:
    """Return whether a pointer has a position in a list of which something may be hidden."""
    return any(part.isdigit() and step is not True for part, step in _walk(pointer, hidden))


def _ends_unseen(pointer: str, hidden: Mask, *, may_add: bool) -> bool:
    """Return whether a pointer asks for the end of such a list, where nothing is but to be added.

    It would be refused in other words where there is no list at all.
    """
    *parts, _ = _walk(pointer, hidden)
    ends = [place for place, (part, step) in enumerate(parts) if part == "-" and step is not True]
    return bool(ends) and not (may_add and ends == [len(parts) - 1])


def _leads_unseen(pointer: str, hidden: Mask) -> bool:
    """Return whether what a pointer leads to is hidden, or something in it may be."""
    *_, (_, step) = _walk(pointer, hidden)
    return step is not True


def _walk(pointer: str, hidden: Mask) -> Iterator[tuple[str, bool | Mask]]:
    """Yield each part of a pointer with what is hidden around it, and last of what it leads to."""
    step: bool | Mask = hidden
    for part in pointer.lstrip("/").split("/") if pointer else ():
        yield part, step
        if isinstance(step, Mask) and part != "-":  # the end of a list is in the list
            step = step.step(part.replace("~1", "/").replace("~0", "~"))
    yield "", step
