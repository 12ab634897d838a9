"""Payments: which bills they pay, what is left over, and what happens when they go back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.billing.conftest import (
    BILLING,
    BILLS,
    PAYMENTS,
    REFUNDS,
    Debtor,
    codes,
    money,
)
from tests.support.operator import ACCOUNT
from tests.support.program import Site
from trunkline.billing.payment.allocation import ZERO, Credit, OpenBill, allocated, freed
from trunkline.kernel.actor import EVERY_CLASS, Grant


def test_money_pays_the_oldest_bill_first_and_the_rest_stays(debtor: Debtor) -> None:
    later = debtor.bill(100, due="2026-03-01")
    first = debtor.bill(60, due="2026-02-01")
    paid = debtor.pays(80)
    assert debtor.stands(first) == ("settled", 0)
    assert debtor.stands(later) == ("partiallyPaid", 80)
    assert paid["unallocatedAmount"] == money(0)
    more = debtor.pays(100)
    assert debtor.stands(later) == ("settled", 0)
    assert more["unallocatedAmount"] == money(20)
    assert debtor.standing()[0]["credit"] == money(20)
    # What is left over pays the next bill by itself.
    assert debtor.stands(debtor.bill(50, due="2026-04-01")) == ("partiallyPaid", 30)
    assert debtor.read(PAYMENTS, more["id"])["unallocatedAmount"] == money(0)


def test_money_goes_where_it_was_meant_for(debtor: Debtor) -> None:
    old = debtor.bill(60, due="2026-02-01")
    new = debtor.bill(100, due="2026-03-01")
    item = {"item": {"id": new["id"], "@referredType": "CustomerBill"}, "totalAmount": money(70)}
    debtor.pays(75, paymentItem=[item])
    assert debtor.stands(new) == ("partiallyPaid", 30)
    assert debtor.stands(old) == ("partiallyPaid", 55)
    applied = debtor.read(BILLS, new["id"])["appliedPayment"]
    assert [one["appliedAmount"] for one in applied] == [money(70)]


def test_a_reversed_payment_opens_its_bills_again(debtor: Debtor) -> None:
    bill = debtor.bill(60)
    paid = debtor.pays(100)
    path = f"{BILLING}/payment/{paid['id']}/reverse"
    assert debtor.client.post(path, {}).status_code == 400
    assert debtor.client.post(path, {"reason": "Returned debit"}).status_code == 200
    debtor.site.work()
    assert debtor.stands(bill) == ("sent", 60)
    found = debtor.read(PAYMENTS, paid["id"])
    assert (found["status"], found["unallocatedAmount"]) == ("canceled", money(0))
    assert found["reversal"]["reason"] == "Returned debit"
    assert debtor.client.post(path, {"reason": "Again"}).status_code == 409


def test_money_that_is_only_promised_pays_nothing(debtor: Debtor) -> None:
    bill = debtor.bill(60)
    asked = debtor.pays(60, status="pendingAuthorization")
    assert debtor.stands(bill) == ("sent", 60)
    done = debtor.client.patch(f"{PAYMENTS}/{asked['id']}", {"status": "captured"})
    assert done.status_code == 200, done.json
    debtor.site.work()
    assert debtor.stands(bill) == ("settled", 0)


def test_currencies_stand_side_by_side(debtor: Debtor) -> None:
    euro, swiss = debtor.bill(60), debtor.bill(80, unit="CHF")
    debtor.pays(100)
    assert debtor.stands(euro) == ("settled", 0)
    assert debtor.stands(swiss) == ("sent", 80)
    found = {one["unit"]: one for one in debtor.standing()}
    assert found["EUR"]["credit"] == money(40)
    assert (found["CHF"]["open"], found["CHF"]["credit"]) == (money(80, "CHF"), money(0, "CHF"))


def test_what_cannot_be_is_refused(debtor: Debtor, new_debtor: Callable[..., Debtor]) -> None:
    others = new_debtor().bill(60)
    base = {"account": {"id": debtor.account}, "paymentMethod": {"name": "Cash"}}
    for said, fault in (
        ({}, ("totalAmount", "missing")),
        ({"totalAmount": money(0)}, ("totalAmount.value", "notPositive")),
        ({"totalAmount": {"value": 5}}, ("totalAmount.unit", "required")),
        ({"totalAmount": money(5), "paymentItem": [{"item": {"id": others["id"]}}]},
         ("paymentItem[0].item", "otherAccount")),
        ({"totalAmount": money(5), "amount": money(3), "taxAmount": money(1)},
         ("totalAmount.value", "totalMismatch")),
    ):  # fmt: skip
        answer = debtor.client.post(PAYMENTS, {**base, **said})
        assert answer.status_code == 400, (said, answer.json)
        assert fault in codes(answer), (said, answer.json)
    paid = debtor.pays(5, correlatorId="bank-77", channel={"id": "bank"})
    assert debtor.read(PAYMENTS, "bank-77")["id"] == paid["id"]
    body = {**base, "totalAmount": money(5), "correlatorId": "bank-77", "channel": {"id": "bank"}}
    assert debtor.client.post(PAYMENTS, body).status_code == 409
    told = debtor.client.patch(f"{PAYMENTS}/{paid['id']}", {"totalAmount": money(6)})
    assert ("totalAmount", "conflictTold") in codes(told)


def test_a_refund_takes_credit_first_and_never_more_than_came_in(debtor: Debtor) -> None:
    bill = debtor.bill(60)
    paid = debtor.pays(100)
    base = {"account": {"id": debtor.account}, "paymentMethod": {"name": "Bank transfer"}}
    of = {**base, "payment": {"id": paid["id"]}}
    too_much = debtor.client.post(REFUNDS, {**base, "totalAmount": money(41)})
    assert ("totalAmount.value", "creditExceeded") in codes(too_much)
    debtor.post(REFUNDS, {**base, "totalAmount": money(30)})
    debtor.site.work()
    assert debtor.read(PAYMENTS, paid["id"])["unallocatedAmount"] == money(10)
    assert debtor.stands(bill) == ("settled", 0)
    debtor.post(REFUNDS, {**of, "totalAmount": money(20)})
    debtor.site.work()
    assert debtor.stands(bill) == ("partiallyPaid", 10)
    again = debtor.client.post(REFUNDS, {**of, "totalAmount": money(51)})
    assert ("totalAmount.value", "paymentExceeded") in codes(again)


def test_a_credit_note_pays_the_bill_that_it_corrects(debtor: Debtor) -> None:
    old, wrong = debtor.bill(60, due="2026-02-01"), debtor.bill(50, due="2026-03-01")
    note = debtor.bill(20, category="creditNote", corrects={"id": wrong["id"]})
    assert debtor.stands(wrong) == ("partiallyPaid", 30)
    assert debtor.stands(old) == ("sent", 60)
    assert debtor.stands(note) == ("settled", 0)


def test_a_customer_may_only_ask_to_pay(site: Site, debtor: Debtor) -> None:
    customer = debtor.read("/tmf-api/customerManagement/v4/customer", debtor.customer)
    names = ("TMF676:read", "TMF676:create", "TMF666:read", "TMF629:read")
    rights = {one: Grant("own", EVERY_CLASS) for one in names}
    role = site.role("pays_own", rights)
    party = customer["engagedParty"]["id"]
    ada = site.user("ada.pays", roles=[role], party=party, scopes=tuple(rights))
    body = {"account": {"id": debtor.account}, "paymentMethod": {"name": "Card"},
            "totalAmount": money(5)}  # fmt: skip
    assert ada.post(PAYMENTS, body).status_code == 403
    asked = ada.post(PAYMENTS, {**body, "status": "pendingAuthorization"})
    assert asked.status_code == 201, asked.json
    assert ada.post(REFUNDS, body).status_code == 403


def test_a_refund_that_waits_holds_what_it_gives_back(debtor: Debtor) -> None:
    paid = debtor.pays(100)
    base = {"account": {"id": debtor.account}, "paymentMethod": {"name": "Bank transfer"}}
    of = {**base, "payment": {"id": paid["id"]}, "totalAmount": money(100)}
    waiting = debtor.post(REFUNDS, {**base, "totalAmount": money(100), "status": "authorized"}).json
    assert waiting["drawnOn"][0]["amount"] == money(100)
    # At once, before anything followed from it: neither a bill nor a second refund gets it.
    second = debtor.client.post(REFUNDS, of)
    assert ("totalAmount.value", "paymentExceeded") in codes(second)
    bill = debtor.bill(100)
    assert debtor.stands(bill) == ("sent", 100)
    reverse = f"{BILLING}/payment/{paid['id']}/reverse"
    refused = debtor.client.post(reverse, {"reason": "Returned debit"})
    assert (refused.status_code, codes(refused)) == (409, {("status", "conflictRefunded")})
    ended = debtor.client.patch(f"{REFUNDS}/{waiting['id']}", {"status": "denied"})
    assert ended.status_code == 200, ended.json
    debtor.site.work()
    assert debtor.stands(bill) == ("settled", 0)
    assert debtor.read(REFUNDS, waiting["id"]).get("drawnOn", []) == []
    bare = debtor.client.patch(f"{PAYMENTS}/{paid['id']}", {"status": "canceled"})
    assert (bare.status_code, codes(bare)) == (409, {("status", "conflictReversal")})
    assert debtor.client.post(reverse, {"reason": "Returned debit"}).status_code == 200


def test_money_is_told_in_coins_of_a_currency_and_for_bills_in_it(debtor: Debtor) -> None:
    base = {"account": {"id": debtor.account}, "paymentMethod": {"name": "Card"}}
    bill = debtor.bill(60)
    item = {"item": {"id": bill["id"], "@referredType": "CustomerBill"}}
    wrong: list[tuple[dict[str, object], tuple[str, str]]] = [
        ({"totalAmount": money("0.001")}, ("totalAmount.value", "tooManyDecimals")),
        ({"totalAmount": money("1.5", "JPY")}, ("totalAmount.value", "tooManyDecimals")),
        ({"totalAmount": money(5, "bananas")}, ("totalAmount.unit", "unknownCurrency")),
        ({"totalAmount": money(5, "CHF"), "paymentItem": [item]},
         ("paymentItem[0].item", "currencyMismatch")),
        ({"totalAmount": money(5), "paymentItem": [{"item": {"id": "nope"}}]},
         ("paymentItem[0].item.id", "danglingReference")),
    ]  # fmt: skip
    for said, fault in wrong:
        answer = debtor.client.post(PAYMENTS, {**base, **said})
        assert answer.status_code == 400, (said, answer.json)
        assert fault in codes(answer), (said, answer.json)
    assert debtor.pays(5, unit="KWD")["totalAmount"] == money(5, "KWD")


amounts = st.integers(min_value=1, max_value=50_000).map(lambda cents: Decimal(cents) / 100)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["EUR", "CHF"]), amounts), max_size=6),
       st.lists(st.tuples(st.sampled_from(["EUR", "CHF"]), amounts), max_size=6))  # fmt: skip
def test_no_cent_is_lost(
    bills: list[tuple[str, object]], credits: list[tuple[str, object]]
) -> None:
    open_bills = [OpenBill(f"b{n}", unit, value) for n, (unit, value) in enumerate(bills)]
    held = [Credit(f"c{n}", unit, value) for n, (unit, value) in enumerate(credits)]
    before = {unit: (sum((one.open for one in open_bills if one.unit == unit), ZERO),
                     sum((one.left for one in held if one.unit == unit), ZERO))
              for unit in ("EUR", "CHF")}  # fmt: skip
    unit_of = {one.id: one.unit for one in [*open_bills, *held]}
    parts = allocated(open_bills, held)
    assert all(one.amount > 0 and unit_of[one.bill] == unit_of[one.credit] for one in parts)
    for unit, (owed, had) in before.items():
        paid = sum((one.amount for one in parts if unit_of[one.bill] == unit), ZERO)
        assert paid == min(owed, had)
        assert sum((one.open for one in open_bills if one.unit == unit), ZERO) == owed - paid
        assert sum((one.left for one in held if one.unit == unit), ZERO) == had - paid


@given(st.lists(amounts, max_size=6), amounts)
def test_what_is_taken_back_comes_off_the_last(applied: list[object], too_much: object) -> None:
    kept = freed(applied, too_much)  # type: ignore[arg-type]
    total = sum(applied, ZERO)  # type: ignore[arg-type]
    assert sum(kept, ZERO) == max(ZERO, total - too_much)  # type: ignore[operator]
    touched = [before != after for before, after in zip(applied, kept, strict=True)]
    assert touched == sorted(touched)


def test_who_sees_nothing_personal_sees_no_amount(site: Site, debtor: Debtor) -> None:
    """Of bills, payments and balances a role without personal data sees that they are there, and
    how they stand; amounts are masked in what it reads, and are nothing to look or to sort by."""
    bill = debtor.bill(100, due="2026-03-01")
    paid = debtor.pays(30)
    balance = {"balanceType": "receivable", "amount": {"value": 70, "unit": "EUR"},
               "validFor": {"startDateTime": "2026-01-01T00:00:00Z"}}  # fmt: skip
    account = f"{ACCOUNT}/{debtor.account}"
    assert site.admin.patch(account, {"accountBalance": [balance]}).status_code == 200
    grants = {f"{one}:read": Grant("all", frozenset({"public", "internal"}))
              for one in ("TMF678", "TMF676", "TMF666")}  # fmt: skip
    site.role("counts-only", grants)
    plain = site.user("counts-only", roles=["counts-only"], scopes=tuple(grants))
    seen = plain.get(f"{BILLS}/{bill['id']}").json
    assert seen["state"] == site.admin.get(f"{BILLS}/{bill['id']}").json["state"]
    whole = site.admin.get(f"{BILLS}/{bill['id']}").json
    assert {"amountDue", "remainingAmount"} <= set(whole)
    assert not {"amountDue", "remainingAmount", "taxIncludedAmount"} & set(seen)
    payment = plain.get(f"{PAYMENTS}/{paid['id']}").json
    assert payment["status"]
    assert not {"amount", "totalAmount", "unallocatedAmount"} & set(payment)
    (hidden,) = plain.get(account).json["accountBalance"]
    assert (hidden["balanceType"], "amount" in hidden) == ("receivable", False)
    (shown,) = site.admin.get(account).json["accountBalance"]
    assert shown["amount"] == money(70)
    assert plain.get(BILLS, query_string="sort=-amountDue.value").status_code in {400, 403}
    assert plain.get(PAYMENTS, query_string="totalAmount.value=30").status_code in {400, 403}
