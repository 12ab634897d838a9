"""A plan is designed in a real browser, by keyboard where that is quicker, and then carried out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.axe import violations
from tests.support.program import Site
from tests.web.test_forms_in_a_browser import signed_in

expect = pytest.importorskip("playwright.sync_api").expect
CATALOG = "/tmf-api/productCatalogManagement/v4"
OWN = "/api/ordering/v1"


def sold(site: Site) -> str:
    """Put a service on sale that nobody said anything about, and return its offering."""
    live = {"lifecycleStatus": "Active"}
    admin = site.admin
    service = admin.post(
        "/tmf-api/serviceCatalogManagement/v4/serviceSpecification", {"name": "Doorbell", **live}
    ).json
    made = admin.post(
        f"{CATALOG}/productSpecification",
        {"name": "Doorbell sold", "serviceSpecification": [service], **live},
    ).json
    price = {
        "name": "Doorbell",
        "priceType": "recurring",
        **live,
        "price": {"unit": "EUR", "value": 1},
        "recurringChargePeriodType": "month",
        "recurringChargePeriodLength": 1,
    }
    cost = admin.post(f"{CATALOG}/productOfferingPrice", price).json
    body = {
        "name": "Doorbell",
        "isSellable": True,
        **live,
        "productSpecification": {"id": made["id"]},
        "productOfferingPrice": [{"id": cost["id"]}],
    }
    return str(admin.post(f"{CATALOG}/productOffering", body).json["id"])


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


def ordered(site: Site, offering: str) -> dict[str, Any]:
    """Return an order of Ada's."""
    party = site.admin.post(
        "/tmf-api/party/v4/individual", {"givenName": "Ada", "familyName": "Lovelace"}
    ).json
    customer = site.admin.post(
        "/tmf-api/customerManagement/v4/customer",
        {"name": "Ada", "engagedParty": {"id": party["id"]}},
    ).json
    account = site.admin.post(
        "/tmf-api/accountManagement/v4/billingAccount",
        {
            "name": "Ada",
            "state": "active",
            "relatedParty": [{"id": customer["id"], "role": "customer"}],
        },
    ).json
    order = site.admin.post(
        "/tmf-api/productOrderingManagement/v4/productOrder",
        {
            "relatedParty": [{"id": customer["id"], "role": "customer"}],
            "billingAccount": {"id": account["id"]},
            "productOrderItem": [{"id": "1", "action": "add", "productOffering": {"id": offering}}],
        },
    )
    assert order.status_code == 201, order.json
    made: dict[str, Any] = order.json
    return made


def test_a_new_service_is_defined_in_the_browser_and_delivered(
    site: Site, origin: str, chromium: Any
) -> None:
    """A definition is drafted, an item that is wrong is marked in the picture and in the table,
    put right, published and picked by a table; the order then goes by it, and its step says so."""
    offering = sold(site)
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    complaints = signed_in(page, origin)
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

    pick_it(page, origin)
    order = ordered(site, offering)
    site.work()
    plan = site.admin.get(f"{OWN}/productOrder/{order['id']}/plan").json
    (fit,) = [one for one in plan["item"] if one.get("origin", {}).get("item") == "fit"]
    assert fit["state"] == "ready"
    page.goto(f"{origin}/order/{order['key']}?step={fit['id']}")
    expect(page.locator("main")).to_contain_text("Fit the button")
    expect(page.locator("main")).to_contain_text("By service, row 1")
    page.goto(f"{origin}/tasks/{fit['id']}")
    page.get_by_label("Colour").fill("blue")
    with page.expect_navigation():
        page.get_by_role("button", name="Done").first.click()
    site.work()
    done = site.admin.get(f"/tmf-api/productOrderingManagement/v4/productOrder/{order['id']}")
    assert done.json["state"] == "completed"
    assert [one for one in complaints if "400 (Bad Request)" not in one] == []
