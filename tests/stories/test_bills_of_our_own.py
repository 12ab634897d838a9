"""Ada is billed by us: month by month, to the cent, each thing once, whatever happens meanwhile."""

from __future__ import annotations

import os
import signal
from decimal import Decimal
from typing import Any

import pytest

from tests.support.operator import PRODUCT, Customer, Operator, Record, codes
from tests.support.own_bills import (
    ACCOUNT,
    BILLS,
    ON_DEMAND,
    PREVIEW,
    RATES,
    RUNS,
    BillingDesk,
    amount,
    product,
    put_down,
)
from tests.web.browser import Browser, words_of
from trunkline.database.connection import Database
from trunkline.database.prepared import PreparedConnection
from trunkline.program.start import make_services
from trunkline.settings import load
from trunkline.worker.steps import run_until_idle


def test_ordered_and_billed_with_the_rest_of_the_month(operator: Operator) -> None:
    """Who has something since the 10th is billed the rest of that month and the next one, as it
    was told before; each line says from what; a second run makes nothing new."""
    desk = BillingDesk(operator)
    start = desk.day(3, 10)
    ada = operator.ada()
    line = product(operator, ada, 30.01, start)
    mine = {"billingAccount": [{"id": ada.account}], "check": []}
    desk.day(4, 1)
    ahead = operator.read(f"{PREVIEW}?billingAccount={ada.account}")
    assert operator.find(RATES, billingAccount__id=ada.account) == []
    run = desk.run(**mine)
    entry = desk.entry(run, ada)
    assert (run["state"], entry["state"], amount(entry)) == ("review", "drafted", "61.06")
    (draft,) = desk.bills(ada)
    assert ("billNo" in draft, draft["state"], draft.get("issuedTo")) == (False, "new", None)
    run = desk.issued(run)
    (bill,) = desk.bills(ada)
    assert (run["state"], bill["state"]) == ("issued", "validated")
    assert bill["issuedTo"]["id"] == ada.id
    assert bill["billNo"].startswith(f"{desk.year}-")
    assert desk.lines(bill) == [
        ("recurring", "03-10", "04-01", "21.30"), ("recurring", "04-01", "05-01", "30.01"),
    ]  # fmt: skip
    assert (amount(bill, "taxExcludedAmount"), amount(bill)) == ("51.31", "61.06")
    lines = operator.find(RATES, bill__id=bill["id"], sort="key")
    assert amount(ahead, "taxIncludedAmount") == "61.06"
    assert [one["taxIncludedAmount"] for one in ahead["line"]] == [
        one["taxIncludedAmount"] for one in lines
    ]
    for one in lines:
        assert (one["product"]["id"], one["basis"]["price"]["value"]) == (line, 30.01)
        assert one["isBilled"] is True
    ((due,),) = operator.site.rows(
        "select p_payment_due_date - p_bill_date from customer_bill where id = %s", bill["id"]
    )
    assert due.days == 14
    again = desk.run(**mine)
    assert (again["state"], desk.entry(again, ada)) == ("review", {})
    assert len(operator.find(RATES, billingAccount__id=ada.account)) == 2
    assert len(desk.bills(ada)) == 1


def test_cheaper_in_the_middle_and_ended_in_the_middle(operator: Operator) -> None:
    """Cheaper from the 16th and ended on the 21st of the next month: each bill says what was used
    and gives back the rest; what comes to less than nothing is carried to the next bill."""
    desk = BillingDesk(operator)
    start = desk.day(4, 1)
    ada = operator.ada()
    line = product(operator, ada, 30.01, start)
    mine = {"billingAccount": [{"id": ada.account}], "check": []}
    desk.issued(desk.run(**mine))
    desk.day(4, 20)
    change = f"{desk.year}-04-16T00:00:00Z"
    (held,) = operator.read(PRODUCT, line)["productPrice"]
    lowered = {**held["price"], "dutyFreeAmount": {"unit": "EUR", "value": 20.02}}
    cheaper = {**held, "price": lowered, "validFor": {"startDateTime": change}}
    prices = [{**held, "validFor": {"endDateTime": change}}, cheaper]
    answer = operator.staff.patch(f"{PRODUCT}/{line}", {"productPrice": prices})
    assert answer.status_code == 200, answer.json
    assert put_down(operator, ada, "outage-1", "-5", "credit")
    assert not put_down(operator, ada, "outage-1", "-5", "credit")
    desk.day(5, 1)
    desk.issued(desk.run(**mine))
    second = desk.bills(ada)[1]
    assert desk.lines(second) == [
        ("credit", "", "", "-5.00"), ("credit", "04-16", "05-01", "-15.00"),
        ("recurring", "04-16", "05-01", "10.01"), ("recurring", "05-01", "06-01", "20.02"),
    ]  # fmt: skip
    assert (amount(second, "taxExcludedAmount"), amount(second)) == ("10.03", "11.94")

    desk.day(5, 25)
    ended = {"status": "terminated", "terminationDate": f"{desk.year}-05-21T00:00:00Z"}
    answer = operator.staff.patch(f"{PRODUCT}/{line}", {**ended, "stateReason": "Moved away"})
    assert answer.status_code == 200, answer.json
    desk.day(6, 1)
    entry = desk.entry(desk.run(**mine), ada)
    assert (entry["state"], amount(entry, "taxExcludedAmount")) == ("carried", "-7.10")
    assert put_down(operator, ada, "fee-1", "20", "fee")
    desk.day(7, 1)
    desk.issued(desk.run(**mine))
    third = desk.bills(ada)[2]
    assert desk.lines(third) == [("credit", "05-21", "06-01", "-7.10"), ("fee", "", "", "20.00")]
    assert (amount(third, "taxExcludedAmount"), amount(third)) == ("12.90", "15.35")
    recurring = sum(
        Decimal(str(one["taxExcludedAmount"]["value"]))
        for one in operator.find(RATES, product__id=line)
    )
    assert recurring == Decimal("15.01") + Decimal("10.01") + Decimal("12.92")


