"""A company orders three sites and a controller; one site is ready long before the others."""

from __future__ import annotations

from tests.support.operator import FALLOUT, PRODUCT, Operator


def test_one_site_is_ready_early_and_the_order_waits_for_all(operator: Operator) -> None:
    """The early site is active and its item completed while the order is still in progress."""
    company = operator.company("Nordhaven", "Eastmere", "Westerlin")
    sites = [
        company.add(str(n), "SD-WAN Site", at=n - 3, bandwidth=100, optimization=wanted)
        for n, wanted in ((3, "off"), (4, "on"), (5, "on"))
    ]
    inside = [{"id": ident, "relationshipType": "bundles"} for ident in ("2", "3", "4", "5")]
    network = company.add("1", "SD-WAN Network", at=None)
    controller = company.add("2", "SD-WAN Controller", at=None, tenancy="dedicated")
    operator.network.behave(
        fail=[{"kind": "business", "specification": "WAN Optimization", "code": "noLicense",
               "count": 2}]
    )  # fmt: skip
    order = company.orders(network | {"productOrderItemRelationship": inside}, controller, *sites)
    operator.settle()
    assert order.state == "inProgress"
    assert order.items == {
        "1": "inProgress", "2": "completed", "3": "completed", "4": "inProgress", "5": "inProgress",
    }  # fmt: skip
    early = order.product("3")
    assert early["status"] == "active"
    assert early["place"][0]["id"] == company.places[0]
    assert order.product("4")["status"] == order.product("1")["status"] == "pendingActive"

    fallouts = [one["id"] for one in order.fallouts(state="open")]
    assert len(fallouts) == 2
    assert operator.staff.post(f"{FALLOUT}/{fallouts[0]}/retry").status_code == 200
    operator.settle()
    assert sorted(order.items.values()) == ["completed"] * 3 + ["inProgress"] * 2
    assert order.state == "inProgress"
    assert operator.staff.post(f"{FALLOUT}/{fallouts[1]}/retry").status_code == 200
    operator.settle()
    assert order.state == "completed"
    whole = order.read()
    assert set(order.items.values()) == {"completed"}
    assert whole["completionDate"] == order.product("1")["startDate"]
    assert early["startDate"] < whole["completionDate"]
    by_place = operator.find(PRODUCT, place__id=company.places[1])
    assert [one["name"] for one in by_place] == ["SD-WAN Site"]
