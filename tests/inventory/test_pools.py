"""Pools: what is scarce is given to one at a time, comes back, and never gets lost on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest

from tests.inventory.pool_desk import POOLS, Keeper
from tests.support.program import Site
from trunkline.inventory.pools.pool import ResourcePool
from trunkline.inventory.pools.values import Wanted, reserve
from trunkline.kernel.actor import Grant
from trunkline.kernel.work import as_system

MSISDN = ("Mobile numbers", "msisdn", "msisdn")
DAY_S = 86_400


@pytest.fixture
def numbers(site: Site) -> Keeper:
    """Ten mobile numbers that nobody has, in a space of their own."""
    made = site.rows("select count(*) from resource_pool")[0][0]
    keeper = Keeper.opens(site, *MSISDN, space=f"test-{made}", quarantineDays=30)
    assert keeper.load("4915100000000", "4915100000009") == 10
    return keeper


def test_what_is_loaded_is_checked_and_belongs_to_one_pool(site: Site, numbers: Keeper) -> None:
    """Numbers that are none, a range backwards and an overlap are refused, all or none."""
    path = f"{POOLS}/{numbers.id}/range"
    bad = site.admin.post(path, {"value": ["4915100000011", "many", "4915100000011"]})
    assert {one["code"] for one in bad.json["fault"]} == {"badValue", "twice"}
    backwards = site.admin.post(path, {"first": "4915100000020", "last": "4915100000010"})
    assert backwards.status_code == 400
    again = site.admin.post(path, {"first": "4915100000005", "last": "4915100000015"})
    assert (again.status_code, again.json["code"]) == (409, "conflictOverlap")
    assert "4915100000005 in Mobile numbers" in again.json["message"]
    assert numbers.level()["total"] == 10


@pytest.mark.accepts("ACT-05")
@pytest.mark.parametrize(
    ("kind", "sent", "count", "first"),
    [
        ("ipAddress", {"network": "10.20.0.0/29"}, 6, "10.20.0.1"),
        ("ipAddress", {"first": "2001:db8::1", "last": "2001:db8::4"}, 4, "2001:db8::1"),
        ("vlan", {"first": "100", "last": "102"}, 3, "100"),
        ("port", {"value": ["1/1/1", "1/1/2"]}, 2, "1/1/1"),
        ("geographicNumber", {"first": "+49 30 100", "last": "+49 30 119"}, 20, "4930100"),
    ],
)
def test_every_kind_goes_through_its_life(
    site: Site, kind: str, sent: dict[str, Any], count: int, first: str
) -> None:
    """Loaded, reserved, given back, assigned, resting, free again, ported out and in again."""
    keeper = Keeper.opens(site, f"{kind} {first}", kind, "value", quarantineDays=10)
    answer = site.admin.post(f"{POOLS}/{keeper.id}/range", sent)
    assert (answer.status_code, answer.json) == (201, {"loaded": count})
    assert next(iter(keeper.states())) == first
    (taken,) = keeper.reserves(value=[first]).json
    assert keeper.does("release", first, reservation=taken["reservation"]).json["state"] == "free"
    (taken,) = keeper.reserves(value=[first]).json
    mine = {"reservation": taken["reservation"]}
    assert keeper.does("assign", first, **mine).json["state"] == "assigned"
    assert keeper.does("release", first).json["code"] == "conflictState"
    assert keeper.does("quarantine", first).json["state"] == "quarantined"
    assert keeper.reserves(value=[first]).json["code"] == "conflictTaken"
    site.move_clock(11 * DAY_S)
    assert keeper.reserves(value=[first]).status_code == 201
    assert keeper.does("portOut", first).json["state"] == "ported"
    assert keeper.does("portIn", first).json["state"] == "reserved"
    assert keeper.level()["total"] == count


def test_a_card_comes_with_what_belongs_to_it(site: Site) -> None:
    """A card's number and the identity on it are loaded and given away together."""
    cards = Keeper.opens(site, "Cards", "sim", "iccid")
    entry = {"value": "8949000000000000011", "companion": {"imsi": "262990000000011"}}
    assert site.admin.post(f"{POOLS}/{cards.id}/range", {"value": [entry]}).status_code == 201
    (taken,) = cards.reserves().json
    assert taken["companion"] == {"imsi": "262990000000011"}


