"""A person's own rows: read and written on the program's connection, by the person's id."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from trunkline.kernel.reading import GenerationMoved
from trunkline.kernel.session import begin
from trunkline.web.desk import Desk, Visit


@contextmanager
def own_rows(desk: Desk, visit: Visit) -> Iterator[Any]:
    """Lend a connection in a transaction, as of the rights that the visitor was recognised with."""
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
