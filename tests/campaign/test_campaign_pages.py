"""Pages of campaigns: a wave filled and started by hand, and its figures read."""

from __future__ import annotations

from html import unescape

from tests.support.overrides import active_customer
from tests.support.overrides_above import campaign_wave
from tests.support.pages import pages_of
from tests.support.program import Site
from tests.web.browser import Browser

CAMPAIGNS = "/api/campaign/v1"


def test_a_wave_is_filled_and_its_figures_are_read(site: Site) -> None:
    """The page of a wave fills it, says whom it leaves out and why, and shows what came of it; a
    wave without an audience is refused with the field that lacks."""
    silent = active_customer(site.admin)
    body = campaign_wave(site.admin) | {"audience": "Customer", "audienceFilter": f"id={silent}"}
    wave = site.admin.post(f"{CAMPAIGNS}/campaignWave", body).json
    campaign = wave["marketingCampaign"]["id"]
    money = {"cost": {"unit": "EUR", "value": 12}}
    assert site.admin.patch(f"{CAMPAIGNS}/marketingCampaign/{campaign}", money).status_code == 200
    browser = Browser(pages_of(site))
    assert browser.sign_in("admin").status_code == 303
    page = browser.get(f"/campaigns/waves/{wave['key']}").text
    assert "Fill by its filter" in page
    assert "Nobody is left out." in page
    begun = browser.post(f"/campaigns/waves/{wave['key']}", {})
    assert begun.headers["Location"].startswith("/jobs/")
    site.work()
    page = browser.get(f"/campaigns/waves/{wave['key']}").text
    assert "Has not agreed to offers" in page
    whole = browser.get(f"/campaigns/{campaign}").text
    assert "12.00 EUR" in whole
    assert f"/campaigns/waves/{wave['key']}" in unescape(whole)
    bare = site.admin.post(f"{CAMPAIGNS}/campaignWave", campaign_wave(site.admin)).json
    refused = browser.post(f"/campaigns/waves/{bare['key']}", {})
    assert refused.status_code == 400
    assert "say of which kind they are" in refused.text
    assert browser.get("/campaigns/waves/none").status_code == 404
