"""Ada does not pay: she is reminded, called, charged and suspended, until her money comes in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.stories.test_broken_down import sell
from tests.support.operator import PRODUCT, Customer, Operator, Record
from trunkline.kernel.actor import Grant

ACCOUNT = "/tmf-api/accountManagement/v4/billingAccount"
BILLS = "/tmf-api/customerBillManagement/v4/customerBill"
RATES = "/tmf-api/customerBillManagement/v4/appliedCustomerBillingRate"
PAYMENTS = "/tmf-api/payment/v4/payment"
MESSAGES = "/tmf-api/communicationManagement/v4/communicationMessage"
OWN = "/api/billing/v1"
DAY_S = 86_400
EARLY: Record = {
    "daysOverdue": 5, "action": "reminder", "messageType": "email", "subject": "Your bill",
    "text": "{amount} on {account} is overdue. Emergency calls end when we suspend the line.",
    "tellsOfEmergencyCalls": True,
}  # fmt: skip
LADDER: list[Record] = [
    EARLY,
    {"daysOverdue": 10, "action": "callTask"},
    {"daysOverdue": 14, "action": "fee", "fee": {"unit": "EUR", "value": 5}},
    {"daysOverdue": 21, "action": "suspend"},
]


def money(value: float) -> Record:
    return {"unit": "EUR", "value": value}


class Desk:
    """Who asks for money, and what is there about one customer's account."""

    def __init__(self, operator: Operator, ada: Customer, **collection: Any) -> None:
        self.operator, self.ada = operator, ada
        if collection:
            said = {"debtCollection": collection}
            assert operator.staff.patch(f"{ACCOUNT}/{ada.account}", said).status_code == 200

    def policy(self, code: str, *steps: Record, **said: Any) -> str:
        body = {"code": code, "name": code, "step": list(steps), **said}
        return str(self.operator.make(f"{OWN}/dunningPolicy", body)["id"])

    def bill(self, number: str, value: float, *, overdue: int) -> str:
        """Post a bill that is overdue by so many days."""
        due = self.now() - timedelta(days=overdue)
        body = {
            "billNo": number, "state": "sent", "billingAccount": {"id": self.ada.account},
            "taxIncludedAmount": money(value), "paymentDueDate": due.isoformat(),
        }  # fmt: skip
        found = self.operator.make(BILLS, body)
        self.operator.settle()
        return str(found["id"])

    def now(self) -> datetime:
        return self.operator.site.services.now().astimezone(UTC)

    def pays(self, value: float) -> None:
        body = {"account": {"id": self.ada.account}, "paymentMethod": {"name": "Transfer"},
                "totalAmount": money(value)}  # fmt: skip
        self.operator.make(PAYMENTS, body)
        self.operator.settle()

    def run(self, *, days: int = 0) -> None:
        """Let days pass, and ask for all that is due."""
        self.operator.site.move_clock(days * DAY_S)
        answer = self.operator.staff.post(f"{OWN}/dunningRun")
        assert answer.status_code == 202, answer.json
        self.operator.settle()

    def case(self) -> Record:
        found = self.operator.find(f"{OWN}/dunningCase", billingAccount__id=self.ada.account)
        return found[0] if found else {}

    def steps(self) -> list[str]:
        return [one["action"] for one in self.case().get("done", ())]


