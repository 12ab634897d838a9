"""Sealing: payloads encrypted with their owner's key, so that erasing the key erases them all."""

from __future__ import annotations

import hashlib
import threading
from base64 import b64decode
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PLAIN = b"\x00"
SEALED = b"\x01"
NONCE_BYTES = 12
KEYS_CACHED_MAX = 20_000


class Connection(Protocol):
    """What is needed of a database connection here."""

    def execute(self, query: Any, params: Any = None, /) -> Any:
        """Run one statement."""


class Sealer:
    """Seals for the owners whose keys it holds, also when they are erased at this moment."""

    def __init__(self, keys: dict[str, AESGCM], random_bytes: Callable[[int], bytes]) -> None:
        self._keys = keys
        self._random = random_bytes

    def seal(self, owner: str | None, purpose: str, body: bytes) -> bytes:
        """Return the stored form of a payload: sealed for its owner, plain when it has none.

        `purpose` is bound in, so that a payload moved to another row or table does not open.
        """
        if owner is None:
            return PLAIN + body
        nonce = self._random(NONCE_BYTES)
        sealed = self._keys[owner].encrypt(nonce, body, f"{owner}|{purpose}".encode())
        return SEALED + nonce + sealed


class Keyring:
    """The keys of owners, wrapped in the database by the installation's secret.

    `random_bytes` is injected so that a seeded run can be replayed.
    """

    def __init__(self, secret: str, random_bytes: Callable[[int], bytes]) -> None:
        self._master = AESGCM(hashlib.sha256(b"owner keys\x00" + secret.encode()).digest())
        self._random = random_bytes
        self._keys: dict[str, AESGCM] = {}
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Drop the cached keys; done when the configuration generation moves."""
        with self._lock:
            self._keys.clear()

    def prepare(self, connection: Connection, owners: Iterable[str]) -> Sealer:
        """Return what seals for these owners; missing keys are made, in at most two statements."""
        wanted = sorted(set(owners))
        held = {one: key for one in wanted if (key := self._keys.get(one)) is not None}
        missing = [one for one in wanted if one not in held]
        if missing:
            held.update(self._make(connection, missing))
        return Sealer(held, self._random)

    def learn(self, owner: str, wrapped: str) -> None:
        """Keep the key of an owner that was read, in base64, beside something else."""
        if owner not in self._keys:
            self._unwrap(owner, b64decode(wrapped), committed=True)

    def _make(self, connection: Connection, owners: list[str]) -> dict[str, AESGCM]:
        made = [self._wrap(one, self._random(32)) for one in owners]
        rows = connection.execute(
            "with made as (insert into owner_key (owner, wrapped) "
            "select * from unnest(%s::uuid[], %s::bytea[]) "
            "on conflict do nothing returning owner, wrapped) "
            "select owner::text, wrapped, false from made union all "
            "select owner::text, wrapped, created_at <> now() from owner_key "
            "where owner = any(%s::uuid[])",
            [owners, made, owners],
        ).fetchall()
        found = {owner: self._unwrap(owner, *row) for owner, *row in rows}
        late = [one for one in owners if one not in found]
        if late:  # made by another transaction at the same moment
            found.update(self._read(connection, late))
        return found

    def _read(self, connection: Connection, owners: list[str]) -> dict[str, AESGCM]:
        rows = connection.execute(
            "select owner::text, wrapped, created_at <> now() from owner_key "
            "where owner = any(%s::uuid[])",
            [owners],
        ).fetchall()
        return {owner: self._unwrap(owner, *row) for owner, *row in rows}

    def _wrap(self, owner: str, key: bytes) -> bytes:
        nonce = self._random(NONCE_BYTES)
        return nonce + self._master.encrypt(nonce, key, owner.encode())

    def _unwrap(self, owner: str, wrapped: bytes, committed: bool) -> AESGCM:
        """Return a key, and keep it where no rollback can take its row away any more.

        A row was made when its transaction began: one made just when this one did may be its own.
        """
        nonce, sealed = bytes(wrapped[:NONCE_BYTES]), bytes(wrapped[NONCE_BYTES:])
        key = AESGCM(self._master.decrypt(nonce, sealed, owner.encode()))
        if committed:
            with self._lock:
                if len(self._keys) >= KEYS_CACHED_MAX:
                    self._keys.clear()
                self._keys[owner] = key
        return key

    def open(
        self, connection: Connection, owner: str | None, purpose: str, stored: bytes
    ) -> bytes | None:
        """Return a stored payload, or None when its owner's key is gone."""
        if stored[:1] == PLAIN:
            return stored[1:]
        if owner is None:
            return None
        key = self._keys.get(owner)
        if key is None:
            key = self._read(connection, [owner]).get(owner)
        if key is None:
            return None
        start = 1 + NONCE_BYTES
        try:
            return key.decrypt(stored[1:start], stored[start:], f"{owner}|{purpose}".encode())
        except (InvalidTag, ValueError):  # ValueError: too short to have a nonce
            return None
