"""Parties and places: every declared name resolves, lifecycles stay legal, addresses are judged."""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.access.module import MODULE as ACCESS
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.schema import Validator
from trunkline.documents.shape import Json
from trunkline.geography.address import AddressLines, GeographicAddress, GeographicAddressValue
from trunkline.geography.location import is_geometry
from trunkline.geography.module import MODULE as GEOGRAPHY
from trunkline.geography.validation import as_value, judge
from trunkline.kernel.module import Module
from trunkline.kernel.resource import Meta, check_names, registry
from trunkline.kernel.schema import create_schema
from trunkline.party.account import ACCOUNT_LIFECYCLE
from trunkline.party.customer import CUSTOMER_LIFECYCLE
from trunkline.party.individual import INDIVIDUAL_LIFECYCLE
from trunkline.party.module import MODULE as PARTY

ADA = {"id": "ada", "@referredType": "Individual"}
LEAST: dict[str, dict[str, Json]] = {
    "Individual": {"givenName": "Ada", "familyName": "Lovelace"},
    "Organization": {"tradingName": "Analytical Engines"},
    "Customer": {"name": "Ada", "engagedParty": ADA},
    "PartyRole": {"name": "Dealer"},
    "PartyAccount": {"name": "Ada", "relatedParty": [ADA]},
    "BillingAccount": {"name": "Ada", "relatedParty": [ADA]},
    "SettlementAccount": {"name": "Dealer", "relatedParty": [ADA]},
    "FinancialAccount": {"name": "Ada"},
    "BillFormat": {"name": "Detailed"},
    "BillPresentationMedia": {"name": "Post"},
    "BillingCycleSpecification": {"name": "Monthly"},
    "GeographicLocation": {"@type": "GeoJsonPoint"},
    "GeographicAddressValidation": {"submittedGeographicAddress": {}, "provideAlternative": True},
    "UserRole": {"entitlement": [{"function": "ordering"}]},
    "Permission": {"user": ADA, "validFor": {}},
}
"""The least that the published interfaces ask for on create."""


@pytest.mark.parametrize("module", [PARTY, GEOGRAPHY, ACCESS], ids=lambda module: module.name)
def test_every_name_in_the_declarations_resolves(module: Module) -> None:
    for name in module.imports:
        import_module(name)
    declared = [one for one in registry if one.module == module.name]

    assert declared
    for one in declared:
        check_names(one)


@pytest.mark.parametrize("name", LEAST)
def test_the_published_minimum_is_enough_and_no_part_of_it_can_be_missing(name: str) -> None:
    validator = Validator(create_schema(registry[name]))

    assert validator.faults(LEAST[name]) == []
    for left_out in LEAST[name]:
        less = {key: value for key, value in LEAST[name].items() if key != left_out}
        assert [(fault.path, fault.code) for fault in validator.faults(less)] == [
            (left_out, "missing")
        ]


@given(st.data())
@pytest.mark.parametrize("lifecycle", [INDIVIDUAL_LIFECYCLE, CUSTOMER_LIFECYCLE, ACCOUNT_LIFECYCLE])
def test_any_walk_ends_in_a_final_state_and_stays_there(
    lifecycle: Lifecycle, data: st.DataObject
) -> None:
    state = data.draw(st.sampled_from([lifecycle.initial, *lifecycle.starts]))
    for _ in range(4):
        if lifecycle.moves[state]:
            state = data.draw(st.sampled_from(lifecycle.moves[state]))
    while state not in lifecycle.final:
        state = lifecycle.moves[state][-1]

    assert not any(lifecycle.allows(state, other) for other in lifecycle.moves if other != state)


def test_a_suspended_customer_comes_back_and_a_terminated_one_does_not() -> None:
    assert CUSTOMER_LIFECYCLE.allows("suspended", "active")
    assert not CUSTOMER_LIFECYCLE.allows("terminated", "active")
    assert not CUSTOMER_LIFECYCLE.allows("prospect", "suspended")


def address(ident: str, **lines: str) -> GeographicAddress:
    """Return a known address in Main Street, Springfield."""
    street = {"streetName": "Main Street", "city": "Springfield", "postcode": "12345"}
    known = GeographicAddress.wrap(street | lines)
    object.__setattr__(known, "meta", Meta(id=ident, key=ident))
    return known


KNOWN = [address("GAD1", streetNr="1"), address("GAD2", streetNr="2")]


def submitted(**lines: str) -> AddressLines:
    """Return an address as somebody sends it."""
    return GeographicAddressValue.wrap(dict(lines))


def test_an_address_that_we_know_is_valid_however_it_is_spelled() -> None:
    verdict = judge(submitted(streetName="MAIN  street", streetNr="2", postcode="123 45"), KNOWN)

    assert verdict.result == "success"
    assert verdict.valid is KNOWN[1]
    assert as_value(KNOWN[1]).id == "GAD2"


@pytest.mark.parametrize(
    "lines, best",
    [
        ({"streetName": "Main Street", "postcode": "12345"}, "GAD1"),
        ({"streetName": "Main Street", "streetNr": "3", "postcode": "12345"}, "GAD1"),
        ({"streetName": "Maine Street", "streetNr": "2", "postcode": "12345"}, "GAD2"),
    ],
    ids=["without a number", "number unknown", "street misspelled"],
)
def test_what_is_like_a_known_address_is_partly_right(lines: dict[str, str], best: str) -> None:
    verdict = judge(submitted(**lines), KNOWN)

    assert (verdict.result, verdict.valid) == ("partial", None)
    assert [one.id for one in verdict.alternates][0] == best


def test_an_address_unlike_any_fails() -> None:
    verdict = judge(submitted(streetName="Elm Street", streetNr="1", city="Springfield"), KNOWN)

    assert (verdict.result, verdict.alternates) == ("fails", ())


@pytest.mark.parametrize(
    "depth, length_min, coordinates, fits",
    [
        (0, 1, [Decimal("4.35"), Decimal("50.85")], True),
        (0, 1, [50, 91], False),
        (0, 1, [4], False),
        (0, 1, [True, False], False),
        (1, 2, [[4, 50], [5, 51]], True),
        (1, 2, [[4, 50]], False),
        (2, 4, [[[4, 50], [5, 50], [5, 51], [4, 50]]], True),
        (2, 4, [], False),
    ],
)
def test_coordinates_have_the_form_of_their_geometry(
    depth: int, length_min: int, coordinates: Json, fits: bool
) -> None:
    assert is_geometry(coordinates, depth=depth, length_min=length_min) is fits
