"""A service and its plan are designed in a real browser, by keyboard where that is quicker; then it
is sold, carried out, changed and called off there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.browser.axe import violations
from tests.ordering.scripted import Shop
from tests.support.program import Site
from tests.web.test_forms_in_a_browser import signed_in

expect = pytest.importorskip("playwright.sync_api").expect
OWN = "/api/ordering/v1"


def sold(page: Any, origin: str) -> None:
    """Say in forms what a doorbell is, of what it is made, what it costs, and put it on sale."""
    done = {"fulfilment-kind": "Callout", "fulfilment-title": "Wake the button",
            "fulfilment-durationMinutes": "5"}  # fmt: skip
    filled(page, origin, "serviceSpecification", name="Doorbell button",
           serviceType="Resource facing service", **done)  # fmt: skip
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"SSP\d+ RFS"))
    made = {"specCharacteristic-0": ("add:specCharacteristic", {
                "name": "tone", "valueType": "string", "configurable": "Yes"}),
            "serviceSpecRelationship-0": ("add:serviceSpecRelationship", {
                "": "Doorbell button", "relationshipType": "realisedAs"})}  # fmt: skip
    filled(page, origin, "serviceSpecification", made, name="Doorbell")
    same = {"source": "tone", "target": "tone"}
    made = {"productSpecCharacteristic-0": ("add:productSpecCharacteristic", {
                "name": "tone", "valueType": "string", "configurable": "Yes"}),
            "serviceSpecification-0": ("add:serviceSpecification", {
                "": "Doorbell", "relationshipType": "realisedAs"}),
            "serviceSpecification-0-mapping-0": (
                "add:serviceSpecification[0].mapping", same)}  # fmt: skip
    filled(page, origin, "productSpecification", made, name="Doorbell sold")
    said = {"priceType": "recurring", "price-unit": "EUR", "price-value": "1",
            "recurringChargePeriodType": "month", "recurringChargePeriodLength": "1"}  # fmt: skip
    filled(page, origin, "productOfferingPrice", name="Doorbell a month", **said)
    made = {"productOfferingPrice-0": ("add:productOfferingPrice", {"": "Doorbell a month"})}
    filled(page, origin, "productOffering", made, name="Doorbell", isSellable="Yes",
           productSpecification="Doorbell sold")  # fmt: skip


def filled(
    page: Any, origin: str, kind: str, lists: Mapping[str, Any] | None = None, **said: str
) -> None:
    """Fill a form in and save it; `lists` says by which button an element comes, and its fields."""
    page.goto(f"{origin}/r/{kind}/new")
    for name, text in {"lifecycleStatus": "Active", **said}.items():
        typed(page, name, text)
    for path, (button, fields) in (lists or {}).items():
        unfolded(page, f"main button[value='{button}']").click()
        for name, text in fields.items():
            typed(page, f"{path}-{name}" if name else path, text)
    page.locator("main").get_by_role("button", name="Save", exact=True).first.click()
    page.wait_for_url("**done=created")


def typed(page: Any, name: str, text: str) -> None:
    """Type a value where it is asked for; of a list it is chosen, of what is there looked up."""
    field = unfolded(page, f":is(input, select, textarea)#at-{name}")
    if field.evaluate("one => one.tagName") == "SELECT":
        field.select_option(label=text)
    elif field.get_attribute("role") == "combobox":
        field.press_sequentially(text)
        page.locator("[role=option][aria-selected=true]", has_text=text).wait_for()
        field.press("Enter")
    else:
        field.fill(text)


def unfolded(page: Any, selector: str) -> Any:
    """Return what a selector finds, once what it is folded into has been opened."""
    found = page.locator(selector)
    found.wait_for(state="attached")
    folded = page.locator("main details:not([open])", has=found)
    while not found.is_visible() and folded.count():
        folded.first.locator("summary").first.click()
    return found


def item(page: Any, title: str, name: str, kind: str, after: str = "", **typed: str) -> None:
    """Add an item in the pane, saved by the keyboard."""
    page.get_by_role("link", name="Add an item").click()
    page.get_by_label("Title", exact=True).fill(title)
    page.get_by_label("Short name").fill(name)
    page.locator("#kind").select_option(kind)
    if after:
        page.locator("#pane").get_by_label(after, exact=True).check()
    for label, text in typed.items():
        page.locator(f"#{label}").fill(text)
    page.get_by_label("Title", exact=True).press("Enter")
    expect(page.locator("#pane-title")).to_have_text(title)


def pick_it(page: Any, origin: str) -> None:
    """Let a table pick the definition, and ask the table."""
    page.goto(f"{origin}/plans")
    page.locator("#table-name").fill("By service")
    page.get_by_role("button", name="New table").click()
    page.get_by_label("Row 1: Specification").fill("Doorbell")
    page.get_by_label("Row 1: Result").fill("doorbell")
    page.get_by_label("Orders go by this table").check()
    assert violations(page) == []
    page.get_by_role("button", name="Save the table").click()
    page.locator("#ask-specification").fill("Doorbell")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("section:has(#ask-title) p[role=status]")).to_contain_text("doorbell")


def ordered(page: Any, shop: Shop, tone: str) -> dict[str, Any]:
    """Choose the tone in the line that the page shows, send it off, and return the order."""
    page.locator("[name='c:1:tone']").fill(tone)
    page.locator("[name='c:1:tone']").press("Tab")
    expect(page.locator("#plan")).to_contain_text("Fit the button")  # what its plan will do
    page.locator("button[value=submit]").click()
    page.wait_for_url("**/order/ORD*")
    shop.site.work()
    return shop.read(page.url.rpartition("/")[2].partition("?")[0])


def fitted(page: Any, origin: str, shop: Shop, order: dict[str, Any]) -> dict[str, Any]:
    """Report the task of an order on its page, and return the order."""
    plan = shop.site.admin.get(f"{OWN}/productOrder/{order['id']}/plan").json
    (fit,) = [one for one in plan["item"] if one.get("origin", {}).get("item") == "fit"]
    assert fit["state"] == "ready"
    page.goto(f"{origin}/order/{order['key']}?step={fit['id']}")
    expect(page.locator("main")).to_contain_text("Fit the button")
    row = page.locator(f"#row-{fit['id']}")
    expect(row.get_by_role("link").first).to_contain_text("Fit the button")
    expect(page.locator("main")).to_contain_text("By service, row 1")
    page.goto(f"{origin}/tasks/{fit['id']}")
    page.get_by_label("Colour").fill("blue")
    with page.expect_navigation():
        page.get_by_role("button", name="Done").first.click()
    shop.site.work()
    return shop.read(order["id"])


def test_a_new_service_is_defined_sold_delivered_changed_and_canceled_in_the_browser(
    site: Site, origin: str, chromium: Any
) -> None:
    """What it is made of, its price and its offer are said in forms. A definition is drafted, an
    item that is wrong is marked in the picture and in the table, put right, published and picked
    by a table. It is sold, the order goes by that plan and its step says so; what is there gets
    another tone, and a second one is called off, all of it on pages."""
    shop, _ = Shop.open(site), site.admin
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    complaints = signed_in(page, origin)
    sold(page, origin)
    drafted(page, origin)
    pick_it(page, origin)
    page.goto(f"{origin}/order/new?customer={shop.customer}")
    page.locator("#q").fill("doorbell")
    page.locator(".offer.first button").click()
    order = fitted(page, origin, shop, ordered(page, shop, "soft"))
    assert order["state"] == "completed"
    plan = site.admin.get(f"{OWN}/productOrder/{order['id']}/plan").json["item"]
    assert ("Wake the button", "callout") in [(one.get("title"), one["kind"]) for one in plan]
    (product,) = shop.products(order)
    assert (tone(product), shop.network.effects_of("Doorbell button")) == (
        "soft", [("add", "active")],
    )  # fmt: skip
    page.goto(f"{origin}/order/new?product={product['id']}&do=change")
    changed = fitted(page, origin, shop, ordered(page, shop, "loud"))
    assert changed["state"] == "completed"
    ((service,),) = site.rows(
        "select doc::jsonb from service where p_name = 'Doorbell' and p_state = 'active'"
    )
    assert (tone(shop.products(changed)[0]), tone(service, "serviceCharacteristic")) == (
        "loud", "loud",
    )  # fmt: skip
    page.goto(f"{origin}/order/new?customer={shop.customer}")
    page.locator("#q").fill("doorbell")
    page.locator(".offer.first button").click()
    called_off = ordered(page, shop, "soft")
    page.get_by_role("link", name="Cancel order …").click()
    page.locator("form.report textarea, form.report input[name=reason]").first.fill("rings twice")
    page.locator("form.report button").first.click()
    expect(page.locator("main")).to_contain_text("Asked for.")
    site.work()
    assert shop.read(called_off["id"])["state"] == "cancelled"
    assert shop.network.effects_of("Doorbell button")[1:] == [
        ("add", "active"), ("delete", "terminated"),
    ]  # fmt: skip
    assert [one for one in complaints if "400 (Bad Request)" not in one] == []


def tone(record: dict[str, Any], path: str = "productCharacteristic") -> str:
    return next(one["value"] for one in record[path] if one["name"] == "tone")


def drafted(page: Any, origin: str) -> None:
    """Draft the definition; what is wrong in it is marked, and it is published when put right."""
    page.goto(f"{origin}/plans")
    assert violations(page) == []
    page.locator("#new-name").fill("Doorbell")
    page.locator("#new-code").fill("doorbell")
    page.get_by_role("button", name="New definition").click()
    expect(page.locator("main")).to_contain_text("No items yet.")
    item(page, "Fit the button", "fit", "manual", role="crew", form="colour*: string, Colour")
    expect(page.locator("#body")).to_be_hidden()
    item(page, "Ring once", "ring", "manual", after="Fit the button", condition="item.colour ===")
    expect(page.locator("tbody .wrong")).to_have_count(1)
    expect(page.locator(".plans-box.bad .box-name")).to_have_text("Ring once")
    assert violations(page) == []
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("alert")).to_contain_text("is not a rule")
    page.locator(".plans-box.bad .box-name").click()
    page.get_by_label("Only if", exact=True).fill("item.colour == 'red'")
    page.get_by_role("button", name="Save the item").click()
    expect(page.locator(".plans-box.bad")).to_have_count(0)
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("main")).to_contain_text("Published.")
