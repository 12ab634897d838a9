"""Backup into one file and restore from it, on the embedded server and on any other."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from trunkline.database.account import last_lines, program_environment
from trunkline.database.binaries import client_binaries
from trunkline.database.cluster import sync
from trunkline.database.launcher import EmbeddedServer, silent
from trunkline.database.problems import BackupProblem
from trunkline.database.roles import (
    OWNER_ROLE,
    SCHEMA_GRANTS,
    become,
    connect_plain,
    prepare_roles,
)

_THINGS = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
"""


def backup(
    database: str | EmbeddedServer,
    target: Path,
    *,
    bindir: Path | None = None,
    say: Callable[[str], None] = silent,
) -> Path:
    """Write the whole database into a new file, which appears only when it is complete."""
    if target.exists():
        raise BackupProblem(f"{target} exists. Name a new file; a backup never replaces one.")
    tools = _tools(database, bindir)
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    say(f"Writing a backup to {target}")
    try:
        tools.run([tools.path("pg_dump"), "-Fc", "-f", partial, "-d", tools.conninfo])
        sync(partial)
        partial.rename(target)
        sync(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    say(f"Backup complete: {target.stat().st_size:,} bytes")
    return target


def restore(
    database: str | EmbeddedServer,
    source: Path,
    *,
    force: bool = False,
    bindir: Path | None = None,
    say: Callable[[str], None] = silent,
) -> None:
    """Read a backup into an empty database, all of it or nothing.

    With `force` what Trunkline has in the database is dropped first, in the same transaction.
    """
    if not source.is_file():
        raise BackupProblem(f"There is no backup {source}.")
    tools = _tools(database, bindir)
    say(f"Checking {source}")
    tools.run([tools.path("pg_restore"), "--no-owner", "-f", "/dev/null", source])
    with connect_plain(tools.dsn) as connection:
        things = (connection.execute(_THINGS).fetchone() or (0,))[0]
        if things and not force:
            raise BackupProblem(
                f"The database {connection.info.dbname} is not empty ({things} tables, views and"
                " sequences). Restore into a new database, or use force to replace everything."
            )
    with connect_plain(tools.login_dsn) as connection:
        prepare_roles(connection)
    say(f"Restoring {source}" + (", replacing what is there" if things else ""))
    _restore_at_once(tools, source)
    with connect_plain(tools.dsn) as connection:
        become(connection, OWNER_ROLE)
        connection.execute("ANALYZE")
    say("Restore complete")


@dataclass(frozen=True, repr=False)
class Tools:
    """The client programs for one database; the password never stands on a command line.

    `dsn` reads and writes every row; `login_dsn` is the login that migrates.
    """

    folder: Path
    conninfo: str
    dsn: str
    login_dsn: str
    password: str | None

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the programs."""
        kept = program_environment()
        return kept if self.password is None else kept | {"PGPASSWORD": self.password}

    def path(self, name: str) -> str:
        """Return the path of a program."""
        return str(self.folder / name)

    def run(self, command: Sequence[str | Path]) -> None:
        """Run a program and raise BackupProblem with its last words where it fails."""
        done = subprocess.run(
            command,
            check=False,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            umask=0o077,
        )
        if done.returncode != 0:
            raise BackupProblem(_explained(Path(command[0]).name, done.stderr))


def _tools(database: str | EmbeddedServer, bindir: Path | None) -> Tools:
    if isinstance(database, EmbeddedServer):
        folder = database.pg_tool("pg_dump").parent
        dsn = database.superuser_dsn()
        return Tools(folder, dsn, dsn=dsn, login_dsn=database.dsn(), password=None)
    given = conninfo_to_dict(database)
    password = given.pop("password", None)
    with connect_plain(database) as connection:
        major = connection.info.server_version // 10_000
    binaries = client_binaries(bindir, server_major=major)
    return Tools(
        binaries.folder,
        make_conninfo(**given),  # type: ignore[arg-type]
        dsn=database,
        login_dsn=database,
        password=None if password is None else str(password),
    )


def _restore_at_once(tools: Tools, source: Path) -> None:
    """Feed pg_restore's SQL to one transaction of psql.

    We keep psql's input open beside pg_restore: psql commits at the end of its input, and that
    end must not come from a pg_restore that died. What the owner has goes first, its default
    grants too: the backup says which right is missing only against none.
    """
    owner = sql.Identifier(OWNER_ROLE).as_string()
    first = [f"DROP OWNED BY {owner} CASCADE", *SCHEMA_GRANTS, f"SET ROLE {owner}"]
    commands = [part for statement in first for part in ("-c", statement)]
    quiet = ["-X", "-q", "--single-transaction", "-v", "ON_ERROR_STOP=1"]
    with tempfile.TemporaryFile() as said:  # No pipe: nobody would empty it meanwhile.
        psql = subprocess.Popen(
            [tools.path("psql"), *quiet, "-d", tools.conninfo, *commands, "-f", "-"],
            env=tools.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        assert psql.stdin is not None
        reading = subprocess.Popen(
            [tools.path("pg_restore"), "--no-owner", "-f", "-", source],
            env=tools.environment,
            stdin=subprocess.DEVNULL,
            stdout=psql.stdin,
            stderr=subprocess.DEVNULL,
        )
        if reading.wait() != 0 and psql.poll() is None:
            psql.kill()
        psql.stdin.close()
        is_done = psql.wait() == 0 and reading.returncode == 0
        said.seek(0)
        words = said.read().decode("utf-8", "replace")
    if not is_done:
        raise BackupProblem(
            _explained("Restoring", words or f"pg_restore could not read {source}")
            + "\nNothing was changed."
        )


def _explained(what: str, words: str) -> str:
    message = f"{what} failed:\n{last_lines(words)}"
    if "row-level security" in words:
        message += "\nA backup reads every row: sign in as a superuser or a role with BYPASSRLS."
    if "SSL support is not compiled in" in words:
        message += (
            "\nThese programs speak no TLS. Install the system's PostgreSQL client programs"
            " or point TRUNKLINE_PG_BINDIR at some that do."
        )
    return message
