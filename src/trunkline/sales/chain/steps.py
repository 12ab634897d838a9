"""Steps in the chain: the manual tasks of an order's plan, and what was visited for.

They are no records: a task has the number of its step, and is seen by whoever sees its order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work

TASK = "Task"
"""What a manual task is called among the kinds of the chain."""
ROOTS = ("ProductOrder", "ServiceOrder", "ResourceOrder")
LIMIT = 60
COLUMNS = """
p.id::text, p.title, p.name, p.kind, p.state, r.type, p.root::text, p.product::text,
  p.service::text, p.resource::text, p.service_order::text, p.resource_order::text, p.correlation
"""
# Plans are found by their orders: those near the record, and the product orders that these are for.
NEAR = f"""
with near as (select unnest(%(near)s::uuid[]) as id),
roots as (
  select id from near
  union select f.target from near join ordering_reference f on f.source = near.id
  where f.target_type = 'ProductOrder'
)
select {COLUMNS}
from plan_item p join record r on r.id = p.root
where p.root in (select id from roots) and p.direction = 'do'
  and (p.kind = 'manual' or (p.kind = 'fieldWork' and p.correlation is not null))
  and (p.root = %(id)s::uuid or p.correlation = (%(id)s::uuid)::text
    or %(id)s::uuid in (p.product, p.service, p.resource, p.service_order, p.resource_order)
    or (%(orders)s::boolean and (p.service_order in (select id from near)
      or p.resource_order in (select id from near))))
order by p.position limit {LIMIT}
"""  # noqa: S608 - constant text
ONE = f"""
select {COLUMNS}
from plan_item p join record r on r.id = p.root where p.id = %s::uuid and p.kind = 'manual'
"""  # noqa: S608 - constant text
MADE = """
select distinct p.product::text, p.service::text, p.resource::text
from plan_item p
where p.direction = 'do' and p.root in (
    select unnest(%(near)s::uuid[])
    union select f.target from ordering_reference f
    where f.source = any(%(near)s::uuid[]) and f.target_type = 'ProductOrder')
  and (p.service_order = any(%(near)s::uuid[]) or p.resource_order = any(%(near)s::uuid[])
    or (p.layer = 'product' and p.root = any(%(near)s::uuid[])))
"""
INSTALLED = ("Product", "Service", "Resource")
VISITS = """
select distinct f.source::text from fieldwork_reference f
where f.type = 'WorkOrder' and f.target = any(%s::uuid[])
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


def steps_near(work: Work, kind: str, ident: str, orders: Collection[str]) -> list[Step]:
    """Return the tasks and visits about a record; `orders` are those that it has to do with."""
    asked = {
        "id": ident,
        "near": sorted({ident, *orders}),
        "orders": kind == "WorkOrder",
    }
    return [_step(row) for row in work.connection.execute(NEAR, asked).fetchall()]


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


def installed_by(work: Work, orders: Collection[str]) -> list[tuple[str, str]]:
    """Return what the steps of orders make or change, by kind and id."""
    rows = work.connection.execute(MADE, {"near": list(orders)}).fetchall() if orders else []
    return [
        (kind, ident)
        for row in rows
        for kind, ident in zip(INSTALLED, row, strict=True)
        if ident is not None
    ]


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
