"""History: events and audit lines that no key of the person seals say nothing of it any more."""

from __future__ import annotations

from typing import Any

from trunkline.documents.decode import encode, load
from trunkline.kernel.work import Work
from trunkline.leases.sealing import PLAIN
from trunkline.privacy.stores import Erasing, store

TABLES = (("event", "payload", "event"), ("audit", "changes", "audit"))
"""What is written of each change: its table, the column that is sealed, and for which purpose."""


@store("History")
def history_without(at: Erasing) -> int:
    """Empty what was written of the person's records; of others' records the name goes."""
    done = 0
    for ident, kind in at.work.connection.execute(
        "select record::text, type from erasure_record where request = %s and is_own",
        [at.request],
    ).fetchall():
        declared = at.work.services.registry[kind]
        found: Any = at.work.many(declared.type, [ident]).get(ident)
        if found is not None:
            defined = at.work.defined(declared)
            now = at.forgetting.own_record(declared, found.raw, defined)
            done += empty_history(at.work, ident, encode(now), list(at.owners))
    for table, column, purpose in TABLES:
        rows = at.work.connection.execute(
            f"select t.id::text, t.owner::text, t.subject::text, t.{column} "  # noqa: S608
            f"from erasure_record e join {table} t on t.subject = e.record "
            "where e.request = %s and not e.is_own",
            [at.request],
        ).fetchall()
        for ident, owner, subject, stored in rows:
            anew = without(at, owner, f"{purpose}|{ident}", stored)
            if anew is not None:
                done += at.run(
                    f"update {table} set {column} = %(anew)s "  # noqa: S608 - constants
                    "where id = %(ident)s and subject = %(subject)s",
                    anew=anew, ident=ident, subject=subject,
                )  # fmt: skip
    return done


def empty_history(work: Work, subject: str, now: bytes, sealed_by: list[str]) -> int:
    """Let the events of a record say what it says now, and its audit lines which ones there were.

    Those that are sealed by keys which end are left alone.
    """
    done = 0
    for (table, column, _), said in zip(TABLES, (now, b"[]"), strict=True):
        done += work.connection.execute(
            f"update {table} set {column} = %s where subject = %s "  # noqa: S608 - constants
            "and (owner is null or owner <> all(%s::uuid[]))",
            [PLAIN + said, subject, sealed_by],
        ).rowcount
    return done


# --- what is sealed with keys of others -----------------------------------------------------


def opened(at: Erasing, owner: str | None, purpose: str, stored: Any) -> bytes | None:
    """Return what is sealed with somebody's key, None where that is gone."""
    return at.work.services.keyring.open(at.work.connection, owner, purpose, bytes(stored))


def without(at: Erasing, owner: str | None, purpose: str, stored: Any) -> bytes | None:
    """Return what is sealed without the name, sealed anew; None where the name is not in it."""
    body = opened(at, owner, purpose, stored)
    if body is None or not at.forgetting.words.stand_in(body.decode()):
        return None
    text = body.decode()
    by = at.forgetting.pseudonym
    if text[:1] in "{[":
        clean = encode(at.forgetting.words.without(load(body), by))
    else:
        clean = at.forgetting.words.replaced(text, by).encode()
    keys = at.work.services.keyring.prepare(at.work.connection, [owner] if owner else [])
    return keys.seal(owner, purpose, clean)
