"""Aliases: the ids by which other systems know a record."""

from __future__ import annotations

from trunkline.documents.errors import Conflict
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work


def remember_alias(work: Work, document: Document, system: str, value: str) -> None:
    """Let a record be found by an id that another system gave it; refuses one that is taken."""
    done = work.connection.execute(
        "insert into alias (system, value, type, record) values (%s, %s, %s, %s) "
        "on conflict do nothing",
        [system, value, document.resource.name, document.id],
    )
    if not done.rowcount:
        raise Conflict("conflictId", f"id: another {document.resource} has the id {value}")