UNTAXED: Record = {"priceType": "recurring", "name": "Odd",
                   "price": {"dutyFreeAmount": {"unit": "EUR", "value": 7}}}  # fmt: skip


def test_parked_tried_again_agreed_to_and_given_up(operator: Operator) -> None:
    """An account that cannot be billed is parked with the reason, and the others are billed; who
    started a run does not agree to it; of one that is given up the drafts go, not the charges."""
    desk = BillingDesk(operator)
    start = desk.day(8, 1)
    bob, eve, elsewhere = operator.ada(), operator.ada(), operator.ada()
    product(operator, bob, 20, start)
    odd = product(operator, eve, 7, start, productPrice=[UNTAXED])
    operator.staff.patch(f"{ACCOUNT}/{elsewhere.account}", {"billingSystem": "mainframe"})
    refused = operator.staff.post(RUNS, {"billingAccount": [{"id": elsewhere.account}]})
    assert codes(refused) == {("conflictBilledElsewhere", "billingAccount[0]")}
    later = operator.staff.post(RUNS, {"cutOff": f"{desk.year}-09-01T00:00:00Z"})
    assert codes(later) == {("inTheFuture", "cutOff")}

    both = {"billingAccount": [{"id": one.account} for one in (bob, eve)]}
    tried = desk.run(kind="trial", **both)
    assert (tried["figures"]["tried"], tried["figures"]["parked"]) == (1, 1)
    assert desk.bills(bob) == operator.find(RATES, billingAccount__id=bob.account) == []
    assert desk.does(tried, "approve").status_code == 409
    run = desk.run(**both)
    assert (run["figures"]["drafted"], run["figures"]["parked"]) == (1, 1)
    assert "has no tax rate" in desk.entry(run, eve)["reason"]
    assert operator.find(RATES, billingAccount__id=eve.account) == []
    assert desk.does(run, "approve", operator.staff).status_code == 403
    assert desk.does(run, "issue").status_code == 409
    taxed = {**UNTAXED, "price": {**UNTAXED["price"], "taxRate": 19}}
    operator.staff.patch(f"{PRODUCT}/{odd}", {"productPrice": [taxed]})
    assert desk.does(run, "retry").status_code == 200
    run = operator.read(RUNS, run["id"])
    assert (run["state"], run["figures"]) == (
        "review", {"drafted": 2, "amount": [{"unit": "EUR", "value": 32.13}]}
    )  # fmt: skip
    (draft,) = desk.bills(bob)
    by_hand = operator.staff.patch(f"{BILLS}/{draft['id']}", {"state": "validated", "billNo": "X"})
    assert ("conflictBillRun", "state") in codes(by_hand)
    assert desk.does(run, "cancel").status_code == 200
    assert desk.bills(bob) == []
    (charge,) = operator.find(RATES, billingAccount__id=bob.account)
    assert (charge["isBilled"], "bill" in charge) == (False, False)
    removed = operator.staff.delete(f"{RATES}/{charge['id']}")
    assert codes(removed) == {("conflictReckoned", "chargeGroup")}
    assert desk.issued(desk.run(**both))["figures"]["issued"] == 2
    assert len(operator.find(RATES, billingAccount__id=bob.account)) == 1
    assert amount(desk.bills(bob)[0]) == "23.80"


