"""Choosing: which actions are proposed to a customer now, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from trunkline.campaign.audience import fitting
from trunkline.campaign.customer_signal import CustomerSignal
from trunkline.campaign.recommending.next_action import ActionAnswer, NextAction
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.masks import hidden_paths, is_hidden
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer, names_of
from trunkline.screens.read_ahead import sought

PROPOSED_MAX, ACTIONS_MAX = 3, 200
ANSWERS_MAX, SIGNALS_MAX, PRODUCTS_MAX = 500, 100, 1000
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
    actions = sought(work, NextAction, {}, limit=ACTIONS_MAX)
    answers = sought(work, ActionAnswer, about(customer.id), limit=ANSWERS_MAX)
    held = set(_offerings_of(work, customer))
    signals = sought(work, CustomerSignal, about(customer.id), limit=SIGNALS_MAX)
    possible: list[tuple[NextAction, CustomerSignal | None]] = []
    for action in sorted(actions, key=lambda one: (one.priority or PRIORITY, one.key)):
        offering = action.product_offering
        if offering is None or offering.id in held or not _holds(work, action):
            continue
        if any(rests(work, action, one) for one in answers):
            continue
        signal = next((one for one in signals if _speaks_for(work, action, one)), None)
        if signal is not None or not action.signal_kind:
            possible.append((action, signal))
    return _first_fitting(work, customer, possible, most)


def _first_fitting(
    work: Work,
    customer: Customer,
    possible: Sequence[tuple[NextAction, CustomerSignal | None]],
    most: int,
) -> list[Proposed]:
    """Return the first actions whose audience the customer is among; who it is asked once."""
    queries = dict.fromkeys(action.customer_filter or "" for action, _ in possible)
    known = fitting(work, Customer, customer.id, queries)
    found: list[Proposed] = []
    for action, signal in possible:
        if (action.customer_filter or "") not in known:
            continue
        may_know = signal is not None and _may_know(work)
        found.append(Proposed(action, signal.reason if signal and may_know else None))
        if len(found) == most:
            break
    return found


def about(ident: str) -> dict[str, Json]:
    """Return what is said by the answers of a customer, and by what was noticed."""
    return {"customer.id": ident}


def held_by(ident: str, document: Mapping[str, Json]) -> dict[str, Json]:
    """Return what is said by the products that a customer has."""
    names: list[Json] = [*names_of(ident, document)]
    return {"relatedParty.id": names, "status": list(HELD)}


def _offerings_of(work: Work, customer: Customer) -> Iterator[str]:
    for one in sought(work, Product, held_by(customer.id, customer.raw), limit=PRODUCTS_MAX):
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