@pytest.mark.accepts("TAM-CL-02")
@pytest.mark.scenario(16)
def test_she_is_asked_step_by_step_until_she_pays(operator: Operator) -> None:
    """A run takes each step once, however often it is repeated; the payment ends the case and
    resumes what was suspended."""
    ada = operator.ada()
    product = str(ada.has(ada.fibre("1")).product("1")["id"])
    desk = Desk(operator, ada, strategy="step-by-step")
    desk.policy("step-by-step", *LADDER)
    desk.bill("STEP-1", 60, overdue=6)
    for _ in range(3):
        desk.run()
    assert desk.steps() == ["reminder"]
    (message,) = operator.find(MESSAGES, description=desk.case()["key"])
    assert "60 EUR" in message["content"]
    desk.run(days=3)
    assert desk.steps() == ["reminder"]
    desk.run(days=2)
    desk.run(days=4)
    desk.run()
    assert desk.steps() == ["reminder", "callTask", "fee"]
    (line,) = operator.find(RATES, billingAccount__id=ada.account)
    assert (line["isBilled"], line["taxExcludedAmount"]) == (False, money(5))
    desk.run(days=7)
    desk.run()
    assert desk.steps() == ["reminder", "callTask", "fee", "suspend"]
    assert operator.read(PRODUCT, product)["status"] == "suspended"
    desk.pays(20)
    assert desk.case()["state"] == "open"
    assert operator.read(PRODUCT, product)["status"] == "suspended"
    desk.pays(40)
    assert desk.case()["state"] == "closed"
    operator.wait_until(lambda: operator.read(PRODUCT, product)["status"] == "active")
    desk.run(days=30)
    assert len(operator.find(f"{OWN}/dunningCase", billingAccount__id=ada.account)) == 1


def test_money_that_pays_no_bill_wholly_stops_it_too(operator: Operator) -> None:
    ada = operator.ada()
    product = str(ada.has(ada.fibre("1")).product("1")["id"])
    desk = Desk(operator, ada, strategy="in-parts")
    desk.policy("in-parts", EARLY, {"daysOverdue": 12, "action": "suspend"},
                amountMin=[money(50)])  # fmt: skip
    desk.bill("PARTS-1", 100, overdue=6)
    desk.run()
    desk.pays(10)
    desk.run(days=7)
    assert operator.read(PRODUCT, product)["status"] == "suspended"
    desk.pays(80)
    assert desk.case()["state"] == "closed"
    operator.wait_until(lambda: operator.read(PRODUCT, product)["status"] == "active")


def test_steps_that_are_changed_meanwhile_leave_a_case_alone(operator: Operator) -> None:
    """A case keeps its steps; under another strategy the customer is reminded before anything
    is suspended."""
    ada = operator.ada()
    ada.has(ada.fibre("1"))
    desk = Desk(operator, ada, strategy="first")
    policy = desk.policy("first", {"daysOverdue": 3, "action": "callTask"},
                         {**EARLY, "daysOverdue": 9})  # fmt: skip
    desk.policy("second", {**EARLY, "text": "The second strategy"},
                {"daysOverdue": 12, "action": "suspend"})  # fmt: skip
    desk.bill("CHANGED-1", 60, overdue=6)
    desk.run()
    steps = {"step": [EARLY, {"daysOverdue": 13, "action": "suspend"}]}
    path = f"{OWN}/dunningPolicy/{policy}"
    assert operator.staff.patch(path, steps).status_code == 200
    desk.run(days=1)
    assert desk.steps() == ["callTask"]
    assert [one["action"] for one in desk.case()["step"]] == ["callTask", "reminder"]
    said = {"debtCollection": {"strategy": "second"}}
    assert operator.staff.patch(f"{ACCOUNT}/{ada.account}", said).status_code == 200
    desk.run(days=20)
    assert desk.steps() == ["callTask", "reminder"]
    (message,) = operator.find(MESSAGES, description=desk.case()["key"])
    assert message["content"] == "The second strategy"
    desk.run(days=6)
    assert desk.steps() == ["callTask", "reminder"]
    desk.run(days=1)
    assert desk.steps() == ["callTask", "reminder", "suspend"]
    none = {"debtCollection": {"strategy": "not-asked-any-more"}}
    assert operator.staff.patch(f"{ACCOUNT}/{ada.account}", none).status_code == 200
    desk.run()
    operator.wait_until(lambda: desk.case()["state"] == "closed")


