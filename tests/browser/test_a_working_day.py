"""A day at the operator: sold, delivered, repaired and repriced, by what the pages themselves say.

Everybody begins at the own home page and finds the way by what is written there: by names, by the
words on links and buttons, and by what is shown to be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.browser.conftest import CUSTOMER, Office
from tests.ordering.scripted import Shop, refused
from trunkline.workspace.search_index import catch_up


def found(page: Any, text: str, label: str) -> None:
    """Find a record by the box on top of every page."""
    page.locator("#palette").click()
    page.keyboard.type(text)
    page.get_by_role("option").filter(has_text=label).first.click()


def test_a_bundle_is_sold_delivered_repaired_and_repriced(
    office: Office, signed_in: Callable[..., Any]
) -> None:
    """The network refuses once; who repairs tries again, and the product is active."""
    site = office.site
    shop = Shop.open(site)
    customer = site.admin.get(f"{CUSTOMER}/{shop.customer}").json
    catch_up(site.services)

    sales = signed_in(office.user("sales"))
    sales.goto(office.origin)
    found(sales, customer["key"], customer["key"])
    sales.wait_for_url(f"**/customer/{customer['key']}*")
    sales.get_by_role("link", name="New order").first.click()
    sales.wait_for_selector("#q:focus")
    sales.wait_for_load_state()
    sales.keyboard.type("fibre home")
    sales.get_by_role("button", name="Add Fibre Home").click()
    sales.wait_for_selector("#line-1:focus")
    sales.wait_for_selector("#plan tbody tr")
    site.work()  # what others left to be done is done, so this order is the one that is refused
    shop.network.script["Fibre Access"] = [refused]
    sales.get_by_role("button", name=re.compile("^Send")).click()
    sales.wait_for_url("**/order/ORD*")
    order = sales.url.rpartition("/")[2].partition("?")[0]
    site.work()
    shop.network.script.clear()
    catch_up(site.services)

    repairs = signed_in(office.user("fallout"))
    repairs.goto(office.origin)
    repairs.locator(".group-head", has_text="noFreePort").first.wait_for()
    found(repairs, order, order)
    repairs.wait_for_url(f"**/order/{order}*")
    repairs.locator(".why-link").click()
    with repairs.expect_response(lambda answer: answer.request.method == "POST") as tried:
        repairs.get_by_role("button", name="Retry now").click()
    assert tried.value.status < 400
    site.work()

    sales.locator("#order-state", has_text="Completed").wait_for()  # the page follows by itself
    sales.locator("#item-state-1", has_text="Completed").wait_for()
    sales.locator("#order-sites .state", has_text="Completed").first.wait_for()
    sales.locator("#chain .state.good", has_text="Active").first.wait_for()
    sales.goto(f"{office.origin}/customer/{customer['key']}")
    sales.locator("#panel-services", has_text="Fibre Home").wait_for()
    assert shop.read(order)["state"] == "completed"

    keeper = signed_in(office.user("catalog"))
    keeper.goto(office.origin)
    found(keeper, "Mobile S", "Mobile S")
    keeper.wait_for_url("**/catalog/productOffering/*")
    keeper.get_by_role("link", name="Change Mobile S, monthly").click()
    keeper.get_by_label("New amount").fill("77.70")
    keeper.get_by_label("From").fill("2031-01-01")
    keeper.locator("#price-form").get_by_role("button", name="Save").click()
    keeper.locator("#prices", has_text="77.70").wait_for()
    keeper.get_by_label("Date").fill("2031-02-01")
    keeper.get_by_role("button", name="Simulate").click()
    keeper.locator(".simulated", has_text="77.70").wait_for()
