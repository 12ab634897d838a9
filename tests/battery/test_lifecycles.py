"""What holds for every declared lifecycle: any walk through it is legal, whatever is wished for."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import overrides, overrides_above  # noqa: F401 - bodies that keep the rules
from tests.support.program import Client, Site
from tests.support.samples import address, create
from trunkline.documents.errors import Conflict
from trunkline.documents.lifecycle import Lifecycle
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, registry
from trunkline.kernel.states import move_faults, start_faults, state_names
from trunkline.rest.patching import patched

load_modules()
KINDS = sorted((one for one in registry if one.lifecycle is not None), key=lambda one: one.name)
PATCHED = [
    one for one in KINDS
    if one.published and {"create", "patch"} <= set(one.operations)
    and not {one.lifecycle.attribute, one.lifecycle.internal} & {*one.server_sets}
]  # fmt: skip
"""Those whose state is asked for by a patch; that of the others is the program's own to set."""
RULE = "/api/governance/v1/statusRule"
MERGE = "application/merge-patch+json"
STEPS = 4


def lifecycle_of(kind: Resource) -> Lifecycle:
    assert kind.lifecycle is not None
    return kind.lifecycle


def asked_for(kind: Resource) -> list[str]:
    """The states that somebody outside may name, by their published names."""
    lifecycle = lifecycle_of(kind)
    return [*lifecycle.published_states] if not lifecycle.accepts else [
        *dict.fromkeys([*lifecycle.published_states, *lifecycle.accepts])
    ]  # fmt: skip


def meant(lifecycle: Lifecycle, asked: str) -> str:
    """The declared state that a published name stands for in a request."""
    return lifecycle.accepts.get(asked, "") if lifecycle.internal is not None else asked


@given(data=st.data())
@settings(max_examples=400, deadline=None)
def test_no_walk_leaves_the_declaration(data: st.DataObject) -> None:
    """Whatever is wished for in whatever sequence, from any start: a step is taken if, and only
    if, the declaration has it, what is refused names the states that it has, and the published
    state is always that of the internal one."""
    kind = data.draw(st.sampled_from(KINDS))
    lifecycle, names = lifecycle_of(kind), state_names(kind)
    states = st.sampled_from([*lifecycle.moves, "noSuchState"])

    def record(state: str) -> dict[str, Any]:
        return {names[0]: lifecycle.published_state(state), names[-1]: state}

    state = data.draw(states)
    may_start = state == lifecycle.initial or state in lifecycle.starts
    assert (not list(start_faults(kind, record(state)))) == may_start
    state = state if state in lifecycle.moves else lifecycle.initial
    for _ in range(data.draw(st.integers(1, 12))):
        follow = lifecycle.moves[state]
        wish = data.draw(st.sampled_from(follow) | states if follow else states)
        told = list(move_faults(kind, record(state), record(wish)))
        # Of open ones the operator's own rules say which other states and moves there are.
        if lifecycle.is_open or wish in (*follow, state):
            assert not told
        else:
            (fault,) = told
            assert fault.code == (
                "lifecycleMove" if wish in lifecycle.moves else "lifecycleUnknown"
            )
            assert wish not in lifecycle.moves or all(one in fault.message for one in follow)
        if wish in follow:
            state = wish
        if lifecycle.internal is not None:
            state = _asked_outside(kind, lifecycle, record(state), data)


def _asked_outside(
    kind: Resource, lifecycle: Lifecycle, before: dict[str, Any], data: st.DataObject
) -> str:
    """Ask by a patch for a published state; return the internal state that came of it."""
    name, internal = state_names(kind)
    asked = data.draw(st.sampled_from(asked_for(kind)))
    state = str(before[internal])
    is_legal = meant(lifecycle, asked) in lifecycle.moves[state]
    if not is_legal and asked != before[name]:
        with pytest.raises(Conflict) as refused:
            patched(kind, None, before, {name: asked}, MERGE)
        assert refused.value.code == "lifecycleMove"
        return state
    after = patched(kind, None, before, {name: asked}, MERGE)
    assert after[name] == lifecycle.published_state(after[internal])
    return str(after[internal])


