"""What somebody sends is kept as it was sent, or refused with its path."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.documents.decode import DEPTH_MAX, decode, encode, load, normalise
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Shape, many

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0", max_codepoint=0x2FF))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(-1_000, 1_000, places=2) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)


class Step(Shape):
    start: datetime | None = None
    note: str | None = None


class Plan(Shape):
    name: str
    start: datetime | None = None
    holiday: list[datetime] = many()
    first: Step | None = None
    step: list[Step] = many()


@given(VALUES)
def test_what_is_encoded_comes_back(value: Any) -> None:
    assert decode(encode(value)) == value
    assert load(encode(value)) == value


@pytest.mark.parametrize(
    "text", ["19.90", "1E+5", "-0.0", "123456789012345678901234567890", "0.10"]
)
def test_numbers_keep_their_digits(text: str) -> None:
    assert encode(decode(text.encode())).decode() == text


def code(body: bytes | str) -> str:
    with pytest.raises(Invalid) as refused:
        decode(body.encode() if isinstance(body, str) else body)
    return refused.value.code


@pytest.mark.parametrize(
    "body",
    ["", "nul", "{", '{"a":1,}', "[NaN]", "[Infinity]", "1 2", "'a'", '"\n"', "\ufeff{}", "[01]"],
)
def test_what_is_no_json_is_refused(body: str) -> None:
    assert code(body) == "badJson"


@pytest.mark.parametrize("body", ["1e400", "[1E400]", '{"a":1e-300}', "1e99999999999999999999"])
def test_numbers_out_of_range_are_refused(body: str) -> None:
    assert code(body) == "badNumber"


def test_a_number_with_more_digits_than_the_store_keeps_is_refused() -> None:
    assert code("0." + "1" * 20_000) == "badNumber"


@pytest.mark.parametrize(
    "body,path",
    [
        ('{"note":"a\\u0000b"}', "note"),
        ('{"item":[{"note":"\\u0000"}]}', "item[0].note"),
        ('"\\u0000"', ""),
        ('{"a":{"b\\u0000":1}}', "a"),
    ],
)
def test_text_that_no_filter_could_read_is_refused_with_its_path(body: str, path: str) -> None:
    with pytest.raises(Invalid) as refused:
        decode(body.encode())
    assert [(one.code, one.path) for one in refused.value.faults] == [("badText", path)]


@pytest.mark.parametrize("body", ['"\\ud800"', '"\\udc00"', '"\\ud800x"', '{"\\ud83d":1}'])
def test_half_a_surrogate_pair_is_refused(body: str) -> None:
    assert code(body) in {"badJson", "badText"}


@pytest.mark.parametrize("body", [b'"\xff"', b'{"note":"\xed\xa0\x80"}', b'{"\xc3":1}'])
def test_text_that_is_no_utf_8_is_refused_as_text(body: bytes) -> None:
    assert code(body) == "badText"


@pytest.mark.parametrize(
    "body",
    [
        '{"a":1,"a":1}',
        '{"a":1,"a" :2}',
        '{"a":1,"\\u0061":2}',
        '{"b":[{"a":{"c":1,"c":2}}]}',
        '{"a":"\\":","a":2}',
        '{"a\\"":1,"a\\"":2}',
        '{"":1,"":2}',
    ],
)
def test_the_same_key_twice_is_refused(body: str) -> None:
    assert code(body) == "duplicateKey"


def test_keys_that_are_the_same_text_are_the_same_key() -> None:
    assert code('{"\u00e9":1,"e\u0301":2}') == "duplicateKey"


@pytest.mark.parametrize(
    "body", ['{"a":"\\":"}', '{"a" : "x\\" :", "b":{"a":1}}', '[{"a":1},{"a":1}]', '{"a:":":"}']
)
def test_a_colon_in_a_text_is_no_second_key(body: str) -> None:
    assert decode(body.encode()) is not None


@given(st.lists(st.tuples(TEXTS, st.sampled_from(["", " "]), TEXTS), max_size=4))
def test_a_key_is_refused_exactly_when_it_comes_twice(members: list[tuple[str, str, str]]) -> None:
    def quoted(text: str) -> str:
        return encode(text).decode()

    body = ",".join(f"{quoted(name)}{space}:{quoted(text)}" for name, space, text in members)
    if len({name for name, _, _ in members}) < len(members):
        assert code(f"{{{body}}}") == "duplicateKey"
    else:
        assert decode(f"{{{body}}}".encode()) == {name: text for name, _, text in members}


def nested(levels: int, opening: str, closing: str) -> bytes:
    return (opening * levels + closing * levels).encode()


@pytest.mark.parametrize("opening,closing", [("[", "]"), ('[{"a":', "}]")])
def test_depth_is_bounded(opening: str, closing: str) -> None:
    levels = (DEPTH_MAX + 1) // len(opening.replace('"a":', ""))
    body = nested(levels, opening, closing).replace(b":}", b":1}")
    assert decode(body) is not None
    assert code(b"[" + b"[" + body + b"]" + b"]") == "tooDeep"
    assert code(nested(100_000, "[", "]")) == "tooDeep"


def test_text_is_kept_in_its_composed_form() -> None:
    assert decode('{"e\u0301":["e\u0301"]}'.encode()) == {"\u00e9": ["\u00e9"]}
    assert decode(b'{"a":"e\\u0301"}') == {"a": "\u00e9"}


def normalised(raw: dict[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    faults: list[Fault] = []
    normalise(Plan, raw, faults)
    return raw, faults


def test_declared_date_times_are_brought_to_one_form() -> None:
    raw, faults = normalised(
        {
            "start": "2026-11-21T12:00:00+02:00",
            "holiday": ["2026-12-25", "2026-12-26T00:00:00.123999Z"],
            "first": {"start": "2026-11-21T10:00:00Z"},
            "step": [{"start": "2026-11-21T10:00:00Z", "note": "2026-11-21T12:00:00+02:00"}],
            "undeclared": "2026-11-21T12:00:00+02:00",
        }
    )
    assert faults == []
    assert raw == {
        "start": "2026-11-21T10:00:00.000Z",
        "holiday": ["2026-12-25T00:00:00.000Z", "2026-12-26T00:00:00.123Z"],
        "first": {"start": "2026-11-21T10:00:00.000Z"},
        "step": [{"start": "2026-11-21T10:00:00.000Z", "note": "2026-11-21T12:00:00+02:00"}],
        "undeclared": "2026-11-21T12:00:00+02:00",
    }
    assert normalised(dict(raw)) == (raw, [])


def test_declared_nulls_are_dropped_and_others_kept() -> None:
    raw, _ = normalised({"name": None, "other": None, "first": {"note": None, "other": None}})
    assert raw == {"other": None, "first": {"other": None}}


@pytest.mark.parametrize(
    "raw,path",
    [
        ({"start": "soon"}, "start"),
        ({"start": 5}, "start"),
        ({"start": "2026-02-30"}, "start"),
        ({"start": "0001-01-01T00:00:00+05:00"}, "start"),
        ({"first": {"start": ""}}, "first.start"),
        ({"step": [{}, {"start": "24:00"}]}, "step[1].start"),
    ],
)
def test_a_bad_date_time_is_told_with_its_path(raw: dict[str, Any], path: str) -> None:
    _, faults = normalised(raw)
    assert [(one.path, one.code) for one in faults] == [(path, "badDateTime")]


def test_what_is_of_the_wrong_kind_is_left_to_the_schema() -> None:
    raw: dict[str, Any] = {"first": "none", "step": ["none", {"note": "one"}], "name": 5}
    assert normalised(dict(raw)) == (raw, [])


def test_early_years_keep_their_width() -> None:
    raw, _ = normalised({"start": "0999-01-01T00:00:00Z"})
    assert raw == {"start": "0999-01-01T00:00:00.000Z"}


def test_decimals_are_exact() -> None:
    assert decode(b'{"amount":0.1}') == {"amount": Decimal("0.1")}
