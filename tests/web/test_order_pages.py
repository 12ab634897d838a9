"""Orders of all layers have a page with their plan, or the way to the plan of the whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.ordering.scripted import Shop, pending, refused
from tests.support.program import Site
from tests.web.browser import Browser, source_of, words_of

SERVICE_ORDER = "/tmf-api/serviceOrdering/v4/serviceOrder"
RESOURCE_ORDER = "/tmf-api/resourceOrderingManagement/v4/resourceOrder"


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    return Shop.open(site)


def identity(shop: Shop, table: str, name: str) -> str:
    return str(shop.site.rows(f"select id::text from {table} where p_name = %s", name)[0][0])


def alone(shop: Shop) -> dict[str, Any]:
    """Return a service order that a partner has placed by itself."""
    specification = identity(shop, "service_specification", "Wholesale Line")
    service = {
        "serviceSpecification": {"id": specification},
        "serviceCharacteristic": [{"name": "downloadSpeed", "value": 500}],
    }
    body = {
        "relatedParty": [{"id": shop.customer, "role": "customer"}],
        "serviceOrderItem": [{"id": "1", "action": "add", "service": service}],
    }
    made = shop.site.admin.post(SERVICE_ORDER, body)
    assert made.status_code == 201, made.json
    shop.site.work()
    order: dict[str, Any] = made.json
    return order


def test_a_service_order_by_itself_shows_its_plan(shop: Shop, admin: Browser) -> None:
    """Picture, rows and items as on a product order's page; followed while it is open."""
    shop.network.script["Wholesale Line"] = [pending]
    order = alone(shop)
    assert admin.get(f"/go?q={order['key']}").headers["location"] == (
        f"/service-order/{order['key']}"
    )
    page = f"/service-order/{order['key']}"
    html = source_of(admin.get(page))
    assert html.count('class="gantt-row"') >= 1
    assert "Wholesale Line" in words_of(html)
    assert "Download speed 500" in words_of(html)
    assert f'hx-get="{page}/plan?seen=' in html
    seen = html.partition("plan?seen=")[2].partition('"')[0].partition("&")[0]
    assert admin.get(f"{page}/plan?seen={seen}").status_code == 204
    assert 'aria-current="page"' in html.partition('href="/r/serviceOrder"')[2][:30]


def test_fallout_stands_on_the_order_that_it_is_of(shop: Shop, admin: Browser) -> None:
    shop.network.script["Wholesale Line"] = [refused]
    order = alone(shop)
    html = source_of(admin.get(f"/service-order/{order['key']}"))
    assert "noFreePort" in words_of(html)
    assert 'class="gantt-state bad"' in html
    assert 'href="/fallout/' in html


def test_a_part_leads_to_the_plan_of_the_whole(shop: Shop, admin: Browser) -> None:
    whole = shop.order(shop.fibre())
    shop.site.work()
    key = shop.read(whole)["key"]
    for base, api, column in (
        ("/service-order/", SERVICE_ORDER, "service_order"),
        ("/resource-order/", RESOURCE_ORDER, "resource_order"),
    ):
        rows = shop.site.rows(
            f"select id::text, {column}::text from plan_item where root = %s "
            f"and {column} is not null", whole,
        )  # fmt: skip
        assert rows
        for step, part in rows:
            answer = admin.get(base + shop.site.admin.get(f"{api}/{part}").json["key"])
            assert answer.status_code == 200
            assert f'href="/order/{key}?step={step}"' in source_of(answer)
            assert "part of product order" in words_of(answer.text)
            assert "No plan yet" not in words_of(answer.text)


def test_a_page_left_open_does_not_keep_the_session(
    shop: Shop, pages: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan is asked for again and again; half an hour after the last click it is over."""
    key = shop.read(shop.order(shop.fibre()))["key"]
    browser = Browser(pages)
    assert browser.sign_in("admin").status_code == 303
    services = shop.site.services
    now, passed = services.machine_now, timedelta()
    monkeypatch.setattr(services, "machine_now", lambda: now() + passed)
    for minutes in (10, 20, 29):
        passed = timedelta(minutes=minutes)
        assert browser.get(f"/order/{key}/plan").status_code == 200
    passed = timedelta(minutes=31)
    assert browser.get(f"/order/{key}/plan").status_code == 303
    assert browser.get(f"/order/{key}").status_code == 303
    browser = Browser(pages)
    assert browser.sign_in("admin").status_code == 303
    for minutes in (51, 71, 91):
        passed = timedelta(minutes=minutes)
        assert browser.get(f"/order/{key}").status_code == 200


def test_the_list_of_orders_tells_whose_and_what(shop: Shop, admin: Browser) -> None:
    """The customer is who has that role, whoever else takes part; what is ordered stands by."""
    partner = shop.site.admin.post(
        "/tmf-api/party/v4/individual", {"givenName": "Grace", "familyName": "Hopper"}
    ).json
    parties = [{"id": partner["id"], "role": "seller", "@referredType": "Individual"},
               {"id": shop.customer, "role": "Customer", "@referredType": "Customer"}]  # fmt: skip
    key = shop.read(shop.order(shop.fibre(), relatedParty=parties))["key"]
    page = source_of(admin.get("/r/productOrder"))
    said = words_of(page)
    assert "Key Customer State Product offering Requested start date Order date" in said
    row = words_of(page.partition(f"/order/{key}")[2].partition("</tr>")[0])
    assert "Ada Lovelace" in row
    assert "Fibre 1G" in row
    assert "Hopper" not in row
