"""Operations: what belongs to nobody (queues, logs), and a person's own rows in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from trunkline.kernel.reading import GenerationMoved
from trunkline.kernel.session import begin
from trunkline.web.desk import Desk, Visit, must_operate


@contextmanager
def unnarrowed(desk: Desk, visit: Visit) -> Iterator[Any]:
    """Open a transaction that row security does not narrow, as of the visitor's rights.

    Whoever looks with another one's eyes only reads. The caller has decided who gets this far.
    """
    with desk.services.database.app.connection() as connection:
        number, _ = begin(connection)
        try:
            if number != visit.generation:
                raise GenerationMoved
            if visit.viewer is not None:
                connection.execute("set transaction read only")
            yield connection
        except BaseException:
            connection.rollback()
            raise
        connection.commit()


@contextmanager
def operated(desk: Desk, visit: Visit, permission: str) -> Iterator[Any]:
    """Open a transaction on what belongs to nobody; refuses (403) without the permission.

    The visitor may reach some records only and yet look after all queues, so nothing of a record
    is read by it.
    """
    must_operate(visit.actor, permission)
    with unnarrowed(desk, visit) as connection:
        yield connection
