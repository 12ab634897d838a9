"""Steps in the chain: the manual tasks of an order's plan, and what was visited for.

They are no records: a task has the number of its step, and is seen by whoever sees its order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.kernel.references import UUID
from trunkline.kernel.select import scope
from trunkline.kernel.work import Work

TASK = "Task"
"""What a manual task is called among the kinds of the chain."""
ROOTS = ("ProductOrder", "ServiceOrder", "ResourceOrder")
LIMIT = 60
COLUMNS = """
p.id::text, p.title, p.name, p.kind, p.state, r.type, p.root::text, p.product::text,
  p.service::text, p.resource::text, p.service_order::text, p.resource_order::text, p.correlation
"""
# What a plan says about a record, with what stands before and after that in `links`. Plans are
# found by their orders: those near the record, and the product orders that these are for. Ids are
# arrays, so that each of the few is looked up in an index.
AROUND = f"""
links as materialized ({{links}}),
orders as materialized (
  select array(select id::uuid from links where type = any(%(roots)s)) as ids
),
near as materialized (select %(id)s::uuid as id union select unnest(ids) from orders),
roots as materialized (
  select id, id = any((select ids from orders)::uuid[]) as is_linked from near
  union select f.target, n.id = any((select ids from orders)::uuid[])
  from near n join ordering_reference f on f.source = n.id
  where f.target_type = 'ProductOrder'
),
steps as (
  select array[{COLUMNS}] as found
  from plan_item p join record r on r.id = p.root
  where p.root = any(array(select id from roots)) and p.direction = 'do'
    and (p.kind = 'manual' or (p.kind = 'fieldWork' and p.correlation is not null))
    and (p.root = %(id)s::uuid or p.correlation = (%(id)s::uuid)::text
      or %(id)s::uuid in (p.product, p.service, p.resource, p.service_order, p.resource_order)
      or (%(is_visit)s::boolean and (p.service_order = any(array(select id from near))
        or p.resource_order = any(array(select id from near)))))
    and ({{reach}})
  order by p.position limit {LIMIT}
)
"""  # noqa: S608 - constant text
ONE = f"""
select {COLUMNS}
from plan_item p join record r on r.id = p.root where p.id = %s::uuid and p.kind = 'manual'
"""  # noqa: S608 - constant text
MADE = """
select distinct array[p.product::text, p.service::text, p.resource::text] as found
from plan_item p cross join orders o
where p.direction = 'do' and p.root = any(array(select id from roots where is_linked))
  and (p.service_order = any(o.ids) or p.resource_order = any(o.ids)
    or (p.layer = 'product' and p.root = any(o.ids)))
