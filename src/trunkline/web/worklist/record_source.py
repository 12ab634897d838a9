"""Records as a queue: any kind of record whose state says that it waits for somebody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from trunkline.kernel.masks import is_hidden
from trunkline.kernel.reading import WIDE_FILTER_S
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import Sql, scope
from trunkline.kernel.work import Work
from trunkline.web.desk import Desk
from trunkline.web.records import Record, hidden_of, matching
from trunkline.web.worklist.worklist import Group, Look, Row, Tab

GROUPS_MAX = 100
OWNERS_SHOWN = 3


@dataclass(frozen=True)
class RecordSource:
    """The records of a kind in some states.

    `state`, `owner` (an id), `owner_name` and `due` are paths of its attributes. Records in a
    state of `trying` are being worked on by the program just now and stand apart.
    """

    resource: Resource
    state: str
    waiting: tuple[str, ...]
    trying: tuple[str, ...]
    owner: str
    owner_name: str
    due: str
    to_rows: Callable[[Desk, Work, Sequence[Record]], list[Row]]

    def counts(self, work: Work, since: datetime | None) -> tuple[Mapping[Tab, int], int]:
        """Return how many rows each tab has, and how many came in after a moment."""
        tabs: tuple[Tab, ...] = ("all", "mine", "nobody", "overdue", "trying")
        columns, parameters = [], []
        for tab in tabs:
            sql = self._of_tab(work, Look(tab))
            columns.append(f"count(*) filter (where {sql.text})")
            parameters += sql.parameters
        base = self._seen(work)
        row = work.connection.execute(
            f"select {', '.join(columns)}, count(*) filter (where t.created_at > %s) "  # noqa: S608
            f"from {self.resource.table} t where {base.text} and {self._at(work, self.state)} "
            "= any(%s)",
            [*parameters, since, *base.parameters, [*self.waiting, *self.trying]],
        ).fetchone()
        return dict(zip(tabs, row, strict=False)), row[-1]

    def groups(self, work: Work, look: Look) -> list[Group]:
        """Return the groups, the one whose oldest row waits longest first."""
        grouping = look.grouping
        assert grouping is not None
        hidden = hidden_of(work, self.resource)
        paths = [one for one in grouping.paths if hidden is None or not is_hidden(hidden, one)]
        values = ", ".join(self._at(work, one) for one in paths)
        numbers = ", ".join(str(place + 1) for place in range(len(paths)))
        sql = self._wanted(work, look)
        work.connection.execute(f"set local statement_timeout = '{WIDE_FILTER_S}s'")
        rows = work.connection.execute(
            f"select {values}{',' if values else ''} count(*), min(t.created_at), "  # noqa: S608
            f"array_agg(distinct {self._at(work, self.owner_name)}), "
            f"count(*) filter (where {self._at(work, self.due)}::timestamptz < %s) "
            f"from {self.resource.table} t where {sql.text} "
            f"{'group by ' + numbers if numbers else ''} "
            f"order by min(t.created_at), count(*) desc limit {GROUPS_MAX}",
            [work.now, *sql.parameters],
        ).fetchall()
        return [self._group(row, len(paths)) for row in rows if row[len(paths)]]

    def _group(self, row: Sequence[Any], width: int) -> Group:
        key = tuple(row[:width])
        count, oldest, owners, overdue = row[width:]
        names = sorted(one for one in owners if one)
        return Group(key, [one or "" for one in key], count, oldest, names[:OWNERS_SHOWN], overdue)

    def rows(self, desk: Desk, work: Work, look: Look, *, limit: int) -> list[Row]:
        """Return rows, the one that waits longest first."""
        since = self._found(work, look, limit)
        if not since:
            return []
        listing = matching(work, self.resource, {"id": list(since)}, limit=len(since))
        if listing is None:
            return []
        by_id = {one.id: one for one in listing.records}
        found = [by_id[ident] for ident in since if ident in by_id]
        rows = self.to_rows(desk, work, found)
        return [replace(one, since=since[one.ident]) for one in rows]

    def idents(self, work: Work, look: Look, *, limit: int) -> list[str]:
        """Return the ids of the rows, the one that is due first and waits longest first."""
        return list(self._found(work, look, limit))

    def _found(self, work: Work, look: Look, limit: int) -> dict[str, datetime]:
        """Return since when the rows wait, by their ids."""
        sql = self._wanted(work, look)
        rows = work.connection.execute(
            f"select t.id::text, t.created_at from {self.resource.table} t where {sql.text} "  # noqa: S608
            f"order by {self._at(work, self.due)} nulls last, t.created_at, t.id limit %s",
            [*sql.parameters, limit],
        ).fetchall()
        return dict(rows)

    # --- conditions ----------------------------------------------------------------------------

    def _wanted(self, work: Work, look: Look) -> Sql:
        sql = self._seen(work)
        tab = self._of_tab(work, look)
        sql.also(tab.text, *tab.parameters)
        if look.group is not None and look.grouping is not None:
            for path, value in zip(look.grouping.paths, look.group, strict=False):
                sql.also(f"{self._at(work, path)} is not distinct from %s", value)
        return sql

    def _seen(self, work: Work) -> Sql:
        return scope(self.resource, work.actor, work.actor.must(self.resource, "read"))

    def _of_tab(self, work: Work, look: Look) -> Sql:
        state, owner = self._at(work, self.state), self._at(work, self.owner)
        if look.tab == "trying":
            return Sql(f"{state} = any(%s)", [list(self.trying)])
        if look.tab == "mine":
            every = [*self.waiting, *self.trying]
            return Sql(f"{state} = any(%s) and {owner} = %s", [every, work.actor.id])
        sql = Sql(f"{state} = any(%s)", [list(self.waiting)])
        if look.tab == "nobody":
            sql.also(f"{owner} is null")
        elif look.tab == "overdue":
            sql.also(f"{self._at(work, self.due)}::timestamptz < %s", work.now)
        return sql

    def _at(self, work: Work, path: str) -> str:
        """Return the SQL of a value: its column, or the declared path in the document."""
        column = work.columns(self.resource).promoted(path)
        return column or "(t.doc #>> '{" + ",".join(path.split(".")) + "}')"
