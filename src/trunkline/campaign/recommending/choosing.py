"""Choosing: which actions are proposed to a customer now, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from trunkline.campaign.audience import matches
from trunkline.campaign.customer_signal import CustomerSignal
from trunkline.campaign.recommending.next_action import ActionAnswer, NextAction
from trunkline.inventory.product import Product
from trunkline.kernel.masks import hidden_paths, is_hidden
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer, names_of

PROPOSED_MAX, ACTIONS_MAX = 3, 200
REST_DAYS, SIGNAL_DAYS = 90, 30
PRIORITY = 1000
HELD = ("created", "pendingActive", "active", "suspended")


@dataclass(frozen=True)
class Proposed:
    """An action for a customer, and what was noticed that speaks for it, if one may know that."""

    action: NextAction
    noticed: str | None = None

    @property
    def reason(self) -> str:
        """Why it is proposed, with what was noticed."""
        said = self.action.reason or ""
        return f"{said} ({self.noticed})" if self.noticed else said


def proposed_to(work: Work, customer: Customer, *, most: int = PROPOSED_MAX) -> list[Proposed]:
    """Return what is proposed to a customer now, the most important first."""
    found: list[Proposed] = []
    actions = work.find(NextAction, {}, limit=ACTIONS_MAX)
    answers = work.find(ActionAnswer, {"customer.id": customer.id}, limit=500)
    held = set(_offerings_of(work, customer))
    signals = work.find(CustomerSignal, {"customer.id": customer.id}, limit=100)
    for action in sorted(actions, key=lambda one: (one.priority or PRIORITY, one.key)):
        offering = action.product_offering
        if offering is None or offering.id in held or not _holds(work, action):
            continue
        if any(rests(work, action, one) for one in answers):
            continue
        signal = next((one for one in signals if _speaks_for(work, action, one)), None)
        if action.signal_kind and signal is None:
            continue
        if not matches(work, Customer, customer.id, action.customer_filter or ""):
            continue
        may_know = signal is not None and _may_know(work)
        found.append(Proposed(action, signal.reason if signal and may_know else None))
        if len(found) == most:
            break
    return found


def _offerings_of(work: Work, customer: Customer) -> Iterator[str]:
    names = names_of(customer.id, customer.raw)
    wanted = {"relatedParty.id": names, "status": list(HELD)}
    for one in work.find(Product, wanted, limit=1000):
        if one.product_offering is not None:
            yield one.product_offering.id


def _holds(work: Work, action: NextAction) -> bool:
    return action.valid_for is None or action.valid_for.contains(work.now)


def _may_know(work: Work) -> bool:
    """Return whether the actor may read what signals say in words: that is personal."""
    grant = work.actor.grant(CustomerSignal.resource, "read")
    if grant is None:
        return False
    hidden = hidden_paths(CustomerSignal.resource, grant.sees)
    return hidden is None or not is_hidden(hidden, "reason")


def rests(work: Work, action: NextAction, answer: ActionAnswer) -> bool:
    """Return whether an action is not proposed for now, as it was answered lately."""
    if answer.next_action is None or answer.next_action.id != action.id:
        return False
    rest = timedelta(days=action.rest_days or REST_DAYS)
    return answer.answer_date is not None and answer.answer_date > work.now - rest


def _speaks_for(work: Work, action: NextAction, signal: CustomerSignal) -> bool:
    if not action.signal_kind or signal.kind != action.signal_kind:
        return False
    since = work.now - timedelta(days=action.signal_days or SIGNAL_DAYS)
    return signal.creation_date is not None and signal.creation_date > since
