"""What the page of an order holds: bundles inside bundles, many lines, and who orders."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site
from tests.web.browser import Browser, words_of
from tests.web.test_capture import CATALOG, PAGE, PART, PRODUCT, opened, sent, step, unfolded
from tests.web.test_capture_sites import branches
from trunkline.web.capture import cart

LIVE = {"lifecycleStatus": "Active"}


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop.open(site)


def bundle(shop: Shop, name: str, parts: dict[str, tuple[int, int, int]]) -> str:
    """Make an offering of parts, each with the least, the most and the usual number of it."""
    admin = shop.site.admin
    specification = admin.post(f"{CATALOG}/productSpecification", {"name": name, **LIVE}).json["id"]
    names = ("numberRelOfferLowerLimit", "numberRelOfferUpperLimit", "numberRelOfferDefault")
    made = admin.post(
        f"{CATALOG}/productOffering",
        {
            "name": name, "isBundle": True, "isSellable": True, **LIVE,
            "productSpecification": {"id": specification},
            "translation": [{"language": "de", "name": f"{name} (deutsch)"}],
            "bundledProductOffering": [
                {"id": ident, "bundledProductOfferingOption": dict(zip(names, one, strict=True))}
                for ident, one in parts.items()
            ],
        },
    )  # fmt: skip
    assert made.status_code == 201, made.json
    return str(made.json["id"])


def inside(shop: Shop, product: str) -> dict[str, dict[str, Any]]:
    """Return the live products inside one, and inside those, by name."""
    found: dict[str, dict[str, Any]] = {}
    for one in shop.site.admin.get(f"{PRODUCT}/{product}").json.get("product") or ():
        held = shop.site.admin.get(f"{PRODUCT}/{one['id']}").json
        found |= {held["name"]: held, **inside(shop, one["id"])}
    return found


def test_a_bundle_is_added_to_an_installed_one(shop: Shop, admin: Browser) -> None:
    """What it consists of is asked for, too, a draft keeps what was chosen, and it comes to where
    the whole is, although nobody says so."""
    voice, mobile = shop.offerings["Voice Flat"], shop.offerings["Mobile S"]
    talk = bundle(shop, "Talk pack", {voice: (1, 2, 1), mobile: (0, 2, 1)})
    fibre = shop.offerings["Fibre 1G"]
    whole = bundle(shop, "Whole house", {fibre: (1, 1, 1), talk: (0, 1, 0)})
    fields, _ = step(admin, opened(admin, customer=shop.customer), f"add:{whole}")
    order = sent(admin, fields)
    shop.site.work()
    (product,) = shop.products(shop.read(order))

    fields, _ = unfolded(admin, product=product["key"], do="change")
    fields, html = step(admin, fields, "", **{f"count:1:{talk}": ["0", "1"]})
    assert "Voice Flat 1 to 2" in words_of(html)
    assert "to correct" not in words_of(html)
    fields, html = step(admin, fields, "", **{f"count:1:{talk}/{mobile}": ["0"]})
    answer = admin.post(PAGE, fields | {"step": "save"})
    draft = str(answer.headers["location"]).partition("draft=")[2].partition("&")[0]
    fields, html = unfolded(admin, draft=draft)
    assert fields[f"count:1:{talk}/{mobile}"][-1] == "0"
    assert "9.90 EUR per month" in words_of(html)
    german = {**PART, "Accept-Language": "de"}
    answer = admin.post(f"{PAGE}/form", fields | {"step": ""}, **german)
    assert words_of(answer.text).count("Whole house (deutsch)") >= 2  # in the line and in the plan
    order = sent(admin, fields)
    shop.site.work()
    assert shop.read(order)["state"] == "completed"
    held = inside(shop, product["id"])
    assert sorted(held) == ["Fibre 1G", "Talk pack", "Voice Flat"]
    places = {(one["status"], one["place"][0]["id"]) for one in held.values()}
    assert places == {("active", shop.place)}


def test_no_line_and_no_site_is_let_go_of(
    shop: Shop, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is more than the page takes is refused, and stays as it was; what it takes is kept."""
    monkeypatch.setattr(cart, "SITES_MAX", 4)
    monkeypatch.setattr(cart, "LINES_MAX", 3)
    keys = [str(one["key"]) for one in branches(shop, 5)]
    fields, html = step(
        admin, opened(admin, customer=shop.customer), "paste", paste="\n".join(keys)
    )
    assert "takes 4 sites at most, not" in words_of(html)
    assert (fields["paste"][0].split(), fields.get("site", [])) == (keys, [])
    fields, _ = step(admin, fields, "paste", paste="\n".join(keys[:4]))
    fields, _ = step(admin, fields, f"add:{shop.offerings['Mobile S']}")
    fields, html = step(admin, fields, "split:1")
    assert "takes 3 lines at most, not 4" in words_of(html)
    assert (len(fields["line"]), len(fields["line.1.site"])) == (1, 4)
    answer = admin.post(PAGE, fields | {"step": "save"})
    draft = str(answer.headers["location"]).partition("draft=")[2].partition("&")[0]
    answer = admin.get(f"{PAGE}?draft={draft}")
    assert (answer.status_code, "order from a file" in words_of(answer.text)) == (409, True)


def test_a_name_that_is_nobody_takes_nothing_away(shop: Shop, admin: Browser) -> None:
    """Whoever types a name and chooses nobody is told so; customer, account and lines stay."""
    fields = opened(admin, customer=shop.customer)
    fields, _ = step(admin, fields, f"add:{shop.offerings['Mobile S']}")
    again, html = step(admin, fields | {"customer.text": ["Ada Lov"]}, "")
    assert "there is no customer Ada Lov; choose one from the list" in words_of(html)
    names = ("customer", "account", "site", "line", "line.1.site")
    assert [again[one] for one in names] == [fields[one] for one in names]
    answer = admin.post(PAGE, fields | {"customer.text": ["Ada Lov"], "step": "submit"})
    assert (answer.status_code, "choose one from the list" in answer.text) == (409, True)
    assert "/order/ORD" in admin.post(PAGE, again | {"step": "submit"}).headers["location"]


def test_how_often_is_said_in_words(shop: Shop, admin: Browser) -> None:
    """A price by any period of its own reads in the reader's language, never as a code."""
    client = shop.site.admin
    told = {(3, "month"): "every 3 months", (1, "P1Y"): "per year", (1, "weekly"): "per week",
            (2, "quarter"): "every 6 months"}  # fmt: skip
    prices = [
        client.post(
            f"{CATALOG}/productOfferingPrice",
            {"name": f"Each {word}", **LIVE, "priceType": "recurring",
             "price": {"unit": "EUR", "value": 5 + length},
             "recurringChargePeriodType": word, "recurringChargePeriodLength": length},
        ).json["id"]
        for length, word in told
    ]  # fmt: skip
    body = {"name": "Odd times", "isSellable": True, **LIVE,
            "productOfferingPrice": [{"id": one} for one in prices]}  # fmt: skip
    offering = client.post(f"{CATALOG}/productOffering", body).json["id"]
    fields, html = step(admin, opened(admin, customer=shop.customer), f"add:{offering}")
    assert [one for one in told.values() if one not in words_of(html)] == []
    order = sent(admin, fields)
    page = words_of(admin.get(f"/order/{order}").text)
    assert [one for one in told.values() if one not in page] == []
