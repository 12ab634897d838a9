"""Merge patches and JSON Patches change what they say and nothing else; changes tell it all."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.documents.decode import DEPTH_MAX, decode, encode
from trunkline.documents.errors import Conflict, Invalid
from trunkline.documents.patch import (
    ABSENT,
    Change,
    changes,
    copied,
    decode_changes,
    encode_changes,
    json_patch,
    merge_patch,
    same,
)

SCALARS = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab.[", max_size=2) | st.just("7")
)
NAMES = st.sampled_from(["id", "name", "item", "state", "a.b", ""])


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(NAMES, inner, max_size=4)


VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | objects(inner), max_leaves=12
)
OBJECTS = objects(VALUES)


@pytest.mark.parametrize(
    "document,patch,result",
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_follows_the_examples_of_its_standard(
    document: Any, patch: Any, result: Any
) -> None:
    assert merge_patch(document, patch) == result


@given(VALUES, VALUES)
def test_merging_twice_is_merging_once(document: Any, patch: Any) -> None:
    once = merge_patch(document, patch)
    assert same(merge_patch(once, patch), once)


@given(OBJECTS, OBJECTS)
def test_merging_leaves_its_inputs_alone(document: Any, patch: Any) -> None:
    before, wanted = encode(document), encode(patch)
    spoil(merge_patch(document, patch))
    assert (encode(document), encode(patch)) == (before, wanted)


def test_merging_keeps_the_order_of_names() -> None:
    merged = merge_patch({"name": "Ada", "state": "new", "note": 1}, {"state": "old", "place": 2})
    assert list(merged) == ["name", "state", "note", "place"]


def spoil(value: Any) -> None:
    """Change every object and array in place, to show that nobody else holds them."""
    if isinstance(value, dict):
        for inner in value.values():
            spoil(inner)
        value["spoilt"] = True
    elif isinstance(value, list):
        for inner in value:
            spoil(inner)
        value.append("spoilt")


def without_null(value: Any) -> Any:
    """A merge patch cannot say null, so the law about it holds for documents without."""
    if isinstance(value, dict):
        return {name: without_null(one) for name, one in value.items() if one is not None}
    return value


def patch_between(before: Any, after: Any) -> Any:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after
    removed = {name: None for name in before if name not in after}
    return removed | {
        name: patch_between(before.get(name), value)
        for name, value in after.items()
        if name not in before or not same(before[name], value)
    }


@given(OBJECTS.map(without_null), OBJECTS.map(without_null))
def test_a_patch_made_from_the_difference_makes_it(before: Any, after: Any) -> None:
    assert same(merge_patch(before, patch_between(before, after)), after)


@pytest.mark.parametrize(
    "document,operations,result",
    [
        ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": 1}], {"foo": "bar", "baz": 1}),
        ({"foo": [1, 3]}, [{"op": "add", "path": "/foo/1", "value": 2}], {"foo": [1, 2, 3]}),
        ({"foo": [1]}, [{"op": "add", "path": "/foo/1", "value": 2}], {"foo": [1, 2]}),
        ({"foo": [1]}, [{"op": "add", "path": "/foo/-", "value": [2]}], {"foo": [1, [2]]}),
        ({"foo": 1, "baz": 2}, [{"op": "remove", "path": "/baz"}], {"foo": 1}),
        ({"foo": [1, 2, 3]}, [{"op": "remove", "path": "/foo/1"}], {"foo": [1, 3]}),
        ({"baz": 1}, [{"op": "replace", "path": "/baz", "value": None}], {"baz": None}),
        ({"a": {"b": 1}}, [{"op": "move", "from": "/a/b", "path": "/c"}], {"a": {}, "c": 1}),
        ({"a": [1, 2, 3]}, [{"op": "move", "from": "/a/0", "path": "/a/2"}], {"a": [2, 3, 1]}),
        ({"a": [1]}, [{"op": "copy", "from": "/a", "path": "/b"}], {"a": [1], "b": [1]}),
        ({"a": 1}, [{"op": "test", "path": "/a", "value": Decimal("1.0")}], {"a": 1}),
        ({"a": 1}, [{"op": "add", "path": "", "value": "whole"}], "whole"),
        ({"a/b": 1, "m~n": 2}, [{"op": "remove", "path": "/a~1b"}], {"m~n": 2}),
        ({"m~1": 1}, [{"op": "remove", "path": "/m~01"}], {}),
        ({"straße": 1, "": 2}, [{"op": "remove", "path": "/straße"}], {"": 2}),
        ({"a": "b", "": 2}, [{"op": "remove", "path": "/"}], {"a": "b"}),
        ({"a": 1}, [{"op": "remove", "path": "/a", "note": "is ignored"}], {}),
        ({"a": 1}, [], {"a": 1}),
    ],
)
def test_json_patch_follows_its_standard(document: Any, operations: Any, result: Any) -> None:
    assert same(json_patch(document, operations), result)


@pytest.mark.parametrize(
    "operation",
    [
        "add",
        {"op": "add", "path": "/a"},
        {"path": "/a", "value": 1},
        {"op": ["add"], "path": "/a", "value": 1},
        {"op": "addne", "path": "/a", "value": 1},
        {"op": "add", "path": "a", "value": 1},
        {"op": "add", "path": " /a", "value": 1},
        {"op": "add", "path": 5, "value": 1},
        {"op": "add", "path": "/a~2", "value": 1},
        {"op": "add", "path": "/nothing/a", "value": 1},
        {"op": "add", "path": "/name/a", "value": 1},
        {"op": "add", "path": "/item/4", "value": 1},
        {"op": "add", "path": "/item/-1", "value": 1},
        {"op": "add", "path": "/item/00", "value": 1},
        {"op": "add", "path": "/item/+1", "value": 1},
        {"op": "add", "path": "/item/１", "value": 1},
        {"op": "replace", "path": "/nothing", "value": 1},
        {"op": "replace", "path": "/item/-", "value": 1},
        {"op": "remove", "path": ""},
        {"op": "remove", "path": "/nothing"},
        {"op": "remove", "path": "/#name"},
        {"op": "remove", "path": "/~0name"},
        {"op": "remove", "path": "/item/#1"},
        {"op": "move", "from": "/item", "path": "/item/0"},
        {"op": "copy", "from": "/#name", "path": "/copy"},
        {"op": "copy", "path": "/copy"},
    ],
    ids=str,
)
def test_a_bad_operation_is_refused_with_its_index(operation: Any) -> None:
    document = {"name": "Ada", "item": [1, 2]}
    with pytest.raises(Invalid) as refused:
        json_patch(document, [{"op": "add", "path": "/note", "value": "first"}, operation])
    assert refused.value.code == "badPatch"
    assert [(one.path, one.code) for one in refused.value.faults] == [("[1]", "badPatch")]
    assert document == {"name": "Ada", "item": [1, 2]}


@pytest.mark.parametrize("operations", [None, {}, "[]", [{"op": "remove", "path": "/a"}] * 1001])
def test_what_is_no_list_of_operations_is_refused(operations: Any) -> None:
    with pytest.raises(Invalid, match="array of at most"):
        json_patch({"a": 1}, operations)


@pytest.mark.parametrize(
    "path,value",
    [
        ("/state", "closed"),
        ("/open", 1),
        ("/nothing", None),
        ("/nothing/deeper", 1),
        ("/item/3", 1),
    ],
)
def test_a_failed_test_is_a_conflict(path: str, value: Any) -> None:
    document = {"state": "open", "open": True, "item": [1]}
    with pytest.raises(Conflict) as refused:
        json_patch(document, [{"op": "test", "path": path, "value": value}])
    assert (refused.value.code, refused.value.faults[0].path) == ("patchTestFailed", "[0]")


def test_a_text_in_place_of_the_document_is_not_read_as_json() -> None:
    replaced = {"op": "replace", "path": "", "value": '{"a": 1}'}
    with pytest.raises(Invalid):
        json_patch({}, [replaced, {"op": "remove", "path": "/a"}])


def test_operations_share_nothing_with_the_result() -> None:
    operations: list[Any] = [
        {"op": "add", "path": "/item", "value": []},
        {"op": "add", "path": "/item/-", "value": {"id": 1}},
    ]
    document = {"note": [{"text": "hello"}]}
    spoil(json_patch(document, operations))
    assert document == {"note": [{"text": "hello"}]}
    assert operations[0]["value"] == []
    assert operations[1]["value"] == {"id": 1}


def test_copies_cannot_grow_without_bound() -> None:
    double = {"op": "copy", "from": "", "path": "/a"}
    with pytest.raises(Invalid, match="too large or too deep"):
        json_patch({"item": [1] * 10}, [double] * 60)
    double = {"op": "copy", "from": "/item", "path": "/item/-"}
    with pytest.raises(Invalid, match="too large or too deep"):
        json_patch({"item": [[1] * 40_000]}, [double] * 3)


def test_a_patched_document_is_no_deeper_than_a_sent_one() -> None:
    deepest: Any = {}
    for _ in range(DEPTH_MAX - 1):
        deepest = {"a": deepest}
    assert decode(encode(json_patch({}, [{"op": "add", "path": "/a", "value": deepest}])))
    with pytest.raises(Invalid):
        json_patch({"b": {}}, [{"op": "add", "path": "/b/a", "value": deepest}])


@pytest.mark.parametrize(
    "before,after,found",
    [
        ({"state": "a"}, {"state": "b"}, [Change("state", "a", "b")]),
        ({}, {"state": None}, [Change("state", ABSENT, None)]),
        ({"state": 1}, {}, [Change("state", 1, ABSENT)]),
        ({"open": True}, {"open": 1}, [Change("open", True, 1)]),
        ({"n": Decimal("19.90")}, {"n": Decimal("19.9")}, []),
        ({"p": {"q": {"r": 1}}}, {"p": {"q": {"r": 2}}}, [Change("p.q.r", 1, 2)]),
        ({"tag": ["a", "b"]}, {"tag": ["a"]}, [Change("tag[1]", "b", ABSENT)]),
        ({"a.b": 1}, {"a.b": 2}, [Change('["a.b"]', 1, 2)]),
        ({"a": {}}, {"a": []}, [Change("a", {}, [])]),
        ({"a": {"b": 1}}, {"a": 5}, [Change("a.b", 1, ABSENT), Change("a", ABSENT, 5)]),
        ({"a": 5}, {"a": [{}]}, [Change("a", 5, ABSENT), Change("a[0]", ABSENT, {})]),
        (
            {"item": [{"id": "7", "state": "new"}, {"id": "8"}]},
            {"item": [{"id": "9", "n": 1}, {"id": "7", "state": "done"}]},
            [
                Change("item[id=7].state", "new", "done"),
                Change("item[id=8].id", "8", ABSENT),
                Change("item[id=9].id", ABSENT, "9"),
                Change("item[id=9].n", ABSENT, 1),
            ],
        ),
        (
            {"item": [{"id": 1}, {"id": 2}]},
            {"item": [{"id": 2}, {"id": 1}]},
            [Change("item[*].id", [1, 2], [2, 1])],
        ),
        (
            {"item": [{"id": 1, "n": 1}, {"id": 1, "n": 2}]},
            {"item": [{"id": 1, "n": 1}, {"id": 1, "n": 3}]},
            [Change("item[1].n", 2, 3)],
        ),
        ({"item": [{"id": "a]b"}]}, {}, [Change('item[id="a]b"].id', "a]b", ABSENT)]),
    ],
)
def test_changes_are_told_value_by_value(before: Any, after: Any, found: list[Change]) -> None:
    assert changes(before, after) == found


@given(VALUES)
def test_nothing_changes_between_equals(value: Any) -> None:
    assert changes(value, copied(value)) == []


@given(VALUES, VALUES)
def test_changes_are_empty_only_between_equals(before: Any, after: Any) -> None:
    found = changes(before, after)
    assert (found == []) == same(before, after)


@given(st.lists(st.builds(lambda key, name: {"id": key, "name": name}, st.integers(1, 4), SCALARS)))
def test_the_order_of_elements_is_part_of_a_document(elements: list[Any]) -> None:
    turned = elements[::-1]
    assert (changes(elements, turned) == []) == same(elements, turned)


@given(VALUES, VALUES)
def test_changes_survive_json(before: Any, after: Any) -> None:
    found = changes(before, after)
    assert decode_changes(decode(encode(encode_changes(found)))) == found
    assert encode(found) == encode(encode_changes(found))


def test_what_is_absent_is_not_in_the_json() -> None:
    found = [Change("name", ABSENT, "Ada"), Change("note", None, ABSENT)]
    assert encode_changes(found) == [{"path": "name", "new": "Ada"}, {"path": "note", "old": None}]
