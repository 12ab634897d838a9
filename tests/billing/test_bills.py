"""Bills: who posts them, that they add up, that issued ones stay, and who sees them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.billing.conftest import BILLING, BILLS, RATES, Debtor, codes, money
from tests.support.program import Site
from trunkline.billing.account.standing import days_late
from trunkline.kernel.actor import EVERY_CLASS, Grant


def test_a_bill_adds_up_or_is_refused(debtor: Debtor) -> None:
    good = debtor.body(119)
    wrong = [
        ({"taxIncludedAmount": money("119.01")}, ("taxIncludedAmount", "totalMismatch")),
        ({"amountDue": money(120)}, ("amountDue", "totalMismatch")),
        ({"taxIncludedAmount": money(119, "USD")}, ("taxExcludedAmount.unit", "currencyMismatch")),
        ({"billNo": None}, ("billNo", "required")),
        ({"category": "trial"}, ("category", "conflictTrial")),
    ]
    for said, fault in wrong:
        answer = debtor.client.post(BILLS, good | said)
        assert answer.status_code in (400, 409), (said, answer.json)
        assert fault in codes(answer), (said, answer.json)
    rounded = debtor.bill(119, amountDue=money("119.05"), roundingAmount=money("0.05"))
    assert rounded["remainingAmount"] == money("119.05")


def test_amounts_are_in_the_currency_of_the_account(new_debtor: Callable[..., Debtor]) -> None:
    swiss = new_debtor(currency="CHF")
    answer = swiss.client.post(BILLS, swiss.body(119))
    assert answer.status_code == 400
    assert ("taxIncludedAmount.unit", "currencyMismatch") in codes(answer)
    assert swiss.bill(119, unit="CHF")["amountDue"] == money(119, "CHF")


def test_lines_make_the_total_and_stay_with_an_issued_bill(debtor: Debtor) -> None:
    draft = debtor.bill(119, state="new")
    line = {"name": "Fibre 1G", "isBilled": True, "bill": {"id": draft["id"]},
            "taxExcludedAmount": money(100), "taxIncludedAmount": money(119),
            "appliedTax": [{"taxRate": 19, "taxAmount": money(19)}]}  # fmt: skip
    wrong = debtor.client.post(RATES, line | {"taxIncludedAmount": money(120)})
    assert ("taxIncludedAmount", "totalMismatch") in codes(wrong)
    first = debtor.post(RATES, line).json
    more = debtor.post(RATES, {**line, "name": "Too much", "taxExcludedAmount": money(1),
                               "taxIncludedAmount": money("1.19"),
                               "appliedTax": [{"taxAmount": money("0.19")}]}).json  # fmt: skip
    refused = debtor.client.patch(f"{BILLS}/{draft['id']}", {"state": "sent"})
    assert codes(refused) == {
        ("taxExcludedAmount", "totalMismatch"), ("taxIncludedAmount", "totalMismatch")
    }  # fmt: skip
    assert debtor.client.delete(f"{RATES}/{more['id']}").status_code == 204
    issued = debtor.client.patch(f"{BILLS}/{draft['id']}", {"state": "sent"})
    assert issued.status_code == 200, issued.json
    debtor.site.work()
    for answer in (
        debtor.client.post(RATES, line),
        debtor.client.patch(f"{RATES}/{first['id']}", {"name": "Something else"}),
        debtor.client.delete(f"{RATES}/{first['id']}"),
        debtor.client.patch(f"{BILLS}/{draft['id']}", {"taxIncludedAmount": money(1)}),
        debtor.client.patch(f"{BILLS}/{draft['id']}", {"billNo": "INV-other"}),
        debtor.client.delete(f"{BILLS}/{draft['id']}"),
    ):
        assert answer.status_code in (400, 409), answer.json
        assert "conflictIssued" in str(answer.json)
    paper = debtor.client.get(f"{BILLING}/customerBill/{draft['id']}/pdf")
    assert paper.status_code == 200
    assert paper.content.startswith(b"%PDF-")
    assert issued.json["billDocument"][0]["url"].endswith(f"/customerBill/{draft['id']}/pdf")


def test_a_bill_has_lines_of_one_currency(debtor: Debtor) -> None:
    draft = debtor.post(BILLS, {
        "billNo": f"INV-{debtor.number()}", "billingAccount": {"id": debtor.account},
        "taxIncludedAmount": money(100)}).json  # fmt: skip
    for value, unit in ((60, "EUR"), (40, "CHF")):
        debtor.post(RATES, {"bill": {"id": draft["id"]}, "isBilled": False,
                            "taxIncludedAmount": money(value, unit)})  # fmt: skip
    answer = debtor.client.patch(f"{BILLS}/{draft['id']}", {"state": "sent"})
    assert codes(answer) == {("taxIncludedAmount.unit", "currencyMismatch")}


def test_a_draft_is_changed_until_it_is_issued(debtor: Debtor) -> None:
    draft = debtor.bill(100, state="new")
    line = debtor.post(
        RATES, {"name": "Fibre", "bill": {"id": draft["id"]}, "isBilled": False}
    ).json
    said = {"taxIncludedAmount": money(12), "taxExcludedAmount": money(12), "taxItem": []}
    changed = debtor.client.patch(f"{BILLS}/{draft['id']}", said)
    assert changed.status_code == 200, changed.json
    far = debtor.client.patch(
        f"{BILLS}/{draft['id']}", {"state": "sent", "billDate": "9999-12-31T00:00:00Z"}
    )
    assert ("billDate", "outOfRange") in codes(far)
    issued = debtor.client.patch(f"{BILLS}/{draft['id']}", {"state": "sent"})
    assert issued.json["amountDue"] == money(12)
    debtor.site.work()
    handed = debtor.read(RATES, line["id"])
    assert handed["isBilled"]
    assert handed["issuedTo"]["id"] == issued.json["issuedTo"]["id"]


def test_a_day_ends_where_the_operator_is(site: Site) -> None:
    now = site.services.now().astimezone(UTC)
    for zone, late in (("Pacific/Kiritimati", 1), ("Pacific/Pago_Pago", 0)):
        here = now.astimezone(ZoneInfo(zone))
        due = here.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(minutes=late)
        assert days_late(due.astimezone(UTC), here) == late


def test_who_may_not_see_amounts_gets_no_sum_of_them(site: Site, debtor: Debtor) -> None:
    debtor.bill(60, due="2026-01-01")
    rights = {one: Grant("all", frozenset({"public"}))
              for one in ("TMF678:read", "TMF676:read", "TMF666:read")}  # fmt: skip
    nosy = site.user("nosy.standing", roles=[site.role("sees_little", rights)],
                     scopes=tuple(rights))  # fmt: skip
    path = f"{BILLING}/billingAccount/{debtor.account}/standing"
    assert nosy.get(path).status_code == 403
    assert debtor.client.get(path).status_code == 200


def test_a_number_is_given_once_by_a_billing_system(new_debtor: Callable[..., Debtor]) -> None:
    first, same, other = (new_debtor(billingSystem=one) for one in ("north", "north", "south"))
    number = first.bill(119)["billNo"]
    again = same.client.post(BILLS, same.body(50) | {"billNo": number})
    assert again.status_code == 409, again.json
    assert again.json["fault"][0]["path"] == "billNo"
    assert other.bill(50, billNo=number)["billingSystem"] == "south"
    assert same.bill(119, billNo=number, category="duplicate")["billNo"] == number


def test_only_who_bills_posts_bills_and_the_customer_sees_issued_ones(
    site: Site, debtor: Debtor
) -> None:
    rights = {"TMF678:read": Grant("all", EVERY_CLASS), "TMF678:create": Grant("all", EVERY_CLASS),
              "TMF678:update": Grant("all", EVERY_CLASS)}  # fmt: skip
    agent = site.user("bills.reader", roles=[site.role("reads_bills", rights)],
                      scopes=tuple(rights))  # fmt: skip
    refused = agent.post(BILLS, debtor.body(119))
    assert refused.status_code == 403
    assert "billing:receive" in refused.json["message"]
    draft, issued = debtor.bill(119, state="new"), debtor.bill(119)
    own = {"TMF678:read": Grant("own", EVERY_CLASS)}
    customer = debtor.read("/tmf-api/customerManagement/v4/customer", debtor.customer)
    party = customer["engagedParty"]["id"]
    ada = site.user("ada.bills", roles=[site.role("own_bills", own)], party=party,
                    scopes=tuple(own))  # fmt: skip
    assert [one["id"] for one in ada.get(BILLS).json] == [issued["id"]]
    assert ada.get(f"{BILLS}/{draft['id']}").status_code == 404
    released = debtor.client.patch(f"{BILLS}/{draft['id']}", {"state": "validated"})
    assert released.status_code == 200
    assert {one["id"] for one in ada.get(BILLS).json} == {draft["id"], issued["id"]}


@pytest.mark.parametrize("paid", ["partiallyPaid", "settled"])
def test_nobody_says_that_a_bill_is_paid(debtor: Debtor, paid: str) -> None:
    bill = debtor.bill(119)
    answer: Any = debtor.client.patch(f"{BILLS}/{bill['id']}", {"state": paid})
    assert answer.status_code in (400, 409), answer.json
