"""Select: the SQL of filters, sorts, scopes and cursors, all values as bound parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from trunkline.database.paging import NEWEST_FIRST, Order
from trunkline.documents.limits import lies_within, query_of
from trunkline.documents.paths import Step, walk_path
from trunkline.kernel.actor import Actor, Grant
from trunkline.kernel.ddl import column_name, is_scoped
from trunkline.kernel.filters import Condition, Sort
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Resource

WITHIN = "t.owner in (select s.owner from owner_sphere s where s.lies_in @@ %s::tsquery)"
COMPARE = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
KEPT = {"number": ("a.number", "numeric"), "instant": ("a.time", "timestamptz")}
META = {"id": "t.id", "key": "t.key", "createdAt": "t.created_at", "updatedAt": "t.updated_at"}


@dataclass
class Sql:
    """A piece of SQL with its parameters in order."""

    text: str = "true"
    parameters: list[Any] = field(default_factory=list)

    def also(self, text: str, *parameters: Any) -> None:
        """Add a condition that must hold as well."""
        self.text = text if self.text == "true" else f"{self.text} and {text}"
        self.parameters += parameters


@dataclass(frozen=True)
class Columns:
    """Where a resource's values can be read quickly: promoted columns and run-time side table."""

    resource: Resource
    indexed_runtime: frozenset[str] = frozenset()
    live_kinds: tuple[str, ...] = ()

    def named(self, path: str) -> str | None:
        """Return the SQL of where the names come from that are filled in at a path on reading."""
        holder, _, name = path.rpartition(".")
        if not holder or name != "name" or not self.live_kinds:
            return None
        shape = walk_path(self.resource.type, holder)[-1].attribute.shape
        targets = shape.targets if shape is not None else ()
        kinds = ", ".join(_literal(one) for one in self.live_kinds if one in targets)
        return kinds and (
            f"from {self.resource.reference_table} f join record r on r.id = f.target "
            f"where f.type = {_literal(self.resource.name)} and f.path = {_literal(holder)} "
            f"and f.target_type in ({kinds})"
        )

    def promoted(self, path: str) -> str | None:
        """Return the column that holds the value at a path, if one does."""
        if path in META:
            return META[path]
        for one in self.resource.promote:
            if one.path == path:
                return "t." + column_name(one)
        return None

    def is_quick(self, path: str) -> bool:
        """Tell whether an index finds the values at a path."""
        return path in {"id", "href", "key"} or path in self.indexed_paths()

    def indexed_paths(self) -> list[str]:
        """Return the paths that a filter finds quickly, for the advice in a refusal."""
        own = [one.path for one in self.resource.promote if one.index]
        return ["id", "key", *own, *sorted(self.indexed_runtime)]


def array_of(idents: Iterable[str]) -> str:
    """Return ids as the text of an array: the driver takes far longer for a list."""
    return "{" + ",".join(idents) + "}"


def scope(resource: Resource, actor: Actor, grant: Grant) -> Sql:
    """Return the condition that keeps an actor to the rows it may reach."""
    if grant.reach == "all" or not is_scoped(resource):
        return Sql()
    if grant.reach == "limited":
        sql = Sql(WITHIN, [query_of(grant.limits)])
        if grant.beside is not None:
            beside = scope(resource, actor, Grant(grant.beside))
            sql = Sql(f"({WITHIN} or {beside.text})", sql.parameters + beside.parameters)
        return sql
    if grant.reach == "own":
        return Sql("t.owner = %s::uuid", [actor.party])
    owners = [one for one in (actor.party, actor.partner) if one]
    return Sql("(t.partner = %s::uuid or t.owner = any(%s::uuid[]))", [actor.partner, owners])


def may_reach(
    actor: Actor, grant: Grant, owner: str | None, partner: str | None,
    lies_in: Sequence[str] | None = None,
) -> bool:  # fmt: skip
    """Tell whether a grant reaches a row with this owner and partner, as `scope` does in SQL.

    `lies_in` are the owner's spheres; nothing is within limits where they are not told.
    """
    if grant.reach == "all" or lies_within(grant.limits, lies_in):
        return True
    reach = grant.beside if grant.reach == "limited" else grant.reach
    if reach is not None and owner is not None and owner == actor.party:
        return True
    if reach != "partner":
        return False
    return actor.partner is not None and actor.partner in {owner, partner}


