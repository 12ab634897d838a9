"""Whose number it is, and whether somebody counts as verified: pure examples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from trunkline.care.caller import Caller, reached_by, same_number
from trunkline.care.verification import standing

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOON, LATER = NOW + timedelta(minutes=5), NOW + timedelta(hours=5)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+49 30 5766051", "030 5766051"),
        ("0049305766051", "+49305766051"),
        ("5766051", "305766051"),
    ],
)
def test_a_line_is_one_however_it_is_written(one: str, other: str) -> None:
    assert same_number(one, other)
    assert same_number(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("+49305766051", "+49305766052"), ("66051", "+49305766051"), ("", ""), ("576605", "5766051")],
)
def test_another_line_is_not_taken_for_it(one: str, other: str) -> None:
    """Neither one that only resembles it, nor a piece too short to mean a line."""
    assert not same_number(one, other)
    assert not same_number(other, one)


def test_a_party_is_reached_by_its_own_media_alone() -> None:
    """An address is compared as a whole, whatever its letters' case."""
    raw = {"contactMedium": [{"characteristic": {"emailAddress": "Ada@Example.com"}}, {}, None]}
    assert reached_by(raw, Caller(email="ada@example.COM "))
    assert not reached_by(raw, Caller(email="da@example.com"))
    assert not reached_by(raw, Caller(number="+4930123456"))
    assert not reached_by({}, Caller(email="ada@example.com"))


def test_any_method_will_do_where_none_is_required() -> None:
    found = standing([("a", SOON), ("b", LATER)], [("a", False), ("b", False)], NOW)
    assert (found.until, found.by, found.missing) == (LATER, ["a", "b"], ())


def test_all_required_methods_hold_together() -> None:
    methods = [("a", True), ("b", True), ("c", False)]
    alone = standing([("a", LATER), ("c", LATER)], methods, NOW)
    assert (alone.until, alone.missing) == (None, ["b"])
    both = standing([("a", LATER), ("b", SOON), ("b", NOW)], methods, NOW)
    assert both.until == SOON


def test_what_has_ended_counts_no_more() -> None:
    found = standing([("a", NOW)], [("a", False)], NOW)
    assert (found.until, found.by) == (None, [])
