"""Payment plans: their sums, their terms, who agrees, and two who make one at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.billing.conftest import BILLING, BILLS, RATES, Debtor, Record, codes, money
from tests.billing.test_acts_on_pages import NewDebtor
from tests.support.overrides import ACCOUNT
from tests.support.pages import browser_of
from tests.support.program import Client, Site
from tests.support.waiting import wait_until
from tests.web.browser import source_of, words_of
from trunkline.access.standard import ensure_roles
from trunkline.billing.plan import agreeing
from trunkline.billing.plan.instalments import due_dates, parts_of, standing_of
from trunkline.billing.plan.payment_plan import Instalment, PaymentPlan
from trunkline.billing.plan.slices import slices_of
from trunkline.documents.decode import encode, load
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.kernel.work import as_system
from trunkline.shared.money import Money, rounded

PLANS = f"{BILLING}/paymentPlan"
RIGHTS = {one: Grant("all", EVERY_CLASS) for one in ("*:read", "PaymentPlan:create")}
TERMS: Record = {
    "currency": "EUR", "debtMin": money(50), "debtMax": money(1000), "instalmentMin": money(20),
    "instalmentsMax": 6, "daysMax": 200, "approveAbove": money(300), "fee": money(4),
}  # fmt: skip
NOW = datetime(2026, 1, 31, tzinfo=UTC)
coins = st.integers(1, 10_000_000).map(lambda one: Decimal(one).scaleb(-2))


@settings(max_examples=60)
@given(
    debt=coins,
    count=st.integers(1, 60),
    unit=st.sampled_from(["EUR", "JPY", "KWD"]),
    paid=st.integers(0, 100),
    bills=st.lists(st.integers(1, 9), min_size=1, max_size=4),
)
def test_instalments_come_to_the_debt_and_so_do_the_bills_in_them(
    debt: Decimal, count: int, unit: str, paid: int, bills: list[int]
) -> None:
    """However a debt is cut and whatever is paid of it, nothing is lost and nothing is made; what
    is due first is paid first, and each bill comes to what is open of it."""
    parts = parts_of(debt, count, unit)
    assert (len(parts), sum(parts)) == (count, debt)
    assert parts[0] >= parts[-1] >= 0
    assert len(set(parts[1:])) <= 1
    assert all(one == rounded(one, unit) for one in parts[1:])
    dates = due_dates(NOW, count, "month")
    assert dates == sorted(set(dates))
    plan = [Instalment(due_date=due, amount=Money.of(part, unit))
            for due, part in zip(dates, parts, strict=True)]  # fmt: skip
    left = rounded(debt * (100 - paid) / 100, "EUR")
    stands = standing_of(plan, left, NOW, grace_days=0)
    assert sum(one.paid for one in stands) == debt - left
    for before, one, part in zip(stands, stands[1:], parts, strict=False):
        assert before.paid == part or not one.paid, "the first one first"
    shares = [(left * one / sum(bills)).quantize(left, ROUND_DOWN) for one in bills]
    shares[-1] = left - sum(shares[:-1])
    owed = [(str(number), share) for number, share in enumerate(shares)]
    slices = list(slices_of(plan, owed))
    assert sum(one.amount for one in slices) == sum(max(one, Decimal(0)) for one in shares)
    assert [one.due for one in slices] == sorted(one.due for one in slices)
    for ident, share in owed:
        assert sum(one.amount for one in slices if one.bill == ident) == max(share, Decimal(0))


@pytest.fixture(scope="module")
def agents(site: Site) -> dict[str, Client]:
    """Two who make plans, and Ida, who may agree to them as well."""
    rights = {"grace": RIGHTS, "lin": RIGHTS, "ida": RIGHTS | {"billing:approve": Grant()}}
    return {
        name: site.user(name, roles=[site.role(f"plans_{name}", held)], scopes=tuple(held))
        for name, held in rights.items()
    }


@pytest.fixture(scope="module")
def owing(site: Site, new_debtor: NewDebtor) -> NewDebtor:
    """Makes somebody whose policy offers plans."""
    step = {"daysOverdue": 3, "action": "callTask"}
    policy = {"code": "with-plans", "name": "With plans", "step": [step], "paymentPlan": [TERMS]}
    assert site.admin.post(f"{BILLING}/dunningPolicy", policy).status_code == 201
    return lambda: new_debtor(debtCollection={"strategy": "with-plans"})


def body(debtor: Debtor, *bills: Record, count: int = 3, **said: object) -> Record:
    return {"billingAccount": {"id": debtor.account}, "numberOfInstalments": count,
            "customerBill": [{"id": one["id"]} for one in bills], **said}  # fmt: skip


def test_a_plan_keeps_to_the_terms(
    agents: dict[str, Client], owing: NewDebtor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A debt, a number, a size or a day outside the terms is refused, each with its field."""
    debtor = owing()
    small, fair, huge = (debtor.bill(value, due="2026-01-10") for value in (49, 100, 950))
    foreign = owing().bill(100)
    francs = debtor.bill(90, unit="CHF")
    early, late = ((debtor.site.services.now() + timedelta(days=one)).isoformat()
                   for one in (-3, 60))  # fmt: skip
    wrong = {
        (("customerBill", "tooLittle"),): body(debtor, small, count=2),
        (("customerBill", "tooMuch"),): body(debtor, fair, huge),
        (("numberOfInstalments", "tooMany"),): body(debtor, huge, count=7),
        (("numberOfInstalments", "instalmentTooSmall"),): body(debtor, fair, count=6),
        (("firstDueDate", "tooEarly"),): body(debtor, fair, firstDueDate=early),
        (("firstDueDate", "tooLate"),): body(debtor, fair, firstDueDate=late),
        (("firstDueDate", "tooLate"), ("customerBill", "tooLittle")): body(
            debtor, small, count=1, firstDueDate="9999-12-31T23:59:00Z"
        ),
        (("firstDueDate", "tooLate"), ("customerBill", "tooMuch")): body(
            debtor, fair, huge, firstDueDate="9999-12-31T00:00:00Z"
        ),
        (("firstDueDate", "tooEarly"), ("numberOfInstalments", "tooMany")): body(
            debtor, huge, count=7, firstDueDate="0001-01-01T00:00:00Z"
        ),
        (("customerBill[1]", "conflictTwice"),): body(debtor, fair, fair),
        (("customerBill[0]", "otherAccount"),): body(debtor, foreign),
        (("customerBill[1]", "currencyMismatch"),): body(debtor, fair, francs),
        (("billingAccount", "notOffered"),): body(debtor, francs),
    }
    for expected, sent in wrong.items():
        answer = agents["grace"].post(PLANS, sent)
        assert set(expected) <= codes(answer), (expected, answer.json)
    for zone, edge, code in (("Asia/Tokyo", "9999-12-31T23:59:00Z", "tooLate"),
                             ("America/Lima", "0001-01-01T00:00:00Z", "tooEarly")):  # fmt: skip
        with monkeypatch.context() as there:
            now = debtor.site.services.now().astimezone(ZoneInfo(zone))
            there.setattr(agreeing, "today", lambda _, now=now: now)
            answer = agents["grace"].post(PLANS, body(debtor, fair, firstDueDate=edge))
        assert codes(answer) == {("firstDueDate", code)}
    made = agents["grace"].post(PLANS, body(debtor, fair)).json
    assert [one["amount"]["value"] for one in made["instalment"]] == [33.34, 33.33, 33.33]
    debtor.site.work()
    debtor.site.work()
    fees = debtor.client.get(RATES, params={"billingAccount.id": debtor.account}).json
    assert [one["taxExcludedAmount"] for one in fees] == [money(4)]


