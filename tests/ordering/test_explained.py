"""Why an order is as it is: rule, version and input of lines, steps, values, dates and prices."""

from __future__ import annotations

from typing import Any

from tests.ordering.scripted import Shop, pending, refused
from tests.support.program import Site

OWN = "/api/ordering/v1/productOrder"


def told(site: Site, order: str, query: str) -> dict[str, list[dict[str, Any]]]:
    answer = site.admin.get(f"{OWN}/{order}/explanation", query_string=query)
    assert answer.status_code == 200, answer.json
    found: dict[str, list[dict[str, Any]]] = {}
    for one in answer.json:
        found.setdefault(one["about"], []).append(one)
    return found


def test_a_step_and_a_line_say_why(shop: Shop, site: Site) -> None:
    """Why the step is there, by which specification, where each value comes from, what its start
    waits for, who says how long it takes, why it stands still; and what the line's price is."""
    shop.network.script["Fibre Access"] = [refused]
    order = shop.order(shop.fibre("1"), shop.line("2", "Mobile S"))
    site.work()
    steps = {one["name"]: one
             for one in site.admin.get(f"{OWN}/{order}/plan").json["item"]}  # fmt: skip
    line = told(site, order, f"step={steps['Fibre Access']['id']}")
    assert line["part"][0]["text"]
    assert line["rule"][0]["rule"] == "specification Fibre Access"
    (speed,) = [one for one in line["value"] if one["name"] == "downloadSpeed"]
    assert speed["given"] == 1000
    assert "downloadSpeed" in speed["text"]
    assert line["state"][0]["text"].startswith("fallout: noFreePort after 1 tries")
    waits = told(site, order, f"step={steps['Internet Access']['id']}")
    assert waits["state"][0]["text"] == "pending: waits for Fibre Access"
    assert waits["start"][0]["text"] == "Fibre Access ends then"
    item = told(site, order, "line=1")
    assert "stands still: Fibre Access" in item["state"][0]["text"]
    assert item["price"][0]["rule"].startswith("price ")
    done = told(site, order, "line=2")
    assert done["state"][0]["given"] == "completed"
    assert item["price"][0]["version"] == "1.0"
    for query, status in (("step=x", 404), ("line=9", 404), ("step=a&line=1", 400)):
        found = site.admin.get(f"{OWN}/{order}/explanation", query_string=query)
        assert found.status_code == status, found.json
    stranger = site.stranger().get(f"{OWN}/{order}/explanation", query_string="line=1")
    assert stranger.status_code in (403, 404)


def test_an_order_says_why_as_a_whole(shop: Shop, site: Site) -> None:
    """Its state with who brought it there, its dates, the policy (in its version) by which a step
    takes as long as it does, the factors of its priority, and what its lines add up to."""
    policy = site.admin.post(
        "/api/ordering/v1/deliveryPolicy",
        {"name": "House time", "specification": ["Internet Access"], "durationMinutes": 90},
    ).json
    site.admin.patch(f"/api/ordering/v1/deliveryPolicy/{policy['id']}", {"durationMinutes": 120})
    rank = [{"condition": "line.action == 'add'", "rank": 70}]
    factor = site.admin.post(
        "/api/ordering/v1/priorityFactor", {"name": "New business", "weight": 2, "rank": rank}
    ).json
    shop.network.script["Fibre Access"] = [pending]
    try:
        order = shop.order(shop.fibre("1"), shop.line("2", "Mobile S"))
        site.work()
        found = told(site, order, "")
        steps = {one["name"]: one
                 for one in site.admin.get(f"{OWN}/{order}/plan").json["item"]}  # fmt: skip
        (takes,) = told(site, order, f"step={steps['Internet Access']['id']}")["duration"]
    finally:
        for kind, one in (("deliveryPolicy", policy), ("priorityFactor", factor)):
            site.admin.delete(f"/api/ordering/v1/{kind}/{one['id']}")
    assert (takes["rule"], takes["version"], takes["given"]) == ("policy House time", "2", 120)
    first, steps_over = found["state"]
    assert "broken down into steps" in first["text"]
    assert "still to come: " in steps_over["text"]
    factors = [one for one in found["priority"] if one.get("rule")]
    assert [(one["rule"], one["version"], one["name"]) for one in factors] == [
        ("priority factor New business", "1", "item 1"),
        ("priority factor New business", "1", "item 2"),
    ]
    assert found["priority"][-1]["given"] == shop.read(order)["priority"] == "1"
    month = next(one for one in found["price"] if one["name"] == "month")
    assert month["given"]["value"] == 59.8
    assert "item 1: 49.9" in month["text"]


def test_an_order_that_is_held_names_the_policy_that_holds_it(shop: Shop, site: Site) -> None:
    """Nothing is planned yet: the order and its line say which policy, in which version, waits for
    whom, and by what it was met; nobody is told of steps that there are not."""
    said = {"name": "Dear ones", "effect": "approval", "condition": "worth.monthly > 1.0"}
    policy = site.admin.post("/api/ordering/v1/orderPolicy", said).json
    try:
        order = shop.order(shop.fibre("1"))
        site.work()
        for query in ("", "line=1"):
            found = told(site, order, query)
            (holding,) = found["rule"]
            assert (holding["rule"], holding["version"]) == ("order policy Dear ones", "1")
            assert holding["text"] == "holds the order until Dear ones is done"
            assert holding["given"]["condition"] == "worth.monthly > 1.0"
            assert "new since" in found["state"][0]["text"]
            assert not [one for one in found["state"] if "steps are over" in one["text"]]
    finally:
        site.admin.patch(f"/api/ordering/v1/orderPolicy/{policy['id']}", {"isActive": False})
