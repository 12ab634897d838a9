"""Groups of a list: how many records have each value of one attribute, in one statement."""

from __future__ import annotations

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
from trunkline.screens.screen import screen_of
from trunkline.web.governed import Governed
from trunkline.web.lists.address import kind_of, path_words
from trunkline.web.lists.filters import choices_of
from trunkline.web.values import number

GROUPS_MAX = 100
LABEL = "(select r.label from record r where r.id::text = t.doc #>> %s)"


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


def groups_of(work: Work, resource: Resource, query: ListQuery, path: str) -> list[Group]:
    """Return the groups of the records that a query means, the largest first."""
    grant = work.actor.must(resource, "read")
    refuse_hidden(resource, grant, query)
    columns = work.columns(resource)
    condition = scope(resource, work.actor, grant)
    filters = work.filtered(resource, query.conditions)
    condition.also(filters.text, *filters.parameters)
    column = columns.promoted(path)
    if column is not None and columns.is_quick(path):
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
    return [Group(*row) for row in rows if row[2]]


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
        f"w as (select value from v where value is not null limit {GROUPS_MAX}) "
        f"select value::text, null::text, ({counted} = w.value {most}) from w union all "
        f"select null, null, ({counted} is null {most}) order by 3 desc, 1",
        [*condition.parameters, *condition.parameters],
    )


def _by_reading(
    resource: Resource, column: str | None, path: str, condition: Sql, *, named: bool
) -> Sql:
    """Return the query of groups whose values stand in the records."""
    names = path.split(".")
    own: list[Any] = [] if column else [names]
    label = "null::text"
    if named:
        label = f"max(coalesce(t.doc #>> %s, {LABEL}))"
        own += [[*names[:-1], "name"], names]
    return Sql(
        f"select ({column or 't.doc #>> %s'})::text as value, {label}, count(*) "  # noqa: S608
        f"from {resource.table} t where {condition.text} "
        f"group by 1 order by 3 desc, 1 limit {GROUPS_MAX}",
        [*own, *condition.parameters],
    )


def _named(work: Work, resource: Resource, path: str) -> bool:
    """Tell whether groups by a reference have the names of what it points at."""
    if not path.endswith(".id"):
        return False
    hidden = hidden_paths(resource, work.actor.must(resource, "read").sees)
    return hidden is None or not is_hidden(hidden, path.removesuffix(".id") + ".name")
