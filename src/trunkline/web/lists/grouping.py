"""Groups of a list: how many records have each value of one attribute, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from trunkline.documents.errors import Invalid
from trunkline.documents.paths import walk_path
from trunkline.kernel.filters import ListQuery
from trunkline.kernel.masks import Mask, hidden_paths, is_hidden
from trunkline.kernel.reading import COUNT_CAP, WIDE_FILTER_S, refuse_hidden
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import Sql, scope
from trunkline.kernel.work import Work
from trunkline.rest.archived import out_of_archive
from trunkline.screens.screen import screen_of
from trunkline.web.governed import Governed
from trunkline.web.lists.address import kind_of, path_words
from trunkline.web.lists.filters import choices_of
from trunkline.web.lists.rows import for_list
from trunkline.web.values import number

GROUPS_MAX = 100
"""How many groups are shown; of values that an index has the first ones, else the largest."""
LABEL = (
    "coalesce(g.label, (select r.label from record r where r.id = case when g.value ~* "
    "'^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then g.value::uuid end))"
)


@dataclass(frozen=True)
class Group:
    """Records with one value: how it reads, how many there are; `value` None for those without.

    Of values that an index has no more than 10,000 and one are counted.
    """

    value: str | None
    label: str | None
    count: int

    @property
    def said(self) -> str:
        """The number, with a plus where there are more than are counted."""
        return f"{number(COUNT_CAP)}+" if self.count > COUNT_CAP else number(self.count)


@dataclass(frozen=True)
class Groups:
    """The groups of a list, how many records it has, and whether there are further groups."""

    shown: Sequence[Group] = ()
    total: int = 0
    has_more: bool = False

    @property
    def said(self) -> str:
        """How many records there are, with a plus where there are more than are counted."""
        return Group(None, None, self.total).said


def groupable(resource: Resource, hidden: Mask | None, known: Governed) -> list[dict[str, str]]:
    """Return what a list can be grouped by: choices, states, flags and single references."""
    screen = screen_of(resource)
    wanted = [*screen.filters, *screen.columns, *resource.type.by_json_name(), *known.extras]
    found: dict[str, str] = {}
    for path in wanted:
        path = path.removesuffix(".name").removesuffix(".id")
        own = group_path(resource, path, known)
        if own and known.has_use_for(own) and (hidden is None or not is_hidden(hidden, own)):
            found.setdefault(own, known.label(path) or path_words(path))
    return [{"path": path, "label": label} for path, label in found.items()]


def group_path(resource: Resource, path: str, known: Governed) -> str:
    """Return the path whose values make the groups; empty where that makes no sense."""
    if path in known.extras:
        return path if known.extras[path].kind in {"choice", "boolean"} else ""
    try:
        steps = walk_path(resource.type, path)
    except KeyError:
        return ""
    if any(one.is_list for one in steps):
        return ""
    attribute = steps[-1].attribute
    if attribute.shape is not None:
        return f"{path}.id" if attribute.shape.targets else ""
    few = bool(choices_of(resource, path)) or kind_of(resource, path) == "boolean"
    few = few or path in known.bound
    holder = steps[-2].attribute.shape if len(steps) > 1 else None
    is_reference = holder is not None and bool(holder.targets) and attribute.json_name == "id"
    return path if few or is_reference else ""


def groups_of(work: Work, resource: Resource, query: ListQuery, path: str) -> Groups:
    """Return the groups of the records that a query means, the largest first."""
    grant = work.actor.must(resource, "read")
    refuse_hidden(resource, grant, query)
    query = out_of_archive(work.actor, resource, query)
    columns = work.columns(resource)
    condition = scope(resource, work.actor, grant)
    filters = for_list(work).filtered(resource, query.conditions)
    condition.also(filters.text, *filters.parameters)
    column = columns.promoted(path)
    is_searched = any(one.path == "id" for one in query.conditions)  # then they are found already
    if column is not None and columns.is_quick(path) and not is_searched:
        asked = _by_index(resource, column, condition)
    else:
        asked = _by_reading(resource, column, path, condition, named=_named(work, resource, path))
    try:
        work.connection.execute(f"set local statement_timeout = '{WIDE_FILTER_S}s'")
        rows = work.connection.execute(asked.text, asked.parameters).fetchall()
    except psycopg.errors.QueryCanceled as error:
        raise Invalid(
            "filterTooWide", "this would count too many records; narrow the list first"
        ) from error
    found = [Group(*row[:3]) for row in rows if row[2]]
    shown, total = found[:GROUPS_MAX], rows[0][3] if rows else 0
    has_more = len(found) > GROUPS_MAX or sum(one.count for one in shown) < total
    return Groups(shown, total, has_more)


def _by_index(resource: Resource, column: str, condition: Sql) -> Sql:
    """Return the query of groups whose values an index has, each counted to a most.

    The values are found by a step in the index from each to the next.
    """
    table = resource.table
    found = f"select {column} as value from {table} t where {column}"  # noqa: S608 - declared names
    first = f"order by {column} limit 1"
    counted = f"select count(*) from (select 1 from {table} t where {condition.text} and {column}"  # noqa: S608
    most = f"limit {COUNT_CAP + 1}) c"
    return Sql(
        f"with recursive v as (({found} is not null {first}) union all "  # noqa: S608
        f"select ({found} > v.value {first}) from v where v.value is not null), "
        f"w as (select value from v where value is not null limit {GROUPS_MAX + 1}), "
        f"n as materialized ({_total(resource, condition)}) "
        f"select value::text, null::text, ({counted} = w.value {most}), n.total from w, n "
        f"union all select null, null, ({counted} is null {most}), n.total from n "
        "order by 3 desc, 1",
        condition.parameters * 3,
    )


def _total(resource: Resource, condition: Sql) -> str:
    """Return the query of how many records there are, counted to a most."""
    one = f"select 1 from {resource.table} t where {condition.text}"  # noqa: S608 - declared names
    return f"select count(*) as total from ({one} limit {COUNT_CAP + 1}) c"  # noqa: S608


def _by_reading(
    resource: Resource, column: str | None, path: str, condition: Sql, *, named: bool
) -> Sql:
    """Return the query of groups whose values stand in the records."""
    names = path.split(".")
    own: list[Any] = [] if column else [names]
    held = "null::text"
    if named:
        held = "max(t.doc #>> %s)"
        own.append([*names[:-1], "name"])
    return Sql(
        f"with n as materialized ({_total(resource, condition)}) select g.value, "  # noqa: S608
        f"{LABEL if named else 'g.label'}, g.count, (select total from n) from ("
        f"select ({column or 't.doc #>> %s'})::text as value, {held} as label, count(*) as count "
        f"from {resource.table} t where {condition.text} "
        f"group by 1 order by 3 desc, 1 limit {GROUPS_MAX + 1}) g order by 3 desc, 1",
        [*condition.parameters, *own, *condition.parameters],
    )


def _named(work: Work, resource: Resource, path: str) -> bool:
    """Tell whether groups by a reference have the names of what it points at."""
    if not path.endswith(".id"):
        return False
    hidden = hidden_paths(resource, work.actor.must(resource, "read").sees)
    return hidden is None or not is_hidden(hidden, path.removesuffix(".id") + ".name")