def test_a_number_is_looked_for_reserved_and_given_back_by_itself(
    site: Site, numbers: Keeper
) -> None:
    """What nobody orders within the time is free again, by the timer and for the next who asks."""
    found = numbers.reserves(pattern="*07", minutes=10)
    assert [one["value"] for one in found.json] == ["4915100000007"]
    assert numbers.reserves(value=["4915100000007"]).json["code"] == "conflictTaken"
    site.move_clock(11 * 60)
    assert numbers.reserves(value=["4915100000007"]).status_code == 201
    site.move_clock(11 * 60)
    with site.services.database.app.connection() as connection:
        connection.execute("update work set run_at = now() where kind = 'pools.timer'")
    site.work()
    assert numbers.level()["free"] == 10


def test_who_has_not_reserved_it_does_not_get_it(numbers: Keeper) -> None:
    """A reservation is proved by its id; whoever has none gets another number."""
    (mine,) = numbers.reserves().json
    value = mine["value"]
    assert numbers.does("assign", value).json["code"] == "conflictReserved"
    assert numbers.does("assign", value, reservation=mine["reservation"]).json["state"] == (
        "assigned"
    )
    assert numbers.does("assign", value).json["code"] == "conflictState"
    rested = numbers.does("quarantine", value).json
    assert (rested["state"], "until" in rested) == ("quarantined", True)


def test_numbers_go_and_come_between_networks(numbers: Keeper) -> None:
    """A foreign number goes home after use; an own one that left can come back."""
    came = numbers.does("portIn", "4917600000001").json
    assert (came["state"], came["origin"]) == ("reserved", "portedIn")
    numbers.does("assign", came["value"], reservation=came["reservation"])
    assert numbers.does("quarantine", came["value"]).json["state"] == "ported"

    own = "4915100000003"
    numbers.does("assign", own)
    assert numbers.does("portOut", own).json["state"] == "ported"
    assert numbers.reserves(value=[own]).status_code == 409
    back = numbers.does("portIn", own).json
    assert (back["state"], back["origin"]) == ("reserved", "own")
    assert numbers.does("portIn", "4915100000004").json["code"] == "conflictTaken"
    assert numbers.level()["total"] == 11


def test_an_own_number_that_did_not_come_back_stays_away(site: Site, numbers: Keeper) -> None:
    """Asked back and not taken in time, given back, or let rest, it is the other network's still:
    nobody else gets it. Once it is here it is an own one again."""
    own = "4915100000003"
    numbers.does("assign", own)
    numbers.does("portOut", own)
    assert numbers.does("portIn", own, minutes=10).json["state"] == "reserved"
    site.move_clock(11 * 60)
    assert numbers.reserves(count=10).json["code"] == "conflictEmpty"
    with site.services.database.app.connection() as connection:
        connection.execute("update work set run_at = now() where kind = 'pools.timer'")
    site.work()
    assert numbers.value(own)["state"] == "ported"
    for verb in ("release", "quarantine", "portOut"):
        back = numbers.does("portIn", own).json["reservation"]
        assert numbers.does(verb, own, reservation=back).json["state"] == "ported", verb
    back = numbers.does("portIn", own).json["reservation"]
    assert numbers.does("assign", own, reservation=back).json["origin"] == "own"
    assert numbers.does("quarantine", own).json["state"] == "quarantined"


@pytest.mark.accepts("ACT-05")
def test_sixty_four_clients_and_the_last_ten_numbers(site: Site, numbers: Keeper) -> None:
    """Ten get one number each; all others are told that there is none, and nobody waits for it."""
    _ = site.admin  # the token is made before the rush
    path = f"{POOLS}/{numbers.id}/reserve"

    def ask(_: int) -> Any:
        return site.admin.post(path, {"count": 1})

    with ThreadPoolExecutor(max_workers=12) as clients:
        answers = list(clients.map(ask, range(64)))
    got = [one.json[0]["value"] for one in answers if one.status_code == 201]
    refused = [one.json["code"] for one in answers if one.status_code == 409]
    assert (len(got), len(set(got))) == (10, 10)
    assert refused == ["conflictEmpty"] * 54
    held = site.rows("select reservation::text from pool_value where pool = %s", numbers.id)
    assert len(set(held)) == 10
    assert numbers.level()["reserved"] == 10


