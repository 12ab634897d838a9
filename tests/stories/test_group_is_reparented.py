"""Codes and paths: a group with forty companies gets another parent, and every path follows."""

from __future__ import annotations

import pytest

from tests.support.operator import CUSTOMER, PARTY, Operator, Record, codes
from tests.web.browser import Browser, words_of

ORGANIZATION = f"{PARTY}/organization"


def company(operator: Operator, code: str | None, parent: str | None = None) -> Record:
    """Enter a company, below another one."""
    body: Record = {"tradingName": f"Company {code}"}
    if code:
        body["code"] = code
    if parent:
        body["organizationParentRelationship"] = below(parent)
    return operator.make(ORGANIZATION, body)


def below(parent: str) -> Record:
    return {"relationshipType": "parent", "organization": {"id": parent}}


def path(operator: Operator, ident: str) -> str | None:
    found: str | None = operator.read(ORGANIZATION, ident).get("hierarchyPath")
    return found


@pytest.mark.accepts("FND-02")
def test_a_code_is_given_once_and_paths_follow_a_move(operator: Operator, browser: Browser) -> None:
    """A holding has a group of forty companies in three levels. A second use of a code is refused
    with the number of who has it. The group is put below another holding: the paths of all that
    are below change with it, the tree says how far that is, and codes find their companies."""
    first, second = company(operator, "NORD"), company(operator, "SOUTH")
    group = company(operator, "grp", first["id"])
    assert (group["code"], group["hierarchyPath"]) == ("GRP", "NORD/GRP")
    areas = [company(operator, f"AREA{n}", group["key"]) for n in range(4)]
    shops = [company(operator, f"SHOP{n}", areas[n % 4]["id"]) for n in range(35)]
    nameless = company(operator, None, areas[0]["id"])
    operator.settle()
    assert path(operator, "SHOP33") == "NORD/GRP/AREA1/SHOP33"
    assert path(operator, nameless["id"]) == f"NORD/GRP/AREA0/{nameless['key']}"

    again = operator.staff.post(ORGANIZATION, {"tradingName": "Other", "code": "shop7"})
    assert (again.status_code, codes(again)) == (409, {("conflictCode", "code")})
    assert shops[7]["key"] in again.json["message"]
    taken = operator.staff.patch(f"{ORGANIZATION}/{first['id']}", {"code": "SOUTH"})
    assert codes(taken) == {("conflictCode", "code")}

    move = {"organizationParentRelationship": below(second["key"])}
    assert operator.staff.patch(f"{ORGANIZATION}/GRP", move).status_code == 200
    page = words_of(browser.get(f"/hierarchy/{second['key']}").text)
    assert "paths are being renewed" in page
    operator.settle()
    everyone = [group, *areas, *shops, nameless]
    paths = {path(operator, one["id"]) for one in everyone}
    assert len(paths) == 41
    assert all(one and one.startswith("SOUTH/GRP") for one in paths)
    assert "SOUTH/GRP/AREA1/SHOP33" in paths
    assert "being renewed" not in words_of(browser.get(f"/hierarchy/{second['key']}").text)
    found = operator.find(ORGANIZATION, hierarchyPath="SOUTH/GRP/AREA2/SHOP34")
    assert [one["id"] for one in found] == [shops[34]["id"]]

    renamed = operator.staff.patch(f"{ORGANIZATION}/{areas[2]['id']}", {"code": "WEST"})
    assert renamed.status_code == 200
    operator.settle()
    assert path(operator, shops[34]["id"]) == "SOUTH/GRP/WEST/SHOP34"
    assert operator.staff.get(f"{ORGANIZATION}/AREA2").status_code == 404
    assert operator.read(ORGANIZATION, "WEST")["id"] == areas[2]["id"]
    alone = operator.staff.patch(f"{ORGANIZATION}/GRP", {"organizationParentRelationship": None})
    assert alone.status_code == 200
    operator.settle()
    assert path(operator, shops[34]["id"]) == "GRP/WEST/SHOP34"


def test_a_customer_is_found_by_the_code_that_it_was_given(operator: Operator) -> None:
    """By address, in a reference and in a filter; the code of a removed customer is free again."""
    ada = operator.ada()
    named = operator.staff.patch(f"{CUSTOMER}/{ada.id}", {"code": "lovelace-1"})
    assert named.json["code"] == "LOVELACE-1"
    assert operator.read(CUSTOMER, "LOVELACE-1")["id"] == ada.id
    account = {"name": "By code", "relatedParty": [
        {"id": "LOVELACE-1", "role": "customer", "@referredType": "Customer"}]}  # fmt: skip
    made = operator.make("/tmf-api/accountManagement/v4/billingAccount", account)
    assert made["relatedParty"][0]["id"] == ada.id
    assert [one["id"] for one in operator.find(CUSTOMER, id="LOVELACE-1")] == [ada.id]
    for bad in ("A/B", "", "-A", "x" * 41):
        answer = operator.staff.patch(f"{CUSTOMER}/{ada.id}", {"code": bad})
        assert (answer.status_code, codes(answer)) == (400, {("badValue", "code")})
    spare = {"name": "Spare", "code": "SPARE", "engagedParty": {"id": ada.party}}
    first = operator.make(CUSTOMER, spare)
    assert operator.staff.post(CUSTOMER, spare).status_code == 409
    assert operator.staff.delete(f"{CUSTOMER}/{first['id']}").status_code == 204
    assert operator.make(CUSTOMER, spare)["code"] == "SPARE"


def test_a_path_is_not_written_by_hand(operator: Operator) -> None:
    sent = {"tradingName": "Sly", "hierarchyPath": "NORD/SLY"}
    answer = operator.staff.post(ORGANIZATION, sent)
    assert codes(answer) == {("notWritable", "hierarchyPath")}
