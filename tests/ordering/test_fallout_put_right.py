"""Fallout put right: called off from where it stands, or put right once for all of one cause."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ordering.scripted import ScriptedNetwork, Shop, away, lost_before, refused
from tests.support.program import Site
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.ordering.command import Answer, Command, use_activator

OWN = "/api/ordering/v1"
FALLOUT = f"{OWN}/fallout"
JOB = "/api/workspace/v1/jobs"
WHY = {"reason": "the customer does not want it any more"}


def fallout_of(site: Site, order: str) -> dict[str, Any]:
    ((ident,),) = site.rows(
        "select id::text from fallout where doc #>> '{productOrder,id}' = %s", order
    )
    found: dict[str, Any] = site.admin.get(f"{FALLOUT}/{ident}").json
    return found


def items(shop: Shop, order: str) -> dict[str, str]:
    return {one["id"]: one["state"] for one in shop.read(order)["productOrderItem"]}


# --- called off --------------------------------------------------------------------------------


def test_the_line_is_called_off_and_the_others_go_on(shop: Shop, site: Site) -> None:
    """What would become of its steps is seen first; then the line goes, the order is completed
    with the other one, and the record says who called it off and why."""
    shop.network.script["Mobile Subscription"] = [refused]
    order = shop.order(shop.fibre("1"), shop.line("2", "Mobile S"))
    site.work()
    record = fallout_of(site, order)
    address = f"{FALLOUT}/{record['id']}/cancel"
    seen = site.admin.get(f"{address}/preview", query_string="scope=line")
    assert seen.status_code == 200, seen.json
    assert any(one["itemId"] == "2" for one in seen.json["difference"])
    assert seen.json["compensation"]
    assert min(one["delta"] for one in seen.json["price"]) < 0
    assert site.admin.post(address, {"scope": "line"}).status_code == 400
    assert site.admin.post(address, {"scope": "half", **WHY}).status_code == 400
    made = site.admin.post(address, {"scope": "line", **WHY})
    assert made.status_code == 202, made.json
    assert made.json["type"] == "OrderRevision"
    site.work()
    assert items(shop, order) == {"1": "completed", "2": "cancelled"}
    assert shop.read(order)["state"] == "completed"
    closed = fallout_of(site, order)
    assert closed["state"] in ("canceled", "closedComplete")
    assert closed["resolution"] == f"item 2 called off by Admin: {WHY['reason']}"
    again = site.admin.post(address, {"scope": "order", **WHY})
    assert (again.status_code, again.json["code"]) == (409, "conflictNotInFallout")


def test_what_may_have_been_done_for_good_is_not_called_off(shop: Shop, site: Site) -> None:
    """The network may have lit the number up past the point of no return: the line stays, as does
    its record, and the refusal says which step it is."""
    shop.network.script["Mobile Subscription"] = [lost_before] * 3
    order = shop.order(shop.fibre("1"), shop.line("2", "Mobile S"))
    site.work()
    record = fallout_of(site, order)
    address = f"{FALLOUT}/{record['id']}/cancel"
    seen = site.admin.get(f"{address}/preview", query_string="scope=line").json
    assert [one["code"] for one in seen["fault"]] == ["conflictPointOfNoReturn"]
    refuses = site.admin.post(address, {"scope": "line", **WHY})
    assert (refuses.status_code, refuses.json["code"]) == (409, "conflictPointOfNoReturn")
    assert "Provision the mobile subscription" in refuses.json["message"]
    stays = fallout_of(site, order)
    assert (stays["state"], stays.get("resolution")) == ("open", None)


@pytest.mark.parametrize("act", [refused, lost_before], ids=["refused", "unknown"])
def test_the_order_is_called_off_as_a_whole(shop: Shop, site: Site, act: Any) -> None:
    """Of an order's only line nothing is left to go on with: it says so, and the order goes."""
    shop.network.script["Voice Line"] = [act] * 3
    first = shop.order(shop.fibre("1"))
    site.work()
    assert shop.read(first)["state"] == "completed"
    order = shop.order(shop.voice("1"))
    site.work()
    record = fallout_of(site, order)
    address = f"{FALLOUT}/{record['id']}/cancel"
    refuses = site.admin.get(f"{address}/preview", query_string="scope=line")
    assert (refuses.status_code, refuses.json["code"]) == (409, "conflictOrderOnly")
    assert site.admin.post(address, {"scope": "line", **WHY}).status_code == 409
    seen = site.admin.get(f"{address}/preview", query_string="scope=order").json
    assert seen["pointOfNoReturn"] == []
    assert [one["name"] for one in seen["undone"]], seen
    assert [one["name"] for one in seen["left"]]
    made = site.admin.post(address, {"scope": "order", **WHY})
    assert (made.status_code, made.json["type"]) == (202, "CancelProductOrder"), made.json
    site.work()
    found = shop.read(order)
    assert (found["state"], found["cancellationReason"]) == ("cancelled", WHY["reason"])
    closed = fallout_of(site, order)
    assert closed["state"] in ("canceled", "closedComplete")
    assert closed["resolution"].startswith("order called off by Admin")