def test_held_let_go_and_billed_on_demand(operator: Operator, browser: Browser) -> None:
    """What a check holds is issued after another person has let it go; who wants a bill in between
    has one at once; the numbers of bills have no gap."""
    desk = BillingDesk(operator)
    start = desk.day(9, 1)
    ada, bob = operator.ada(), operator.ada()
    product(operator, ada, 10, start)
    product(operator, bob, 20, start)
    both = {"billingAccount": [{"id": one.account} for one in (ada, bob)]}
    run = desk.run(**both, check=[{"kind": "firstBill"}])
    assert (run["figures"]["held"], desk.entry(run, bob)["heldFor"]) == (2, ["firstBill"])
    (draft,), (own,) = desk.bills(bob), desk.bills(ada)
    page = f"/bill-runs/{run['key']}"
    told = words_of(browser.get(page).text)
    for one in ("On hold 2", "First bill", "another person agrees"):
        assert one in told
    assert browser.post(page, {"decision": "approve"}).status_code == 403
    mine = {"decision": "letGo", "entry": desk.entry(run, ada)["id"]}
    assert browser.post(page, mine).status_code == 403
    let_go = {"state": "new"}
    assert operator.staff.patch(f"{BILLS}/{draft['id']}", let_go).status_code == 403
    assert desk.second.patch(f"{BILLS}/{draft['id']}", let_go).status_code == 200
    run = desk.issued(run)
    assert (run["state"], run["figures"]["issued"], run["figures"]["held"]) == ("approved", 1, 1)
    assert desk.does(run, "cancel").status_code == 409
    assert desk.second.patch(f"{BILLS}/{own['id']}", let_go).status_code == 200
    assert browser.post(page, {"decision": "issue"}).status_code == 303
    assert "Issuing" in words_of(browser.get(page).text)
    operator.settle()
    assert operator.read(RUNS, run["id"])["state"] == "issued"
    assert browser.get(f"{page}/now").status_code == 200

    put_down(operator, ada, "copy-of-a-bill", "4", "fee")
    wish = operator.make(ON_DEMAND, {"billingAccount": {"id": ada.account}})
    operator.settle()
    answered = operator.read(ON_DEMAND, wish["id"])
    interim = operator.read(BILLS, answered["customerBill"]["id"])
    assert (answered["state"], interim["category"], amount(interim)) == ("done", "interim", "4.76")
    wish = operator.make(ON_DEMAND, {"billingAccount": {"id": ada.account}})
    operator.settle()
    assert operator.read(ON_DEMAND, wish["id"])["state"] == "rejected"
    numbers = sorted(
        number
        for (number,) in operator.site.rows(
            "select p_bill_no from customer_bill where p_bill_no like %s", f"{desk.year}-%"
        )
    )
    assert numbers == [f"{desk.year}-{at:07d}" for at in range(1, len(numbers) + 1)]
    assert len(numbers) >= 3


CYCLES = "/tmf-api/accountManagement/v4/billingCycleSpecification"


def test_cycles_discounts_and_rests(operator: Operator) -> None:
    """In arrears from the 15th on, without the days of a suspension; a price for a year is charged
    on its day; half the price for three months is half of each: all of it told and nothing made."""
    desk = BillingDesk(operator)
    start = desk.day(3, 10)
    ada, bob = operator.ada(), operator.ada()
    late = {"name": "From the 15th", "cycleDay": 15, "inArrears": True, "chargesSuspended": False}
    cycle = {"id": operator.make(CYCLES, late)["id"], "name": "From the 15th", "isRef": True}
    said = {"billStructure": {"cycleSpecification": cycle}}
    assert operator.staff.patch(f"{ACCOUNT}/{ada.account}", said).status_code == 200
    line = product(operator, ada, 31, start)
    half = {"priceType": "discount", "price": {"percentage": 50}, "applicationDuration": 3}
    money = {"dutyFreeAmount": {"unit": "EUR", "value": 30}, "taxRate": 19}
    product(operator, bob, 0, start, productPrice=[
        {"name": "Half", "priceType": "recurring", "price": money,
         "productPriceAlteration": [half]},
        {"name": "Year", "priceType": "recurring", "recurringChargePeriod": "P1Y", "price": money},
        {"name": "Set up", "priceType": "oneTime", "price": money},
    ])  # fmt: skip
    for day, status in ((20, "suspended"), (25, "active")):
        desk.day(4, day)
        moved = {"status": status, "stateReason": f"From the {day}th on"}
        assert operator.staff.patch(f"{PRODUCT}/{line}", moved).status_code == 200
    at = desk.day(7, 1)
    assert _told(operator, ada, f"{desk.year}-05-15T00:00:00Z") == [
        ("02-15", "5.54", "0.178571"), ("03-15", "31.00", "1"), ("04-15", "25.84", "0.833333"),
    ]  # fmt: skip
    assert _told(operator, bob, at.isoformat().replace("+00:00", "Z")) == [
        ("", "30.00", "0"), ("03-01", "10.65", "0.709677"), ("03-10", "30.00", "1"),
        ("04-01", "15.00", "1"), ("05-01", "15.00", "1"), ("06-01", "25.50", "1"),
        ("07-01", "30.00", "1"),
    ]  # fmt: skip
    assert operator.find(RATES, billingAccount__id=bob.account) == []
    away = {"billingSystem": "mainframe"}
    for said in (away, {"billingSystem": None}):
        assert operator.staff.patch(f"{ACCOUNT}/{bob.account}", said).status_code == 200
    assert _told(operator, bob, at.isoformat().replace("+00:00", "Z")) == [
        ("03-10", "20.71", "0.690411"), ("07-01", "30.00", "1"),
    ]  # fmt: skip


