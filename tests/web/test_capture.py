"""Order capture: from a customer to an order on its way, with price and plan before it is sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site
from tests.web.browser import Browser, source_of, words_of
from tests.web.filled_form import filled_form
from trunkline.kernel.actor import EVERY_CLASS, Grant

SignedIn = Callable[..., Browser]
PAGE = "/order/new"
PART = {"HX-Request": "true"}
CATALOG = "/tmf-api/productCatalogManagement/v4"
SITE = "/tmf-api/geographicSiteManagement/v4/geographicSite"
PRODUCT = "/tmf-api/productInventory/v4/product"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
Fields = dict[str, Any]


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop.open(site)


def opened(browser: Browser, **asked: str) -> Fields:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    answer = browser.get(f"{PAGE}?{query}")
    assert answer.status_code == 200, words_of(answer.text)
    return filled_form(answer)


def unfolded(browser: Browser, **asked: str) -> tuple[Fields, str]:
    """Open the page and let the lines of the order follow, as the page does by itself."""
    return step(browser, opened(browser, **asked), "open")


def step(browser: Browser, fields: Fields, name: str, **more: Any) -> tuple[Fields, str]:
    """Do a step of the page; return its fields and its HTML."""
    answer = browser.post(f"{PAGE}/form", fields | more | {"step": name}, **PART)
    assert answer.status_code == 200, words_of(answer.text)
    return filled_form(answer), source_of(answer)


def sent(browser: Browser, fields: Fields) -> str:
    """Send the order and return its key."""
    answer = browser.post(PAGE, fields | {"step": "submit"})
    assert answer.status_code == 303, words_of(answer.text)
    found = re.search(r"/order/(ORD\d+)\?done=created", answer.headers["location"])
    assert found is not None
    return found.group(1)


def installed(shop: Shop, *items: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the products of an order that is done."""
    order = shop.order(*items)
    shop.site.work()
    return shop.products(shop.read(order))


def test_a_bundle_is_sold_at_a_site(shop: Shop, admin: Browser) -> None:
    """The only site and account are chosen; price and plan stand there before it is sent."""
    fields = opened(admin, customer=shop.customer)
    assert fields["site"] == [shop.place]
    assert fields["account"] == [shop.account]
    fields, html = step(admin, fields, f"add:{shop.offerings['Fibre Home']}")
    said = words_of(html)
    assert "49.90 EUR per month" in said
    assert "49.00 EUR once" in said
    for name in ("Internet Access", "Fibre Access", "Fibre Port", "Light up the fibre line"):
        assert name in said
    voice = f"count:1:{shop.offerings['Voice Flat']}"
    fields, html = step(admin, fields, "", **{voice: ["0", "1"]})
    assert "59.80 EUR per month" in words_of(html)
    assert "Voice Line" in words_of(html)

    order = shop.read(sent(admin, fields))
    assert [one["productOffering"]["name"] for one in order["productOrderItem"]] == ["Fibre Home"]
    inside = order["productOrderItem"][0]["productOrderItem"]
    assert [one["productOffering"]["name"] for one in inside] == ["Fibre 1G", "Voice Flat"]
    shop.site.work()
    done = shop.read(order["id"])
    assert done["state"] == "completed"
    (product,) = shop.products(done)
    assert (product["status"], product["place"][0]["id"]) == ("active", shop.place)


def test_what_is_put_together_survives_a_reload(shop: Shop, admin: Browser) -> None:
    fields = opened(admin, customer=shop.customer)
    fields, _ = step(admin, fields, f"add:{shop.offerings['Fibre 1G']}")
    assert "Kept" in admin.post(f"{PAGE}/draft", fields).text
    again = admin.get(f"{PAGE}?customer={shop.customer}")
    assert "did not send" in words_of(again.text)
    kept = filled_form(again)
    assert kept["line.1.offering"] == [shop.offerings["Fibre 1G"]]
    assert kept["line.1.site"] == [shop.place]
    answer = admin.post(f"{PAGE}/draft", {"place": kept["place"][0], "step": "discard"})
    assert answer.headers["location"] == f"{PAGE}?customer={shop.customer}"
    assert "line" not in opened(admin, customer=shop.customer)


