"""Tokens and sessions: who they stand for, how long, and that lost rights are gone at once."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.identity.people import PASSWORD, SETUP, Clock, actor, new_role, new_user
from tests.identity.processes import Process, access, new_client, personal, session
from trunkline.documents.errors import Conflict, Forbidden, Invalid, NotFound, Unknown
from trunkline.identity.accounts import disable, enable
from trunkline.identity.authenticate import Authenticator
from trunkline.identity.clients import (
    drop_former_secrets,
    issue_access_token,
    revoke_client,
    rotate_secret,
)
from trunkline.identity.personal_tokens import (
    create_personal_token,
    personal_tokens_of,
    revoke_personal_token,
)
from trunkline.identity.roles import assign_role, define_role, withdraw_role
from trunkline.identity.tokens import ACCESS, PERSONAL, is_well_formed, new_token
from trunkline.kernel.actor import Grant
from trunkline.kernel.services import Services


def test_tokens_are_recognised_without_a_look_up() -> None:
    token = new_token(os.urandom, PERSONAL)
    assert token.startswith("tl_pat_")
    assert is_well_formed(token, ACCESS, PERSONAL)
    assert not is_well_formed(token, ACCESS)
    assert not is_well_formed(token + "x", PERSONAL)
    wrong = token[:20] + ("A" if token[20] != "A" else "B") + token[21:]
    assert not is_well_formed(wrong, PERSONAL)
    assert not is_well_formed("tl_pat_" + "\u0664" * 49, PERSONAL)
    assert len(new_token(bytes, ACCESS)) == len(ACCESS) + 49


def test_an_access_token_is_the_client_within_its_scopes(
    services: Services, process: Process
) -> None:
    client = new_client(services, "*:read", "Letter:create")
    known = process.ask(access(services, client, "*:read"))
    assert (known.actor.id, known.actor.kind, known.actor.channel) == (client.id, "client", "api")
    assert known.actor.scopes == frozenset({"*:read"})
    assert set(known.actor.grants) == {"*:read", "Letter:create"}
    everything = process.ask(access(services, client))
    assert everything.actor.scopes == frozenset({"*:read", "Letter:create"})


def test_a_client_gets_no_scope_beyond_its_rights(services: Services) -> None:
    client = new_client(services, "Letter:read")
    for wrong in ("*:read", "*:*", "Letter:update", "Letter:read x", ""):
        with pytest.raises(Invalid):
            access(services, client, "Letter:read", wrong)
    with pytest.raises(Invalid):
        access(services, new_client(services))


def test_a_cached_token_costs_no_sql(services: Services, process: Process) -> None:
    token = access(services, new_client(services, "*:read"))
    process.ask(token)
    with process.statements(0):
        for _ in range(5):
            process.ask(token)


def test_made_up_tokens_are_unknown(services: Services, process: Process) -> None:
    with process.statements(0):
        for made_up in ("", "x", "Bearer", "tl_at_" + "0" * 49, "tl_at_\0", "\ud800"):
            with pytest.raises(Unknown):
                process.ask(made_up)
    with pytest.raises(Unknown):
        process.ask(new_token(os.urandom, ACCESS))
    client = new_client(services, "*:read")
    for secret in (new_token(os.urandom, "tl_cs_"), "", client.secret + "x", client.secret[:-1]):
        with pytest.raises(Unknown):
            issue_access_token(services, client_id=client.client_id, secret=secret)
    for client_id in ("another", "", "\0", new_client(services, "*:read").client_id):
        with pytest.raises(Unknown):
            issue_access_token(services, client_id=client_id, secret=client.secret)


def test_an_access_token_ends_after_ten_minutes(
    services: Services, process: Process, clock: Clock
) -> None:
    token = access(services, new_client(services, "*:read"))
    clock.move(minutes=9, seconds=59)
    process.ask(token)
    clock.move(seconds=1)
    with pytest.raises(Unknown):
        process.ask(token)


Change = Callable[[Services, str, str], object]


def withdraw(services: Services, ident: str, role: str) -> object:
    return withdraw_role(services, by=SETUP, principal=ident, role=role)


def redefine(services: Services, ident: str, role: str) -> object:
    return define_role(services, by=SETUP, name=role, title=role, permissions={})


@pytest.mark.parametrize("change", [withdraw, redefine])
def test_lost_rights_are_gone_at_the_next_request(
    services: Services, process: Process, change: Change
) -> None:
    role = new_role(services, {"*:read": Grant()})
    login = f"ada of {role}".replace(" ", "-")
    ident = new_user(services, login, [role], PASSWORD)
    tokens = [session(services, login), personal(services, ident, "*:read")]
    assert all("*:read" in process.ask(one).actor.grants for one in tokens)
    change(services, ident, role)
    assert not any(process.ask(one).actor.grants for one in tokens)
    redefine(services, ident, role)
    assign_role(services, by=SETUP, principal=ident, role="auditor")
    assert all("*:read" in process.ask(one).actor.grants for one in tokens)


def test_a_role_ends_by_itself(services: Services, process: Process, clock: Clock) -> None:
    """At its end it gives nothing, in every process and in spite of caches; others go on."""
    role = new_role(services, {"*:read": Grant()})
    ident = new_user(services, "locum", ["auditor"], PASSWORD)
    end = clock.now + timedelta(minutes=5)
    assert assign_role(services, by=SETUP, principal=ident, role=role, ends_at=end)
    assert not assign_role(services, by=SETUP, principal=ident, role=role, ends_at=end)
    token = session(services, "locum")
    sees = process.ask(token).actor.grants["*:read"].sees
    assert "personal" in sees
    clock.move(minutes=4, seconds=59)
    with process.statements(1):  # the use of the session is noted
        assert process.ask(token).actor.grants["*:read"].sees == sees
    clock.move(seconds=1)
    assert "personal" not in process.ask(token).actor.grants["*:read"].sees
    assert assign_role(services, by=SETUP, principal=ident, role=role)
    clock.move(minutes=10)
    assert process.ask(token).actor.grants["*:read"].sees == sees


def test_a_role_that_ends_is_not_passed_on_for_longer(services: Services, clock: Clock) -> None:
    """Who has it for an hour gives it for an hour, and never makes it last."""
    chief = new_user(services, "interim")
    end = clock.now + timedelta(hours=1)
    assign_role(services, by=SETUP, principal=chief, role="administrator", ends_at=end)
    by = actor(services, chief)
    target = new_user(services, "trainee")
    for longer in (None, end + timedelta(seconds=1)):
        for one in (chief, target):
            with pytest.raises(Forbidden):
                assign_role(services, by=by, principal=one, role="auditor", ends_at=longer)
    assert assign_role(services, by=by, principal=target, role="auditor", ends_at=end)


def test_whoever_is_disabled_is_unknown_at_once(services: Services, process: Process) -> None:
    ident = new_user(services, "bert", ["auditor"], PASSWORD)
    client = new_client(services, "*:read")
    tokens = [session(services, "bert"), personal(services, ident, "*:read")]
    tokens.append(access(services, client))
    for one in tokens:
        process.ask(one)
    for who in (ident, client.id):
        assert disable(services, by=SETUP, principal=who)
        assert not disable(services, by=SETUP, principal=who)
    for one in tokens:
        with pytest.raises(Unknown):
            process.ask(one)
    with pytest.raises(Unknown):
        access(services, client)
    for who in (ident, client.id):
        enable(services, by=SETUP, principal=who)
    for one in tokens:
        with pytest.raises(Unknown):
            process.ask(one)
    process.ask(access(services, client))


def test_a_row_switched_off_by_hand_is_enough(services: Services, process: Process) -> None:
    ident = new_user(services, "paula", ["auditor"], PASSWORD)
    tokens = [session(services, "paula"), personal(services, ident, "*:read")]
    with services.database.app.connection() as connection:
        connection.execute("update principal set active = false where id = %s", [ident])
    for one in tokens:
        with pytest.raises(Unknown):
            process.ask(one)


def test_two_secrets_live_while_a_client_moves(services: Services, process: Process) -> None:
    client = new_client(services, "*:read")
    second = replace(client, secret=rotate_secret(services, by=SETUP, client_id=client.client_id))
    before, after = access(services, client), access(services, second)
    with pytest.raises(Conflict):
        rotate_secret(services, by=SETUP, client_id=client.client_id)
    process.ask(before)
    assert drop_former_secrets(services, by=SETUP, client_id=client.client_id) == 1
    with pytest.raises(Unknown):
        access(services, client)
    with pytest.raises(Unknown):
        process.ask(before)
    process.ask(after)
    assert revoke_client(services, by=SETUP, client_id=client.client_id)
    assert not revoke_client(services, by=SETUP, client_id=client.client_id)
    for refused in (lambda: process.ask(after), lambda: access(services, second)):
        with pytest.raises(Unknown):
            refused()
    with pytest.raises(NotFound):
        revoke_client(services, by=SETUP, client_id="absent")


def test_a_personal_token_is_never_wider_than_its_owner(
    services: Services, process: Process
) -> None:
    ident = new_user(services, "carla", ["auditor"], PASSWORD)
    for wrong in (["*:*"], ["*:update"], ["Letter:create"], [], ["read"]):
        with pytest.raises(Invalid):
            personal(services, ident, *wrong)
    narrow = process.ask(personal(services, ident, "Letter:read")).actor
    with pytest.raises(Invalid):
        create_personal_token(services, by=narrow, owner=ident, name="wide", scopes=["*:read"])
    for days in (0, 366):
        with pytest.raises(Invalid):
            personal(services, ident, "*:read", lasts=timedelta(days=days))
    stranger = actor(services, new_user(services, "dora", ["auditor"]))
    with pytest.raises(Forbidden):
        create_personal_token(services, by=stranger, owner=ident, name="x", scopes=["*:read"])
    client = new_client(services, "*:read")
    with pytest.raises(Invalid):
        create_personal_token(services, by=SETUP, owner=client.id, name="x", scopes=["*:read"])


def test_a_personal_token_shows_its_last_use_and_ends(
    services: Services, process: Process, clock: Clock
) -> None:
    ident = new_user(services, "emil", ["auditor"])
    token = personal(services, ident, "*:read", lasts=timedelta(days=2))
    (shown,) = personal_tokens_of(services, owner=ident)
    assert (shown.name, shown.scopes, shown.last_used_at) == ("script", ("*:read",), None)
    first = clock.now
    with process.statements(2):
        process.ask(token)
    clock.move(seconds=59)
    with process.statements(0):
        process.ask(token)
    assert personal_tokens_of(services, owner=ident)[0].last_used_at == first
    clock.move(seconds=1)
    with process.statements(1):
        process.ask(token)
    assert personal_tokens_of(services, owner=ident)[0].last_used_at == clock.now
    clock.move(days=2)
    with pytest.raises(Unknown):
        process.ask(token)
    assert personal_tokens_of(services, owner=ident) == []


def test_a_revoked_token_is_unknown_at_once(services: Services, process: Process) -> None:
    ident = new_user(services, "frida", ["auditor"])
    token = personal(services, ident, "*:read")
    process.ask(token)
    (shown,) = personal_tokens_of(services, owner=ident)
    stranger = actor(services, new_user(services, "greta", ["auditor"]))
    with pytest.raises(Forbidden):
        revoke_personal_token(services, by=stranger, token_id=shown.id)
    assert revoke_personal_token(services, by=actor(services, ident), token_id=shown.id)
    with pytest.raises(Unknown):
        process.ask(token)
    assert not revoke_personal_token(services, by=SETUP, token_id=shown.id)
    for absent in ("absent", ident):
        with pytest.raises(NotFound):
            revoke_personal_token(services, by=SETUP, token_id=absent)


def test_the_cache_keeps_its_size(services: Services) -> None:
    small = Authenticator(services, entries_max=3)
    client = new_client(services, "*:read")
    for token in [access(services, client) for _ in range(5)]:
        small.by_bearer(token)
    assert len(small._entries) == 3