def test_above_the_threshold_another_person_agrees(
    agents: dict[str, Client], owing: NewDebtor, site: Site
) -> None:
    """A large plan waits, and so does a small one beside another that makes it large; its asker
    does not decide; it begins over what is open by then, and may be ended with a reason."""
    debtor = owing()
    first, second = debtor.bill(301), debtor.bill(60)
    large = agents["ida"].post(PLANS, body(debtor, first)).json
    beside = agents["grace"].post(PLANS, body(debtor, second)).json
    assert (large["state"], beside["state"]) == ("requested", "requested")
    one = f"{PLANS}/{large['id']}"
    assert agents["ida"].post(f"{one}/approve").status_code == 403, "her own"
    assert agents["grace"].post(f"{one}/approve").status_code == 403
    page = browser_of(site, "admin")
    assert f"/payment-plans/{large['key']}/decide" in source_of(
        page.get(f"/r/paymentPlan/{large['key']}")
    )
    debtor.pays(101)
    agreed = {"decision": "approve", "note": ""}
    assert page.post(f"/payment-plans/{large['key']}/decide", agreed).status_code == 303
    found = agents["grace"].get(one).json
    assert (found["state"], found["debt"]) == ("active", money(200))
    assert sum(Decimal(str(each["amount"]["value"])) for each in found["instalment"]) == 200
    no = f"{PLANS}/{beside['id']}/reject"
    assert agents["ida"].post(no, {"note": "one at a time"}).json["state"] == "rejected"
    site.work()
    end = f"/payment-plans/{large['key']}/end"
    assert page.post(end, {"decision": "end", "note": ""}).status_code == 400
    assert page.post(end, {"decision": "end", "note": "She moves"}).status_code == 303
    found = agents["grace"].get(one).json
    assert (found["state"], found["endReason"]) == ("canceled", "She moves")
    again = agents["grace"].post(PLANS, body(debtor, first))
    assert again.json["state"] == "active", again.json


