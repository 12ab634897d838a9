"""The index of the search box, kept by a follower of the events: nothing waits for it.

One process at a time does one step at a time: it takes the next events, reads the records as they
are now, and keeps where it is. An index that is empty, or was made for other declarations, is
built from the tables beside that; a rebuild that was cut off goes on where it was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import psycopg
import structlog

from trunkline.documents.decode import encode, load
from trunkline.documents.shape import DataClass
from trunkline.governance.extra_definitions import searched_attributes
from trunkline.kernel.runtime import FIRST_ID
from trunkline.kernel.services import Services
from trunkline.leases import troubles
from trunkline.rest.archived import is_archivable
from trunkline.workspace.search_terms import (
    Entry,
    Searched,
    digest_of,
    entry_of,
    pieces_of,
    searched_kinds,
)

log = structlog.get_logger("trunkline.search")
PASS = "search"
UNFIT = (psycopg.DataError, psycopg.errors.ProgramLimitExceeded, ValueError)
"""What an entry is met with that no row can hold, or that has too many words."""
ADVISORY_LOCK = 7_240_015_123
EVENTS_MAX = 4_000
RECORDS_MAX = 1_000
BUILD_TIMEOUT_S = 600

EVENTS = """
select type, subject::text, xid::text, seq from event
where (xid, seq) > (%s::xid8, %s::bigint) and xid < pg_snapshot_xmin(pg_current_snapshot())
order by xid, seq limit %s
"""
STATE = """
select xid::text, seq, declared, building, reached::text, records, started_at, finished_at
from search_state for update
"""
KEPT = "key, owner, partner, label, label_class, folded, numbers, terms"
KEEP = f"""
with n as materialized (
  select record, kind, key, owner, partner, label, label_class, folded, numbers,
    array_to_tsvector(terms) as terms
  from json_to_recordset(%s::json) as i(record uuid, kind text, key text, owner uuid, partner uuid,
    label text, label_class text, folded text, numbers text[], terms text[])
)
insert into search_entry (record, kind, {KEPT})
select n.* from n left join search_entry o on o.record = n.record
where (o.{KEPT.replace(", ", ", o.")}) is distinct from (n.{KEPT.replace(", ", ", n.")})
on conflict (record) do update set
  ({KEPT}) = row(excluded.{KEPT.replace(", ", ", excluded.")})
"""  # noqa: S608 - the names of our own columns
"""Keeps what is new or not as it was; the others are not even locked, which would be a write."""
FORMER = """
select unnest(tsvector_to_array(terms)) from search_entry where record = any(%s::uuid[])"""
KEEP_WORDS = """
insert into search_word (term, pieces)
select n.term, array_to_tsvector(n.pieces) from json_to_recordset(%s::json)
  as n(term text, pieces text[])