def test_an_order_is_sent_once(shop: Shop, admin: Browser) -> None:
    """Sent twice a page makes one order, another page another; what is kept late is not kept."""
    fields = opened(admin, customer=shop.customer)
    fields, _ = step(admin, fields, f"add:{shop.offerings['Mobile S']}", site=[])
    first = sent(admin, fields)
    assert sent(admin, fields) == first
    admin.post(f"{PAGE}/draft", fields)  # typed last, and comes after what was sent
    fields, _ = step(admin, opened(admin, customer=shop.customer),
                     f"add:{shop.offerings['Mobile S']}")  # fmt: skip
    assert (sent(admin, fields) != first, len(fields["line"])) == (True, 1)


def test_rules_answer_at_the_field(shop: Shop, admin: Browser) -> None:
    """A value that is not allowed is said at its field, before and when it is sent."""
    fields = opened(admin, customer=shop.customer)
    fields, _ = step(admin, fields, f"add:{shop.offerings['SD-WAN Site']}")
    fields, html = step(admin, fields, "", **{"c:1:bandwidth": ["77"]})
    assert "bandwidth must be 50 or 100 or 500" in words_of(html)
    assert 'aria-describedby="at-1-bandwidth-wrong"' in html
    answer = admin.post(PAGE, fields | {"step": "submit", "c:1:bandwidth": ["77"]})
    assert answer.status_code == 400
    assert "Not sent" in words_of(answer.text)
    assert filled_form(answer)["c:1:bandwidth"] == ["77"]
    fields, html = step(admin, fields, "", **{"c:1:bandwidth": ["100"], "line.1.quantity": "0"})
    assert "Quantity: is 0" in words_of(html)


def test_a_draft_is_saved_gone_on_with_and_sent(shop: Shop, admin: Browser) -> None:
    fields = opened(admin, customer=shop.customer)
    fields, _ = step(admin, fields, f"add:{shop.offerings['Fibre Home']}")
    fields, _ = step(admin, fields, "", **{f"count:1:{shop.offerings['TV Basic']}": ["0", "1"]})
    answer = admin.post(PAGE, fields | {"step": "save"})
    key = re.search(r"draft=(ORD\d+)", answer.headers["location"])
    assert key is not None
    assert shop.read(key.group(1))["state"] == "pending"
    assert key.group(1) in words_of(admin.get(f"{PAGE}?customer={shop.customer}").text)

    fields, _ = unfolded(admin, draft=key.group(1))
    assert fields["line.1.offering"] == [shop.offerings["Fibre Home"]]
    assert fields[f"count:1:{shop.offerings['TV Basic']}"] == ["0", "1"]
    assert fields[f"count:1:{shop.offerings['Voice Flat']}"] == ["0"]
    fields, _ = step(admin, fields, f"add:{shop.offerings['Mobile M']}")
    assert sent(admin, fields) == key.group(1)
    order = shop.read(key.group(1))
    assert order["state"] != "pending"
    assert len(order["productOrderItem"]) == 2
    assert admin.get(f"{PAGE}?draft={key.group(1)}").status_code == 409


def test_a_part_that_was_taken_out_stays_out_of_the_draft(shop: Shop, admin: Browser) -> None:
    """Of something new a part that comes with it; of what is installed one that is to end."""
    tv, voice = shop.offerings["TV Basic"], shop.offerings["Voice Flat"]
    option = {"numberRelOfferLowerLimit": 0, "numberRelOfferDefault": 1,
              "numberRelOfferUpperLimit": 1}  # fmt: skip
    parts = [{"id": one, "bundledProductOfferingOption": option} for one in (tv, voice)]
    bundle = shop.site.admin.post(f"{CATALOG}/productOffering", {
        "name": "Evening", "isBundle": True, "lifecycleStatus": "Active",
        "bundledProductOffering": parts,
    })  # fmt: skip
    assert bundle.status_code == 201, bundle.json
    fields, _ = step(admin, opened(admin, customer=shop.customer), f"add:{bundle.json['id']}")
    assert fields[f"count:1:{tv}"] == ["0", "1"]
    fields, _ = step(admin, fields, "", **{f"count:1:{tv}": ["0"]})
    again, _ = unfolded(admin, draft=saved(admin, fields))
    assert (again[f"count:1:{tv}"], again[f"count:1:{voice}"]) == (["0"], ["0", "1"])

    inside = [shop.fibre("2"), shop.line("3", "TV Basic")]
    (product,) = installed(shop, shop.line("1", "Fibre Home") | {"productOrderItem": inside})
    fields, _ = unfolded(admin, product=product["id"], do="change")
    assert fields[f"count:1:{tv}"] == ["0", "1"]
    changes = {f"count:1:{tv}": ["0"], f"count:1:{voice}": ["0", "1"]}
    fields, _ = step(admin, fields, "", **changes)
    again, _ = unfolded(admin, draft=saved(admin, fields))
    assert (again[f"count:1:{tv}"], again[f"count:1:{voice}"]) == (["0"], ["0", "1"])


