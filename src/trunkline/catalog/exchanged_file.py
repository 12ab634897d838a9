"""Files of import and export jobs, kept in pieces for every process of the installation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trunkline.leases.queue import Connection

PIECE_BYTES = 4_000_000


@dataclass(frozen=True)
class Begun:
    """How much of a file is there: its bytes, of how many, and what its state is called."""

    size: int = 0
    total: int | None = None
    tag: str | None = None


def begun(connection: Connection, job: str) -> Begun:
    """Return how much of a job's file is there."""
    size, total, tag = connection.execute(
        "select coalesce(sum(length(body)), 0)::bigint, max(total), max(tag) "
        "from exchanged_piece where job = %s",
        [job],
    ).fetchone()
    return Begun(size, total, tag)


def add_piece(
    connection: Connection, job: str, body: bytes, *, total: int | None, tag: str | None
) -> None:
    """Keep the next piece of a job's file."""
    connection.execute(
        "insert into exchanged_piece (job, number, tag, total, body) select %s, "
        "coalesce(max(number), 0) + 1, %s, %s, %b from exchanged_piece where job = %s",
        [job, tag, total, body, job],
    )


def keep(connection: Connection, job: str, content: bytes, *, key: str) -> None:
    """Keep a whole file, to be given out under a key."""
    forget(connection, job)
    for start in range(0, max(1, len(content)), PIECE_BYTES):
        piece = content[start : start + PIECE_BYTES]
        add_piece(connection, job, piece, total=len(content), tag=key)


def pieces(connection: Connection, job: str) -> Iterator[bytes]:
    """Yield the pieces of a job's file in their order; nothing where there is none."""
    rows = connection.execute(
        "select body from exchanged_piece where job = %s order by number", [job]
    )
    for (body,) in rows.fetchall():
        yield bytes(body)


def forget(connection: Connection, job: str) -> None:
    """Remove a job's file."""
    connection.execute("delete from exchanged_piece where job = %s", [job])
