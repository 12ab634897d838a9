"""Sessions end when they should; what is over goes; nothing secret is kept."""

from datetime import timedelta

import psycopg
import pytest

from tests.identity.people import PASSWORD, SETUP, Clock, actor, new_role, new_user
from tests.identity.processes import Process, access, new_client, personal, session
from trunkline.documents.errors import Forbidden, Unknown
from trunkline.identity.accounts import set_password
from trunkline.identity.expiry import remove_expired
from trunkline.identity.privileges import Held, give_privilege
from trunkline.identity.roles import assign_role
from trunkline.identity.sessions import csrf_matches, end_session, end_sessions
from trunkline.identity.sign_in import sign_in
from trunkline.kernel.actor import Grant
from trunkline.kernel.services import Services


def test_a_new_password_ends_sessions_at_once(services: Services, process: Process) -> None:
    ident = new_user(services, "quentin", [], PASSWORD)
    token = session(services, "quentin")
    process.ask(token)
    set_password(services, by=SETUP, principal=ident, password="another river")
    with pytest.raises(Unknown):
        process.ask(token)


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
    process.ask(third)
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


def test_what_is_over_is_removed(services: Services, process: Process, clock: Clock) -> None:
    ident = new_user(services, "mona", ["auditor"], PASSWORD)
    clock.move(days=2)
    remove_expired(services)
    session(services, "mona")
    access(services, new_client(services, "*:read"))
    kept = personal(services, ident, "*:read")
    with pytest.raises(Unknown):
        sign_in(services, login="mona", password="wrong password", address="192.0.2.1")
    role, end = new_role(services, {}), clock.now + timedelta(hours=1)
    assign_role(services, by=SETUP, principal=ident, role=role, ends_at=end)
    held = Held(Grant(), end)
    give_privilege(services, by=SETUP, principal=ident, permission="TMF632:read", held=held)
    clock.move(days=2)
    assert remove_expired(services) == {
        "session": 1, "token": 1, "principal_role": 1, "principal_permission": 1,
        "sign_in_attempt": 1, "password_link": 0,
    }  # fmt: skip
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
        for table in [*tables.split(), "principal_role", "principal_permission", "sign_in_attempt"]:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select * from {table}")
            row = connection.execute(
                "select relrowsecurity and relforcerowsecurity from pg_class "
                "where oid = to_regclass(%s)",
                [table],
            ).fetchone()
            assert row == (True,)
