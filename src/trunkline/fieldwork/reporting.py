"""Reporting: what came of a visit, as the technician, or the outside system, says it.

Numbers of fitted devices are written to the resources of the order; values go to the step that
waits, and from there to what it makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trunkline.documents.errors import Conflict, Fault, NotFound, refuse
from trunkline.documents.shape import Json
from trunkline.fieldwork.api import FIELDWORK
from trunkline.fieldwork.registers import REASON
from trunkline.fieldwork.visit import end_appointment, take
from trunkline.fieldwork.work_order import (
    DONE,
    ENDED,
    FittedDevice,
    Outcome,
    VisitResult,
    WorkOrder,
    set_work_state,
)
from trunkline.governance.registers import registers
from trunkline.inventory.resource import Resource
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.manual_task import report_faults
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.reference import ResourceRef

STATES = {"done": "completed", "doneWithRemarks": "completed", "notPossible": "failed"}


@dataclass(frozen=True)
class Device:
    """A device that was fitted: its resource specification by name, its number, its record."""

    name: str
    serial_number: str
    resource: str | None = None


@dataclass(frozen=True)
class Report:
    """What came of a visit."""

    outcome: Outcome
    reason: str = ""
    remarks: str = ""
    devices: Sequence[Device] = ()
    characteristics: Mapping[str, Json] = field(default_factory=dict)


def report(work: Work, ident: str, said: Report) -> WorkOrder:
    """Report a visit; the step that waits for it goes on, or falls out with the reason.

    Repeating the same outcome changes nothing. Refuses (409) another one for a work order that
    has ended, and (400) reports that say too little: why it was not possible, the number of each
    device that needs one, the values that the task asks for.
    """
    order = work.get(WorkOrder, ident)
    if order is None:
        raise NotFound("notFound", f"there is no work order {ident}")
    plan, step = _waiting(work, order)
    order = work.lock(WorkOrder, order.id)
    if order.state in ENDED:
        if order.result is not None and order.result.outcome == said.outcome:
            return order
        raise Conflict("conflictReported", f"{order.key} is {order.state}; nothing is reported now")
    resources = _resources(work, plan)
    refuse([*_faults(work, order, said, resources), *_value_faults(work, step, said)])
    fitted = [_fitted(work, one, resources) for one in said.devices]
    with work.edit(WorkOrder, order.id) as own:
        own.result = VisitResult.wrap(_result(work, said, fitted))
        set_work_state(own, STATES[said.outcome], work.now)
        if own.start_date is None:
            own.start_date = work.now
    status = "completed" if said.outcome != "notPossible" else "failed"
    end_appointment(work, own.appointment.id if own.appointment else None, status, said.remarks)
    if plan is not None and step is not None and step.state == "waiting":
        take(work, plan, step, own)
    return own


@rule(WorkOrder)
def end_is_reported(work: Work, old: WorkOrder | None, new: WorkOrder) -> Iterator[Fault]:
    """Refuse to call a visit done without the numbers and values that its report has to say."""
    was_open = old is not None and old.state not in DONE
    if not was_open or new.state not in DONE or new.result is not None:
        return
    path = f"{FIELDWORK.base}/workOrder/{new.id}/report"
    for part in new.part:
        if part.has_serial_number:
            message = f"the serial number of {part.name} is missing; report the visit: {path}"
            yield Fault("state", "serialNumberMissing", message)
    root = next((one.id for one in (new.product_order, new.service_order, new.resource_order)
                 if one is not None), None)  # fmt: skip
    if root is None or new.plan_item_id is None:
        return
    plan = plan_store.read_around(work, root, new.plan_item_id)
    step = plan.items.get(new.plan_item_id) if plan is not None else None
    if step is not None and any(report_faults(work, step, {})):
        message = f"its task asks for values; report the visit: {path}"
        yield Fault("state", "characteristicMissing", message)


def _waiting(work: Work, order: WorkOrder) -> tuple[Plan | None, PlanItem | None]:
    """Return the step that waits for a work order, in its plan, with the order's lock held."""
    if order.plan_item_id is None:
        return None, None
    root = plan_store.root_of(work, order.plan_item_id)
    plan = plan_store.locked(work, root) if root is not None else None
    step = plan.items.get(order.plan_item_id) if plan is not None else None
    return plan, step if step is not None and step.correlation == order.id else None


