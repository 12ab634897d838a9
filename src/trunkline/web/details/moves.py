"""Moves: what can be done to a record beside changing its values: its states and its actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from trunkline.documents.errors import Invalid
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import Json
from trunkline.governance.status_moves import move_reasons, moves_from
from trunkline.governance.status_rules import InForce
from trunkline.kernel.actor import Actor
from trunkline.kernel.resource import Document, Resource, registry
from trunkline.kernel.row import kind_view
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work
from trunkline.screens.screen import Action, screen_of
from trunkline.web.editing.problems import Problem, problems_of
from trunkline.web.governed import NOTHING, Governed
from trunkline.web.records import Record
from trunkline.web.wording import tone

FIRST = "do"
"""The action of the keys by which that is done which is first done about a record."""


@dataclass(frozen=True)
class Move:
    """One thing to do: a page to go to, or a state to ask for. `reason` is where it says why.

    `makes` is the kind of record that is made on the page.
    `blocked` is what stands against the state now, as far as that was asked.
    """

    name: str
    title: str
    state: str = ""
    address: str = ""
    hotkey: str = ""
    danger: bool = False
    reason: str = ""
    reason_needed: bool = False
    tone: str = ""
    makes: str = ""
    blocked: tuple[Problem, ...] = ()


def moves_of(
    actor: Actor, record: Record, applied: Sequence[InForce] = (), known: Governed = NOTHING
) -> tuple[list[Move], list[Move]]:
    """Return the declared actions that may be taken now, and the other states to go to.

    `applied` are the operator's rules of the kind of record, which may add moves; `known` says
    what the operator calls its states.
    """
    resource = record.resource
    states = reachable(actor, resource, record.document, applied)
    declared: list[Move] = []
    for action in screen_of(resource).actions:
        if action.address and _may_go(actor, record, action):
            address = _address(record, action)
            move = Move(action.name, action.title, "", address, action.hotkey, makes=action.makes)
            declared.append(move)
        elif action.state in states:
            declared.append(_move(resource, action))
    told, path = {one.state for one in declared}, state_path(resource)
    others = [
        _move(resource, Action(one, known.named(path, one), one, explain=True))
        for one in states
        if one not in told
    ]
    return declared, others


def first_page(actor: Actor, record: Record) -> Move | None:
    """Return what is first done about a record, where that has a page and may be done now."""
    for action in screen_of(record.resource).actions:
        if action.hotkey == FIRST and action.address and _may_go(actor, record, action):
            return Move(action.name, action.title, "", _address(record, action), FIRST)
    return None


def _address(record: Record, action: Action) -> str:
    key = quote(record.key, safe="")
    return action.address.replace("{key}", key).replace("{id}", record.id)


def _may_go(actor: Actor, record: Record, action: Action) -> bool:
    """Tell whether somebody may do now what stands on the page that an action leads to."""
    resource, lifecycle = record.resource, record.resource.lifecycle
    if action.permission and actor.may(action.permission) is None:
        return False
    if action.within and lifecycle is not None:
        name = resource.type.attributes()[lifecycle.attribute].json_name
        if record.document.get(name) not in action.within:
            return False
    made = registry.resources.get(action.makes)
    if action.makes and (made is None or actor.grant(made, "create") is None):
        return False
    return actor.grant(resource, action.verb) is not None


def judged(
    work: Work, document: Document, applied: Sequence[InForce], moves: Sequence[Move]
) -> list[Move]:
    """Return moves of a record with what the operator's rules have against each.

    A missing reason is none of it where the move itself asks for one.
    """
    found = []
    for one in moves:
        if one.state:
            asked = dict(document.raw) | state_patch(document.resource, one.state, "")
            after = kind_view(document, asked)
            reasons = list(move_reasons(work, after, document.raw, applied))
            left = [each for each in reasons if not one.reason or each.path != one.reason]
            blocked = problems_of(Invalid.of(left), document.raw, {}) if left else ()
            needed = one.reason_needed or len(left) < len(reasons)
            one = replace(one, blocked=tuple(blocked), reason_needed=needed)
        found.append(one)
    return found


def _move(resource: Resource, action: Action) -> Move:
    lifecycle = resource.lifecycle
    by_hand = lifecycle.by_hand if lifecycle else None
    reason = reason_of(resource) if action.explain or by_hand else ""
    return Move(
        action.name, action.title, action.state, "", action.hotkey, action.danger, reason,
        reason_needed=by_hand is not None or (action.explain and action.danger and bool(reason)),
        tone=tone(action.state),
    )  # fmt: skip


def asked_lifecycle(actor: Actor, resource: Resource) -> Lifecycle | None:
    """Return the lifecycle of a resource where somebody may ask for its states."""
    lifecycle = resource.lifecycle
    if lifecycle is None or "patch" not in resource.operations:
        return None
    if actor.grant(resource, "update") is None:
        return None
    if lifecycle.by_hand is not None and actor.may(lifecycle.by_hand.permission) is None:
        return None
    is_servers = lifecycle.internal is None and lifecycle.attribute in resource.server_sets
    return None if is_servers else lifecycle


def reachable(
    actor: Actor, resource: Resource, document: dict[str, Json], applied: Sequence[InForce] = ()
) -> list[str]:
    """Return the published states that somebody may ask for in the state that a record is in."""
    lifecycle = asked_lifecycle(actor, resource)
    if lifecycle is None:
        return []
    follow = moves_from(lifecycle, applied, str(internal_state(resource, document)))
    if lifecycle.internal is not None:
        return [name for name, state in lifecycle.accepts.items() if state in follow]
    return [one for one in follow if lifecycle.on_request is None or one in lifecycle.on_request]


def reason_of(resource: Resource) -> str:
    """Return the attribute that says why a record is in its state, where there is one."""
    lifecycle = resource.lifecycle
    if lifecycle is None:
        return ""
    own = resource.type.attributes()
    if lifecycle.by_hand is not None:
        return own[lifecycle.by_hand.reason].json_name
    asked = lifecycle.attribute
    for name in (f"{asked}_reason", f"{asked}_change_reason", "state_reason", "status_reason"):
        if name in own and name not in resource.server_sets:
            return own[name].json_name
    return ""


def state_path(resource: Resource) -> str:
    """Return the attribute that says in which state a record is; empty where none does."""
    lifecycle = resource.lifecycle
    return "" if lifecycle is None else resource.type.attributes()[lifecycle.attribute].json_name


def state_patch(resource: Resource, state: str, reason: str) -> dict[str, Json]:
    """Return the patch that asks for a state, as a client of the interface would send it."""
    lifecycle = resource.lifecycle
    if lifecycle is None:
        return {}
    patch: dict[str, Json] = {resource.type.attributes()[lifecycle.attribute].json_name: state}
    where = reason_of(resource)
    if where and reason:
        patch[where] = reason
    return patch
