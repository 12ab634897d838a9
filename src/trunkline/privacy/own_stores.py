# ruff: noqa: S608 - all names in these statements are of our own tables
"""The stores of the layers below: what is kept beside the records, and how it forgets a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from trunkline.documents.decode import encode, load
from trunkline.kernel.references import UUID
from trunkline.privacy.history import opened, without
from trunkline.privacy.pseudonym import kinds_that_go_on
from trunkline.privacy.stores import RECORDS, Erasing, store
from trunkline.rest.aliases import MERGED
from trunkline.workspace.job import place_of
from trunkline.workspace.search_index import index_again

SIGNED_IN = "(select id from principal where party = any(%(owners)s::uuid[]))"
IDENT = re.compile(UUID.pattern.strip("^").replace("\\Z", ""), re.IGNORECASE)
OPEN_JOBS = ("waiting", "running")
MINUTES = "600s"


@store("Search")
def found_no_more(at: Erasing) -> int:
    """Let the search box find the records by what they say now, and no duplicate by the name."""
    rows = at.work.connection.execute(
        "select type, array_agg(record::text) from erasure_record where request = %s group by type",
        [at.request],
    ).fetchall()
    index_again(at.work.services, at.work.connection, dict(rows))
    return at.run("delete from match_key where record = any(%(idents)s::uuid[])")


@store("Notes", is_told=True)
def notes_go(at: Erasing) -> int:
    """Remove what the staff has written about the person."""
    return at.run(
        f"delete from staff_note where owner = any(%(owners)s::uuid[]) or record in {RECORDS}"
    )


@store("Tasks", is_told=True)
def tasks_go(at: Erasing) -> int:
    """Remove tasks about the person; of those that stand for themselves the name."""
    for ident, author, said in at.work.connection.execute(
        "select id::text, author::text, said from staff_task where record is null"
    ).fetchall():
        _said_anew(at, "staff_task", "said", "id", ident, author, f"task|{ident}", said)
    return at.run(
        f"delete from staff_task where owner = any(%(owners)s::uuid[]) or record in {RECORDS}"
    )


@store("Files", is_told=True)
def files_go(at: Erasing) -> int:
    """Remove files that were kept with the person's records, with their content."""
    return at.run(
        f"delete from staff_file where owner = any(%(owners)s::uuid[]) or record in {RECORDS}"
    )


@store("Notifications")
def notifications_go(at: Erasing) -> int:
    """Remove what people were told about the person's records."""
    return at.run(f"delete from notification where record in {RECORDS} or principal in {SIGNED_IN}")


@store("Drafts")
def drafts_go(at: Erasing) -> int:
    """Remove forms that were begun about the person and not saved."""
    own, gone = at.forgetting.own, 0
    for who, place, typed in at.work.connection.execute(
        "select principal::text, place, typed from draft"
    ).fetchall():
        body = opened(at, who, f"draft|{place}", typed)
        about = any(one in own for one in IDENT.findall(place))
        if about or (body is not None and at.forgetting.words.stand_in(body.decode())):
            gone += at.run(
                "delete from draft where principal = %(who)s and place = %(place)s",
                who=who, place=place,
            )  # fmt: skip
    return gone + at.run(f"delete from draft where principal in {SIGNED_IN}")


@store("Jobs")
def jobs_forget(at: Erasing) -> int:
    """Empty the lines of jobs about the person, and remove files in which it may stand.

    Of a file that was made of a kind of records nobody can tell who is in it without reading it:
    all that were made before go, and are asked for again where they are needed.
    """
    touched: set[str] = set()
    for job, who, number, detail in at.work.connection.execute(
        "select l.job::text, j.principal::text, l.number, l.detail from job_line l "
        f"join job j on j.id = l.job where l.record in {RECORDS} or l.detail is not null",
        {"request": at.request},
    ).fetchall():
        body = opened(at, who, place_of(job), detail) if detail is not None else None
        if body is not None and at.forgetting.words.stand_in(body.decode()):
            touched.add(job)
            at.run("update job_line set detail = null, key = null where job = %(job)s "
                   "and number = %(number)s", job=job, number=number)  # fmt: skip
    mine = at.work.connection.execute(
        f"update job_line set detail = null where record in {RECORDS} and detail is not null "
        "returning job::text",
        {"request": at.request},
    ).fetchall()
    touched |= {job for (job,) in mine}
    _ask_without(at)
    return at.run(
        "delete from job_part p using job j where j.id = p.job and (j.id = any(%(touched)s::uuid[])"
        " or (j.state <> all(%(open)s) and j.resource in "
        "(select type from erasure_record where request = %(request)s)))",
        touched=sorted(touched), open=list(OPEN_JOBS),
    )  # fmt: skip


