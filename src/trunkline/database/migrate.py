"""Migrations: plain SQL files, in order, forward only, each once.

A file is named `NNNN_title.sql`, from 0001 without gaps, and never changes once it was applied.
It runs in one transaction; with `-- no transaction` as its first line it runs statement by
statement and from its beginning after a failure, so each of its statements must bear repeating.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.resources.abc import Traversable
from pathlib import Path

import psycopg
from psycopg import errors

from trunkline.database.connection import APP_ROLE, SCOPED_ROLE, Connection
from trunkline.database.launcher import silent
from trunkline.database.problems import MigrationProblem
from trunkline.database.roles import connect_plain, prepare_roles

LOCK_TIMEOUT_MS = 1_000
ATTEMPTS_MAX = 10
PAUSE_S_MAX = 5.0
WAIT_S_MAX = 600.0

_ADVISORY_LOCK = 7_240_015_121
_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_NO_TRANSACTION = "-- no transaction"
_TABLE = f"""
CREATE TABLE IF NOT EXISTS migration (
    source text NOT NULL,
    number integer NOT NULL,
    title text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, number)
);
REVOKE INSERT, UPDATE, DELETE ON migration FROM {APP_ROLE}, {SCOPED_ROLE};
"""
_TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/|[eE]'(?:\\.|''|[^'\\])*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|"""
    r"(\$\w*\$).*?\1|;",
    re.DOTALL,
)


@dataclass(frozen=True)
class MigrationSource:
    """A module's folder of migrations."""

    name: str
    folder: Path | Traversable


@dataclass(frozen=True)
class Migration:
    """One file of a source."""

    source: str
    number: int
    title: str
    text: str

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.source} {self.number:04}_{self.title}"

    @property
    def checksum(self) -> str:
        """The mark by which a changed file is noticed."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def needs_no_transaction(self) -> bool:
        """Tell whether the file runs statement by statement."""
        return self.text.partition("\n")[0].strip() == _NO_TRANSACTION


def migrate(
    owner_dsn: str,
    sources: Sequence[MigrationSource],
    derived: Callable[[Connection], Iterable[str]] | None = None,
    *,
    login: str | None = None,
    say: Callable[[str], None] = silent,
    pause: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Bring the tables to the state of this release and return what was done.

    `derived` yields further statements, each run by itself after the files. `login` is the role
    that the application signs in as, where that is not the role of `owner_dsn`.
    """
    migrations = read_sources(sources)
    with connect_plain(owner_dsn) as connection, _only_one(connection, say=say, pause=pause):
        prepare_roles(connection, login=login)
        connection.execute(_TABLE)
        connection.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
        done = []
        for migration in outstanding(connection, migrations):
            say(f"Applying {migration.name}")
            _apply(connection, migration, _Patience(migration.name, say=say, pause=pause))
            done.append(migration.name)
        for statement in derived(connection) if derived is not None else ():
            title = f"derived: {statement.strip().partition(chr(10))[0]}"
            say(f"Applying {title}")
            _Patience(title, say=say, pause=pause).run(partial(_execute, connection, statement))
            done.append(title)
    return done


def drop_everything(owner_dsn: str) -> None:
    """Drop every table and all that is in them; `migrate` makes them again."""
    with connect_plain(owner_dsn) as connection:
        prepare_roles(connection)
        connection.execute("DROP OWNED BY CURRENT_USER CASCADE")


def pending(dsn: str, sources: Sequence[MigrationSource]) -> list[str]:
    """Return the names of the files that the database still lacks; changes nothing."""
    migrations = read_sources(sources)
    with connect_plain(dsn) as connection:
        return [migration.name for migration in outstanding(connection, migrations)]


def read_sources(sources: Sequence[MigrationSource]) -> list[Migration]:
    """Read the files of all sources in their order; refuses gaps and strange names."""
    migrations: list[Migration] = []
    for source in sources:
        files = sorted(
            (file for file in source.folder.iterdir() if file.name.endswith(".sql")),
            key=lambda file: file.name,
        )
        for number, file in enumerate(files, start=1):
            match = _NAME.fullmatch(file.name)
            if match is None or int(match[1]) != number:
                raise MigrationProblem(
                    f"{source.name}: {file.name} stands where {number:04}_<title>.sql is expected."
                    " Number migrations from 0001 without gaps, with lower-case titles."
                )
            text = file.read_text(encoding="utf-8").replace("\r\n", "\n")
            migrations.append(Migration(source.name, number, match[2], text))
    return migrations


