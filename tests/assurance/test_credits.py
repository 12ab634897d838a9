"""Credits for time without service: proposed by a policy, decided by a person, and on the bill."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.assurance.conftest import CALENDAR, HOUR, OWN, PROBLEM, Desk
from tests.assurance.test_problems import PRODUCT, RESOURCE, line
from tests.billing.conftest import BILLING, BILLS, RATES, money
from tests.stories.test_bills_of_our_own import BillingDesk, amount, killed_until_done
from tests.support.operator import ACCOUNT, OFFERING, Customer, Operator
from tests.support.pages import browser_of
from tests.support.program import Client
from tests.web.browser import words_of
from trunkline.assurance.credit import proposing
from trunkline.assurance.credit.service_credit import ServiceCredit
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.kernel.work import Work

CREDIT, POLICY = f"{OWN}/serviceCredit", f"{OWN}/serviceCreditPolicy"
ENTITLEMENT = "/api/contract/v1/entitlement"
RIGHTS = {
    one: Grant("all", EVERY_CLASS)
    for one in ("ServiceCredit:read", "TMF656:read", "billing:approve")
}  # fmt: skip
PRICE = {"priceType": "recurring", "recurringChargePeriod": "month", "name": "Monthly",
         "price": {"dutyFreeAmount": {"unit": "EUR", "value": 40}, "taxRate": 19}}  # fmt: skip
LEVEL = {"name": "Gold", "metric": "resolution", "target": 8, "unit": "hours"}
MANY = 12


def found(desk: Desk, problem: dict[str, Any], **more: str) -> list[dict[str, Any]]:
    return desk.operator.find(CREDIT, serviceProblem__id=problem["id"], limit="100", **more)


def entitled(desk: Desk, ada: Customer, product: dict[str, Any]) -> None:
    party = {"id": ada.id, "role": "customer", "@referredType": "Customer"}
    desk.operator.make(ENTITLEMENT, {
        "name": "Gold", "state": "active", "relatedParty": [party],
        "product": [{"id": product["id"]}], "serviceLevel": [LEVEL],
        "validFor": {"startDateTime": "2020-01-01T00:00:00Z"},
    })  # fmt: skip


@pytest.fixture
def gold(desk: Desk) -> Iterator[None]:
    """A policy for the level that is called Gold; after the test it is switched off."""
    made = desk.operator.make(POLICY, {
        "code": f"gold-{desk.day}", "name": "Gold", "levelName": ["gold"], "percentPerHour": 5,
        "percentMax": 50,
    })  # fmt: skip
    yield
    assert desk.staff.patch(f"{POLICY}/{made['id']}", {"isActive": False}).status_code == 200


@pytest.fixture
def in_twos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let customers be looked at two at a time, so that there are pieces to die in."""
    monkeypatch.setattr(proposing, "CHUNK", 2)


@pytest.fixture(scope="module")
def people(opened: Operator) -> dict[str, Client]:
    """Grace may grant up to 5 euros alone, Ole up to 20, Ida up to 500, Lin nothing, and Max may
    not decide."""
    people = {}
    for name, limit in (("grace", 5), ("ole", 20), ("ida", 500), ("lin", None)):
        role = opened.site.role(f"credits_{name}", RIGHTS)
        people[name] = opened.site.user(f"{name}.credits", roles=[role], scopes=tuple(RIGHTS))
        if limit:
            body = {"role": role, "kind": "adjustment", "limit": money(limit)}
            opened.make(f"{BILLING}/authorityLimit", body)
    rights = {one: grant for one, grant in RIGHTS.items() if one != "billing:approve"}
    role = opened.site.role("credits_max", rights)
    people["max"] = opened.site.user("max.credits", roles=[role], scopes=tuple(rights))
    return people


