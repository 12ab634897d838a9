"""Groups of a list: how many records have each value of one attribute, in one statement."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from trunkline.documents.errors import Invalid
from trunkline.documents.paths import walk_path
from trunkline.kernel.filters import ListQuery
from trunkline.kernel.masks import Mask, hidden_paths, is_hidden
from trunkline.kernel.reading import WIDE_FILTER_S, refuse_hidden
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import scope
from trunkline.kernel.work import Work
from trunkline.screens.screen import screen_of
from trunkline.web.lists.address import kind_of, path_words
from trunkline.web.lists.filters import choices_of

GROUPS_MAX = 100
LABEL = "(select r.label from record r where r.id::text = t.doc #>> %s)"


@dataclass(frozen=True)
class Group:
    """Records with one value: how it reads, how many there are; `value` None for those without."""

    value: str | None
    label: str | None
    count: int


def groupable(resource: Resource, hidden: Mask | None) -> list[dict[str, str]]:
    """Return what a list can be grouped by: choices, states, flags and single references."""
    screen = screen_of(resource)
    wanted = [*screen.filters, *screen.columns, *resource.type.by_json_name()]
    found: dict[str, str] = {}
    for path in wanted:
        path = path.removesuffix(".name").removesuffix(".id")
        own = group_path(resource, path)
        if own and (hidden is None or not is_hidden(hidden, own)):
            found.setdefault(own, path_words(path))
    return [{"path": path, "label": label} for path, label in found.items()]


def group_path(resource: Resource, path: str) -> str:
    """Return the path whose values make the groups; empty where that makes no sense."""
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
    names = path.split(".")
    value = columns.promoted(path) or "(t.doc #>> %s)"
    own: list[object] = [] if columns.promoted(path) else [names]
    label = "null::text"
    if path.endswith(".id") and _sees_name(work, resource, path):
        label = f"max(coalesce(t.doc #>> %s, {LABEL}))"
        own += [[*names[:-1], "name"], names]
    try:
        work.connection.execute(f"set local statement_timeout = '{WIDE_FILTER_S}s'")
        rows = work.connection.execute(
            f"select {value}::text as value, {label}, count(*) from {resource.table} t "  # noqa: S608 - bound
            f"where {condition.text} group by 1 order by 3 desc, 1 limit {GROUPS_MAX}",
            [*own, *condition.parameters],
        ).fetchall()
    except psycopg.errors.QueryCanceled as error:
        raise Invalid(
            "filterTooWide", "this would count too many records; narrow the list first"
        ) from error
    return [Group(*row) for row in rows]


def _sees_name(work: Work, resource: Resource, path: str) -> bool:
    hidden = hidden_paths(resource, work.actor.must(resource, "read").sees)
    return hidden is None or not is_hidden(hidden, path.removesuffix(".id") + ".name")