def where(
    columns: Columns,
    conditions: Sequence[Condition],
    targets: Callable[[Condition], list[str] | None],
) -> Sql:
    """Return the SQL of all filters.

    `targets` returns the ids of the records that a condition on a reference names, or None when
    the condition is not one on a reference held here.
    """
    sql = Sql()
    for condition in conditions:
        one = _condition(columns, condition, targets(condition))
        sql.also(one.text, *one.parameters)
    return sql


def _condition(columns: Columns, condition: Condition, targets: list[str] | None) -> Sql:
    if condition.operator == "ne":
        sql = _condition(columns, replace(condition, operator="eq"), targets)
        return Sql(f"not coalesce({sql.text}, false)", sql.parameters)
    resource = columns.resource
    if targets is not None:
        return Sql(
            f"t.id in (select f.source from {resource.reference_table} f "
            "where f.target = any(%s::uuid[]) and f.type = %s and f.path = %s)",
            [targets, resource.name, condition.path.rpartition(".")[0]],
        )
    if condition.path in {"id", "href"}:
        return _by_id(resource, condition)
    column = columns.promoted(condition.path)
    if column is not None:
        return _compare(column, condition, _column_kind(columns, condition))
    if not condition.steps:
        return _runtime(columns, condition)
    sql = _walk("t.doc", list(condition.steps), condition, 0)
    if named := columns.named(condition.path):
        filled = _compare('r.label collate "C"', condition, "text")
        sql.parameters += filled.parameters
        sql.text = f"({sql.text} or t.id in (select f.source {named} and {filled.text}))"
    return sql


def _by_id(resource: Resource, condition: Condition) -> Sql:
    """Return the condition on a record's own id, key, other system's id or address."""
    values = [str(one).rsplit("/", maxsplit=1)[-1] for one in condition.values]
    if condition.operator == "eq":
        idents = [one for one in values if UUID.match(one)]
        names = [one.lower() if UUID.match(one) else one for one in values]
        return Sql(  # what is found is an array, so that whatever it holds is looked up by index
            "t.id = any(array(select unnest(%s::uuid[]) union all "
            f"select k.id from {resource.table} k where k.key = any(%s) union all "
            "select a.record from alias a where a.type = %s and a.value = any(%s) and not exists "
            "(select 1 from record r where r.id = any(%s::uuid[]) and r.id::text = a.value)))",
            [idents, values, resource.name, names, idents],
        )
    compared = Condition(condition.path, (), "text", condition.operator, tuple(values))
    return _compare("t.id::text", compared, "text")


def _column_kind(columns: Columns, condition: Condition) -> str:
    if condition.path in META:
        return "timestamptz" if condition.path.endswith("At") else "text"
    kinds = {one.path: one.kind for one in columns.resource.promote}
    return {"instant": "timestamptz", "number": "numeric", "boolean": "boolean"}.get(
        kinds[condition.path], "text"
    )


def _compare(expression: str, condition: Condition, cast: str) -> Sql:
    values: list[Any] = list(condition.values)
    if condition.operator == "eq" and len(values) == 1:  # the driver takes longer for a list
        return Sql(f"{expression} = %s::{cast}", values)
    if condition.operator == "eq":
        return Sql(f"{expression} = any(%s::{cast}[])", [values])
    text = expression if cast == "text" else f"{expression}::text"
    if condition.operator == "regex":
        return Sql("(" + " or ".join(f"{text} ~ %s" for _ in values) + ")", values)
    sign = COMPARE[condition.operator]
    parts = " or ".join(f"{expression} {sign} %s::{cast}" for _ in values)
    return Sql(f"({parts})", values)


