"""Addresses validated by an outside register, and by our own while that is away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.program import Site
from trunkline.adapters.address_register import LIMITS, VALIDATION, HttpAddressRegister
from trunkline.geography.address_register import use_address_register
from trunkline.hub.breaker import Limits
from trunkline.simulator.running import Running, start

BASE = "/tmf-api/geographicAddressManagement/v4"
LANE = {"streetName": "Mill Lane", "city": "Nordhaven", "postcode": "9000", "country": "DK"}


@pytest.fixture(scope="module")
def register() -> Iterator[Running]:
    """A register of addresses in another process."""
    with start() as running:
        yield running


@pytest.fixture(autouse=True)
def connected(site: Site, register: Running) -> None:
    register.behave(addresses=[{**LANE, "streetNr": "1"}, {**LANE, "streetNr": "3"}])
    connect(site, register)


def connect(site: Site, register: Running, limits: Limits = LIMITS, timeout_s: float = 5) -> None:
    found = HttpAddressRegister(f"{register.url}{BASE}", timeout_s=timeout_s, limits=limits)
    use_address_register(site.services, found)


def validated(site: Site, **lines: str) -> Any:
    body = {"provideAlternative": True, "submittedGeographicAddress": {**LANE, **lines}}
    made = site.admin.post(f"{BASE}{VALIDATION}", body)
    assert made.status_code == 201, made.json
    assert made.json["state"] == "accepted"
    site.work()
    found = site.admin.get(f"{BASE}{VALIDATION}/{made.json['id']}").json
    assert found["state"] == "done"
    return found


def test_the_register_answers(site: Site) -> None:
    """It knows the house, or its neighbours with how sure it is, or nothing; its ids stay there."""
    right = validated(site, streetNr="1")
    assert (right["validationResult"], right["answeredBy"]) == ("success", "register")
    assert right["validGeographicAddress"]["streetNr"] == "1"
    assert "id" not in right["validGeographicAddress"]
    wrong = validated(site, streetNr="2")
    assert wrong["validationResult"] == "partial"
    told = [(one["streetNr"], one["confidence"]) for one in wrong["alternateGeographicAddress"]]
    assert [number for number, _ in told] == ["1", "3"]
    assert all(50 < sure < 100 for _, sure in told)
    assert "answerNote" not in wrong
    far = validated(site, streetName="Elm Street", postcode="1", streetNr="1")
    assert far["validationResult"] == "fails"


def test_while_it_is_away_our_own_answer_and_say_so(site: Site, register: Running) -> None:
    """Refused, too slow, or nobody there: the house that we know is found all the same."""
    known = site.admin.post(f"{BASE}/geographicAddress", {**LANE, "streetNr": "7"}).json
    register.behave(addresses_away=True)
    refused = validated(site, streetNr="7")
    assert (refused["answeredBy"], refused["validationResult"]) == ("ownAddresses", "success")
    assert refused["validGeographicAddress"]["id"] == known["id"]
    assert "answered 503" in refused["answerNote"]

    register.behave(delay_ms=3000)
    connect(site, register, timeout_s=0.2)
    slow = validated(site, streetNr="7")
    assert (slow["answeredBy"], slow["validationResult"]) == ("ownAddresses", "success")
    assert "no answer" in slow["answerNote"]


def test_a_register_that_only_fails_is_left_alone_for_a_while(
    site: Site, register: Running
) -> None:
    """After the failures nobody asks it, until the pause is over."""
    connect(site, register, Limits(consecutive_failures=2, first_pause_s=3600))
    register.behave(addresses_away=True)
    for _ in range(2):
        assert "answered 503" in validated(site, streetNr="1")["answerNote"]
    register.behave()
    assert "left alone" in validated(site, streetNr="1")["answerNote"]
    connect(site, register)
    assert validated(site, streetNr="1")["answeredBy"] == "register"
