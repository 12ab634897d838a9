"""Tokens and sessions: who they stand for, how long, and that lost rights are gone at once."""

import os
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.identity.people import PASSWORD, SETUP, Clock, actor, generation, new_role, new_user
from trunkline.database.connection import Pool
from trunkline.identity.accounts import disable, enable
from trunkline.identity.authenticate import Authenticator, Known
from trunkline.identity.clients import (
    NewClient,
    create_client,
    drop_former_secrets,
    issue_access_token,
    revoke_client,
    rotate_secret,
)
from trunkline.identity.expiry import remove_expired
from trunkline.identity.personal_tokens import (
    create_personal_token,
    personal_tokens_of,
    revoke_personal_token,
)
from trunkline.identity.roles import assign_role, define_role, withdraw_role
from trunkline.identity.sessions import csrf_matches, end_session, end_sessions
from trunkline.identity.sign_in import sign_in
from trunkline.identity.tokens import ACCESS, PERSONAL, is_well_formed, new_token
from trunkline.kernel.actor import Grant
from trunkline.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unknown
from trunkline.kernel.services import Services


class Counted:
    """A pool that counts its loans."""

    def __init__(self, pool: Pool) -> None:
        self.pool, self.loans = pool, 0

    def connection(self) -> Any:
        self.loans += 1
        return self.pool.connection()


class Counter:
    """The database of a process of its own, with counted loans."""

    def __init__(self, services: Services) -> None:
        self.app = Counted(services.database.app)
        self.scoped = services.database.scoped


