"""Values that come later, on the page of the order that waits for them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ordering.scripted import Shop, refused
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of

CATALOG = "/tmf-api/productCatalogManagement/v4"
SERVICES = "/tmf-api/serviceCatalogManagement/v4/serviceSpecification"
LIVE = {"lifecycleStatus": "Active"}


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop.open(site)


def made(site: Site, path: str, **body: Any) -> str:
    answer = site.admin.post(path, {**LIVE, **body})
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


def firewall(site: Site) -> str:
    """Put a firewall on sale whose tunnels depend on a number that nobody knows at first."""
    tunnel = made(site, SERVICES, name="Tunnel")
    service = made(
        site, SERVICES, name="Firewall Service",
        specCharacteristic=[{"name": "tunnels", "valueType": "integer"}],
        serviceSpecRelationship=[{"id": tunnel, "name": "Tunnel", "relationshipType": "realisedAs",
                                  "quantityCharacteristic": "tunnels"}],
    )  # fmt: skip
    link = {"id": service, "name": "Firewall Service", "relationshipType": "realisedAs",
            "mapping": [{"target": "tunnels", "source": "tunnels"}]}  # fmt: skip
    tunnels = {"name": "tunnels", "valueType": "integer", "configurable": True}
    product = made(site, f"{CATALOG}/productSpecification", name="Firewall",
                   serviceSpecification=[link], productSpecCharacteristic=[tunnels])  # fmt: skip
    cost = made(site, f"{CATALOG}/productOfferingPrice", name="Firewall", priceType="recurring",
                recurringChargePeriodType="month", recurringChargePeriodLength=1,
                price={"unit": "EUR", "value": 1})  # fmt: skip
    return made(site, f"{CATALOG}/productOffering", name="Firewall", isSellable=True,
                productSpecification={"id": product},
                productOfferingPrice=[{"id": cost}])  # fmt: skip


def test_a_value_is_entered_on_the_page(shop: Shop, admin: Browser) -> None:
    """The page says which value is awaited and what it makes; typed there, as a number, as many
    parts come as it says, and the page does not ask for it any more."""
    shop.network.script["Fibre Access"] = [refused]
    item = {"id": "2", "action": "add", "productOffering": {"id": firewall(shop.site)}}
    order = shop.order(shop.fibre(), item)
    shop.site.work()
    page = f"/order/{shop.read(order)['key']}"
    assert f'hx-get="{page}/values"' in source_of(admin.get(page))
    admin.get(f"{page}/values")
    with counted() as statements:
        panel = admin.get(f"{page}/values")
    assert len(statements) <= 4, statements  # the sign-in is one of them
    assert "Values still to come 1" in words_of(panel.text)
    assert "makes Tunnel" in words_of(panel.text)
    wrong = admin.post(f"{page}/values", {"later-2-tunnels": "some"})
    assert "Nothing was entered." in words_of(wrong.text)
    done = admin.post(f"{page}/values", {"later-2-tunnels": "2"})
    assert done.status_code == 303, done.text
    shop.site.work()
    plan = shop.site.admin.get(f"/api/ordering/v1/productOrder/{order}/plan").json["item"]
    assert [one["name"] for one in plan].count("Tunnel") == 2
    assert "awaitedValue" not in shop.read(order)
    assert "/values" not in source_of(admin.get(page))