@pytest.mark.accepts("TAM-CI-03")
def test_who_wants_no_mail_is_reminded_by_letter_and_who_wants_nothing_is_not(
    operator: Operator,
) -> None:
    """A reminder goes by a way that is permitted; where there is none the case says why nobody
    was told, goes on with its other steps and suspends nothing."""
    desks = {name: Desk(operator, operator.ada(), strategy="wishes") for name in ("some", "none")}
    wishes = {"some": {"permittedChannel": ["letter"]}, "none": {"doNotContact": True}}
    desks["some"].policy("wishes", EARLY, {"daysOverdue": 8, "action": "callTask"},
                         {"daysOverdue": 12, "action": "suspend"})  # fmt: skip
    for name, desk in desks.items():
        path = f"/tmf-api/party/v4/individual/{desk.ada.party}"
        said = {"contactPreference": wishes[name]}
        assert operator.staff.patch(path, said).status_code == 200
        desk.bill(f"WISH-{name}", 60, overdue=6)
    for days in (0, 4, 8):
        desks["some"].run(days=days)
    asked = {name: [one.get("isTold") for one in desk.case()["done"]] for name, desk in
             desks.items()}  # fmt: skip
    assert asked == {"some": [True, None, None], "none": [False, None, None]}
    told = {name: [one["messageType"] for one in operator.find(
        MESSAGES, receiver__party__id=desk.ada.id)] for name, desk in desks.items()}  # fmt: skip
    assert told == {"some": ["letter"], "none": []}
    why, _, suspended = desks["none"].case()["done"]
    assert "does not want to be contacted" in why["result"]
    assert "nobody was reminded" in suspended["result"]


def test_a_late_run_keeps_the_days_between_warning_and_suspension(operator: Operator) -> None:
    ada = operator.ada()
    ada.has(ada.fibre("1"))
    desk = Desk(operator, ada, strategy="late")
    desk.policy("late", EARLY, {"daysOverdue": 30, "action": "suspend"})
    desk.bill("LATE-1", 60, overdue=200)
    desk.run()
    desk.run(days=24)
    assert desk.steps() == ["reminder"]
    desk.run(days=1)
    assert desk.steps() == ["reminder", "suspend"]


@pytest.mark.accepts("TSM-20")
def test_the_settings_of_the_account_steer_the_run(operator: Operator) -> None:
    """The account's strategy chooses the policy, its least amount and its pause keep it from being
    asked, and one that may not be suspended is not."""
    mild = {**EARLY, "text": "A mild word"}
    accounts = {
        "strategy": {"strategy": "mild"},
        "small": {"strategy": "mild", "amountMin": money(100)},
        "paused": {"strategy": "mild", "pauseReason": "Agreed with Grace", "pausedFor": {
            "endDateTime": (datetime.now(UTC) + timedelta(days=4000)).isoformat()}},
        "unknown": {"strategy": "no-such-policy"},
        "spared": {"strategy": "harsh", "maySuspend": False},
        "harsh": {"strategy": "harsh"},
    }  # fmt: skip
    desks = {name: Desk(operator, operator.ada(), **said) for name, said in accounts.items()}
    for name in ("spared", "harsh"):
        desks[name].ada.has(desks[name].ada.fibre("1"))
    first = desks["strategy"]
    first.policy("mild", mild)
    first.policy("harsh", EARLY, {"daysOverdue": 12, "action": "suspend"})
    for name, desk in desks.items():
        desk.bill(f"SET-{name}", 60, overdue=6)
    first.run()
    first.run(days=7)
    assert {name: desk.steps() for name, desk in desks.items()} == {
        "strategy": ["reminder"], "small": [], "paused": [], "unknown": [],
        "spared": ["reminder", "suspend"], "harsh": ["reminder", "suspend"],
    }  # fmt: skip
    assert desks["paused"].case()["holdReason"] == "Agreed with Grace"
    (message,) = operator.find(MESSAGES, description=first.case()["key"])
    assert message["content"] == "A mild word"
    assert "suspended" not in desks["spared"].case()
    assert len(desks["harsh"].case()["suspended"]) == 1


