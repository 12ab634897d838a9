"""Why an order is as it is: rule, version and input of lines, steps, values, dates and prices."""

from __future__ import annotations

from typing import Any

from tests.ordering.scripted import Shop, refused
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
    for query, status in (("", 400), ("step=x", 404), ("line=9", 404), ("step=a&line=1", 400)):
        found = site.admin.get(f"{OWN}/{order}/explanation", query_string=query)
        assert found.status_code == status, found.json
    stranger = site.stranger().get(f"{OWN}/{order}/explanation", query_string="line=1")
    assert stranger.status_code in (403, 404)
