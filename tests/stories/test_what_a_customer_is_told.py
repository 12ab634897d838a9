"""The network has no port for Ada: she is told that it is being worked on, and nothing else."""

from __future__ import annotations

from typing import Any

import falcon.testing
import pytest

from tests.support.at_portal import at_portal, read
from tests.support.operator import FALLOUT, ORDER, OWN, Customer, Operator, Order
from tests.support.program import Client
from tests.web.browser import Browser, words_of
from trunkline.access.standard import ensure_roles
from trunkline.kernel.actor import Grant

REFUSED = {"kind": "business", "specification": "Fibre Access", "code": "noFreePort",
           "reason": "rack 7 is full", "message": "no port is free at this address"}  # fmt: skip
AWAY = {"kind": "technical", "specification": "Fibre*"}
INTERNAL = ("noFreePort", "rack 7", "no port is free", "http503", "Fallout", "fallout", "command")


@pytest.fixture
def ada(operator: Operator) -> Customer:
    ensure_roles(operator.site.services)
    return operator.ada()


def stuck(operator: Operator, ada: Customer, fail: dict[str, Any]) -> Order:
    """Return an order of Ada's whose line the network does not make."""
    operator.network.behave(fail=[fail])
    order = ada.orders(ada.fibre("1"))
    operator.settle()
    assert len(order.fallouts()) == 1
    return order


def at_home(operator: Operator, ada: Customer) -> Client:
    """Return Ada in the portal."""
    login = f"ada-{ada.id[-6:]}"
    scopes = ("TMF622:read",)
    return operator.site.user(login, roles=["self_service"], party=ada.party, scopes=scopes)


@pytest.mark.accepts("FAL-10")
@pytest.mark.parametrize("fail", [REFUSED, AWAY], ids=["refused", "away"])
def test_she_is_told_that_it_is_being_worked_on(
    operator: Operator, pages: falcon.testing.TestClient, ada: Customer, fail: dict[str, Any]
) -> None:
    """What the network was sent, answered and refused is in the plan for the staff. For Ada, by
    interface and on her page, order and step are in progress; no code, message or try is told."""
    order = stuck(operator, ada, fail)
    assert order.step("Fibre Access")["state"] == "fallout"
    assert order.step("Fibre Access")["request"]["specification"]["name"] == "Fibre Access"
    client, browser = at_home(operator, ada), Browser(pages)
    assert browser.sign_in(f"ada-{ada.id[-6:]}").status_code == 303
    answer = client.get(f"{OWN}/productOrder/{order.id}/plan")
    told = [
        answer.text,
        client.get(f"{ORDER}/{order.id}").text,
        client.get(ORDER).text,
        words_of(browser.get(f"/my/orders/{order.key}").text),
        words_of(browser.get("/my").text),
    ]
    for text in told:
        assert text
        assert [text[at - 40 : at + 40] for one in INTERNAL if (at := text.find(one)) >= 0] == []
    assert client.get(f"{ORDER}/{order.id}").json["state"] == "inProgress"
    (line,) = (one for one in answer.json["item"] if one["name"] == "Fibre Access")
    assert (line["state"], line["reason"], line["attempt"]) == ("running", "is being worked on", 0)
    assert not {"request", "answer", "attempts", "error", "errorMessage"} & line.keys()
    assert "on its way" in told[3].lower()
    assert client.get(FALLOUT).status_code == 403


def test_who_works_on_steps_reads_what_went_wrong(operator: Operator, ada: Customer) -> None:
    """A partner follows its customers' orders without what the network says; a partner who may
    try steps again is told why they stand still."""
    partner = operator.company().party
    by = {"id": partner, "role": "partner", "@referredType": "Organization"}
    operator.network.behave(fail=[REFUSED])
    order = ada.orders(ada.fibre("1"), relatedParty=[{"id": ada.id, "role": "customer"}, by])
    operator.settle()
    reads = {"TMF622:read": Grant("partner")}
    for name, more, told in (
        ("follows", {}, False), ("works", {"ordering:retry": Grant("partner")}, True)
    ):  # fmt: skip
        grants = {**reads, **more}
        operator.site.role(name, grants)
        login = f"{name}-{ada.id[-6:]}"
        client = operator.site.user(login, roles=[name], partner=partner, scopes=tuple(grants))
        answer = client.get(f"{OWN}/productOrder/{order.id}/plan")
        assert answer.status_code == 200, answer.json
        assert ("noFreePort" in answer.text) == told


@pytest.mark.accepts("CRT-07")
def test_only_what_can_still_be_left_out_is_offered(
    operator: Operator, ada: Customer, pages: falcon.testing.TestClient
) -> None:
    """A line that has been done is said to be and no more left out, while the other one still may
    be; once that is called off the line says so, and the costs are those of what is left."""
    browser = at_portal(ada, pages)
    operator.network.behave(fail=[{**REFUSED, "count": 1}])
    plan = {"dataVolume": 5, "roaming": "none"}
    order = ada.orders(ada.fibre("1", 500), ada.add("2", "Mobile S", at=None, **plan))
    operator.settle()
    page = f"/my/orders/{order.key}"
    assert order.items == {"1": "inProgress", "2": "completed"}
    shown = read(browser, page)
    assert "Fibre 500M New Leave out Mobile S New · Done 58.90 EUR once + 49.80" in shown
    assert browser.post(f"{page}/amend", {"line": "1"}).status_code == 303
    operator.settle()
    assert order.items == {"1": "cancelled", "2": "completed"}
    left = "Fibre 500M New · Called off Mobile S New · Done 9.90 EUR once + 9.90 EUR a month"
    assert left in read(browser, page)
