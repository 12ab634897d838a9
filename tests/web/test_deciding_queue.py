"""What has to be decided about orders, as a queue; and panels that offer nothing that is no use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ordering.scripted import Shop
from tests.support.pages import browser_of
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from trunkline.kernel.actor import Grant

OWN = "/api/ordering/v1"
BESIDE = ("begin", "set local", "commit")


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    return Shop.open(site)


@pytest.fixture(scope="module")
def page(site: Site) -> Browser:
    _ = site.admin
    return browser_of(site, "admin")


def policy(site: Site, effect: str, channel: str) -> None:
    body = {"name": f"Orders by {channel}", "effect": effect, "channel": [channel]}
    assert site.admin.post(f"{OWN}/orderPolicy", body).status_code == 201


def test_what_holds_orders_is_decided_in_one_queue(page: Browser, site: Site, shop: Shop) -> None:
    """Approvals and tasks stand together, by kind; the menu says how many. Accepted, the order
    goes on; sent back it says why. Nobody sees the queue without the right to read tasks."""
    policy(site, "approval", "letter")
    policy(site, "task", "fax")
    approved, rejected = (shop.order(shop.voice("1"), channel=[{"id": "letter"}]) for _ in "12")
    asked = shop.order(shop.voice("1"), channel=[{"id": "fax"}])
    site.work()
    keys = {one: str(shop.read(one)["key"]) for one in (approved, rejected, asked)}
    assert page.get("/shell/counts").json["/to-decide"] == 3
    groups = words_of(page.get("/to-decide?by=kind").text)
    assert all(one in groups for one in ("Approval", "Task"))
    for kind, orders in (("approval", (approved, rejected)), ("task", (asked,))):
        shown = words_of(page.get(f'/to-decide/rows?by=kind&group=["{kind}"]').text)
        assert {one for one in keys.values() if one in shown} == {keys[one] for one in orders}
    assert "To decide" in words_of(page.get("/").text)
    with counted() as sent:
        page.get("/to-decide")
    assert len([one for one in sent if not one.startswith(BESIDE)]) <= 3, sent

    def do(verb: str, order: str, **more: str) -> Any:
        tasks = site.admin.get(f"{OWN}/headerTask?productOrder.id={order}").json
        page.get("/to-decide")
        return page.post("/to-decide", {"verb": verb, "chosen": tasks[0]["id"], "tab": "all",
                                        "sure": "yes", **more})  # fmt: skip

    assert do("accept", approved).status_code == 303
    assert do("accept", asked, note="the number is on page 2").status_code == 303
    assert "Say why" in words_of(do("reject", rejected).text)
    assert do("reject", rejected, note="no signature").status_code == 303
    site.work()
    assert [shop.read(one)["state"] for one in (approved, asked, rejected)] == [
        "completed", "completed", "rejected",
    ]  # fmt: skip
    assert page.get("/shell/counts").json["/to-decide"] == 0
    assert "Nothing to decide" in words_of(page.get("/to-decide").text)
    site.role("reads-orders", {"ProductOrder:read": Grant("all")})
    site.user("rita", roles=["reads-orders"], scopes=("ProductOrder:read",))
    assert browser_of(site, "rita").get("/to-decide").status_code == 403


def test_a_panel_offers_new_records_only_where_they_may_be_said(
    page: Browser, site: Site, shop: Shop
) -> None:
    """Orders come into a group by the group, which says so itself; so there is no "New" there, only
    the list of them."""
    orders = [{"id": shop.order(shop.voice("1"), requestedStartDate="2031-01-01T00:00:00Z")}]
    body = {"name": "New branch", "productOrder": orders}
    made = site.admin.post(f"{OWN}/orderGroup", body).json
    site.work()
    panel = source_of(page.get(f"/r/orderGroup/{made['key']}/panel/0"))
    assert "/order/new" not in panel
    assert shop.read(orders[0]["id"])["key"] in panel
    assert "/new?orderGroup" not in panel
