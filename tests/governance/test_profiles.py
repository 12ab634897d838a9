"""Profiles: retail, wholesale and both side by side ask for what each needs, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from tests.governance.test_status_rules import made
from tests.support.operator import CUSTOMER, PARTY
from tests.support.operator import codes as pairs
from tests.support.pages import pages_of
from tests.support.program import Site
from tests.web.browser import Browser, source_of
from trunkline.governance.shipped_profiles import ensure_profiles

PROFILE = "/api/governance/v1/profile"
ROLE = "/tmf-api/partyRoleManagement/v4/partyRole"
PLACED = {"street1": "High Street 1", "city": "Leeds", "postCode": "LS1 1AA", "country": "GB"}


@pytest.fixture
def turn(site: Site) -> Iterator[Any]:
    """Turn shipped profiles on; all are off again at the end."""
    ensure_profiles(site.services)
    known = {one["code"]: one["id"] for one in site.admin.get(PROFILE).json}

    def on(*codes_on: str) -> None:
        for code, ident in known.items():
            answer = site.admin.patch(f"{PROFILE}/{ident}", {"isOn": code in codes_on})
            assert answer.status_code == 200, answer.json

    yield on
    on()


def codes(answer: Any) -> dict[str, str]:
    """Return the code of each fault by its path."""
    return {path: code for code, path in pairs(answer)}


@pytest.fixture
def browser(site: Site) -> Browser:
    """A browser in which an administrator has signed in."""
    _ = site.admin
    signed_in = Browser(pages_of(site))
    assert signed_in.sign_in("admin").status_code == 303
    return signed_in


def person(site: Site, **more: Any) -> str:
    body = {"givenName": "Ada", "familyName": "Lovelace", **more}
    return str(made(site.admin, f"{PARTY}/individual", body)["id"])


def company(site: Site, **more: Any) -> str:
    return str(made(site.admin, f"{PARTY}/organization", {"tradingName": "Mill", **more})["id"])


def customer(site: Site, party: str, **more: Any) -> Any:
    body = {"name": "A customer", "engagedParty": {"id": party}, **more}
    return site.admin.post(CUSTOMER, body)


def postal() -> dict[str, Any]:
    return {"contactMedium": [{"mediumType": "postalAddress", "characteristic": PLACED}]}


def test_shipped_profiles_ask_for_nothing_until_one_is_on(site: Site, turn: Any) -> None:
    assert ensure_profiles(site.services) == []
    assert customer(site, person(site), status="active").status_code == 201


def test_retail_wants_type_person_and_address_before_a_customer_is_active(
    site: Site, turn: Any
) -> None:
    """All that is missing is said at once; a prospect may wait for it."""
    before = customer(site, person(site), status="active").json
    turn("retail")
    bare = customer(site, company(site), status="active")
    assert codes(bare) == {"customerType": "missing", "status": "noPerson", "place": "noAddress"}
    mill = company(site, **postal())
    waiting = customer(site, mill, customerType="household").json
    active = {"status": "active"}
    path = f"{CUSTOMER}/{waiting['id']}"
    assert codes(site.admin.patch(path, active)) == {"status": "noPerson"}
    role = {"name": "Contact", "engagedParty": {"id": person(site)},
            "relatedParty": [{"id": waiting["id"], "role": "customer"}]}  # fmt: skip
    made(site.admin, ROLE, role)
    assert site.admin.patch(path, active).status_code == 200
    let_be = site.admin.patch(f"{CUSTOMER}/{before['id']}", {"description": "from before"})
    assert let_be.status_code == 200


def test_what_a_consumer_and_a_company_are_asked_for_differs(site: Site, turn: Any) -> None:
    turn("retail")
    abroad = person(site, **postal())
    refused = customer(site, abroad, customerType="foreignConsumer")
    assert codes(refused) == {"engagedParty": "noNationality"}
    assert customer(site, abroad, customerType="consumer").status_code == 201
    site.admin.patch(f"{PARTY}/individual/{abroad}", {"nationality": "PT"})
    assert customer(site, abroad, customerType="foreignConsumer").status_code == 201
    unnumbered = customer(site, company(site, **postal()), customerType="company", status="active")
    assert codes(unnumbered)["engagedParty"] == "noNumber"


@pytest.mark.accepts("TSM-10")
def test_in_a_hybrid_the_line_of_business_decides(site: Site, turn: Any) -> None:
    """A wholesale customer needs nothing that a retail one needs, until its line changes; with
    wholesale alone the line itself is needed."""
    turn("retail", "wholesale")
    sold_on = customer(site, company(site), status="active", lineOfBusiness="wholesale")
    assert sold_on.status_code == 201, sold_on.json
    path = f"{CUSTOMER}/{sold_on.json['id']}"
    turned = site.admin.patch(path, {"lineOfBusiness": "retail"})
    assert set(codes(turned)) == {"customerType", "status", "place"}
    turn("wholesale")
    assert codes(customer(site, company(site))) == {"lineOfBusiness": "missing"}


@pytest.mark.accepts("TSM-10")
def test_each_area_says_for_whom_it_is(site: Site, turn: Any, browser: Browser) -> None:
    """With wholesale alone no area made for retail is in the menu or on a customer's page, unless
    the operator shows it again; in a hybrid the customer decides, and the menu has all."""
    sold_on = customer(site, company(site), lineOfBusiness="wholesale").json
    kept = customer(site, company(site), customerType="household").json
    retail_only = {
        f'href="{one}"'
        for one in ("/r/marketingCampaign", "/r/campaignWave", "/r/contactFrequency",
                    "/r/customerSignal", "/r/nextAction", "/r/queryProductRecommendation",
                    "/r/selfCarePolicy", "/r/shoppingCart", "/r/dunningCase", "/r/dunningPolicy",
                    "/r/retentionRule", "/r/partyInteraction", "/r/customerRequest",
                    "/r/productOfferingQualification", "/care/figures", "/save-offers",
                    "/dunning", "/requests", "/qualify")
    }  # fmt: skip
    kept_by_all = {'href="/r/customer"', 'href="/r/billingAccount"', 'href="/r/agreement"',
                   'href="/r/productOrder"', 'href="/r/document"'}  # fmt: skip

    def shown(wanted: set[str]) -> set[str]:
        page = unescape(browser.get("/").text)
        return {one for one in wanted if one in page}

    def parts(one: Any) -> list[bool]:
        page = unescape(browser.get(f"/customer/{one['key']}").text)
        html = browser.get(f"/customer/{one['key']}/panel/contacts").text
        told = browser.get(f"/r/customer/{one['key']}/timeline").text
        page += unescape(html + told)
        return [text in page for text in ("panel-proposals", "/qualify?customer", 'id="consents"',
                                          "timeline?kind=campaign", "panel-bills")]  # fmt: skip

    assert shown(retail_only) == retail_only
    turn("retail", "wholesale")
    assert shown(retail_only) == retail_only
    assert parts(kept) == [True] * 5
    assert parts(sold_on) == [False] * 4 + [True]
    turn("wholesale")
    assert 'href="/r/shoppingCart"' not in unescape(browser.get("/jobs").text)
    assert shown(retail_only | kept_by_all) == kept_by_all
    assert parts(kept) == [False] * 4 + [True]
    profile = next(one for one in site.admin.get(PROFILE).json if one["code"] == "wholesale")
    again = {"shown": [{"appliesTo": "MarketingCampaign"}, {"page": "/dunning"}]}
    assert site.admin.patch(f"{PROFILE}/{profile['id']}", again).status_code == 200
    assert shown(retail_only) == {'href="/r/marketingCampaign"', 'href="/dunning"'}
    site.admin.patch(f"{PROFILE}/{profile['id']}", {"shown": []})
    for address in (f"/r/profile/{profile['key']}", f"/r/profile/{profile['key']}/edit"):
        told = browser.get(address).text
        assert "on alone holds for every record, whatever its condition says" in told, address


def test_a_profile_speaks_of_what_there_is(site: Site) -> None:
    body = {"code": "odd", "name": "Odd", "hidden": [{"appliesTo": "Unicorn"}, {}],
            "needed": [{"appliesTo": "Customer", "attribute": "horn"}],
            "check": [{"appliesTo": "Customer", "check": "hasHorn"}],
            "shown": [{"appliesTo": "Customer", "attribute": "rating"}],
            "operatingModel": "barter", "condition": "record."}  # fmt: skip
    assert set(codes(site.admin.post(PROFILE, body))) == {
        "hidden[0].appliesTo", "hidden[1]", "shown[0].attribute", "operatingModel",
        "needed[0].attribute", "check[0].check", "condition",
    }  # fmt: skip


@pytest.mark.accepts("TSM-10")
def test_what_wholesale_has_no_use_for_is_not_on_pages(
    site: Site, turn: Any, browser: Browser
) -> None:
    """In the menu, in the form, among the facts and in what a list offers; in a hybrid it goes by
    the customer. A value that is there is shown, whoever needs it."""
    sold_on = customer(site, company(site), lineOfBusiness="wholesale").json
    kept = customer(site, company(site), customerType="household").json
    forms = [f"/r/customer/{one['key']}/edit" for one in (sold_on, kept)]
    facts = [f"/r/customer/{one['key']}" for one in (sold_on, kept)]

    def home() -> str:
        return unescape(browser.get("/").text)

    def shows(address: str) -> bool:
        answer = browser.get(address)
        assert answer.status_code == 200, answer.text
        return 'f:rating"' in answer.text or ">Rating<" in answer.text

    def offers() -> list[bool]:
        listed = source_of(browser.get("/r/customer"))
        many = source_of(browser.post("/r/customer/bulk", {"do": "edit", "query": "", "all": "1"}))
        template = browser.get("/r/customer/import/template.csv").text
        return [
            'value="rating">' in listed,
            "group=rating" in listed,
            'value="creditProfile' in listed,
            'value="rating"' in many,
            'value="creditProfile:add"' in many,
            "rating" in template,
        ]

    menu = 'href="/r/partyInteraction"'
    assert menu in home()
    assert [shows(one) for one in (*forms, *facts)] == [True] * 4
    turn("retail", "wholesale")
    assert offers() == [True] * 6
    assert menu in home()
    assert [shows(one) for one in (*forms, *facts)] == [False, True, False, True]
    pages = [browser.get(f"/customer/{one['key']}").text for one in (sold_on, kept)]
    assert ["Log contact" in one for one in pages] == [False, True]
    assert "/onboard/consumer" in unescape(browser.get("/onboard").text)
    turn("wholesale")
    assert "/onboard/consumer" not in unescape(browser.get("/onboard").text)
    assert menu not in home()
    assert 'href="/requests"' not in home()
    assert [shows(one) for one in (*forms, *facts)] == [False] * 4
    assert offers() == [False] * 6
    site.admin.patch(f"{CUSTOMER}/{sold_on['id']}", {"rating": "B"})
    assert [shows(one) for one in (*forms, *facts)] == [True, False, True, False]
