"""What campaigns sell, counted from the orders of those whom they addressed: each sale once."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from tests.support.operator import Operator
from tests.support.pages import pages_of
from tests.web.browser import Browser
from trunkline.documents.grant import Grant

CAMPAIGNS = "/api/campaign/v1"
TARGET, WAVE = f"{CAMPAIGNS}/partyCampaign", f"{CAMPAIGNS}/campaignWave"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
YES = {"consent": [{"purpose": "marketing", "given": True}]}
PHONE = [{"mediumType": "phone", "characteristic": {"phoneNumber": "+49 30 1234567"}}]
OFFERING = "Voice Flat"
NUMBERS = count(1)


def addressed(operator: Operator, waves: int) -> tuple[Any, dict[str, Any], list[str]]:
    """Return a customer, a campaign, and the customer's targets in waves that called them."""
    ada = operator.ada()
    said = {"contactPreference": YES, "contactMedium": PHONE}
    assert operator.staff.patch(f"{CUSTOMER}/{ada.id}", said).status_code == 200
    line = {"productOffering": {"id": operator.offerings[OFFERING]}}
    campaign = operator.make(f"{CAMPAIGNS}/marketingCampaign", {
        "code": f"counted{next(NUMBERS)}", "name": "C", "campaignType": "upSell",
        "status": "running", "campaignLine": [line]})  # fmt: skip
    targets = []
    for _ in range(waves):
        about = {"marketingCampaign": {"id": campaign["id"]}, "channel": "phone"}
        wave = operator.make(WAVE, about)["id"]
        body = {"campaignWave": {"id": wave}, "customer": {"id": ada.id}}
        targets.append(operator.make(TARGET, body)["id"])
        for path, state in (
            (f"{WAVE}/{wave}", "running"),
            (f"{TARGET}/{targets[-1]}", "contacted"),
        ):
            assert operator.staff.patch(path, {"state": state}).status_code == 200
    return ada, campaign, targets


def test_a_sale_of_two_waves_is_counted_once(operator: Operator) -> None:
    """Whom two waves addressed, who accepted in the first, whose sale was won, and whose order is
    then carried out has bought once; who answered stays who says so."""
    ada, campaign, (first, second) = addressed(operator, 2)
    assert operator.staff.patch(f"{TARGET}/{first}", {"state": "accepted"}).status_code == 200
    operator.settle()
    told = operator.read(TARGET, first)
    lead = told["resultingLead"]["id"]
    made = operator.staff.post(f"/api/sales/v1/salesLead/{lead}/convert", {"customer": ada.id})
    sale = made.json["opportunity"]["key"]
    won = {"stage": "closedWon", "closeReason": "price"}
    answer = operator.staff.patch(f"/api/sales/v1/salesOpportunity/{sale}", won)
    assert answer.status_code == 200
    operator.settle()
    order = ada.has(ada.voice("1"))
    operator.settle()
    counted, other = operator.read(TARGET, first), operator.read(TARGET, second)
    assert (counted["state"], other["state"]) == ("converted", "contacted")
    assert counted["productOrder"]["id"] == order.read()["id"]
    assert [counted[one] for one in ("agent", "outcomeDate")] == [
        told[one] for one in ("agent", "outcomeDate")
    ]
    figures = operator.read(f"{CAMPAIGNS}/marketingCampaign/{campaign['id']}/figures")
    assert (figures["converted"], figures["answered"], figures["accepted"]) == (1, 1, 1)
    ada.has(ada.voice("2"))
    operator.settle()
    assert operator.read(TARGET, second)["state"] == "contacted"


def test_all_that_an_order_brings_is_counted(operator: Operator) -> None:
    """Each line of what a campaign promotes counts as often as it says; who bought without an
    answer has not accepted."""
    bea, _, (one,) = addressed(operator, 1)
    bea.has(bea.voice("1"))
    operator.settle()
    ada, campaign, (ident,) = addressed(operator, 1)
    ada.has(ada.voice("1"), {**ada.voice("2"), "quantity": 3})
    operator.settle()
    found = operator.read(TARGET, ident)
    single = operator.read(TARGET, one)["revenue"]
    assert single["value"] > 0
    assert found["state"] == "converted"
    assert found["revenue"] == {**single, "value": pytest.approx(4 * single["value"])}
    figures = operator.read(f"{CAMPAIGNS}/marketingCampaign/{campaign['id']}/figures")
    assert (figures["converted"], figures["answered"], figures["accepted"]) == (1, 0, 0)


def test_what_was_noticed_is_told_to_whom_may_know_it(operator: Operator) -> None:
    """A proposal is shown without the words of the signal to somebody who may not read those."""
    ada, _, _ = addressed(operator, 0)
    operator.make(f"{CAMPAIGNS}/nextAction", {
        "name": "N", "reason": "It is faster", "signalKind": "drinking",
        "productOffering": {"id": operator.offerings[OFFERING]}})  # fmt: skip
    operator.make(f"{CAMPAIGNS}/customerSignal", {
        "customer": {"id": ada.id}, "kind": "drinking", "percent": 70, "reason": "drinks",
    })  # fmt: skip
    site = operator.site
    rights = {"TMF629:read": Grant("all"), "NextAction:read": Grant("all")}
    some = {**rights, "CustomerSignal:read": Grant("all", frozenset({"public", "internal"}))}
    whole = {**rights, "CustomerSignal:read": Grant("all", frozenset({"public", "internal",
                                                                     "personal"}))}  # fmt: skip
    key = operator.read(CUSTOMER, ada.id)["key"]
    for role, held, is_told in (("no-nba", rights, False), ("some-nba", some, False),
                                ("all-nba", whole, True)):  # fmt: skip
        site.role(role, held)
        site.user(f"{role}1", roles=[role], scopes=tuple(held))
        browser = Browser(pages_of(site))
        assert browser.sign_in(f"{role}1").status_code == 303
        page = browser.get(f"/customer/{key}/panel/proposals")
        assert "It is faster" in page.text
        assert ("drinks" in page.text) is is_told, role
