"""What a list calls a record that has a number and no name."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from tests.web.test_order_change import half_done, said
from trunkline.kernel.actor import Grant

REVISIONS = "/r/orderRevision"


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop.open(site)


def rows(html: str, key: str) -> str:
    """Return the words of the row that names an order."""
    found = re.findall(r"<tr.*?</tr>", html, re.DOTALL)
    return next((words_of(one) for one in found if key in one), "")


def test_an_order_is_called_by_its_number(shop: Shop, site: Site, admin: Browser) -> None:
    """The numbers of all orders on a page are read by one statement."""
    order, page = half_done(shop)
    admin.post(f"{page}/change", said(step="hold"))
    key = shop.read(order)["key"]
    html = source_of(admin.get(REVISIONS))
    assert key in rows(html, "a second telephone")
    assert order not in words_of(html)
    with counted() as statements:
        admin.get(REVISIONS)
    own = [one for one in statements if one.startswith("select")]
    assert len(own) <= 3, own
    other, page = half_done(Shop.open(site))
    admin.post(f"{page}/change", said(step="hold"))
    with counted() as more:
        html = source_of(admin.get(REVISIONS))
    assert len(more) == len(statements), more
    assert shop.read(other)["key"] in words_of(html)


def test_who_may_not_read_orders_is_not_told_their_numbers(
    shop: Shop, admin: Browser, signed_in: Callable[..., Browser]
) -> None:
    order, page = half_done(shop)
    admin.post(f"{page}/change", said(step="hold", reason="a third telephone"))
    reader = signed_in("revision-reader", {"OrderRevision:read": Grant()})
    words = words_of(source_of(reader.get(REVISIONS)))
    assert "a third telephone" in words
    assert shop.read(order)["key"] not in words
