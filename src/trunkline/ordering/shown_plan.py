"""The plan of an order as its reader may see it: nothing of other customers, nor of the works."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.actor import Actor
from trunkline.kernel.session import is_narrow
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.jeopardy.levels import Level
from trunkline.ordering.jeopardy.outlook import task_level
from trunkline.ordering.jeopardy.policies import NOBODY, Policies, policies
from trunkline.ordering.keeping import kept_because
from trunkline.ordering.own_task import COMPLETE_OWN_TASK, COMPLETE_TASK
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.schedule import AS_SPECIFIED, Terms
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.waiting import wait_name

ROUND_THE_CLOCK = Policies()
ANOTHER = "another order at this place"
"""What is called so belongs to a customer whom the reader may not know of."""
ORDERS = (ProductOrder, ServiceOrder, ResourceOrder)
KINDS = (*ORDERS, Product, Service, Resource)
WORKS_ON_STEPS = (COMPLETE_TASK, COMPLETE_OWN_TASK, "ordering:retry", "ordering:skip")
"""Who has one of these permissions puts steps right, and so is told what went wrong."""
STANDING_STILL = frozenset({"fallout", "failed", "unknown"})
"""States of steps that the operator sees to, which is all that a customer is told of them."""

BEING_WORKED_ON = "is being worked on"


@dataclass(frozen=True)
class ShownPlan:
    """The steps of an order in their sequence as their reader may see them, and their terms.

    `mark` is another text once any of them has moved.
    """

    steps: Sequence[PlanItem]
    terms: Terms = AS_SPECIFIED
    policies: Policies = ROUND_THE_CLOCK
    mark: str = ""

    def level(self, step: PlanItem, now: datetime) -> Level:
        """Return how much a task under way is in danger of being late."""
        return task_level(step, now, self.policies, NOBODY, self.terms)


def plan_shown(work: Work, root: str) -> ShownPlan:
    """Return the plan of an order as who asks may see it; no steps where there is none yet."""
    plan, mark = plan_store.read_marked(work, root)
    steps = as_shown(work, sorted(plan or (), key=lambda one: one.position))
    stopped_at = plan.stopped_at if plan is not None else None
    in_force = policies(work)
    return ShownPlan(steps, replace(in_force.terms(), stopped_at=stopped_at), in_force, mark)


def steps_shown(work: Work, root: str) -> Sequence[PlanItem]:
    """Return the steps of an order in their sequence, as who asks may see them."""
    return plan_shown(work, root).steps


def as_shown(work: Work, steps: Sequence[PlanItem]) -> Sequence[PlanItem]:
    """Return steps as who asks may see them.

    Steps name the orders that they wait for or that wait for them, and what a canceled order
    leaves to others. Who does not reach every customer's records is told of those out of reach
    that they are there, without id, key, name or step. Nor is such a reader told what the network
    was asked and answered, what went wrong or who of the staff has a task.
    """
    if not shows_works(work.actor):
        steps = [_without_works(one) for one in steps]
    named = {ident for one in steps for ident in _named(one)} if is_narrow(work.actor) else set()
    if not named:
        return steps
    within = {ident for kind in KINDS for ident in work.many(kind, named)}
    return [_without(one, named - within) for one in steps]


def shows_works(actor: Actor) -> bool:
    """Tell whether an actor is told how the steps of orders are carried out and what went wrong."""
    if any(actor.may(one) is not None for one in WORKS_ON_STEPS):
        return True
    grants = [actor.grant(kind.resource, "read") for kind in ORDERS]
    return any(one is not None and one.is_staffs for one in grants)


def _without_works(step: PlanItem) -> PlanItem:
    """Return a step as a customer follows it; one that stands still is being worked on.

    The values of products, which are the customer's own, stay.
    """
    stands_still, is_product = step.state in STANDING_STILL, step.layer == "product"
    return replace(
        step,
        state="running" if stands_still else step.state,
        reason=BEING_WORKED_ON if stands_still else step.reason,
        characteristic=step.characteristic if is_product else None,
        former=step.former if is_product else None,
        attempt=0,
        request=None,
        answer=None,
        attempts=None,
        error_kind=None,
        error_code=None,
        error_message=None,
        fallout=None,
        claim=None,
        origin=None,
        design=None,
        correlation=None,
        system=None,
        handoff=None,
        hold=None,
    )


def _named(step: PlanItem) -> Iterable[str]:
    """Return the ids of all records that a step names and that may be another customer's."""
    for one in step.awaits or ():
        yield from (one["order"]["id"], one["record"]["id"])
    for one in (*(step.awaited_by or ()), *_users(step)):
        yield one["id"]


def _without(step: PlanItem, hidden: set[str]) -> PlanItem:
    """Return a step that does not name the hidden records."""
    if hidden.isdisjoint(_named(step)):
        return step
    awaits = [_awaited(one, hidden) for one in step.awaits or ()]
    awaited_by = [one for one in step.awaited_by or () if one["id"] not in hidden]
    if len(awaited_by) < len(step.awaited_by or ()):
        awaited_by.append({"name": ANOTHER})
    if awaits:
        name = wait_name([one["order"].get("key") for one in awaits], ANOTHER)
        reason: str | None = "; ".join(one.get("reason", _sentence(one)) for one in awaits)
    else:
        name, reason = step.name, step.reason
    users = _users(step)
    if not hidden.isdisjoint(one["id"] for one in users):
        reason = kept_because([one for one in users if one["id"] not in hidden], ANOTHER)
    return replace(
        step, name=name, reason=reason, awaits=awaits or None, awaited_by=awaited_by or None
    )


def _awaited(awaited: Mapping[str, Json], hidden: set[str]) -> dict[str, Json]:
    """Return what is told of something that is waited for."""
    order, record = awaited["order"], awaited["record"]
    if order["id"] not in hidden:
        return dict(awaited)
    told: dict[str, Json] = {"order": {"name": ANOTHER}}
    if record["id"] not in hidden:  # its name is that of the other order's step
        told["record"] = {"id": record["id"], "key": record["key"]}
    return told


def _sentence(told: Mapping[str, Json]) -> str:
    """Return in words what is waited for."""
    record, order = told.get("record"), told["order"]
    by = order.get("key") or order["name"]
    return f"{record['key']} is still being worked on by {by}" if record else f"{by} is under way"


def _users(step: PlanItem) -> Sequence[Mapping[str, Json]]:
    """Return who uses what a canceled order made and left."""
    found: Sequence[Mapping[str, Json]] = (step.links or {}).get("users", ())
    return found
