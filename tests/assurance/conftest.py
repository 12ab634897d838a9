"""An operator whose tickets have types, queues and a calendar, and a customer with products."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from tests.ordering.scripted import ScriptedNetwork
from tests.support.operator import Customer, Operator
from tests.support.program import Client, Site
from trunkline.access.standard import ROLES, ensure_roles

OWN = "/api/assurance/v1"
TICKET = "/tmf-api/troubleTicket/v4/troubleTicket"
PROBLEM = "/tmf-api/serviceProblemManagement/v4/serviceProblem"
MESSAGE = "/tmf-api/communicationManagement/v4/communicationMessage"
CALENDAR = "/api/ordering/v1/workingCalendar"
NOTIFICATIONS = "/api/workspace/v1/notification"
HOUR, MINUTE = 3600, 60
DAYS = count(1)


@dataclass
class Desk:
    """The service desk: who asks, and what it makes; its types have codes of their own."""

    operator: Operator
    day: int = field(default_factory=lambda: next(DAYS))

    @property
    def staff(self) -> Client:
        return self.operator.staff

    def code(self, name: str) -> str:
        """Return the code of a type, which no test before had."""
        return f"{name}-{self.day}"

    def type(self, code: str, **more: Any) -> dict[str, Any]:
        body = {"code": self.code(code), "name": code.title(), "handledBy": "care", **more}
        return self.operator.make(f"{OWN}/ticketType", body)

    def ticket(self, code: str, customer: Customer | None = None, **more: Any) -> dict[str, Any]:
        body = {
            "ticketType": self.code(code),
            "severity": "major",
            "description": "No light",
            **more,
        }
        if customer is not None:
            body["relatedParty"] = [
                {"id": customer.id, "role": "customer", "@referredType": "Customer"}
            ]
        return self.operator.make(TICKET, body)

    def moved(self, ticket: dict[str, Any], status: str, **more: Any) -> Any:
        return self.staff.patch(f"{TICKET}/{ticket['id']}", {"status": status, **more})

    def read(self, ticket: dict[str, Any]) -> dict[str, Any]:
        return self.operator.read(f"{TICKET}/{ticket['id']}")

    def clock(self, ticket: dict[str, Any]) -> dict[str, Any]:
        return self.operator.read(f"{OWN}/troubleTicket/{ticket['id']}/clock")

    def act(self, ticket: dict[str, Any], verb: str, **said: Any) -> Any:
        return self.staff.post(f"{OWN}/troubleTicket/{ticket['id']}/{verb}", said)

    def problem(self, ada: Customer, **more: Any) -> dict[str, Any]:
        body = {"category": "outage", "priority": 1, "description": "Cut cable",
                "reason": "digger", "originatorParty": {"id": ada.party}, **more}  # fmt: skip
        return self.operator.make(PROBLEM, body)

    def later(self, seconds: int) -> None:
        """Let time pass, and let all that is due by then be done."""
        self.operator.site.move_clock(seconds)
        self.operator.hurry()

    def agent(self, login: str, role: str = "care") -> Client:
        return self.operator.site.user(login, roles=[role], scopes=tuple(ROLES[role].permissions))


def about(record: dict[str, Any], kind: str, role: str = "subject") -> dict[str, Any]:
    return {"id": record["id"], "role": role, "@referredType": kind}


@pytest.fixture(scope="module")
def opened(site: Site) -> Operator:
    ensure_roles(site.services)
    return Operator.open(site, ScriptedNetwork())  # type: ignore[arg-type]


@pytest.fixture
def desk(opened: Operator, site: Site) -> Desk:
    """The service desk with no work left over, at the present time."""
    from trunkline.ordering.command import use_activator

    with site.services.database.app.connection() as connection:
        connection.execute("delete from work")
        connection.execute("update clock set offset_s = 0")
    use_activator(site.services, ScriptedNetwork())
    return Desk(opened)
