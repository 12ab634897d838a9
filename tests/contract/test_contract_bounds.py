"""Contracts at their edges: long texts, large numbers, what is fixed, and what a case uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.test_contract_life import completed, renewable, requires
from tests.contract.test_service_contracts import (
    CONTRACT,
    DEFINITION,
    ENTITLEMENT,
    ORDERS,
    QUOTES,
    SERVICE,
    VERIFY,
    Shop,
    codes,
)
from tests.ordering.scripted import Shop as Scripted
from tests.ordering.scripted import pending
from tests.support.overrides import offering_on_sale
from tests.support.program import Site, open_site
from tests.support.waiting import wait_until
from trunkline.contract.service import verifying

FAR = "9999-12-31T00:00:00Z"


@pytest.fixture(scope="module")
def installed(cluster: str, template: str) -> Iterator[Site]:
    """One installation for all of these; each brings customers and offerings of its own."""
    with open_site(cluster, template) as site:
        yield site


@pytest.fixture
def shop(installed: Site) -> Shop:
    return Shop(installed)


def refusal(shop: Shop, path: str, **said: Any) -> set[tuple[str, str]]:
    """Return the faults of a record that is not taken."""
    answer = shop.client.post(path, {"relatedParty": [shop.party], **said})
    assert answer.status_code in (400, 409), (path, said, answer.json)
    return codes(answer)


def test_what_serves_an_order_starts_though_its_definition_was_switched_off(shop: Shop) -> None:
    """The only definition is switched off while an order waits for the network: what was made with
    the order comes into force when that is completed."""
    sold = Scripted.open(shop.site)
    definition = requires(shop, sold.offerings["Fibre 1G"])
    sold.network.script["Fibre Access"] = [pending]
    order = sold.order(sold.fibre())
    shop.site.work()
    (served,) = shop.find(SERVICE, **{"productOrder.id": order})
    assert (served["state"], shop.read(ORDERS, order)["state"]) == ("draft", "inProgress")
    off = shop.client.patch(f"{DEFINITION}/{definition['id']}", {"isOff": True})
    assert off.status_code == 200, off.json
    for command in sold.network.received:
        sold.network.take_effect(command)
    wait_until(lambda: hurried(shop, order) == "completed", "the order is completed")
    shop.site.work()
    assert shop.state(SERVICE, served["id"]) == "active"


def hurried(shop: Shop, order: str) -> str:
    """Make all that waits due and return how the order stands then."""
    shop.hurry()
    return str(shop.read(ORDERS, order)["state"])


def test_each_quote_makes_its_contract(shop: Shop) -> None:
    """A long description is cut in the name only; a term or first day that no contract could have
    is refused on the quote; nobody names a quote by hand; lines told by relationship lie in it."""
    other = offering_on_sale(shop.client)
    long = "d" * 300
    lines = [
        {"id": "a", "action": "add", "productOffering": {"id": shop.offering},
         "quoteItemRelationship": [{"relationshipType": "bundles", "id": "b"}]},
        {"id": "b", "action": "add", "productOffering": {"id": other}},
    ]  # fmt: skip
    quote = completed(shop, *lines, description=long)
    (held,) = shop.find(CONTRACT, **{"quote.id": quote["id"]})
    assert (held["name"], held["description"]) == (long[:200], long)
    assert [one.get("parentLine") for one in held["contractLine"]] == [None, "a"]
    assert refusal(shop, QUOTES, quoteItem=lines[1:], termMonths=200_000) == {
        ("termMonths", "badValue")
    }
    far = refusal(shop, QUOTES, quoteItem=lines[1:], expectedFulfillmentStartDate=FAR)
    assert far == {("expectedFulfillmentStartDate", "badValue")}
    draft = shop.new(QUOTES, quoteItem=lines[1:])
    named = refusal(shop, CONTRACT, name="Mine", quote={"id": draft["id"]})
    assert named == {("quote", "conflictQuote")}


def test_numbers_beyond_the_calendar_are_refused(shop: Shop) -> None:
    """Terms, notices and dates that lead beyond the calendar are refused by name, on records and
    in what is asked of them."""
    whole = {"state": "active", "name": "Office", "validFor": shop.period(-1, 50)}
    for said, path in (
        ({"termMonths": 601}, "termMonths"),
        ({"renewal": {"kind": "auto", "termMonths": 200_000}}, "renewal.termMonths"),
        ({"renewal": {"kind": "manual", "noticeDays": [30, 10**10]}}, "renewal.noticeDays[1]"),
        ({"validFor": {"startDateTime": shop.in_days(-1), "endDateTime": FAR}},
         "validFor.endDateTime"),
        ({"validFor": {"startDateTime": "0001-02-01T00:00:00Z"}}, "validFor.startDateTime"),
    ):  # fmt: skip
        assert path in {each for each, _ in refusal(shop, CONTRACT, **{**whole, **said})}
    body = {"code": "long", "name": "Long", "coverageKind": "coverage", "termMonths": 10**6}
    assert codes(shop.client.post(DEFINITION, body)) == {("termMonths", "badValue")}
    held = renewable(shop, 50)
    for said, path in (({"termMonths": 10**9}, "termMonths"), ({"termMonths": 0}, "termMonths"),
                       ({"startDateTime": FAR}, "startDateTime")):  # fmt: skip
        answer = shop.client.post(f"{CONTRACT}/{held['id']}/renew", said)
        assert path in {each for each, _ in codes(answer)}, answer.json


def test_a_line_is_fixed_as_its_contract_is(shop: Shop) -> None:
    """In force a line's start stays, its end moves to a later day than today, one that has ended
    is only read; and what a contract costs to end is not agreed on afterwards."""
    lines = [{"id": "a"}, {"id": "b", "validFor": {"endDateTime": shop.in_days(-0.5)}}]
    held = shop.new(CONTRACT, name="Office", state="active", validFor=shop.period(-1, 50),
                    contractLine=lines)  # fmt: skip
    kept, over = held["contractLine"]
    assert over["state"] == "expired"
    address = f"{CONTRACT}/{held['id']}"
    early, late = shop.in_days(-0.9), shop.in_days(9)
    for change, path, code in (
        ([{**kept, "validFor": {"startDateTime": early}}, over],
         "contractLine[0].validFor.startDateTime", "conflictStartFixed"),
        ([{**kept, "validFor": {"endDateTime": early}}, over],
         "contractLine[0].validFor.endDateTime", "endNotAhead"),
        ([kept, {**over, "validFor": {"endDateTime": late}}],
         "contractLine[1]", "conflictReadOnly"),
        ([kept, over, {"id": "c", "validFor": {"endDateTime": early}}],
         "contractLine[2].validFor.endDateTime", "endNotAhead"),
    ):  # fmt: skip
        refused = shop.client.patch(address, {"contractLine": change})
        assert (path, code) in codes(refused), refused.json
    moved = {"contractLine": [{**kept, "validFor": {"endDateTime": late}}, over]}
    assert shop.client.patch(address, moved).status_code == 200
    for name, value in (("termMonths", 12), ("contractValue", {"unit": "EUR", "value": 5}),
                        ("terminationRule", {"kind": "remainingMonths"})):  # fmt: skip
        refused = shop.client.patch(address, {name: value})
        assert (name, "conflictAgreed") in codes(refused), refused.json


def test_an_end_costs_what_all_the_parts_cost(shop: Shop) -> None:
    """Parts count for each of the whole, a year's price by the month; prices in two currencies are
    refused unless the fee is waived."""

    def price(value: float, unit: str, period: str) -> dict[str, Any]:
        amount = {"dutyFreeAmount": {"unit": unit, "value": value}}
        return {"priceType": "recurring", "recurringChargePeriod": period, "price": amount}

    years = {"startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2036-01-01T00:00:00Z"}
    at = "2035-05-01T00:00:00Z"
    rule = {"kind": "remainingMonths"}
    lines = [{"id": "1", "quantity": 2, "price": [price(120, "EUR", "year")]},
             {"id": "2", "quantity": 3, "parentLine": "1", "price": [price(7, "EUR", "month")]},
             {"id": "3", "price": [price(30, "EUR", "quarter")]}]  # fmt: skip
    held = shop.new(CONTRACT, name="Bound", state="active", validFor=years, terminationRule=rule,
                    contractLine=lines)  # fmt: skip
    fee = shop.client.get(f"{CONTRACT}/{held['id']}/terminationFee?at={at}").json
    assert fee["amount"] == {"unit": "EUR", "value": 8 * (2 * 10 + 6 * 7 + 10)}
    mixed = shop.new(CONTRACT, name="Mixed", state="active", terminationRule=rule,
                     validFor=shop.period(-1, 50), contractLine=[
                         {"id": "1", "price": [price(7, "EUR", "month")]},
                         {"id": "2", "price": [price(7, "USD", "month")]}])  # fmt: skip
    address = f"{CONTRACT}/{mixed['id']}"
    refused = shop.client.post(f"{address}/cancel", {"reason": "moves"})
    assert codes(refused) == {("terminationRule", "currenciesMixed")}, refused.json
    assert shop.did(CONTRACT, mixed["id"], "cancel", reason="moves", feeWaiverReason="goodwill")
    assert shop.state(CONTRACT, mixed["id"]) == "cancelled"


def test_a_job_is_begun_only_where_it_can_be_done(shop: Shop) -> None:
    """What many lines would be refused for is said at once: too long a reason, a start ahead. The
    fee of a job counts every line that ended with it."""
    price = {"priceType": "recurring", "recurringChargePeriod": "month",
             "price": {"dutyFreeAmount": {"unit": "EUR", "value": 1}}}  # fmt: skip
    lines = [{"id": str(number), "price": [price]} for number in range(21)]
    held = renewable(shop, 20, contractLine=lines, terminationRule={"kind": "remainingMonths"})
    ahead = shop.new(CONTRACT, name="Ahead", validFor=shop.period(5, 50), contractLine=lines)
    for one, act, said, path in ((held, "cancel", {"reason": "x" * 2000}, "stateReason"),
                                 (ahead, "activate", {}, "validFor.startDateTime")):  # fmt: skip
        answer = shop.client.post(f"{CONTRACT}/{one['id']}/{act}", said)
        assert path in {each for each, _ in codes(answer)}, answer.json
        assert {each["state"] for each in shop.read(CONTRACT, one["id"])["contractLine"]} == {
            "active" if one is held else "draft"
        }
    answer = shop.client.post(f"{CONTRACT}/{held['id']}/cancel", {"reason": "moves"})
    assert answer.status_code == 202, answer.json
    assert "terminationFee" not in shop.read(CONTRACT, held["id"])
    shop.site.work()
    ended = shop.read(CONTRACT, held["id"])
    assert (ended["state"], ended["terminationFee"]["amount"]["value"]) == ("cancelled", 21)


def test_a_case_uses_one_entitlement_whatever_becomes_of_it(shop: Shop) -> None:
    """Asked again for another issue type, by account, or after its entitlement rests, a case uses
    no second one; another customer's case of that name does."""

    def right(**said: Any) -> str:
        return str(shop.new(ENTITLEMENT, name="Two", state="active", totalUnits=2,
                            coverageKind="coverageAndUsage", validFor=shop.period(-1, 50),
                            **said)["id"])  # fmt: skip

    rights = [right(issueType=["fault"]), right(issueType=["question"]),
              right(billingAccount={"id": shop.account})]  # fmt: skip
    case = {"use": {"reference": "CASE"}}
    used = shop.asked(issueType="fault", **case)["use"]
    shop.asked(issueType="question", **case)
    by_account = shop.client.post(VERIFY, {"account": shop.account, **case}).json
    assert by_account["use"]["id"] == used["id"]
    shop.did(ENTITLEMENT, used["entitlement"]["id"], "suspend")
    assert shop.asked(issueType="fault", **case)["use"]["id"] == used["id"]
    assert sum(shop.read(ENTITLEMENT, one)["usedUnits"] for one in rights) == 1
    stranger = Shop(shop.site)
    stranger.new(ENTITLEMENT, name="Theirs", state="active", validFor=shop.period(-1, 50))
    assert stranger.asked(**case)["use"]["id"] != used["id"]


