"""Records as a queue: any kind of record whose state says that it waits for somebody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from trunkline.kernel.masks import is_hidden
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import Sql, scope
from trunkline.kernel.work import Work
from trunkline.web.desk import Desk
from trunkline.web.records import Record, hidden_of, matching
from trunkline.web.values import Cell
from trunkline.web.worklist.belonging import belonging, link_to
from trunkline.web.worklist.worklist import Found, Look, Row, Seen, Source, Tab

TABS: tuple[Tab, ...] = ("all", "mine", "nobody", "overdue", "trying")


@dataclass(frozen=True)
class RecordSource(Source):
    """The records of a kind in some states.

    `state`, `owner` (an id), `owner_name` and `due` are paths of its attributes; `about` maps
    references of theirs to what they belong to, the first that there is counts. Records in a state
    of `trying` are being worked on by the program just now and stand apart. `narrows` gives by the
    name of a filter the condition on a record `t` that a value of it means.
    """

    resource: Resource
    state: str
    waiting: tuple[str, ...]
    trying: tuple[str, ...]
    owner: str
    owner_name: str
    due: str
    about: Mapping[str, Resource]
    to_rows: Callable[[Work, Sequence[Record], Mapping[str, Cell]], list[Row]]
    narrows: Mapping[str, Callable[[Work, str], Sql]] = field(default_factory=dict)

    def seen(self, _desk: Desk, work: Work, look: Look) -> Seen:
        """Return the records in those states that the visitor may see."""
        at = self._at
        state, owner, due = at(work, self.state), at(work, self.owner), at(work, self.due)
        groups = self._groups(work, look)
        late = f"({due})::timestamptz < %s"
        waits = f"{state} = any(%s)"
        columns = [
            "t.id::text as id, t.created_at as since",
            f"({due})::timestamptz as due, {at(work, self.owner_name)} as owner_name",
            f"coalesce({late}, false) as in_late, {waits} as in_all",
            f"{owner} = %s as in_mine, {waits} and {owner} is null as in_nobody",
            f"{waits} and coalesce({late}, false) as in_overdue, {state} = any(%s) as in_trying",
            *(f"{value} as g{place}" for place, value in enumerate(groups)),
            *(f"{at(work, path + '.id')} as a{n}" for n, path in enumerate(self.about)),
        ]
        waiting, trying = list(self.waiting), list(self.trying)
        base = scope(self.resource, work.actor, work.actor.must(self.resource, "read"))
        base.also(waits, [*waiting, *trying])
        for name, value in look.narrowed.items():
            if name in self.narrows:
                condition = self.narrows[name](work, value)
                base.also(condition.text, *condition.parameters)
        sql = Sql(
            f"select {', '.join(columns)} from {self.resource.table} t where {base.text}",  # noqa: S608 - our own names
            [work.now, waiting, work.actor.id, waiting, waiting, work.now, trying,
             *base.parameters],
        )  # fmt: skip
        kinds = [
            (f"s.a{place} is not null", f"s.a{place}::uuid", resource)
            for place, resource in enumerate(self.about.values())
        ]
        return Seen(sql, TABS, len(groups), belonging(work, kinds))

    def _groups(self, work: Work, look: Look) -> list[str]:
        """Return the SQL of the values that it is grouped by; none of what is hidden."""
        hidden = hidden_of(work, self.resource)
        paths = look.grouping.paths if look.grouping is not None else (self.state,)
        return [
            "null::text" if hidden is not None and is_hidden(hidden, one) else self._at(work, one)
            for one in paths
        ]

    def rows(self, desk: Desk, work: Work, found: Sequence[Found]) -> list[Row]:
        """Return the records as rows."""
        listing = None
        if found:
            wanted = {"id": [one.id for one in found]}
            listing = matching(work, self.resource, wanted, limit=len(found))
        if listing is None:
            return []
        by_id = {one.id: one for one in listing.records}
        belongs = {one.id: link_to(desk, one.more) for one in found}
        records = [by_id[one.id] for one in found if one.id in by_id]
        since = {one.id: one.since for one in found}
        rows = self.to_rows(work, records, belongs)
        return [replace(one, since=since[one.ident]) for one in rows]

    def _at(self, work: Work, path: str) -> str:
        """Return the SQL of a value: its column, or the declared path in the document."""
        column = work.columns(self.resource).promoted(path)
        return column or "(t.doc #>> '{" + ",".join(path.split(".")) + "}')"