@pytest.mark.accepts("TAM-CL-04")
@pytest.mark.parametrize("reason", ["dispute", "promise", "vulnerable"])
@pytest.mark.scenario(16)
def test_who_has_a_reason_is_not_asked(operator: Operator, reason: str) -> None:
    """A dispute, a promise to pay and a customer in need of protection stop the run; a promise
    that is not kept lets it go on where it stood."""
    desk = Desk(operator, operator.ada(), strategy=f"held-{reason}")
    desk.policy(f"held-{reason}", EARLY)
    desk.bill(f"HELD-{reason}", 60, overdue=6)
    until = {"endDateTime": (desk.now() + timedelta(days=10)).isoformat()}
    body = {"billingAccount": {"id": desk.ada.account}, "reason": reason, "validFor": until}
    if reason == "promise":
        endless = operator.staff.post(f"{OWN}/dunningHold", {**body, "validFor": None})
        assert endless.json["fault"][0]["path"] == "validFor.endDateTime"
    operator.make(f"{OWN}/dunningHold", body)
    desk.run()
    assert (desk.steps(), desk.case()["holdReason"]) == ([], reason)
    rights = {"DunningCase:read": Grant("all", frozenset({"public", "internal", "personal"}))}
    site = operator.site
    blind = site.user(f"blind.{reason}", roles=[site.role(f"blind-{reason}", rights)],
                      scopes=tuple(rights))  # fmt: skip
    seen = blind.get(f"{OWN}/dunningCase/{desk.case()['id']}")
    assert (seen.status_code, seen.json.get("holdReason")) == (200, None)
    desk.run(days=11)
    assert desk.steps() == ["reminder"]


def test_a_disputed_bill_is_left_out_of_what_is_asked_for(operator: Operator) -> None:
    desk = Desk(operator, operator.ada(), strategy="disputed-bill")
    desk.policy("disputed-bill", EARLY)
    desk.bill("DIS-1", 60, overdue=6)
    disputed = desk.bill("DIS-2", 1000, overdue=6)
    body = {"billingAccount": {"id": desk.ada.account}, "reason": "dispute",
            "customerBill": {"id": disputed}}  # fmt: skip
    operator.make(f"{OWN}/dunningHold", body)
    desk.run()
    assert desk.case()["overdue"] == [money(60)]


@pytest.mark.accepts("TAM-CL-06")
def test_emergency_calls_are_kept_from_the_debt(operator: Operator) -> None:
    """What has to keep emergency calls is not suspended for a debt, and what carries them only
    where a reminder has told the customer; the rest of the account is."""
    sold = {kind: sell(operator, f"Phone that is {kind}", emergencyCalls=kind)
            for kind in ("tell", "keep")}  # fmt: skip
    silent = {**EARLY, "tellsOfEmergencyCalls": None}
    last = {"daysOverdue": 12, "action": "suspend"}
    found = {}
    for name, first in (("told", EARLY), ("silent", silent)):
        ada = operator.ada()
        items = [{"id": kind, "action": "add", "productOffering": {"id": ident}}
                 for kind, ident in sold.items()]  # fmt: skip
        had = ada.has(*items, ada.fibre("fibre"))
        desk = Desk(operator, ada, strategy=f"phones-{name}")
        desk.policy(f"phones-{name}", first, last)
        desk.bill(f"PHONE-{name}", 60, overdue=6)
        desk.run()
        desk.run(days=7)
        assert desk.steps() == ["reminder", "suspend"]
        found[name] = {
            one: operator.read(PRODUCT, str(had.product(one)["id"]))["status"]
            for one in ("tell", "keep", "fibre")
        }
        assert "emergency calls" in desk.case()["done"][1]["result"]
    assert found == {
        "told": {"tell": "suspended", "keep": "active", "fibre": "suspended"},
        "silent": {"tell": "active", "keep": "active", "fibre": "suspended"},
    }


TERMS: Record = {
    "currency": "EUR", "instalmentsMax": 6, "interval": "week", "graceDays": 2, "missedMax": 2,
    "suspendsWhenBroken": True, "fee": {"unit": "EUR", "value": 3},
}  # fmt: skip


def disputes_in_vain(desk: Desk, bill: str, plan: Record) -> None:
    """Have 30 of a bill of 90 disputed until that is denied, and due again a week later."""
    operator = desk.operator
    dispute = {"billingAccount": {"id": desk.ada.account}, "reason": "dispute",
               "customerBill": {"id": bill}, "disputedAmount": money(30)}  # fmt: skip
    held = operator.make(f"{OWN}/dunningHold", dispute)
    desk.run()
    assert (desk.steps(), desk.case()["overdue"]) == (["reminder"], [money(60)])
    refused = operator.staff.post(f"{OWN}/paymentPlan", plan)
    assert refused.json["fault"][0]["code"] == "conflictDisputed"
    denied = operator.staff.patch(f"{OWN}/dunningHold/{held['id']}", {"outcome": "denied"})
    assert denied.json["dueAgainDate"], denied.json
    desk.run(days=7)
    assert desk.case()["overdue"] == [money(60)], "due again on the seventh day, late from then on"
    desk.run(days=1)
    assert (desk.steps(), desk.case()["overdue"]) == (["reminder", "callTask"], [money(90)])