def hit_many(desk: Desk) -> tuple[dict[str, Any], list[tuple[Customer, dict[str, Any]]]]:
    """Let a cut of nine hours and twenty minutes hit many; all but the first have a level."""
    port = desk.operator.make(RESOURCE, {"name": "Port 4", "resourceStatus": "available"})
    begun = {"startDate": "2026-01-01T00:00:00Z", "productPrice": [PRICE]}
    lines = []
    for number in range(MANY):
        ada = desk.operator.ada()
        more: dict[str, Any] = {**begun, "billingAccount": {"id": ada.account}}
        if number == 2:  # who has one account only need not say it
            more.pop("billingAccount")
        lines.append((ada, line(desk, ada, port, **more)))
        if number:
            entitled(desk, *lines[-1])
    problem = desk.problem(lines[0][0], affectedResource=[{"id": port["id"]}])
    early = desk.staff.post(f"{OWN}/serviceProblem/{problem['id']}/proposeCredit", {})
    assert (early.status_code, early.json["code"]) == (409, "conflictProblemOpen")
    desk.later(9 * HOUR + 20 * 60)
    desk.staff.patch(f"{PROBLEM}/{problem['id']}", {"status": "resolved"})
    assert killed_until_done(desk.operator) >= 2
    return problem, lines


def counted(desk: Desk, problem: dict[str, Any], *, anew: bool = False) -> tuple[int, int, int]:
    """Return how many credits wait, were decided, and how many products get none."""
    if anew:
        path = f"{OWN}/serviceProblem/{problem['id']}/proposeCredit"
        assert desk.staff.post(path, {}).status_code == 202
        desk.operator.hurry()
    run = desk.operator.read(f"{PROBLEM}/{problem['id']}")["creditRun"]
    assert run["isDone"]
    return run["proposed"], run["decided"], run["without"]


@pytest.mark.accepts("TAM-SL-04")
@pytest.mark.scenario(15)
def test_an_outage_of_many_gives_back_what_was_promised_and_the_bill_shows_it(
    desk: Desk, gold: None, in_twos: None, people: dict[str, Client]
) -> None:
    """A cut of nine hours and twenty minutes hits many: those who were promised repair within
    eight hours are each proposed two started hours of their price, others nothing; within their
    authority people grant them, once, whenever processes die meanwhile, and the customer's bill
    shows it to the cent with tax."""
    problem, lines = hit_many(desk)
    path = f"{OWN}/serviceProblem/{problem['id']}"
    assert counted(desk, problem) == (MANY - 1, 0, 1)
    proposed = found(desk, problem, state="proposed")
    by_account = {one["billingAccount"]["id"]: one for one in proposed}
    assert set(by_account) == {ada.account for ada, _ in lines[1:]}
    for one in proposed:
        assert (one["amount"], one["taxIncludedAmount"]) == (money(4), money("4.76"))
        assert (one["basis"]["startedHours"], one["basis"]["percent"]) == (2, 10)
        assert "8 h free by Gold (8 hours): 2 started h at 5 % = 10 %" in one["explanation"]
    assert counted(desk, problem, anew=True) == (MANY - 1, 0, 1)  # asked again, nothing comes twice
    assert {one["id"] for one in found(desk, problem)} == {one["id"] for one in proposed}

    first, second = (by_account[lines[place][0].account] for place in (1, 2))
    for who, code in (("max", "notAllowed"), ("lin", "aboveAuthority")):
        refused = people[who].post(f"{CREDIT}/{first['id']}/approve", {})
        assert (refused.status_code, refused.json["code"]) == (403, code)
    assert found(desk, problem, state="granted") == []
    unsaid = people["grace"].post(f"{CREDIT}/{second['id']}/reject", {})
    assert (unsaid.status_code, unsaid.json["fault"][0]["path"]) == (400, "note")
    said = people["grace"].post(f"{CREDIT}/{second['id']}/reject", {"note": "not at home"})
    assert (said.status_code, said.json["state"]) == (200, "rejected")
    granted = people["grace"].post(f"{CREDIT}/{first['id']}/approve", {"note": "promised"})
    assert (granted.status_code, granted.json["state"]) == (200, "granted")
    twice = people["ida"].post(f"{CREDIT}/{first['id']}/approve", {})
    assert (twice.status_code, twice.json["code"]) == (409, "conflictDecided")

    job = people["ida"].post(f"{path}/decideCredit", {"decision": "approve"})
    assert job.status_code == 202, job.json
    assert killed_until_done(desk.operator) >= 2
    states = [one["state"] for one in found(desk, problem)]
    assert (states.count("granted"), states.count("rejected")) == (MANY - 2, 1)
    none = people["ida"].post(f"{path}/decideCredit", {"decision": "approve"})
    assert (none.status_code, none.json["code"]) == (409, "conflictDecided")
    assert counted(desk, problem, anew=True) == (0, MANY - 1, 1)
    waits_for_the_bill(desk, [lines[1], *lines[3:]], [lines[0], lines[2]])
    our_bill_shows_it(desk, lines[1][0], problem)
    their_bill_shows_it(desk, lines[3][0], by_account[lines[3][0].account])


