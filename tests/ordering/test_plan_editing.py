"""The plan of an order that stands still, edited by an expert: validated, seen first, and kept."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ordering.scripted import Shop, refused
from tests.support.program import Site
from trunkline.kernel.actor import EVERY_CLASS, Grant

OWN = "/api/ordering/v1"
ALL = Grant("all", EVERY_CLASS)


def steps(site: Site, order: str) -> dict[str, dict[str, Any]]:
    """Return the steps of an order by name, the last of those that are called alike."""
    items = site.admin.get(f"{OWN}/productOrder/{order}/plan").json["item"]
    return {one["name"]: one for one in items}


def needs(site: Site, order: str, step: str) -> set[str]:
    found = site.admin.get(f"{OWN}/productOrder/{order}/plan").json["dependency"]
    return {one["needs"] for one in found if one["item"] == step}


def edit(site: Site, order: str, *edits: dict[str, Any], **more: Any) -> Any:
    body = {"edit": list(edits), "reason": "the duct is full", **more}
    return site.admin.post(f"{OWN}/productOrder/{order}/plan/edit", body)


def tried(site: Site, order: str, *edits: dict[str, Any]) -> Any:
    path = f"{OWN}/productOrder/{order}/plan/edit/preview"
    return site.admin.post(path, {"edit": list(edits)})


def codes(answer: Any) -> list[str]:
    return [one["code"] for one in answer.json["fault"]]


@pytest.fixture
def stuck(shop: Shop) -> str:
    """An order for fibre, to be installed by a technician, and voice; the fibre line is refused."""
    shop.network.script["Fibre Access"] = [refused]
    values: dict[str, Any] = {"downloadSpeed": 1000, "uploadSpeed": 500}
    line = shop.line("1", "Fibre 1G", installation="technician", **values)
    order = shop.order(line, shop.voice("2"))
    shop.site.work()
    return order


@pytest.mark.accepts("BIC-03")
def test_an_expert_edits_the_plan_of_a_stuck_order(shop: Shop, site: Site, stuck: str) -> None:
    """A task is added before what comes next, one is made to wait for another, values are changed
    and one is removed: seen first with the new end, then made, and told by the order with who,
    when and why. The order goes on by the edited plan to its end."""
    plan = steps(site, stuck)
    internet, line = plan["Internet Access"]["id"], plan["Fibre Access"]["id"]
    asked: list[dict[str, Any]] = [
        {"do": "add", "name": "Clear the duct", "itemId": "1", "role": "field",
         "durationMinutes": 6000, "before": [internet]},
        {"do": "wait", "step": plan["Telephony"]["id"], "needs": internet},
        {"do": "change", "step": line, "characteristic": {"downloadSpeed": 500}},
    ]  # fmt: skip
    seen = tried(site, stuck, *asked)
    assert seen.status_code == 200, seen.json
    assert seen.json["change"] == [
        "added Clear the duct", "Telephony waits for Internet Access",
        "changed Fibre Access: downloadSpeed",
    ]  # fmt: skip
    assert seen.json["estimatedEnd"] > seen.json["estimatedEndBefore"]
    assert {one["name"] for one in seen.json["item"]} == {
        "Clear the duct", "Internet Access", "Telephony", "Fibre Access"}  # fmt: skip
    assert steps(site, stuck) == plan
    made = edit(site, stuck, *asked)
    assert made.status_code == 200, made.json
    duct = steps(site, stuck)["Clear the duct"]
    assert (duct["state"], duct["role"], duct["kind"]) == ("ready", "field", "manual")
    (kept,) = shop.read(stuck)["planEdit"]
    assert (kept["by"], kept["reason"], kept["change"]) == (
        "Admin", "the duct is full", seen.json["change"])  # fmt: skip
    ((audits,),) = site.rows(
        "select count(*) from audit where subject = %s and actor_name = 'Admin' "
        "and action = 'update'", stuck,
    )  # fmt: skip
    assert audits == 1
    fallout = steps(site, stuck)["Fibre Access"]["fallout"]
    assert site.admin.post(f"{OWN}/fallout/{fallout}/retry").status_code == 200
    visit = plan["On-site Installation"]["id"]
    for task in (visit, None, duct["id"]):
        if task is None:
            site.work()
            held = steps(site, stuck)
            assert held["Fibre Access"]["state"] == "completed"
            assert (held["Internet Access"]["state"], held["Telephony"]["state"]) == (
                "pending", "pending")  # fmt: skip
            continue
        done = site.admin.post(f"{OWN}/task/{task}/complete", {"evidence": "photo 7"})
        assert done.status_code == 200, done.json
    site.work()
    assert shop.network.received[-1].characteristics["downloadSpeed"] == 500
    assert shop.read(stuck)["state"] == "completed"


def test_what_was_done_is_repeated_and_what_is_not_needed_removed(
    shop: Shop, site: Site, stuck: str
) -> None:
    """A visit that was made is made once more before the order ends; an added task is taken out
    again, and who waited for it waits for what it waited for."""
    visit = steps(site, stuck)["On-site Installation"]
    assert site.admin.post(
        f"{OWN}/task/{visit['id']}/complete", {"evidence": "done"}).status_code == 200  # fmt: skip
    voice = steps(site, stuck)["Telephony"]["id"]
    before = needs(site, stuck, voice)
    ahead = {"do": "add", "name": "Call ahead", "after": [visit["id"]], "before": [voice]}
    made = edit(site, stuck, {"do": "repeat", "step": visit["id"]}, ahead)
    assert made.status_code == 200, made.json
    again, ahead = steps(site, stuck)["On-site Installation"], steps(site, stuck)["Call ahead"]
    assert (again["state"], again["action"], again["id"] != visit["id"]) == (
        "ready",
        "modify",
        True,
    )
    assert ahead["id"] in needs(site, stuck, voice)
    gone = edit(site, stuck, {"do": "remove", "step": ahead["id"]})
    assert gone.status_code == 200, gone.json
    assert steps(site, stuck)["Call ahead"]["state"] == "canceled"
    assert needs(site, stuck, voice) == before | {visit["id"]}
    fallout = steps(site, stuck)["Fibre Access"]["fallout"]
    assert site.admin.post(f"{OWN}/fallout/{fallout}/retry").status_code == 200
    site.work()
    assert shop.read(stuck)["state"] == "inProgress"
    done = site.admin.post(f"{OWN}/task/{again['id']}/complete", {"evidence": "twice"})
    assert done.status_code == 200, done.json
    site.work()
    assert shop.read(stuck)["state"] == "completed"


def test_a_plan_that_would_never_end_is_refused(shop: Shop, site: Site, stuck: str) -> None:
    """Circles, steps that never come, what has begun, structure and points of no return: each is
    named, and nothing is written."""
    plan = steps(site, stuck)
    voice, access = plan["Telephony"]["id"], plan["Fibre Access"]["id"]
    product = plan["Home Voice"]["id"]
    done = next(one["id"] for one in plan.values() if one["state"] == "completed")
    for asked, code in (
        ({"do": "wait", "step": voice, "needs": product}, "stepCircle"),
        ({"do": "wait", "step": voice, "needs": voice}, "stepCircle"),
        ({"do": "unwait", "step": product, "needs": voice}, "stepStructure"),
        ({"do": "remove", "step": done}, "stepBegun"),
        ({"do": "change", "step": done, "characteristic": {"a": 1}}, "stepBegun"),
        ({"do": "add", "name": "Too late", "before": [done]}, "stepBegun"),
        ({"do": "add", "name": "Nowhere", "itemId": "9"}, "itemUnknown"),
        ({"do": "add", "name": "Pause", "kind": "timer"}, "required"),
        ({"do": "repeat", "step": voice}, "stepNotRepeatable"),
        ({"do": "remove", "step": access}, "stepBegun"),
        ({"do": "remove", "step": stuck}, "stepUnknown"),
    ):
        seen = tried(site, stuck, asked)
        assert (seen.status_code, codes(seen)) == (200, [code]), (asked, seen.json)
        refuses = edit(site, stuck, asked)
        assert (refuses.status_code, codes(refuses)) == (400, [code]), (asked, refuses.json)
    for bad in ([], [{"do": "fly"}], [{"do": "add"}], [{"do": "wait", "step": voice}], "x"):
        path = f"{OWN}/productOrder/{stuck}/plan/edit"
        assert site.admin.post(path, {"edit": bad, "reason": "x"}).status_code == 400
    assert edit(site, stuck, {"do": "remove", "step": voice}, reason=" ").status_code == 400
    assert steps(site, stuck) == plan
    assert "planEdit" not in shop.read(stuck)


def test_only_an_order_that_stands_still_and_only_by_experts(shop: Shop, site: Site) -> None:
    order, task = shop.visit()
    asked = {"do": "add", "name": "Look again"}
    refuses = edit(site, order, asked)
    assert (refuses.status_code, refuses.json["code"]) == (409, "conflictNotStuck")
    part = {"step": task, "reason": "rain"}
    held = site.admin.post(f"{OWN}/productOrder/{order}/hold", part)
    assert held.status_code == 200, held.json
    rights = {"ProductOrder:read": ALL, "ProductOrder:update": ALL, "ordering:retry": ALL}
    plain = site.user("plain", roles=[site.role("plain", rights)], scopes=tuple(rights))
    path, body = f"{OWN}/productOrder/{order}/plan/edit", {"edit": [asked], "reason": "x"}
    assert plain.post(path, body).status_code == 403
    assert plain.post(f"{path}/preview", body).status_code == 403
    assert site.admin.post(f"{OWN}/productOrder/ORD999999/plan/edit", body).status_code == 404
    assert edit(site, order, asked).status_code == 200
    forged = {"planEdit": [{"by": "Mallory"}]}
    base = "/tmf-api/productOrderingManagement/v4/productOrder"
    assert site.admin.patch(f"{base}/{order}", forged).status_code == 400


def test_a_changed_order_keeps_what_was_added(shop: Shop, site: Site, stuck: str) -> None:
    """A line taken out takes its added task with it; that of the other line goes on."""
    assert edit(
        site, stuck, {"do": "add", "name": "For voice", "itemId": "2"},
        {"do": "add", "name": "For fibre", "itemId": "1"},
    ).status_code == 200  # fmt: skip
    gone = site.admin.post(f"{OWN}/productOrder/{stuck}/line/2/cancel", {"reason": "no voice"})
    assert gone.status_code == 200, gone.json
    site.work()
    held = steps(site, stuck)
    assert (held["For voice"]["state"], held["For fibre"]["state"]) == ("canceled", "ready")
    fallout = held["Fibre Access"]["fallout"]
    assert site.admin.post(f"{OWN}/fallout/{fallout}/retry").status_code == 200
    site.work()
    visit = held["On-site Installation"]["id"]
    assert site.admin.post(
        f"{OWN}/task/{visit}/complete", {"evidence": "done"}).status_code == 200  # fmt: skip
    site.work()
    assert shop.read(stuck)["state"] == "inProgress"
    task = held["For fibre"]["id"]
    assert site.admin.post(
        f"{OWN}/task/{task}/complete", {"evidence": "done"}).status_code == 200  # fmt: skip
    site.work()
    assert shop.read(stuck)["state"] == "completed"