@pytest.mark.parametrize("kind", PATCHED, ids=lambda one: one.name)
def test_every_step_of_a_walk_is_taken_or_refused_with_its_reason(
    kind: Resource, site: Site
) -> None:
    """By the interface a legal step is taken, or refused by a rule that says why; an illegal one is
    a conflict that names the states that may follow. A step that the operator's rule forbids is
    refused in the rule's words, whatever the declaration has."""
    chance, admin = Random(kind.name), site.admin
    path = f"{address(kind)}/{create(kind, admin)['id']}"
    walk = Walk(kind, admin, path)
    for _ in range(STEPS):
        walk.ask(chance.choice([*asked_for(kind), *walk.legal, *walk.legal]))
    for forbidden in [chance.choice(walk.legal)] if walk.legal else ():
        target = meant(lifecycle_of(kind), forbidden)
        body = {"appliesTo": kind.name, "effect": "forbid", "toStatus": target,
                "message": f"nothing becomes {target} here"}  # fmt: skip
        rule = admin.post(RULE, body)
        assert rule.status_code == 201, rule.json
        walk.forbidden.add(forbidden)
        for asked in (forbidden, *walk.legal[:1]):
            walk.ask(asked)
        assert admin.delete(f"{RULE}/{rule.json['id']}").status_code == 204


class Walk:
    """A record on its way: what is asked of it, and what must come of that."""

    def __init__(self, kind: Resource, client: Client, path: str) -> None:
        self.kind, self.lifecycle = kind, lifecycle_of(kind)
        self.names = state_names(kind)
        self.client, self.path = client, path
        self.forbidden: set[str] = set()
        self._read()

    def _read(self) -> None:
        answer = self.client.get(self.path)
        self.tag, self.document = answer.headers["ETag"], answer.json
        self.published = str(self.document[self.names[0]])
        self.state = str(self.document.get(self.names[-1], self.published))
        follow = self.lifecycle.moves[self.state]
        names = self.lifecycle.accepts or self.lifecycle.moves
        on_request = self.lifecycle.on_request
        self.legal = [
            one for one in names
            if meant(self.lifecycle, one) in follow and (on_request is None or one in on_request)
        ]  # fmt: skip

    def ask(self, asked: str) -> None:
        """Ask for a state and hold what comes of it against the declaration."""
        body: dict[str, Any] = {self.names[0]: asked}
        by_hand = self.lifecycle.by_hand
        if by_hand is not None:
            reason = self.kind.type.attributes()[by_hand.reason].json_name
            body[reason] = f"from {self.state} to {asked} at {self.tag}"
        headers = {"If-Match": self.tag}
        answer = self.client.patch(self.path, body, headers=headers)
        where = (self.path, self.state, asked, answer.json)
        faults = answer.json.get("fault") or [answer.json] if answer.status_code != 200 else []
        codes = {one["code"] for one in faults}
        before, legal = self.published, self.legal
        if asked == before:
            assert "lifecycleMove" not in codes, where
        elif asked not in legal:
            assert (answer.status_code, "lifecycleMove" in codes) == (409, True), where
            told = " ".join(one["message"] for one in faults)
            assert all(one in told for one in legal), where
        elif answer.status_code == 200:
            assert asked not in self.forbidden, where
        else:
            assert all(one["message"] for one in faults), where
            assert codes != {"lifecycleMove"}, where
        if asked in self.forbidden and asked != before:
            said = [one for one in faults if one["code"] == "lifecycleForbidden"]
            assert said or asked not in legal, where
        self._read()
        assert answer.status_code == 200 or self.published == before, where
        assert answer.status_code != 200 or asked in (before, self.published), where
