"""Figures of leads: the share that was converted and the time it took, by what tells them apart."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.overrides import made
from tests.support.overrides_above import marketing_campaign
from tests.support.pages import browser_of
from tests.support.program import Site
from tests.web.browser import words_of
from trunkline.kernel.actor import EVERY_CLASS, Grant

LEADS = "/tmf-api/sales/v4/salesLead"
OWN = "/api/sales/v1/salesLead"
FIGURES = "/api/sales/v1/figures/lead"
CAMPAIGN = "/api/campaign/v1/marketingCampaign"
DAY = 86_400


def lead(site: Site, name: str, **said: Any) -> str:
    answer = site.admin.post(LEADS, {"familyName": name, **said})
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


def figures(client: Any, by: str, start: str) -> dict[str, Any]:
    answer = client.get(FIGURES, params={"by": by, "from": start})
    assert answer.status_code == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


@pytest.mark.accepts("LEAD-15")
def test_conversion_and_time_by_source_owner_and_campaign(site: Site) -> None:
    """Four leads of two sources, owners and campaigns: one converted after two days and one after
    four, one given up, one open. The rate and the days are told in all and for each group; who
    may read no leads gets none, and only leads in the period count."""
    lead(site, "Before", source="garageSale")
    site.move_clock(10 * DAY)
    start = site.admin.get(FIGURES).json["to"]
    seller = site.user("figures-seller", roles=["administrator"])
    spring, autumn = ({"id": one} for one in campaigns(site))
    first = lead(site, "First", source="press", marketingCampaign=spring)
    second = lead(site, "Second", source="press", marketingCampaign=spring)
    third = lead(site, "Third", source="tradeShow", marketingCampaign=autumn)
    fourth = lead(site, "Fourth", source="press")
    for ident in (first, third):
        given = {"record": [ident], "login": "figures-seller"}
        assert site.admin.post(f"{OWN}/assign", given).status_code == 200
    site.move_clock(2 * DAY)
    converted(seller, first, "Babbage")
    said = {"status": "rejected", "closeReason": "other", "otherReason": "moved away"}
    assert site.admin.patch(f"{LEADS}/{fourth}", said).status_code == 200
    site.move_clock(2 * DAY)
    converted(seller, second, "Somerville")

    found = figures(site.admin, "source", start)
    assert found["total"] == {
        "value": "", "count": 4, "converted": 2, "givenUp": 1, "open": 1, "conversionRate": 50,
        "meanDays": 3, "medianDays": 3,
    }  # fmt: skip
    by_source = {one["value"]: one for one in found["group"]}
    press, show = by_source["press"], by_source["tradeShow"]
    assert (press["count"], press["converted"], press["conversionRate"]) == (3, 2, 66.7)
    assert (show["count"], show["conversionRate"], "meanDays" in show) == (1, 0, False)
    by_owner = {one.get("name"): one for one in figures(site.admin, "owner", start)["group"]}
    assert by_owner["Figures-Seller"]["count"] == 2
    assert by_owner["Figures-Seller"]["meanDays"] == 2
    by_campaign = {one["value"]: one for one in figures(site.admin, "campaign", start)["group"]}
    assert (by_campaign[spring["id"]]["converted"], by_campaign[spring["id"]]["meanDays"]) == (2, 3)
    assert by_campaign[autumn["id"]]["open"] == 1
    name = site.admin.get(f"{CAMPAIGN}/{autumn['id']}").json["name"]
    assert by_campaign[autumn["id"]]["name"] == name
    leads_only = {"SalesLead:read": Grant("all", EVERY_CLASS)}
    site.role("figures-leads", leads_only)
    blind = site.user("figures-leads", roles=["figures-leads"], scopes=tuple(leads_only))
    assert not [one for one in figures(blind, "campaign", start)["group"] if "name" in one]
    early = site.admin.get(FIGURES, params={"to": "0001-01-01T00:00:00Z"})
    assert (early.status_code, early.json["fault"][0]["path"]) == (400, "to")
    assert site.unentitled().get(FIGURES).status_code == 403
    assert site.admin.get(FIGURES, params={"by": "moon"}).json["fault"][0]["path"] == "by"
    grants = {"SalesLead:read": Grant("own", EVERY_CLASS)}
    body = {"givenName": "Nobody", "familyName": "Else"}
    party = site.admin.post("/tmf-api/party/v4/individual", body).json["id"]
    site.role("figures-own", grants)
    own = site.user("figures-own", roles=["figures-own"], party=party, scopes=tuple(grants))
    assert figures(own, "source", start)["total"]["count"] == 0

    page = browser_of(site, "admin").get("/sales/figures?by=source")
    assert page.status_code == 200, words_of(page.text)
    told = words_of(page.text)
    for text in ("Trade show", "Garage sale", "67 %", "Days to conversion, on average"):
        assert text in told


def test_owners_of_one_name_are_told_apart(site: Site) -> None:
    """Two users who are called the same have a line each, with that name."""
    site.move_clock(20 * DAY)
    start = site.admin.get(FIGURES).json["to"]
    for login in ("same-a", "same-b"):
        site.user(login, roles=["administrator"])
        ident = lead(site, login)
        given = {"record": [ident], "login": login}
        assert site.admin.post(f"{OWN}/assign", given).status_code == 200
    with site.services.database.app.connection() as connection:
        connection.execute(
            "update sales_lead set p_assignee_name = 'Sam', doc = jsonb_set(doc::jsonb, "
            "'{assignee,name}', '\"Sam\"')::json where p_assignee_name like 'Same-%'"
        )
    groups = figures(site.admin, "owner", start)["group"]
    assert [(one["name"], one["count"]) for one in groups] == [("Sam", 1), ("Sam", 1)]


def campaigns(site: Site) -> list[str]:
    """Return two campaigns."""
    return [made(site.admin, CAMPAIGN, marketing_campaign(site.admin)) for _ in range(2)]


def converted(client: Any, ident: str, name: str) -> None:
    said = {"person": {"givenName": "Mary", "familyName": name}, "opportunity": False,
            "apart": "somebody else"}  # fmt: skip
    answer = client.post(f"{OWN}/{ident}/convert", said)
    assert answer.status_code == 201, answer.json
