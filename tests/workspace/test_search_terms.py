"""By what a record is found: words without accents, and every part of a number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.kernel.resource import registry
from trunkline.workspace.search_terms import (
    GRAM,
    PART_MIN,
    class_of,
    fold,
    grams_of,
    number_of,
    words_of,
)


@pytest.mark.parametrize(
    "text,folded",
    [
        ("Straße", "strasse"), ("MÜLLER", "muller"), ("Søren  Łukasz", "soren lukasz"),
        ("Æther", "aether"), ("José-María", "jose-maria"), ("محمد", "محمد"), ("ﬁbre", "fibre"),
        ("رقم ٤٧", "رقم 47"), ("१२", "12"),
    ],
)  # fmt: skip
def test_texts_are_compared_without_case_and_accents(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_words_are_what_stands_between_signs() -> None:
    assert words_of("O'Brien, José-María (ada@example.com)") == [
        "o", "brien", "jose", "maria", "ada", "example", "com",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text,number",
    [
        ("+49 (30) 57 66", "49305766"),
        ("+49 (0)30 5766", "49305766"),
        ("(0)30 57", "03057"),
        ("TRNK-69", "trnk69"),
        ("12", ""),
        ("abc", ""),
        ("", ""),
    ],
)
def test_numbers_are_letters_and_digits(text: str, number: str) -> None:
    assert number_of(text) == number


@given(st.text("0123456789", min_size=PART_MIN, max_size=20), st.data())
def test_every_part_of_a_number_is_found_by_its_pieces(number: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(number) - PART_MIN))
    part = number[start : data.draw(st.integers(start + PART_MIN, len(number)))]
    pieces = grams_of(number)
    if len(part) < GRAM:
        assert any(one.startswith(part) for one in pieces)
    else:
        assert {one for one in grams_of(part) if len(one) == GRAM} <= set(pieces)


def test_the_class_of_a_path_is_that_without_which_it_does_not_show() -> None:
    assert class_of(registry["Individual"], "familyName") == "personal"
    assert class_of(registry["ProductOffering"], "name") == "public"
