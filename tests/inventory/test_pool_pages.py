"""The pages of pools and of the installed base: shown within their budget, and worked on."""

from __future__ import annotations

import pytest

from tests.inventory.page_budget import must_be_cheap
from tests.inventory.pool_desk import Keeper
from tests.ordering.scripted import Shop, pending, refused
from tests.support.operator import CANCEL
from tests.support.program import Site
from tests.web.browser import Browser
from tests.web.filled_form import filled_form


@pytest.fixture
def keeper(site: Site) -> Keeper:
    made = site.rows("select count(*) from resource_pool")[0][0]
    return Keeper.opens(site, "Nord", "msisdn", "msisdn", space=f"page-{made}", warnBelow=3)


def test_somebody_loads_reserves_and_gives_back(
    site: Site, browser: Browser, keeper: Keeper
) -> None:
    """A range is loaded on the page, a nice number reserved, and another time nothing is free.
    What an order that has ended has left reserved can be given back, too; one under way is named.
    """
    page = f"/pools/{keeper.key}"
    assert "No such value" in must_be_cheap(browser, page)
    load = {"first": "4915500000070", "last": "4915500000073", "list": ""}
    assert browser.post(f"{page}/load", load).status_code == 303
    overlap = browser.post(f"{page}/load", load)
    assert overlap.status_code == 409
    assert "are in a pool already" in overlap.text
    nice = browser.post(f"{page}/reserve", {"like": "*71", "count": "1", "minutes": "10"})
    assert nice.status_code == 303
    assert keeper.states()["4915500000071"] == "reserved"
    taken = browser.post(f"{page}/reserve", {"like": "*71"})
    assert (taken.status_code, "has too few free values like" in taken.text) == (409, True)
    held = keeper.value("4915500000071")
    back = {"move": "release", "value": held["value"], "reservation": held["reservation"]}
    assert browser.post(f"{page}/move", back).status_code == 303
    assert keeper.level()["free"] == 4
    shop = Shop.open(site)
    shop.network.script["Fibre Access"] = [refused]
    order = shop.order(shop.fibre())
    site.work()
    with site.services.database.app.connection() as connection:
        connection.execute(
            "update pool_value set state = 'reserved', root = %s, reservation = gen_random_uuid() "
            "where value = '4915500000072' and pool = %s", [order, keeper.id],
        )  # fmt: skip
    back = filled_form(browser.get(f"{page}?pattern=4915500000072"), action=f"{page}/move")
    assert back["value"] == ["4915500000072"]
    kept = browser.post(f"{page}/move", back | {"move": "release"})
    assert (kept.status_code, shop.read(order)["key"] in kept.text) == (409, True)
    site.admin.post(CANCEL, {"productOrder": {"id": order}})
    site.work()
    assert browser.post(f"{page}/move", back | {"move": "release"}).status_code == 303
    assert keeper.level()["free"] == 4


def test_a_list_of_cards_is_pasted(site: Site, browser: Browser) -> None:
    """What goes with each card stands behind it; a line that is none is named."""
    cards = Keeper.opens(site, "Cards", "sim", "iccid")
    text = "8949000000000000111; imsi=262990000000111\n8949000000000000112;imsi=262990000000112"
    assert browser.post(f"/pools/{cards.key}/load", {"list": text}).status_code == 303
    assert cards.value("8949000000000000112")["companion"] == {"imsi": "262990000000112"}
    wrong = browser.post(f"/pools/{cards.key}/load", {"list": "not a card"})
    assert (wrong.status_code, "is no value of kind sim" in wrong.text) == (400, True)


def test_all_pools_with_the_low_ones_first(browser: Browser, keeper: Keeper) -> None:
    keeper.load("4915600000001", "4915600000002")
    text = must_be_cheap(browser, "/pools")
    assert keeper.key in text
    assert "low" in text


def test_a_product_with_what_is_pending_and_what_it_was(site: Site, browser: Browser) -> None:
    """The pending speed stands beside the current one; each part keeps to three statements."""
    shop = Shop.open(site)
    order = shop.order(shop.fibre("1", 500))
    site.work()
    product = shop.products(shop.read(order))[0]
    ticket = {"relatedEntity": [{"id": "TT-4711", "role": "ticket"}]}
    patched = site.admin.patch(
        f"/tmf-api/productInventory/v4/product/{product['id']}", ticket,
        headers={"Content-Type": "application/merge-patch+json"},
    )  # fmt: skip
    assert patched.status_code == 200, patched.json
    shop.network.script["Fibre Access"] = [pending]
    shop.order(
        {"id": "1", "action": "modify", "productOffering": {"id": shop.offerings["Fibre 1G"]},
         "product": {"id": product["id"], "productCharacteristic": [
             {"name": "downloadSpeed", "value": 1000}, {"name": "uploadSpeed", "value": 500}]}}
    )  # fmt: skip
    site.work()
    page = f"/installed/product/{product['key']}"
    text = must_be_cheap(browser, page)
    assert "Change pending" in text
    assert "1,000" in text
    must_be_cheap(browser, f"{page}/versions")
    assert "TT-4711" in must_be_cheap(browser, f"{page}/links")
    before = must_be_cheap(browser, f"{page}?at=2099-01-01T00:00:00")
    assert "Pending" not in before
    gone = browser.get(f"{page}?at=2001-01-01T00:00:00")
    assert "It was not there then" in gone.text
    base = f"/installed/customer/{shop.customer}"
    must_be_cheap(browser, base)
    for kind in ("product", "service", "resource"):
        must_be_cheap(browser, f"{base}/panel/{kind}?at=")
    assert browser.get(f"{page}?at=soon").status_code == 400
