"""What the page of an order and each of its parts ask of the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from tests.web.test_capture import PAGE, installed, opened, step

MOST = 3
MOST_ABOUT_INSTALLED = {"change": 4, "move": 4, "suspend": 4, "disconnect": 6}
"""The preview is the interface's own simulation. Beside the cart and the catalog's stamps it asks
which other open orders name the products and which steps of theirs meet what they run on; for the
end of a product also in which bundles it lies and what contracts that cover it say of its end."""


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop.open(site)


@contextmanager
def at_most(most: int) -> Iterator[None]:
    with counted() as sent:
        yield
    own = [one for one in sent if not one.startswith("begin")]
    assert len(own) <= most, own


def test_a_sale_takes_three_statements_in_each_part(shop: Shop, admin: Browser) -> None:
    """Opening, offers, adding, changing, pasting and keeping; the catalog was seen before."""
    fibre = shop.offerings["Fibre Home"]
    step(admin, opened(admin, customer=shop.customer), f"add:{fibre}")
    with at_most(MOST):
        fields = opened(admin, customer=shop.customer)
    for typed in ("", "fibre"):
        with at_most(MOST):
            admin.post(f"{PAGE}/offers", fields | {"q": typed})
    with at_most(MOST):
        fields, _ = step(admin, fields, f"add:{fibre}")
    voice = f"count:1:{shop.offerings['Voice Flat']}"
    steps: list[Callable[[], object]] = [
        lambda: step(admin, fields, "", **{voice: ["0", "1"]}),
        lambda: step(admin, fields, "all-sites"),
        lambda: step(admin, fields, "paste", paste="Nowhere"),
        lambda: step(admin, fields, "drop:1"),
        lambda: admin.post(f"{PAGE}/draft", fields),
        lambda: opened(admin, customer=shop.customer),
    ]
    for one in steps:
        with at_most(MOST):
            one()


@pytest.mark.parametrize("do", MOST_ABOUT_INSTALLED)
def test_what_is_installed_opens_with_three_statements(shop: Shop, admin: Browser, do: str) -> None:
    (product,) = installed(shop, shop.fibre(speed=100))
    step(admin, opened(admin, product=product["key"], do=do), "open")
    with at_most(MOST):
        fields = opened(admin, product=product["key"], do=do)
    with at_most(MOST_ABOUT_INSTALLED[do]):
        step(admin, fields, "open")


def test_why_a_step_is_there_takes_three_statements(shop: Shop, admin: Browser) -> None:
    """Of orders that change and end what is shared and used by others, each step tells what the
    interface tells; the page of a part of the order leads to the same."""
    fibre, voice = installed(shop, shop.fibre(speed=100), shop.voice())
    site, own = shop.site, "/api/ordering/v1/productOrder"
    changed = {"action": "modify", "product": {"id": fibre["id"], "productCharacteristic": [
        {"name": "installation", "value": "technician"}]}}  # fmt: skip
    ended = {"action": "delete", "product": {"id": voice["id"]}}
    for item in (changed, ended):
        order = shop.order({"id": "1", **item})
        site.work()
        for planned in site.admin.get(f"{own}/{order}/plan").json["item"]:
            page = f"/order/{order}/why?step={planned['id']}"
            admin.get(page)
            with at_most(MOST):
                told = words_of(admin.get(page).text)
            said = site.admin.get(f"{own}/{order}/explanation", query_string=page.split("?")[1])
            assert said.json
            assert [one for one in said.json if one["text"] not in told] == []
    part = shop.read(order)["productOrderItem"][0]["serviceOrder"][0]["id"]
    whole = site.admin.get(f"{own}/{order}/plan").json["item"]
    own_step = next(one for one in whole if one.get("serviceOrder") == part)
    shown = source_of(admin.get(f"/service-order/{part}?step={own_step['id']}"))
    assert f"/order/{order}/why?step={own_step['id']}" in shown
    services = site.admin.get("/tmf-api/serviceInventory/v4/service", query_string="limit=4").json
    for page in (f"/customer/{shop.customer}/sources",
                 *(f"/r/service/{one['id']}/chain" for one in services)):  # fmt: skip
        admin.get(page)
        with at_most(MOST):
            assert admin.get(page).status_code == 200