def test_calling_off_needs_the_right_to_it(shop: Shop, site: Site) -> None:
    """Who works on fallout alone neither sees what it would cost nor does it."""
    shop.network.script["Fibre Access"] = [refused]
    order = shop.order(shop.fibre("1"), shop.line("2", "Mobile S"))
    site.work()
    record = fallout_of(site, order)
    all_ = Grant("all", EVERY_CLASS)
    works = {"Fallout:read": all_, "Fallout:update": all_, "ProductOrder:read": all_}
    mai = site.user("mai", roles=[site.role("works", works)], scopes=tuple(works))
    address = f"{FALLOUT}/{record['id']}/cancel"
    for scope in ("line", "order"):
        assert mai.post(address, {"scope": scope, **WHY}).status_code == 403
    assert mai.get(f"{address}/preview", query_string="scope=order").status_code == 403
    assert site.stranger().post(address, {"scope": "order", **WHY}).status_code in (403, 404)
    assert fallout_of(site, order)["state"] == "open"


# --- put right together ------------------------------------------------------------------------


def too_fast(network: ScriptedNetwork, command: Command) -> Answer:
    """Refuse what asks for more than the line can carry."""
    if command.characteristics.get("downloadSpeed") == 1000:
        return Answer("failed", code="tooFast", message="the line carries less")
    network.take_effect(command)
    return network.orders[command.key]


@pytest.mark.accepts("FAL-07")
def test_one_fix_and_many_retries(shop: Shop, site: Site) -> None:
    """Four orders fell out by one error of one system and stand as one cause. The corrected value
    is tried on the oldest, which goes on; then on all others, by a job that can be stopped and
    gone on with. Fallout of another cause stays as it was."""
    before = {(one["code"]): one["steps"] for one in causes(site) if "code" in one}
    shop.network.script["Fibre Access"] = [too_fast] * 8
    orders = [one.order(one.fibre("1")) for one in customers(shop, 4)]
    site.work()
    shop.network.script["Mobile Subscription"] = [refused]
    other = shop.order(shop.line("1", "Mobile S"))
    site.work()
    (cause,) = [one for one in causes(site) if one.get("code") == "tooFast"]
    assert (cause["kind"], cause["system"], cause["steps"], cause["orders"]) == (
        "business", "network", 4, 4)  # fmt: skip
    query = "kind=business&code=tooFast&system=network"
    held = site.admin.get(f"{FALLOUT}/cause/values", query_string=query).json
    assert held["task"] == [{"name": "Light up the fibre line", "steps": 4}]
    (speed,) = [one for one in held["characteristic"] if one["name"] == "downloadSpeed"]
    assert (speed["steps"], speed["distinct"], speed["value"]) == (4, 1, [1000])
    fix = {"kind": "business", "code": "tooFast", "system": "network",
           "characteristic": [{"name": "downloadSpeed", "value": 500}]}  # fmt: skip
    first = begun(site, {**fix, "first": 1})
    assert first["steps"] == 1
    site.work()
    assert [shop.read(one)["state"] for one in orders] == ["completed", *["inProgress"] * 3]
    rest = begun(site, {**fix, "first": 10**20})
    assert rest["steps"] == 3
    assert site.admin.post(f"{rest['href']}/stop").status_code in (200, 204)
    site.work()
    assert shop.read(orders[1])["state"] == "inProgress"
    assert site.admin.post(f"{rest['href']}/resume").status_code in (200, 204)
    site.work()
    assert [shop.read(one)["state"] for one in orders] == ["completed"] * 4
    job = site.admin.get(rest["href"]).json
    assert (job["state"], job["total"]) == ("done", 3)
    assert not [one for one in causes(site) if one.get("code") == "tooFast"]
    gone = site.admin.post(f"{FALLOUT}/cause/fix", fix)
    assert (gone.status_code, gone.json["code"]) == (409, "conflictNotInFallout")
    assert shop.read(other)["state"] == "inProgress"
    assert before.get("noFreePort", 0) + 1 == next(
        one["steps"] for one in causes(site) if one.get("code") == "noFreePort")  # fmt: skip


def test_the_system_is_up_again(shop: Shop, site: Site) -> None:
    """Without a value all are tried again as they are; who may not retry begins no job."""
    shop.network.script["Fibre Access"] = [away] * 9
    orders = [one.order(one.fibre("1")) for one in customers(shop, 3)]
    site.work()
    asked = {"kind": "technical", "code": "http503", "system": "network", "note": "it is back"}
    assert site.unentitled().post(f"{FALLOUT}/cause/fix", asked).status_code == 403
    assert site.stranger().get(f"{FALLOUT}/cause").status_code in (200, 403)
    for bad in ({"code": "http503"}, {**asked, "first": 0}, {**asked, "system": 7}):
        assert site.admin.post(f"{FALLOUT}/cause/fix", bad).status_code == 400
    assert begun(site, asked)["steps"] >= 3
    site.work()
    assert {shop.read(one)["state"] for one in orders} == {"completed"}


def customers(shop: Shop, count: int) -> list[Shop]:
    """Return a shop for each of some customers, before one network."""
    found = [Shop.open(shop.site) for _ in range(count)]
    for one in found:
        one.network = shop.network
    use_activator(shop.site.services, shop.network)
    return found


def causes(site: Site) -> list[dict[str, Any]]:
    answer = site.admin.get(f"{FALLOUT}/cause")
    assert answer.status_code == 200, answer.json
    found: list[dict[str, Any]] = answer.json
    return found


def begun(site: Site, asked: dict[str, Any]) -> dict[str, Any]:
    answer = site.admin.post(f"{FALLOUT}/cause/fix", asked)
    assert answer.status_code == 202, answer.json
    found: dict[str, Any] = answer.json
    return found
