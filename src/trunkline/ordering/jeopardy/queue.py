"""The jeopardy queue: orders in danger of being late, the gravest and dearest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trunkline.documents.errors import Forbidden
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.ordering.capture.holding import open_order
from trunkline.ordering.jeopardy.levels import LEVELS, Level
from trunkline.ordering.jeopardy.priority_factor import HIGHEST
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.shared.note import Note

KINDS = (ProductOrder, ServiceOrder, ResourceOrder)
OPEN = ("acknowledged", "pending", "inProgress", "held")
LISTED = """
select o.root::text, o.kind, coalesce(p.key, s.key, r.key), o.level, o.expected_at,
  o.target_at, o.since, o.worth, o.currency
from plan_outlook o
left join product_order p on p.id = o.root
left join service_order s on s.id = o.root
left join resource_order r on r.id = o.root
where o.level >= %(level)s and o.kind = any(%(kinds)s)
order by o.level desc, o.worth desc nulls last, o.root
limit %(limit)s
"""


@dataclass(frozen=True)
class InDanger:
    """An order in danger: on which level since when, expected and promised when, of what worth."""

    order: str
    kind: str
    key: str
    level: Level
    expected_at: datetime | None
    target_at: datetime | None
    since: datetime | None
    worth: Decimal | None
    currency: str | None


def in_danger(work: Work, *, level: int = 1, limit: int = 100) -> list[InDanger]:
    """Return the orders from a level on, the gravest first, of these the dearest."""
    kinds = kinds_seen(work.actor)
    asked = {"level": level, "kinds": kinds, "limit": limit}
    rows = work.connection.execute(LISTED, asked).fetchall()
    return [InDanger(root, kind, key, LEVELS[rank], *rest) for root, kind, key, rank, *rest in rows]


def kinds_seen(actor: Actor) -> list[str]:
    """Return the kinds of orders of which an actor sees all; refuses (403) who sees none."""
    grants = {kind.resource.name: actor.grant(kind.resource, "read") for kind in KINDS}
    found = [name for name, one in grants.items() if one is not None and one.reach == "all"]
    if not found:
        raise Forbidden("notAllowed", "reading all orders is needed here")
    return found


def promise(work: Work, ident: str, date: datetime, *, reason: str) -> ProductOrder:
    """Promise an order for another date, with a note that says why.

    Refuses (409) one that has ended, and (400) a date before that of one of its lines.
    """
    order = open_order(work, ident)
    with work.edit(ProductOrder, order.id) as edited:
        edited.committed_completion_date = date
        edited.note.append(Note(text=reason, author=work.actor.name, date=work.now))
    return edited


def expedite(work: Work, ident: str, *, reason: str) -> ProductOrder:
    """Give an order, its open lines and service orders the highest priority, and note why.

    Refuses (409) one that has ended.
    """
    order = open_order(work, ident)
    with work.edit(ProductOrder, order.id) as edited:
        edited.priority = HIGHEST
        for _, item in placed_product_items(edited.product_order_item):
            if item.state in OPEN:
                item.priority = HIGHEST
        edited.note.append(Note(text=reason, author=work.actor.name, date=work.now))
    for one in work.find(ServiceOrder, {"productOrder.id": order.id}):
        if one.state in OPEN and one.priority != HIGHEST:
            with work.edit(ServiceOrder, one.id) as held:
                held.priority = HIGHEST
    return edited
