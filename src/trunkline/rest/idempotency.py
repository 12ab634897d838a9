"""Idempotency: the same key gives the same answer and one record; another body is refused."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import psycopg

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Conflict, Invalid, NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.reading import Found
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work

KEY_LENGTH_MAX = 255
KEPT_HOURS = 72


@dataclass(frozen=True)
class Earlier:
    """What the first request with a key left behind; `subject` is the record or the asker."""

    subject: str
    owner: str | None
    answer: bytes


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """Return what two requests with one key must share."""
    return hashlib.sha256(b"\0".join([method.encode(), path.encode(), body])).digest()


def claim(work: Work, key: str, mark: bytes) -> Earlier | None:
    """Take a key for this transaction, or return what the first request with it answered.

    A twin that runs at the same time waits here. Refuses idempotencyKeyReused (409) for another
    body and stillRunning (409) when the first does not end in time.
    """
    if not 1 <= len(key) <= KEY_LENGTH_MAX or not key.isprintable():
        raise Invalid("badIdempotencyKey", "Idempotency-Key takes 1 to 255 printable characters")
    try:
        taken = work.connection.execute(
            "insert into idempotency (client, key, fingerprint) values (%s, %s, %s) "
            "on conflict do nothing returning 1",
            [work.actor.id, key, mark],
        ).fetchone()
    except psycopg.errors.LockNotAvailable as error:
        raise Conflict(
            "stillRunning",
            "the first request with this Idempotency-Key is still running; ask again",
            headers={"Retry-After": "1"},
        ) from error
    if taken:
        return None
    first, subject, owner, answer = work.connection.execute(
        "select fingerprint, subject::text, owner::text, answer from idempotency "
        "where client = %s and key = %s",
        [work.actor.id, key],
    ).fetchone()
    if bytes(first) != mark:
        raise Conflict(
            "idempotencyKeyReused",
            "this Idempotency-Key was used for another request; take a new key for a new request",
        )
    return Earlier(subject, owner, bytes(answer))


def settle(work: Work, key: str, document: Document) -> None:
    """Keep the answer of a first request, sealed for the record's owner."""
    meta = document.meta
    body = [meta.key, meta.version, document.raw]
    _keep(work, key, document.resource.name, Earlier(meta.id, meta.owner, encode(body)), 201)


def keep(work: Work, key: str, status: int, answer: Json) -> None:
    """Keep the answer of an address that makes no record, sealed for the one who asked."""
    asker = work.actor.id
    _keep(work, key, None, Earlier(asker, asker, encode(answer)), status)


def _keep(work: Work, key: str, kind: str | None, left: Earlier, status: int) -> None:
    keys = work.services.keyring.prepare(work.connection, [left.owner] if left.owner else [])
    answer = keys.seal(left.owner, f"answer|{left.subject}", left.answer)
    work.connection.execute(
        "update idempotency set status = %s, type = %s, subject = %s, owner = %s, answer = %s "
        "where client = %s and key = %s",
        [status, kind, left.subject, left.owner, answer, work.actor.id, key],
    )


def kept(work: Work, earlier: Earlier) -> Json:
    """Return the answer that `keep` kept."""
    body = _opened(work, earlier)
    if body is None:
        raise NotFound("notFound", "what this Idempotency-Key was answered is gone")
    return load(body)


def replay(work: Work, earlier: Earlier, resource: Resource) -> Found:
    """Return the record as the first answer had it; the reader's reach is that of today."""
    now = work.get(resource.type, earlier.subject)
    body = _opened(work, earlier)
    if now is None or body is None:
        raise NotFound("notFound", "the record that this Idempotency-Key made is gone")
    key, version, raw = load(body)
    assert now.meta.updated_at is not None
    named = work.names_for(resource, raw)
    return Found(earlier.subject, key, version, now.meta.updated_at, encode(raw), named)


def _opened(work: Work, earlier: Earlier) -> bytes | None:
    return work.services.keyring.open(
        work.connection, earlier.owner, f"answer|{earlier.subject}", earlier.answer
    )


def forget_old(work: Work) -> int:
    """Remove keys older than 72 hours; return how many."""
    done = work.connection.execute(
        "delete from idempotency where created_at < clock_timestamp() - %s * interval '1 hour'",
        [KEPT_HOURS],
    )
    return int(done.rowcount)
