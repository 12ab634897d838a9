"""A company's people in the portal: what they are shown, and at which prices."""

from __future__ import annotations

import pytest

from tests.contract.agreeing import Company, agreed, offering, price
from tests.support.at_portal import SELF_SERVICE
from tests.support.pages import browser_of
from tests.support.program import Site
from tests.web.browser import words_of
from trunkline.access.standard import ensure_roles


@pytest.mark.accepts("AGR-05")
def test_the_portal_shows_only_what_is_agreed_on(site: Site) -> None:
    """With the policy of the group's agreement a subsidiary's people are offered what it names, at
    its prices, and nothing else; without it, everything."""
    ensure_roles(site.services)
    client = site.admin
    group = Company(client, name="Group")
    child = Company(client, above=group.party, name="Child")
    line = offering(client, name="Agreed line")
    offering(client, name="Other line")
    site.user("child.portal", roles=["self_service"], party=child.party, scopes=SELF_SERVICE)
    browser = browser_of(site, "child.portal")

    def shown() -> str:
        browser.get("/my/shop")
        answer = browser.post("/my/shop", {"street": "Mill Lane", "number": "7",
                                           "postcode": "10117", "city": "Nordhaven",
                                           "sure": "yes"})  # fmt: skip
        assert answer.status_code == 303, words_of(answer.text)
        site.work()
        return words_of(browser.get(str(answer.headers["Location"])).text)

    before = shown()
    assert "Agreed line 49.90 EUR" in before
    assert "Other line" in before
    items = [{"productOffering": [{"id": line}], "productOfferingPrice": [price(30)]}]
    agreed(site, group, items, onlyAgreed=True)
    after = shown()
    assert "Agreed line 30.00 EUR" in after
    assert "Other line" not in after