def saved(browser: Browser, fields: Fields) -> str:
    """Keep the order as a draft and return its key."""
    answer = browser.post(PAGE, fields | {"step": "save"})
    found = re.search(r"draft=(ORD\d+)", answer.headers["location"])
    assert found is not None
    return found.group(1)


def test_offers_say_why_they_are_not_sold(shop: Shop, site: Site, admin: Browser) -> None:
    """On sale later, only in bundles, not at this place: the reason stands instead of “Add”."""
    live = {"lifecycleStatus": "Active"}
    bodies = {
        "Later": {"validFor": {"startDateTime": "2099-01-01T00:00:00Z"}},
        "Inside": {"isSellable": False},
        "Elsewhere": {"place": [{"id": shop.place, "@referredType": "GeographicSite"}]},
    }
    for name, more in bodies.items():
        body = {"name": f"Capture {name}", **live, **more}
        assert site.admin.post(f"{CATALOG}/productOffering", body).status_code == 201
    other = Shop.open(site)
    answer = admin.post(f"{PAGE}/offers", {"customer": [other.customer], "for": other.customer,
                                           "site": [other.place], "q": "capture"})  # fmt: skip
    said = words_of(answer.text)
    assert "On sale from 1 Jan 2099" in said
    assert "Sold only as a part of a bundle" in said
    assert "Not offered at this place" in said
    assert "add:" not in answer.text
    here = admin.post(f"{PAGE}/offers", {"customer": [shop.customer], "for": shop.customer,
                                         "site": [shop.place], "q": "elsewhere"})  # fmt: skip
    assert "add:" in here.text
    assert "Nothing on sale has these words" in words_of(
        admin.post(f"{PAGE}/offers", {"q": "no such thing"}).text
    )


def test_what_fits_best_stands_first(shop: Shop, admin: Browser) -> None:
    """Enter adds what stands first: the offer of that very name, not one that has its letters."""
    assert "Mobile M" in shop.offerings
    listed = admin.post(f"{PAGE}/offers", {"q": "mobile m"}).text
    names = re.findall(r'<span class="name">([^<]+)</span>', listed)
    assert names[0] == "Mobile M"
    assert {"Mobile S", "Mobile L"} <= set(names)
    listed = admin.post(f"{PAGE}/offers", {"q": "site"}).text
    assert re.findall(r'<span class="name">([^<]+)</span>', listed)[0] == "SD-WAN Site"


def test_a_product_changes_to_another_offering(shop: Shop, admin: Browser) -> None:
    """Before and after, the difference in price, and a refusal of a change of nothing."""
    (product,) = installed(shop, shop.fibre(speed=100))
    fields = opened(admin, product=product["key"], do="change")
    assert fields["customer"] == [shop.customer]
    idle = admin.post(PAGE, fields | {"step": "submit"})
    assert idle.status_code == 400
    assert "Choose what becomes different" in words_of(idle.text)
    fields, html = step(admin, fields, "", **{"line.1.offering": shop.offerings["Fibre 1G"]})
    said = words_of(html)
    assert "Fibre 100M Fibre 1G" in said
    assert "Download speed 100 1000" in said
    assert "+20.00" in said
    sent(admin, fields)
    shop.site.work()
    now = shop.site.admin.get(f"{PRODUCT}/{product['id']}").json
    assert now["productOffering"]["id"] == shop.offerings["Fibre 1G"]