def outstanding(connection: Connection, migrations: Sequence[Migration]) -> list[Migration]:
    """Return what the database still lacks; refuses a history that the files do not continue."""
    known = connection.execute("SELECT to_regclass('migration') IS NOT NULL").fetchone()
    if known != (True,):
        return list(migrations)
    rows = connection.execute("SELECT source, number, title, checksum FROM migration").fetchall()
    applied = {(source, number): (title, checksum) for source, number, title, checksum in rows}
    last = dict(sorted(applied))
    for migration in migrations:
        _check(migration, applied.pop((migration.source, migration.number), None), last)
    for (source, number), (title, _) in applied.items():
        if any(migration.source == source for migration in migrations):
            raise MigrationProblem(
                f"The database has {source} {number:04}_{title}, which this release does not know:"
                " a newer release wrote it. Install that release or a later one."
            )
    return [one for one in migrations if one.number > last.get(one.source, 0)]


def statements_of(text: str) -> Iterator[str]:
    """Yield the statements of an SQL text; quotes, comments and dollar quotes are respected."""
    start = 0
    for token in _TOKEN.finditer(text):
        if token.group() == ";":
            yield from _statement(text[start : token.start()])
            start = token.end()
    yield from _statement(text[start:])


class _Patience:
    """Runs something again while it cannot get a lock, so that it never blocks users for long."""

    def __init__(
        self, title: str, *, say: Callable[[str], None], pause: Callable[[float], None]
    ) -> None:
        self._title = title
        self._say = say
        self._pause = pause

    def run(self, act: Callable[[], None]) -> None:
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                act()
            except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
                if attempt == ATTEMPTS_MAX:
                    raise MigrationProblem(
                        f"{self._title} did not get its lock in {ATTEMPTS_MAX} attempts:"
                        f" {error}. Nothing of it was kept. Look for long transactions in"
                        " pg_stat_activity, end them and migrate again."
                    ) from error
                self._say(f"{self._title} waits for a lock (attempt {attempt})")
                self._pause(min(0.1 * 2**attempt, PAUSE_S_MAX))
            except psycopg.Error as error:
                raise MigrationProblem(f"{self._title} failed: {error}") from error
            else:
                return


def _apply(connection: Connection, migration: Migration, patience: _Patience) -> None:
    if migration.needs_no_transaction:
        for statement in statements_of(migration.text):
            patience.run(partial(_execute, connection, statement))
        _record(connection, migration)
        return

    def in_transaction() -> None:
        with connection.transaction():
            _execute(connection, migration.text)
            _record(connection, migration)

    patience.run(in_transaction)


def _execute(connection: Connection, text: str) -> None:
    connection.execute(text.encode())


def _record(connection: Connection, migration: Migration) -> None:
    connection.execute(
        "INSERT INTO migration (source, number, title, checksum) VALUES (%s, %s, %s, %s)",
        [migration.source, migration.number, migration.title, migration.checksum],
    )


def _check(migration: Migration, applied: tuple[str, str] | None, last: dict[str, int]) -> None:
    if applied is None:
        if migration.number < last.get(migration.source, 0):
            raise MigrationProblem(
                f"{migration.name} was never applied, but later files of {migration.source} were."
                " Add new migrations at the end, never in between."
            )
    elif applied != (migration.title, migration.checksum):
        raise MigrationProblem(
            f"{migration.name} was changed after it was applied as {applied[0]}."
            " Restore the file and put the change into a new one."
        )


@contextmanager
def _only_one(
    connection: Connection, *, say: Callable[[str], None], pause: Callable[[float], None]
) -> Iterator[None]:
    """Hold the migration lock; polled, because a waiting statement would block index builds."""
    waited_s = 0.0
    while connection.execute("SELECT pg_try_advisory_lock(%s)", [_ADVISORY_LOCK]).fetchone() != (
        True,
    ):
        if waited_s == 0:
            say("Waiting for another migration of this database")
        if waited_s > WAIT_S_MAX:
            raise MigrationProblem("Another migration of this database has not ended. Look for it.")
        pause(0.2)
        waited_s += 0.2
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute("SELECT pg_advisory_unlock(%s)", [_ADVISORY_LOCK])


def _statement(text: str) -> Iterator[str]:
    bare = _TOKEN.sub(lambda token: "" if token[0].startswith(("--", "/*")) else token[0], text)
    if bare.strip():
        yield text.strip()
