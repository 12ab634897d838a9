"""The orders of a customer that are under way, each with how far its plan is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trunkline.assurance.ticket.ticket import OPEN as OPEN_TICKETS
from trunkline.assurance.ticket.ticket import TroubleTicket
from trunkline.documents.decode import load
from trunkline.documents.shape import parse_instant
from trunkline.kernel.masks import mask
from trunkline.kernel.select import Sql
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import Fallout
from trunkline.ordering.plan_item import ENDED
from trunkline.ordering.product_order import FINISHED, ProductOrder
from trunkline.web.customer.gathering import NAMED_BY
from trunkline.web.desk import Desk
from trunkline.web.records import hidden_of, naming, within_reach
from trunkline.web.values import instant, state

OPEN_MAX, CLOSED_MAX = 20, 3
COUNT_MAX = 100
STUCK = (
    "exists (select 1 from plan_item p where p.root = t.id and p.state = 'fallout') "
    "and t.p_state <> all(%s)"
)
PROGRESS = (
    "left join lateral (select count(*) as steps, "
    "count(*) filter (where state = any(%s)) as done, "
    "count(*) filter (where state <> all(%s) and due_at < %s) as late, "
    "count(*) filter (where state = 'fallout') as stuck "
    "from plan_item where root = o.id) p on true"
)


def orders_shown(desk: Desk, work: Work, idents: Sequence[str]) -> dict[str, Any]:
    """Return the open orders of a customer, newest first, and the last ones that have ended."""
    resource = ProductOrder.resource
    named = naming(work, resource, NAMED_BY, idents)
    if named is None:
        return {"open": [], "closed": [], "all": ""}
    condition = within_reach(work, named)
    ended = list(ENDED)
    branches = [
        _branch(condition, "<> all(%s)", "true", OPEN_MAX),
        _branch(condition, "= any(%s)", "false", CLOSED_MAX),
    ]
    columns = "o.key, o.doc, o.updated_at, o.is_open, p.steps, p.done, p.late, p.stuck"
    rows = work.connection.execute(
        f"select {columns} from ({' union all '.join(one.text for one in branches)}) o "  # noqa: S608
        f"{PROGRESS} order by o.is_open desc, o.id desc",
        [*(value for one in branches for value in one.parameters), ended, ended, work.now],
    ).fetchall()
    shown = [_shown(desk, work, row) for row in rows]
    return {
        "open": [one for one in shown if one["is_open"]],
        "closed": [one for one in shown if not one["is_open"]],
        "all": f"{desk.addresses.of_list(resource)}?relatedParty.id={','.join(idents)}",
    }


def _branch(condition: Sql, states: str, is_open: str, limit: int) -> Sql:
    text = (
        f"(select t.id, t.key, t.doc, t.updated_at, {is_open} as is_open "  # noqa: S608
        f"from product_order t where {condition.text} and t.p_state {states} "
        f"order by t.id desc limit {limit})"
    )
    return Sql(text, [*condition.parameters, list(FINISHED)])


def _shown(desk: Desk, work: Work, row: Sequence[Any]) -> dict[str, Any]:
    key, body, updated_at, is_open, steps, done, late, stuck = row
    hidden = hidden_of(work, ProductOrder.resource)
    document = load(body) if hidden is None else mask(load(body), hidden)
    promised = document.get("committedCompletionDate") or document.get("requestedCompletionDate")
    is_late = bool(promised and is_open and parse_instant(promised) < work.now)
    ended = document.get("completionDate") or updated_at
    return {
        "key": key,
        "address": desk.addresses.of_record(ProductOrder.resource, key),
        "items": _items(document),
        "state": state(str(document["state"])) if document.get("state") else None,
        "is_open": is_open,
        "steps": steps,
        "done": done,
        "late": late,
        "stuck": stuck,
        "is_late": is_late,
        "promised": instant(promised, desk.zone) if promised else None,
        "ended": instant(ended, desk.zone),
    }


def _items(document: dict[str, Any]) -> str:
    """Return what is ordered, in a few words."""
    names = []
    for one in document.get("productOrderItem") or ():
        offering = one.get("productOffering") or {}
        product = one.get("product") or {}
        name = offering.get("name") or product.get("name")
        if name and name not in names:
            names.append(str(name))
    more = f" +{len(names) - 2}" if len(names) > 2 else ""
    return ", ".join(names[:2]) + more


def counts(work: Work, customer: str, idents: Sequence[str]) -> dict[str, Any]:
    """Return since when a customer is known, its open orders and issues, and where the latter are.

    Issues are orders of which a step needs somebody, and open tickets. Counting of each ends at a
    hundred; None stands for what may not be seen.
    """
    columns = ["(select created_at from customer where id = %s)"]
    parameters: list[Any] = [customer]
    names = ["since"]
    for name, kind, also, values in (
        ("orders", ProductOrder, "t.p_state <> all(%s)", list(FINISHED)),
        ("stuck", ProductOrder, STUCK, list(FINISHED)),
        ("tickets", TroubleTicket, "t.p_status = any(%s)", list(OPEN_TICKETS)),
    ):
        named = naming(work, kind.resource, NAMED_BY, idents)
        if named is None or (name == "stuck" and not work.actor.grant(Fallout.resource, "read")):
            continue
        condition = within_reach(work, named)
        columns.append(_count(f"{kind.resource.table} t", f"{condition.text} and {also}"))
        parameters += [*condition.parameters, values]
        names.append(name)
    row = work.connection.execute(f"select {', '.join(columns)}", parameters).fetchone()
    counted = dict(zip(names, row, strict=True))
    stuck, tickets = counted.get("stuck"), counted.get("tickets")
    seen = [one for one in (stuck, tickets) if one is not None]
    return {
        "since": counted["since"],
        "orders": counted.get("orders"),
        "issues": sum(seen) if seen else None,
        "issues_at": "tickets" if tickets and not stuck else "orders",
    }


def _count(source: str, where: str) -> str:
    return f"(select count(*) from (select 1 from {source} where {where} limit {COUNT_MAX}) c)"  # noqa: S608