"""
INSTALLED = ("Product", "Service", "Resource")
VISITS = """
select distinct f.source::text from fieldwork_reference f
where f.type = 'WorkOrder' and f.target = any(%s::uuid[])
"""
VISITED = """
select distinct array[f.source::text] as found from fieldwork_reference f
where f.type = 'WorkOrder' and f.target = any((select ids from orders)::uuid[])
"""


@dataclass(frozen=True)
class Step:
    """A step of a plan: a manual task, or a visit, with the records that it is about."""

    id: str
    title: str
    kind: str
    state: str
    root_kind: str
    root: str
    product: str | None
    service: str | None
    resource: str | None
    service_order: str | None
    resource_order: str | None
    visit: str | None

    @property
    def is_task(self) -> bool:
        """Whether a person is asked for it, without a visit."""
        return self.kind == "manual"

    @property
    def domain_orders(self) -> list[str]:
        """The ids of the service and resource orders that the step belongs to."""
        return [one for one in (self.service_order, self.resource_order) if one is not None]

    @property
    def records(self) -> list[tuple[str, str]]:
        """The records that the step is about, by kind: its orders, and what it makes."""
        named = (
            (self.root_kind, self.root),
            ("ServiceOrder", self.service_order),
            ("ResourceOrder", self.resource_order),
            ("Product", self.product),
            ("Service", self.service),
            ("Resource", self.resource),
        )
        return [(kind, ident) for kind, ident in dict.fromkeys(named) if ident is not None]


@dataclass(frozen=True)
class Around:
    """What stands about a record: links as kind and id, steps, and the records of their orders."""

    links: list[tuple[str, str]]
    steps: list[Step]
    about: list[tuple[str, str]]


def around(work: Work, kind: str, ident: str, links: str, asked: Mapping[str, Any]) -> Around:
    """Return what stands about a record, in one statement.

    `links` is the SQL of the kinds and ids that stand before and after it, with the values that it
    asks for. Steps are those of orders that the one who asks may read.
    """
    reach, parameters = _reach(work)
    more = ""
    if kind == "WorkOrder":
        more = f"union all select 'made', m.found from ({MADE}) m"  # noqa: S608 - constant text
    elif kind in INSTALLED:
        more = f"union all select 'visit', v.found from ({VISITED}) v"  # noqa: S608
    rows = work.connection.execute(
        f"with {AROUND.format(links=links, reach=reach)} "  # noqa: S608 - declared names
        "select 'link' as what, array[type, id] as found from links "
        f"union all select 'step', s.found from steps s {more}",
        {**asked, **parameters, "id": ident, "roots": [one for one in ROOTS if one != kind],
         "is_visit": kind == "WorkOrder"},
    ).fetchall()  # fmt: skip
    made = [zip(INSTALLED, found, strict=True) for what, found in rows if what == "made"]
    return Around(
        [(found[0], found[1]) for _, found in _of("link", rows)],
        [_step(found) for _, found in _of("step", rows)],
        [(kind, other) for pairs in made for kind, other in pairs if other is not None]
        + [("WorkOrder", found[0]) for _, found in _of("visit", rows)],
    )


def _of(what: str, rows: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [one for one in rows if one[0] == what]


def _reach(work: Work) -> tuple[str, dict[str, Any]]:
    """Return the SQL of the steps of orders that the one who asks may read, and its values."""
    texts: list[str] = []
    values: dict[str, Any] = {}
    for name in ROOTS:
        resource = work.services.registry[name]
        grant = work.actor.grant(resource, "read")
        if grant is None:
            continue
        condition = scope(resource, work.actor, grant)
        text = condition.text
        for value in condition.parameters:
            place = f"reach{len(values)}"
            values[place] = value
            text = text.replace("%s", f"%({place})s", 1)
        texts.append(
            f"r.type = '{name}' and exists (select 1 from {resource.table} t "  # noqa: S608
            f"where t.id = p.root and {text})"
        )
    return " or ".join(texts) or "false", values


def step_of(work: Work, ident: str) -> Step | None:
    """Return a manual task by its id, in any state, for who sees its order; None for others."""
    if not UUID.match(ident):
        return None
    row = work.connection.execute(ONE, [ident]).fetchone()
    found = [_step(row)] if row is not None else []
    return next(iter(seen_steps(work, found)), None)


def seen_steps(work: Work, steps: Iterable[Step]) -> list[Step]:
    """Return the steps of orders that the one who asks may read."""
    held = list(steps)
    seen: set[str] = set()
    for kind in ROOTS:
        idents = {one.root for one in held if one.root_kind == kind}
        resource = work.services.registry[kind]
        if idents and work.actor.grant(resource, "read") is not None:
            seen |= work.many(resource.type, idents).keys()
    return [one for one in held if one.root in seen]


def visits_for(work: Work, orders: Collection[str]) -> list[str]:
    """Return the ids of the work orders that name some orders."""
    rows = work.connection.execute(VISITS, [list(orders)]).fetchall() if orders else []
    return [ident for (ident,) in rows]


def _step(row: Sequence[str | None]) -> Step:
    ident, title, name, kind, state, root_kind, root, *about = row
    product, service, resource, service_order, resource_order, visit = about
    return Step(
        str(ident), title or name or "", str(kind), str(state), str(root_kind), str(root),
        product, service, resource, service_order, resource_order, visit,
    )  # fmt: skip
