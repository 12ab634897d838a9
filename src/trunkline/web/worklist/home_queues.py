"""Queues on the home page: the one that somebody works on all day, and the others beside it.

Which those are follows from what somebody may do there: a queue is a panel for who is led to it by
the menu and may do what the queue is there for, its first deed. The page begins with the first
queue of `MAIN` whose right is held over everything.
"""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from trunkline.kernel.actor import Actor, Verb
from trunkline.kernel.resource import Registry
from trunkline.kernel.work import Work
from trunkline.web.assurance.ticket_queue import TICKETS
from trunkline.web.care.request_queue import REQUESTS
from trunkline.web.desk import Desk
from trunkline.web.duplicates.pair_peek import pair_peek
from trunkline.web.duplicates.queue import pair_worklist
from trunkline.web.navigation import COMPLETE_TASK, OPERATIONS_RETRY, WORKLISTS, may_see
from trunkline.web.values import number
from trunkline.web.worklist.deciding_queue import DECIDING
from trunkline.web.worklist.glance import counts_of, found_in
from trunkline.web.worklist.home_panel import Panel, operates
from trunkline.web.worklist.jeopardy_queue import JEOPARDY
from trunkline.web.worklist.quote_queue import QUOTES
from trunkline.web.worklist.routes import FALLOUT, TASKS
from trunkline.web.worklist.worklist import Look, Worklist

ROWS = 8
PAIRS = pair_worklist(pair_peek)
MAIN: tuple[tuple[str, Worklist], ...] = (
    (OPERATIONS_RETRY, FALLOUT),
    ("ordering:approve", DECIDING),
    ("ordering:retry", FALLOUT),
    ("sales:approveQuote", QUOTES),
    ("TroubleTicket:update", TICKETS),
)
"""Rights over everything with the queue that who holds one works on; the first one counts."""
BESIDE = (DECIDING, JEOPARDY, QUOTES, TICKETS, REQUESTS, FALLOUT, PAIRS)
"""The queues that are panels, in their order; manual tasks are one for whoever reports them."""


def main_queue(registry: Registry, actor: Actor) -> Worklist | None:
    """Return the queue that somebody works on all day, None where that is none."""
    for right, worklist in MAIN:
        if _holds(registry, actor, right):
            return worklist
    return TASKS if actor.may(COMPLETE_TASK) is not None else None


def queue_panels() -> list[Panel]:
    """Return a panel for each queue that is not the whole page of whoever looks."""
    found = [
        Panel(
            one.name,
            one.title,
            partial(_may, one),
            partial(_values, one),
            "home_queue.html",
            about=_permissions(one)[0],
        )
        for one in BESIDE
    ]
    manual = Panel("manual", TASKS.title, _may_complete, partial(_values, TASKS), "home_queue.html")
    return [*found, manual]


def _permissions(worklist: Worklist) -> tuple[str, ...]:
    """Return with which rights the menu leads to a queue."""
    return next(one.permissions for one in WORKLISTS if one.address == worklist.address)


def _holds(registry: Registry, actor: Actor, right: str) -> bool:
    name, _, verb = right.partition(":")
    resource = registry.resources.get(name)
    found = actor.grant(resource, cast(Verb, verb)) if resource is not None else actor.may(right)
    return found is not None and found.reach == "all"


def _may(worklist: Worklist, actor: Actor, registry: Registry) -> bool:
    first = next((one for one in worklist.deeds if one.is_first), worklist.deeds[0])
    is_led = first.may(actor) and may_see(registry, actor, *_permissions(worklist))
    return is_led and not operates(actor) and main_queue(registry, actor) is not worklist


def _may_complete(actor: Actor, registry: Registry) -> bool:
    return actor.may(COMPLETE_TASK) is not None and main_queue(registry, actor) is not TASKS


def _values(worklist: Worklist, desk: Desk, work: Work) -> dict[str, Any]:
    """Return what waits in a queue: how much, what of it is overdue, and the first rows."""
    look = Look(worklist.tabs[0])
    counts, _ = counts_of(desk, worklist.source, work, work.now)
    waits = counts[look.tab]
    found = found_in(desk, worklist.source, work, look, limit=ROWS) if waits else []
    rows = worklist.source.rows(desk, work, found) if found else []
    return {
        "rows": rows,
        "count": number(waits),
        "all": waits,
        "overdue": counts.get("overdue", 0),
        "now": work.now,
        "address": worklist.address,
        "empty": worklist.empty,
    }
