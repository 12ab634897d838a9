"""Bills explained, credited and given back, in no more actions than the targets allow.

A click or a chord is one action, a text typed is one text; scrolling is free. An agent of
care begins at the customer, a billing agent at home.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import count

import pytest

from tests.billing.conftest import BILLING, BILLS, RATES, REFUNDS, Debtor, Record, money
from tests.browser.conftest import CUSTOMER, Office
from tests.browser.hands import Hands
from tests.support.samples import address
from trunkline.kernel.resource import registry

BY = pytest.mark.parametrize("by", ["keys", "mouse"])
MANY = 2
CORRECTION = f"{BILLING}/correction"
Begin = Callable[..., Hands]


@pytest.fixture(scope="module")
def new_debtor(office: Office) -> Callable[[], Debtor]:
    """Returns a customer with an account; who cares and who bills may each correct something."""
    site = office.site
    for role, kind, most in (("care", "adjustment", 10), ("billing", "adjustment", 50),
                             ("billing", "refund", 100)):  # fmt: skip
        body = {"role": office.user(role), "kind": kind, "limit": money(most)}
        answer = site.admin.post(address(registry["AuthorityLimit"]), body)
        assert answer.status_code == 201, answer.json
    numbers = count(700_000)
    return lambda: Debtor(site, site.admin, lambda: next(numbers))


def billed(debtor: Debtor, date: str, **charges: str) -> Record:
    """Return a bill of a day with a line for each charge, by what it is without tax."""
    gross = {name: Decimal(net) * Decimal("1.19") for name, net in charges.items()}
    draft = debtor.bill(str(sum(gross.values())), state="new", billDate=f"{date}T00:00:00Z")
    for name, net in charges.items():
        tax = gross[name] - Decimal(net)
        debtor.post(RATES, {
            "name": name, "isBilled": True, "bill": {"id": draft["id"]},
            "taxExcludedAmount": money(net), "taxIncludedAmount": money(str(gross[name])),
            "appliedTax": [{"taxRate": 19, "taxAmount": money(str(tax))}],
        })  # fmt: skip
    issued = debtor.client.patch(f"{BILLS}/{draft['id']}", {"state": "sent"})
    assert issued.status_code == 200, issued.json
    debtor.site.work()
    return debtor.read(BILLS, draft["id"])


def typed(hands: Hands, amount: str) -> None:
    """Type how much, and see what that comes to before it is done."""
    hands.page.wait_for_selector("#amount:focus")
    hands.type(amount)
    hands.page.locator("#ahead", has_text=amount).locator(".state.good").wait_for()


def sent_off(hands: Hands, by: str, debtor: Debtor) -> Record:
    """Do it, and return the correction that was made."""
    if by == "keys":
        hands.press("Control+Enter")
    else:
        hands.click(".correcting button.primary")
    hands.page.wait_for_url("**/r/correction/CRN*")
    debtor.site.work()
    return debtor.read(CORRECTION, hands.page.url.rpartition("/")[2].partition("?")[0])


@BY
def test_a3_a_bill_is_explained_and_something_credited(
    new_debtor: Callable[[], Debtor], office: Office, hands_of: Begin, by: str
) -> None:
    """Why it is more than the one before is one action away; so is the credit of any.

    It is the bill before that is credited, the second row.
    """
    debtor = new_debtor()
    before = billed(debtor, "2026-01-01", Fibre="40.00", Voice="10.00")
    billed(debtor, "2026-02-01", Fibre="45.00", Television="10.00")
    key = debtor.read(CUSTOMER, debtor.customer)["key"]
    hands = hands_of(office.user("care"), f"/customer/{key}")
    page = hands.page
    page.locator(".why-bill summary", has_text="5.95 EUR more").wait_for()
    hands.follow(by, ".why-bill summary", "w")
    page.wait_for_selector(".why-bill[open]")
    reasons = {one.split()[0]: one for one in page.locator(".why-bill li").all_inner_texts()}
    assert reasons.keys() == {"Fibre", "Voice", "Television"}
    assert "was 47.60 EUR, is 53.55 EUR" in reasons["Fibre"]
    assert "+11.90 EUR" in reasons["Television"]
    hands.needed_at_most(1)
    hands.actions = 0
    credit = f"a[href='/bills/{before['key']}/correct']"
    if by == "keys":
        hands.go_to("#panel-bills", credit)
        hands.press("h")
    else:
        hands.click(f"#panel-bills {credit}")
    typed(hands, "5.00")
    made = sent_off(hands, by, debtor)
    hands.needed_at_most(3, 1)
    assert (made["state"], made["reason"]) == ("done", "goodwill")
    assert debtor.stands(before) == ("partiallyPaid", 54.5)


@BY
def test_b2_a_bill_is_corrected(
    new_debtor: Callable[[], Debtor], office: Office, hands_of: Begin, by: str
) -> None:
    """From the home page: the bill, how much, what it comes to, and done.

    With the mouse there is one click left for another reason than the one that stands there.
    """
    debtor = new_debtor()
    bill = debtor.bill(119)
    hands = hands_of(office.user("billing"))
    if by == "keys":
        hands.go_to("#panel-bills", f"a[href='/bills/{bill['key']}/correct']")
        hands.press("h")
    else:
        hands.click(f"#panel-bills a[href$='/{bill['key']}']")
        hands.page.wait_for_url(f"**/{bill['key']}")
        hands.click(".doings a[href$='/correct']")
    typed(hands, "11.90")
    assert "1.90 EUR" in hands.page.inner_text("#ahead")
    if by == "mouse":
        hands.click("label:has(input[value=wrongPrice])")
    made = sent_off(hands, by, debtor)
    hands.needed_at_most(4, 1)
    reason = {"keys": "goodwill", "mouse": "wrongPrice"}[by]
    assert (made["state"], made["reason"]) == ("done", reason)
    note = debtor.read(BILLS, made["creditNote"]["id"])
    assert note["taxItem"][0]["taxAmount"] == money("1.9")
    assert debtor.stands(bill) == ("partiallyPaid", 107.1)


@BY
def test_b3_a_payment_is_given_back(
    new_debtor: Callable[[], Debtor], office: Office, hands_of: Begin, by: str
) -> None:
    """From the home page, where what pays no bill stands."""
    debtor = new_debtor()
    paid = debtor.pays(80)
    hands = hands_of(office.user("billing"))
    if by == "keys":
        hands.go_to("#panel-credits", f"a[href='/payments/{paid['key']}/refund']")
        hands.press("h")
    else:
        hands.click(f"#panel-credits a[href='/payments/{paid['key']}/refund']")
    hands.page.wait_for_selector("#amount:focus")
    assert hands.page.input_value("#amount") == "80.00"
    typed(hands, "30.00")
    made = sent_off(hands, by, debtor)
    hands.needed_at_most(3, 1)
    assert (made["state"], made["reason"]) == ("done", "paidTwice")
    refund = debtor.read(REFUNDS, made["refund"]["id"])
    assert (refund["status"], refund["totalAmount"]) == ("authorized", money(30))
    assert debtor.standing()[0]["credit"]["value"] == 50


@BY
def test_b4_all_overdue_money_is_asked_for(
    new_debtor: Callable[[], Debtor], office: Office, hands_of: Begin, by: str
) -> None:
    """From the home page: who would be asked for how much and how, and all are asked at once."""
    code = f"asks-{by}"
    policy = {"code": code, "name": f"Asks {by}", "isActive": True, "priority": 1,
              "step": [{"daysOverdue": 5, "action": "callTask"}]}  # fmt: skip
    assert office.site.admin.post(f"{BILLING}/dunningPolicy", policy).status_code == 201
    debtors = [new_debtor() for _ in range(MANY)]
    for one in debtors:
        one.bill(119, due="2026-01-01")
    hands = hands_of(office.user("billing"))
    hands.follow(by, "nav.menu a[href='/dunning']", "g", "d")
    begin = "main form[action='/dunning'] button.primary"
    hands.page.wait_for_selector(begin)
    if by == "keys":
        hands.press("Control+Enter")
    else:
        hands.click(begin)
    hands.page.wait_for_url("**/jobs/*")
    hands.needed_at_most(3)
    office.site.work()
    for one in debtors:
        asked = f"billingAccount.id={one.account}"
        (case,) = office.site.admin.get(f"{BILLING}/dunningCase", query_string=asked).json
        assert [step["action"] for step in case["done"]] == ["callTask"]
