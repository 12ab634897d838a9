"""What people do about fallout: try again, repair and try again, do it by hand, or leave it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from trunkline.documents.errors import Conflict, NotFound, refuse
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.edits import Edits, set_state
from trunkline.ordering.fallout import CLOSED, Fallout
from trunkline.ordering.handoff.trace import done_after_all
from trunkline.ordering.manual_task import report_faults
from trunkline.ordering.plan_item import ENDED, Plan, PlanItem, StepState
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.progress import go_on
from trunkline.ordering.start import start
from trunkline.shared.program import as_program

Act = Callable[[Work, Plan, PlanItem, Fallout], None]
BY = "ordering"


@dataclass(frozen=True)
class Handled:
    """What became of one fallout: its id and key, and the states of step and record now."""

    id: str
    key: str
    step: str
    state: str


def retry(work: Work, fallouts: Sequence[str]) -> list[Handled]:
    """Try the steps of these fallouts again.

    A definite failure is tried under a new key; where nobody knows whether the command got
    through, it is asked for and sent under the same one. What was told meanwhile to be done after
    all is not sent once more: its step is done. An order that could not be broken down is broken
    down anew.
    """

    def act(work: Work, plan: Plan, item: PlanItem, record: Fallout) -> None:
        answer = done_after_all(item)
        if answer is None:
            _try_again(work, plan, item, record)
            return
        record.resolution = "was done after all, as the outside system told"
        plan_store.withdraw_calls(work, item)
        plan.put(replace(item, state="completed", answer=answer, ended_at=work.now))

    return _act(work, fallouts, act)


def fix_and_retry(work: Work, fallout: str, characteristics: Mapping[str, Json]) -> Handled:
    """Correct values of a step and try it again, under a new key.

    Refuses (400, at `characteristic.{name}`) a new value that its specification does not admit.
    """

    def act(work: Work, plan: Plan, item: PlanItem, record: Fallout) -> None:
        if item.error_kind == "unknown":
            raise Conflict(
                "conflictOutcomeUnknown",
                f"nobody knows whether {item.name} was carried out; retry it as it is first",
            )
        held = item.characteristic if isinstance(item.characteristic, dict) else {}
        new = {name: one for name, one in characteristics.items()
               if name not in held or held[name] != one}  # fmt: skip
        refuse(list(report_faults(work, replace(item, wants=None), new)))
        fixed = {**held, **characteristics}
        item = plan.put(replace(item, characteristic=fixed))
        _try_again(work, plan, item, record)

    return _act(work, [fallout], act)[0]


def complete_by_hand(
    work: Work, fallout: str, evidence: str, values: Mapping[str, Json] | None = None
) -> Handled:
    """Take a step as done, since somebody did it in another way; the evidence says how.

    A task of people brings what it is asked for here too: refuses (400) one without a value that
    its specification requires, or with one that it does not admit.
    """

    def act(work: Work, plan: Plan, item: PlanItem, record: Fallout) -> None:
        if item.error_kind == "order":
            raise Conflict(
                "conflictNotDoable", "breaking down an order cannot be done by hand; retry it"
            )
        told = _brought(item) | dict(values or {})
        if item.kind == "manual":
            refuse(list(report_faults(work, item, told)))
        answer = {
            "kind": "done",
            **({"characteristic": told} if told else {}),
            "evidence": evidence,
            "by": work.actor.name,
            "at": format_instant(work.now),
        }
        record.resolution = f"done by hand by {work.actor.name}: {evidence}"
        plan.put(replace(item, state="completed", answer=answer, ended_at=work.now))

    return _act(work, [fallout], act)[0]


def skip(work: Work, fallout: str, reason: str) -> Handled:
    """Leave a step out for good; the order goes on without it and ends as partial or failed."""

    def act(work: Work, plan: Plan, item: PlanItem, record: Fallout) -> None:
        if item.error_kind == "order":
            raise Conflict(
                "conflictNotSkippable", "an order cannot go on without being broken down; retry it"
            )
        record.resolution = f"skipped by {work.actor.name}: {reason}"
        plan.put(replace(item, state="skipped", ended_at=work.now))

    return _act(work, [fallout], act)[0]


def _act(work: Work, fallouts: Sequence[str], act: Act) -> list[Handled]:
    """Do something about fallouts, those of one order together, orders in a fixed sequence."""
    records = [_find(work, ident) for ident in dict.fromkeys(fallouts)]
    by_root: dict[str, list[Fallout]] = {}
    for record in records:
        by_root.setdefault(_root(record), []).append(record)
    handled: dict[str, Handled] = {}
    for root in sorted(by_root):
        for one in _act_on_order(work, root, by_root[root], act):
            handled[one.id] = one
    return [handled[one.id] for one in records]


def _brought(item: PlanItem) -> dict[str, Json]:
    """Return what a task is asked for and was given while it was put right."""
    wants: Sequence[str] = item.wants or ()
    held = item.characteristic if isinstance(item.characteristic, dict) else {}
    return {name: held[name] for name in wants if name in held}


def _act_on_order(work: Work, root: str, records: list[Fallout], act: Act) -> list[Handled]:
    plan = plan_store.locked(work, root)
    edits = Edits(work)
    current = {one.id: one for one in edits.take(Fallout, [one.id for one in records])}
    found = [current[one.id] for one in records]
    for record in found:
        item = plan.items.get(record.plan_item_id) if plan is not None else None
        if plan is None or item is None or item.state != "fallout" or record.state in CLOSED:
            raise Conflict("conflictNotInFallout", _no_fallout(record, item))
        _refuse_undone(plan, item, record)
        act(work, plan, item, record)
    if plan is not None:
        _go_on(work, edits, plan)
    steps = plan.items if plan is not None else {}
    return [
        Handled(one.id, one.key, _step_state(steps, one), str(one.state or "")) for one in found
    ]


def _refuse_undone(plan: Plan, item: PlanItem, record: Fallout) -> None:
    """Refuse to touch a step that is being taken back: it could happen after that."""
    for undo in plan:
        if undo.undoes == item.id and undo.state not in ("pending", "skipped"):
            told = f"{record.key} is being taken back already; see to {undo.title or undo.name}"
            raise Conflict("conflictBeingUndone", told)


def _no_fallout(record: Fallout, item: PlanItem | None) -> str:
    if record.state in CLOSED or item is None or item.state in ENDED:
        return f"{record.key} is closed; nothing is left to be done"
    return f"{record.key} is being tried again just now; wait for what becomes of it"


def _step_state(steps: Mapping[str, PlanItem], record: Fallout) -> str:
    item = steps.get(record.plan_item_id)
    return item.state if item is not None else "pending"


def _go_on(work: Work, edits: Edits, plan: Plan) -> None:
    """Go on with a plan, or make it anew when the order could not be broken down before."""
    again = [one for one in plan.moved("ready") if one.error_kind == "order"]
    if not again:
        go_on(work, plan, edits)
        return
    for record in edits.take(Fallout, [one.fallout for one in plan]):
        if record.state not in CLOSED:
            set_state(record, "closedComplete")
            record.resolution = f"broken down again by {work.actor.name}"
            record.closed_at = work.now
    edits.write()
    order = work.lock(ProductOrder, plan.root)
    plan_store.remove(work, plan.root)
    start(as_program(work, BY), order)  # as at first, whoever asks for it: its fee may be another


def _try_again(work: Work, plan: Plan, item: PlanItem, record: Fallout) -> None:
    """Make a step ready; the record is in progress until the step succeeds or fails again."""
    set_state(record, "inProgress")
    if item.error_kind == "order":
        plan.put(replace(item, state="ready"))
        return
    plan_store.withdraw_calls(work, item)
    key = item.command_key
    if item.error_kind != "unknown" and key is not None:
        plan_store.keep_former_key(work, item)
        key = work.services.chance.uuid()
    plan.put(
        replace(
            item, state=_again(item), command_key=key, answer=None, attempts=_superseded(item),
            started_at=work.now,
        )
    )  # fmt: skip


def _again(item: PlanItem) -> StepState:
    """Return the state to try again in: a call is put together anew."""
    is_new = item.error_kind != "unknown" and item.design is not None and item.action is None
    tries = item.attempts if isinstance(item.attempts, list) else []
    is_raised = bool(tries) and "raisedBy" in tries[-1] and item.error_kind != "unknown"
    return "pending" if is_new or is_raised else "ready"


def _superseded(item: PlanItem) -> Json:
    """Return the tries so far, marked so that the pauses of the next round count anew."""
    tries = item.attempts if isinstance(item.attempts, list) else []
    return [{**one, "superseded": True} for one in tries] or None


def _find(work: Work, ident: str) -> Fallout:
    record = work.get(Fallout, ident)
    if record is None:
        raise NotFound("notFound", f"there is no fallout {ident}")
    return record


def _root(record: Fallout) -> str:
    for reference in (record.product_order, record.service_order, record.resource_order):
        if reference is not None:
            return str(reference.id)
    raise NotFound("notFound", f"{record.key} belongs to no order")
