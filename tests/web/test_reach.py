"""Nobody sees more on a page than by the API: reach, masks and permissions hold everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.program import Site
from tests.support.samples import address
from tests.web.browser import Browser, source_of, words_of
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.kernel.resource import registry

NO_PERSONAL = frozenset({"public", "internal"})
SignedIn = Callable[..., Browser]


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, Any]:
    """Two persons who are customers, and their accounts."""
    found: dict[str, Any] = {}
    for given, family in (("Ada", "Lovelace"), ("Grace", "Hopper")):
        person = site.admin.post(
            address(registry["Individual"]),
            {"givenName": given, "familyName": family, "birthDate": "1990-12-10T00:00:00Z"},
        ).json
        site.admin.patch(
            f"{address(registry['Individual'])}/{person['id']}", {"familyName": family + "-King"}
        )
        customer = site.admin.post(
            address(registry["Customer"]),
            {"name": f"{given} {family}", "engagedParty": {"id": person["id"]}},
        ).json
        account = site.admin.post(
            address(registry["BillingAccount"]),
            {"name": f"{given} pays", "relatedParty": [{"id": customer["id"], "role": "customer"}]},
        ).json
        found[given] = {"person": person, "customer": customer, "account": account}
    return found


def test_personal_values_are_hidden_from_who_may_not_see_them(
    signed_in: SignedIn, people: dict[str, Any]
) -> None:
    agent = signed_in("agent", {"*:read": Grant("all", NO_PERSONAL)})
    ada = people["Ada"]
    pages = [
        "/", "/r/individual", f"/r/individual/{ada['person']['key']}",
        f"/r/individual/{ada['person']['key']}?tab=history",
        f"/r/individual/{ada['person']['key']}?tab=json",
        f"/r/individual/{ada['person']['key']}?tab=used-by",
        f"/customer/{ada['customer']['key']}", f"/r/customer/{ada['customer']['key']}",
        "/r/customer", "/r/billingAccount", f"/r/billingAccount/{ada['account']['key']}",
    ]  # fmt: skip
    for page in pages:
        answer = agent.get(page)
        assert answer.status_code == 200, page
        for word in ("Ada", "Lovelace", "1990", "Dec 1990"):
            assert word not in words_of(answer.text), (page, word)
    assert "hidden from your role" in agent.get(pages[2]).text
    assert "more value was changed that is hidden" in agent.get(pages[3]).text


def test_hidden_values_are_not_found_by_filter_or_sort(
    signed_in: SignedIn, people: dict[str, Any]
) -> None:
    agent = signed_in("guesser", {"*:read": Grant("all", NO_PERSONAL)})
    for query in ("?familyName=Lovelace-King", "?familyName.contains=Love", "?sort=familyName"):
        assert agent.get(f"/r/individual{query}").status_code == 400, query
    assert 'name="familyName.contains"' not in agent.get("/r/individual").text


def test_an_own_reach_keeps_to_own_records(signed_in: SignedIn, people: dict[str, Any]) -> None:
    ada, grace = people["Ada"], people["Grace"]
    portal = signed_in("ada", {"*:read": Grant("own", EVERY_CLASS)}, party=ada["person"]["id"])
    for page in ("/", "/r/individual", "/r/customer", "/r/billingAccount"):
        text = words_of(portal.get(page).text)
        assert "Grace" not in text, page
    assert "Ada Lovelace" in words_of(portal.get("/r/customer").text)
    for tab in ("", "?tab=used-by", "?tab=history", "?tab=json"):
        answer = portal.get(f"/r/individual/{ada['person']['key']}{tab}")
        assert answer.status_code == 200, tab
    assert "Ada" in words_of(portal.get(f"/customer/{ada['customer']['key']}").text)
    assert portal.get("/r/productOrder").status_code == 200
    for path in (
        f"/r/individual/{grace['person']['id']}", f"/r/individual/{grace['person']['key']}",
        f"/customer/{grace['customer']['key']}", f"/go?q={grace['customer']['key']}",
        f"/go?q={grace['person']['id']}",
        f"/r/billingAccount/{grace['account']['key']}?tab=history",
    ):  # fmt: skip
        answer = portal.get(path)
        assert answer.status_code == 404, path
        assert "Hopper" not in answer.text


def test_without_permission_there_is_neither_page_nor_link(signed_in: SignedIn) -> None:
    clerk = signed_in("clerk", {"catalog:read": Grant("all", EVERY_CLASS)})
    home = source_of(clerk.get("/"))
    assert 'href="/r/productOffering"' in home
    assert 'href="/r/individual"' not in home
    assert 'href="/parked"' not in home
    for path in ("/r/individual", "/r/individual/IND000001", "/order/ORD000001", "/fallout",
                 "/customer/CUS000001", "/parked", "/deliveries"):  # fmt: skip
        assert clerk.get(path).status_code == 403, path
    assert clerk.post("/parked", {"chosen": "1"}).status_code == 403
    assert clerk.post("/fallout", {"verb": "retry", "chosen": "FO000001"}).status_code == 403


def test_rights_that_are_taken_away_end_at_once(site: Site, signed_in: SignedIn) -> None:
    fay = signed_in("fay", {"*:read": Grant("all", EVERY_CLASS)})
    assert fay.get("/r/individual").status_code == 200
    site.role("of-fay", {"catalog:read": Grant("all", EVERY_CLASS)})
    assert fay.get("/r/individual").status_code == 403