def test_no_more_than_the_authority_is_granted_in_parts(
    desk: Desk, gold: None, people: dict[str, Client]
) -> None:
    """Two credits of one account for one problem count together; the second one, chosen on the
    page with the first, is somebody else's to grant. Who may not decide sees why each is proposed
    and no more. While the problem is open again nobody grants anything."""
    port = desk.operator.make(RESOURCE, {"name": "Port 8", "resourceStatus": "available"})
    ada = desk.operator.ada()
    paid = {"productPrice": [PRICE], "billingAccount": {"id": ada.account}}
    for _ in range(2):
        entitled(desk, ada, line(desk, ada, port, **paid))
    problem = desk.problem(ada, affectedResource=[{"id": port["id"]}])
    desk.later(9 * HOUR + 20 * 60)
    address = f"{PROBLEM}/{problem['id']}"
    desk.staff.patch(address, {"status": "resolved"})
    desk.operator.hurry()
    page = f"/problems/{problem['key']}/credits"
    both = {"decision": "approve", "credit": [one["key"] for one in found(desk, problem)]}
    for login, status in (("max.credits", 403), ("grace.credits", 303)):
        browser = browser_of(desk.operator.site, login)
        shown = browser.get(page)
        assert (shown.status_code, status == 303) == (200, 'value="approve"' in shown.text)
        assert words_of(shown.text).count("2 started h at 5 % = 10 %") == 2
        assert browser.post(page, {"decision": "reject"}).status_code == 400, "nothing is chosen"
        assert browser.post(page, both).status_code == status
        desk.operator.settle()
    (left,) = found(desk, problem, state="proposed")
    assert desk.staff.patch(address, {"status": "inProgress"}).status_code == 200
    reopened = people["ida"].post(f"{CREDIT}/{left['id']}/approve", {})
    assert (reopened.status_code, reopened.json["code"]) == (409, "conflictProblemOpen")
    desk.later(HOUR)
    desk.staff.patch(address, {"status": "resolved"})
    desk.operator.hurry()
    (longer,) = found(desk, problem, state="proposed")
    assert (longer["id"], longer["basis"]["startedHours"]) == (left["id"], 3)
    assert people["ida"].post(f"{CREDIT}/{left['id']}/approve", {}).status_code == 200
    assert len(found(desk, problem, state="granted")) == 2


class Lived:
    """An outage of a Monday from eight to eight, written down afterwards, and whom it hit."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.port = desk.operator.make(RESOURCE, {"name": "Port", "resourceStatus": "available"})
        self.ada = desk.operator.ada()

    def line(self, **more: Any) -> dict[str, Any]:
        paid = {"productPrice": [PRICE], "billingAccount": {"id": self.ada.account}}
        return line(self.desk, self.ada, self.port, **{**paid, **more})

    def problem(self, **more: Any) -> dict[str, Any]:
        said = {"status": "resolved", "beganAt": "2026-11-02T08:00:00Z",
                "resolutionDate": "2026-11-02T20:00:00Z", **more}  # fmt: skip
        made = self.desk.problem(self.ada, affectedResource=[{"id": self.port["id"]}], **said)
        self.desk.operator.hurry()
        return made

    def gives(self, **more: Any) -> dict[str, tuple[int, float, float]]:
        """Return started hours, net and gross amount by the product's id."""
        return {
            one["product"]["id"]: (one["basis"]["startedHours"], one["amount"]["value"],
                                   one["taxIncludedAmount"]["value"])
            for one in found(self.desk, self.problem(**more))
        }  # fmt: skip


