"""Campaigns: who is addressed and who never is, each once, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tests.support.overrides import offering_on_sale
from tests.support.program import Client, Site
from trunkline.access.standard import ROLES
from trunkline.campaign import sending
from trunkline.campaign.targeting import is_held_back

CAMPAIGNS = "/api/campaign/v1"
CAMPAIGN, WAVE = f"{CAMPAIGNS}/marketingCampaign", f"{CAMPAIGNS}/campaignWave"
TARGET, MESSAGE = (
    f"{CAMPAIGNS}/partyCampaign",
    "/tmf-api/communicationManagement/v4/communicationMessage",
)
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
JOBS = "/api/workspace/v1/jobs"
LEAD = "/tmf-api/sales/v4/salesLead"
SMALL = "smallBusiness"
VALID = {"startDateTime": "2026-03-01T00:00:00Z", "endDateTime": "2036-06-01T00:00:00Z"}
YES = [{"purpose": "marketing", "given": True, "at": "2026-01-01T00:00:00Z"}]
BY_TEXT = [{**YES[0], "channel": "sms"}]
NO = [{"purpose": "marketing", "given": False, "at": "2026-02-01T00:00:00Z"}]


@dataclass
class Desk:
    """Marketing as it is done: by a marketer, with customers whose wishes are known."""

    site: Site
    marketer: Client
    offering: str
    made: dict[str, str] = field(default_factory=dict)

    def make(self, path: str, body: dict[str, Any], by: Client | None = None) -> dict[str, Any]:
        answer = (by or self.site.admin).post(path, body)
        assert answer.status_code == 201, answer.json
        found: dict[str, Any] = answer.json
        return found

    def customer(self, name: str, *, segment: str, mail: bool = True, **wishes: Any) -> str:
        person: dict[str, Any] = {"givenName": name, "familyName": segment.title()}
        media = [{"mediumType": "phone", "characteristic": {"phoneNumber": "+49 30 1234567"}}]
        if mail:
            address = {"emailAddress": f"{name.lower()}@example.com"}
            media.append({"mediumType": "email", "characteristic": address})
        person["contactMedium"] = media
        party = self.make("/tmf-api/party/v4/individual", person)["id"]
        body = {"name": name, "status": "active", "engagedParty": {"id": party},
                "customerSegment": segment}  # fmt: skip
        if wishes:
            body["contactPreference"] = wishes
        self.made[name] = self.make(CUSTOMER, body)["id"]
        return self.made[name]

    def campaign(self, code: str, **more: Any) -> dict[str, Any]:
        body = {
            "code": code, "name": code.title(), "campaignType": "upSell", "status": "running",
            "handledBy": ["sales"], "cost": {"unit": "EUR", "value": 100},
            "campaignLine": [{"productOffering": {"id": self.offering}, "message": "Faster"}],
            **more,
        }  # fmt: skip
        return self.make(CAMPAIGN, body, self.marketer)

    def wave(self, campaign: dict[str, Any], **more: Any) -> dict[str, Any]:
        body = {
            "marketingCampaign": {"id": campaign["id"]}, "channel": "email", "subject": "Faster",
            "content": "Dear {name}, be faster.", "audience": "Customer", **more,
        }  # fmt: skip
        return self.make(WAVE, body, self.marketer)

    def fill(self, wave: dict[str, Any], *targets: str) -> dict[str, Any]:
        body = {"target": list(targets)} if targets else {}
        begun = self.marketer.post(f"{WAVE}/{wave['key']}/target", body)
        assert begun.status_code == 202, begun.json
        self.site.work()
        found: dict[str, Any] = self.marketer.get(begun.headers["Location"]).json
        return found

    def targets(self, wave: dict[str, Any], **wanted: str) -> dict[str, dict[str, Any]]:
        query = "&".join(
            [f"campaignWave.id={wave['id']}", *(f"{k}={v}" for k, v in wanted.items())]
        )
        found = self.marketer.get(TARGET, query_string=f"{query}&limit=100").json
        return {one["customer"]["id"]: one for one in found if "customer" in one}

    def run(self, wave: dict[str, Any], state: str = "running") -> Any:
        answer = self.marketer.patch(f"{WAVE}/{wave['key']}", {"state": state})
        self.site.work()
        return answer

    def hurry(self) -> None:
        """Make all waiting work due, and let it happen."""
        with self.site.services.database.app.connection() as connection:
            connection.execute("update work set run_at = now(), lease_until = null")
        self.site.work()

    def imported(self, *rows: dict[str, str]) -> dict[str, Any]:
        """Bring targets in as the rows of a file; return what became of them."""
        body = {"kind": "import", "resource": "PartyCampaign", "rows": list(rows)}
        begun = self.marketer.post(JOBS, body)
        assert begun.status_code in (201, 202), begun.json
        self.site.work()
        found: dict[str, Any] = self.marketer.get(f"{JOBS}/{begun.json['id']}").json
        return found

    def messages(self, ident: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.site.admin.get(
            MESSAGE, query_string=f"receiver.party.id={ident}"
        ).json
        return found


@pytest.fixture(scope="module")
def desk(site: Site) -> Desk:
    return Desk(site, member(site, "marta", "marketing"), offering_on_sale(site.admin))


def member(site: Site, login: str, role: str) -> Client:
    """Return somebody who has a standard role."""
    permissions = dict(ROLES[role].permissions)
    site.role(role, permissions)
    return site.user(login, roles=[role], scopes=tuple(permissions))


@pytest.mark.accepts("CMP-01")
def test_a_marketer_makes_a_campaign(desk: Desk) -> None:
    """A campaign has a type, a time, groups, lines that name offerings, and states of a register;
    what is not in a register, on sale or given twice is refused by its name."""
    made = desk.campaign("spring", status="planned", validFor=VALID)
    assert (made["status"], made["handledBy"], made["key"][:3]) == ("planned", ["sales"], "CMP")
    assert made["campaignLine"][0]["productOffering"]["id"] == desk.offering
    assert desk.marketer.get(f"{CAMPAIGN}/spring").json["id"] == made["id"]
    twice = desk.marketer.post(CAMPAIGN, {"code": "spring", "name": "x", "campaignType": "upSell"})
    assert twice.json["fault"][0]["code"] == "conflictCode"
    wrong = desk.marketer.post(CAMPAIGN, {
        "code": "x", "name": "x", "campaignType": "moon",
        "campaignLine": [{"productOffering": {"id": "01980000-0000-7000-8000-000000000000"}}],
    })  # fmt: skip
    assert wrong.status_code == 400
    assert {one["path"] for one in wrong.json["fault"]} == {
        "campaignType", "campaignLine[0].productOffering.id"
    }  # fmt: skip
    moved = desk.marketer.patch(f"{CAMPAIGN}/spring", {"status": "running"})
    assert moved.json["status"] == "running"
    back = desk.marketer.patch(f"{CAMPAIGN}/spring", {"status": "planned"})
    assert back.status_code == 409


@dataclass
class Weekly:
    """A campaign to small businesses, with a definition of its waves."""

    campaign: dict[str, Any]
    definition: dict[str, Any]
    agreed: set[str]
    left_out: dict[str, str]


@pytest.fixture(scope="module")
def weekly(desk: Desk) -> Weekly:
    agreed = {desk.customer(one, segment=SMALL, consent=YES) for one in ("Ada", "Bea")}
    left_out = {
        desk.customer("Cleo", segment=SMALL): "noConsent",
        desk.customer("Dora", segment=SMALL, consent=[*YES, *NO]): "noConsent",
        desk.customer("Emil", segment=SMALL, consent=YES, doNotContact=True): "doNotContact",
        desk.customer("Finn", segment=SMALL, consent=YES, doNotSolicit=True): "doNotSolicit",
        desk.customer("Gus", segment=SMALL, consent=YES,
                      permittedChannel=["phone"]): "channelNotWanted",
        desk.customer("Hal", segment=SMALL, consent=YES, mail=False): "noAddress",
        desk.customer("Ida", segment=SMALL, consent=BY_TEXT): "noConsent",
        desk.customer("Jon", segment=SMALL, consent=YES): "excludedByFilter",
    }  # fmt: skip
    campaign = desk.campaign("faster")
    definition = desk.make(f"{CAMPAIGNS}/campaignWaveDefinition", {
        "marketingCampaign": {"id": campaign["id"]}, "name": "Weekly", "channel": "email",
        "subject": "Faster", "content": "Dear {name}, be faster.", "audience": "Customer",
        "audienceFilter": "customerSegment=smallBusiness", "exclusionFilter": "name=Jon",
        "repeatDays": 7}, desk.marketer)  # fmt: skip
    return Weekly(campaign, definition, agreed, left_out)


@pytest.mark.accepts("CMP-02")
def test_a_wave_says_before_it_begins_who_is_left_out(desk: Desk, weekly: Weekly) -> None:
    """A wave is filled from a filter; before it begins it counts its targets and who is left out,
    each with the reason in words."""
    wave = desk.wave(weekly.campaign, audienceFilter="customerSegment=smallBusiness",
                     exclusionFilter="name=Jon")  # fmt: skip
    job = desk.fill(wave)
    assert (job["state"], job["line"]) == ("done", {"created": 10})
    found = desk.targets(wave)
    excluded = {one: each for one, each in found.items() if each["state"] == "excluded"}
    assert {one: each["exclusionReason"] for one, each in excluded.items()} == weekly.left_out
    assert all(each["exclusionText"] for each in excluded.values())
    planned = {one for one, each in found.items() if each["state"] == "planned"}
    assert planned == weekly.agreed
    figures = desk.marketer.get(f"{WAVE}/{wave['key']}/figures").json
    assert (figures["targeted"], figures["excluded"]) == (2, 8)
    assert figures["excludedBy"]["noConsent"] == 3
    assert desk.fill(wave, *weekly.agreed)["line"] == {"same": 2}


@pytest.mark.accepts("CMP-03")
def test_nobody_comes_in_who_has_not_agreed(desk: Desk, weekly: Weekly) -> None:
    """Neither by name, by file nor by interface, whoever asks for it; who withdraws meanwhile is
    left out when the wave goes out."""
    wave = desk.wave(weekly.campaign)
    unwanted = [one for one, code in weekly.left_out.items() if code != "excludedByFilter"]
    for one in unwanted:
        body = {"campaignWave": {"id": wave["id"]}, "customer": {"id": one}}
        for client in (desk.marketer, desk.site.admin):
            refused = client.post(TARGET, body)
            assert refused.status_code == 400
            codes = {each["code"] for each in refused.json["fault"]}
            assert weekly.left_out[one] in codes
    rows = [{"campaignWave.id": wave["id"], "customer.id": one} for one in unwanted]
    assert desk.imported(*rows)["refused"] == len(unwanted)
    assert not desk.targets(wave)
    pat = desk.customer("Pat", segment=SMALL, consent=YES)
    assert desk.imported({**rows[0], "customer.id": pat})["created"] == 1
    assert desk.fill(wave, *unwanted)["line"] == {"created": len(unwanted)}
    assert {each["state"] for one, each in desk.targets(wave).items() if one != pat} == {
        "excluded"
    }  # fmt: skip
    wish = {"contactPreference": {"consent": [*YES, *NO]}}
    assert desk.site.admin.patch(f"{CUSTOMER}/{pat}", wish).status_code == 200
    desk.run(wave)
    assert (desk.targets(wave)[pat]["state"], desk.messages(pat)) == ("excluded", [])


@pytest.mark.accepts("CMP-08")
def test_each_is_written_to_once(desk: Desk, weekly: Weekly, monkeypatch: Any) -> None:
    """Though the process is killed while it writes, and the wave is paused and resumed; a wave
    that was stopped writes to nobody."""
    quin = desk.customer("Quin", segment=SMALL, consent=YES)
    wave = desk.wave(weekly.campaign)
    desk.fill(wave, quin)
    killed: list[int] = []

    def dies(*_: Any) -> Any:
        killed.append(1)
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(sending, "create", dies)
        with pytest.raises(SystemExit):
            desk.run(wave)
    assert killed
    assert not desk.messages(quin)
    assert desk.run(wave, "paused").status_code == 200
    desk.hurry()
    assert not desk.messages(quin)
    assert desk.run(wave).status_code == 200
    desk.hurry()
    (sent,) = desk.messages(quin)
    assert (sent["content"], sent["purpose"]) == ("Dear Quin, be faster.", "marketing")
    assert desk.targets(wave)[quin]["communicationMessage"]["id"] == sent["id"]
    assert desk.marketer.get(f"{WAVE}/{wave['key']}").json["state"] == "finished"
    assert desk.marketer.patch(f"{WAVE}/{wave['key']}", {"content": "x"}).status_code == 400

    stopped = desk.wave(weekly.campaign)
    desk.fill(stopped, quin)
    assert desk.run(stopped, "cancelled").status_code == 200
    assert desk.run(stopped).status_code == 409
    assert len(desk.messages(quin)) == 1


@pytest.mark.accepts("CMP-04")
def test_a_definition_is_repeated(desk: Desk, weekly: Weekly) -> None:
    """Each wave of a definition has its own date, channel, words and targets, and keeps them."""
    rita = desk.customer("Rita", segment=SMALL, consent=YES)
    when = desk.site.services.now().replace(microsecond=0)
    of_it = {"waveDefinition": {"id": weekly.definition["id"]}}
    first = desk.make(WAVE, {**of_it, "marketingCampaign": {"id": weekly.campaign["id"]},
                             "channel": "email", "plannedDate": when.isoformat()})  # fmt: skip
    again = desk.wave(weekly.campaign, **of_it, content="Dear {name}, last call.", subject=None)
    assert (first["name"], first["content"]) == ("Weekly 1", "Dear {name}, be faster.")
    assert (again["name"], again["subject"]) == ("Weekly 2", "Faster")
    assert again["plannedDate"][:10] == (when + timedelta(days=7)).date().isoformat()
    sam = desk.customer("Sam", segment=SMALL, consent=YES)
    desk.fill(first, rita)
    desk.fill(again, rita, sam)
    desk.run(first)
    desk.run(again)
    assert [one["content"] for one in desk.messages(rita)] == ["Dear Rita, be faster."]
    assert not desk.messages(sam), "its time has not come"
    desk.site.move_clock(8 * 86400)
    desk.hurry()
    assert [one["content"] for one in desk.messages(sam)] == ["Dear Sam, last call."]
    assert len(desk.messages(rita)) == 2
    assert set(desk.targets(first)) == {rita}
    assert set(desk.targets(again)) == {rita, sam}


@pytest.mark.accepts("CMP-05", "CMP-06")
@pytest.mark.scenario(18)
def test_an_accepted_offer_becomes_a_lead_and_its_sale_is_counted(desk: Desk) -> None:
    """An outcome is kept with time, channel and agent and stands at the customer; who accepts
    becomes a lead that carries the campaign; what it wins is counted back to the campaign, once."""
    kim = desk.customer("Kim", segment="mass", consent=YES)
    no = desk.customer("Lea", segment="mass", consent=YES)
    campaign = desk.campaign("homes")
    wave = desk.wave(campaign, channel="phone", content=None, audienceFilter="customerSegment=mass")
    desk.fill(wave)
    desk.run(wave)
    found = desk.targets(wave)
    refused = desk.marketer.patch(f"{TARGET}/{found[no]['key']}", {
        "state": "refused", "outcomeChannel": "phone", "outcomeNote": "no need"}).json  # fmt: skip
    assert (refused["outcomeChannel"], refused["agent"]) == ("phone", "Marta")
    assert refused["outcomeDate"]
    accepted = desk.marketer.patch(f"{TARGET}/{found[kim]['key']}", {"state": "accepted"})
    assert accepted.status_code == 200
    desk.site.work()
    target = desk.targets(wave)[kim]
    (lead,) = desk.site.admin.get(LEAD, query_string=f"marketingCampaign.id={campaign['id']}").json
    assert lead["id"] == target["resultingLead"]["id"]
    assert lead["salesLeadItem"][0]["productOffering"]["id"] == desk.offering
    assert lead["relatedParty"][0]["id"] == kim
    page = desk.site.admin.get(TARGET, query_string=f"customer.id={kim}").json
    assert [one["state"] for one in page] == ["accepted"]
    assert page[0]["marketingCampaign"]["name"] == "Homes"
    made = desk.site.admin.post(f"/api/sales/v1/salesLead/{lead['key']}/convert", {"customer": kim})
    assert made.status_code == 201, made.json
    sale = made.json["opportunity"]["key"]
    sales = "/api/sales/v1/salesOpportunity"
    won = {"stage": "closedWon", "closeReason": "price"}
    assert desk.site.admin.patch(f"{sales}/{sale}", won).status_code == 200
    desk.site.work()
    counted = desk.targets(wave)[kim]
    assert (counted["state"], counted["revenue"]["unit"]) == ("converted", "EUR")
    assert counted["revenue"]["value"] == pytest.approx(12 * 49.90)
    figures = desk.marketer.get(f"{CAMPAIGN}/homes/figures").json
    assert (figures["converted"], figures["refused"], figures["answered"]) == (1, 1, 2)
    assert figures["revenue"] == [{"unit": "EUR", "value": pytest.approx(12 * 49.90)}]
    assert figures["cost"]["value"] == 100


@pytest.mark.accepts("CMP-07", "CMP-09", "CMP-10")
def test_signals_figures_and_frequency(desk: Desk) -> None:
    """A signal of churn brings its customer into the retention campaign that waits for it; nobody
    is addressed more often than the policy says, whichever the campaign; the figures tell of each
    group, the one held back too."""
    max_ = desk.customer("Max", segment="premium", consent=YES)
    calm = desk.customer("Nia", segment="premium", consent=YES)
    campaign = desk.campaign("stay", campaignType="retention", signalKind="churnRisk",
                             signalMinimum=60)  # fmt: skip
    wave = desk.wave(campaign)
    desk.run(wave)
    for ident, percent in ((calm, 40), (max_, 80)):
        signal = {"customer": {"id": ident}, "kind": "churnRisk", "percent": percent}
        desk.make(f"{CAMPAIGNS}/customerSignal", {**signal, "reason": "called twice"})
    desk.site.work()
    found = desk.targets(wave)
    assert set(found) == {max_}
    assert (found[max_]["state"], len(desk.messages(max_))) == ("contacted", 1)

    desk.make(f"{CAMPAIGNS}/contactFrequency", {"name": "Monthly", "contactsMax": 1, "days": 30})
    second = desk.wave(desk.campaign("more"), audienceFilter="customerSegment=premium",
                       controlPercent=100)  # fmt: skip
    desk.fill(second)
    both = desk.targets(second)
    assert (both[max_]["state"], both[max_]["exclusionReason"]) == ("excluded", "frequencyCap")
    assert (both[calm]["state"], both[calm]["targetGroup"]) == ("planned", "control")
    desk.run(second)
    assert not desk.messages(calm), "the control group is not addressed"
    figures = desk.marketer.get(f"{CAMPAIGN}/more/figures").json
    assert (figures["control"], figures["sent"], figures["excluded"]) == (1, 0, 1)
    assert figures["liftPercent"] is None
    first = desk.marketer.get(f"{CAMPAIGN}/stay/figures").json
    assert (first["targeted"], first["sent"], first["delivered"]) == (1, 1, 0)
    desk.site.admin.patch(f"{MESSAGE}/{desk.messages(max_)[0]['id']}", {"state": "completed"})
    assert desk.marketer.get(f"{CAMPAIGN}/stay/figures").json["delivered"] == 1


def test_a_share_is_held_back_evenly() -> None:
    """The share that is held back is what it says, and the same ones each time."""
    held = [is_held_back("wave", str(one), 20) for one in range(5000)]
    assert 850 < sum(held) < 1150
    assert held == [is_held_back("wave", str(one), 20) for one in range(5000)]
    assert not any(is_held_back("wave", str(one), 0) for one in range(100))
    assert all(is_held_back("wave", str(one), 100) for one in range(100))


def test_nobody_without_the_right_fills_waves_or_reads_figures(desk: Desk) -> None:
    """Filling a wave and its figures take rights of their own."""
    campaign = desk.campaign("closed")
    wave = desk.wave(campaign, audienceFilter="")
    for client in (member(desk.site, "seller", "sales"), desk.site.stranger()):
        assert client.post(f"{WAVE}/{wave['key']}/target", {}).status_code == 403
        assert client.get(f"{CAMPAIGN}/closed/figures").status_code == 403