def _told(operator: Operator, who: Customer, by: str) -> list[tuple[str, str, str]]:
    """Return the start of the whole period, the net amount and the part of each line ahead."""
    ahead = operator.read(f"{PREVIEW}?billingAccount={who.account}&cutOff={by}")
    return sorted(
        (str(one["basis"].get("wholePeriod", {}).get("startDateTime", ""))[5:10],
         f"{one['taxExcludedAmount']['value']:.2f}", f"{one['basis'].get('part', 0):g}")
        for one in ahead["line"]
    )  # fmt: skip


HAS_WRITTEN = "select pg_current_xact_id_if_assigned() is not null"


def dies_while_it_works(dsn: str, *, lives: int, after: bool) -> bool:
    """Let a process of its own do what is due and be killed after so many commits that write, just
    before the next one or just after. Tell whether it was; where nothing is due it just ends."""
    child = os.fork()
    if child == 0:
        try:
            _work_until_killed(dsn, lives, after=after)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _work_until_killed(dsn: str, lives: int, *, after: bool) -> None:
    commit, written = PreparedConnection.commit, 0

    def watched(connection: Any) -> None:
        nonlocal written
        row = connection.execute(HAS_WRITTEN).fetchone()
        is_last = bool(row and row[0]) and written >= lives
        written += bool(row and row[0])
        if is_last and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        commit(connection)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)

    PreparedConnection.commit = watched  # type: ignore[method-assign]
    settings = load({"TRUNKLINE_TEST_CLOCK": "on"})
    run_until_idle(make_services(settings, Database(dsn, connections_max=4)))


def killed_until_done(operator: Operator) -> int:
    """Let processes die one after the other until all is done; return how many died."""
    died = 0
    while dies_while_it_works(operator.site.dsn, lives=2 + died % 3, after=died % 2 == 1):
        died += 1
        with operator.site.services.database.app.connection() as connection:
            connection.execute("update work set run_at = now(), lease_until = null, attempt = 0")
    return died


@pytest.mark.scenario(20)
def test_killed_at_every_few_steps_each_account_has_one_bill(operator: Operator) -> None:
    """Processes are killed again and again in the middle of a bill run and of its issue: each
    account has one bill in the end, each charge is on one, and no number is left out."""
    desk = BillingDesk(operator)
    start = desk.day(10, 1)
    people = [operator.ada() for _ in range(3)]
    for one in people:
        product(operator, one, 9.99, start)
        put_down(operator, one, f"welcome/{one.id}", "-1.11", "credit")
    made = operator.make(RUNS, {"billingAccount": [{"id": one.account} for one in people]})
    died = killed_until_done(operator)
    run = operator.read(RUNS, made["id"])
    assert died >= 3
    assert (run["state"], run["figures"]["drafted"]) == ("review", len(people))
    for verb in ("approve", "issue"):
        assert desk.second.post(f"{RUNS}/{run['id']}/{verb}", {}).status_code == 200
    died = killed_until_done(operator)
    assert died >= 3
    assert operator.read(RUNS, run["id"])["state"] == "issued"
    numbers = []
    for one in people:
        (bill,) = desk.bills(one)
        assert desk.lines(bill) == [
            ("credit", "", "", "-1.11"), ("recurring", "10-01", "11-01", "9.99")
        ]  # fmt: skip
        assert (bill["state"], amount(bill)) == ("validated", "10.57")
        assert len(operator.find(RATES, billingAccount__id=one.account)) == 2
        numbers.append(int(bill["billNo"].partition("-")[2]))
    ((last,),) = operator.site.rows("select last from bill_number where year = %s", desk.year)
    assert sorted(numbers) == list(range(last - 2, last + 1))
