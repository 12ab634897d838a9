"""Orders from contracts: the same order and the same checks as on every other way."""

from __future__ import annotations

import pytest

from tests.ordering.scripted import Shop
from tests.ordering.ways import acted, contract
from tests.support.program import Site

ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
PRODUCT = "/tmf-api/productInventory/v4/product"


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    """A shop whose customer has a line already, which what is added shares."""
    made = Shop.open(site)
    made.order(made.fibre())
    site.work()
    return made


def test_what_a_contract_covers_is_suspended_resumed_and_ended_by_orders(shop: Shop) -> None:
    """Each act becomes an order of the line's product, which is what becomes of the product."""
    order = shop.order(shop.fibre())
    shop.site.work()
    product = shop.products(shop.read(order))[0]["id"]
    ident = contract(shop, product={"id": product})
    assert acted(shop, ident, "order").json["fault"][0]["path"] == "line"
    assert acted(shop, ident, "suspend", line=["7"]).json["fault"][0]["code"] == "lineUnknown"
    assert acted(shop, ident, "paint").json["fault"][0]["path"] == "action"
    for act, said, status in (
        ("suspend", {"reason": "customerRequest"}, "suspended"),
        ("resume", {}, "active"),
        ("end", {"reason": "movesAway"}, "terminated"),
    ):
        answer = acted(shop, ident, act, **said)
        assert answer.status_code == 200, answer.json
        shop.site.work()
        made = shop.site.admin.get(f"{ORDER}/{answer.json['id']}").json
        assert made["state"] == "completed", made
        assert shop.site.admin.get(f"{PRODUCT}/{product}").json["status"] == status