def test_levels_of_offerings_contracts_and_bundles_count_each_once(desk: Desk, gold: None) -> None:
    """A level may be the offering's (from the first hour, where it promises no time), a contract's
    (in the hours of its calendar), or of a part without a price, whose bundle gives it back once.
    Planned work and what the policy leaves out give nothing, other products what the default does;
    an outage that ends before it began is refused."""
    lived = Lived(desk)
    operator = desk.operator
    plain = lived.line()
    offering = operator.make(OFFERING, {
        "name": "Gold line", "serviceLevelAgreement": {"id": "sla-1", "name": " GOLD "},
        "lifecycleStatus": "Active",
    })  # fmt: skip
    offered = lived.line(productOffering={"id": offering["id"]})
    office = operator.make(CALENDAR, {
        "name": f"Office {desk.day}", "timeZone": "UTC",
        "workingHours": [{"day": "monday", "startHour": "09:00", "endHour": "17:00"}],
    })  # fmt: skip
    contracted = lived.line()
    party = {"id": lived.ada.id, "role": "customer", "@referredType": "Customer"}
    operator.make("/api/contract/v1/contract", {
        "name": "Office", "state": "active", "relatedParty": [party],
        "validFor": {"startDateTime": "2026-01-01T00:00:00Z"},
        "contractLine": [{"id": "1", "product": {"id": contracted["id"]}}],
        "serviceLevel": [{**LEVEL, "target": 300, "unit": "minutes", "calendar": office["name"]}],
    })  # fmt: skip
    parts = [lived.line(productPrice=[]) for _ in range(2)]
    around: dict[str, Any] = {
        "name": "Bundle", "status": "active", "relatedParty": [party], "productPrice": [PRICE],
        "product": [{"id": one["id"]} for one in parts],
        "billingAccount": {"id": lived.ada.account},
    }  # fmt: skip
    former = {"status": "terminated", "startDate": "2025-01-01T00:00:00Z",
              "terminationDate": "2026-01-01T00:00:00Z"}  # fmt: skip
    _, bundle, _ = (operator.make(PRODUCT, around | said) for said in (former, {}, {}))
    entitled(desk, lived.ada, parts[0])
    assert lived.gives() == {
        offered["id"]: (12, 20, 23.8),  # no more than half of the price
        contracted["id"]: (3, 6, 7.14),
        bundle["id"]: (4, 8, 9.52),
    }
    assert lived.gives(category="plannedWork") == {}
    rest = operator.make(POLICY, {
        "code": f"rest-{desk.day}", "name": "All others", "hoursFree": 10, "percentPerHour": 1,
        "percentMax": 10, "excludedReason": ["Force majeure"],
    })  # fmt: skip
    assert lived.gives()[plain["id"]] == (2, 0.8, 0.95)
    assert plain["id"] not in lived.gives(reason="force  majeure")
    operator.staff.patch(f"{POLICY}/{rest['id']}", {"isActive": False})
    wrong = desk.staff.post(PROBLEM, {
        "category": "outage", "priority": 1, "description": "Dark", "reason": "digger",
        "originatorParty": {"id": lived.ada.party}, "status": "resolved",
        "beganAt": "2026-11-03T08:00:00Z", "resolutionDate": "2026-11-02T08:00:00Z",
    })  # fmt: skip
    assert [one["code"] for one in wrong.json["fault"]] == ["endsBeforeStart"]


