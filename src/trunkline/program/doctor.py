"""The doctor: looks at everything that an installation needs, and says what to do.

The command asks for all of it, the page of the administration for one part at a time. Nothing that
it says holds a secret.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Literal, TypeAlias

import psycopg

from trunkline.access.newly_shipped import newer
from trunkline.database.connection import APP_ROLE
from trunkline.database.migrate import outstanding, read_sources
from trunkline.database.problems import DatabaseProblem
from trunkline.database.roles import OWNER_ROLE, ROLES
from trunkline.documents.shape import format_instant
from trunkline.governance import attribute_index
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import registry
from trunkline.leases import troubles
from trunkline.program.logging import without_secrets
from trunkline.program.serve import ServeProblem, listening_address
from trunkline.program.start import migration_sources
from trunkline.settings import Settings

Level = Literal["ok", "warn", "fail"]
Part = Literal["settings", "database", "tables", "work", "upkeep", "rights"]
Check: TypeAlias = Callable[[Any], "Iterator[Finding]"]
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


def settings_findings(chosen: Settings) -> Iterator[Finding]:
    """Yield what there is to say about the settings and the disk that they name."""
    return _plain(_settings(chosen))


def database_findings(connection: Any, part: Part) -> Iterator[Finding]:
    """Yield what there is to say about one part of what the database holds.

    A check that cannot be made says so, and the next one is made.
    """
    return _found(connection, CHECKS[part])


def _found(connection: Any, checks: Iterable[Check]) -> Iterator[Finding]:
    for check in checks:
        try:
            yield from _plain(check(connection))
        except (psycopg.Error, DatabaseProblem) as error:
            told = getattr(getattr(error, "diag", None), "message_primary", None) or str(error)
            name = check.__name__.strip("_")
            yield from _plain([Finding("fail", name, f"cannot be looked at: {told}")])


def all_database_findings(connection: Any) -> Iterator[Finding]:
    """Yield what there is to say about the database; of tables that are missing nothing else."""
    for part, checks in CHECKS.items():
        has_failed = False
        for one in _found(connection, map(_as_program, checks) if part == "rights" else checks):
            has_failed = has_failed or one.level == "fail"
            yield one
        if part == "tables" and has_failed:
            return


def _as_program(check: Check) -> Check:
    """Return a check that is made as the program, which sees the roles; other logins do not."""

    @wraps(check)
    def acting(connection: Any) -> Iterator[Finding]:
        with connection.transaction():
            connection.execute(f"set local role {APP_ROLE}")  # a constant
            found = [*check(connection)]
        return iter(found)

    return acting


def _plain(found: Iterable[Finding]) -> Iterator[Finding]:
    return (replace(one, text=without_secrets(one.text)) for one in found)


# --- settings and disk -------------------------------------------------------------------------


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
    yield _disk(chosen.data)


def _disk(data: Path) -> Finding:
    there = next(one for one in (data.absolute(), *data.absolute().parents) if one.exists())
    free = shutil.disk_usage(there).free
    level: Level = "fail" if free < DISK_FREE_FAIL else "warn" if free < DISK_FREE_WARN else "ok"
    advice = "" if level == "ok" else "; make room before the database stops"
    return Finding(level, "disk", f"{free / 1e9:.1f} GB free at {there}{advice}")


# --- the server --------------------------------------------------------------------------------


def _server(connection: Any) -> Iterator[Finding]:
    version = connection.info.server_version
    yield Finding("ok", "database", f"PostgreSQL {version // 10_000}.{version % 10_000} answers")


def _clock(connection: Any) -> Iterator[Finding]:
    before = datetime.now(UTC)
    (theirs,) = connection.execute("select clock_timestamp()").fetchone()
    middle = before + (datetime.now(UTC) - before) / 2
    apart_s = abs((theirs - middle).total_seconds())
    if apart_s < CLOCKS_APART_WARN_S:
        text = f"machine and database are {apart_s * 1000:.0f} ms apart"
        yield Finding("ok", "clock", text)
        return
    level: Level = "fail" if apart_s > CLOCKS_APART_FAIL_S else "warn"
    text = f"machine and database are {apart_s:.0f} s apart; run a time service on both"
    yield Finding(level, "clock", text)


def _roles(connection: Any) -> Iterator[Finding]:
    rows = connection.execute(
        "select rolname, rolsuper or rolbypassrls, "
        "pg_has_role(session_user, oid, 'member') from pg_roles where rolname = any(%s)",
        [list(ROLES)],
    ).fetchall()
    missing = sorted(set(ROLES) - {name for name, _, _ in rows})
    too_strong = [name for name, is_strong, _ in rows if is_strong]
    closed = [name for name, _, is_member in rows if not is_member and name != OWNER_ROLE]
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


def _migrations(connection: Any) -> Iterator[Finding]:
    due = [one.name for one in outstanding(connection, _files())]
    if not due:
        yield Finding("ok", "tables", "up to date")
        return
    names = ", ".join(due[:3]) + (" …" if len(due) > 3 else "")
    text = f"{len(due)} migrations are due ({names}); run `trunkline migrate`"
    yield Finding("fail", "tables", text)


def _files() -> Any:
    return read_sources(migration_sources(load_modules()))


# --- what is done in the background ------------------------------------------------------------


def _work(connection: Any) -> Iterator[Finding]:
    rows = connection.execute(
        "select d.*, t.* from (select count(*) "  # noqa: S608 - our own statement
        "filter (where d.is_due), "
        "extract(epoch from max(clock_timestamp() - d.run_at) filter (where d.is_due)), "
        "count(*) filter (where d.parked_at is not null) "
        "from (select run_at, parked_at, parked_at is null and run_at <= clock_timestamp() "
        "and (lease_until is null or lease_until < clock_timestamp()) as is_due from work) d) d "
        f"left join ({troubles.STANDING}) t on true"
    ).fetchall()
    due, oldest_s, parked, *_ = rows[0]
    age_s = float(oldest_s or 0)
    text = f"{due} due, the oldest for {age_s:.0f} s"
    if age_s > OLDEST_DUE_FAIL_S:
        yield Finding("fail", "work", f"{text}; is a worker running? `trunkline worker`")
    elif age_s > OLDEST_DUE_WARN_S:
        yield Finding("warn", "work", f"{text}; look at the worker's log, or run more workers")
    else:
        yield Finding("ok", "work", text)
    if parked:
        yield Finding(
            "warn", "parked", f"{parked} failed too often; see `trunkline parked list`, mend the"
            " cause, then `trunkline parked retry --all`",
        )  # fmt: skip
    else:
        yield Finding("ok", "parked", "none")
    yield from _passes([troubles.Trouble(*one) for _, _, _, *one in rows if one[0] is not None])


def _passes(found: Sequence[troubles.Trouble]) -> Iterator[Finding]:
    if not found:
        yield Finding("ok", "passes", "all passes go well")
    for one in found:
        what = f"{one.count}, such as {one.subject}" if one.subject else "all of it"
        yield Finding(
            "warn", "passes", f"{one.name} fails at {what} since {format_instant(one.since)}"
            f" ({one.error}); see the worker's log, mend the cause: it is tried again",
        )  # fmt: skip


def _partitions(connection: Any) -> Iterator[Finding]:
    rows = connection.execute(
        "select p.relname, count(*) filter (where c.relname like '%\\_' || "
        "to_char(now() + interval '1 month', 'YYYYMM')) "
        "from pg_partitioned_table t join pg_class p on p.oid = t.partrelid "
        "join pg_inherits i on i.inhparent = p.oid join pg_class c on c.oid = i.inhrelid "
        "group by p.relname order by p.relname"
    ).fetchall()
    late = [name for name, next_month in rows if not next_month]
    if late:
        yield Finding(
            "warn", "partitions", f"none for next month: {', '.join(late)}; a running worker makes"
            " them within the hour",
        )  # fmt: skip
    else:
        names = ", ".join(name for name, _ in rows)
        yield Finding("ok", "partitions", f"next month is ready ({names})")


def index_progress(connection: Any) -> Iterator[Finding]:
    """Yield which indexes of the operator's attributes are being filled, and how far."""
    found = attribute_index.fillings(connection, registry)
    if not found:
        yield Finding("ok", "attributes", "no index is being filled")
        return
    text = " · ".join(f"{one.type}.{one.name} {one.told}" for one in found)
    if any(one.parked for one in found):
        yield Finding("warn", "attributes", f"{text}; see `trunkline parked list`")
    else:
        yield Finding("ok", "attributes", text)


def _usual_roles(connection: Any) -> Iterator[Finding]:
    found = newer(connection)
    if not found:
        yield Finding("ok", "usual roles", "have what this version ships, or were left so")
        return
    lacking = sum(len(one.permissions) for one in found)
    names = ", ".join(one.role.name for one in found)
    yield Finding(
        "warn", "usual roles", f"lack {lacking} permissions that this version ships ({names}); see"
        " `trunkline role newer`",
    )  # fmt: skip


def _test_clock(connection: Any) -> Iterator[Finding]:
    (offset_s,) = connection.execute("select offset_s from clock").fetchone()
    if offset_s:
        yield Finding(
            "warn", "test clock", f"business time is moved by {offset_s} s in test mode;"
            " `trunkline clock move now` brings it back",
        )  # fmt: skip
    else:
        yield Finding("ok", "test clock", "not moved")


CHECKS: dict[Part, tuple[Check, ...]] = {
    "database": (_server, _clock, _roles),
    "tables": (_migrations,),
    "work": (_work, _partitions),
    "upkeep": (index_progress, _test_clock),
    "rights": (_usual_roles,),
}
"""The checks of each part of the database, in the order in which things have to be mended."""