@pytest.mark.accepts("TAM-CL-03")
@pytest.mark.scenario(16)
def test_from_a_disputed_bill_to_a_broken_plan_and_a_suspended_line(operator: Operator) -> None:
    """What is disputed of a bill is not asked for until it is denied and due again; a plan holds
    its bills alone, whatever is paid pays the instalment due first, and one that is not kept
    leads to the suspension, with the days of its warning, until the money comes in."""
    ada = operator.ada()
    product = str(ada.has(ada.fibre("1")).product("1")["id"])
    desk = Desk(operator, ada, strategy="plans")
    desk.policy("plans", *LADDER, daysAfterDispute=7, paymentPlan=[TERMS])
    bill = desk.bill("PLAN-1", 90, overdue=6)
    wanted = {"billingAccount": {"id": ada.account}, "customerBill": [{"id": bill}],
              "numberOfInstalments": 3}  # fmt: skip
    disputes_in_vain(desk, bill, wanted)
    plan = operator.make(f"{OWN}/paymentPlan", wanted)
    assert [one["amount"] for one in plan["instalment"]] == [money(30)] * 3
    operator.settle()
    for days in (0, 5, 0):
        desk.run(days=days)
    assert (desk.steps(), desk.case()["holdReason"]) == (["reminder", "callTask"], "paymentPlan")
    assert desk.case()["paymentPlan"]["id"] == plan["id"]
    assert len(operator.find(RATES, billingAccount__id=ada.account)) == 1, "the fee"
    desk.pays(30)
    other = desk.bill("PLAN-2", 50, overdue=-13)
    desk.pays(40)
    assert operator.read(f"{OWN}/paymentPlan", plan["id"])["instalment"][1]["paid"] == money(0)
    assert operator.read(BILLS, other)["remainingAmount"] == money(10)
    desk.run(days=6)
    assert desk.case()["overdue"] == [money(10)], "what is in no plan is asked for"
    desk.pays(10)
    for _ in range(2):
        desk.run(days=8)
    broken = operator.read(f"{OWN}/paymentPlan", plan["id"])
    states = [one["state"] for one in broken["instalment"]]
    assert (states, "2 of 3" in broken["endReason"]) == (["paid", "missed", "missed"], True)
    told = [one["kind"] for one in broken["notice"] if one["isTold"]]
    assert told == ["agreed", *["due"] * 3, "broken"]
    assert desk.case()["overdue"] == [money(60)]
    before = ["reminder", "callTask"]
    desk.run(days=6)
    assert desk.steps() == before, "not before the seventh day after the customer was told"
    desk.run(days=1)
    desk.run()
    assert desk.steps() == [*before, "suspend"]
    assert operator.read(PRODUCT, product)["status"] == "suspended"
    desk.pays(60)
    assert desk.case()["state"] == "closed"
    operator.wait_until(lambda: operator.read(PRODUCT, product)["status"] == "active")
    assert operator.read(f"{OWN}/paymentPlan", plan["id"]) == broken


def test_a_policy_warns_before_it_suspends(operator: Operator) -> None:
    body = {"code": "rash", "name": "Rash", "step": [EARLY, {**LADDER[3], "daysOverdue": 8}]}
    answer = operator.staff.post(f"{OWN}/dunningPolicy", body)
    assert (answer.status_code, answer.json["fault"][0]["code"]) == (400, "warningMissing")
    told = {"daysOverdue": 8, "action": "callTask", "tellsOfEmergencyCalls": True}
    wrong = operator.staff.post(f"{OWN}/dunningPolicy", {**body, "step": [EARLY, told]})
    assert wrong.json["fault"][0]["path"] == "step[1].tellsOfEmergencyCalls"
