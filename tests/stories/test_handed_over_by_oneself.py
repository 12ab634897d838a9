"""Handing over by own hand: to one at a time, within policy, and nothing told of the other side."""

from __future__ import annotations

import falcon.testing
import pytest

from tests.stories.test_handed_over import Flat, another
from tests.stories.test_portal import policies
from tests.support.at_portal import HIDDEN, at_portal, read
from tests.support.operator import ACCOUNT, CUSTOMER, SITE, Operator, Record, codes
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from trunkline.access.standard import ensure_roles


@pytest.fixture(autouse=True)
def roles(operator: Operator) -> None:
    ensure_roles(operator.site.services)


def said(browser: Browser, address: str, form: Record) -> tuple[int, str]:
    """Send a form; return the status and what the page says."""
    browser.get("/my")
    answer = browser.post(address, form)
    return answer.status_code, words_of(answer.text)


def statements(browser: Browser) -> int:
    """Return how many statements the first page takes."""
    browser.get("/my")
    with counted() as sent:
        assert browser.get("/my").status_code == 200
    return len(sent)


def test_one_product_passes_to_one_customer(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """A form sent twice makes one wish, and of two wishes that both sides want one comes about; an
    odd day is refused, an odd word is no refusal, and no account of the other side is told of."""
    ada, grace, bob = operator.ada(), another(operator), another(operator)
    product = ada.has(ada.fibre("1", 100)).product()
    giving, taking = at_portal(ada, pages), at_portal(grace, pages)
    page = f"/my/products/{product['key']}/hand-over"
    key, other = (operator.read(CUSTOMER, one.id)["key"] for one in (grace, bob))
    owner = [{"id": grace.id, "role": "customer"}]
    dollars = {"name": "In dollars", "state": "active", "currency": "USD", "relatedParty": owner}
    operator.make(ACCOUNT, dollars)
    answer = operator.staff.patch(f"{ACCOUNT}/{bob.account}", {"currency": "USD"})
    assert answer.status_code == 200
    status, words = said(giving, page, {"number": other, "name": "Grace Hopper"})
    assert (status, "is not the number and the name" in words, "USD" in words) == (400, True, False)
    operator.staff.patch(f"{ACCOUNT}/{bob.account}", {"currency": "EUR"})
    form = {"number": key, "name": "Grace Hopper", "date": "2031-01-01"}
    for odd in ("31.12.2026", "2026-13-45"):
        status, words = said(giving, page, {**form, "date": odd})
        assert (status, "is no day" in words) == (400, True)
    follows = str(giving.post(page, form).headers["Location"])
    status, words = said(giving, page, form)
    assert (status, "hands it over already" in words) == (409, True)
    one = statements(giving)
    flat = Flat(operator, ada, bob, product)
    for _ in range(2):
        second = flat.asked(requestedStartDate="2031-01-01T00:00:00Z")
    assert statements(giving) == one
    for word in ({}, {"word": "perhaps"}):
        assert said(taking, follows, word)[0] == 404
    assert said(taking, follows, {"word": "take"})[0] == 303
    assert "Is being handed over" in read(taking, follows)
    assert flat.says(second, "giving").status_code == 200
    refused = flat.says(second, "taking")
    assert ("conflictTransfer", "product") in codes(refused), refused.json
    assert flat.read(second)["state"] == "requested"


def test_nothing_goes_along_against_policy(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """What may not be ended by own hand is not handed over beside something else either; and a
    move that is refused leaves no new place behind."""
    ada, grace = operator.ada(), another(operator)
    order = ada.has(ada.fibre("1", 100), ada.voice("2"))
    fibre, voice = order.product("1"), order.product("2")
    browser, key = at_portal(ada, pages), operator.read(CUSTOMER, grace.id)["key"]
    page = f"/my/products/{fibre['key']}/hand-over"
    assert voice["key"] in read(browser, page)
    sites = operator.find(SITE, relatedParty__id=ada.id)
    move = f"/my/products/{fibre['key']}/move"
    typed = "street=Mole+Road&number=8&city=Nordhaven&sure=1"
    shown = source_of(browser.get(f"{move}?look=1&{typed}")).partition('id="effect"')[2]
    no = {"isAllowed": False, "message": "Call 123"}
    with policies(
        operator, ("Voice Flat", {"action": ["delete"], **no}),
        ("Fibre 100M", {"action": ["modify"], **no}),
    ):  # fmt: skip
        assert voice["key"] not in read(browser, page)
        both = {"number": key, "name": "Grace Hopper", f"also.{voice['id']}": "1"}
        assert said(browser, page, both)[0] == 404
        status, words = said(browser, move, dict(HIDDEN.findall(shown)))
        assert (status, "Call 123" in words) == (400, True)
    assert operator.find(SITE, relatedParty__id=ada.id) == sites


def test_nobody_guesses_who_is_a_customer(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """After five wrong names the sixth is not looked at, though it is right; others go on."""
    ada, bo, grace = operator.ada(), operator.ada(), another(operator)
    key = operator.read(CUSTOMER, grace.id)["key"]
    right = {"number": key, "name": "Grace Hopper"}
    held = {one.id: one.has(one.fibre("1", 100)).product()["key"] for one in (ada, bo)}
    page, browser = f"/my/products/{held[ada.id]}/hand-over", at_portal(ada, pages)
    for number in range(5):
        assert said(browser, page, {"number": key, "name": f"Grace {number}"})[0] == 400
    status, words = said(browser, page, right)
    assert (status, "too many customers were named wrong" in words) == (429, True)
    assert said(at_portal(bo, pages), f"/my/products/{held[bo.id]}/hand-over", right)[0] == 303


def test_between_ones_own_customers(operator: Operator, pages: falcon.testing.TestClient) -> None:
    """Who is both sides speaks for both, one after the other."""
    ada = operator.ada()
    product = ada.has(ada.fibre("1", 100)).product()
    role = {"name": "Ada's shop", "status": "active", "engagedParty": {"id": ada.party}}
    shop = operator.make(CUSTOMER, role)
    owner = [{"id": shop["id"], "role": "customer"}]
    operator.make(ACCOUNT, {"name": "Shop", "state": "active", "relatedParty": owner})
    browser = at_portal(ada, pages)
    page = f"/my/products/{product['key']}/hand-over"
    browser.get(page)
    answer = browser.post(page, {"number": shop["key"], "name": "Ada's shop"})
    follows = str(answer.headers["Location"])
    assert "Take it over" in read(browser, follows)
    assert said(browser, follows, {"word": "take"})[0] == 303
    operator.settle()
    assert "Handed over" in read(browser, follows)
