"""Fallout raised by hand from any task, told apart by type, and shown in figures."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ordering.scripted import Shop, pending, refused
from tests.support.program import Site

OWN = "/api/ordering/v1"
VISIT = "On-site Installation"


def plan_of(shop: Shop, order: str) -> dict[str, dict[str, Any]]:
    items = shop.site.admin.get(f"{OWN}/productOrder/{order}/plan").json["item"]
    return {one["name"]: one for one in items}


def raised(site: Site, step: str, kind: str = "billingIssue", **more: str) -> Any:
    body = {"falloutType": kind, "reason": "the address is wrong", **more}
    return site.admin.post(f"{OWN}/step/{step}/raiseFallout", body)


@pytest.mark.accepts("FAL-05")
def test_fallout_is_raised_from_any_task(shop: Shop, site: Site) -> None:
    """From one that waits for a person, one that has not begun, and one that the network has; the
    record says type, reason and who. Tried again, each goes on where it was, and nothing that the
    network has taken is sent twice."""
    shop.network.script["Fibre Access"] = [pending]
    order, task = shop.visit()
    called = plan_of(shop, order)
    waiting = next(one for one in called.values() if one["state"] == "waiting")
    later = next(one for one in called.values()
                 if one["state"] == "pending" and one["kind"] == "automatic")  # fmt: skip
    records = []
    for step in (task, waiting["id"], later["id"]):
        answer = raised(site, step)
        assert answer.status_code == 200, answer.json
        records.append(answer.json)
    assert raised(site, task).json["code"] == "conflictInFallout"
    assert raised(site, task, "odd").json["fault"][0]["code"] == "notInRegister"
    assert raised(site, "0" * 8).status_code == 404
    assert site.unentitled().post(
        f"{OWN}/step/{task}/raiseFallout", {"falloutType": "custom", "reason": "x"}
    ).status_code == 403  # fmt: skip
    made = site.admin.get(f"{OWN}/fallout/{records[0]['id']}").json
    assert (made["falloutType"], made["cause"]["message"]) == (
        "billingIssue", "the address is wrong")  # fmt: skip
    assert made["attempt"][-1]["raisedBy"] == "Admin"
    refuses = site.admin.post(f"{OWN}/task/{task}/complete", {"evidence": "done"})
    assert refuses.status_code == 409
    sent = len(shop.network.received)
    for record in records:
        tried = site.admin.post(f"{OWN}/fallout/{record['id']}/retry")
        assert tried.status_code == 200, tried.json
    site.work()
    states = {one["id"]: one["state"] for one in plan_of(shop, order).values()}
    assert (states[task], states[later["id"]]) == ("ready", "pending")
    assert states[waiting["id"]] == "waiting"
    assert len(shop.network.received) == sent
    assert site.admin.post(f"{OWN}/task/{task}/complete", {"evidence": "done"}).status_code == 200
    closed = site.admin.get(f"{OWN}/fallout/{records[0]['id']}").json
    assert closed["state"] == "closedComplete"


@pytest.mark.accepts("FAL-05")
def test_types_are_configurable(shop: Shop, site: Site) -> None:
    """The operator's own type is chosen as the shipped ones are."""
    registers = site.admin.get("/api/governance/v1/register", query_string="code=falloutType").json
    value = {"register": {"id": registers[0]["id"]}, "code": "duct", "name": "Duct is full"}
    answer = site.admin.post("/api/governance/v1/registerValue", value)
    assert answer.status_code == 201, answer.json
    _, task = shop.visit()
    made = raised(site, task, "duct")
    assert (made.status_code, made.json["falloutType"]) == (200, "duct")


@pytest.mark.accepts("FAL-08")
def test_fallout_in_figures(shop: Shop, site: Site) -> None:
    """Of the orders of the period so many have had fallout, by cause and by day, and so long it
    took until it was closed; who does not read all fallout is refused."""

    def report(query: str = "") -> dict[str, Any]:
        found = site.admin.get(f"{OWN}/fallout/report", query_string=query)
        assert found.status_code == 200, found.json
        body: dict[str, Any] = found.json
        return body

    before = report()
    shop.network.script["Fibre Access"] = [refused]
    order = shop.order(shop.fibre())
    shop.order(shop.fibre())
    site.work()
    ((fallout,),) = site.rows(
        "select id::text from fallout where doc #>> '{productOrder,id}' = %s", order
    )
    site.move_clock(600)
    assert site.admin.post(f"{OWN}/fallout/{fallout}/retry").status_code == 200
    site.work()
    after = report("to=2999-01-01T00:00:00Z&from=2998-01-01T00:00:00Z")
    assert (after["opened"], after["orders"]) == (0, 0)
    assert not {"rate", "meanSeconds"} & after.keys()
    site.move_clock(-600)
    after = report("by=cause")
    assert after["opened"] == before["opened"] + 1
    assert after["closed"] == before["closed"] + 1
    assert after["orders"] == before["orders"] + 2
    assert after["ordersInFallout"] == before["ordersInFallout"] + 1
    (cause,) = [one for one in after["group"] if one["code"] == "noFreePort"]
    assert (cause["system"], cause["opened"], cause["open"]) == ("network", 1, 0)
    assert 600 <= cause["meanSeconds"] < 660
    assert sum(one["opened"] for one in after["day"]) == after["opened"]
    typed = report("by=type")
    assert any(one["falloutType"] == "provisioningFailure" for one in typed["group"])
    assert site.stranger().get(f"{OWN}/fallout/report").status_code == 403
    assert report("timeZone=CET")["opened"] == after["opened"]
    assert report("from=9999-12-31T00:00:00Z&to=9999-12-31T23:00:00Z")["opened"] == 0
    ends = ("timeZone=localtime", "timeZone=posix/Europe/Vienna", "to=0001-01-01T00:00:00Z")
    for bad in ("by=odd", "from=never", "timeZone=Mars", "from=2020-01-01T00:00:00Z", *ends):
        assert site.admin.get(f"{OWN}/fallout/report", query_string=bad).status_code == 400
