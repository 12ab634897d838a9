"""Corrections: who may make which alone, who has to agree, and what comes of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.billing.conftest import BILLING, BILLS, REFUNDS, Debtor, Record, codes, money
from tests.support.program import Client, Site
from trunkline.billing.correction.deciding import tax_share
from trunkline.kernel.actor import EVERY_CLASS, Grant

PATH = f"{BILLING}/correction"
RIGHTS = {
    one: Grant("all", EVERY_CLASS)
    for one in ("Correction:read", "Correction:create", "TMF678:read", "TMF676:read",
                "TMF666:read", "billing:adjust", "billing:approve")
}  # fmt: skip


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, Client]:
    """Grace may correct up to 20 euros alone, Ida up to 500, and Lin nothing."""
    found = {}
    for name, limit in (("grace", 20), ("ida", 500), ("lin", None)):
        role = site.role(f"corrects_{name}", RIGHTS)
        found[name] = site.user(f"{name}.corrects", roles=[role], scopes=tuple(RIGHTS))
        for kind in ("adjustment", "refund", "writeOff") if limit else ():
            body = {"role": role, "kind": kind, "limit": money(limit)}
            answer = site.admin.post(f"{BILLING}/authorityLimit", body)
            assert answer.status_code == 201, answer.json
    return found


def asked(client: Client, debtor: Debtor, kind: str, value: float, **said: Any) -> Record:
    body = {"kind": kind, "amount": money(value), "billingAccount": {"id": debtor.account},
            "reason": "goodwill", **said}  # fmt: skip
    answer = client.post(PATH, body)
    assert answer.status_code == 201, answer.json
    debtor.site.work()
    found: Record = client.get(f"{PATH}/{answer.json['id']}").json
    return found


@pytest.mark.accepts("SEC-05")
@pytest.mark.parametrize("kind", ["adjustment", "writeOff"])
def test_above_the_limit_somebody_else_agrees(
    people: dict[str, Client], debtor: Debtor, kind: str
) -> None:
    """Up to one's own limit a bill is corrected or written off alone; above it, only when another
    person agrees whose own limit covers it."""
    bill = debtor.bill(119)
    ref = {"customerBill": {"id": bill["id"]}}
    small = asked(people["grace"], debtor, kind, 20, **ref)
    assert small["state"] == "done"
    assert debtor.stands(bill) == ("partiallyPaid", 99)
    large = asked(people["grace"], debtor, kind, 20.01, **ref)
    assert large["state"] == "requested"
    assert debtor.stands(bill) == ("partiallyPaid", 99)
    approve = f"{PATH}/{large['id']}/approve"
    for who, code in (("grace", "fourEyes"), ("lin", "aboveAuthority")):
        refused = people[who].post(approve, {})
        assert (refused.status_code, refused.json["code"]) == (403, code)
    assert people["ida"].post(approve, {"note": "fine"}).status_code == 200
    debtor.site.work()
    assert debtor.stands(bill) == ("partiallyPaid", 78.99)
    assert people["ida"].post(approve, {}).status_code == 409
    own = asked(people["ida"], debtor, kind, 78.99, **ref)
    assert own["state"] == "done"
    assert debtor.stands(bill) == ("settled", 0)
    notes = debtor.client.get(BILLS, query_string=f"corrects.id={bill['id']}").json
    taxes = [Decimal(str(one["taxItem"][0]["taxAmount"]["value"])) for one in notes]
    assert sum(taxes) == Decimal("19")


@pytest.mark.accepts("SEC-05")
def test_a_refund_waits_for_four_eyes_and_then_for_the_money(
    people: dict[str, Client], debtor: Debtor
) -> None:
    """A refund above the limit of who asks is made only when another person agrees."""
    paid = debtor.pays(200)
    of = {"payment": {"id": paid["id"]}, "reason": "paidTwice"}
    wanted = asked(people["grace"], debtor, "refund", 150, **of)
    assert wanted["state"] == "requested"
    assert debtor.client.get(REFUNDS, query_string=f"correlatorId={wanted['key']}").json == []
    rejected = people["ida"].post(f"{PATH}/{wanted['id']}/reject", {})
    assert rejected.status_code == 400
    assert people["ida"].post(f"{PATH}/{wanted['id']}/approve", {}).status_code == 200
    (refund,) = debtor.client.get(REFUNDS, query_string=f"correlatorId={wanted['key']}").json
    assert refund["status"] == "authorized"
    more = {"kind": "refund", "amount": money(51), "billingAccount": {"id": debtor.account}, **of}
    assert ("amount.value", "paymentExceeded") in codes(people["grace"].post(PATH, more))
    direct = people["ida"].post(REFUNDS, {"account": {"id": debtor.account},
                                          "paymentMethod": {"name": "Cash"},
                                          "totalAmount": money(5)})  # fmt: skip
    assert direct.status_code == 403


def test_no_more_is_corrected_than_was_billed(people: dict[str, Client], debtor: Debtor) -> None:
    bill = debtor.bill(119)
    ref = {"customerBill": {"id": bill["id"]}}
    asked(people["grace"], debtor, "adjustment", 100, **ref)
    body = {"kind": "adjustment", "amount": money(19.01), "reason": "goodwill",
            "billingAccount": {"id": debtor.account}, **ref}  # fmt: skip
    assert ("amount.value", "billExceeded") in codes(people["grace"].post(PATH, body))
    unknown = people["grace"].post(PATH, {**body, "reason": "because"})
    assert ("reason", "notInRegister") in codes(unknown)


def refused(client: Client, debtor: Debtor, value: float, bill: Record, unit: str = "EUR") -> Any:
    body = {"kind": "adjustment", "amount": money(value, unit), "reason": "goodwill",
            "billingAccount": {"id": debtor.account},
            "customerBill": {"id": bill["id"]}}  # fmt: skip
    return client.post(PATH, body)


def test_a_draft_is_not_corrected(people: dict[str, Client], debtor: Debtor) -> None:
    draft = debtor.bill(100, state="new")
    bare = debtor.post(BILLS, {"billingAccount": {"id": debtor.account}}).json
    for bill, value, unit in ((draft, 400, "EUR"), (draft, 5, "CHF"), (bare, 5, "EUR")):
        answer = refused(people["ida"], debtor, value, bill, unit)
        assert (answer.status_code, codes(answer)) == (409, {("customerBill", "conflictNotOwed")})
    other = refused(people["ida"], debtor, 5, debtor.bill(100), "CHF")
    assert codes(other) == {("amount.unit", "currencyMismatch")}


def test_no_more_is_given_back_than_was_billed_whoever_does_it(
    people: dict[str, Client], debtor: Debtor
) -> None:
    bill = debtor.bill(100)
    of = {"category": "creditNote", "corrects": {"id": bill["id"]}}
    large = debtor.client.post(BILLS, debtor.body(101, **of))
    assert codes(large) == {("taxIncludedAmount.value", "billExceeded")}
    strange = debtor.client.post(BILLS, debtor.body(10, unit="CHF", **of))
    assert codes(strange) == {("taxIncludedAmount.unit", "currencyMismatch")}
    debtor.bill(80, **of)
    answer = refused(people["ida"], debtor, 20.01, bill)
    assert codes(answer) == {("amount.value", "billExceeded")}
    small = asked(people["ida"], debtor, "adjustment", 20, customerBill={"id": bill["id"]})
    assert small["state"] == "done"
    assert debtor.stands(bill) == ("settled", 0)
    again = debtor.client.post(BILLS, debtor.body(1, **of))
    assert codes(again) == {("taxIncludedAmount.value", "billExceeded")}


def test_many_small_ones_are_no_way_around_the_limit(
    people: dict[str, Client], debtor: Debtor
) -> None:
    bill, other, paid = debtor.bill(100), debtor.bill(100), debtor.pays(300)
    grace = people["grace"]
    found = [asked(grace, debtor, "adjustment", 15, customerBill={"id": one["id"]})["state"]
             for one in (bill, bill, other)]  # fmt: skip
    assert found == ["done", "requested", "done"]
    of = {"payment": {"id": paid["id"]}}
    refunds = [asked(grace, debtor, "refund", value, **of)["state"] for value in (15, 15, 5)]
    assert refunds == ["done", "requested", "done"]


cents = st.integers(min_value=1, max_value=50_000)


@given(tax=st.integers(min_value=0, max_value=9_999), parts=st.lists(cents, min_size=1, max_size=5))
def test_all_parts_together_have_all_of_the_tax(tax: int, parts: list[int]) -> None:
    whole, owed = Decimal(sum(parts)) / 100, Decimal(tax) / 100
    before, given_back = Decimal(0), []
    for part in parts:
        amount = Decimal(part) / 100
        given_back.append(tax_share(owed, whole, before, amount))
        before += amount
    assert sum(given_back) == owed