def _resources(work: Work, plan: Plan | None) -> dict[str, tuple[str, Resource]]:
    """Return the resources of an order by their id, with the names of their specifications."""
    steps = [one for one in plan or () if one.resource is not None and one.state != "canceled"]
    found = work.many(Resource, [one.resource for one in steps if one.resource])
    return {one.resource: (one.name, found[one.resource])
            for one in steps if one.resource in found}  # fmt: skip


def _faults(
    work: Work, order: WorkOrder, said: Report, resources: Mapping[str, tuple[str, Resource]]
) -> Iterator[Fault]:
    if said.outcome == "notPossible":
        register = registers(work).get(REASON)
        known = [one.code for one in register.chosen(work.now)] if register is not None else []
        if not said.reason or (known and said.reason not in known):
            message = f"say why by one of {', '.join(known)}" if known else "say why"
            yield Fault("reason", "reasonMissing", message)
        return
    if said.outcome == "doneWithRemarks" and not said.remarks:
        yield Fault("remarks", "missing", "say what is to be remarked")
    named = [one.name for one in said.devices]
    for part in order.part:
        if part.has_serial_number and named.count(part.name) < (part.quantity or 1):
            message = f"the serial number of {part.name} is missing; read it off the device"
            yield Fault("device", "serialNumberMissing", message)
    for index, one in enumerate(said.devices):
        if not one.serial_number.strip():
            yield Fault(f"device[{index}].serialNumber", "missing", "is read off the device")
        if one.resource is not None and one.resource not in resources:
            message = f"there is no resource {one.resource} in this order"
            yield Fault(f"device[{index}].resource", "resourceUnknown", message)
        yield from _taken_by_another(work, index, said, resources)


def _taken_by_another(
    work: Work, index: int, said: Report, resources: Mapping[str, tuple[str, Resource]]
) -> Iterator[Fault]:
    """Yield a fault where a device of that number is somewhere else already, or is told twice.

    What was given back lies in stock and is fitted again; what another order has ready does not.
    """
    device, path = said.devices[index], f"device[{index}].serialNumber"
    number = device.serial_number.strip()
    if number and number in {one.serial_number.strip() for one in said.devices[:index]}:
        yield Fault(path, "conflictTwice", f"{number} is there twice; read each off its device")
        return
    for held in work.find(Resource, {"serialNumber": number}, limit=5) if number else ():
        called, _ = resources.get(held.id, ("", held))
        if held.id == device.resource or (device.resource is None and called == device.name):
            continue
        if called or held.usage_state in {"active", "busy"} or held.resource_status == "reserved":
            message = f"{number} is that of {held.key}, which is in use"
            yield Fault(path, "conflictSerialNumber", message)


def _value_faults(work: Work, step: PlanItem | None, said: Report) -> Iterator[Fault]:
    if step is not None and said.outcome != "notPossible":
        yield from report_faults(work, step, said.characteristics)


def _fitted(
    work: Work, device: Device, resources: Mapping[str, tuple[str, Resource]]
) -> FittedDevice:
    """Write a device's number to its resource: the one named, else the next one that is such."""
    number = device.serial_number.strip()
    ident = device.resource or _resource_for(device.name, number, resources)
    made = FittedDevice(name=device.name, serial_number=number)
    if ident is not None:
        with work.edit(Resource, ident) as held:
            held.serial_number = number
        resources[ident][1].serial_number = number
        made.resource = ResourceRef(id=ident, referred_type="Resource")
    return made


def _resource_for(
    name: str, number: str, resources: Mapping[str, tuple[str, Resource]]
) -> str | None:
    """Return the resource that has a device's number, else one without any, else the only one."""
    own = {ident: one for ident, (called, one) in resources.items() if called == name}
    for wanted in (number, None):
        for ident, one in own.items():
            if one.serial_number == wanted:
                return ident
    return next(iter(own)) if len(own) == 1 else None


def _result(work: Work, said: Report, fitted: Sequence[FittedDevice]) -> dict[str, Json]:
    result = VisitResult(outcome=said.outcome, reported_by=work.actor.name, reported_at=work.now)
    result.reason = said.reason if said.outcome == "notPossible" else None
    result.remarks = said.remarks or None
    if fitted:
        result.device = list(fitted)
    if said.characteristics:
        values = said.characteristics.items()
        result.characteristic = [Characteristic(name=name, value=value) for name, value in values]
    return result.raw
