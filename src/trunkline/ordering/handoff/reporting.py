"""Reporting: what outside systems say has become of orders that were handed to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trunkline.documents.errors import Fault, Invalid, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.activation import AWAITING_ANSWER, take_told
from trunkline.ordering.command import Answer, AnswerKind
from trunkline.ordering.edits import Edits
from trunkline.ordering.handoff.outbound import is_handed_over, outbound_state
from trunkline.ordering.handoff.trace import try_under
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.progress import go_on
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder

SAID: Mapping[str, AnswerKind] = {"fulfilled": "done", "error": "failed", "pending": "pending"}
ITEMS = "serviceOrderItem"
SHORT = "items"
"""What other systems call them."""


@dataclass(frozen=True)
class Reported:
    """What is said of one domain order, and where it stands in what was sent."""

    path: str
    id: str
    state: str
    answer: Answer


def take_report(work: Work, sent: Mapping[str, Json]) -> list[dict[str, Json]]:
    """Take in what became of a hand-off; return its domain orders with their outbound states.

    `externalId` is that of the order that went out, each item names a domain order by id or key.
    Refuses (400) all of it where one part cannot be. That it was done after all is also taken
    where it was refused or sent again under another id meanwhile: it is kept beside that try.
    """
    key, listed = _read(sent)
    found = plan_store.root_of_key(work, key) if UUID.match(key) else None
    if found is None:
        raise Invalid.of([_unknown(key)])
    root, ident, _ = found
    plan = plan_store.locked(work, root, around=[ident])
    assert plan is not None
    step = plan.items[ident]
    refuse(list(_faults(work, step, listed, key)))
    edits = Edits(work)
    for one in listed:
        take_told(work, plan, edits, ident, "reported", key, one.answer)
    go_on(work, plan, edits)
    return [_told(plan, ident, one) for one in listed]


def _told(plan: Plan, ident: str, one: Reported) -> dict[str, Json]:
    return {"id": one.id, "state": outbound_state(plan.items[ident])}


def _read(sent: Mapping[str, Json]) -> tuple[str, list[Reported]]:
    faults: list[Fault] = []
    key = sent.get("externalId")
    if not isinstance(key, str) or not key:
        faults.append(
            Fault("externalId", "externalIdMissing", "send the external id of what was handed over")
        )
    called = SHORT if SHORT in sent and ITEMS not in sent else ITEMS
    items = sent.get(called)
    if not isinstance(items, list) or not items:
        faults.append(Fault(called, "itemsMissing", "send the domain orders that it is about"))
        items = []
    listed: list[Reported] = []
    for at, one in enumerate(items):
        read = _item(one if isinstance(one, dict) else {}, f"{called}[{at}]")
        faults += [part for part in read if isinstance(part, Fault)]
        listed += [part for part in read if isinstance(part, Reported)]
    refuse(faults)
    return str(key).lower(), listed


def _item(one: Mapping[str, Json], path: str) -> Sequence[Fault | Reported]:
    ident, state = one.get("id"), one.get("state")
    faults: list[Fault | Reported] = []
    if not isinstance(ident, str) or not ident:
        faults.append(Fault(f"{path}.id", "itemIdMissing", "name the domain order"))
    if state is None or state == "":
        faults.append(Fault(f"{path}.state", "itemStateMissing", "say what became of it"))
    elif not isinstance(state, str) or state not in SAID:
        faults.append(
            Fault(f"{path}.state", "itemStateUnknown", f"is one of {', '.join(SAID)}, not {state}")
        )
    if faults:
        return faults
    named = one.get("serviceCharacteristic")
    values = {
        str(value["name"]): value.get("value")
        for value in (named if isinstance(named, list) else ())
        if isinstance(value, dict) and value.get("name")
    }
    kept = {name: one[name] for name in ("id", "state", "code", "message") if name in one}
    answer = Answer(
        SAID[str(state)], characteristics=values, code=_text(one.get("code")),
        message=_text(one.get("message")), body=kept,
    )  # fmt: skip
    return [Reported(path, str(ident), str(state), answer)]


def _faults(work: Work, step: PlanItem, listed: Sequence[Reported], under: str) -> Iterator[Fault]:
    own = step.service_order or step.resource_order
    seen: set[str] = set()
    for one in listed:
        order = work.get(ServiceOrder, one.id) or work.get(ResourceOrder, one.id)
        if order is None:
            message = f"there is no service or resource order {one.id}"
            yield Fault(f"{one.path}.id", "domainOrderUnknown", message)
        elif order.id != own or not is_handed_over(step):
            message = f"{order.key} did not go out under this external id"
            yield Fault(f"{one.path}.id", "domainOrderOfAnother", message)
        elif order.id in seen:
            message = f"{order.key} stands here twice; say once what became of it"
            yield Fault(f"{one.path}.id", "domainOrderTwice", message)
        else:
            seen.add(order.id)
            yield from _state_faults(step, one, order.key, under)


def _state_faults(step: PlanItem, one: Reported, key: str, under: str) -> Iterator[Fault]:
    """Yield why a domain order cannot be told this: it waits for no answer, or has had it."""
    path, now = f"{one.path}.state", outbound_state(step)
    is_done = one.state == "fulfilled"
    if is_done and "lateAnswer" in (try_under(step, under) or {}):
        message = f"{key} was told so under this external id already; nothing was changed"
        yield Fault(path, "answerRepeated", message)
    elif step.command_key != under:
        if not is_done:
            message = f"{key} was sent again under another external id; answer to that one"
            yield Fault(path, "answerOvertaken", message)
    elif step.state in {"pending", "ready"}:
        yield Fault(path, "notHandedOver", f"{key} was not handed over yet; wait for it")
    elif now == one.state and now != "pending":
        yield Fault(path, "answerRepeated", f"{key} is {now} already; nothing was changed")
    elif not _is_awaited(step, one):
        message = f"{key} is {now} and awaits no answer; nothing was changed"
        yield Fault(path, "noAnswerAwaited", message)


def _is_awaited(step: PlanItem, one: Reported) -> bool:
    if step.state in AWAITING_ANSWER:
        return True
    if one.state == "fulfilled":  # done after all: it is taken back, or people look at both
        return step.state in {"canceled", "fallout"}
    return step.state == "fallout" and step.error_kind in {"technical", "unknown"}


def _unknown(key: str) -> Fault:
    return Fault("externalId", "externalIdUnknown", f"nothing was handed over under {key}")


def _text(value: Json) -> str | None:
    return str(value) if value not in (None, "") else None
