"""Signing in: right and wrong passwords, limits, and that strangers lock nobody out."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from argon2 import PasswordHasher

from tests.identity.people import PASSWORD, SETUP, Clock, actor, new_user
from trunkline.documents.errors import Forbidden, Invalid, TooMany, Unknown
from trunkline.identity.accounts import disable, enable, set_password
from trunkline.identity.authenticate import Authenticator
from trunkline.identity.passwords import Passwords
from trunkline.identity.sign_in import sign_in
from trunkline.identity.sign_in_limits import ADDRESS_FAILURES_MAX, place_of
from trunkline.identity.standard_roles import AUDITOR
from trunkline.kernel.services import Services

OFFICE = "192.0.2.10"
HOME = "198.51.100.7"


@pytest.fixture(autouse=True)
def a_new_day(clock: Clock) -> None:
    clock.move(days=1)


@pytest.fixture
def quick(services: Services) -> Iterator[None]:
    """Verification without its cost, for tests that guess often."""
    slow = services.extra.get("passwords")

    class Quick(Passwords):
        def verify(self, stored: str | None, password: str) -> bool:
            return stored is not None and password == PASSWORD

    services.extra["passwords"] = Quick(services.chance.random_bytes)
    yield
    if slow is None:
        del services.extra["passwords"]
    else:
        services.extra["passwords"] = slow


def guess(services: Services, login: str, address: str, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(Unknown):
            sign_in(services, login=login, password="wrong password", address=address)


def test_a_user_signs_in_whatever_the_spelling(services: Services) -> None:
    ident = new_user(services, "Ada@Example.org", ["auditor"], PASSWORD)
    session, who = sign_in(services, login=" ada@example.ORG ", password=PASSWORD, address=OFFICE)
    assert (who.id, who.kind, who.scopes, who.channel) == (ident, "user", None, "web")
    assert set(who.grants) == set(AUDITOR.permissions)
    known = Authenticator(services).by_session(session.token)
    assert known.actor == who
    assert known.csrf == session.csrf


def test_every_failure_looks_the_same(services: Services) -> None:
    ident = new_user(services, "bert", [], PASSWORD)
    new_user(services, "without-password")
    tries = [("bert", "wrong password"), ("nobody", PASSWORD), ("without-password", PASSWORD)]
    tries += [("ber\0t", PASSWORD), ("\ud800", "\ud800"), ("x" * 10_000, PASSWORD)]
    seen = {_refusal(services, login, password) for login, password in tries}
    disable(services, by=SETUP, principal=ident)
    seen.add(_refusal(services, "bert", PASSWORD))
    assert len(seen) == 1
    enable(services, by=SETUP, principal=ident)
    sign_in(services, login="bert", password=PASSWORD, address=OFFICE)


def _refusal(services: Services, login: str, password: str) -> str:
    with pytest.raises(Unknown) as refusal:
        sign_in(services, login=login, password=password, address=OFFICE)
    return str(refusal.value.body())


def test_a_former_session_ends_with_the_new_one(services: Services) -> None:
    new_user(services, "carla", [], PASSWORD)
    first, _ = sign_in(services, login="carla", password=PASSWORD, address=OFFICE)
    second, _ = sign_in(
        services, login="carla", password=PASSWORD, address=OFFICE, former_session=first.token
    )
    assert first.token != second.token
    with pytest.raises(Unknown):
        Authenticator(services).by_session(first.token)
    Authenticator(services).by_session(second.token)


def test_an_old_hash_is_renewed(services: Services) -> None:
    ident = new_user(services, "dora")
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with services.database.app.connection() as connection:
        connection.execute(
            "update user_account set password_hash = %s where principal = %s", [old, ident]
        )
        sign_in(services, login="dora", password=PASSWORD, address=OFFICE)
        row = connection.execute(
            "select password_hash from user_account where principal = %s", [ident]
        ).fetchone()
    assert row is not None
    assert "m=19456" in row[0]
    sign_in(services, login="dora", password=PASSWORD, address=OFFICE)


@pytest.mark.usefixtures("quick")
def test_the_sixth_wrong_password_has_to_wait(services: Services, clock: Clock) -> None:
    new_user(services, "emil", [], PASSWORD)
    guess(services, "emil", OFFICE, 5)
    with pytest.raises(TooMany) as refusal:
        sign_in(services, login="emil", password=PASSWORD, address=OFFICE)
    wait_s = int(refusal.value.headers["Retry-After"])
    assert 890 < wait_s <= 901
    # Trying again too early does not make the wait longer.
    clock.move(minutes=10)
    for _ in range(5):
        with pytest.raises(TooMany):
            sign_in(services, login="emil", password=PASSWORD, address=OFFICE)
    clock.move(seconds=wait_s - 600)
    sign_in(services, login="emil", password=PASSWORD, address=OFFICE)


@pytest.mark.usefixtures("quick")
def test_logins_that_nobody_has_are_limited_alike(services: Services) -> None:
    guess(services, "no such login", OFFICE, 5)
    with pytest.raises(TooMany):
        sign_in(services, login="no such login", password=PASSWORD, address=OFFICE)


@pytest.mark.usefixtures("quick")
def test_a_success_clears_the_slips_before_it(services: Services) -> None:
    new_user(services, "frida", [], PASSWORD)
    for _ in range(3):
        guess(services, "frida", OFFICE, 4)
        sign_in(services, login="frida", password=PASSWORD, address=OFFICE)


@pytest.mark.usefixtures("quick")
def test_strangers_never_lock_somebody_out(services: Services, clock: Clock) -> None:
    new_user(services, "greta", [], PASSWORD)
    sign_in(services, login="greta", password=PASSWORD, address=OFFICE)
    clock.move(minutes=1)
    for number in range(40):
        _try(services, "greta", f"203.0.113.{number}", 5)
    # Where she has been, all is as ever, slips included.
    guess(services, "greta", OFFICE, 4)
    sign_in(services, login="greta", password=PASSWORD, address=OFFICE)
    # Elsewhere she still gets in at once; a wrong password there is dear.
    sign_in(services, login="greta", password=PASSWORD, address=HOME)
    guess(services, "greta", "198.51.100.8", 1)
    with pytest.raises(TooMany):
        sign_in(services, login="greta", password=PASSWORD, address="198.51.100.8")
    clock.move(minutes=16)
    sign_in(services, login="greta", password=PASSWORD, address="198.51.100.8")


@pytest.mark.usefixtures("quick")
def test_a_besieged_account_costs_strangers_four_of_five_tries(services: Services) -> None:
    new_user(services, "hugo", [], PASSWORD)
    let_through = [_try(services, "hugo", f"203.0.113.{one}", 5) for one in range(10)]
    assert let_through == [5, 5, 1, 1, 1, 1, 1, 1, 1, 1]


@pytest.mark.usefixtures("quick")
def test_one_address_cannot_try_everybody(services: Services) -> None:
    new_user(services, "ida", [], PASSWORD)
    new_user(services, "jan", [], PASSWORD)
    sign_in(services, login="ida", password=PASSWORD, address=HOME)
    tried = sum(_try(services, f"name{one}", HOME, 1) for one in range(ADDRESS_FAILURES_MAX + 5))
    assert tried == ADDRESS_FAILURES_MAX
    with pytest.raises(TooMany):
        sign_in(services, login="jan", password=PASSWORD, address=HOME)
    sign_in(services, login="ida", password=PASSWORD, address=HOME)


def _try(services: Services, login: str, address: str, times: int) -> int:
    """Guess and return how often the password was looked at."""
    looked = 0
    for _ in range(times):
        try:
            sign_in(services, login=login, password="wrong password", address=address)
        except Unknown:
            looked += 1
        except TooMany:
            pass
    return looked


@pytest.mark.usefixtures("quick")
def test_attempts_at_the_same_moment_see_each_other(services: Services) -> None:
    looked: list[int] = []
    threads = [
        threading.Thread(target=lambda: looked.append(_try(services, "kim", OFFICE, 2)))
        for _ in range(6)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(looked) == 6
    assert sum(looked) <= 5


def test_a_busy_machine_is_not_held_against_the_user(services: Services) -> None:
    new_user(services, "lena", [], PASSWORD)
    usual = services.extra["passwords"]
    closed = Passwords(services.chance.random_bytes, at_once=1, waiting_max=0)
    services.extra["passwords"] = closed
    with closed._turn():
        for _ in range(7):
            with pytest.raises(TooMany) as refusal:
                sign_in(services, login="lena", password=PASSWORD, address=OFFICE)
            assert refusal.value.code == "signInBusy"
    services.extra["passwords"] = usual
    sign_in(services, login="lena", password=PASSWORD, address=OFFICE)


def test_a_new_password_ends_the_other_sessions(services: Services) -> None:
    ident = new_user(services, "mona", [], PASSWORD)
    first, _ = sign_in(services, login="mona", password=PASSWORD, address=OFFICE)
    kept, who = sign_in(services, login="mona", password=PASSWORD, address=HOME)
    for wrong in (None, "not the current one"):
        with pytest.raises((Invalid, Unknown)):
            set_password(services, by=who, principal=ident, password="another river", current=wrong)
    set_password(
        services, by=who, principal=ident, password="another river", current=PASSWORD,
        keep_session=kept.token,
    )  # fmt: skip
    with pytest.raises(Unknown):
        Authenticator(services).by_session(first.token)
    Authenticator(services).by_session(kept.token)
    guess(services, "mona", OFFICE)
    sign_in(services, login="mona", password="another river", address=OFFICE)
    with pytest.raises(Forbidden):
        set_password(services, by=who, principal=new_user(services, "nora"), password="taken over")


def test_a_token_does_not_change_its_owners_password(services: Services) -> None:
    ident = new_user(services, "paul", ["administrator"], PASSWORD)
    narrow = replace(actor(services, ident), scopes=frozenset({"*:*"}))
    with pytest.raises(Forbidden):
        set_password(
            services, by=narrow, principal=ident, password="another river", current=PASSWORD
        )


def test_what_changes_during_verification_counts(services: Services) -> None:
    ident = new_user(services, "rosa", [], PASSWORD)
    usual = services.extra["passwords"]

    class Slow(Passwords):
        """Somebody else is quicker."""

        def verify(self, stored: str | None, password: str) -> bool:
            found = super().verify(stored, password)
            services.extra["passwords"] = usual
            set_password(services, by=SETUP, principal=ident, password="another river")
            return found

    services.extra["passwords"] = Slow(services.chance.random_bytes)
    with pytest.raises(Unknown):
        sign_in(services, login="rosa", password=PASSWORD, address=OFFICE)
    sign_in(services, login="rosa", password="another river", address=OFFICE)


def test_guessing_the_current_password_in_a_session_is_limited(services: Services) -> None:
    ident = new_user(services, "olga", [], PASSWORD)
    who = actor(services, ident)
    for expected in [Unknown] * 5 + [TooMany]:
        with pytest.raises(expected):
            set_password(
                services, by=who, principal=ident, password="another river", current="guess"
            )


@pytest.mark.parametrize(
    "one,other,are_same",
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("not an address", "nor this", False),
    ],
)
def test_what_counts_as_one_address(one: str, other: str, are_same: bool) -> None:
    assert (place_of(one) == place_of(other)) is are_same
