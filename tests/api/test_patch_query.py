"""JSON patch query: operations on the elements of lists that a path picks."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.support.program import Site
from trunkline.documents.errors import Conflict, Invalid
from trunkline.rest.patch_query import QUERY_TYPE, query_patch

PARTY = "/tmf-api/party/v4/individual"
ORDER: dict[str, Any] = {
    "note": [{"author": "Ada", "text": "one"}, {"author": "Bob", "text": "two"}],
    "item": [
        {"id": 1, "quantity": 1, "offering": {"id": "7"}, "tag": [{"name": "a"}, {"name": "b"}]},
        {"id": 2, "quantity": 1, "offering": {"id": "8"}},
        {"id": 3, "quantity": 1, "offering": {"id": "7"}},
    ],
}


def patched(path: str, op: str = "replace", value: Any = 5) -> dict[str, Any]:
    before = deepcopy(ORDER)
    after: dict[str, Any] = query_patch(ORDER, [{"op": op, "path": path, "value": value}])
    assert before == ORDER, "what was given stays as it was"
    return after


@pytest.mark.parametrize(
    "path, quantities",
    [
        ("/item/quantity?item.offering.id=7", [5, 1, 5]),
        ("/item/quantity?item.offering.id=7&item.id=3", [1, 1, 5]),
        ("/item[?(@.id==2)]/quantity", [1, 5, 1]),
        ("$.item[?(@.offering.id=='7')].quantity", [5, 1, 5]),
        ("$.item[?(@.offering.id=='7' && @.id==1)].quantity", [5, 1, 1]),
        ("/item/quantity?item.tag.name=b", [5, 1, 1]),
        ("/item/quantity", [5, 5, 5]),
        ("/item/1/quantity", [1, 5, 1]),
    ],
)
def test_a_path_picks_elements(path: str, quantities: list[int]) -> None:
    assert [one["quantity"] for one in patched(path)["item"]] == quantities


def test_picked_elements_are_removed_and_added_to() -> None:
    assert [one["id"] for one in patched("/item?item.offering.id=7", "remove")["item"]] == [2]
    assert patched("/note[?(@.author=='Ada')]", "remove")["note"] == [ORDER["note"][1]]
    assert patched("/note/-", "add", {"text": "x"})["note"][2] == {"text": "x"}
    tags = patched("/item[?(@.id==1)]/tag[?(@.name=='a')]/name", "replace", "c")["item"][0]["tag"]
    assert tags == [{"name": "c"}, {"name": "b"}]


@pytest.mark.parametrize(
    "path",
    ["/item?item.id=9", "item", "/item[?(@.id)]", "/item?other.id=1", "/item[?(1==1)]", "/a[0"],
)
def test_a_path_that_picks_nothing_is_refused(path: str) -> None:
    with pytest.raises(Invalid) as caught:
        patched(path)
    assert (caught.value.code, caught.value.faults[0].path) == ("badPatch", "[0]")


def test_a_failed_test_names_its_operation() -> None:
    fine = {"op": "test", "path": "/note/0/text", "value": "one"}
    with pytest.raises(Conflict) as caught:
        query_patch(ORDER, [fine, {**fine, "path": "/note/text?note.author=Bob"}])
    assert caught.value.faults[0].path == "[1]"
    with pytest.raises(Invalid):
        query_patch({"note": [{"text": "x"}] * 101}, [{**fine, "path": "/note/text"}])


def test_a_record_is_changed_by_query(site: Site) -> None:
    media = [
        {"mediumType": kind, "preferred": False, "characteristic": {"contactType": "home"}}
        for kind in ("email", "phone")
    ]
    sent = {"givenName": "Ada", "familyName": "Byron", "contactMedium": media}
    address = f"{PARTY}/{site.admin.post(PARTY, sent).json['id']}"
    path = "/contactMedium/preferred?contactMedium.mediumType=phone"
    patch = [{"op": "replace", "path": path, "value": True}]
    answer = site.admin.patch(
        address, patch, headers={"Content-Type": QUERY_TYPE}, query_string="fields=contactMedium"
    )
    assert answer.status_code == 200, answer.json
    assert [one["preferred"] for one in answer.json["contactMedium"]] == [False, True]
    assert "givenName" not in answer.json, "`fields` holds for the answer to a write as well"
    offered = site.admin.call("OPTIONS", address).headers["Accept-Patch"]
    assert QUERY_TYPE in offered
