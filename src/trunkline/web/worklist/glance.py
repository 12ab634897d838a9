"""Glances at a queue: its tabs, its groups and the rows of the open one, each in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trunkline.documents.decode import load
from trunkline.documents.shape import parse_instant
from trunkline.kernel.reading import WIDE_FILTER_S
from trunkline.kernel.select import Sql
from trunkline.kernel.work import Work
from trunkline.web.desk import Desk
from trunkline.web.worklist.worklist import Found, Group, Key, Look, Seen, Source, Tab

GROUPS_MAX = 100
EVERYTHING = Look()
OWNERS_SHOWN = 3


@dataclass(frozen=True)
class Glance:
    """A queue at a glance: rows of each tab, its groups, and what is in those that are open."""

    counts: Mapping[Tab, int]
    groups: Sequence[Group]
    found: Mapping[Key, Sequence[Found]]


def glance_at(
    desk: Desk, source: Source, work: Work, look: Look, *, limit: int, is_spread: bool = False
) -> Glance:
    """Return the queue; the group that `look` names is open, or the first; spread, all are."""
    seen = source.seen(desk, work, look)
    keys = [f"g{place}" for place in range(seen.width)]
    asked = [*look.group, *[None] * seen.width][: seen.width] if look.group is not None else []
    sql = _glance(seen, look.tab, keys, asked=bool(asked), is_spread=is_spread)
    values = [*seen.sql.parameters, *asked, *seen.more.parameters, limit]
    with source.reading(work) as connection:
        connection.execute(f"set local statement_timeout = '{WIDE_FILTER_S}s'")
        rows = connection.execute(sql, values).fetchall()
    counts = dict(zip(seen.tabs, rows[0][seen.width + 6 :], strict=False))
    found: dict[Key, list[Found]] = {}
    for one in _found(rows[0][-1]):
        found.setdefault(one.key, []).append(one)
    return Glance(counts, [_group(row, seen.width) for row in rows[1:]], found)


def _glance(seen: Seen, tab: Tab, keys: Sequence[str], *, asked: bool, is_spread: bool) -> str:
    """Return the statement: first a row for all, which lists what is open, then the groups."""
    names, here = ", ".join(keys), f"in_{tab}"
    by_place = f"min({seen.place})" if seen.place else ""
    first = by_place or ("min(due)" if seen.soonest_first else "min(since)")
    is_last = seen.soonest_first or bool(seen.place)
    order = f"first nulls {'last' if is_last else 'first'}, n desc"
    same = " and ".join(f"{one} is not distinct from %s::text" for one in keys)
    counts = ", ".join(f"count(*) filter (where in_{one}) as n_{one}" for one in seen.tabs)
    opened = " and ".join(f"s.{one} is not distinct from o.{one}" for one in keys)
    inside = "seen s" if is_spread else f"opened o join seen s on {opened}"
    return (
        f"with seen as materialized ({seen.sql.text}), found as ("  # noqa: S608 - our own names
        f"select grouping(g0) as whole, {names}, count(*) filter (where {here}) as n, "
        f"min(since) filter (where {here}) as oldest, "
        f"array_agg(distinct owner_name) filter (where {here} and owner_name is not null) "
        f"as owners, count(*) filter (where {here} and in_late) as late, "
        f"{first} filter (where {here}) as first, {counts} "
        f"from seen group by grouping sets (({names}), ())), "
        f"opened as (select {names} from found where whole = 0 and n > 0 "
        f"order by {f'({same}) desc, ' if asked else ''}{order} limit 1) "
        "select f.*, case when f.whole = 1 then "
        f"({_listed(seen, inside, f's.{here}')}) end "
        "from found f where f.whole = 1 or f.n > 0 "
        f"order by f.whole desc, {order} limit {GROUPS_MAX + 1}"
    )


def _group(row: Sequence[Any], width: int) -> Group:
    key = tuple(row[1 : width + 1])
    count, oldest, owners, late = row[width + 1 : width + 5]
    names = sorted(owners or ())[:OWNERS_SHOWN]
    return Group(key, [one or "" for one in key], count, oldest, names, late)


def counts_of(
    desk: Desk, source: Source, work: Work, since: datetime | None, look: Look = EVERYTHING
) -> tuple[Mapping[Tab, int], int]:
    """Return how many rows each tab has, and how many came in after a moment."""
    seen = source.seen(desk, work, Look(narrowed=look.narrowed))
    tabs = ", ".join(f"count(*) filter (where in_{one})" for one in seen.tabs)
    with source.reading(work) as connection:
        row = connection.execute(
            f"select {tabs}, count(*) filter (where since > %s) from ({seen.sql.text}) s",  # noqa: S608
            [since, *seen.sql.parameters],
        ).fetchone()
    return dict(zip(seen.tabs, row, strict=False)), row[-1]


def found_in(desk: Desk, source: Source, work: Work, look: Look, *, limit: int) -> list[Found]:
    """Return what is in a group, or in the whole tab: due first, then what waits longest."""
    seen = source.seen(desk, work, look)
    sql = Sql(f"s.in_{look.tab}", [])
    for place, value in enumerate(look.group or ()):
        sql.also(f"s.g{place} is not distinct from %s::text", value)
    text = _listed(seen, f"({seen.sql.text}) s", sql.text)
    values = [*seen.more.parameters, *seen.sql.parameters, *sql.parameters, limit]
    with source.reading(work) as connection:
        row = connection.execute(text, values).fetchone()
    return _found(row[0])


def _listed(seen: Seen, inside: str, condition: str) -> str:
    """Return the statement for ids, since when, what more a source wants of each, its group."""
    keys = ", ".join(f"s.g{number}" for number in range(seen.width))
    place = f"s.{seen.place}, " if seen.place else ""
    return (
        f"select json_agg(json_build_array(x.id, x.since, x.more, x.key)) from ("  # noqa: S608
        f"select s.id, s.since, {seen.more.text} as more, json_build_array({keys}) as key "
        f"from {inside} where {condition} "
        f"order by {place}s.due nulls last, s.since, s.id limit %s) x"
    )


def _found(body: bytes | None) -> list[Found]:
    return [
        Found(ident, parse_instant(since) if since else None, more, tuple(key))
        for ident, since, more, key in (load(body) if body is not None else ())
    ]