def test_what_another_order_is_not_done_with_is_told(shop: Shop, admin: Browser) -> None:
    (product,) = installed(shop, shop.fibre(speed=100))
    ending = {"id": "1", "action": "delete", "product": {"id": product["id"]}}
    other = shop.read(shop.order(ending))["key"]
    _, html = unfolded(admin, product=product["id"], do="suspend")
    said = words_of(html)
    assert f"product {product['key']} is in order {other}" in said
    shop.site.work()


def test_a_product_is_suspended_resumed_and_disconnected(shop: Shop, admin: Browser) -> None:
    bundle = shop.line("1", "Fibre Home") | {"productOrderItem": [shop.fibre("2")]}
    (product,) = installed(shop, bundle)
    for do, status in (("suspend", "suspended"), ("resume", "active"),
                       ("disconnect", "terminated")):  # fmt: skip
        fields = opened(admin, product=product["id"], do=do)
        if do == "disconnect":
            _, html = step(admin, fields, "")
            assert "−49.90" in words_of(html), "what lies inside ends with it"
        sent(admin, fields)
        shop.site.work()
        assert shop.site.admin.get(f"{PRODUCT}/{product['id']}").json["status"] == status
    assert admin.get(f"{PAGE}?product={product['id']}&do=fly").status_code == 404


def test_a_product_moves_to_a_site_made_on_the_way(shop: Shop, admin: Browser) -> None:
    """The new site is made in the middle of the order, which loses nothing by it."""
    (product,) = installed(shop, shop.fibre())
    fields = opened(admin, product=product["id"], do="move")
    new = {"new.site.street": "Mill Lane", "new.site.number": "", "new.site.city": "Nordhaven"}
    kept, html = step(admin, fields, "make-site", **new)
    assert "is needed to find the address" in html
    assert kept["new.site.street"] == ["Mill Lane"]
    fields, html = step(admin, fields, "make-site", **(new | {"new.site.number": "7"}))
    (place,) = fields["line.1.site"]
    made = shop.site.admin.get(f"{SITE}/{place}").json
    assert made["relatedParty"][0]["id"] == shop.customer
    assert "Mill Lane 7" in words_of(html)
    sent(admin, fields)
    shop.site.work()
    now = shop.site.admin.get(f"{PRODUCT}/{product['id']}").json
    assert now["place"][0]["id"] == place


def test_an_address_that_is_like_known_ones_is_asked_about(shop: Shop, admin: Browser) -> None:
    fields = opened(admin, customer=shop.customer)
    lines = {"new.site.street": "Question Road", "new.site.number": "1",
             "new.site.city": "Unclearby"}  # fmt: skip
    fields, _ = step(admin, fields, "make-site", **lines)
    before = len(fields["site"])
    near = lines | {"new.site.number": "2"}
    asked, html = step(admin, fields, "make-site", **near)
    assert "Which address is it?" in html
    assert len(asked["site"]) == before
    made, _ = step(admin, fields, "make-site", **(near | {"new.site.use": "typed"}))
    assert len(made["site"]) == before + 1


def test_a_customer_is_made_on_the_way(admin: Browser, shop: Shop) -> None:
    fields = opened(admin)
    fields, _ = step(admin, fields, f"add:{shop.offerings['Mobile L']}")
    new = {"new.customer.kind": "person", "new.customer.given": "Grace"}
    _, html = step(admin, fields, "make-customer", **new)
    assert "say the name" in html
    new |= {"new.customer.family": "Hopper"}
    fields, html = step(admin, fields, "make-customer", **new)
    assert "Grace Hopper" in words_of(html)
    assert fields["line.1.offering"] == [shop.offerings["Mobile L"]]
    assert fields["account"][0]
    sent(admin, fields)


