"""The queue of orders in danger, fallout by filter and in figures, and a step that is held."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.ordering.scripted import Shop, refused
from tests.support.pages import browser_of
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from trunkline.kernel.actor import Grant
from trunkline.ordering.jeopardy.follow import follow

OWN = "/api/ordering/v1"
BESIDE = ("begin", "set local", "commit")


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    return Shop.open(site)


@pytest.fixture(scope="module")
def page(site: Site, shop: Shop) -> Browser:
    _ = site.admin
    return browser_of(site, "admin")


@pytest.fixture(scope="module")
def late(site: Site, shop: Shop) -> dict[str, Any]:
    """An order that is promised for an hour too early, and waits for a technician."""
    speeds: dict[str, Any] = {"downloadSpeed": 1000, "uploadSpeed": 500}
    promised = (datetime.now(UTC) + timedelta(minutes=30)).isoformat()
    order = shop.order(
        shop.line("1", "Fibre 1G", installation="technician", **speeds),
        committedCompletionDate=promised,
    )
    site.work()
    site.move_clock(3)
    while follow(site.services):
        pass
    site.work()
    return shop.read(order)


@pytest.mark.accepts("JEO-04")
def test_the_queue_of_orders_in_danger(page: Browser, site: Site, late: dict[str, Any]) -> None:
    """It stands under its level with how late it will be and what it is worth; it is assigned,
    expedited and promised anew from there, each with what that needs to be told."""
    words = words_of(page.get("/jeopardy").text)
    for said in (late["key"], "Critical", "late", "EUR in the first year", "Fibre 1G"):
        assert said in words, said
    with counted() as statements:
        page.get("/jeopardy")
    told = [one for one in statements if not one.startswith(BESIDE)]
    assert len(told) <= 3, told

    def do(verb: str, **more: str) -> Any:
        page.get("/jeopardy")
        return page.post("/jeopardy", {"verb": verb, "chosen": late["id"], "tab": "all",
                                       "sure": "yes", **more})  # fmt: skip

    assert do("assign", assignee="me").status_code == 303
    assert late["key"] in words_of(page.get("/jeopardy?tab=mine").text)
    assert "Say why" in words_of(do("expedite").text)
    assert do("expedite", note="the mayor lives there").status_code == 303
    assert do("promise", note="agreed").status_code == 409
    moved = do("promise", note="agreed with Ada", due="2030-01-01T12:00")
    assert moved.status_code == 303, words_of(moved.text)
    site.work()
    read = site.admin.get(f"/tmf-api/productOrderingManagement/v4/productOrder/{late['id']}").json
    assert (read["priority"], read["committedCompletionDate"][:10]) == ("0", "2030-01-01")
    assert [one["text"] for one in read["note"]] == ["the mayor lives there", "agreed with Ada"]
    site.move_clock(3)
    follow(site.services)
    assert late["key"] not in words_of(page.get("/jeopardy").text)
    site.role("shop", {"ProductOrder:read": Grant("own")})
    site.user("sam", roles=["shop"], scopes=("ProductOrder:read",))
    assert browser_of(site, "sam").get("/jeopardy").status_code == 403


@pytest.mark.accepts("JEO-06")
def test_a_step_is_held_released_and_put_aside(
    page: Browser, site: Site, late: dict[str, Any]
) -> None:
    """From its pane, with a reason; the pane says who holds it and what it was planned for."""
    items = site.admin.get(f"{OWN}/productOrder/{late['id']}/plan").json["item"]
    step = next(one for one in items if one["name"] == "On-site Installation")
    address = f"/order/{late['key']}/step/{step['id']}"

    def do(**said: str) -> str:
        page.get(f"/order/{late['key']}?step={step['id']}")
        answer = page.post(address, said)
        assert answer.status_code in (200, 303), words_of(answer.text)
        return words_of(page.get(f"/order/{late['key']}?step={step['id']}").text)

    shown = page.get(f"/order/{late['key']}?step={step['id']}")
    picture = source_of(shown)
    for drawn in ('class="first-plan"', 'class="bar done', 'class="bar planned', 'class="path"'):
        assert drawn in picture, drawn
    inner = site.admin.get(f"/tmf-api/serviceOrdering/v4/serviceOrder/{step['serviceOrder']}").json
    part = f"/service-order/{inner['key']}"
    assert source_of(page.get(part)).count('class="gantt-row"') == 1
    assert 'class="box ' in source_of(page.get(f"{part}?view=graph"))
    assert "On-site Installation" in words_of(page.get(f"{part}?step={step['id']}").text)
    assert "Planned at first" in words_of(shown.text)
    assert page.post(address, {"verb": "hold", "note": ""}).status_code == 409
    assert "On hold by Admin: no keys" in do(verb="hold", note="no keys")
    assert "On hold by" not in do(verb="resume")
    told = do(verb="raise", type="billingIssue", note="wrong street")
    assert "wrong street" in told


def test_fallout_is_found_by_filters(page: Browser, site: Site) -> None:
    """By type, system, customer, age, due date and value; each leaves out what does not fit, and
    so does what is done to a whole group."""
    shop = Shop.open(site)  # of another customer, with a network of her own
    shop.network.script["Fibre Access"] = [refused]
    order = shop.read(shop.order(shop.fibre()))
    site.work()
    (fallout,) = site.admin.get(
        f"{OWN}/fallout", query_string=f"productOrder.id={order['id']}"
    ).json  # fmt: skip
    name = next(one["name"] for one in order["relatedParty"] if one["role"] == "customer")
    worth = float(fallout["orderValue"]["value"])

    def found(query: str) -> bool:
        answer = page.get(f"/fallout?{query}")
        assert answer.status_code == 200, words_of(answer.text)
        return f'value="{fallout["id"]}"' in source_of(answer)

    group = 'by=cause&group=["business","noFreePort","network"]&'
    for query, fits in (
        ("", True),
        ("type=provisioningFailure", True), ("type=billingIssue", False),
        ("system=network", True), ("system=billing", False),
        (f"customer={name[:4].lower()}", True), ("customer=nobody", False),
        ("age=hour", False), ("due=day", True), ("due=none", False), ("due=overdue", False),
        (f"worth={worth - 1}", True), (f"worth={worth + 1}", False),
        (f"type=provisioningFailure&system=network&worth={worth}", True),
    ):  # fmt: skip
        assert found(group + query) is fits, query
    site.move_clock(7200)
    assert found(group + "age=hour")
    site.move_clock(-7200)
    assert page.get("/fallout?worth=much").status_code == 400
    page.get("/fallout?type=billingIssue")
    nothing = page.post("/fallout", {"now": 'retry ["business","noFreePort","network"]',
                                     "by": "cause", "tab": "all",
                                     "filter-type": "billingIssue"})  # fmt: skip
    assert "Choose at least one first." in words_of(nothing.text)


def test_fallout_in_figures_is_a_page(page: Browser, site: Site) -> None:
    """With the rate, the mean time and the causes of the days that are asked for."""
    words = words_of(page.get("/fallout/report").text)
    for said in ("Orders with fallout", "Put right within", "noFreePort", "Day by day"):
        assert said in words, said
    empty = words_of(page.get("/fallout/report?from=2020-01-01&to=2020-02-01").text)
    assert "No fallout in these days." in empty
    for beyond in ("from=2020-01-01", "to=0001-01-01", "from=9999-12-01&to=9999-12-31"):
        assert page.get(f"/fallout/report?{beyond}").status_code == 400
    assert page.get("/fallout?worth=1e999999999").status_code == 400
    assert "Fallout in figures" in words_of(page.get("/fallout").text)
    assert browser_of(site, "sam").get("/fallout/report").status_code == 403