def test_a_customer_makes_a_plan_alone_where_the_terms_say_so(
    site: Site, owing: NewDebtor, new_debtor: NewDebtor
) -> None:
    """By own hand, of an own bill, within the terms; not where these leave plans to the staff, and
    not again once a plan over the same bill was not kept."""
    ensure_roles(site.services)
    policy = {"code": "alone", "name": "Alone", "step": [{"daysOverdue": 3, "action": "callTask"}],
              "paymentPlan": [TERMS | {"selfCare": True, "interval": "week"}]}  # fmt: skip
    assert site.admin.post(f"{BILLING}/dunningPolicy", policy).status_code == 201
    mine, others = new_debtor(debtCollection={"strategy": "alone"}), owing()
    bill = mine.bill(100, due="2026-01-10")
    rights = ("TMF678:read", "TMF666:read", "TMF676:read", "PaymentPlan:create", "PaymentPlan:read")
    customer = site.admin.get(f"/tmf-api/customerManagement/v4/customer/{mine.customer}").json
    ada = site.user("ada.pays", roles=["self_service"], scopes=rights,
                    party=customer["engagedParty"]["id"])  # fmt: skip
    page, address = browser_of(site, "ada.pays"), f"/my/bills/{bill['key']}/plan"
    assert address in source_of(page.get("/my/bills"))
    assert "33.34" in words_of(page.get(f"{address}?count=3").text)
    assert "at most 6" in words_of(page.get(f"{address}?count=7").text)
    for count in ("7", "9" * 5000):
        assert page.post(address, {"count": count}).status_code == 400
    assert page.post(address, {"count": "3"}).status_code == 303
    assert page.post(address, {"count": "3"}).status_code == 409, "it is in a plan already"
    assert "33.34" in words_of(page.get("/my/bills").text)
    (plan,) = ada.get(PLANS).json
    assert (plan["state"], plan["requestedBy"]) == ("active", "Ada.Pays")
    foreign = others.bill(100)
    assert ada.post(PLANS, body(others, foreign)).status_code in (400, 403, 404)
    assert page.get(f"/my/bills/{foreign['key']}/plan").status_code == 404
    site.move_clock(20 * 86_400)
    assert site.admin.post(f"{BILLING}/dunningRun").status_code == 202
    site.work()
    assert ada.get(f"{PLANS}/{plan['id']}").json["state"] == "broken"
    again = ada.post(PLANS, body(mine, bill))
    assert codes(again) == {("customerBill[0]", "conflictBroken")}
    second = mine.bill(70)
    ended = ada.post(PLANS, body(mine, second)).json
    assert ended["state"] == "active"
    no_more = ada.post(f"{PLANS}/{ended['id']}/cancel", {"note": "Before it breaks"})
    assert no_more.json["state"] == "canceled"
    again = ada.post(PLANS, body(mine, second))
    assert codes(again) == {("customerBill[0]", "conflictBroken")}
    said = {"debtCollection": {"strategy": "with-plans"}}
    assert site.admin.patch(f"{ACCOUNT}/{mine.account}", said).status_code == 200
    left = ada.post(PLANS, body(mine, mine.bill(80)))
    assert codes(left) == {("billingAccount", "notOffered")}


def test_of_two_plans_over_one_bill_one_is_refused(
    agents: dict[str, Client], owing: NewDebtor
) -> None:
    """Two agents make a plan over the same bill at the same moment: one stands, and the other is
    told which."""
    debtor = owing()
    sent, site = body(debtor, debtor.bill(100)), debtor.site
    with ThreadPoolExecutor(1) as pool:
        with as_system(site.services, "tests") as work:
            first = work.add(PaymentPlan.wrap(load(encode(sent))))
            second = pool.submit(agents["lin"].post, PLANS, sent)
            wait_until(lambda: second.done() or waits_for_a_lock(site))
        answer = second.result()
    assert codes(answer) == {("customerBill[0]", "conflictPlanned")}
    assert first.key in answer.json["fault"][0]["message"]


def waits_for_a_lock(site: Site) -> bool:
    with site.services.database.app.connection() as connection:
        asked = "select 1 from pg_locks where locktype = 'advisory' and not granted"
        return connection.execute(asked).fetchone() is not None


