"""What the network assigns to a new service."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.simulator.assignment import UNIQUE, assigned


def names_for(*specification: str) -> list[str]:
    return [name for name, _ in assigned(specification, {}, origin="1/K/1", taken=())]


@pytest.mark.parametrize(
    ("specification", "expected"),
    [
        ("Fibre Access", ["ontSerialNumber", "oltName", "ponPort", "vlan"]),
        ("RfsFibreAccess", ["ontSerialNumber", "oltName", "ponPort", "vlan"]),
        ("cfs-voice-line", ["voiceNumber", "sipUser"]),
        ("Mobile Internet", ["msisdn", "imsi", "iccid"]),
        ("5G data", ["msisdn", "imsi", "iccid"]),
        ("IPTV", ["setTopBoxSerialNumber"]),
        ("Simple backup", ["networkReference"]),
    ],
)
def test_a_specification_decides_what_is_assigned(specification: str, expected: list[str]) -> None:
    assert names_for(specification) == expected


def test_requested_values_are_kept_and_empty_ones_filled() -> None:
    requested = {"MSISDN": "+999701", "IMSI": "", "vlan": None}
    given_values = dict(assigned(("Mobile",), requested, origin="1/K/1", taken=()))
    assert "MSISDN" not in given_values
    assert "msisdn" not in given_values
    assert given_values["IMSI"].startswith("90199")
    assert 100 <= given_values["vlan"] < 4000


def test_a_taken_number_is_not_given_twice() -> None:
    first = dict(assigned(("Voice",), {}, origin="1/K/1", taken=()))
    taken = {("voiceNumber", first["voiceNumber"])}
    second = dict(assigned(("Voice",), {}, origin="1/K/1", taken=taken))
    assert second["voiceNumber"] != first["voiceNumber"]


@given(st.text(min_size=1))
def test_the_same_origin_gives_the_same_values(origin: str) -> None:
    first = list(assigned(("Fibre voice mobile",), {}, origin=origin, taken=()))
    assert first == list(assigned(("Fibre voice mobile",), {}, origin=origin, taken=()))
    assert {name for name, _ in first} <= UNIQUE


@given(st.text(min_size=1))
def test_a_card_number_has_a_right_check_digit(origin: str) -> None:
    card = dict(assigned(("SIM",), {}, origin=origin, taken=()))["iccid"]
    digits = [int(one) for one in reversed(card)]
    doubled = [sum(divmod(2 * one, 10)) for one in digits[1::2]]
    assert len(card) == 19
    assert (sum(digits[0::2]) + sum(doubled)) % 10 == 0
