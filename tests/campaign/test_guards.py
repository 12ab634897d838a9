"""What campaigns must never do: go on when they rest, address too often, take odd figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.campaign.test_campaigns import (
    CAMPAIGN,
    CAMPAIGNS,
    CUSTOMER,
    LEAD,
    MESSAGE,
    NO,
    TARGET,
    WAVE,
    YES,
    Desk,
    member,
)
from tests.support.overrides import offering_on_sale
from tests.support.program import Site
from trunkline.campaign.campaign_wave import CampaignWave
from trunkline.campaign.customer_signal import CustomerSignal, signal_brings_its_customer_in
from trunkline.campaign.party_campaign import PartyCampaign
from trunkline.documents.errors import Invalid
from trunkline.kernel.work import as_system

MAIL_ONLY = [{**YES[0], "channel": "email"}]
ODD = {
    "nextAction": ({"name": "x", "reason": "x"}, ("restDays", "signalDays")),
    "contactFrequency": ({"name": "x", "contactsMax": 1, "days": 1}, ("days",)),
    "campaignWaveDefinition": ({"name": "x", "channel": "phone"}, ("repeatDays",)),
}


@pytest.fixture(scope="module")
def desk(site: Site) -> Desk:
    return Desk(site, member(site, "mara", "marketing"), offering_on_sale(site.admin))


def calls(desk: Desk, code: str, *targets: str, **more: Any) -> dict[str, Any]:
    """Return a running wave by phone with these targets."""
    wave = desk.wave(desk.campaign(code), channel="phone", content=None, **more)
    desk.fill(wave, *targets)
    desk.run(wave)
    return wave


def tell(desk: Desk, wave: dict[str, Any], ident: str, **said: str) -> Any:
    return desk.marketer.patch(f"{TARGET}/{desk.targets(wave)[ident]['key']}", said)


def capped(desk: Desk) -> str:
    """Allow one contact in thirty days from now on; return the id of that."""
    body = {"name": "One", "contactsMax": 1, "days": 30}
    found: str = desk.make(f"{CAMPAIGNS}/contactFrequency", body)["id"]
    return found


@pytest.mark.parametrize(
    ("status", "state"), [("paused", "running"), ("cancelled", "cancelled"), ("", "cancelled")]
)
def test_a_wave_rests_and_ends_with_its_campaign(desk: Desk, status: str, state: str) -> None:
    """A wave that waits for its day writes to nobody once its campaign is paused, cancelled or
    past its time; it goes on with a campaign that does."""
    ident = desk.customer(f"Rest{status}", segment="premium", consent=YES)
    with as_system(desk.site.services, "clock") as work:
        now = work.now
    end = {} if status else {"endDateTime": (now + timedelta(seconds=500)).isoformat()}
    campaign = desk.campaign(f"rest{status}", validFor={"startDateTime": "2026-01-01T00:00:00Z",
                                                        **end})  # fmt: skip
    wave = desk.wave(campaign, plannedDate=(now + timedelta(seconds=1000)).isoformat())
    desk.fill(wave, ident)
    desk.run(wave)
    path = f"{CAMPAIGN}/{campaign['key']}"
    if status:
        assert desk.marketer.patch(path, {"status": status}).status_code == 200
    desk.site.move_clock(2000)
    desk.hurry()
    assert desk.marketer.get(f"{WAVE}/{wave['key']}").json["state"] == state
    assert not desk.messages(ident)
    if status == "paused":
        assert desk.marketer.patch(path, {"status": "running"}).status_code == 200
        desk.hurry()
        assert len(desk.messages(ident)) == 1


def test_a_call_is_an_address_too(desk: Desk) -> None:
    """By phone the frequency and the wishes hold for the first outcome, whichever it is, and for
    each further try; who is held back is not called."""
    ident = desk.customer("Capp", segment="premium", consent=YES)
    waves = [calls(desk, f"calls{number}", ident) for number in range(3)]
    cap = capped(desk)
    assert tell(desk, waves[0], ident, state="unreachable").status_code == 200
    assert tell(desk, waves[0], ident, state="contacted").status_code == 200, "its own counts once"
    refused = tell(desk, waves[1], ident, state="refused")
    assert (refused.status_code, refused.json["fault"][0]["code"]) == (400, "frequencyCap")
    desk.site.admin.delete(f"{CAMPAIGNS}/contactFrequency/{cap}")
    assert tell(desk, waves[1], ident, state="unreachable").status_code == 200
    wish = {"contactPreference": {"consent": [*YES, *NO]}}
    assert desk.site.admin.patch(f"{CUSTOMER}/{ident}", wish).status_code == 200
    for wave in waves[1:]:
        again = tell(desk, wave, ident, state="contacted")
        assert (again.status_code, again.json["fault"][0]["code"]) == (400, "noConsent")
    held = desk.customer("Held", segment="premium", consent=YES)
    wave = calls(desk, "heldback", held, controlPercent=100)
    for state in ("contacted", "accepted"):
        told = tell(desk, wave, held, state=state)
        assert (told.status_code, told.json["fault"][0]["code"]) == (400, "heldBack")


def contact(site: Site, ident: str) -> None:
    """Contact a target as another process would, which does not wait long for others."""
    with as_system(site.services, "other") as work:
        work.connection.execute("set local lock_timeout = '100ms'")
        with work.edit(PartyCampaign, ident) as target:
            target.state = "contacted"


def test_two_waves_at_once_do_not_both_find_room(desk: Desk) -> None:
    """While one wave addresses somebody another one waits, and then finds the frequency used."""
    ident = desk.customer("Race", segment="premium", consent=YES)
    waves = [desk.wave(desk.campaign(f"race{number}")) for number in range(2)]
    cap = capped(desk)
    for wave in waves:
        desk.fill(wave, ident)
    first, second = (desk.targets(wave)[ident]["id"] for wave in waves)
    services = desk.site.services
    with as_system(services, "first") as one:
        with one.edit(PartyCampaign, first) as target:
            target.state = "contacted"
        with pytest.raises(psycopg.errors.LockNotAvailable):
            contact(desk.site, second)
    with pytest.raises(Invalid, match="allows 1"):
        contact(desk.site, second)
    desk.site.admin.delete(f"{CAMPAIGNS}/contactFrequency/{cap}")


def test_who_was_addressed_stays_in_the_wave(desk: Desk) -> None:
    """A target of a wave that has begun is not removed, so nobody comes in a second time."""
    ident = desk.customer("Stay", segment="premium", consent=YES)
    wave = desk.wave(desk.campaign("stays"))
    desk.fill(wave, ident)
    path = f"{TARGET}/{desk.targets(wave)[ident]['key']}"
    assert desk.marketer.delete(path).status_code == 204
    desk.fill(wave, ident)
    desk.run(wave)
    path = f"{TARGET}/{desk.targets(wave)[ident]['key']}"
    for client in (desk.marketer, desk.site.admin):
        refused = client.delete(path)
        assert (refused.status_code, refused.json["fault"][0]["code"]) == (409, "conflictBegun")


def test_signals_are_not_lost(desk: Desk) -> None:
    """A signal that comes before the wave runs, or while it rests, brings its customer in once it
    does; the wave is held while somebody is brought in."""
    early, late = (desk.customer(one, segment="premium", consent=YES) for one in ("Ear", "Lat"))
    campaign = desk.campaign("signals", campaignType="retention", signalKind="leaving",
                             signalMinimum=50)  # fmt: skip
    wave = desk.wave(campaign)
    signal = {"kind": "leaving", "percent": 80}
    first = desk.make(f"{CAMPAIGNS}/customerSignal", {**signal, "customer": {"id": early}})
    desk.site.work()
    assert not desk.targets(wave)
    desk.run(wave)
    desk.hurry()
    assert set(desk.targets(wave)) == {early}
    assert len(desk.messages(early)) == 1
    path = f"{CAMPAIGN}/{campaign['key']}"
    assert desk.marketer.patch(path, {"status": "paused"}).status_code == 200
    desk.make(f"{CAMPAIGNS}/customerSignal", {**signal, "customer": {"id": late}})
    desk.site.work()
    assert set(desk.targets(wave)) == {early}
    assert desk.marketer.patch(path, {"status": "running"}).status_code == 200
    desk.hurry()
    assert set(desk.targets(wave)) == {early, late}
    with as_system(desk.site.services, "one") as one:
        found = one.get(CustomerSignal, first["id"])
        assert found is not None
        signal_brings_its_customer_in(one, found)
        with as_system(desk.site.services, "other") as other:
            other.connection.execute("set local lock_timeout = '100ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.lock(CampaignWave, wave["id"])


def test_odd_figures_filters_and_definitions_are_refused(desk: Desk) -> None:
    """Days beyond ten years, shares beyond all, filters that say nothing of who is meant, the
    definition of another campaign and an empty list of targets are refused by their name."""
    campaign = desk.campaign("odd")
    about = {"marketingCampaign": {"id": campaign["id"]}}
    for kind, (body, names) in ODD.items():
        for name in names:
            odd = {"productOffering": {"id": desk.offering}} if kind == "nextAction" else about
            odd = body | (odd if kind != "contactFrequency" else {}) | {name: 5_000_000}
            refused = desk.site.admin.post(f"{CAMPAIGNS}/{kind}", odd)
            assert (refused.status_code, refused.json["fault"][0]["path"]) == (400, name)
    ident = desk.customer("Odd", segment="premium", consent=YES)
    signal = {"customer": {"id": ident}, "kind": "x", "percent": 101}
    assert desk.site.admin.post(f"{CAMPAIGNS}/customerSignal", signal).status_code == 400
    lines = [{"productOffering": {"id": desk.offering}}] * 101
    for more in ({"signalMinimum": 101}, {"campaignLine": lines}):
        body = {"code": "odder", "name": "x", "campaignType": "upSell", **more}
        refused = desk.marketer.post(CAMPAIGN, body)
        assert (refused.status_code, refused.json["fault"][0]["path"]) == (400, next(iter(more)))
    for name in ("audienceFilter", "exclusionFilter"):
        for query in ("moon=1", "sort=name", "limit=1", "fields=id", "&"):
            body = {**about, "channel": "phone", "audience": "Customer", name: query}
            refused = desk.marketer.post(WAVE, body)
            assert (refused.status_code, refused.json["fault"][0]["path"]) == (400, name), query
    definition = desk.make(f"{CAMPAIGNS}/campaignWaveDefinition",
                           {**about, "name": "D", "channel": "phone"})  # fmt: skip
    other = {"marketingCampaign": {"id": desk.campaign("odd2")["id"]}, "channel": "phone",
             "waveDefinition": {"id": definition["id"]}}  # fmt: skip
    refused = desk.marketer.post(WAVE, other)
    assert (refused.status_code, refused.json["fault"][0]["path"]) == (400, "waveDefinition")
    wave = desk.wave(campaign, audienceFilter=f"id={ident}")
    refused = desk.marketer.post(f"{WAVE}/{wave['key']}/target", {"target": []})
    assert (refused.status_code, refused.json["fault"][0]["path"]) == (400, "target")


def test_a_consent_is_of_its_channel_its_time_and_its_address(desk: Desk) -> None:
    """A consent to come, one for another channel, and one of nobody who can be reached by the
    channel do not let anybody in."""
    mute = desk.make("/tmf-api/party/v4/individual", {"givenName": "Mu", "familyName": "Te"})["id"]
    body = {"name": "Mu", "status": "active", "engagedParty": {"id": mute},
            "contactPreference": {"consent": YES}}  # fmt: skip
    nowhere = desk.make(CUSTOMER, body)["id"]
    later = {**YES[0], "at": "2099-01-01T00:00:00Z"}
    left_out = {
        desk.customer("Futu", segment="premium", consent=[later]): "noConsent",
        desk.customer("Mail", segment="premium", consent=MAIL_ONLY): "noConsent",
        nowhere: "noAddress",
    }
    for channel in ("sms", "phone"):
        wave = desk.wave(desk.campaign(f"times-{channel}"), channel=channel)
        desk.fill(wave, *left_out)
        found = {one: each["exclusionReason"] for one, each in desk.targets(wave).items()}
        assert found == left_out


def test_the_contact_who_gets_it_is_asked(desk: Desk) -> None:
    """Where a customer has a contact for buying, the wishes of that person count, too."""
    ident = desk.customer("Boss", segment="premium", consent=YES)
    medium = {"mediumType": "email", "characteristic": {"emailAddress": "zed@example.com"}}
    person = desk.make("/tmf-api/party/v4/individual", {
        "givenName": "Zed", "familyName": "Z", "contactMedium": [medium],
        "contactPreference": {"doNotContact": True}})["id"]  # fmt: skip
    desk.make("/tmf-api/partyRoleManagement/v4/partyRole", {
        "name": "sales", "roleType": "sales",
        "engagedParty": {"id": person, "@referredType": "Individual"},
        "relatedParty": [{"id": ident, "role": "customer", "@referredType": "Customer"}],
    })  # fmt: skip
    wave = desk.wave(desk.campaign("boss"))
    desk.fill(wave, ident)
    assert desk.targets(wave)[ident]["exclusionReason"] == "doNotContact"


def test_offers_go_to_whom_they_name(desk: Desk) -> None:
    """An offer to a lead goes to an address of that lead, that there is and that has agreed."""
    medium = {"mediumType": "email", "characteristic": {"emailAddress": "byron@example.com"}}
    yes = {"contactPreference": {"consent": YES}, "prospectContact": [medium]}
    agreed = desk.make(LEAD, {"familyName": "Byron", **yes})["id"]
    silent = desk.make(LEAD, {"familyName": "Shelley", "prospectContact": [medium]})["id"]
    for ident, mail, status in (
        (agreed, "byron@example.com", 201),
        (agreed, "any@example.com", 400),
        (silent, "byron@example.com", 400),
        ("01980000-0000-7000-8000-000000000000", "byron@example.com", 400),
    ):
        answer = desk.site.admin.post(MESSAGE, {
            "messageType": "email", "purpose": "marketing", "content": "x",
            "sender": {"name": "x"}, "receiver": [{"name": "x", "email": mail}],
            "relatedEntity": [{"id": ident, "@referredType": "SalesLead"}]})  # fmt: skip
        assert answer.status_code == status, (ident, mail, answer.json)


def test_an_accepted_offer_is_a_lead_of_its_own_campaign(desk: Desk) -> None:
    """A lead that another campaign has brought keeps that; who accepts becomes another one with
    this campaign and its lines. A long name is cut to what a lead may have."""
    medium = {"mediumType": "phone", "characteristic": {"phoneNumber": "+49 30 1234567"}}
    other = desk.campaign("first-come")
    lead = desk.make(LEAD, {
        "familyName": "Ada", "prospectContact": [medium], "marketingCampaign": {"id": other["id"]},
        "contactPreference": {"consent": YES}})  # fmt: skip
    long = desk.customer("Long", segment="premium", consent=YES)
    renamed = desk.site.admin.patch(f"{CUSTOMER}/{long}", {"name": "N" * 250})
    assert renamed.status_code == 200
    campaign = desk.campaign("second-come")
    wave = desk.wave(campaign, channel="phone", content=None, audience="SalesLead")
    of_lead = desk.make(TARGET, {"campaignWave": {"id": wave["id"]},
                                 "salesLead": {"id": lead["id"]}})["id"]  # fmt: skip
    of_customer = desk.make(TARGET, {"campaignWave": {"id": wave["id"]},
                                     "customer": {"id": long}})["id"]  # fmt: skip
    desk.run(wave)
    for ident in (of_lead, of_customer):
        told = desk.marketer.patch(f"{TARGET}/{ident}", {"state": "accepted"})
        assert told.status_code == 200
    desk.site.work()
    for ident in (of_lead, of_customer):
        made = desk.marketer.get(f"{TARGET}/{ident}").json["resultingLead"]["id"]
        found = desk.site.admin.get(f"{LEAD}/{made}").json
        assert found["marketingCampaign"]["id"] == campaign["id"]
        assert found["salesLeadItem"][0]["productOffering"]["id"] == desk.offering
        assert made != lead["id"]
    assert found["name"] == "N" * 200


def test_an_action_is_answered_once_while_it_rests(desk: Desk) -> None:
    """A second answer is refused, and makes no second lead."""
    ident = desk.customer("Twic", segment="premium", consent=YES)
    action = desk.make(f"{CAMPAIGNS}/nextAction", {
        "name": "T", "reason": "r", "productOffering": {"id": desk.offering}})["id"]  # fmt: skip
    body = {"customer": {"id": ident}, "nextAction": {"id": action}, "answer": "accepted"}
    desk.make(f"{CAMPAIGNS}/actionAnswer", body)
    again = desk.site.admin.post(f"{CAMPAIGNS}/actionAnswer", body)
    assert (again.status_code, again.json["fault"][0]["path"]) == (409, "nextAction")
    desk.site.work()
    leads = desk.site.admin.get(LEAD, query_string=f"relatedParty.id={ident}").json
    assert len(leads) == 1
