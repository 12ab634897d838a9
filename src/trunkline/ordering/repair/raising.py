"""Raising fallout by hand: a task that somebody sees is in trouble before it fails by itself."""

from __future__ import annotations

from dataclasses import replace

from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound
from trunkline.documents.shape import Json, format_instant
from trunkline.governance.registers import registers
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.edits import Edits
from trunkline.ordering.fallout import Fallout
from trunkline.ordering.plan_item import ENDED, UNDER_WAY, PlanItem
from trunkline.ordering.progress import go_on
from trunkline.ordering.repair.fallout_types import REGISTER


def raise_fallout(work: Work, step: str, *, kind: str, reason: str) -> Fallout:
    """Put a task aside for people to put right, whatever it waits for, and return its record.

    What the network may be doing just now is asked for when it is tried again, so that nothing is
    done twice. Refuses (400) a type that the register does not have, (404) a task that there is
    not, and (409) one that has ended or stands still already.
    """
    root = plan_store.root_of(work, step) if UUID.match(step) else None
    plan = plan_store.locked(work, root) if root is not None else None
    item = plan.items.get(step) if plan is not None else None
    if plan is None or item is None:
        raise NotFound("notFound", f"there is no task {step}")
    _must_be_a_type(work, kind)
    if item.kind in {"milestone", "wait"}:
        raise Conflict("conflictNotATask", f"{item.name} is reached when all before it is done")
    if item.state in ENDED:
        raise Conflict("conflictEnded", f"{item.name} is {item.state}; nothing is left to be done")
    if item.state == "fallout":
        raise Conflict("conflictInFallout", f"{item.name} is in fallout already")
    plan.put(_raised(work, item, kind, reason))
    go_on(work, plan, Edits(work))
    found = work.get(Fallout, str(plan.items[step].fallout))
    assert found is not None
    return found


def _raised(work: Work, item: PlanItem, kind: str, reason: str) -> PlanItem:
    tries = item.attempts if isinstance(item.attempts, list) else []
    is_unknown = item.kind == "callout" and (
        item.state in UNDER_WAY or item.error_kind == "unknown"
    )
    error_kind = "unknown" if is_unknown else "business"
    tried: dict[str, Json] = {
        "number": int(tries[-1]["number"]) + 1 if tries else 1,
        "time": format_instant(work.now),
        "kind": error_kind,
        "code": kind,
        "message": reason,
        "raisedBy": work.actor.name,
    }
    return replace(
        item,
        state="fallout",
        error_kind=error_kind,
        error_code=kind,
        error_message=reason,
        attempts=[*tries, tried],
    )


def _must_be_a_type(work: Work, kind: str) -> None:
    register = registers(work).get(REGISTER)
    known = [one.code for one in register.chosen(work.now)] if register is not None else []
    if kind not in known:
        message = f"{kind} is none of {', '.join(known)}; the register {REGISTER} holds them"
        raise Invalid.of([Fault("falloutType", "notInRegister", message)])