def _runtime(columns: Columns, condition: Condition) -> Sql:
    name = condition.path
    if name in columns.indexed_runtime:
        column, cast = KEPT.get(condition.kind, ("a.text", "text"))
        values = tuple(str(v).lower() if isinstance(v, bool) else v for v in condition.values)
        inner = _compare(column, replace(condition, values=values), cast)
        return Sql(
            f"t.id in (select a.owner from {columns.resource.family}_attribute a "
            f"where a.name = %s and {inner.text})",
            [name, *inner.parameters],
        )
    if condition.kind == "texts":
        inner = _compare('e.v collate "C"', condition, "text")
        held = f"json_array_elements_text(t.doc->{_literal(name)}) as e(v)"
        is_list = f"json_typeof(t.doc->{_literal(name)}) = 'array'"
        exists = f"exists (select 1 from {held} where {inner.text})"
        return Sql(f"case when {is_list} then {exists} else false end", inner.parameters)
    return _leaf("t.doc", name, condition)


def _walk(current: str, steps: list[Step], condition: Condition, depth: int) -> Sql:
    """Return the condition on a path inside the document, through lists at any depth."""
    step, *rest = steps
    name = step.attribute.json_name
    if not rest and not step.is_list:
        return _leaf(current, name, condition)
    inside = f"({current}->{_literal(name)})"
    if not step.is_list:
        return _walk(inside, rest, condition, depth)
    element = f"e{depth}"
    lister = "json_array_elements" if rest else "json_array_elements_text"
    inner = (
        _walk(f"{element}.v", rest, condition, depth + 1)
        if rest
        else _compare(f'{element}.v collate "C"', _as_text(condition), "text")
    )
    return Sql(
        f"exists (select 1 from {lister}(case json_typeof({inside}) when 'array' "
        f"then {inside} end) as {element}(v) where {inner.text})",
        inner.parameters,
    )


def _as_text(condition: Condition) -> Condition:
    values = tuple(str(one).lower() if isinstance(one, bool) else str(one)
                   for one in condition.values)  # fmt: skip
    return Condition(condition.path, condition.steps, "text", condition.operator, values)


def _leaf(current: str, name: str, condition: Condition) -> Sql:
    text = f"({current}->>{_literal(name)})"
    numeric = condition.kind in {"number", "integer"}
    if not numeric or condition.operator == "regex":
        sql = _compare(f'{text} collate "C"', _as_text(condition), "text")
        if condition.or_absent:
            sql.text = f"({sql.text} or ({current} is not null and {text} is null))"
        return sql
    inner = _compare(f"{text}::numeric", condition, "numeric")
    guard = f"json_typeof({current}->{_literal(name)}) = 'number'"
    return Sql(f"case when {guard} then {inner.text} else false end", inner.parameters)


def _literal(name: str) -> str:
    """Return a declared name as an SQL literal; `%` is doubled for the driver."""
    return "'" + name.replace("'", "''").replace("%", "%%") + "'"


def order_terms(columns: Columns, sorts: Sequence[Sort]) -> list[Order]:
    """Return the terms of an order, ended by the id so that it is total; default newest first."""
    terms: list[Order] = []
    for sort in sorts:
        if not terms and sort.path in columns.indexed_runtime and sort.kind != "texts":
            kept, cast = KEPT.get(sort.kind, ("a.text", "text"))
            terms.append(Order(kept, cast, sort.descending, is_indexed=True))
            continue
        column = columns.promoted(sort.path)
        if column is None:
            path = f"array[{', '.join(_literal(one) for one in sort.path.split('.'))}]"
            column = f"(t.doc #>> {path})"
            if sort.kind in {"number", "integer"}:
                kind = f"json_typeof(t.doc #> {path})"
                number = f"(case {kind} when 'number' then {column}::numeric end)"
                terms.append(Order(number, "numeric", sort.descending))
                continue
            if named := columns.named(sort.path):
                column = f"coalesce((select min(r.label) {named} and f.source = t.id), {column})"
            terms.append(Order(f'{column} collate "C"', "text", sort.descending))
            continue
        kind = _column_kind(columns, Condition(sort.path, (), sort.kind, "eq", ()))
        cast, quick = "uuid" if sort.path == "id" else kind, columns.is_quick(sort.path)
        terms.append(Order(column, cast, sort.descending, sort.path not in META, quick))
    if not any(term.expression == "t.id" for term in terms):
        terms.append(replace(NEWEST_FIRST, descending=not terms or terms[-1].descending))
    return terms
