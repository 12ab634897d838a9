"""A company's people in the portal: what they are shown, and at which prices."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.agreeing import CARTS, ORDERS, Company, agreed, codes, offering, price
from tests.support.at_portal import SELF_SERVICE
from tests.support.overrides import CATALOG
from tests.support.pages import browser_of
from tests.support.program import Client, Site
from tests.web.browser import words_of
from trunkline.access.standard import ensure_roles


@pytest.mark.accepts("AGR-05")
def test_the_portal_shows_only_what_is_agreed_on(site: Site) -> None:
    """With the policy of the group's agreement a subsidiary's people are offered what it names, at
    its prices, and nothing else, by page and interface; without it, everything. What is not agreed
    on they neither put into a cart nor order; the staff may do that for them."""
    ensure_roles(site.services)
    client = site.admin
    group = Company(client, name="Group")
    child = Company(client, above=group.party, name="Child")
    line = offering(client, name="Agreed line")
    other = offering(client, name="Other line")
    own = site.user("child.portal", roles=["self_service"], party=child.party, scopes=SELF_SERVICE)
    browser = browser_of(site, "child.portal")

    def shown() -> str:
        browser.get("/my/shop")
        answer = browser.post("/my/shop", {"street": "Mill Lane", "number": "7",
                                           "postcode": "10117", "city": "Nordhaven",
                                           "sure": "yes"})  # fmt: skip
        assert answer.status_code == 303, words_of(answer.text)
        site.work()
        return words_of(browser.get(str(answer.headers["Location"])).text)

    def listed(by: Client) -> set[str]:
        found = by.get(f"{CATALOG}/productOffering?name=Agreed line,Other line").json
        return {one["name"] for one in found}

    def taken(by: Client, ident: str) -> list[Any]:
        item = {"id": "1", "action": "add", "productOffering": {"id": ident}}
        cart = {"relatedParty": [child.named], "cartItem": [item]}
        return [by.post(CARTS, cart), by.post(ORDERS, child.order_body(ident))]

    had = [one.status_code for one in taken(own, other)]
    assert had == [201, 201]
    site.work()
    assert listed(own) == {"Agreed line", "Other line"}
    before = shown()
    assert "Agreed line 49.90 EUR" in before
    assert "Other line" in before
    items = [{"productOffering": [{"id": line}], "productOfferingPrice": [price(30)]}]
    agreed(site, group, items, onlyAgreed=True)
    after = shown()
    assert "Agreed line 30.00 EUR" in after
    assert "Other line" not in after
    assert listed(own) == {"Agreed line"}
    assert listed(client) == {"Agreed line", "Other line"}
    assert [codes(one) for one in taken(own, other)] == [
        {(f"{items}[0].productOffering.id", "offeringNotAgreed")}
        for items in ("cartItem", "productOrderItem")
    ]
    assert [one.status_code for one in taken(own, line)] == [201, 201]
    assert [one.status_code for one in taken(client, other)] == [201, 201]