class Process:
    """Another process: its own cache, which asks again where the generation has moved."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.counter = Counter(services)
        self.authenticator = Authenticator(replace(services, database=self.counter))

    def ask(self, token: str) -> Known:
        """Do what every request does."""
        by = self.authenticator.by_session if "_st_" in token else self.authenticator.by_bearer
        known = by(token)
        if known.generation != generation(self.services):
            self.authenticator.forget(token)
            known = by(token)
        return known

    @contextmanager
    def statements(self, expected: int) -> Any:
        before = self.counter.app.loans
        yield
        assert self.counter.app.loans - before == expected


@pytest.fixture
def process(services: Services) -> Process:
    return Process(services)


_made = iter(range(10_000))


def new_client(services: Services, *permissions: str) -> NewClient:
    roles = [new_role(services, dict.fromkeys(permissions, Grant()))]
    return create_client(
        services, by=SETUP, client_id=f"client-{next(_made)}", name="Engine", roles=roles
    )


def access(services: Services, client: NewClient, *scopes: str) -> str:
    return issue_access_token(
        services, client_id=client.client_id, secret=client.secret, scopes=scopes
    ).token


def session(services: Services, login: str) -> str:
    return sign_in(services, login=login, password=PASSWORD, address="192.0.2.1")[0].token


def personal(services: Services, ident: str, *scopes: str, **lasts: Any) -> str:
    return create_personal_token(
        services, by=actor(services, ident), owner=ident, name="script", scopes=scopes, **lasts
    ).token


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
    login = f"ada{next(_made)}"
    ident = new_user(services, login, [role], PASSWORD)
    tokens = [session(services, login), personal(services, ident, "*:read")]
    assert all("*:read" in process.ask(one).actor.grants for one in tokens)
    change(services, ident, role)
    assert not any(process.ask(one).actor.grants for one in tokens)
    redefine(services, ident, role)
    assign_role(services, by=SETUP, principal=ident, role="auditor")
    assert all("*:read" in process.ask(one).actor.grants for one in tokens)


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


def test_a_session_ends_when_left_alone(services: Services, process: Process, clock: Clock) -> None:
    new_user(services, "hugo", [], PASSWORD)
    token = session(services, "hugo")
    other = Process(services)
    other.ask(token)
    for _ in range(4):
        clock.move(minutes=20)
        with process.statements(2 if _ == 0 else 1):
            process.ask(token)
        with process.statements(0):
            process.ask(token)
    # A process that had not seen it for long asks the database, not its memory.
    other.ask(token)
    clock.move(minutes=30)
    for one in (process, other):
        with pytest.raises(Unknown):
            one.ask(token)


def test_a_session_in_use_ends_after_twelve_hours(
    services: Services, process: Process, clock: Clock
) -> None:
    new_user(services, "ida", [], PASSWORD)
    token = session(services, "ida")
    for _ in range(35):
        clock.move(minutes=20)
        process.ask(token)
    clock.move(minutes=20)
    with pytest.raises(Unknown):
        process.ask(token)


def test_an_ended_session_is_unknown_at_once(services: Services, process: Process) -> None:
    ident = new_user(services, "jan", [], PASSWORD)
    first, second, third = (session(services, "jan") for _ in range(3))
    for one in (first, second, third):
        process.ask(one)
    assert end_session(services, token=first)
    assert not end_session(services, token=first)
    with pytest.raises(Unknown):
        process.ask(first)
    who = process.ask(second).actor
    assert end_sessions(services, by=who, principal=ident, but=second) == 1
    with pytest.raises(Unknown):
        process.ask(third)
    process.ask(second)
    stranger = actor(services, new_user(services, "kim"))
    with pytest.raises(Forbidden):
        end_sessions(services, by=stranger, principal=ident)


def test_a_form_brings_the_token_of_its_own_session(services: Services, process: Process) -> None:
    new_user(services, "lena", [], PASSWORD)
    csrf = process.ask(session(services, "lena")).csrf
    other = process.ask(session(services, "lena")).csrf
    assert csrf_matches(csrf, csrf)
    for wrong in (other, None, "", "\ud800"):
        assert not csrf_matches(csrf, wrong)
    assert not csrf_matches(None, "")


def test_the_cache_keeps_its_size(services: Services) -> None:
    small = Authenticator(services, entries_max=3)
    client = new_client(services, "*:read")
    for token in [access(services, client) for _ in range(5)]:
        small.by_bearer(token)
    assert len(small._entries) == 3


def test_what_is_over_is_removed(services: Services, process: Process, clock: Clock) -> None:
    ident = new_user(services, "mona", ["auditor"], PASSWORD)
    clock.move(days=2)
    remove_expired(services)
    session(services, "mona")
    access(services, new_client(services, "*:read"))
    kept = personal(services, ident, "*:read")
    with pytest.raises(Unknown):
        sign_in(services, login="mona", password="wrong password", address="192.0.2.1")
    clock.move(days=2)
    assert remove_expired(services) == {"session": 1, "token": 1, "sign_in_attempt": 1}
    process.ask(kept)


def test_nothing_secret_is_stored(services: Services, dsn: str) -> None:
    ident = new_user(services, "nora", ["auditor"], PASSWORD)
    client = new_client(services, "*:read")
    secrets = [PASSWORD, client.secret, access(services, client), session(services, "nora")]
    secrets.append(personal(services, ident, "*:read"))
    with pytest.raises(Unknown):
        sign_in(services, login="typed a password here", password="x" * 9, address="192.0.2.1")
    with psycopg.connect(dsn) as connection:
        names = connection.execute(
            "select tablename from pg_tables where schemaname = 'public'"
        ).fetchall()
        for (name,) in names:
            text = str(connection.execute(f'select t::text from "{name}" t').fetchall())
            assert not [one for one in [*secrets, "typed a password"] if one in text], name


def test_the_restricted_role_reads_nobody(services: Services) -> None:
    tables = "principal user_account api_client client_secret token session role role_permission"
    with services.database.scoped.connection() as connection:
        for table in [*tables.split(), "principal_role", "sign_in_attempt"]:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select * from {table}")
            row = connection.execute(
                "select relrowsecurity and relforcerowsecurity from pg_class "
                "where oid = to_regclass(%s)",
                [table],
            ).fetchone()
            assert row == (True,)
