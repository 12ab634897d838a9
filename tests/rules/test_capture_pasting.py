"""Pasted sites: what a line may say, and why a line is none."""

from __future__ import annotations

from trunkline.web.capture.pasting import Left, recognized
from trunkline.web.capture.who import Place

HARBOUR = Place("a", "SIT000007", "Harbour Office", "Mill Lane 7, 1010 Nordhaven")
NORTH = Place("b", "SIT000008", "Branch", "Mill Lane 9, 1010 Nordhaven")
SOUTH = Place("c", "SIT000009", "Branch", "Quay 1, 2020 Südstadt")
SHUT = Place("d", "SIT000010", "Old Depot", is_open=False)
SITES = (HARBOUR, NORTH, SOUTH, SHUT)


def test_a_site_is_recognized_by_key_name_and_address() -> None:
    text = "sit000007\n harbour  OFFICE \nMill Lane 9\nQuay 1; 2020 Südstadt\n\n"
    assert recognized(text, SITES).sites == ("a", "b", "c")
    assert recognized(text, SITES).left == []


def test_a_table_is_taken_by_the_cell_that_names_one_site() -> None:
    text = "SIT000008;Branch;Mill Lane 9\nBranch\tSIT000009\nHarbour Office, Nordhaven"
    assert recognized(text, SITES).sites == ("b", "c", "a")


def test_what_is_no_site_is_left_with_its_reason() -> None:
    found = recognized("Branch\nOld Depot\n  Elsewhere 1\nHarbour Office", SITES)
    assert found.sites == ("a",)
    assert found.left == [
        Left("Branch", "Several sites are called so: %(about)s", "SIT000008, SIT000009"),
        Left("Old Depot", "Site %(about)s is closed", "SIT000010"),
        Left("Elsewhere 1", "No site of this customer has this key, name or address"),
    ]
    assert found.text == "Branch\nOld Depot\nElsewhere 1"
    assert recognized(found.text, SITES).left == found.left


def test_signs_alone_name_nothing() -> None:
    nameless = Place("e", "SIT000011", "–")
    assert [one.text for one in recognized(";;\n--", (*SITES, nameless)).left] == [";;", "--"]
