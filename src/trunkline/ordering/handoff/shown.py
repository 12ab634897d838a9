"""Hand-offs as their reader may see them: what went out for an order, and what came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.api import OutboundState
from trunkline.ordering.fallout_records import NETWORK
from trunkline.ordering.handoff.outbound import outbound_state
from trunkline.ordering.handoff.trace import trace_of
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.shown_plan import shows_works

Order: TypeAlias = ProductOrder | ServiceOrder | ResourceOrder


@dataclass(frozen=True)
class HandOff:
    """One step that goes to an outside system: under which id, what of it is there, what passed.

    `external_id` is ours, `their_id` that of the outside system; `domain_order` is the service or
    resource order that it hands over.
    """

    step: str
    root: str
    name: str
    system: str
    direction: str
    state: OutboundState
    external_id: str | None
    their_id: str | None
    domain_order: str | None
    request: Json
    theirs: Json
    exchanges: Sequence[dict[str, Json]]
    due_at: datetime | None

    def as_json(self, *, shows_personal: bool) -> dict[str, Json]:
        """Return it for programs; what was said is for those who may see personal values."""
        told: dict[str, Json] = {
            "step": self.step,
            "name": self.name,
            "system": self.system,
            "direction": self.direction,
            "outboundState": self.state,
            "externalId": self.external_id,
            "theirId": self.their_id,
            "domainOrder": self.domain_order,
        }
        if shows_personal:
            told |= {"request": self.request, "theirs": self.theirs}
        hidden = () if shows_personal else ("message", "answer")
        told["exchange"] = [
            {name: value for name, value in one.items() if name not in hidden}
            for one in self.exchanges
        ]
        return {name: value for name, value in told.items() if value is not None}


def hand_offs(work: Work, order: Order) -> list[HandOff]:
    """Return what of an order goes to outside systems; nothing to who is not told of the works."""
    if not shows_works(work.actor):
        return []
    whole = None if isinstance(order, ProductOrder) else order.came_from
    plan = plan_store.read(work, whole or order.id)
    if plan is None:
        return []
    own = [one for one in plan if order.id in (one.root, one.service_order, one.resource_order)]
    own.sort(key=lambda one: one.position)
    return [_hand_off(one) for one in own if one.kind == "callout"]


def _hand_off(step: PlanItem) -> HandOff:
    answer = step.answer if isinstance(step.answer, dict) else {}
    return HandOff(
        step=step.id,
        root=step.root,
        name=step.title or step.name,
        system=step.system or NETWORK,
        direction=step.direction,
        state=outbound_state(step),
        external_id=step.command_key,
        their_id=answer.get("externalId"),
        domain_order=step.service_order or step.resource_order,
        request=step.request,
        theirs=answer.get("body"),
        exchanges=trace_of(step),
        due_at=step.due_at,
    )
