"""The demonstration operator's field service: its teams and types of work, and visits to come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from trunkline.demo import orders
from trunkline.demo.catalog import DemoCatalog
from trunkline.demo.people import DemoCustomer
from trunkline.demo.placing import ROUNDS_MAX, place
from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json
from trunkline.fieldwork.booking import free_slots, wanted_for
from trunkline.fieldwork.field_team import FieldTeam
from trunkline.fieldwork.moving import book
from trunkline.fieldwork.work_order import WorkOrder
from trunkline.fieldwork.work_type import WorkType
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.ordering.design.decision_table import DecisionTable
from trunkline.ordering.design.definition import PlanDefinition
from trunkline.ordering.edits import set_state
from trunkline.worker.steps import run_until_idle

VISIT, CODE = "On-site Installation", "installation-visit"
AHEAD = timedelta(days=5)
WINDOWS: list[Json] = [
    {"startHour": "08:00", "endHour": "12:00"},
    {"startHour": "13:00", "endHour": "17:00"},
    {"startHour": "17:00", "endHour": "20:00", "capacity": 1},
]
TEAMS: tuple[dict[str, Json], ...] = (
    {"name": "Harbour crew", "skill": ["fibre", "copper"], "capacity": 3,
     "area": [{"postcodeFrom": "10000", "postcodeTo": "10599"}]},
    {"name": "Hill crew", "skill": ["fibre", "radio"], "capacity": 2,
     "area": [{"postcodeFrom": "10600", "postcodeTo": "14999"}]},
    {"name": "Alarm fitters", "skill": ["alarm"], "capacity": 2},
)  # fmt: skip
TYPES: tuple[dict[str, Json], ...] = (
    {"code": "fibre-removal", "name": "Fibre removal", "durationMinutes": 45, "skill": ["fibre"]},
    {"code": "fibre-installation", "name": "Fibre installation", "durationMinutes": 120,
     "skill": ["fibre"], "cutOffHours": 24, "takeBack": "fibre-removal",
     "part": [{"name": "Optical Terminal", "quantity": 1, "hasSerialNumber": True},
              {"name": "Fibre patch cable", "quantity": 2}]},
    {"code": "alarm-fitting", "name": "Alarm fitting", "durationMinutes": 120, "skill": ["alarm"],
     "cutOffHours": 24, "part": [{"name": "Door sensor", "quantity": 4}]},
)  # fmt: skip
ITEM: dict[str, Json] = {
    "id": "visit", "title": "Install the equipment on site", "kind": "fieldWork",
    "durationMinutes": 120,
    "form": [{"name": "socket", "title": "Where the socket is", "valueType": "string"}],
}  # fmt: skip


def add_field_work(services: Services, stored: DemoCatalog, people: Sequence[DemoCustomer]) -> None:
    """Set the field service up; from here on technicians come by appointment."""
    with as_system(services, "demo") as work:
        for body in TYPES:
            work.add(WorkType.wrap(load(encode(body))))
        for body in TEAMS:
            work.add(FieldTeam.wrap({**load(encode(body)), "window": list(WINDOWS)}))
        _plan(work)
    homes = [one for one in people if one.kind in {"consumer", "household"}][22:30]
    bodies = [
        orders.order(one, [orders.item(stored, "1", "Fibre 500M", one.sites[0],
                                       installation="technician")])
        for one in homes
    ]  # fmt: skip
    place(services, bodies)
    with as_system(services, "demo") as work:
        _book(work, work.find(WorkOrder, {})[: len(homes) - 2])
    run_until_idle(services, rounds=ROUNDS_MAX)


def _plan(work: Work) -> None:
    """Let visits be made of a plan, and their work be picked by a table."""
    plan = PlanDefinition.wrap({"code": CODE, "name": "Installation visit", "item": [dict(ITEM)]})
    work.add(plan)
    before = load(encode(plan.raw))
    set_state(plan, "published")
    work.save(plan, before)
    asked: dict[str, Json] = {"specification": VISIT, "action": "add"}
    cells = [{"input": name, "value": [value]} for name, value in asked.items()]
    case = {"name": "a visit", "given": asked}
    work.add(DecisionTable.wrap(
        {"name": "Visits by plan", "isOn": True, "row": [{"cell": cells, "result": CODE}],
         "testCase": [{**case, "expected": CODE}]}
    ))  # fmt: skip
    rows = [
        {"cell": [{"input": "specification", "value": [VISIT]}], "result": "fibre-installation"},
        {"cell": [{"input": "specification", "value": ["Alarm Line"]}], "result": "alarm-fitting"},
    ]
    work.add(DecisionTable.wrap(
        {"name": "Work by service", "purpose": "workOrder", "isOn": True, "row": rows,
         "testCase": [{**case, "expected": "fibre-installation"}]}
    ))  # fmt: skip


def _book(work: Work, waiting: Sequence[WorkOrder]) -> None:
    """Book visits on the first days, two a window, the rest of the windows stays free."""
    for number, one in enumerate(waiting):
        slots = free_slots(work, wanted_for(work, one), start=work.now, end=work.now + AHEAD)
        if slots:
            slot = slots[number // 2 % len(slots)]
            book(work, one, start=slot.start, end=slot.end, team=slot.team)
