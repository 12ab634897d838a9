"""Panels of the home page: what each kind of person works on, each asked for on its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trunkline.catalog.entry import DRAFT
from trunkline.inventory.product import Product
from trunkline.kernel.actor import Actor, Verb
from trunkline.kernel.masks import is_hidden
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.web.capture.capture_page import ADDRESS as NEW_ORDER
from trunkline.web.desk import Desk
from trunkline.web.lists.address import path_words
from trunkline.web.lists.columns import columns_of, row_of
from trunkline.web.navigation import COMPLETE_TASK, OPERATIONS_READ
from trunkline.web.records import hidden_of, matching
from trunkline.web.values import instant, number
from trunkline.web.worklist.task_queue import TaskSource
from trunkline.web.worklist.worklist import Look
from trunkline.workspace.tasks import own_tasks

ROWS = 8
RETRY = "ordering:retry"
UNDER_WAY = ("acknowledged", "inProgress", "held", "assessingCancellation")
HEALTH = """
select (select count(*) from work where parked_at is not null),
  (select count(*) from work where parked_at is null and run_at <= clock_timestamp()),
  (select min(run_at) from work where parked_at is null and run_at <= clock_timestamp()),
  (select count(*) from fallout where p_state = any(%s))
"""
HEADS = {"relatedParty.name": "Customer"}
IN_ORDERS = ("relatedParty.name", "state", "orderDate")
STANDING = ["open", "onHold", "awaitingInformation"]


@dataclass(frozen=True)
class Panel:
    """A box of the home page; `values` makes what its template shows."""

    name: str
    title: str
    may: Callable[[Actor, Any], bool]
    values: Callable[[Desk, Work], dict[str, Any]]
    template: str = "home_table.html"


def panel_of(name: str) -> Panel | None:
    """Return a panel by its name."""
    return next((one for one in PANELS if one.name == name), None)


def panels_for(work: Work) -> list[Panel]:
    """Return the panels of a person, in the order in which they are worked on."""
    return [one for one in PANELS if one.may(work.actor, work.services.registry)]


# --- Who -------------------------------------------------------------------------------------


def _operates(actor: Actor) -> bool:
    grant = actor.may(OPERATIONS_READ)
    return grant is not None and grant.reach == "all"


def _who_may(permission: str) -> Callable[[Actor, Any], bool]:
    return lambda actor, _registry: actor.may(permission) is not None and not _operates(actor)


def _who_changes(name: str, verb: Verb) -> Callable[[Actor, Any], bool]:
    def may(actor: Actor, registry: Any) -> bool:
        resource = registry.resources.get(name)
        grant = actor.grant(resource, verb) if resource is not None else None
        sees = actor.grant(resource, "read") if resource is not None else None
        is_staff = grant is not None and sees is not None and grant.reach != "own"
        return is_staff and not _operates(actor) and actor.may(RETRY) is None

    return may


# --- What ------------------------------------------------------------------------------------


def table_of(
    desk: Desk, work: Work, resource: Resource, wanted: dict[str, Any], **more: Any
) -> dict[str, Any]:
    """Return the newest records that meet a condition as a table."""
    listing = matching(work, resource, wanted, limit=ROWS)
    hidden = hidden_of(work, resource) if listing is not None else None
    few = more.pop("columns", None)
    columns = columns_of(resource, hidden) if few is None else [
        "key", *(one for one in few if hidden is None or not is_hidden(hidden, one))
    ]  # fmt: skip
    records = listing.records if listing is not None else ()
    total = listing.total if listing is not None else 0
    return {
        "heads": [HEADS.get(one) or path_words(one) for one in columns],
        "rows": [row_of(one, columns, desk.addresses, desk.zone) for one in records],
        "count": "10,000+" if total is None else number(total),
        "address": desk.addresses.of_list(resource),
        "act": "",
        "act_title": "",
        **more,
    }


def _resource(work: Work, name: str) -> Resource:
    return work.services.registry[name]


def _customers(desk: Desk, work: Work) -> dict[str, Any]:
    return table_of(
        desk, work, _resource(work, "Customer"), {}, columns=("name", "status", "updatedAt"),
        empty=("No customers yet.", "Make the first under New, or import them on the list."),
    )  # fmt: skip


def _orders(desk: Desk, work: Work) -> dict[str, Any]:
    return table_of(
        desk, work, ProductOrder.resource, {"state": UNDER_WAY}, columns=IN_ORDERS,
        act=NEW_ORDER, act_title="New order",
        empty=("No order is under way.", "What is ordered stands here until it is delivered."),
    )  # fmt: skip


def _drafts(desk: Desk, work: Work) -> dict[str, Any]:
    return table_of(
        desk, work, ProductOrder.resource, {"internalState": ("draft",)}, columns=IN_ORDERS,
        empty=("No drafts.", "An order that is not handed in yet stands here."),
    )  # fmt: skip


def _offers(desk: Desk, work: Work) -> dict[str, Any]:
    return table_of(
        desk, work, _resource(work, "ProductOffering"), {"lifecycleStatus": DRAFT},
        columns=("name", "lifecycleStatus", "lastUpdate"),
        empty=("No drafts.", "Offers that are not on sale yet stand here."),
    )  # fmt: skip


def _accounts(desk: Desk, work: Work) -> dict[str, Any]:
    return table_of(
        desk, work, _resource(work, "BillingAccount"), {},
        columns=("name", "state", "updatedAt"),
        empty=("No accounts yet.", "An account is made with the first order of a customer."),
    )  # fmt: skip


def _people(desk: Desk, work: Work) -> dict[str, Any]:
    return table_of(
        desk, work, _resource(work, "Individual"), {},
        columns=("familyName", "status", "updatedAt"),
        empty=("Nobody yet.", "People whose data is kept stand here."),
    )  # fmt: skip


def _mine(desk: Desk, work: Work) -> dict[str, Any]:
    today = work.now.astimezone(desk.zone).date()
    found = own_tasks(work, limit=ROWS)
    return {
        "tasks": [
            {"title": one.title, "key": one.key or "", "due": one.due.isoformat() if one.due else
             "", "late": one.is_overdue(today), "id": one.id}
            for one in found
        ]
    }  # fmt: skip


def _manual(desk: Desk, work: Work) -> dict[str, Any]:
    source = TaskSource()
    counts, _ = source.counts(work, work.now)
    rows = source.rows(desk, work, Look(), limit=ROWS) if counts["all"] else []
    return {"rows": rows, "count": number(counts["all"]), "now": work.now,
            "overdue": counts["overdue"], "all": counts["all"]}  # fmt: skip


def _health(desk: Desk, work: Work) -> dict[str, Any]:
    parked, waiting, oldest, fallout = work.connection.execute(HEALTH, [STANDING]).fetchone()
    return {
        "parked": parked,
        "waiting": waiting,
        "oldest": instant(oldest, desk.zone),
        "fallout": fallout,
    }


def own_products(desk: Desk, work: Work) -> dict[str, Any]:
    """Return the table of what a customer has."""
    return table_of(desk, work, Product.resource, {})


PANELS = (
    Panel("health", "Operation", lambda actor, _: _operates(actor), _health, "home_health.html"),
    Panel("customers", "Newest customers", _who_changes("Customer", "update"), _customers),
    Panel("orders", "Orders under way", _who_changes("ProductOrder", "create"), _orders),
    Panel("drafts", "Drafts", _who_changes("ProductOrder", "create"), _drafts),
    Panel("offers", "Offers in the making", _who_changes("ProductOffering", "update"), _offers),
    Panel("accounts", "Newest billing accounts", _who_may("billing:run"), _accounts),
    Panel("people", "Newest people", _who_may("privacy:erase"), _people),
    Panel("manual", "Manual tasks", lambda actor, _: actor.may(COMPLETE_TASK) is not None,
          _manual, "home_manual.html"),
    Panel("mine", "My tasks", lambda actor, _: any(one.reach != "own" for one in
                                                   actor.grants.values()),
          _mine, "home_mine.html"),
)  # fmt: skip
