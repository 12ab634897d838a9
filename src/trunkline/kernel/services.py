"""Services: what a process has at hand, injected from one place: database, keys, time, chance."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from trunkline.documents.clock import Chance, machine_time
from trunkline.documents.shape import DataClass
from trunkline.kernel import masks
from trunkline.kernel.behaviour import Reaction
from trunkline.kernel.resource import Event, Registry, Resource, registry
from trunkline.leases.queue import NewWork
from trunkline.leases.sealing import Keyring


class Pool(Protocol):
    """Lends database connections."""

    def connection(self) -> Any:
        """Return a context manager that yields a connection."""


class Database(Protocol):
    """The two pools of one database: every row, and row-level security."""

    app: Any
    scoped: Any


@dataclass(frozen=True)
class Happening:
    """An event about to be written, as the fan-out sees it."""

    resource: Resource
    kind: str
    event_id: str
    subject: str
    version: int


Fanout = Callable[[Any, int, Happening], Iterable[NewWork]]
MOVED = 0  # stands for the generation where the transaction moves that itself: cache nothing


@dataclass(frozen=True)
class RuntimeAttribute:
    """An attribute that the operator added; values of an `indexed` one are kept aside.

    Filters may rely on those once it is `settled`: then the older records' values are there, too.
    """

    name: str
    kind: str
    indexed: bool
    settled: bool = False
    data_class: DataClass = "personal"


@dataclass
class Configuration:
    """What is cached of the configuration of one generation; mechanisms add to `kept`."""

    generation: int
    runtime: dict[str, dict[str, RuntimeAttribute]]
    kept: dict[Any, Any] = field(default_factory=dict)


@dataclass
class Services:
    """Everything that a request or a piece of work needs, made once per process.

    `now` is business time without the test offset; `machine_now` is for leases and sign-ins.
    `fanout` functions return work rows that go with an event (`(connection, generation, it)`).
    """

    database: Database
    keyring: Keyring
    chance: Chance = field(default_factory=Chance)
    machine_now: Callable[[], datetime] = machine_time
    registry: Registry = registry
    test_clock: bool = False
    fanout: list[Fanout] = field(default_factory=list)
    page_max: int = 1000
    body_bytes_max: int = 1 << 20
    extra: dict[str, Any] = field(default_factory=dict)
    _configuration: Configuration | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _reactions: dict[tuple[str, str], list[tuple[Reaction, Event]]] | None = None

    def now(self, offset_s: int = 0) -> datetime:
        """Return business time, to the millisecond, moved by the test clock's offset."""
        moment = self.machine_now().astimezone(UTC)
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        return moment + timedelta(seconds=offset_s) if self.test_clock else moment

    def reactions(
        self, resource: Resource, kind: str, state: str | None, former: str | None = None
    ) -> list[Reaction]:
        """Return the reactions that an event calls; `former` is the state before a move."""
        if self._reactions is None:
            index: dict[tuple[str, str], list[tuple[Reaction, Event]]] = {}
            for reaction in self.registry.reactions:
                for one in reaction.events:
                    index.setdefault((one.resource.name, one.kind), []).append((reaction, one))
            self._reactions = index
        found = self._reactions.get((resource.name, kind), ())
        return [reaction for reaction, event in found if event.covers(state, former)]

    def configuration(self, connection: Any, generation: int) -> Configuration:
        """Return the configuration of a generation, reading it when the cached one is older.

        One with a negative number is that of a transaction which is changing it: others never
        see it, and whoever asked keeps it.
        """
        found = self._configuration
        if found is not None and found.generation == generation:
            return found
        rows = connection.execute(
            "select type, name, kind, indexed, settled_at is not null, data_class "
            "from attribute_definition"
        ).fetchall()
        runtime: dict[str, dict[str, RuntimeAttribute]] = {}
        for kind_of, name, *rest in rows:
            runtime.setdefault(kind_of, {})[name] = RuntimeAttribute(name, *rest)
        if generation < 0:
            return Configuration(generation, runtime)
        with self._lock:
            masks.own_classes = {
                of: {one.name: one.data_class for one in each.values()}
                for of, each in runtime.items()
            }
            self.keyring.forget()
            self._configuration = found = Configuration(generation, runtime)
        return found


def bump_generation(connection: Any) -> int:
    """Say that configuration has changed: every process reads it anew at its next request."""
    row = connection.execute(
        "update generation set number = number + 1 returning number"
    ).fetchone()
    return int(row[0])