def test_a_plan_is_seen_before_it_is_made_of_a_bill(site: Site, owing: NewDebtor) -> None:
    """The page of a bill leads to one that shows the instalments, and makes the plan once; what a
    run would do says that a plan holds it."""
    debtor = owing()
    bill = debtor.bill(100, due="2026-01-10")
    page, address = browser_of(site, "admin"), f"/bills/{bill['key']}/plan"
    assert address in source_of(page.get(f"/r/customerBill/{bill['key']}"))
    assert "Instalments" in words_of(page.get(address).text)
    typed = {"bill": bill["id"], "count": "3", "first": "", "note": "", "once": "first"}
    ahead = words_of(page.post(f"{address}/ahead", typed).text)
    assert ("33.34" in ahead, "Begins at once" in ahead) == (True, True)
    assert "at most 6" in words_of(page.post(f"{address}/ahead", typed | {"count": "7"}).text)
    assert debtor.client.get(PLANS, params={"billingAccount.id": debtor.account}).json == []
    for wrong in ({"count": "7"}, {"count": "9" * 5000}, {"first": "0001-01-01"},
                  {"first": "9999-12-31"}):  # fmt: skip
        assert page.post(address, typed | wrong).status_code == 400
    for _ in range(2):
        assert page.post(address, typed).status_code == 303
    (made,) = debtor.client.get(PLANS, params={"billingAccount.id": debtor.account}).json
    site.work()
    shown = words_of(page.get(f"/r/paymentPlan/{made['key']}").text)
    assert "33.34" in shown
    assert "Payment plan" in words_of(page.get("/dunning").text)


def test_what_is_disputed_does_not_use_up_the_money_for_the_rest(debtor: Debtor) -> None:
    """Money comes to what is disputed of a bill last; a dispute is of a bill, of no more than it
    came to, and is decided once."""
    path = f"{BILLING}/dunningHold"
    old, new = debtor.bill(100, due="2026-01-10"), debtor.bill(50, due="2026-02-10")
    said = {"billingAccount": {"id": debtor.account}, "reason": "dispute"}
    ref = {"customerBill": {"id": old["id"]}}
    for wrong, expected in (
        ({"disputedAmount": money(40)}, ("customerBill", "required")),
        (ref | {"disputedAmount": money(101)}, ("disputedAmount.value", "billExceeded")),
        (ref | {"disputedAmount": money(4, "CHF")}, ("disputedAmount.unit", "currencyMismatch")),
        (ref | {"disputedAmount": money(0)}, ("disputedAmount", "notPositive")),
        ({"reason": "other", "outcome": "denied"}, ("outcome", "badValue")),
    ):
        assert codes(debtor.client.post(path, said | wrong)) == {expected}
    hold = debtor.post(path, said | ref | {"disputedAmount": money(40)}).json
    debtor.pays(110)
    assert (debtor.stands(old), debtor.stands(new)) == (("partiallyPaid", 40), ("settled", 0))
    one = f"{path}/{hold['id']}"
    assert debtor.client.patch(one, {"outcome": "denied"}).json["decidedBy"]
    assert codes(debtor.client.patch(one, {"outcome": "upheld"})) == {
        ("outcome", "conflictDecided")
    }


def test_what_is_disputed_is_not_missed_and_what_is_upheld_not_asked_for(
    agents: dict[str, Client], owing: NewDebtor, site: Site
) -> None:
    """A dispute that comes after a plan does not break it before it is denied; what is upheld of a
    bill is not asked for until it is credited, nor spared beyond that."""
    late, other, path = owing(), owing(), f"{BILLING}/dunningHold"
    bill, overdue = late.bill(100), other.bill(100, due="2026-01-10")
    plan = agents["grace"].post(PLANS, body(late, bill, count=2)).json
    holds = []
    for debtor, owed, value in ((late, bill, 50), (other, overdue, 40)):
        said = {"billingAccount": {"id": debtor.account}, "reason": "dispute",
                "customerBill": {"id": owed["id"]}, "disputedAmount": money(value)}  # fmt: skip
        holds.append(f"{path}/{debtor.post(path, said).json['id']}")
    site.work()
    site.move_clock(40 * 86_400)
    assert site.admin.patch(holds[1], {"outcome": "upheld"}).status_code == 200
    cases = f"{BILLING}/dunningCase"

    def stands() -> tuple[list[str], list[Record]]:
        assert site.admin.post(f"{BILLING}/dunningRun").status_code == 202
        site.work()
        found = site.admin.get(f"{PLANS}/{plan['id']}").json
        (case,) = site.admin.get(cases, params={"billingAccount.id": other.account}).json
        return [found["state"], *(one["state"] for one in found["instalment"])], case["overdue"]

    assert stands() == (["active", "open", "open"], [money(60)])
    assert codes(agents["grace"].post(PLANS, body(other, overdue))) == {
        ("customerBill[0]", "conflictDisputed")
    }
    note = other.body(25, category="creditNote", corrects={"id": overdue["id"]})
    other.post(BILLS, note)
    site.work()
    assert stands()[1] == [money(60)], "15 of 75 are still to be credited"
    other.post(BILLS, other.body(15, category="creditNote", corrects={"id": overdue["id"]}))
    site.work()
    assert site.admin.patch(holds[0], {"outcome": "denied"}).status_code == 200
    assert stands() == (["broken", "missed", "open"], [money(60)])
