"""The doctor: looks at everything that an installation needs, and says what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import psycopg
import typer
from rich.markup import escape

from trunkline import attributes
from trunkline import settings as settings_file
from trunkline.cli.terminal import out, say
from trunkline.database.launcher import EmbeddedServer
from trunkline.database.problems import DatabaseProblem
from trunkline.database.roles import ROLES, connect_plain
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import registry
from trunkline.program.logging import without_secrets
from trunkline.program.serve import ServeProblem, listening_address
from trunkline.program.start import outstanding
from trunkline.settings import Settings, SettingsError

Level = Literal["ok", "warn", "fail"]
COLORS = {"ok": "green", "warn": "yellow", "fail": "red"}
CLOCKS_APART_WARN_S = 2.0
CLOCKS_APART_FAIL_S = 60.0
OLDEST_DUE_WARN_S = 60.0
OLDEST_DUE_FAIL_S = 900.0
DISK_FREE_WARN = 2_000_000_000
DISK_FREE_FAIL = 500_000_000


@dataclass(frozen=True)
class Finding:
    """One line of the doctor: how it is, and the next step where it is not well."""

    level: Level
    subject: str
    text: str


def doctor() -> None:
    """Look at settings, database, work and disk; exit code 1 when something fails."""
    found = []
    for one in findings():
        found.append(one)
        color = COLORS[one.level]
        text = escape(without_secrets(one.text))
        out.print(f"[{color}]{one.level:4}[/{color}]  {one.subject:10}  {text}")
    raise typer.Exit(1 if any(one.level == "fail" for one in found) else 0)


def findings() -> Iterator[Finding]:
    """Yield what is found, in the order in which it has to be mended."""
    try:
        chosen = settings_file.load(os.environ)
    except SettingsError as error:
        for problem in error.problems:
            yield Finding("fail", "settings", problem)
        return
    yield from _settings(chosen)
    yield _disk(chosen.data)
    try:
        yield from _database(chosen)
    except DatabaseProblem as problem:
        yield Finding("fail", "database", str(problem))


def _settings(chosen: Settings) -> Iterator[Finding]:
    if chosen.is_production:
        yield Finding("ok", "settings", "mode production")
        if chosen.public_url.startswith("http://"):
            yield Finding(
                "warn",
                "settings",
                "TRUNKLINE_PUBLIC_URL begins with http://; customers need https.",
            )
        if chosen.metrics_token is None:
            yield Finding(
                "warn",
                "settings",
                "/metrics answers nobody; set TRUNKLINE_METRICS_TOKEN to read it.",
            )
    else:
        yield Finding(
            "ok", "settings", "mode development; set TRUNKLINE_MODE=production for real customers"
        )
    if chosen.network_url is None:
        yield Finding(
            "warn",
            "settings",
            "No network is connected; set TRUNKLINE_NETWORK_URL to fulfil orders.",
        )
    try:
        listening_address(chosen.host)
    except ServeProblem as problem:
        yield Finding("fail", "settings", str(problem))


def _disk(data: Path) -> Finding:
    there = next(one for one in (data.absolute(), *data.absolute().parents) if one.exists())
    free = shutil.disk_usage(there).free
    level: Level = "fail" if free < DISK_FREE_FAIL else "warn" if free < DISK_FREE_WARN else "ok"
    advice = "" if level == "ok" else "; make room before the database stops"
    return Finding(level, "disk", f"{free / 1e9:.1f} GB free at {there}{advice}")


def _database(chosen: Settings) -> Iterator[Finding]:
    if chosen.database_url is not None:
        yield from _server(chosen.database_url, chosen.database_owner_url or chosen.database_url)
        return
    with EmbeddedServer.start(chosen.data, bindir=chosen.pg_bindir, say=say) as server:
        yield Finding("ok", "database", f"embedded, data in {server.folder}")
        yield from _server(server.dsn(), server.dsn())


def _server(dsn: str, owner_dsn: str) -> Iterator[Finding]:
    with connect_plain(dsn) as connection:
        version = connection.info.server_version
        yield Finding(
            "ok", "database", f"PostgreSQL {version // 10_000}.{version % 10_000} answers"
        )
        yield _clock(connection)
        yield from _roles(connection)
        due = outstanding(owner_dsn, load_modules())
        if due:
            names = ", ".join(due[:3]) + (" …" if len(due) > 3 else "")
            yield Finding(
                "fail",
                "tables",
                f"{len(due)} migrations are due ({names}); run `trunkline migrate`",
            )
            return
        yield Finding("ok", "tables", "up to date")
        for check in (_partitions, _work, _parked, index_progress, _test_clock):
            yield from _asked(check, connection)


def _asked(check: Callable[[Any], Finding], connection: Any) -> Iterator[Finding]:
    try:
        yield check(connection)
    except psycopg.Error as error:
        text = error.diag.message_primary or str(error)
        yield Finding("fail", check.__name__.strip("_"), f"cannot be looked at: {text}")


def _clock(connection: Any) -> Finding:
    before = datetime.now(UTC)
    (theirs,) = connection.execute("select clock_timestamp()").fetchone()
    middle = before + (datetime.now(UTC) - before) / 2
    apart_s = abs((theirs - middle).total_seconds())
    if apart_s < CLOCKS_APART_WARN_S:
        return Finding("ok", "clock", f"machine and database are {apart_s * 1000:.0f} ms apart")
    level: Level = "fail" if apart_s > CLOCKS_APART_FAIL_S else "warn"
    return Finding(
        level,
        "clock",
        f"machine and database are {apart_s:.0f} s apart; run a time service on both",
    )


def _roles(connection: Any) -> Iterator[Finding]:
    rows = connection.execute(
        "select rolname, rolsuper or rolbypassrls, "
        "pg_has_role(current_user, oid, 'member') from pg_roles where rolname = any(%s)",
        [list(ROLES)],
    ).fetchall()
    missing = sorted(set(ROLES) - {name for name, _, _ in rows})
    too_strong = [name for name, is_strong, _ in rows if is_strong]
    closed = [name for name, _, is_member in rows if not is_member]
    if missing:
        yield Finding(
            "fail", "roles", f"missing: {', '.join(missing)}; `trunkline migrate` makes them"
        )
    if too_strong:
        yield Finding(
            "fail", "roles", f"row security does not bind {', '.join(too_strong)}; let an"
            " administrator run ALTER ROLE … NOSUPERUSER NOBYPASSRLS",
        )  # fmt: skip
    if closed:
        yield Finding(
            "fail", "roles", f"this login may not act as {', '.join(closed)}; `trunkline migrate`"
            " as their owner lets it",
        )  # fmt: skip
    if not (missing or too_strong or closed):
        yield Finding("ok", "roles", ", ".join(ROLES))


def _partitions(connection: Any) -> Finding:
    rows = connection.execute(
        "select p.relname, count(*) filter (where c.relname like '%\\_' || "
        "to_char(now() + interval '1 month', 'YYYYMM')) "
        "from pg_partitioned_table t join pg_class p on p.oid = t.partrelid "
        "join pg_inherits i on i.inhparent = p.oid join pg_class c on c.oid = i.inhrelid "
        "group by p.relname order by p.relname"
    ).fetchall()
    late = [name for name, next_month in rows if not next_month]
    if late:
        return Finding(
            "warn", "partitions", f"none for next month: {', '.join(late)}; a running worker makes"
            " them within the hour",
        )  # fmt: skip
    return Finding("ok", "partitions", f"next month is ready ({', '.join(n for n, _ in rows)})")


def _work(connection: Any) -> Finding:
    due, oldest_s = connection.execute(
        "select count(*), extract(epoch from max(clock_timestamp() - run_at)) from work "
        "where parked_at is null and run_at <= clock_timestamp() "
        "and (lease_until is null or lease_until < clock_timestamp())"
    ).fetchone()
    age_s = float(oldest_s or 0)
    text = f"{due} due, the oldest for {age_s:.0f} s"
    if age_s > OLDEST_DUE_FAIL_S:
        return Finding("fail", "work", f"{text}; is a worker running? `trunkline worker`")
    if age_s > OLDEST_DUE_WARN_S:
        return Finding("warn", "work", f"{text}; look at the worker's log, or run more workers")
    return Finding("ok", "work", text)


def _parked(connection: Any) -> Finding:
    (count,) = connection.execute(
        "select count(*) from work where parked_at is not null"
    ).fetchone()
    if count:
        return Finding(
            "warn", "parked", f"{count} failed too often; see `trunkline parked list`, mend the"
            " cause, then `trunkline parked retry --all`",
        )  # fmt: skip
    return Finding("ok", "parked", "none")


def index_progress(connection: Any) -> Finding:
    """Return which indexes of the operator's attributes are being filled, and how far."""
    found = attributes.fillings(connection, registry)
    if not found:
        return Finding("ok", "attributes", "no index is being filled")
    text = " · ".join(f"{one.type}.{one.name} {one.told}" for one in found)
    if any(one.parked for one in found):
        return Finding("warn", "attributes", f"{text}; see `trunkline parked list`")
    return Finding("ok", "attributes", text)


def _test_clock(connection: Any) -> Finding:
    (offset_s,) = connection.execute("select offset_s from clock").fetchone()
    if offset_s:
        return Finding(
            "warn", "test clock", f"business time is moved by {offset_s} s in test mode;"
            " `trunkline clock move now` brings it back",
        )  # fmt: skip
    return Finding("ok", "test clock", "not moved")
