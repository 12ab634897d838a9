"""Hierarchies: companies, accounts and sites stand below each other, and never below themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.operator import ACCOUNT, PARTY, SITE, Operator, Record, codes

ORGANIZATION = f"{PARTY}/organization"
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
