"""Prices by hand where the operator has said no limit yet: nobody lowers one alone."""

from __future__ import annotations

import pytest

from tests.sales.test_price_overrides import LIST, PRODUCTS, RIGHTS, monthly
from tests.sales.test_quotes import ORDERS, Shop, codes
from tests.support.program import Client, Site
from trunkline.kernel.actor import EVERY_CLASS, Grant

OWN_RIGHTS = (*RIGHTS, "TMF637:create")


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    return Shop(site.admin)


@pytest.fixture(scope="module")
def clerk(site: Site) -> Client:
    """Somebody who orders for customers, and could say no limits."""
    role = site.role("clerk", {one: Grant("all", EVERY_CLASS) for one in OWN_RIGHTS})
    return site.user("clerk.prices", roles=[role], scopes=OWN_RIGHTS)


def test_an_order_asks_what_is_listed(site: Site, shop: Shop, clerk: Client) -> None:
    """Unless who sends it could say how far prices may be lowered."""
    for client, value, status in ((clerk, 49, 400), (clerk, LIST, 201), (site.admin, 1, 201)):
        body = {"relatedParty": [shop.party], "billingAccount": {"id": shop.account},
                "productOrderItem": [shop.line(itemPrice=[monthly(value)])]}  # fmt: skip
        answer = client.post(ORDERS, body)
        assert answer.status_code == status, answer.json
        if status == 400:
            assert codes(answer) == {("productOrderItem[0].itemPrice", "aboveAuthority")}


def test_nobody_calls_an_order_a_hand_over(shop: Shop, clerk: Client) -> None:
    """What is handed over keeps its price; that an order does so is said by the program alone."""
    transfer = {"id": "00000000-0000-4000-8000-000000000001"}
    body = {"relatedParty": [shop.party], "billingAccount": {"id": shop.account},
            "productOrderItem": [shop.line(itemPrice=[monthly(1)], operation="transfer")],
            "category": "ownershipTransfer", "ownershipTransfer": transfer}  # fmt: skip
    for more in ({}, {"state": "pending"}):
        answer = clerk.post(ORDERS, body | more)
        assert ("ownershipTransfer", "notWritable") in codes(answer), answer.json
    body.pop("ownershipTransfer")
    answer = clerk.post(ORDERS, body)
    assert ("productOrderItem[0].itemPrice", "aboveAuthority") in codes(answer)


def test_a_new_product_costs_what_is_listed(site: Site, shop: Shop, clerk: Client) -> None:
    """Who records a product by hand gives it no lower price than an order would, and not none."""
    body = {"relatedParty": [shop.party], "name": "Line", "status": "active",
            "productOffering": {"id": shop.offering}}  # fmt: skip
    cheap = [monthly(10, name="Monthly")]
    for client, prices, status in (
        (clerk, [], 400), (clerk, cheap, 400), (site.admin, cheap, 201),
        (clerk, [monthly(LIST, name="Monthly")], 201),
    ):  # fmt: skip
        answer = client.post(PRODUCTS, body | {"productPrice": prices})
        assert answer.status_code == status, answer.json
        assert status == 201 or codes(answer) == {("productPrice", "aboveAuthority")}
