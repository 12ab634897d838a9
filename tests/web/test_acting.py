"""Acting for others on the pages: chosen in the menu, shown in the header, written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.program import Site
from tests.web.browser import Browser, words_of
from trunkline.access.standard import ACTING_ROLES, ensure_roles
from trunkline.kernel.actor import Grant
from trunkline.rest.reads import reads_of

PARTY = "/tmf-api/party/v4"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
ACCOUNT = "/tmf-api/accountManagement/v4/billingAccount"
ROLE = "/tmf-api/partyRoleManagement/v4/partyRole"
SignedIn = Callable[..., Browser]


@dataclass
class Firms:
    """Two companies with an account each, and Grace, who is responsible in the first."""

    site: Site
    grace: Browser
    north: dict[str, Any]
    south: dict[str, Any]
    role: str

    def made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return made(self.site, path, body)


def made(site: Site, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = site.admin.post(path, body)
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


@pytest.fixture(scope="module")
def firms(site: Site, signed_in: SignedIn) -> Firms:
    ensure_roles(site.services)
    found = []
    for name in ("North", "South"):
        party = made(site, f"{PARTY}/organization", {"tradingName": name})["id"]
        body = {"name": f"{name} Ltd", "status": "active", "engagedParty": {"id": party}}
        customer = made(site, CUSTOMER, body)
        account = {"name": f"{name} pays", "state": "active",
                   "relatedParty": [{"id": customer["id"], "role": "customer"}]}  # fmt: skip
        found.append(customer | {"account": made(site, ACCOUNT, account)})
    person = {"givenName": "Grace", "familyName": "Hopper"}
    grace = made(site, f"{PARTY}/individual", person)["id"]
    duties = ["responsible_for_bills", "responsible_for_orders"]
    role = {"name": "Contact", "responsibility": duties,
            "engagedParty": {"id": grace, "@referredType": "Individual"},
            "relatedParty": [{"id": found[0]["id"], "role": "customer"}]}  # fmt: skip
    # Without self-care: whoever has it acts for others in the portal (see test_portal).
    contact = dict(ACTING_ROLES["contact"].permissions)
    del contact["sales:selfCare"]
    browser = signed_in("grace", contact, party=grace)
    return Firms(site, browser, found[0], found[1], made(site, ROLE, role)["id"])


def test_a_person_acts_for_one_customer_and_is_oneself_again(firms: Firms) -> None:
    """She sees that one's accounts only, in the header for whom; all reads name both."""
    grace, north, south = firms.grace, firms.north, firms.south
    assert grace.get("/r/billingAccount").status_code == 403
    assert 'href="/acting"' in grace.get("/").text
    offered = words_of(grace.get("/acting").text)
    assert "North Ltd" in offered
    assert "South Ltd" not in offered
    assert grace.post("/acting", {"for": south["id"]}).status_code == 403
    assert grace.post("/acting", {"for": north["id"]}).status_code == 303
    page = grace.get("/r/billingAccount")
    assert page.status_code == 200
    assert f"You act for North Ltd {north['key']}." in words_of(page.text)
    assert "North pays" in page.text
    assert "South pays" not in page.text
    assert grace.get(f"/r/billingAccount/{south['account']['key']}").status_code == 404
    assert grace.get(f"/r/billingAccount/{north['account']['key']}").status_code == 200
    assert grace.get(f"/r/customer/{north['key']}").status_code == 200
    reads_of(firms.site.services).write(firms.site.services)
    lines = firms.site.rows(
        "select actor_name, channel, action, subject::text from access_log "
        "where type = 'Customer' and actor_name ilike 'grace' order by at"
    )
    assert {one[1] for one in lines} == {f"web for {north['key']}"}
    assert north["id"] in {one[3] for one in lines}
    assert grace.post("/acting", {"for": ""}).status_code == 303
    assert grace.get("/r/billingAccount").status_code == 403
    acts = firms.site.rows(
        "select action, subject::text from access_log where action ilike '%%actfor' order by at"
    )
    assert acts == [("actFor", north["id"]), ("endActFor", None)]


def test_a_responsibility_that_ends_ends_the_acting(firms: Firms) -> None:
    """The next request is refused with the reason, and the one after it is her own again."""
    grace = firms.grace
    assert grace.post("/acting", {"for": firms.north["id"]}).status_code == 303
    assert grace.get("/r/billingAccount").status_code == 200
    answer = firms.site.admin.patch(f"{ROLE}/{firms.role}", {"status": "suspended"})
    assert answer.status_code == 200, answer.json
    refused = grace.get("/")
    assert refused.status_code == 403
    assert "You are not responsible there any more" in words_of(refused.text)
    home = grace.get("/")
    assert home.status_code == 200
    assert "You act for" not in words_of(home.text)


def test_who_may_act_for_nobody_is_offered_nothing(signed_in: SignedIn) -> None:
    outsider = signed_in("outsider", {"Category:read": Grant()})
    assert outsider.get("/acting").status_code == 403
    assert outsider.post("/acting", {"for": ""}).status_code == 403
    assert 'href="/acting"' not in outsider.get("/").text
