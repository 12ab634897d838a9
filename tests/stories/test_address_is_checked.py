"""Addresses: written as their country does, and found again though written a little wrong."""

from __future__ import annotations

import pytest

from tests.support.operator import ADDRESS, Operator, Record, codes

VALIDATION = f"{ADDRESS}Validation"


def answer(operator: Operator, **lines: str) -> Record:
    body = {"provideAlternative": True, "submittedGeographicAddress": lines}
    ident = operator.make(VALIDATION, body)["id"]
    operator.settle()
    found = operator.read(VALIDATION, ident)
    assert found["state"] == "done"
    return found


def test_alternatives_say_how_sure_they_are(operator: Operator) -> None:
    """A slip of the pen still finds the house, before its neighbours; the very address is certain;
    one far away is none."""
    street = {"streetName": "Wisteria Lane", "postcode": "50001", "city": "Fairhaven",
              "country": "DE"}  # fmt: skip
    houses = {nr: operator.make(ADDRESS, {**street, "streetNr": nr})["id"] for nr in ("1", "3")}
    wrong = answer(operator, **{**street, "streetName": "Wistera Lane"}, streetNr="3")
    assert wrong["validationResult"] == "partial"
    told = [(one["id"], one["confidence"]) for one in wrong["alternateGeographicAddress"]]
    assert [one for one, _ in told] == [houses["3"], houses["1"]]
    assert 95 <= told[0][1] < 100
    assert told[1][1] < 80
    right = answer(operator, **street, streetNr="1")
    assert right["validationResult"] == "success"
    assert right["validGeographicAddress"]["confidence"] == 100
    nowhere = answer(operator, streetName="Elm Street", city="Springwood", streetNr="1")
    assert nowhere["validationResult"] == "fails"


@pytest.mark.parametrize(
    ("country", "postcode", "fault"),
    [
        ("DE", "10115", None), ("DE", "1011", "badPostcode"), ("gb", "SW1A 1AA", None),
        ("GB", "10115", "badPostcode"), ("NL", "1012 AB", None), ("US", "94043-1351", None),
        ("QQ", "1", "unknownCountry"), ("Germany", "anything", None), ("AE", "", None),
    ],
)  # fmt: skip
def test_postcodes_are_written_as_the_country_does(
    operator: Operator, country: str, postcode: str, fault: str | None
) -> None:
    body = {"streetName": "Main", "country": country, "postcode": postcode}
    sent = operator.staff.post(ADDRESS, body)
    if fault is None:
        assert sent.status_code == 201, sent.json
        assert (
            operator.staff.patch(f"{ADDRESS}/{sent.json['id']}", {"city": "X"}).status_code == 200
        )
    else:
        assert {code for code, _ in codes(sent)} == {fault}
