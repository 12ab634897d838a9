"""Passwords: hashed slowly, a few at a time, and only the plainly bad ones are refused."""

import os
import threading
import time

import pytest
from argon2 import PasswordHasher

from trunkline.documents.errors import TooMany
from trunkline.identity.passwords import Passwords, password_faults


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return Passwords(os.urandom)


def test_a_password_verifies_and_another_does_not(passwords: Passwords) -> None:
    stored = passwords.hash("correct horse")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(stored, "correct horse")
    assert not passwords.verify(stored, "correct Horse")
    assert passwords.hash("correct horse") != stored


def test_spellings_of_one_character_are_one_password(passwords: Passwords) -> None:
    assert passwords.verify(passwords.hash("cafe\u0301 noir"), "caf\u00e9 noir")


@pytest.mark.parametrize("text", ["", "\0" * 9, "\ud800" * 9, "x" * 100_000])
def test_strange_texts_are_wrong_passwords(passwords: Passwords, text: str) -> None:
    assert not passwords.verify(passwords.hash("correct horse"), text)


def test_only_the_first_256_characters_would_not_be_enough(passwords: Passwords) -> None:
    assert not passwords.verify(passwords.hash("x" * 256), "x" * 257)


def test_nobody_has_a_password_that_takes_as_long(passwords: Passwords) -> None:
    stored = passwords.hash("correct horse")

    def best(stored: str | None) -> float:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            passwords.verify(stored, "wrong horse")
            times.append(time.perf_counter() - start)
        return min(times)

    assert not passwords.verify(None, "correct horse")
    assert 0.5 < best(None) / best(stored) < 2


def test_older_parameters_are_seen(passwords: Passwords) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("correct horse")
    assert passwords.verify(old, "correct horse")
    assert passwords.is_outdated(old)
    assert not passwords.is_outdated(passwords.hash("correct horse"))


def test_one_too_many_waits_for_nothing() -> None:
    passwords = Passwords(os.urandom, at_once=1, waiting_max=1, wait_s=0.05)
    stored = passwords.hash("correct horse")
    with passwords._turn():
        waiting = threading.Thread(target=lambda: _is_refused(passwords, stored))
        waiting.start()
        time.sleep(0.01)
        assert _is_refused(passwords, stored)
        waiting.join()
    assert passwords.verify(stored, "correct horse")


def _is_refused(passwords: Passwords, stored: str) -> bool:
    with pytest.raises(TooMany) as refusal:
        passwords.verify(stored, "correct horse")
    return refusal.value.headers["Retry-After"] == "1"


def test_a_full_queue_refuses_at_once() -> None:
    passwords = Passwords(os.urandom, at_once=1, waiting_max=0, wait_s=60)
    stored = passwords.hash("correct horse")
    with passwords._turn():
        started = time.monotonic()
        assert _is_refused(passwords, stored)
        assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    "password,code",
    [
        ("short", "passwordTooShort"),
        ("x" * 257, "passwordTooLong"),
        ("Password1", "passwordTooCommon"),
        ("ada.lovelace", "passwordTooCommon"),
    ],
)
def test_bad_passwords_are_refused(password: str, code: str) -> None:
    assert [one.code for one in password_faults(password, login="Ada.Lovelace")] == [code]


@pytest.mark.parametrize("password", ["aaaabbbb", "x" * 256, "пароль из слов", "        !"])
def test_composition_is_free(password: str) -> None:
    assert not list(password_faults(password, login="ada"))
