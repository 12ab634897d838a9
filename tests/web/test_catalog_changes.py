"""Changes in the catalog editor: publishing at a date, prices and characteristics in their place,
prices of many changed and taken back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.support.program import Site
from tests.support.samples import address
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from tests.web.plans import post
from tests.web.test_catalog_editor import LIVE, PART, Entry, page_of, priced, read, shelf
from trunkline.kernel.actor import Grant
from trunkline.kernel.resource import registry

__all__ = ["shelf"]
JOBS = "/api/workspace/v1/jobs"
LATER = "2090-01-01"
SIGN_IN = ("begin", "set local", "commit", "rollback")


def draft(site: Site, name: str) -> tuple[Entry, Entry]:
    """Return a draft price and a draft offer that has it."""
    price = post(site, "ProductOfferingPrice", {
        "name": f"{name}, monthly", "priceType": "recurring", "lifecycleStatus": "In design",
        "price": {"unit": "EUR", "value": 10},
    })  # fmt: skip
    offer = post(site, "ProductOffering", {
        "name": name, "lifecycleStatus": "In design", "productOfferingPrice": [{"id": price["id"]}],
    })  # fmt: skip
    return price, offer


def prices_of(site: Site, offer: Entry) -> list[Entry]:
    held = read(site, "ProductOffering", offer["id"]).get("productOfferingPrice", [])
    return [read(site, "ProductOfferingPrice", one["id"]) for one in held]


# --- publishing ---------------------------------------------------------------------------------


def test_a_draft_goes_live_on_a_day_with_what_it_needs_and_is_taken_back(
    admin: Browser, site: Site
) -> None:
    price, offer = draft(site, "On its day")
    page = page_of("productOffering", offer)
    alone = admin.get(f"{page}/pane/checks", **PART)
    assert "make it Active before" in alone.text
    assert "Nothing wrong" in admin.get(f"{page}/pane/checks?drafts=live", **PART).text
    shown = words_of(admin.get(f"{page}/publish").text)
    assert "On its day, monthly Price 10.00 EUR" in shown
    past = admin.post(f"{page}/publish", {"do": "day", "date": "2001-01-01"})
    assert past.status_code == 400
    assert "still to come" in past.text
    assert admin.post(f"{page}/publish", {"do": "day", "date": ""}).status_code == 400
    done = admin.post(f"{page}/publish", {"do": "day", "date": LATER})
    assert done.headers["location"].endswith("done=scheduled")
    for kind, one in (("ProductOffering", offer), ("ProductOfferingPrice", price)):
        now = read(site, kind, one["id"])
        assert now["lifecycleStatus"] == "Launched"
        assert now["validFor"]["startDateTime"].startswith(("2089-12-31", LATER))
    entry = admin.get(page)
    assert re.search(r"Goes live \S*.*2090", words_of(entry.text))
    assert "/back" in source_of(entry)
    assert "Nothing wrong" in admin.get(f"{page}/pane/checks", **PART).text
    back = admin.post(f"{page}/back", {})
    assert back.headers["location"].endswith("done=back")
    for kind, one in (("ProductOffering", offer), ("ProductOfferingPrice", price)):
        now = read(site, kind, one["id"])
        assert now["lifecycleStatus"] == "In design"
        assert not now.get("validFor")


def test_what_has_begun_or_is_needed_does_not_become_a_draft_again(
    admin: Browser, site: Site
) -> None:
    price, offer = draft(site, "Needed")
    page = page_of("productOffering", offer)
    assert admin.post(f"{page}/publish", {"do": "day", "date": LATER}).status_code == 303
    where = f"{address(registry['ProductOfferingPrice'])}/{price['id']}"
    alone = site.admin.patch(where, {"lifecycleStatus": "In design"})
    assert alone.status_code == 409
    assert "Needed is Launched" in alone.json["message"]
    _, begun = draft(site, "Begun")
    page = page_of("productOffering", begun)
    assert admin.post(f"{page}/publish", {"do": "now"}).status_code == 303
    where = f"{address(registry['ProductOffering'])}/{begun['id']}"
    refused = site.admin.patch(where, {"lifecycleStatus": "In design"})
    assert refused.status_code == 409
    assert "has begun" in refused.json["message"]
    assert "/back" not in source_of(admin.get(page))
    assert admin.post(f"{page}/back", {}).status_code == 409


def test_taking_back_leaves_live_what_others_need(admin: Browser, site: Site) -> None:
    price, offer = draft(site, "First user")
    second = post(site, "ProductOffering", {
        "name": "Second user", "lifecycleStatus": "In design",
        "productOfferingPrice": [{"id": price["id"]}],
    })  # fmt: skip
    for one in (offer, second):
        page = page_of("productOffering", one)
        assert admin.post(f"{page}/publish", {"do": "day", "date": LATER}).status_code == 303
    assert admin.post(f"{page_of('productOffering', offer)}/back", {}).status_code == 303
    assert read(site, "ProductOffering", offer["id"])["lifecycleStatus"] == "In design"
    assert read(site, "ProductOfferingPrice", price["id"])["lifecycleStatus"] == "Launched"


def test_a_live_offer_is_not_launched_again(admin: Browser, site: Site) -> None:
    _, offer = priced(site, "Live already", 10)
    page = page_of("productOffering", offer)
    for place in (page, f"/r/productOffering/{offer['key']}"):
        assert "Launch" not in re.findall(r"<button[^>]*>([^<]+)", admin.get(place).text)
    assert f"{page}/publish" not in source_of(admin.get(page))
    assert admin.get(f"{page}/publish").status_code == 303
    assert "Prod spec char" not in admin.get("/r/productOffering/new").text


# --- prices in their place ----------------------------------------------------------------------


def test_a_price_is_added_to_a_draft_and_faults_stand_at_their_fields(
    admin: Browser, site: Site
) -> None:
    _, offer = draft(site, "Draft with prices")
    page = f"{page_of('productOffering', offer)}/price"
    assert 'name="amount"' in admin.get(f"{page}?do=add", **PART).text
    wrong = {"do": "add", "name": "", "how": "month", "amount": "dear", "unit": "EUR"}
    told = admin.post(page, wrong, **PART)
    assert 'id="price-name-wrong"' in told.text
    assert 'id="price-amount-wrong"' in told.text
    added = {"do": "add", "name": "Set-up", "how": "once", "amount": "49,90", "unit": "eur"}
    card = words_of(admin.post(page, added, **PART).text)
    assert "Set-up In design 49.90 EUR once" in card
    made = prices_of(site, offer)[-1]
    assert (made["priceType"], made["lifecycleStatus"]) == ("oneTime", "In design")
    changed = {"do": "change", "price": made["id"], "amount": "59.9"}
    assert "59.90 EUR" in words_of(admin.post(page, changed, **PART).text)
    admin.post(page, {"do": "off", "price": made["id"]}, **PART)
    assert [one["name"] for one in prices_of(site, offer)] == ["Draft with prices, monthly"]


def test_a_live_price_is_followed_by_another_from_a_day_on_and_that_is_taken_off(
    admin: Browser, site: Site
) -> None:
    price, offer = priced(site, "Followed", 10)
    page = f"{page_of('productOffering', offer)}/price"
    opened = admin.get(f"{page}?do=change&price={price['id']}", **PART).text
    tomorrow = (site.services.now() + timedelta(days=1)).date()
    assert re.search(rf'name="date" value="{tomorrow}"', opened), "the first day that may be"
    now = admin.post(page, {"do": "change", "price": price["id"], "amount": "12"}, **PART)
    assert 'id="price-date-wrong"' in now.text
    assert 'name="date" value=""' in now.text
    change = {"do": "change", "price": price["id"], "amount": "12", "date": LATER}
    assert "12.00 EUR" in words_of(admin.post(page, change, **PART).text)
    former, follows = prices_of(site, offer)
    assert former["validFor"]["endDateTime"] == follows["validFor"]["startDateTime"]
    assert (former["price"]["value"], follows["price"]["value"]) == (10, 12)
    admin.post(page, {"do": "off", "price": follows["id"]}, **PART)
    [kept] = prices_of(site, offer)
    assert not kept.get("validFor", {}).get("endDateTime")
    added = {"do": "add", "name": "Extra", "how": "month", "amount": "3", "date": LATER}
    admin.post(page, added, **PART)
    assert [one["name"] for one in prices_of(site, offer)] == ["Followed", "Extra"]
    admin.post(page, {"do": "end", "price": price["id"], "date": LATER}, **PART)
    assert prices_of(site, offer)[0]["validFor"]["endDateTime"]


def test_taxes_follow_the_amount(admin: Browser, site: Site) -> None:
    price = post(site, "ProductOfferingPrice", {
        "name": "Taxed", "priceType": "recurring", "price": {"unit": "EUR", "value": 10},
        "tax": [{"taxCategory": "VAT", "taxRate": 20, "taxAmount": {"unit": "EUR", "value": 2.00}}],
        **LIVE,
    })  # fmt: skip
    offer = post(site, "ProductOffering", {
        "name": "Offer with tax", "productOfferingPrice": [{"id": price["id"]}], **LIVE,
    })  # fmt: skip
    change = {"do": "change", "price": price["id"], "amount": "12", "date": LATER}
    admin.post(f"{page_of('productOffering', offer)}/price", change, **PART)
    assert prices_of(site, offer)[1]["tax"][0]["taxAmount"]["value"] == 2.4


def test_who_may_not_change_prices_is_not_offered_it(signed_in: Any, site: Site) -> None:
    price, offer = priced(site, "Out of reach", 10)
    browser = signed_in("reader", {"TMF620:read": Grant("all")})
    page = f"{page_of('productOffering', offer)}/price"
    assert "Add a price" not in browser.get(page_of("productOffering", offer)).text
    asked = {"do": "end", "price": price["id"], "date": LATER}
    assert browser.post(page, asked, **PART).status_code == 403
    assert not prices_of(site, offer)[0].get("validFor")


# --- characteristics in their place -------------------------------------------------------------


def test_characteristics_are_added_changed_and_taken_off(admin: Browser, site: Site) -> None:
    made = post(site, "ProductSpecification", {
        "name": "Drawn", "lifecycleStatus": "In design",
        "productSpecCharacteristic": [{"name": "colour", "valueType": "text", "regex": "[a-z]+",
                                       "productSpecCharacteristicValue": [{"value": "red"}]}],
    })  # fmt: skip
    page = f"{page_of('productSpecification', made)}/characteristic"
    wrong = {"do": "add", "name": "speed", "type": "integer", "values": "100\nfast", "min": "2",
             "max": "1", "default": "7"}  # fmt: skip
    told = admin.post(page, wrong, **PART).text
    for name in ("values", "default"):
        assert f'id="char-{name}-wrong"' in told
    told = admin.post(page, {**wrong, "values": "100", "default": "100"}, **PART).text
    assert 'id="char-min-wrong"' in told
    right = {"do": "add", "name": "speed", "type": "integer", "values": "100\n500\n1000..2000",
             "min": "1", "max": "1", "default": "500", "unit": "Mbit/s"}  # fmt: skip
    card = words_of(admin.post(page, right, **PART).text)
    assert "500 default 1000..2000 Mbit/s 1 – 1" in card
    held = read(site, "ProductSpecification", made["id"])["productSpecCharacteristic"]
    assert held[1]["productSpecCharacteristicValue"] == [
        {"value": 100, "unitOfMeasure": "Mbit/s"},
        {"value": 500, "unitOfMeasure": "Mbit/s", "isDefault": True},
        {"valueFrom": 1000, "valueTo": 2000, "unitOfMeasure": "Mbit/s"},
    ]
    shown = admin.get(f"{page}?do=change&at=colour", **PART).text
    assert "red</textarea>" in shown
    change = {
        "do": "change",
        "at": "colour",
        "name": "paint",
        "type": "text",
        "values": "red\nblue",
    }
    admin.post(page, change, **PART)
    held = read(site, "ProductSpecification", made["id"])["productSpecCharacteristic"]
    assert (held[0]["name"], held[0]["regex"]) == ("paint", "[a-z]+")
    admin.post(page, {"do": "off", "at": "paint"}, **PART)
    held = read(site, "ProductSpecification", made["id"])["productSpecCharacteristic"]
    assert [one["name"] for one in held] == ["speed"]


def test_a_live_specification_takes_more_values_and_nothing_else(
    admin: Browser, site: Site
) -> None:
    made = post(site, "ServiceSpecification", {
        "name": "Living", **LIVE,
        "specCharacteristic": [{"name": "speed", "valueType": "integer",
                                "characteristicValueSpecification": [
                                    {"value": 100, "isDefault": True},
                                    {"value": 500, "isDefault": False}]}],
    })  # fmt: skip
    page = f"{page_of('serviceSpecification', made)}/characteristic"
    asked = {"do": "change", "at": "speed", "name": "speed", "type": "integer", "default": "100"}
    card = admin.post(page, asked | {"values": "100\n500\n1000"}, **PART)
    assert "1000" in words_of(card.text)
    told = admin.post(page, asked | {"values": "100\n1000"}, **PART)
    assert "make a new version" in told.text
    held = read(site, "ServiceSpecification", made["id"])["specCharacteristic"]
    values = [one["value"] for one in held[0]["characteristicValueSpecification"]]
    assert values == [100, 500, 1000]


# --- many prices --------------------------------------------------------------------------------


def test_a_client_changes_prices_and_takes_that_back(admin: Browser, site: Site) -> None:
    price, offer = priced(site, "By a client", 20)
    sent = {"kind": "reprice", "resource": "ProductOfferingPrice", "id": [price["id"]]}
    bad = site.admin.post(JOBS, sent | {"formula": {"percent": 3, "start": "2001-01-01"}})
    assert bad.status_code == 400
    assert bad.json["fault"][0]["path"] == "formula.start"
    formula = {"percent": 5, "step": 0.1, "start": f"{LATER}T00:00:00Z"}
    job = site.admin.post(JOBS, sent | {"formula": formula})
    assert job.status_code == 201, job.json
    site.work()
    assert [one["price"]["value"] for one in prices_of(site, offer)] == [20, 21]
    assert site.admin.get(f"{JOBS}/{job.json['id']}").json["changed"] == 1
    back = site.admin.post(f"{JOBS}/{job.json['id']}/takeBack", {})
    assert back.status_code == 201, back.json
    site.work()
    [kept] = prices_of(site, offer)
    assert kept["id"] == price["id"]
    assert not kept.get("validFor", {}).get("endDateTime")


def test_a_change_of_prices_that_somebody_went_on_from_stays(admin: Browser, site: Site) -> None:
    price, offer = priced(site, "Gone on from", 20)
    asked = {"id": price["id"], "percent": "10", "date": LATER, "do": "start"}
    job = admin.post("/catalog/prices", asked).headers["location"]
    site.work()
    _, follows = prices_of(site, offer)
    where = f"{address(registry['ProductOfferingPrice'])}/{follows['id']}"
    site.admin.patch(where, {"description": "Agreed with sales"})
    assert "Undo" in admin.get(job).text
    undo = admin.post(job, {"do": "undo"}).headers["location"]
    site.work()
    assert "was changed since" in admin.get(undo).text
    assert len(prices_of(site, offer)) == 2


# --- the tree and the budget --------------------------------------------------------------------


def test_the_tree_is_told_where_an_entry_lies(
    admin: Browser, site: Site, shelf: dict[str, Entry]
) -> None:
    def path(segment: str, name: str) -> list[str]:
        asked = f"/catalog/path?of={segment}/{shelf[name]['id']}"
        return str(admin.get(asked, **PART).text).splitlines()

    above = [f"catalog/{shelf['catalog']['id']}", f"category/{shelf['outer']['id']}",
             f"category/{shelf['inner']['id']}"]  # fmt: skip
    assert path("catalog", "catalog") == []
    assert path("category", "inner") == above[:2]
    assert path("productOffering", "offer") == above
    assert path("productOfferingPrice", "price") == [
        *above, f"productOffering/{shelf['offer']['id']}"
    ]  # fmt: skip
    assert path("serviceSpecification", "service") == ["all:ServiceSpecification"]
    loose = post(site, "ProductOffering", {"name": "Loose"})
    asked = f"/catalog/path?of=productOffering/{loose['id']}"
    assert admin.get(asked, **PART).text == "all:ProductOffering"


PARTS = (
    ("/catalog", ""), ("/catalog/found?q=fibre", ""), ("/catalog/prices", ""),
    ("/catalog/branch?of=all:ProductOffering", ""), ("/panel/shelf", ""),
    *((place, name) for name in ("offer", "price", "product", "service", "access", "inner",
                                 "catalog")
      for place in ("{page}", "{page}/pane/used", "{page}/pane/checks", "{page}/versions",
                    "/catalog/branch?of={of}", "/catalog/path?of={of}")),
    *((place, "offer") for place in ("{page}/clone", "{page}/place", "{page}/price",
                                     "{page}/price?do=add", "{page}/pane/simulate",
                                     "{page}/pane/simulate?asked=1")),
    ("{page}/place", "inner"), ("{page}/characteristic", "product"), ("{page}/publish", "draft"),
    ("{page}/pane/checks", "draft"),
)  # fmt: skip
SEGMENTS = {
    "offer": "productOffering", "price": "productOfferingPrice", "product": "productSpecification",
    "service": "serviceSpecification", "access": "resourceSpecification", "inner": "category",
    "catalog": "catalog", "draft": "productOffering",
}  # fmt: skip


@pytest.mark.parametrize(("place", "name"), PARTS, ids=lambda one: str(one).strip("/{}") or "start")
def test_each_part_takes_at_most_three_statements(
    admin: Browser, site: Site, shelf: dict[str, Entry], place: str, name: str
) -> None:
    asked = place
    if name:
        held = shelf | {"draft": shelf.get("draft") or draft(site, "Counted")[1]}
        page, of = page_of(SEGMENTS[name], held[name]), f"{SEGMENTS[name]}/{held[name]['id']}"
        asked = place.format(page=page, of=of)
    browser = admin
    assert browser.get(asked, **PART).status_code in {200, 404}
    with counted() as sent:
        browser.get(asked, **PART)
    own = [one for one in sent if not one.lower().startswith(SIGN_IN)]
    assert len(own) <= 3, "\n".join(own)


def test_a_customer_sees_the_facts_of_an_offer_and_not_the_editor(
    signed_in: Any, site: Site
) -> None:
    _, offer = priced(site, "To be seen", 10)
    party = post(site, "Individual", {"givenName": "Ada", "familyName": "Lovelace"})
    own = {"ProductOffering:read": Grant("own"), "Individual:read": Grant("own")}
    browser = signed_in("ada-of-the-shelf", own, party=party["id"])
    answer = browser.get(page_of("productOffering", offer))
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/r/productOffering/{offer['key']}"
