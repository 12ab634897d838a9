"""Selling something on a service that is there, by its page."""

from __future__ import annotations

from tests.ordering.scripted import Shop
from tests.support.pages import browser_of
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import source_of, words_of

SERVICE = "/tmf-api/serviceInventory/v4/service"
PRODUCT = "/tmf-api/productInventory/v4/product"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
BESIDE = ("begin", "set local", "commit")


def test_a_product_is_sold_on_a_service_that_is_there(site: Site) -> None:
    """The page of a service leads to what is sold on its kind, with its own values filled in; the
    order makes no second service, and what serves a product already is not sold twice."""
    _ = site.admin
    page, twin = browser_of(site, "admin"), Shop.open(site)
    made = twin.order(twin.voice("1"))
    site.work()
    (had,) = twin.products(twin.read(made))
    found = site.admin.get(f"{SERVICE}/{had['realizingService'][0]['id']}").json
    shop = Shop.open(site)
    kept = ("name", "serviceSpecification", "serviceType", "serviceCharacteristic")
    there = site.admin.post(SERVICE, {
        **{name: found[name] for name in kept if name in found}, "state": "active",
        "place": [{"id": shop.place, "@referredType": "GeographicSite", "role": "installation"}],
        "relatedParty": [{"id": shop.customer, "role": "customer", "@referredType": "Customer"}],
    }).json  # fmt: skip
    key = there["key"]

    own = f"/link/service/{key}"
    assert own in source_of(page.get(f"/r/service/{key}"))
    with counted() as sent:
        shown = page.get(own)
    assert len([one for one in sent if not one.startswith(BESIDE)]) <= 3, sent
    assert "Voice Flat" in words_of(shown.text)
    assert "Fibre 1G" not in words_of(shown.text)
    offering = shop.offerings["Voice Flat"]
    fields = source_of(page.get(f"{own}/values?offering={offering}"))
    assert 'name="value-lines"' in fields

    def sell() -> object:
        page.get(own)
        return page.post(own, {"offering": offering, "account": shop.account, "value-lines": "1"})

    answer = sell()
    assert answer.status_code == 303, words_of(answer.text)  # type: ignore[attr-defined]
    site.work()
    (order,) = site.admin.get(ORDER, params={"relatedParty.id": shop.customer}).json
    assert order["state"] == "completed"
    (line,) = order["productOrderItem"]
    assert line["operation"] == "link"
    product = site.admin.get(f"{PRODUCT}/{line['product']['id']}").json
    assert [one["id"] for one in product["realizingService"]] == [there["id"]]
    same = {"relatedParty.id": shop.customer, "name": there["name"]}
    assert [one["id"] for one in site.admin.get(SERVICE, params=same).json] == [there["id"]]
    again = sell()
    assert again.status_code == 409  # type: ignore[attr-defined]
    assert product["key"] in words_of(again.text)  # type: ignore[attr-defined]
    assert page.get("/link/product/1").status_code == 404
