"""Nothing is ordered that nobody is billed for: one account for the order, or one for each line."""

from __future__ import annotations

import pytest

from tests.support.operator import (
    ACCOUNT,
    FALLOUT,
    ORDER,
    OWN,
    PRODUCT,
    SERVICE_ORDER,
    Customer,
    Operator,
    Record,
    codes,
)

NO_PORT = {"kind": "business", "specification": "Fibre Access", "code": "noFreePort", "count": 1}
MISSING = "billingAccountMissing"


def unbilled(ada: Customer, *items: Record, **more: object) -> Record:
    """Return an order that names no account as a whole."""
    body = ada.body(*items, **more)
    del body["billingAccount"]
    return body


def second_account(ada: Customer, **more: object) -> str:
    owner = [{"id": ada.id, "role": "customer"}]
    body = {"name": "For the office", "state": "active", "relatedParty": owner, **more}
    return str(ada.operator.make(ACCOUNT, body)["id"])


@pytest.mark.accepts("ORD-12")
def test_each_line_is_billed_to_somebody(operator: Operator) -> None:
    """Without an account an order is refused, line by line; a draft is kept and not submitted.
    With an account per line each product is billed to that of its line, and a line without one to
    that of the order."""
    ada = operator.ada()
    office = second_account(ada)
    refused = operator.staff.post(ORDER, unbilled(ada, ada.fibre("1"), ada.voice("2")))
    assert (refused.status_code, codes(refused)) == (
        400, {(MISSING, f"productOrderItem[{n}].billingAccount") for n in (0, 1)},
    )  # fmt: skip
    half = [ada.fibre("1") | {"billingAccount": {"id": office}}, ada.voice("2")]
    refused = operator.staff.post(ORDER, unbilled(ada, *half))
    assert codes(refused) == {(MISSING, "productOrderItem[1].billingAccount")}

    draft = operator.make(ORDER, unbilled(ada, *half, state="pending"))["id"]
    submit = f"{OWN}/productOrder/{draft}/submit"
    assert codes(operator.staff.post(submit)) == {(MISSING, "productOrderItem[1].billingAccount")}
    named = {"billingAccount": {"id": ada.account}}
    assert operator.staff.patch(f"{ORDER}/{draft}", named).status_code == 200
    assert operator.staff.post(submit).status_code == 200
    operator.settle()
    found = {one["name"]: one for one in operator.find(PRODUCT, relatedParty__id=ada.id)}
    assert found["Fibre 1G"]["billingAccount"]["id"] == office
    assert found["Voice Flat"]["billingAccount"]["id"] == ada.account


@pytest.mark.accepts("ORD-12")
def test_an_account_must_be_one_that_can_be_billed(operator: Operator) -> None:
    """Somebody else's account and one that is closed are refused at the line that names them."""
    ada, grace = operator.ada(), operator.ada()
    closed = second_account(ada)
    shut = operator.staff.patch(f"{ACCOUNT}/{closed}", {"state": "closed"})
    assert shut.status_code == 200, shut.json
    for account, code in ((grace.account, "billingAccountForeign"),
                          (closed, "billingAccountInactive")):  # fmt: skip
        item = ada.voice("1") | {"billingAccount": {"id": account}}
        refused = operator.staff.post(ORDER, unbilled(ada, item))
        assert codes(refused) == {(code, "productOrderItem[0].billingAccount.id")}


def test_what_has_an_account_keeps_it(operator: Operator) -> None:
    """A change of what is billed already names nobody anew; a part of a bundle is a line of its
    own; a product of an older system that nobody is billed for is changed once an account is
    named."""
    ada = operator.ada()
    parts = [{"id": "2", "relationshipType": "bundles"}]
    home = ada.add("1", "Fibre Home") | {
        "productOrderItemRelationship": parts, "billingAccount": {"id": ada.account},
    }  # fmt: skip
    refused = operator.staff.post(ORDER, unbilled(ada, home, ada.fibre("2")))
    assert codes(refused) == {(MISSING, "productOrderItem[1].billingAccount")}
    fibre = ada.has(home, ada.fibre("2")).product("2")["id"]
    change = ada.faster(fibre, 1000)
    operator.make(ORDER, unbilled(ada, ada.change("1", "suspend", fibre)))
    operator.settle()
    assert operator.read(PRODUCT, fibre)["status"] == "suspended"
    operator.make(ORDER, unbilled(ada, ada.change("1", "resume", fibre)))
    operator.settle()
    operator.make(ORDER, unbilled(ada, change))
    operator.settle()
    assert operator.read(PRODUCT, fibre)["billingAccount"]["id"] == ada.account
    old = operator.make(
        PRODUCT,
        {"name": "Old line", "status": "active",
         "relatedParty": [{"id": ada.id, "role": "customer"}],
         "productOffering": {"id": operator.offerings["Voice Flat"]}},
    )["id"]  # fmt: skip
    end = ada.change("1", "delete", old)
    refused = operator.staff.post(ORDER, unbilled(ada, end))
    assert codes(refused) == {(MISSING, "productOrderItem[0].billingAccount")}
    assert operator.staff.post(ORDER, ada.body(end)).status_code == 201


def test_an_order_that_was_sent_in_stays_its_customers(operator: Operator) -> None:
    """While it runs neither another customer nor somebody else's account is taken; another account
    of the same customer is billed for the product, too. So with orders of services."""
    operator.network.behave(fail=[NO_PORT])
    ada, bea = operator.ada(), operator.ada()
    order = ada.orders(ada.fibre("1"))
    operator.settle()
    path = f"{ORDER}/{order.id}"
    hers = {"relatedParty": [{"id": bea.id, "role": "customer"}]}
    stays = {("conflictCustomerStays", "relatedParty")}
    assert codes(operator.staff.patch(path, hers)) == stays
    foreign = operator.staff.patch(path, {"billingAccount": {"id": bea.account}})
    assert codes(foreign) == {("billingAccountForeign", "billingAccount.id")}
    part = next(iter(order.service_orders.values()))
    assert codes(operator.staff.patch(f"{SERVICE_ORDER}/{part['id']}", hers)) == stays

    second = second_account(ada)
    moved = operator.staff.patch(path, {"billingAccount": {"id": second}})
    assert moved.status_code == 200, moved.json
    operator.settle()
    (stopped,) = order.fallouts(state="open")
    assert operator.staff.post(f"{FALLOUT}/{stopped['id']}/retry").status_code == 200
    operator.settle()
    assert order.state == "completed"
    billed = [one["billingAccount"]["id"] for one in (order.read(), order.product())]
    assert billed == [second] * 2

    later = ada.orders(ada.add("1", "TV Basic"), requestedStartDate="2099-01-01T00:00:00Z")
    operator.settle()
    path = f"{ORDER}/{later.id}"
    assert codes(operator.staff.patch(path, hers)) == stays
    foreign = operator.staff.patch(path, {"billingAccount": {"id": bea.account}})
    assert codes(foreign) == {("billingAccountForeign", "billingAccount.id")}
    (item,) = later.read()["productOrderItem"]
    item["product"]["billingAccount"] = {"id": bea.account}
    foreign = operator.staff.patch(path, {"productOrderItem": [item]})
    assert codes(foreign) == {
        ("billingAccountForeign", "productOrderItem[0].product.billingAccount.id")
    }
    assert operator.staff.patch(path, {"billingAccount": {"id": second}}).status_code == 200
