"""Which ones of several go, asked on the page of a change and answered there."""

from __future__ import annotations

import re

import pytest

from tests.ordering.scripted import Shop, refused
from tests.support.program import Site
from tests.web.browser import Browser, source_of, words_of


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop.open(site)


def test_the_page_asks_which_ones_go(shop: Shop, admin: Browser) -> None:
    """Three telephones become two: the page shows all three with their records and states, hands
    nothing in before one is ticked, and then takes back that one alone."""
    shop.network.script["Fibre Access"] = [refused]
    order = shop.order(shop.fibre(), {**shop.voice(), "quantity": 3})
    shop.site.work()
    page = f"/order/{shop.read(order)['key']}"
    fewer = {"quantity-2": "2", "reason": "one telephone less"}
    refusal = admin.post(f"{page}/change", {**fewer, "step": "submit"})
    assert refusal.status_code == 409
    words = words_of(refusal.text)
    assert "Which ones go? Home Voice · Item 2 3 are there and 2 are wanted. Tick 1." in words
    values = re.findall(r'name="left-2" value="([^"]+)"', source_of(refusal))
    assert len(values) == 3
    shown = admin.post(f"{page}/change", {**fewer, "left-2": values[1], "step": "preview"})
    assert f'value="{values[1]}" checked' in source_of(shown)
    assert "Taken back" in words_of(shown.text)
    held = admin.post(f"{page}/change", {**fewer, "step": "hold"})
    assert held.status_code == 303
    waiting = source_of(admin.get(f"{page}/change"))
    assert waiting.count('name="left-2"') == 3
    done = admin.post(f"{page}/change", {"left-2": values[1], "step": "choose"})
    assert done.status_code == 303, done.text
    shop.site.work()
    item = shop.read(order)["productOrderItem"][1]
    assert (item["quantity"], item["leftOut"]) == (2, ["2#2/product"])