def test_sixty_four_askers_for_the_same_number(site: Site, numbers: Keeper) -> None:
    """One gets it, every other is told which number is gone, and no other number is touched."""
    _ = site.admin
    path = f"{POOLS}/{numbers.id}/reserve"

    def ask(_: int) -> Any:
        return site.admin.post(path, {"value": ["4915100000007"]})

    with ThreadPoolExecutor(max_workers=12) as clients:
        answers = list(clients.map(ask, range(64)))
    assert sorted(one.status_code for one in answers) == [201, *[409] * 63]
    (said,) = {one.json["message"] for one in answers if one.status_code == 409}
    assert said == f"4915100000007 is not free in {numbers.key}; choose another one"
    assert numbers.level()["free"] == 9


def test_who_asks_while_another_is_served_is_told_at_once(site: Site, numbers: Keeper) -> None:
    """The first has not ended yet; the second neither waits for it nor gets the same number."""
    path, wanted = f"{POOLS}/{numbers.id}/reserve", ["4915100000007"]
    _ = site.admin
    with ThreadPoolExecutor(1) as second, as_system(site.services, "tests") as work:
        pool = work.get(ResourcePool, numbers.id)
        assert pool is not None
        reserve(work, pool, Wanted(values=wanted))
        answer = second.submit(site.admin.post, path, {"value": wanted}).result(timeout=10)
    assert (answer.status_code, answer.json["code"]) == (409, "conflictTaken")


@pytest.mark.parametrize("seed", range(3))
def test_nothing_gets_lost_on_random_walks(site: Site, numbers: Keeper, seed: int) -> None:
    """After every operation each value is in one state and all are there."""
    chance = Random(seed)
    total = 10
    for _ in range(40):
        value = f"491510000000{chance.randrange(10)}"
        verb = chance.choice(("reserve", "assign", "release", "quarantine", "portOut", "portIn"))
        if verb == "reserve":
            numbers.reserves(count=chance.randrange(1, 4))
        else:
            held = numbers.value(value)
            numbers.does(verb, value, **{k: held[k] for k in ("reservation",) if k in held})
        if chance.random() < 0.1:
            site.move_clock(chance.choice((600, 31 * DAY_S)))
        level = numbers.level()
        assert level.pop("total") == sum(level.values()) == total


def test_a_pool_that_runs_low_says_so_once(site: Site) -> None:
    """Who keeps the pool finds it under the bell; the second reservation says nothing new."""
    keeper = Keeper.opens(
        site, "Low", "msisdn", "msisdn", space="low", warnBelow=3, informed=["admin"]
    )
    keeper.load("4915199000000", "4915199000003")
    for _ in range(3):
        assert keeper.reserves().status_code == 201
        site.work()
    rows = site.rows("select text from notification where kind = 'poolLow'")
    assert rows == [(f"Low ({keeper.key}) runs low: 2 are left",)]


def test_a_closed_pool_gives_nothing_and_one_in_use_stays(site: Site, numbers: Keeper) -> None:
    """Closing stops what is new; a pool with values is not removed."""
    one = f"{POOLS}/{numbers.id}"
    assert site.admin.delete(one).json["code"] == "conflictInUse"
    merge = {"Content-Type": "application/merge-patch+json"}
    assert site.admin.patch(one, {"status": "closed"}, headers=merge).status_code == 200
    assert numbers.reserves().json["code"] == "conflictClosed"


def test_each_operation_needs_its_right(site: Site, numbers: Keeper) -> None:
    """Who may only look sees the free ones; reserving and loading are rights of their own."""
    plain = Grant("all", frozenset({"public", "internal"}))
    looks = {"pools:read": plain}
    takes = {"pools:read": plain, "pools:reserve": Grant("all")}
    clerk = site.user("clerk", roles=[site.role("lookers", looks)], scopes=tuple(looks))
    seller = site.user("seller", roles=[site.role("takers", takes)], scopes=tuple(takes))
    numbers.does("assign", "4915100000001")
    path = f"{POOLS}/{numbers.id}"
    seen = {one["value"] for one in clerk.get(f"{path}/value").json}
    assert "4915100000001" not in seen
    assert len(seen) == 9
    assert clerk.post(f"{path}/reserve", {}).status_code == 403
    assert seller.post(f"{path}/range", {"value": ["4915100000099"]}).status_code == 403
    (mine,) = seller.post(f"{path}/reserve", {}).json
    assert seller.post(f"{path}/assign", {"value": mine["value"]}).status_code == 403
    given_back = {"value": mine["value"], "reservation": mine["reservation"]}
    assert seller.post(f"{path}/release", given_back).json["state"] == "free"
    assert site.unentitled().get(f"{path}/level").status_code == 403
    own = site.stranger()
    assert own.post(f"{path}/reserve", {}).status_code == 403