where not exists (select from search_word w where w.term = n.term) on conflict do nothing"""
DROP_WORDS = """
delete from search_word w where term = any(%s) and not exists (
  select from search_entry e where e.terms @@ quote_literal(w.term)::tsquery)"""


@dataclass(frozen=True)
class State:
    """How far the follower is, and a rebuild: the kind it is at, and how many records are done."""

    xid: str
    seq: int
    declared: str
    building: str | None
    reached: str | None
    records: int
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class Step:
    """What one step did: events followed, records read for a rebuild, and whether more waits."""

    events: int
    records: int
    more: bool


class Round:
    """What one step looks at: what went well, what did not, and whether each is kept alone."""

    def __init__(self, *, is_careful: bool) -> None:
        self.is_careful = is_careful
        self.done: set[str] = set()
        self.failed: dict[str, Exception] = {}

    def entries(self, searched: Searched, rows: Sequence[Sequence[Any]]) -> list[Entry]:
        """Return by what each record is found; one of which that cannot be said is left out."""
        found = []
        for row in rows:
            try:
                found.append(_entry(searched, row))
            except Exception as error:  # the worker's edge: of one record, which may hold anything
                self.failed[str(row[0])] = error
        return found

    def keep(self, connection: Any, entries: Sequence[Entry]) -> None:
        """Write entries to the index, all at once or each where the others do not hang on it."""
        for part in [[one] for one in entries] if self.is_careful else [entries] if entries else ():
            try:
                with connection.transaction() if self.is_careful else nullcontext():
                    former = _terms(connection, [one.record for one in part])
                    connection.execute(KEEP, [encode(list(part)).decode()])
                    _keep_words(connection, former, {term for one in part for term in one.terms})
                self.done.update(one.record for one in part)
            except UNFIT as error:
                if not self.is_careful:
                    raise
                self.failed[part[0].record] = error

    def settle(self, connection: Any) -> None:
        """Note what failed, and forget what has failed before and went well now."""
        for record, error in self.failed.items():
            log.error("record not indexed", record=record, exc_info=error)
            troubles.note(connection, PASS, record, error)
        if self.done and (mended := self.done & troubles.noted(connection, PASS)):
            troubles.over(connection, PASS, mended)


def step(services: Services) -> Step | None:
    """Follow the next events and go on with a rebuild; None where another process is at it.

    A record that cannot be kept is noted and passed over until it is changed.
    """
    try:
        return _step(services, Round(is_careful=False))
    except UNFIT:
        return _step(services, Round(is_careful=True))


def _step(services: Services, this: Round) -> Step | None:
    with services.database.app.connection() as connection, connection.transaction():
        if not _is_ours(connection):
            return None
        kinds = _kinds(services, connection)
        state = _state(services, connection, kinds)
        events, state = _follow(connection, kinds, state, this)
        records, state = _build(services, connection, kinds, state, this)
        _keep_state(connection, state)
        this.settle(connection)
    return Step(events, records, state.building is not None or events == EVENTS_MAX)


def _kinds(services: Services, connection: Any) -> dict[str, Searched]:
    """Return how each kind is found, by the operator's attributes, too, whose words are searched.

    Where those become others the index is built anew, as with a new declaration.
    """
    own: dict[str, list[tuple[str, DataClass]]] = {}
    for kind, name, data_class in searched_attributes(connection):
        own.setdefault(kind, []).append((name, data_class))
    return {
        kind: replace(one, words=(*one.words, *own.get(kind, ())))
        for one in searched_kinds(services.registry)
        if (kind := str(one.resource))
    }


def catch_up(services: Services, *, steps: int = 10_000) -> int:
    """Follow and build until nothing waits; return how many events were followed."""
    events = 0
    for _ in range(steps):
        done = step(services)
        if done is None or not (done.more or done.events):
            break
        events += done.events
    return events


def rebuild(services: Services) -> None:
    """Let the index be built anew from the tables; what is found meanwhile stays found."""
    with services.database.app.connection() as connection, connection.transaction():
        connection.execute("update search_state set declared = '', building = null, reached = null")


def state_of(connection: Any) -> State | None:
    """Return how far the index is; None before the first step."""
    row = connection.execute(STATE.replace("for update", "")).fetchone()
    return State(*row) if row else None


def _is_ours(connection: Any) -> bool:
    """Take the lock of the index for this transaction, where it is free."""
    row = connection.execute("select pg_try_advisory_xact_lock(%s)", [ADVISORY_LOCK]).fetchone()
    return bool(row[0])


def _state(services: Services, connection: Any, kinds: Mapping[str, Searched]) -> State:
    """Return where to go on from; from the beginning where the declarations are others.

    A rebuild begins at the transactions that are open now: what they write is followed.
    """
    row = connection.execute(STATE).fetchone()
    declared = digest_of(list(kinds.values()))
    if row is not None and row[2] == declared:
        return State(*row)
    (now,) = connection.execute("select pg_snapshot_xmin(pg_current_snapshot())::text").fetchone()
    xid, seq = (row[0], row[1]) if row is not None else (now, 0)
    first = next(iter(kinds), None)
    return State(xid, seq, declared, first, None, 0, services.machine_now(), None)


def _keep_state(connection: Any, state: State) -> None:
    connection.execute(
        "insert into search_state (xid, seq, declared, building, reached, records, started_at, "
        "finished_at) values (%(xid)s::xid8, %(seq)s, %(declared)s, %(building)s, "
        "%(reached)s::uuid, %(records)s, %(started_at)s, %(finished_at)s) "
        "on conflict (one) do update set xid = excluded.xid, seq = excluded.seq, "
        "declared = excluded.declared, building = excluded.building, reached = excluded.reached, "
        "records = excluded.records, started_at = excluded.started_at, "
        "finished_at = excluded.finished_at",
        asdict(state),
    )


def _follow(
    connection: Any, kinds: Mapping[str, Searched], state: State, this: Round
) -> tuple[int, State]:
    """Bring the records of the next events to what they are now; gone ones leave the index."""
    rows = connection.execute(EVENTS, [state.xid, state.seq, EVENTS_MAX]).fetchall()
    if not rows:
        return 0, state
    touched: dict[str, dict[str, None]] = {}
    for kind, subject, _, _ in rows:
        touched.setdefault(kind, {})[subject] = None
    _bring(connection, kinds, touched, this)
    xid, seq = rows[-1][2:]
    return len(rows), State(**{**asdict(state), "xid": xid, "seq": seq})


def index_again(services: Services, connection: Any, touched: Mapping[str, Sequence[str]]) -> None:
    """Bring records, by their kinds, to what they are now, in the transaction of who asks.

    For who may not wait until the follower comes to their events.
    """
    this = Round(is_careful=True)
    kinds = _kinds(services, connection)
    _bring(connection, kinds, {kind: dict.fromkeys(ids) for kind, ids in touched.items()}, this)


def _bring(
    connection: Any, kinds: Mapping[str, Searched], touched: Mapping[str, dict[str, None]],
    this: Round,
) -> None:  # fmt: skip
    gone: list[str] = []
    entries: list[Entry] = []
    for kind, idents in touched.items():
        searched = kinds.get(kind)
        if searched is None:
            continue  # none of them has ever been in the index
        found = this.entries(searched, _read(connection, searched, list(idents)))
        entries += found
        gone += idents.keys() - {one.record for one in found} - this.failed.keys()
    this.keep(connection, entries)
    if gone:
        this.done.update(gone)
        former = _terms(connection, gone)
        connection.execute("delete from search_entry where record = any(%s::uuid[])", [gone])
        _keep_words(connection, former, ())


def _build(
    services: Services, connection: Any, kinds: Mapping[str, Searched], state: State, this: Round
) -> tuple[int, State]:
    """Index the next records of a kind; at its end take out those that are no longer there."""
    if state.building is None:
        return 0, state
    searched = kinds[state.building]
    rows = _read_on(connection, searched, state.reached or FIRST_ID)
    this.keep(connection, this.entries(searched, rows))
    changed: dict[str, Any] = {"records": state.records + len(rows)}
    if len(rows) == RECORDS_MAX:
        changed["reached"] = rows[-1][0]
    else:
        connection.execute(f"set local statement_timeout = '{BUILD_TIMEOUT_S}s'")
        lost = connection.execute(
            "delete from search_entry e where e.kind = %s and not exists "  # noqa: S608 - declared
            f"(select 1 from {searched.resource.table} t where t.id = e.record"
            f"{_present(searched)}) returning tsvector_to_array(e.terms)",
            [state.building],
        ).fetchall()
        _keep_words(connection, {term for (terms,) in lost for term in terms}, ())
        names = list(kinds)
        later = names[names.index(state.building) + 1 :]
        changed |= {"reached": None, "building": later[0] if later else None}
        if not later:
            lost = connection.execute(
                "delete from search_entry where kind <> all(%s) returning tsvector_to_array(terms)",
                [names],
            ).fetchall()
            _keep_words(connection, {term for (terms,) in lost for term in terms}, ())
            changed["finished_at"] = services.machine_now()
    return len(rows), State(**{**asdict(state), **changed})


def _terms(connection: Any, records: Sequence[str]) -> set[str]:
    """Return by what some records are found so far."""
    return {term for (term,) in connection.execute(FORMER, [list(records)]).fetchall()}


def _keep_words(connection: Any, former: Collection[str], now: Collection[str]) -> None:
    """Keep the words of what was written, and drop those of which no record is left.

    A word is personal where its record is: it goes with the last one that has it.
    """
    found = [{"term": one, "pieces": held} for one in now if (held := pieces_of(one))]
    if found:
        connection.execute(KEEP_WORDS, [encode(found).decode()])
    gone = [one for one in former if one not in now and pieces_of(one)]
    if gone:
        connection.execute(DROP_WORDS, [gone])


def _read(connection: Any, searched: Searched, idents: Sequence[str]) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = connection.execute(
        "select id::text, key, owner::text, partner::text, doc "  # noqa: S608 - declared
        f"from {searched.resource.table} t where t.id = any(%s::uuid[]){_present(searched)}",
        [idents],
    ).fetchall()
    return rows


def _read_on(connection: Any, searched: Searched, after: str) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = connection.execute(
        "select id::text, key, owner::text, partner::text, doc "  # noqa: S608 - declared
        f"from {searched.resource.table} t where t.id > %s::uuid{_present(searched)} "
        "order by t.id limit %s",
        [after, RECORDS_MAX],
    ).fetchall()
    return rows


def _present(searched: Searched) -> str:
    """Return the condition that leaves out what is archived, where a kind may be."""
    return " and t.p_is_archived is not true" if is_archivable(searched.resource) else ""


def _entry(searched: Searched, row: Sequence[Any]) -> Entry:
    ident, key, owner, partner, doc = row
    return entry_of(searched, ident, key, owner, partner, load(doc))
