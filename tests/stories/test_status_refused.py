"""Ada wants to leave while things are open: she is told everything that stands against it at once.

Then a rule with everything: who may, what must be filled, what follows; on pages as by the API.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import falcon.testing
import pytest

from tests.support.operator import CUSTOMER, ORDER, PRODUCT, Customer, Operator, Record, codes
from tests.web.browser import Browser, words_of
from trunkline.kernel.actor import EVERY_CLASS, Grant

RULE = "/api/governance/v1/statusRule"
TASKS = "/api/workspace/v1/tasks"
ENDING = {
    "appliesTo": "Customer", "fromStatus": ["prospect", "active", "suspended"],
    "toStatus": "terminated", "check": ["noActiveProducts", "noOpenOrders"],
    "requiredAttribute": ["statusReason"],
}  # fmt: skip
Say = Callable[[Record], Record]


@pytest.fixture
def say(operator: Operator) -> Iterator[Say]:
    """Lets an administrator say rules that end with the story."""
    said: list[str] = []

    def one(body: Record) -> Record:
        made = operator.make(RULE, body)
        said.append(made["id"])
        return made

    yield one
    for ident in said:
        operator.staff.delete(f"{RULE}/{ident}")


def leaving(operator: Operator) -> tuple[Customer, str, str]:
    """Return Ada with a line, and an order for telephony that has not been carried out."""
    ada = operator.ada()
    line = ada.has(ada.fibre("1")).product("1")["id"]
    return ada, line, ada.orders(ada.voice("1")).id


@pytest.mark.accepts("TSM-19")
def test_status_change_refused_with_three_reasons_at_once(operator: Operator, say: Say) -> None:
    """Ending a customer asks the checks that the operator configured: products, open orders and a
    reason. All that is missing is named in one answer; what was mended is not named again."""
    say(ENDING)
    ada, line, order = leaving(operator)
    address = f"{CUSTOMER}/{ada.id}"
    refused = operator.staff.patch(address, {"status": "terminated"})
    assert refused.status_code == 400
    assert codes(refused) == {
        ("activeProducts", "status"),
        ("openOrders", "status"),
        ("statusRequires", "statusReason"),
    }
    assert operator.read(PRODUCT, line)["key"] in refused.text
    assert operator.read(ORDER, order)["key"] in refused.text

    leaves = {"status": "terminated", "statusReason": "moves abroad"}
    refused = operator.staff.patch(address, leaves)
    assert codes(refused) == {("activeProducts", "status"), ("openOrders", "status")}
    operator.settle()
    refused = operator.staff.patch(address, leaves)
    assert codes(refused) == {("activeProducts", "status")}
    assert operator.read(CUSTOMER, ada.id)["status"] == "active"

    for one in operator.find(PRODUCT, relatedParty__id=ada.id):
        ada.has(ada.change("1", "delete", one["id"]))
    assert operator.staff.patch(address, leaves).json["status"] == "terminated"


def test_a_customer_without_anything_leaves_at_once(operator: Operator, say: Say) -> None:
    """A new rule counts from the next change on, and one that is taken away counts no more."""
    rule = say({**ENDING, "requiredAttribute": []})
    ada = operator.ada()
    say({"appliesTo": "Customer", "effect": "forbid", "toStatus": "terminated"})
    address = f"{CUSTOMER}/{ada.id}"
    assert operator.staff.patch(address, {"status": "terminated"}).status_code == 409
    found = operator.find(RULE, appliesTo="Customer")
    forbids = next(one for one in found if one["effect"] == "forbid")
    assert operator.staff.delete(f"{RULE}/{forbids['id']}").status_code == 204
    assert operator.staff.patch(address, {"status": "terminated"}).status_code == 200
    assert rule["id"] in {one["id"] for one in found}


@pytest.mark.accepts("TSM-05")
def test_a_configured_move_counts_on_pages_as_by_the_api(
    operator: Operator, pages: falcon.testing.TestClient, say: Say
) -> None:
    """From, to, role, needed attributes and what follows are configuration, per kind and type of
    customer. A page and the API refuse the same with the same reasons; the page says beforehand
    what is not possible and why; who has the role and fills in what is needed may; then a task
    follows. Another type of customer is not concerned."""
    site = operator.site
    everything = {"*:*": Grant("all", EVERY_CLASS)}
    for role in ("collections", "winback"):
        site.role(role, everything)
    clerk = site.user("clara", roles=["administrator"])
    collector = site.user("carl", roles=["collections"])
    site.user("wanda", roles=["winback"])
    say(
        {
            "appliesTo": "Customer",
            "condition": 'record.customerType == "company"',
            "fromStatus": ["active"],
            "toStatus": "suspended",
            "role": ["collections"],
            "requiredAttribute": ["lineOfBusiness"],
            "followUp": {"title": "Call the company", "role": "winback", "dueDays": 2},
        }
    )
    company, ada = operator.company("Office"), operator.ada()
    firm = f"{CUSTOMER}/{company.id}"
    assert clerk.patch(firm, {"customerType": "company"}).status_code == 200

    by_api = clerk.patch(firm, {"status": "suspended"})
    assert codes(by_api) == {("statusRole", "status"), ("statusRequires", "lineOfBusiness")}
    page = f"/r/customer/{operator.read(CUSTOMER, company.id)['key']}"
    browser = Browser(pages)
    assert browser.sign_in("clara").status_code == 303
    told = words_of(browser.get(f"{page}/moves").text)
    assert "Not possible now: Suspend" in told
    refused = words_of(browser.post(f"{page}/move", {"state": "suspended", "reason": "late"}).text)
    for fault in by_api.json["fault"]:
        assert fault["message"] in told
        assert fault["message"] in refused
    assert operator.read(CUSTOMER, company.id)["status"] == "active"

    done = collector.patch(firm, {"lineOfBusiness": "retail", "status": "suspended"})
    assert done.status_code == 200, done.json
    operator.settle()
    tasks = site.user("wanda", roles=["winback"]).get(TASKS, query_string="mine=open").json
    assert [(one["title"], one["record"]["id"]) for one in tasks] == [
        ("Call the company", company.id)
    ]
    assert clerk.patch(f"{CUSTOMER}/{ada.id}", {"status": "suspended"}).status_code == 200
