"""Sealed words: what the staff writes about records, a page of it, sealed for the record's owner.

Where the owner's key is gone, nobody reads it any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trunkline.kernel.work import Work
from trunkline.leases.sealing import Sealer
from trunkline.workspace.about import About


def rows_about(
    work: Work, table: str, columns: str, one: About, *, before: str | None, limit: int
) -> Sequence[tuple[Any, ...]]:
    """Return the rows of a table, `t`, about a record, newest first, from behind an id on."""
    rows: Sequence[tuple[Any, ...]] = work.connection.execute(
        f"select {columns} from {table} t where t.record = %(record)s "  # noqa: S608 - constants
        "and (%(before)s::uuid is null or (t.at, t.id) < "
        f"(select at, id from {table} where id = %(before)s::uuid)) "
        "order by t.at desc, t.id desc limit %(limit)s",
        {"record": one.id, "before": before, "limit": limit},
    ).fetchall()
    return rows


def sealer_for(work: Work, owner: str | None) -> Sealer:
    """Return what seals for an owner; what is nobody's is sealed with the installation's key."""
    return work.services.keyring.prepare(work.connection, [owner] if owner else [])


def opened(work: Work, owner: str | None, purpose: str, said: Any) -> str | None:
    """Return a sealed text, or None where its owner's key is gone."""
    body = work.services.keyring.open(work.connection, owner, purpose, bytes(said))
    return body.decode() if body is not None else None
