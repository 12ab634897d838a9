"""Renewals that take other contracts in: from one day, to one end, nothing twice and no gap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.test_service_contracts import (
    CONTRACT,
    DAY_S,
    ENTITLEMENT,
    SERVICE,
    Shop,
    codes,
)
from tests.support.program import Site, open_site

Record = dict[str, Any]


@pytest.fixture(scope="module")
def installed(cluster: str, template: str) -> Iterator[Site]:
    """One installation for all of these; each brings customers and offerings of its own."""
    with open_site(cluster, template) as site:
        yield site


@pytest.fixture
def shop(installed: Site) -> Shop:
    return Shop(installed)


def monthly(amount: str, unit: str = "EUR") -> list[Record]:
    """Return a price by the month, and one that is charged once."""
    return [
        {"priceType": "recurring", "recurringChargePeriod": "month",
         "price": {"dutyFreeAmount": {"unit": unit, "value": float(amount)}}},
        {"priceType": "oneTime", "price": {"dutyFreeAmount": {"unit": unit, "value": 99.0}}},
    ]  # fmt: skip


def held_until(shop: Shop, end: float, *lines: Record, **said: Any) -> Record:
    """Store a contract in force over lines, each with a product where it names none."""
    told = [
        {"product": {"id": shop.product()}, "price": monthly("10"), **one} for one in lines
    ]  # fmt: skip
    return shop.new(CONTRACT, **{
        "name": "Office", "state": "active", "validFor": shop.period(-5, end), "termMonths": 6,
        "contractValue": {"unit": "EUR", "value": 500.0}, "contractLine": told, **said,
    })  # fmt: skip


def served(shop: Shop, contract: str, end: float) -> tuple[str, str]:
    """Store what serves a contract: a service contract and an entitlement of it."""
    one = shop.new(SERVICE, name="Site", state="active", contract={"id": contract},
                   validFor=shop.period(-5, end), contractLine=[{"id": "1"}])["id"]  # fmt: skip
    right = shop.new(ENTITLEMENT, name="Help", state="active", validFor=shop.period(-5, end),
                     serviceContract={"id": one})["id"]  # fmt: skip
    return one, right


def ends(shop: Shop, *named: tuple[str, str]) -> list[str]:
    return [shop.read(path, ident)["validFor"]["endDateTime"] for path, ident in named]


def test_a_renewal_takes_an_older_contract_in_and_lets_it_go(shop: Shop) -> None:
    """Lines, service contracts and entitlements of both go on in one from the day on which the
    first ends; they are told before, linked both ways, and come back where it is given up."""
    older_account = shop.new_account("Branch")
    older = held_until(
        shop, 120, {"id": "1", "quantity": 2, "price": monthly("7.5")},
        {"id": "2", "parentLine": "1", "validFor": {"endDateTime": shop.in_days(60)}},
        billingAccount={"id": older_account},
        serviceLevel=[{"metric": "response", "target": 2, "unit": "hours"}],
    )  # fmt: skip
    newer = held_until(
        shop, 40, {"id": "1"}, billingAccount={"id": shop.account},
        serviceLevel=[{"metric": "response", "target": 4, "unit": "hours"}],
    )  # fmt: skip
    kept = [served(shop, older["id"], 120), served(shop, newer["id"], 40)]
    named = [(CONTRACT, older["id"]), (SERVICE, kept[0][0]), (ENTITLEMENT, kept[0][1])]
    before, count = ends(shop, *named), len(shop.find(CONTRACT))
    asked = {"consolidates": [{"id": older["key"]}], "termMonths": 12}
    told = shop.client.get(
        f"{CONTRACT}/{newer['id']}/renew/preview?termMonths=12&consolidates={older['id']}"
    )
    assert told.status_code == 200, told.json
    assert [(one["lines"], one["serviceContracts"], one["entitlements"])
            for one in told.json["goesOn"]] == [(1, 1, 1), (2, 1, 1)]  # fmt: skip
    assert told.json["monthlyTotal"] == [{"unit": "EUR", "value": 45}]  # 10 + 2 * (7.5 + 10)
    assert (len(shop.find(CONTRACT)), ends(shop, *named)) == (count, before)

    made = shop.read(CONTRACT, shop.did(CONTRACT, newer["id"], "renew", **asked)["id"])
    end = newer["validFor"]["endDateTime"]
    assert made["validFor"] == told.json["validFor"]
    assert made["validFor"]["startDateTime"] == end
    assert (made["renewedFrom"]["id"], [one["id"] for one in made["consolidates"]]) == (
        newer["id"], [older["id"]],
    )  # fmt: skip
    assert [shop.read(CONTRACT, one["id"])["renewedBy"]["id"] for one in (newer, older)] == [
        made["id"]
    ] * 2
    first, second, inner = made["contractLine"]
    assert [one["product"]["id"] for one in made["contractLine"]] == [
        one["product"]["id"] for each in (newer, older) for one in each["contractLine"]
    ]
    assert (first["id"], inner["parentLine"]) == ("1", second["id"])
    assert second["billingAccount"]["id"] == older_account
    assert "billingAccount" not in first
    assert [one["target"] for one in made["serviceLevel"]] == [2]
    assert made["contractValue"]["value"] == 12 * (10 + 15) + 20 * 1  # one line ends in between
    assert ends(shop, *named) == [end] * 3
    for one, right in kept:
        (fresh,) = shop.find(SERVICE, **{"renewedFrom.id": one})
        assert fresh["contract"]["id"] == made["id"]
        assert fresh["validFor"]["endDateTime"] == made["validFor"]["endDateTime"]
        assert len(shop.find(ENTITLEMENT, **{"renewedFrom.id": right})) == 1
    its_first_day_stays(shop, made, kept[1])
    again = shop.client.post(f"{CONTRACT}/{older['id']}/renew", {})
    assert again.json["code"] == "conflictRenewed"

    let_go_and_renewed_anew(shop, newer, older, made, asked, before, kept[0])


def its_first_day_stays(shop: Shop, made: Record, kept: tuple[str, str]) -> None:
    """Look that neither a renewal nor what serves it is moved away from where the former ends."""
    (under,) = shop.find(SERVICE, **{"renewedFrom.id": kept[0]})
    (right,) = shop.find(ENTITLEMENT, **{"renewedFrom.id": kept[1]})
    moved = {"validFor": {"startDateTime": shop.in_days(60)}}
    for path, one in ((CONTRACT, made), (SERVICE, under), (ENTITLEMENT, right)):
        assert one["state"] == "draft"
        refused = shop.client.patch(f"{path}/{one['id']}", moved)
        assert codes(refused) == {("validFor.startDateTime", "conflictStartFixed")}


def let_go_and_renewed_anew(
    shop: Shop, newer: Record, older: Record, made: Record, asked: Record, before: list[str],
    kept: tuple[str, str],
) -> None:  # fmt: skip
    """Give a renewal up and look that all is as it was; renew again and let it come into force."""
    named = [(CONTRACT, older["id"]), (SERVICE, kept[0]), (ENTITLEMENT, kept[1])]
    removed = shop.client.delete(f"{CONTRACT}/{made['id']}")
    assert removed.status_code == 409, removed.json  # its former ones name it; it is cancelled
    shop.did(CONTRACT, made["id"], "cancel", reason="too dear")
    freed = shop.read(CONTRACT, older["id"])
    assert "renewedBy" not in freed
    assert "datesBeforeRenewal" not in freed
    assert ends(shop, *named) == before
    assert freed["contractLine"][1]["validFor"] == older["contractLine"][1]["validFor"]
    last = shop.did(CONTRACT, newer["id"], "renew", **asked)["id"]
    shop.site.move_clock(41 * DAY_S)
    shop.comes_to(CONTRACT, last, "active")
    shop.comes_to(CONTRACT, older["id"], "expired")
    (fresh,) = [
        one for one in shop.find(SERVICE, **{"renewedFrom.id": kept[0]})
        if one["contract"]["id"] == last
    ]  # fmt: skip
    shop.comes_to(SERVICE, fresh["id"], "active")
    shop.comes_to(SERVICE, kept[0], "expired")


def test_what_would_leave_a_gap_or_be_served_twice_is_refused(shop: Shop) -> None:
    """Each refusal names the contract at its place in what was asked, and how to go on."""
    shared = {"product": {"id": shop.product()}}
    newer = held_until(shop, 40, {"id": "1", **shared})
    stranger = Shop(shop.site)
    cases: list[tuple[Record, Record, str]] = [
        (held_until(stranger, 60, {"id": "1"}), {}, "conflictCustomer"),
        (held_until(shop, 20, {"id": "1"}), {"startDateTime": shop.in_days(30)}, "conflictGap"),
        (held_until(shop, 900, {"id": "1"}), {}, "conflictShorter"),
        (held_until(shop, 60, {"id": "1", **shared}), {}, "conflictDoubleCover"),
        (held_until(shop, 60, {"id": "1", "price": monthly("9", "USD")}), {}, "conflictCurrency"),
        (held_until(shop, 60, state="draft"), {}, "conflictState"),
        (held_until(shop, 60, {"id": "1"}, validFor=shop.period(30, 90), state="draft"),
         {}, "conflictState"),
        (held_until(shop, 60, {"id": "1"}, validFor={"startDateTime": shop.in_days(-5)}),
         {}, "conflictNoEnd"),
        (newer, {}, "duplicateItem"),
        ({"id": "nobody"}, {}, "notFound"),
    ]  # fmt: skip
    for other, said, code in cases:
        asked = {"consolidates": [{"id": other["id"]}], **said}
        refused = shop.client.post(f"{CONTRACT}/{newer['id']}/renew", asked)
        assert refused.status_code in (400, 409), (code, refused.json)
        assert ("consolidates[0]", code) in codes(refused), refused.json
    rests = held_until(shop, 60, {"id": "1"})
    shop.did(CONTRACT, rests["id"], "suspend")
    refused = shop.client.get(
        f"{CONTRACT}/{newer['id']}/renew/preview?consolidates={rests['id']}")  # fmt: skip
    assert ("consolidates[0]", "conflictState") in codes(refused)
    assert "renewedBy" not in shop.read(CONTRACT, newer["id"])
    # Where nobody says when, it begins where the first of them ends: there is no gap.
    short = cases[1][0]
    made = shop.did(CONTRACT, newer["id"], "renew", consolidates=[{"id": short["id"]}])
    assert made["validFor"]["startDateTime"] == short["validFor"]["endDateTime"]
    assert made["renewalKind"] == "early"


def test_many_lines_of_several_contracts_are_taken_over_by_a_job(shop: Shop) -> None:
    """Together above 20 lines the job takes each over once, under its own contract's name."""
    lines = [{"id": str(number), "product": {"id": shop.product()}} for number in range(11)]
    newer, older = (held_until(shop, 40), held_until(shop, 40, *lines))
    more = [{"id": str(number), "productOffering": {"id": shop.offering}} for number in range(11)]
    shop.client.patch(f"{CONTRACT}/{newer['id']}", {"contractLine": more})
    shop.did(CONTRACT, newer["id"], "renew", consolidates=[{"id": older["id"]}])
    shop.site.work()
    made = shop.read(CONTRACT, shop.read(CONTRACT, newer["id"])["renewedBy"]["id"])
    assert [one["id"] for one in made["contractLine"]] == [
        *(one["id"] for one in more), *(f"{older['key']}-{one['id']}" for one in lines),
    ]  # fmt: skip
    assert shop.read(CONTRACT, older["id"])["renewedBy"]["id"] == made["id"]
    assert made["contractValue"]["value"] == 11 * 10 * 6


def test_a_job_takes_nothing_into_a_renewal_of_somebody_else(shop: Shop) -> None:
    """Where a contract is renewed by itself while a job waits that takes another one in, that
    other one stays as it is, and the job says why."""
    lines = [{"id": str(number), "product": {"id": shop.product()}} for number in range(21)]
    newer, older = held_until(shop, 40, {"id": "1"}), held_until(shop, 40, *lines)
    asked = {"consolidates": [{"id": older["id"]}]}
    begun = shop.client.post(f"{CONTRACT}/{newer['id']}/renew", asked)
    assert begun.status_code == 202, begun.json
    alone = shop.client.post(f"{CONTRACT}/{newer['id']}/renew", {})
    assert alone.status_code == 200, alone.json
    shop.site.work()
    made = shop.read(CONTRACT, alone.json["id"])
    assert [one["id"] for one in made["contractLine"]] == ["1"]
    left = shop.read(CONTRACT, older["id"])
    assert (left["validFor"], left.get("renewedBy")) == (older["validFor"], None)
    job = shop.client.get(f"/api/workspace/v1/jobs/{begun.json['job']}/line").json
    assert {one["state"] for one in job} == {"refused"}
    assert all("is renewed already" in one["fault"][0]["message"] for one in job)