def _ask_without(at: Erasing) -> None:
    """Let what was asked of jobs that have ended say nothing of the person, no part of a name."""
    words, by = at.forgetting.words, at.forgetting.pseudonym
    for ident, who, asked in at.work.connection.execute(
        "select id::text, principal::text, asked from job where state <> all(%s)",
        [list(OPEN_JOBS)],
    ).fetchall():
        body = opened(at, who, place_of(ident), asked)
        told = load(body) if body is not None else None
        clean = words.without(told, by, own=True)
        if clean != told:
            keys = at.work.services.keyring.prepare(at.work.connection, [who])
            anew = keys.seal(who, place_of(ident), encode(clean))
            at.run("update job set asked = %(anew)s where id = %(job)s", anew=anew, job=ident)


@store("Deliveries")
def answers_of_listeners_go(at: Erasing) -> int:
    """Forget what listeners answered to messages about the person's records."""
    return at.run(
        "update delivery set answer = null, error = null "
        f"where (answer is not null or error is not null) and subject in {RECORDS}"
    )


@store("Answers")
def first_answers_go(at: Erasing) -> int:
    """Forget the answers kept for requests that are sent twice, and ids of other systems."""
    gone = at.run(
        f"delete from idempotency where owner = any(%(owners)s::uuid[]) or subject in {RECORDS}"
    )
    return gone + at.run(
        f"delete from alias where record in {RECORDS} and system <> %(merged)s "
        "and type <> all(%(others)s)",
        merged=MERGED,
        others=sorted(kinds_that_go_on()),
    )


@store("Sign-ins", is_told=True)
def sign_ins_end(at: Erasing) -> int:
    """End the sign-in of the person, with its sessions, preferences and views; rename the rest."""
    for table, column in (
        ("session", "principal"), ("token", "principal"), ("password_link", "principal"),
        ("list_choice", "principal"), ("saved_view", "principal"), ("preference", "principal"),
        ("principal_role", "principal"),
    ):  # fmt: skip
        at.run(f"delete from {table} where {column} in {SIGNED_IN}")
    for table in ("access_log", "audit"):
        at.run(f"update {table} set actor_name = %(pseudonym)s where actor in {SIGNED_IN}")
    at.run(f"update access_log set address = null where actor in {SIGNED_IN}")
    at.run(
        "update user_account set login = lower(%(pseudonym)s) || '-' || principal::text, "
        f"password_hash = null where principal in {SIGNED_IN}"
    )
    return at.run(
        "update principal set name = %(pseudonym)s, active = false "
        "where party = any(%(owners)s::uuid[])"
    )


@store("Texts")
def texts_without(at: Erasing) -> int:
    """Replace the name in every text beside the records: titles, views, errors, labels."""
    pattern = at.forgetting.words.pattern
    if pattern is None:
        return 0
    run, done = at.work.connection.execute, 0
    run(f"set local statement_timeout = '{MINUTES}'")
    for table, columns in _texts(at).items():
        for column, kind in columns.items():
            rows = run(
                f"select distinct {column}::text from {table} where {column}::text ~* %s",
                [pattern],
            ).fetchall()
            for (said,) in rows:
                clean = _said_without(at, said, is_json=kind in {"json", "jsonb"})
                if clean != said:
                    done += run(
                        f"update {table} set {column} = %s::{kind} where {column}::text = %s",
                        [clean, said],
                    ).rowcount
    return done


def _said_without(at: Erasing, said: str, *, is_json: bool) -> str:
    words, by = at.forgetting.words, at.forgetting.pseudonym
    if not is_json:
        return words.replaced(said, by)
    before = load(said.encode())
    clean = words.without(before, by)
    return said if clean == before else encode(clean).decode()


APART = frozenset(
    {
        "event",
        "audit",
        "access_log",
        "work",
        "erasure_run",
        "erasure_record",
        "search_word",
        "search_entry",
        "user_account",
        "principal",
        "pool_value",
    }
)
"""Tables without free texts, or whose own stores are done with them; numbers of pools stay."""


def _texts(at: Erasing) -> Mapping[str, Mapping[str, str]]:
    """Return the columns with texts of the tables that hold no records, with their types."""
    rows = at.work.connection.execute(
        "select c.relname::text, a.attname::text, format_type(a.atttypid, null) "
        "from pg_class c join pg_attribute a on a.attrelid = c.oid "
        "where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') "
        "and not c.relispartition and a.attnum > 0 and not a.attisdropped "
        "and format_type(a.atttypid, null) in ('text', 'json', 'jsonb') "
        "and has_table_privilege(c.oid, 'update')"
    ).fetchall()
    registry = at.work.services.registry
    records = {one.table for one in registry} | {one.reference_table for one in registry}
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        if table not in records and table not in APART:
            found.setdefault(table, {})[column] = kind
    return found


def _said_anew(
    at: Erasing, table: str, column: str, by: str, ident: str, owner: str, purpose: str, stored: Any
) -> None:
    anew = without(at, owner, purpose, stored)
    if anew is not None:
        at.run(
            f"update {table} set {column} = %(anew)s where {by} = %(ident)s",
            anew=anew, ident=ident,
        )  # fmt: skip
