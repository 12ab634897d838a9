"""Correcting a bill and giving a payment back: what it comes to, what is refused, once for each."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from itertools import count

import pytest

from tests.billing.conftest import BILLING, Debtor
from tests.support.program import Site
from tests.web.browser import Browser, words_of
from trunkline.kernel.actor import EVERY_CLASS, Grant

EVERYTHING = Grant("all", EVERY_CLASS)


NUMBERS = count(1)


@pytest.fixture
def debtor(site: Site) -> Debtor:
    return Debtor(site, site.admin, lambda: next(NUMBERS))


def test_what_a_correction_comes_to_is_told_before(admin: Browser, debtor: Debtor) -> None:
    """Its tax, what is left to correct, and that another person decides where one may not alone;
    what is asked for and not decided yet is not left to be corrected again."""
    bill = debtor.bill(119)
    page = f"/bills/{bill['key']}/correct"
    assert "119.00 EUR" in words_of(admin.get(page).text)
    said = {"kind": "adjustment", "reason": "goodwill"}
    for amount, told in {
        "11.90": ("1.90 EUR of tax", "Waits for another person"),
        "119.01": ("At most 119.00 EUR is left",),
        "": ("At most 119.00 EUR is left",),
        "much": ("must be an amount",),
        "NaN": ("must be an amount",),
        "-5": ("At most 119.00 EUR is left",),
    }.items():
        words = words_of(admin.post(f"{page}/ahead", said | {"amount": amount}).text)
        assert all(one in words for one in told), (amount, words)
    refused = admin.post(page, said | {"amount": "-5", "once": "a"})
    assert refused.status_code == 400
    assert "more than nothing" in words_of(refused.text)
    assert debtor.client.get(f"{BILLING}/correction").json == []
    form = said | {"amount": "19", "note": "Asked by phone", "once": "b"}
    made = [admin.post(page, form) for _ in range(2)]
    assert {one.status_code for one in made} == {303}
    (correction,) = debtor.client.get(f"{BILLING}/correction").json
    assert {one.headers["location"] for one in made} == {
        f"/r/correction/{correction['key']}?done=created"
    }
    assert (correction["state"], correction["amount"]["value"]) == ("requested", 19)
    assert (correction["note"], correction["customerBill"]["id"]) == ("Asked by phone", bill["id"])
    again = words_of(admin.post(f"{page}/ahead", said | {"amount": "101"}).text)
    assert "At most 100.00 EUR is left" in again


def test_a_payment_is_given_back_up_to_what_came_in(admin: Browser, debtor: Debtor) -> None:
    paid = debtor.pays(80)
    page = f"/payments/{paid['key']}/refund"
    assert 'value="80.00"' in admin.get(page).text
    said = {"kind": "refund", "reason": "paidTwice", "once": "c"}
    too_much = admin.post(page, said | {"amount": "80.01"})
    assert too_much.status_code == 400
    assert "what is left of" in words_of(too_much.text)
    wrong = admin.post(page, said | {"amount": "8", "kind": "writeOff"})
    assert wrong.status_code == 400
    assert "30.00 EUR is given back" in words_of(
        admin.post(f"{page}/ahead", said | {"amount": "30"}).text
    )


def test_who_may_not_correct_does_not_get_the_page(
    admin: Browser, signed_in: Callable[..., Browser], debtor: Debtor
) -> None:
    """Neither without the right nor for a bill that there is not; nor is it offered."""
    bill = debtor.bill(50)
    reader = signed_in("reads_bills", {"TMF678:read": EVERYTHING})
    page = f"/bills/{bill['key']}/correct"
    assert reader.get(page).status_code == 403
    assert reader.post(page, {"kind": "adjustment", "amount": "5"}).status_code == 403
    facts = f"/r/customerBill/{bill['key']}"
    assert page not in unescape(reader.get(facts).text)
    assert page in unescape(admin.get(facts).text)
    assert admin.get("/bills/BIL999999/correct").status_code == 404
