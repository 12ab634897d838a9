"""What is charged stays charged, and no bill run waits for ever for anything or anybody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.operator import PRODUCT, Customer, Operator, Record
from tests.support.own_bills import (
    ACCOUNT,
    BILLS,
    ON_DEMAND,
    PREVIEW,
    RATES,
    RUNS,
    BillingDesk,
    product,
)
from tests.web.browser import Browser, words_of
from trunkline.kernel.actor import Grant
from trunkline.web.billing import run_page

CYCLES = "/tmf-api/accountManagement/v4/billingCycleSpecification"
Told = list[tuple[str, str]]


def told(operator: Operator, who: Customer, by: str) -> Told:
    """Return the start of the whole period and the net amount of each line ahead."""
    ahead = operator.read(f"{PREVIEW}?billingAccount={who.account}&cutOff={by}")
    return sorted(
        (str(one["basis"].get("wholePeriod", {}).get("startDateTime", ""))[5:10],
         f"{one['taxExcludedAmount']['value']:.2f}")
        for one in ahead["line"]
    )  # fmt: skip


def changed(operator: Operator, path: str, said: Record) -> None:
    answer = operator.staff.patch(path, said)
    assert answer.status_code == 200, answer.json


def in_cycle(operator: Operator, who: Customer, **said: object) -> None:
    made = operator.make(CYCLES, {"name": "Special", **said})
    cycle = {"id": made["id"], "name": "Special", "isRef": True}
    changed(operator, f"{ACCOUNT}/{who.account}", {
        "billStructure": {"cycleSpecification": cycle}})  # fmt: skip


def test_what_was_used_and_charged_stays_so(operator: Operator) -> None:
    """A run up to a day before gives nothing back, nor does an account that was away for a day;
    what is given back bears the tax that was charged, also of a price with a slash in its name;
    what is free or long over needs no charge; what began suspended is charged from its end on."""
    desk = BillingDesk(operator)
    start, year = desk.day(11, 1), desk.year
    ada, bob, eve, dan = (operator.ada() for _ in range(4))
    named = {"name": "Internet 100/40", "priceType": "recurring", "recurringChargePeriod": "month",
             "price": {"dutyFreeAmount": {"unit": "EUR", "value": 30}, "taxRate": 19}}  # fmt: skip
    line = product(operator, ada, 30, start, productPrice=[named])
    product(operator, bob, 30, start)
    in_cycle(operator, dan, chargesSuspended=False)
    asleep = product(operator, dan, 30, start, status="suspended")
    for one in (ada, bob):
        operator.make(ON_DEMAND, {"billingAccount": {"id": one.account}})
    operator.settle()
    assert len(operator.find(RATES, billingAccount__id=ada.account)) == 1
    assert told(operator, ada, f"{year}-10-31T12:00:00Z") == []

    desk.day(11, 10)
    changed(operator, f"{ACCOUNT}/{bob.account}", {"billingSystem": "mainframe"})
    desk.day(11, 11)
    changed(operator, f"{ACCOUNT}/{bob.account}", {"billingSystem": None})
    assert told(operator, bob, f"{year}-11-11T12:00:00Z") == []
    assert told(operator, dan, f"{year}-11-11T12:00:00Z") == []

    exempt = {"issuingJurisdiction": "Nordhaven", "reason": "Charity",
              "validFor": {"startDateTime": f"{year}-11-05T00:00:00Z"}}  # fmt: skip
    changed(operator, f"{ACCOUNT}/{ada.account}", {"taxExemption": [exempt]})
    desk.day(11, 16)
    changed(operator, f"{PRODUCT}/{asleep}", {"status": "active", "stateReason": "Awake"})
    ended = {"status": "terminated", "terminationDate": f"{year}-11-16T00:00:00Z"}
    changed(operator, f"{PRODUCT}/{line}", {**ended, "stateReason": "Moved away"})
    now = f"{year}-11-16T12:00:00Z"
    ahead = operator.read(f"{PREVIEW}?billingAccount={ada.account}&cutOff={now}")
    (credit,) = ahead["line"]
    assert (credit["taxExcludedAmount"]["value"], credit["appliedTax"][0]["taxRate"]) == (-15, 19)
    assert told(operator, dan, now) == [("11-01", "15.00")]

    changed(operator, f"{ACCOUNT}/{eve.account}", {"chargedFrom": f"{year - 5}-01-01T00:00:00Z"})
    long_ago = start.replace(year=year - 4)
    product(operator, eve, 0, long_ago)
    product(operator, eve, 9, long_ago, status="terminated",
            terminationDate=f"{year - 3}-01-01T00:00:00Z")  # fmt: skip
    assert told(operator, eve, now) == []
    product(operator, eve, 9, long_ago)
    answer = operator.staff.get(f"{PREVIEW}?billingAccount={eve.account}&cutOff={now}")
    assert "conflictLongAgo" in str(answer.json)


def test_each_account_gets_its_last_bill_and_none_stops_the_others(operator: Operator) -> None:
    """A closed account gets its last bill, one that is not active yet its first; a number that
    somebody brought is passed over; a bill that cannot be made says why, and the next is made."""
    desk = BillingDesk(operator)
    start, year = desk.day(6, 1), desk.year
    ada, bob, eve = (operator.ada() for _ in range(3))
    owner = [{"id": bob.id, "role": "customer"}]
    fresh = operator.make(ACCOUNT, {"name": "Not active yet", "relatedParty": owner})
    assert fresh["state"] == "defined"
    bob = replace(bob, account=fresh["id"])
    in_cycle(operator, ada, inArrears=True)
    in_cycle(operator, eve, paymentDueDateOffset=10_000_000)
    line = product(operator, ada, 30, start)
    for one in (bob, eve):
        product(operator, one, 30, start)
    desk.day(6, 20)
    ended = {"status": "terminated", "terminationDate": f"{year}-06-21T00:00:00Z"}
    changed(operator, f"{PRODUCT}/{line}", {**ended, "stateReason": "Moved away"})
    changed(operator, f"{ACCOUNT}/{ada.account}", {"state": "closed"})
    desk.day(7, 1)
    found = operator.site.rows("select last from bill_number where year = %s", year)
    last = found[0][0] if found else 0
    taken = f"{year}-{last + 1:07d}"
    operator.make(BILLS, {
        "billNo": taken, "state": "sent", "billingAccount": {"id": operator.ada().account},
        "taxIncludedAmount": {"unit": "EUR", "value": 5}})  # fmt: skip
    run = desk.run(billingAccount=[{"id": one.account} for one in (ada, bob, eve)], check=[])
    assert run["figures"].get("drafted") == 3, run
    run = desk.issued(run)
    assert (run["figures"]["issued"], run["figures"]["drafted"]) == (2, 1)
    assert run["state"] == "approved"
    assert desk.entry(run, eve)["reason"]
    assert {desk.bills(one)[0]["billNo"] for one in (ada, bob)} == {
        f"{year}-{last + one:07d}" for one in (2, 3)
    }
    assert desk.lines(desk.bills(ada)[0]) == [("recurring", "06-01", "06-21", "20.00")]

    operator.make(RATES, {"billingAccount": {"id": eve.account}, "isBilled": False, "type": "fee",
                          "name": "Visit", "taxExcludedAmount": {"unit": "EUR", "value": 4},
                          "taxIncludedAmount": {"unit": "EUR", "value": 4}})  # fmt: skip
    wish = operator.make(ON_DEMAND, {"billingAccount": {"id": eve.account}})
    operator.settle()
    assert operator.read(ON_DEMAND, wish["id"])["state"] == "rejected"
    first_year = f"{PREVIEW}?billingAccount={bob.account}&cutOff=0001-06-01T00:00:00Z"
    early = operator.staff.get(first_year)
    assert (early.status_code, "conflictTerms" in str(early.json)) == (409, True)
    public = Grant("all", frozenset({"public", "internal"}))
    reads = {"TMF666:read": public, "TMF678:read": public}
    role = operator.site.role("lookout", reads)
    blind = operator.site.user("lookout", roles=[role], scopes=tuple(reads))
    seen = blind.get(f"{PREVIEW}?billingAccount={eve.account}")
    assert seen.status_code == 200, seen.json
    assert "Amount" not in str(seen.json)


def leaves(operator: Operator, login: str, run: Record, *verbs: str) -> None:
    """Let somebody ask for things and leave before the last of them is begun."""
    client = operator.site.user(login, roles=["administrator"])
    for verb in verbs:
        operator.settle()
        assert client.post(f"{RUNS}/{run['id']}/{verb}", {}).status_code == 200
    with operator.site.services.database.app.connection() as connection:
        connection.execute("update principal set active = false where name = %s", [login.title()])
    operator.settle()


def test_somebody_else_goes_on_where_one_has_left(
    operator: Operator, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asked for a run's issue, or gave it up, and leaves stops nothing: another one goes on;
    all that is on hold comes to be seen, however much there is."""
    desk = BillingDesk(operator)
    start = desk.day(5, 1)
    people = [operator.ada() for _ in range(3)]
    for one in people:
        product(operator, one, 30, start)
    both = {"billingAccount": [{"id": one.account} for one in people[:2]]}
    run = desk.run(**both, check=[{"kind": "firstBill"}])
    monkeypatch.setattr(run_page, "SHOWN", 1)
    page, entries = f"/bill-runs/{run['key']}", [desk.entry(run, one) for one in people[:2]]
    keys = {
        operator.read(BILLS, one["customerBill"]["id"])["key"]: one["customerBill"]["id"]
        for one in entries
    }
    shown = [key for key in keys if key in browser.get(page).text]
    assert len(shown) == 1
    let_go = {"state": "new"}
    answer = desk.second.patch(f"{BILLS}/{keys.pop(shown[0])}", let_go)
    assert answer.status_code == 200, answer.json
    ((key, last),) = keys.items()
    assert "On hold 1 Account Bill Why" in words_of(browser.get(page).text)
    assert key in browser.get(page).text
    desk.second.patch(f"{BILLS}/{last}", let_go)
    leaves(operator, "leaver", run, "approve", "issue")
    assert operator.read(RUNS, run["id"])["state"] == "issuing"
    assert "Issue the bills" in words_of(browser.get(page).text)
    assert desk.does(run, "issue").status_code == 200
    assert operator.read(RUNS, run["id"])["state"] == "issued"
    assert desk.does(run, "issue").status_code == 409

    third = {"billingAccount": [{"id": people[2].account}], "check": []}
    run = desk.run(**third)
    leaves(operator, "goner", run, "cancel")
    assert "Give the run up" in words_of(browser.get(f"/bill-runs/{run['key']}").text)
    other = desk.run(**third)
    assert run["key"] in desk.entry(other, people[2])["reason"]
    assert desk.does(run, "cancel").status_code == 200
    assert desk.bills(people[2]) == []
    assert desk.does(run, "cancel").status_code == 409
    assert desk.does(other, "retry").status_code == 200
    assert operator.read(RUNS, other["id"])["figures"]["drafted"] == 1
