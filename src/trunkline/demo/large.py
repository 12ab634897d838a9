"""A large installation: many customers with what they have ordered, stored in bulk.

A few customers' orders are carried out by the engine; all others are copies of these with ids,
keys, times, names, places and numbers of their own. The set is the same each time, so a run that
was killed is gone on with where it stopped, and a larger size adds to a smaller one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Any

from trunkline.demo.copying import (
    Exemplar,
    Lines,
    columns_of,
    drop_ways,
    make_ways,
    read_exemplar,
    store,
    write_copy,
)
from trunkline.demo.exemplar import ACTOR, MOMENT, components, make_exemplars
from trunkline.demo.stencil import Copy
from trunkline.documents.key_format import KEY_DIGITS
from trunkline.kernel.actor import system
from trunkline.kernel.services import Services

ROUNDS_PER_CHUNK = 4
SPAN = timedelta(days=540)
STEP = timedelta(hours=22)
APART = timedelta(minutes=4)

Columns = dict[str, tuple[str, ...]]


def seed_large(services: Services, *, size: int, progress: Callable[[int], None]) -> int:
    """Bring the large set to about `size` records and return how many it has.

    `progress` is told the number so far. Each chunk is a transaction of its own. Customers,
    orders and what came of them are stored with references, audit lines and events as for any
    write; nothing follows from them and nobody is told. Plans of finished orders are left out.
    """
    with _loading(services) as (connection, columns, exemplars):
        chunks = _Chunks(services, connection, exemplars)
        number = chunks.next_number()
        progress(min(size, chunks.records(number)))
        with ThreadPoolExecutor(1) as pool:
            under_way: Future[None] | None = None
            while chunks.records(number) < size:
                lines = chunks.lines(number)
                if under_way is not None:
                    under_way.result()
                    progress(chunks.records(number))
                under_way = pool.submit(store, connection, columns, lines)
                number += 1
            if under_way is not None:
                under_way.result()
        progress(chunks.records(number))
    return chunks.records(number)


@contextmanager
def _loading(services: Services) -> Iterator[tuple[Any, Columns, list[Exemplar]]]:
    """Yield a connection with the ways into the tables, and what is copied."""
    idents = make_exemplars(services)
    with services.database.app.connection() as connection:
        columns = columns_of(connection, services.registry)
        exemplars = [
            read_exemplar(
                services,
                connection,
                members,
                columns=columns,
                moment=MOMENT,
                actor=system(ACTOR),
            )
            for members in components(services, connection, idents)
        ]
        make_ways(connection, columns)
        try:
            yield connection, columns, exemplars
        finally:
            if not connection.broken:
                drop_ways(connection, columns)


class _Chunks:
    """The chunks of the set, by number; each copies every exemplar a few times."""

    def __init__(self, services: Services, connection: Any, exemplars: Sequence[Exemplar]) -> None:
        self._services = services
        self._connection = connection
        self._exemplars = exemplars
        self._records_once = sum(len(one.parts) for one in exemplars)
        self._prefixes = {one.table: one.prefix for one in services.registry}

    def records(self, chunks: int) -> int:
        """Return how many records the set has with so many chunks, the exemplars included."""
        return self._records_once * (1 + chunks * ROUNDS_PER_CHUNK)

    def next_number(self) -> int:
        """Return the first chunk that is not stored: chunks are stored one after the other."""
        above = 1
        while self._is_stored(above - 1):
            above *= 2
        below = above // 2
        while below < above - 1:
            middle = (below + above) // 2
            below, above = (middle, above) if self._is_stored(middle - 1) else (below, middle)
        return below

    def _is_stored(self, number: int) -> bool:
        copy = self._copy(number * ROUNDS_PER_CHUNK, 0, [])
        row = self._connection.execute(
            "select exists (select from record where id = %s)", [self._exemplars[0].first_id(copy)]
        ).fetchone()
        return bool(row[0])

    def lines(self, number: int) -> Lines:
        """Return the lines of a chunk."""
        with self._services.database.app.connection() as connection:
            keys = self._keys(connection)
            copies = [
                (exemplar, exemplar.slots.fill(self._copy(turn, place, self._take(keys, exemplar))))
                for turn in range(number * ROUNDS_PER_CHUNK, (number + 1) * ROUNDS_PER_CHUNK)
                for place, exemplar in enumerate(self._exemplars)
            ]
            owners = [one for exemplar, values in copies for one in exemplar.owners(values)]
            sealer = self._services.keyring.prepare(connection, owners)
        lines: Lines = defaultdict(list)
        for exemplar, values in copies:
            write_copy(lines, exemplar, values, sealer, self._services)
        return lines

    def _copy(self, turn: int, place: int, keys: list[str]) -> Copy:
        number = 1 + turn * len(self._exemplars) + place
        moved = turn * STEP % SPAN + place * APART - SPAN
        return Copy(number, moved, Random(number), keys)  # noqa: S311 - made-up data

    def _keys(self, connection: Any) -> dict[str, Iterator[int]]:
        """Draw the keys of a chunk from the sequences."""
        tables = [one for exemplar in self._exemplars for one in exemplar.key_tables]
        counts = {one: tables.count(one) * ROUNDS_PER_CHUNK for one in set(tables)}
        drawing = "array(select nextval(%s::regclass) from generate_series(1, %s))"
        asked = [one for table, count in counts.items() for one in (f"{table}_key", count)]
        row = connection.execute(f"select {', '.join([drawing] * len(counts))}", asked).fetchone()
        return {table: iter(drawn) for table, drawn in zip(counts, row, strict=True)}

    def _take(self, keys: dict[str, Iterator[int]], exemplar: Exemplar) -> list[str]:
        return [
            f"{self._prefixes[table]}{next(keys[table]):0{KEY_DIGITS}d}"
            for table in exemplar.key_tables
        ]
