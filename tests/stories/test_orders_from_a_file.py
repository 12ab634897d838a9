"""A shop keeps its orders in a table; each becomes an order, or says which row is wrong and why."""

from __future__ import annotations

import base64
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.operator import ACCOUNT, CUSTOMER, ORDER, OWN, Operator
from trunkline.workspace.business_zone import ZONE

JOBS = "/api/workspace/v1/jobs"
FILE = f"{OWN}/orderFile"


def sent(operator: Operator, name: str, text: str) -> Any:
    content = base64.b64encode(text.encode()).decode()
    return operator.staff.post(FILE, {"name": name, "content": content})


def results(operator: Operator, job: str) -> list[dict[str, Any]]:
    operator.settle()
    assert operator.read(f"{JOBS}/{job}")["state"] == "done"
    answer = operator.staff.get(f"{JOBS}/{job}/line")
    assert answer.status_code == 200, answer.json
    return list(answer.json)


@pytest.mark.accepts("ORD-13")
def test_lines_of_a_file_become_orders_with_a_result_each(operator: Operator) -> None:
    """Three orders of two lines, one, and two: the first two are made with their values, sites and
    accounts, the third is refused and names its rows; nothing of it is ordered. Sent again, the
    same file orders nothing twice."""
    company = operator.company("Nordhaven", "Eastmere")
    key = operator.read(CUSTOMER, company.id)["key"]
    north, east = company.places
    text = (
        "Order;Customer;Account;Line;Offering;Quantity;Site;bandwidth;optimization\n"
        f"F-1;{key};{company.account};1;SD-WAN Site;1;{north};100;off\n"
        f"F-1;;;2;SD-WAN Site;1;{east};100;off\n"
        f"F-2;{company.id};{company.account};1;TV Basic;;{north};;\n"
        f"F-3;{key};{company.account};1;TV Basic;;{north};;\n"
        f";;;2;No Such Thing;;{east};;\n"
    )
    taken = sent(operator, "orders.csv", text)
    assert taken.status_code == 202, taken.json
    told = results(operator, taken.json["id"])
    assert [one["state"] for one in told] == ["created", "created", "refused"], told[0]["fault"]
    (fault,) = told[2]["fault"]
    assert fault["path"].startswith("row 6: productOffering")
    orders = operator.find(ORDER, relatedParty__id=company.id, sort="externalId")
    assert [one["externalId"] for one in orders] == ["F-1", "F-2"]
    assert {one["state"] for one in orders} == {"completed"}
    first = orders[0]["productOrderItem"]
    assert [one["product"]["place"][0]["id"] for one in first] == [north, east]
    assert first[0]["product"]["productCharacteristic"][0]["value"] == 100
    again = results(operator, sent(operator, "orders.csv", text).json["id"])
    assert [one["state"] for one in again] == ["refused"] * 3
    assert "F-1" in orders[0]["externalId"]
    assert len(operator.find(ORDER, relatedParty__id=company.id)) == 2


def test_lines_of_an_order_fit_together(operator: Operator, monkeypatch: Any) -> None:
    """Lines may be billed to accounts of their own; where they name two customers it is refused,
    not ordered for the first. Rows are counted as the spreadsheet does, empty ones too, days begin
    where the operator is, and the Unicode text of a spreadsheet is read."""
    ada, bea = operator.ada(), operator.ada()
    key = operator.read(CUSTOMER, ada.id)["key"]
    monkeypatch.setitem(operator.site.services.extra, ZONE, ZoneInfo("America/New_York"))
    owner = [{"id": ada.id, "role": "customer"}]
    second = operator.make(ACCOUNT, {"name": "Second", "state": "active", "relatedParty": owner})
    text = (
        "order\tcustomer\taccount\toffering\tsite\tstart\n"
        f"T-1\t{ada.id}\t{ada.account}\tTV Basic\t{ada.places[0]}\t2031-03-09\n"
        f"T-1\t{key}\t{second['id']}\tVoice Flat\t{ada.places[0]}\t2031-03-09\n"
        "\n"
        f"T-2\t{ada.id}\t{ada.account}\tTV Basic\t{ada.places[0]}\t\n"
        f"T-2\t{bea.id}\t\tTV Basic\t{ada.places[0]}\t\n"
        f"T-3\t\t{ada.account}\tTV Basic\t{ada.places[0]}\t\n"
    )
    content = base64.b64encode(text.encode("utf-16")).decode()
    taken = operator.staff.post(FILE, {"name": "orders.txt", "content": content})
    assert taken.status_code == 202, taken.json
    told = results(operator, taken.json["id"])
    states = [one["state"] for one in told]
    assert states == ["created", "refused", "refused"], told[0]["fault"]
    paths = [[one["path"] for one in each["fault"]] for each in told[1:]]
    assert paths == [["row 6: customer"], ["row 7: relatedParty"]]
    (order,) = operator.find(ORDER, relatedParty__id=ada.id)
    billed = [one.get("billingAccount", {}).get("id") for one in order["productOrderItem"]]
    assert (order["billingAccount"]["id"], billed) == (ada.account, [None, second["id"]])
    assert order["requestedStartDate"] == "2031-03-09T05:00:00.000Z"
    assert operator.find(ORDER, relatedParty__id=bea.id) == []
    monkeypatch.setitem(operator.site.services.extra, ZONE, ZoneInfo("Asia/Kolkata"))
    text = (
        "order;customer;account;offering;site;start;linedue\n"
        f"T-4;{bea.id};{bea.account};TV Basic;{bea.places[0]};0001-01-01;\n"
        f"T-5;{bea.id};{bea.account};TV Basic;{bea.places[0]};;0001-01-01\n"
        f"T-6;{bea.id};{bea.account};TV Basic;{bea.places[0]};;\n"
    )
    told = results(operator, sent(operator, "orders.csv", text).json["id"])
    assert [one["state"] for one in told] == ["refused", "refused", "created"]
    paths = [[one["path"] for one in each["fault"]] for each in told[:2]]
    assert paths == [["row 2: requestedStartDate"], ["row 3: requestedCompletionDate"]]
    long = sent(operator, "long.csv", "order;customer\n" + f"x;{'y' * 200}\n" * 6_000)
    assert {one["code"] for one in long.json["fault"]} == {"tooManyRows"}


def test_a_file_that_is_none_is_refused(operator: Operator) -> None:
    """Without its columns, without rows, or sent by who may not order."""
    for text in ("a;b\n1;2\n", "order;customer\n"):
        assert sent(operator, "orders.csv", text).status_code == 400
    assert operator.staff.post(FILE, {"name": "x.csv", "content": "no base64!"}).status_code == 400
