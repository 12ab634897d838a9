"""Passwords: argon2id, few at a time, so that sign-ins cannot take the whole machine."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from trunkline.documents.errors import Fault, TooMany
from trunkline.identity.frequent_passwords import FREQUENT
from trunkline.kernel.services import Services

MEMORY_KIB = 19_456
PASSES = 2
LANES = 1
SALT_BYTES = 16
LENGTH_MIN = 8
LENGTH_MAX = 256
AT_ONCE = 2
WAITING_MAX = 8
WAIT_S = 2.0


class Passwords:
    """Hashes and verifies passwords, at most two at a time in one process."""

    def __init__(
        self,
        random_bytes: Callable[[int], bytes],
        *,
        at_once: int = AT_ONCE,
        waiting_max: int = WAITING_MAX,
        wait_s: float = WAIT_S,
    ) -> None:
        self._random = random_bytes
        self._hasher = PasswordHasher(PASSES, MEMORY_KIB, LANES)
        self._running = threading.Semaphore(at_once)
        self._admitted = threading.Semaphore(at_once + waiting_max)
        self._wait_s = wait_s
        self._nobodys = self.hash(random_bytes(SALT_BYTES).hex())

    def hash(self, password: str) -> str:
        """Return what is stored of a password; refuses (429) when too many are waiting."""
        with self._turn():
            return self._hasher.hash(_prepared(password), salt=self._random(SALT_BYTES))

    def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether this is the password; without a stored one it takes as long and says no.

        Refuses (429) when too many are waiting.
        """
        with self._turn():
            try:
                self._hasher.verify(stored or self._nobodys, _prepared(password))
            except VerifyMismatchError:
                return False
        return stored is not None and len(password) <= LENGTH_MAX

    def is_outdated(self, stored: str) -> bool:
        """Tell whether a password was hashed with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._admitted.acquire(blocking=False):
            raise _busy()
        try:
            if not self._running.acquire(timeout=self._wait_s):
                raise _busy()
            try:
                yield
            finally:
                self._running.release()
        finally:
            self._admitted.release()


def passwords_of(services: Services) -> Passwords:
    """Return the one gate of this process."""
    found = services.extra.get("passwords")
    if found is None:
        found = services.extra.setdefault("passwords", Passwords(services.chance.random_bytes))
    assert isinstance(found, Passwords)
    return found


def password_faults(password: str, *, login: str, path: str = "password") -> Iterator[Fault]:
    """Yield why a password is not accepted; its composition is free."""
    text = unicodedata.normalize("NFKC", password)
    if len(text) < LENGTH_MIN:
        yield Fault(path, "passwordTooShort", f"use at least {LENGTH_MIN} characters")
    elif len(password) > LENGTH_MAX:
        yield Fault(path, "passwordTooLong", f"use at most {LENGTH_MAX} characters")
    elif text.casefold() in FREQUENT or text.casefold() == login.casefold():
        yield Fault(path, "passwordTooCommon", "this is among the first that a stranger tries")


def _prepared(password: str) -> bytes:
    text = unicodedata.normalize("NFKC", password[: LENGTH_MAX + 1])
    return text.encode("utf-8", "surrogatepass")


def _busy() -> TooMany:
    return TooMany(
        "signInBusy", "too many sign-ins at this moment; try again", headers={"Retry-After": "1"}
    )
