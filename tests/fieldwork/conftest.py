"""An operator whose technicians visit customers: teams, types of work, and a table that picks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from tests.ordering.scripted import ScriptedNetwork
from tests.support.operator import (
    OFFERING,
    SERVICE_SPECIFICATION,
    Customer,
    Operator,
    Order,
    Record,
)
from tests.support.plans import TABLE, item, picked, published, row
from tests.support.program import Site
from trunkline.access.standard import ensure_roles
from trunkline.ordering.command import use_activator

OWN = "/api/fieldwork/v1"
WORK_ORDER = "/tmf-api/workOrderManagement/v4/workOrder"
APPOINTMENT = "/tmf-api/appointment/v4/appointment"
SEARCH = "/tmf-api/appointment/v4/searchTimeSlot"
MESSAGE = "/tmf-api/communicationManagement/v4/communicationMessage"
VISIT = "On-site Installation"
CATALOG = "/tmf-api/productCatalogManagement/v4"
LIVE = {"lifecycleStatus": "Active"}


@dataclass
class Field:
    """The operator's field service: one team that goes to Nordhaven, two visits at a time."""

    operator: Operator
    network: ScriptedNetwork
    types: dict[str, str] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)

    @property
    def staff(self) -> Any:
        return self.operator.staff

    def type(self, code: str, **more: Any) -> str:
        body = {"code": code, "name": code.capitalize(), "durationMinutes": 90, **more}
        self.types[code] = self.operator.make(f"{OWN}/workType", body)["id"]
        return self.types[code]

    def team(self, name: str, *, capacity: int = 2, **more: Any) -> str:
        body = {"name": name, "capacity": capacity, **more}
        self.teams[name] = self.operator.make(f"{OWN}/fieldTeam", body)["id"]
        return self.teams[name]

    def sell(self, name: str, **more: Any) -> None:
        """Put a service on sale that is nothing but a visit, as its specification says."""
        spec = self.operator.make(
            SERVICE_SPECIFICATION,
            {
                "name": f"{name} Visit",
                **LIVE,
                "fulfilment": {"kind": "fieldWork", "title": name, "durationMinutes": 60, **more},
            },
        )
        held = [{"id": spec["id"], "name": spec["name"], "relationshipType": "realisedAs",
                 "@referredType": "ServiceSpecification"}]  # fmt: skip
        product = {"name": name, **LIVE, "serviceSpecification": held}
        cost = {"name": f"{name} once", **LIVE, "priceType": "oneTime",
                "price": {"unit": "EUR", "value": 49}}  # fmt: skip
        body = {
            "name": name, **LIVE, "isSellable": True,
            "productSpecification": {
                "id": self.operator.make(f"{CATALOG}/productSpecification", product)["id"]},
            "productOfferingPrice": [
                {"id": self.operator.make(f"{CATALOG}/productOfferingPrice", cost)["id"]}],
        }  # fmt: skip
        made = self.operator.make(OFFERING, body)["id"]
        self.operator.offerings[name] = made  # type: ignore[index]

    def ordered(self, offering: str, **more: Any) -> tuple[Customer, Order]:
        """Ada orders something that is nothing but a visit."""
        ada = self.operator.ada()
        line = {**ada.add("1", offering), **more}
        order = ada.orders(line)
        self.operator.settle()
        return ada, order

    def at_once(self, day: str = "") -> list[Record]:
        """Search for times for a survey in Nordhaven, on one day or any."""
        where = {"role": "visit", "city": "Nordhaven"}
        found = self.slots(self.types["survey"], "WorkType", relatedPlace=where)
        return [one for one in found if one["validFor"]["startDateTime"].startswith(day)]

    def visited(self, **more: Any) -> tuple[Customer, Order]:
        """Ada orders a line that a technician installs; everything but the visit is done."""
        ada = self.operator.ada()
        order = ada.orders(ada.fibre("1", installation="technician"), **more)
        self.operator.settle()
        return ada, order

    def work(self, order: Order) -> Record:
        """Return the newest work order of an order."""
        found = self.operator.find(WORK_ORDER, productOrder__id=order.id)
        return max(found, key=lambda one: one["key"])

    def slots(self, ident: str, kind: str = "WorkOrder", **more: Any) -> list[Record]:
        """Search for times."""
        asked = {"relatedEntity": [{"id": ident, "role": "for", "@referredType": kind}], **more}
        found: list[Record] = self.operator.make(SEARCH, asked).get("availableTimeSlot", [])
        return found

    def book(self, work: Record, slot: Record, client: Any = None) -> Any:
        return (client or self.staff).post(f"{OWN}/workOrder/{work['id']}/book", slot["validFor"])

    def report(self, work: Record, outcome: str = "done", **more: Any) -> Any:
        answer = self.staff.post(
            f"{OWN}/workOrder/{work['id']}/report", {"outcome": outcome, **more}
        )
        self.operator.settle()
        return answer

    def step(self, order: Order) -> Record:
        """Return the step that waits for the visit, or had it."""
        items = order.plan["item"]
        found = [one for one in items if one["kind"] == "fieldWork"]
        return max(found, key=lambda one: int(one.get("position", 0)))

    def messages(self, ada: Customer) -> list[str]:
        """Return what a customer was told of visits, the oldest first."""
        found = self.operator.find(MESSAGE, receiver__party__id=ada.id)
        return [one["subject"] for one in sorted(found, key=lambda one: one["key"])]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture(scope="module")
def opened(site: Site) -> Field:
    network = ScriptedNetwork()
    ensure_roles(site.services)
    operator = Operator.open(site, network)  # type: ignore[arg-type]
    made = Field(operator, network)
    made.type(
        "install", durationMinutes=120, skill=["fibre"], cutOffHours=24,
        part=[{"name": "Optical Terminal", "quantity": 1, "hasSerialNumber": True}],
    )  # fmt: skip
    made.type("removal", skill=["copper"])
    made.type("survey", skill=["copper"], cutOffHours=24, takeBack="removal")
    made.sell("Survey")
    made.team(
        "North",
        skill=["fibre", "copper"],
        area=[{"city": "Nordhaven"}],
        window=[
            {"startHour": "08:00", "endHour": "12:00"},
            {"startHour": "13:00", "endHour": "17:00"},
        ],
    )
    made.team("South", skill=["fibre"], area=[{"city": "Südhaven"}], capacity=9)
    visit = item(
        "visit",
        "fieldWork",
        form=[{"name": "socket", "title": "Socket", "valueType": "string", "isRequired": True}],
    )
    published(operator, "installation", visit)
    picked(operator, row("installation", specification=VISIT, action="add"))
    operator.make(TABLE, {"name": "Work", "purpose": "workOrder", "isOn": True, "row": [
        row("install", specification=VISIT),
        row("survey", specification=["Survey Visit"])],
        "testCase": [{"name": "a visit", "given": {"specification": VISIT},
                      "expected": "install"}]})  # fmt: skip
    return made


@pytest.fixture
def visits(opened: Field, site: Site) -> Field:
    """The field service with no work left over, on a day of its own."""
    with site.services.database.app.connection() as connection:
        connection.execute("delete from work")
    opened.network = ScriptedNetwork()
    use_activator(site.services, opened.network)
    return opened