def test_odd_questions_are_refused(shop: Shop) -> None:
    """Units that are no number, a case that is not there, a kind of issue that is too long and an
    unknown service contract are refused by name; what was never in force says no."""
    shop.new(ENTITLEMENT, name="Help", state="active", validFor=shop.period(-10, 50))
    about = {"id": "00000000-0000-4000-8000-000000000000", "@referredType": "TroubleTicket"}
    for said, path in (
        ({"use": {"reference": "a", "units": "NaN"}}, "use.units"),
        ({"use": {"reference": "a", "units": "Infinity"}}, "use.units"),
        ({"use": {"reference": "a", "about": about}}, "use.about"),
        ({"use": {"reference": "a", "about": {**about, "@referredType": "Ghost"}}}, "use.about"),
        ({"issueType": "x" * 61}, "issueType"),
        ({"serviceContract": "nobody"}, "serviceContract"),
    ):  # fmt: skip
        answer = shop.client.post(VERIFY, {"customer": shop.customer, **said})
        assert path in {each for each, _ in codes(answer)}, answer.json
    other = Shop(shop.site)
    never = other.new(ENTITLEMENT, name="Draft", validFor=shop.period(-10, 50))
    other.did(ENTITLEMENT, never["id"], "cancel", reason="no")
    assert other.asked(at=shop.in_days(-5))["isEntitled"] is False
    was = other.new(ENTITLEMENT, name="Was", state="active", validFor=shop.period(-10, 50))
    other.did(ENTITLEMENT, was["id"], "cancel", reason="no")
    assert other.asked(at=shop.in_days(-5))["isEntitled"] is True


def test_what_helps_is_found_among_many_that_do_not(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one entitlement that helps is older than all that are looked at first."""
    monkeypatch.setattr(verifying, "SEARCH_MAX", 2)
    held = shop.new(ENTITLEMENT, name="Help", state="active", validFor=shop.period(-1, 50))
    for _ in range(3):
        ended = shop.new(ENTITLEMENT, name="Ended", state="active", validFor=shop.period(-1, 50))
        shop.did(ENTITLEMENT, ended["id"], "cancel", reason="no")
    assert [one["id"] for one in shop.asked()["entitlement"]] == [held["id"]]
