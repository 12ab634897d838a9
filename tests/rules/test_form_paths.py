"""The pure parts of forms: paths, differences, problems at the nearest field, both versions."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.patch import Change, changes, merge_patch
from trunkline.web.details.restoring import restored
from trunkline.web.editing.merging import differences, merged, with_choices
from trunkline.web.editing.paths import Lost, difference, put, value_at
from trunkline.web.editing.problems import placed, problems_of

ADA = {
    "name": "Ada",
    "phones": [{"number": "1"}, {"number": "2"}],
    "home": {"city": "London", "zip": "W1"},
    "items": [{"id": "a", "state": "new"}, {"id": "b", "state": "new"}],
}


def test_a_value_is_put_and_found_at_its_path() -> None:
    document: dict[str, Any] = {}
    put(document, "phones[0].number", "1")
    put(document, "home.city", "London")
    assert document == {"phones": [{"number": "1"}], "home": {"city": "London"}}
    put(document, "home.city", None)
    assert document == {"phones": [{"number": "1"}]}
    assert value_at(ADA, "items[id=b].state") == "new"
    assert value_at(ADA, "items[id=c].state") is None
    with pytest.raises(Lost):
        put(document, "phones[7].number", "2")


@pytest.mark.parametrize(
    "after",
    [
        {**ADA, "name": "Grace"},
        {"name": "Ada"},
        {**ADA, "home": {"city": "Paris"}, "born": True},
        {**ADA, "phones": []},
    ],
)
def test_the_patch_between_two_documents_makes_one_of_the_other(after: dict[str, Any]) -> None:
    assert merge_patch(ADA, difference(ADA, after)) == after
    assert difference(after, after) == {}


def test_a_problem_stands_at_the_nearest_field() -> None:
    refusal = Invalid.of(
        [Fault("home.city.letters[3]", "badValue", "no"), Fault("", "odd", "hm"),
         Fault("nowhere.at", "badValue", "x")]
    )  # fmt: skip
    found = placed(problems_of(refusal, {}, {}), {"home": "at-home", "home.city": "at-home-city"})
    assert [(one.path, one.at) for one in found] == [
        ("home.city", "at-home-city"), ("", ""), ("", ""),
    ]  # fmt: skip


def test_what_both_changed_is_told_and_the_rest_is_put_together() -> None:
    theirs = {**ADA, "name": "Augusta", "home": {"city": "London", "zip": "W2"}}
    yours = {**ADA, "name": "Grace", "home": {"city": "Paris", "zip": "W1"}}
    found = {one.path: one for one in differences(ADA, theirs, yours)}
    assert {path: one.both for path, one in found.items()} == {
        "name": True, "home.city": False, "home.zip": False,
    }  # fmt: skip
    together = merged(theirs, list(found.values()))
    assert together == {**ADA, "name": "Grace", "home": {"city": "Paris", "zip": "W2"}}
    assert with_choices(together, theirs, {"name": "theirs"})["name"] == "Augusta"


@pytest.mark.parametrize(
    "after",
    [
        {**ADA, "phones": [{"number": "1"}]},
        {**ADA, "phones": [{"number": "1"}, {"number": "2"}, {"number": "3"}, {"number": "4"}]},
        {"name": "Ada"},
        {**ADA, "items": [{"id": "a", "state": "done"}, {"id": "b", "state": "new"}]},
        {**ADA, "title": "Lady"},
        {
            **ADA,
            "items": [*ADA["items"], {"state": "new", "id": "c", "sub": [{"x": 1, "id": "d"}]}],
        },
    ],
)
def test_a_change_is_taken_back_to_what_was(after: dict[str, Any]) -> None:
    found: list[Change] = changes(ADA, after)
    back = restored(after, found)
    if "items" in after:
        assert back == ADA
    else:
        assert {name: back[name] for name in ("name", "phones", "home")} == {
            name: ADA[name] for name in ("name", "phones", "home")
        }