def test_an_offer_goes_to_a_group_of_sites_at_once(shop: Shop, admin: Browser) -> None:
    """One line for all; a bundle that may have a part at each site is sold once for all of them."""
    owner = [{"id": shop.customer, "role": "customer"}]
    places = [shop.place] + [
        shop.site.admin.post(
            SITE, {"name": f"Branch {n}", "status": "active", "relatedParty": owner}
        ).json["id"]
        for n in (1, 2)
    ]
    fields = opened(admin, customer=shop.customer)
    assert "site" not in fields
    fields, _ = step(admin, fields, "all-sites")
    assert sorted(fields["site"]) == sorted(places)
    fields, html = step(admin, fields, f"add:{shop.offerings['Fibre 100M']}")
    assert "89.70 EUR per month" in words_of(html)
    fields, html = step(admin, fields, f"add:{shop.offerings['SD-WAN Network']}")
    assert f"spread:2:{shop.offerings['SD-WAN Site']}" in fields
    fields, _ = step(admin, fields, "split:1")
    assert fields["line"] == ["1", "3", "4", "2"]
    order = shop.read(sent(admin, fields))
    assert len(order["productOrderItem"]) == 4
    network = next(one for one in order["productOrderItem"] if one.get("productOrderItem"))
    parts = [one["product"].get("place") for one in network["productOrderItem"]]
    assert sorted(one[0]["id"] for one in parts if one) == sorted(places)


def test_rights_decide_what_is_shown(shop: Shop, signed_in: SignedIn) -> None:
    """Who may order sees what it costs; the plan is for who may simulate; others get nowhere."""
    everything = Grant("all", EVERY_CLASS)
    reads = {f"{one}:read": everything for one in
             ("TMF620", "TMF629", "TMF632", "TMF637", "TMF666", "TMF673", "TMF674")}  # fmt: skip
    seller = signed_in("seller", reads | {"TMF622:create": everything, "TMF622:read": everything})
    fields = opened(seller, customer=shop.customer)
    _, html = step(seller, fields, f"add:{shop.offerings['Fibre 1G']}")
    assert "49.90 EUR per month" in words_of(html)
    assert "The plan is not shown" in html
    assert "Fibre Port" not in html
    reader = signed_in("reader", reads)
    assert reader.get(f"{PAGE}?customer={shop.customer}").status_code == 403
    assert reader.post(PAGE, {"step": "submit"}).status_code == 403
    assert seller.get(f"{PAGE}?customer=CUS999999").status_code == 404


def test_a_customer_sells_to_itself_only(shop: Shop, signed_in: SignedIn, site: Site) -> None:
    """Who reaches the own records only finds site, account and price there, and nobody else's."""
    rows = site.rows("select doc->'engagedParty'->>'id' from customer where id = %s", shop.customer)
    own = Grant("own", EVERY_CLASS)
    granted = {"*:read": own, "TMF622:create": own}
    ada = signed_in("own-orders", granted, party=str(rows[0][0]))
    fields = opened(ada, customer=shop.customer)
    assert (fields["site"], fields["account"]) == ([shop.place], [shop.account])
    fields, html = step(ada, fields, f"add:{shop.offerings['Fibre Home']}")
    assert "49.90 EUR per month" in words_of(html)
    assert shop.read(sent(ada, fields))["relatedParty"][0]["id"] == shop.customer
    other = Shop.open(site)
    assert ada.get(f"{PAGE}?customer={other.customer}").status_code == 404
    said = ada.post(f"{PAGE}/form", {"customer": other.customer, "step": ""}, **PART).text
    assert other.account not in said


def test_what_is_typed_shows_nowhere_as_code(shop: Shop, admin: Browser) -> None:
    attack = "\"'><script>alert(1)</script>"
    fields = opened(admin, customer=shop.customer)
    fields, _ = step(admin, fields, f"add:{shop.offerings['SD-WAN Site']}")
    names = ("q", "date", "c:1:bandwidth", "line.1.quantity", "new.site.street", "place", "once",
             "paste")  # fmt: skip
    for name in names:
        _, html = step(admin, fields, "make-site", **{name: attack})
        assert "<script>alert" not in html, name


def test_a_new_price_has_nothing_before_it_in_any_language(shop: Shop, admin: Browser) -> None:
    """What is bought anew is not shown as dearer than nothing, however nothing is written."""
    fields = opened(admin, customer=shop.customer)
    more = PART | {"Accept-Language": "de"}
    chosen = fields | {"step": f"add:{shop.offerings['Fibre 1G']}"}
    html = source_of(admin.post(f"{PAGE}/form", chosen, **more))
    assert "49,90" in html
    assert 'class="old"' not in html
    assert 'class="delta' not in html
