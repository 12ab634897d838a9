"""Every record from the first interest to what is installed, walked forwards and back."""

from __future__ import annotations

from html import unescape
from itertools import pairwise
from typing import Any

import pytest

from tests.support.operator import OWN, PRODUCT, Operator, Record
from tests.support.pages import browser_of

LEAD = "/tmf-api/sales/v4/salesLead"
AGREEMENT = "/tmf-api/agreementManagement/v4/agreement"
QUOTE = "/tmf-api/quoteManagement/v4/quote"
CONTRACT = "/api/contract/v1/contract"
WORK_ORDER = "/tmf-api/workOrderManagement/v4/workOrder"
SALES = "/api/sales/v1"
Kind = tuple[str, str]


def done(operator: Operator, path: str, body: Record | None = None) -> Record:
    """Have something done and return what came of it."""
    answer = operator.staff.post(f"{SALES}/{path}", body or {})
    assert answer.status_code in (200, 201), (path, answer.json)
    found: Record = answer.json
    return found


def around(operator: Operator, record: Kind) -> tuple[set[Kind], set[Kind]]:
    """Return what stands before a record and after it, by kind and id."""
    found: dict[str, list[Any]] = operator.read(f"{SALES}/chain/{record[0]}", record[1])
    before, after = (
        {(one["@referredType"], one["id"]) for one in found[name]} for name in ("previous", "next")
    )
    return before, after


def sold(operator: Operator) -> tuple[Record, ...]:
    """Return a lead, what it became, the sale, its completed quote and the agreement on that."""
    fibre = operator.offerings["Fibre 1G"]
    mill = operator.make(
        "/tmf-api/geographicAddressManagement/v4/geographicAddress",
        {"streetName": "Mill Lane", "city": "Nordhaven", "country": "DE"},
    )["id"]
    lead = operator.make(LEAD, {
        "familyName": "Byron", "givenName": "Ada", "companyName": "Byron Looms",
        "place": [{"id": mill, "role": "installation", "@referredType": "GeographicAddress"}],
        "salesLeadItem": [{"productOffering": {"id": fibre}}],
    })  # fmt: skip
    made = done(operator, f"salesLead/{lead['key']}/convert",
                {"newAccount": {}, "status": "active"})  # fmt: skip
    sale = made["opportunity"]
    line = {"action": "add", "productOffering": {"id": fibre}, "product": {
        "place": [{"id": mill, "role": "installation", "@referredType": "GeographicAddress"}],
        "productCharacteristic": [
            {"name": name, "value": value} for name, value in
            (("downloadSpeed", 1000), ("uploadSpeed", 500), ("installation", "technician"))
        ]}}  # fmt: skip
    quote = operator.make(QUOTE, {
        "relatedParty": [{"id": made["customer"]["id"], "role": "customer"}],
        "billingAccount": [{"id": made["account"]["id"]}], "quoteItem": [line],
        "opportunity": {"id": sale["id"]},
    })  # fmt: skip
    for step in ("present", "accept", "complete"):
        done(operator, f"quote/{quote['key']}/{step}")
    agreement = done(operator, f"quote/{quote['key']}/agreement")
    return lead, made, sale, quote, agreement


@pytest.mark.accepts("E2E-02")
def test_each_record_leads_to_the_one_before_and_the_one_after(operator: Operator) -> None:
    """Lead, opportunity, agreement, quote, contract, order, domain order, task, work order and
    product: each names its neighbours, by the API, and the page of each shows the same."""
    lead, made, sale, quote, agreement = sold(operator)
    operator.settle()
    listed = operator.staff.get(f"{CONTRACT}?quote.id={quote['id']}").json
    order = done(operator, f"quote/{quote['key']}/order")
    operator.settle()
    (task,) = operator.staff.get(f"{OWN}/task?order={order['id']}").json
    (domain,) = [one for one in around(operator, ("Task", task["id"]))[0]
                 if one[0] == "ServiceOrder"]  # fmt: skip
    visit = operator.make(WORK_ORDER, {
        "description": "Look at the house", "serviceOrder": {"id": domain[1]},
        "relatedParty": [{"id": made["customer"]["id"], "role": "customer"}],
        "workOrderItem": [{"id": "1", "action": "add"}],
    })  # fmt: skip
    operator.settle()
    (product,) = operator.staff.get(f"{PRODUCT}?productOrderItem.productOrderId={order['id']}").json
    chain = [
        ("SalesLead", lead["id"]), ("SalesOpportunity", sale["id"]),
        ("Agreement", agreement["id"]), ("Quote", quote["id"]), ("Contract", listed[0]["id"]),
        ("ProductOrder", order["id"]), domain, ("Task", task["id"]), ("WorkOrder", visit["id"]),
    ]  # fmt: skip
    for record, following in pairwise(chain):
        assert following in around(operator, record)[1], (record, following)
        assert record in around(operator, following)[0], (record, following)
    services = {one for one in around(operator, chain[-1])[1] if one[0] == "Service"}
    assert services, "the visit leads to what is installed by it"
    for one in services:
        assert chain[-1] in around(operator, one)[0]
    assert ("Product", product["id"]) in around(operator, ("ProductOrder", order["id"]))[1]
    assert ("ProductOrder", order["id"]) in around(operator, ("Product", product["id"]))[0]
    installed(operator, product)
    on_pages(operator, domain, task["id"], (visit["key"], order["key"]))


def installed(operator: Operator, product: Record) -> None:
    """Walk from what the customer has to what it stands on, level by level, and back."""
    top = ("Product", str(product["id"]))
    (told,) = (one for one in around(operator, top)[1] if one[0] == "Service")
    lines = {one for one in around(operator, told)[1] if one[0] == "Service"}
    assert lines, "the service of the customer leads to those that it stands on"
    ports = {(line, one) for line in lines for one in around(operator, line)[1]
             if one[0] == "Resource"}  # fmt: skip
    assert ports, "one of these leads to its resources"
    for above, below in ((top, told), *((told, line) for line in lines), *ports):
        assert above in around(operator, below)[0], (above, below)


def on_pages(operator: Operator, domain: Kind, task: str, keys: tuple[str, str]) -> None:
    """Find the task on the page of its order, and the visit and the order on that of the task."""
    visit, order = keys
    admin = browser_of(operator.site, "admin")
    shown = unescape(admin.get(f"/r/serviceOrder/{domain[1]}/chain").text)
    assert f'href="/tasks/{task}"' in shown
    assert visit in shown
    page = unescape(admin.get(f"/tasks/{task}").text)
    assert visit in page
    assert order in page
    stranger = operator.site.stranger()
    assert stranger.get(f"{SALES}/chain/Task/{task}").status_code == 404
