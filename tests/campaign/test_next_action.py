"""Next best actions: proposed with a reason, answered, and not proposed again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.overrides import active_customer, offering_on_sale
from tests.support.pages import pages_of
from tests.support.program import Site
from tests.web.browser import Browser

CAMPAIGNS = "/api/campaign/v1"
QUERY = "/tmf-api/customer/v4/queryProductRecommendation"
LEAD = "/tmf-api/sales/v4/salesLead"


def proposed(site: Site, customer: str) -> list[dict[str, Any]]:
    answer = site.admin.post(QUERY, {"relatedParty": {"id": customer, "@referredType": "Customer"}})
    assert answer.status_code == 201, answer.json
    assert answer.json["state"] == "done"
    found: list[dict[str, Any]] = answer.json.get("recommendationItem", [])
    return found


def answered(
    site: Site, customer: str, action: str, answer: str, **said: str
) -> dict[str, Any]:  # fmt: skip
    body = {"customer": {"id": customer}, "nextAction": {"id": action}, "answer": answer, **said}
    made = site.admin.post(f"{CAMPAIGNS}/actionAnswer", body)
    assert made.status_code == 201, made.json
    site.work()
    found: dict[str, Any] = site.admin.get(f"{CAMPAIGNS}/actionAnswer/{made.json['id']}").json
    return found


@pytest.mark.accepts("C360-07")
def test_an_action_is_proposed_with_its_reason_and_rests_once_answered(site: Site) -> None:
    """The most important action comes first and says why; a no lets it rest for its days and the
    next one come; a yes becomes a lead; whom the filter or no signal speaks for is not asked."""
    first, second = offering_on_sale(site.admin), offering_on_sale(site.admin)
    ada, bea = active_customer(site.admin), active_customer(site.admin)
    made = {}
    for name, body in {
        "Second": {"productOffering": {"id": second}, "priority": 20, "reason": "Others like it.",
                   "restDays": 5},
        "First": {"productOffering": {"id": first}, "priority": 10, "reason": "It is faster.",
                  "customerFilter": f"id={ada}", "restDays": 5},
        "Stay": {"productOffering": {"id": first}, "priority": 5, "reason": "May leave us",
                 "signalKind": "churnRisk", "signalDays": 30},
    }.items():  # fmt: skip
        answer = site.admin.post(f"{CAMPAIGNS}/nextAction", {"name": name, **body})
        assert answer.status_code == 201, answer.json
        made[name] = answer.json["id"]
    listed = proposed(site, ada)
    assert [(one["name"], one["reason"]) for one in listed] == [
        ("First", "It is faster."), ("Second", "Others like it."),
    ]  # fmt: skip
    assert listed[0]["productOffering"]["id"] == first
    assert [one["name"] for one in proposed(site, bea)] == ["Second"]

    said = answered(site, ada, made["First"], "refused")
    assert (said["agent"], bool(said["answerDate"]), said.get("salesLead")) == ("Admin", True, None)
    assert [one["name"] for one in proposed(site, ada)] == ["Second"]
    yes = answered(site, ada, made["Second"], "accepted")
    lead = site.admin.get(f"{LEAD}/{yes['salesLead']['id']}").json
    assert lead["salesLeadItem"][0]["productOffering"]["id"] == second
    assert lead["relatedParty"][0]["id"] == ada
    assert not proposed(site, ada)

    signal = {"customer": {"id": ada}, "kind": "churnRisk", "percent": 80, "reason": "called twice"}
    assert site.admin.post(f"{CAMPAIGNS}/customerSignal", signal).status_code == 201
    assert [one["reason"] for one in proposed(site, ada)] == ["May leave us (called twice)"]
    site.move_clock(6 * 86400)
    assert [one["name"] for one in proposed(site, ada)] == ["Stay", "First", "Second"]

    wrong = site.admin.post(f"{CAMPAIGNS}/nextAction", {
        "name": "x", "reason": "x", "productOffering": {"id": first}, "customerFilter": "moon=1",
    })  # fmt: skip
    assert (wrong.status_code, wrong.json["fault"][0]["path"]) == (400, "customerFilter")
    nobody = site.admin.post(QUERY, {"relatedParty": {"id": first}})
    assert nobody.status_code == 400


def test_what_was_noted_of_a_yes_stays_with_the_staff(site: Site) -> None:
    """The lead of a yes is described as what was proposed; what the agent noted is a note in it."""
    offering, ada = offering_on_sale(site.admin), active_customer(site.admin)
    body = {"name": "Fibre", "productOffering": {"id": offering}, "reason": "It is faster."}
    action = site.admin.post(f"{CAMPAIGNS}/nextAction", body).json["id"]
    said = answered(site, ada, action, "accepted", note="Pays late, be careful")
    lead = site.admin.get(f"{LEAD}/{said['salesLead']['id']}").json
    assert lead["description"] == "Fibre"
    assert [(one["text"], one.get("isCustomerVisible")) for one in lead["note"]] == [
        ("Pays late, be careful", None),
    ]  # fmt: skip


def test_what_is_proposed_is_answered_on_the_customers_page(site: Site) -> None:
    """The panel shows what is proposed and why; an answer is kept and the proposal goes."""
    ada = active_customer(site.admin)
    body = {"name": "On the page", "reason": "It is new.", "customerFilter": f"id={ada}",
            "productOffering": {"id": offering_on_sale(site.admin)}}  # fmt: skip
    action = site.admin.post(f"{CAMPAIGNS}/nextAction", body).json["id"]
    browser = Browser(pages_of(site))
    assert browser.sign_in("admin").status_code == 303
    key = site.admin.get(f"/tmf-api/customerManagement/v4/customer/{ada}").json["key"]
    panel = f"/customer/{key}/panel/proposals"
    shown = browser.get(panel).text
    assert "On the page" in shown
    assert "It is new." in shown
    said = browser.post(f"/customer/{key}/answer", {"action": action, "answer": "refused"})
    assert said.status_code == 303
    after = browser.get(panel).text
    assert "It is new." not in after
    assert "Refused" in after
