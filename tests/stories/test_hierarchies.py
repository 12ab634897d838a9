"""Hierarchies: companies, accounts and sites stand below each other, and never below themselves."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from tests.support.operator import ACCOUNT, PARTY, SITE, Operator, Record, codes
from trunkline.assurance.problem.problem import ServiceProblem
from trunkline.assurance.ticket.ticket import TroubleTicket
from trunkline.geography.site import GeographicSite
from trunkline.kernel.actor import system
from trunkline.kernel.resource import Document
from trunkline.kernel.work import transaction
from trunkline.party.account import BillingAccount
from trunkline.party.organization import Organization

ORGANIZATION = f"{PARTY}/organization"
PROBLEM = "/tmf-api/serviceProblemManagement/v4/serviceProblem"
TICKET = "/tmf-api/troubleTicket/v4/troubleTicket"
Above = Callable[[str], Record]


def company_above(ident: str) -> Record:
    relationship = {"relationshipType": "parent", "organization": {"id": ident}}
    return {"organizationParentRelationship": relationship}


def account_above(ident: str) -> Record:
    relationship = {"relationshipType": "parent", "account": {"id": ident}}
    always = {"validFor": {"startDateTime": "2026-01-01T00:00:00Z"}}
    return {"accountRelationship": [relationship | always]}


def site_above(ident: str) -> Record:
    return {"siteRelationship": [{"id": ident, "relationshipType": "parent"}]}


def problem_above(ident: str) -> Record:
    return {"parentProblem": [{"id": ident}]}


def ticket_above(ident: str) -> Record:
    return {"troubleTicketRelationship": [{"id": ident, "relationshipType": "parent"}]}


@pytest.mark.accepts("FND-03")
@pytest.mark.parametrize(
    ("path", "named", "above", "code"),
    [
        (ORGANIZATION, "tradingName", company_above, "organizationCycle"),
        (ACCOUNT, "name", account_above, "accountCycle"),
        (SITE, "name", site_above, "siteCycle"),
    ],
    ids=["company", "account", "site"],
)
def test_nothing_is_above_itself(
    operator: Operator, path: str, named: str, above: Above, code: str
) -> None:
    """A holding, a group and a shop, as companies, as billing accounts and as sites: the holding
    is put neither below the shop, nor below the group, nor below itself, and everything stays as
    it was; below another holding it may be put."""
    owner = operator.ada().id

    def made(name: str, parent: str | None = None) -> str:
        body: Record = {named: name, "relatedParty": [{"id": owner, "role": "customer"}]}
        ident: str = operator.make(path, body | (above(parent) if parent else {}))["id"]
        return ident

    holding = made("Holding")
    group = made("Group", holding)
    shop = made("Shop", group)
    other = made("Other holding")

    def put_below(parent: str) -> Any:
        return operator.staff.patch(f"{path}/{holding}", above(parent))

    before = operator.read(path, holding)
    for parent in (shop, group, holding):
        answer = put_below(parent)
        assert answer.status_code == 400, answer.json
        assert {one for one, _ in codes(answer)} == {code}
    assert operator.read(path, holding) == before
    assert put_below(other).status_code == 200
    answer = operator.staff.patch(f"{path}/{other}", above(shop))
    assert {one for one, _ in codes(answer)} == {code}


@pytest.mark.accepts("FND-03")
@pytest.mark.parametrize(
    ("kind", "path", "above", "code"),
    [
        (Organization, ORGANIZATION, company_above, "organizationCycle"),
        (BillingAccount, ACCOUNT, account_above, "accountCycle"),
        (GeographicSite, SITE, site_above, "siteCycle"),
        (TroubleTicket, TICKET, ticket_above, "cycle"),
        (ServiceProblem, PROBLEM, problem_above, "cycle"),
    ],
    ids=["company", "account", "site", "ticket", "problem"],
)
def test_two_people_close_no_circle_together(
    operator: Operator, kind: type[Document], path: str, above: Above, code: str
) -> None:
    """One puts the first below the second while another puts the second below the first: the
    later one waits for the earlier one and is refused."""
    owner = {"id": operator.ada().id, "role": "customer"}
    body: Record = {
        "name": "One of two",
        "tradingName": "One of two",
        "description": "One of two",
        "severity": "minor",
        "ticketType": "fault",
        "relatedParty": [owner],
    }
    if kind is ServiceProblem:
        body |= {"category": "supplier", "priority": 1, "reason": "Flood", "originatorParty": owner}
    first, second = (operator.make(path, body)["id"] for _ in range(2))
    answers: list[Any] = []
    other = Thread(
        target=lambda: answers.append(operator.staff.patch(f"{path}/{second}", above(first)))
    )
    with transaction(operator.site.services, system("tests")) as work:
        with work.edit(kind, first) as edited:
            edited.raw.update(above(second))
        other.start()
        waiting = (
            "select count(*) from pg_stat_activity where datname = current_database() "
            "and wait_event = 'advisory'"
        )
        operator.wait_until(lambda: bool(answers) or operator.site.rows(waiting) == [(1,)])
    other.join(10)
    (answer,) = answers
    assert answer.status_code == 400, answer.json
    assert {one for one, _ in codes(answer)} == {code}