def test_all_that_one_has_granted_counts(
    desk: Desk, gold: None, people: dict[str, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The authority ends where all that a person has granted comes to it, not the newest alone."""
    lived = Lived(desk)
    for _ in range(3):
        entitled(desk, lived.ada, lived.line())
    problem, find = lived.problem(), Work.find

    def newest(work: Work, kind: type[Any], wanted: Any, **said: Any) -> list[Any]:
        few = {"limit": 1} if kind is ServiceCredit else {}  # as if a thousand were one
        return find(work, kind, wanted, **(few | said))

    monkeypatch.setattr(Work, "find", newest)
    answers = [people["ole"].post(f"{CREDIT}/{one['id']}/approve", {})
               for one in found(desk, problem)]  # fmt: skip
    assert [one.status_code for one in answers] == [200, 200, 403], "9.52 each, and 20 in all"


def test_what_no_account_pays_for_waits_until_one_does(
    desk: Desk, gold: None, people: dict[str, Client]
) -> None:
    """Nothing is granted to nobody's account. Named later, the account is taken, and its
    exemption from tax with it."""
    lived = Lived(desk)
    mine = lived.line(billingAccount=None)
    entitled(desk, lived.ada, mine)
    party = {"id": lived.ada.id, "role": "customer", "@referredType": "Customer"}
    free = desk.operator.make(ACCOUNT, {
        "name": "Embassy", "state": "active", "relatedParty": [party],
        "taxExemption": [{"issuingJurisdiction": "Nordhaven",
                          "validFor": {"startDateTime": "2020-01-01T00:00:00Z"}}],
    })  # fmt: skip
    problem = lived.problem()
    (credit,) = found(desk, problem)
    assert ("billingAccount" in credit, credit["taxIncludedAmount"]) == (False, money("9.52"))
    approve = f"{CREDIT}/{credit['id']}/approve"
    refused = people["ida"].post(approve, {})
    assert (refused.status_code, refused.json["fault"][0]["path"]) == (400, "billingAccount")
    named = {"billingAccount": {"id": free["id"]}}
    assert desk.staff.patch(f"{PRODUCT}/{mine['id']}", named).status_code == 200
    assert counted(desk, problem, anew=True) == (1, 0, 0)
    assert people["ida"].post(approve, {}).json["state"] == "granted"
    (one,) = desk.operator.find(RATES, billingAccount__id=free["id"])
    assert (one["taxExcludedAmount"], one["taxIncludedAmount"]) == (money(-8), money(-8))
    assert [tax["taxCategory"] for tax in one["appliedTax"]] == ["E"]


def waits_for_the_bill(
    desk: Desk, granted: list[tuple[Customer, dict[str, Any]]],
    others: list[tuple[Customer, dict[str, Any]]],
) -> None:  # fmt: skip
    """See one unbilled line for each who gets something back, and none for the others."""
    for ada, _ in others:
        assert desk.operator.find(RATES, billingAccount__id=ada.account) == []
    for ada, product in granted:
        (one,) = desk.operator.find(RATES, billingAccount__id=ada.account)
        assert (one["isBilled"], one["type"]) == (False, "credit")
        assert one["product"]["id"] == product["id"]
        assert (one["taxExcludedAmount"], one["taxIncludedAmount"]) == (money(-4), money("-4.76"))


def our_bill_shows_it(desk: Desk, ada: Customer, problem: dict[str, Any]) -> None:
    """Bill a customer by a run of our own: a month in advance, less what is given back."""
    month = desk.operator.read(f"{PROBLEM}/{problem['id']}")["resolutionDate"][:7]
    since = {"chargedFrom": f"{month}-01T12:00:00Z"}
    assert desk.staff.patch(f"{ACCOUNT}/{ada.account}", since).status_code == 200
    bills = BillingDesk(desk.operator)
    bills.issued(bills.run(billingAccount=[{"id": ada.account}]))
    (bill,) = bills.bills(ada)
    assert [one[0::3] for one in bills.lines(bill)] == [("credit", "-4.00"), ("recurring", "40.00")]
    assert (amount(bill, "taxExcludedAmount"), amount(bill)) == ("36.00", "42.84")
    assert [amount(one, "taxAmount") for one in bill["taxItem"]] == ["6.84"]


def their_bill_shows_it(desk: Desk, ada: Customer, credit: dict[str, Any]) -> None:
    """Bill a customer as a system beside ours does: it takes the credit up as a line."""
    ident = desk.operator.read(f"{CREDIT}/{credit['id']}")["rate"]["id"]
    taxed = {"taxCategory": "VAT", "taxRate": 19}
    bill = desk.operator.make(BILLS, {
        "billNo": f"INV-{credit['key']}", "billingAccount": {"id": ada.account},
        "taxExcludedAmount": money(36), "taxIncludedAmount": money("42.84"),
        "taxItem": [{**taxed, "taxAmount": money("6.84")}],
    })  # fmt: skip
    desk.operator.make(RATES, {
        "name": "Monthly", "type": "recurring", "bill": {"id": bill["id"]},
        "taxExcludedAmount": money(40), "taxIncludedAmount": money("47.60"),
        "appliedTax": [{**taxed, "taxAmount": money("7.60")}],
    })  # fmt: skip
    taken = desk.staff.patch(f"{RATES}/{ident}", {"bill": {"id": bill["id"]}})
    assert taken.status_code == 200, taken.json
    issued = desk.staff.patch(f"{BILLS}/{bill['id']}", {"state": "sent"})
    assert issued.status_code == 200, issued.json
    desk.operator.settle()
    lines = {one["id"]: one for one in desk.operator.find(RATES, bill__id=bill["id"])}
    assert (len(lines), lines[ident]["isBilled"]) == (2, True)
    assert desk.operator.read(f"{BILLS}/{bill['id']}")["amountDue"] == money("42.84")
