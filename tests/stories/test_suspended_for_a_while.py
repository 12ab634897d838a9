"""Ada's lines rest for a while: now or on a day, for a reason, and what counts of two wishes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.stories.test_bundle import bundle
from tests.support.operator import OWN, PRODUCT, Customer, Operator, Record, codes

DAY_S = 86_400


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def pause(customer: Customer, action: str, product: str, **said: str) -> Record:
    return {**customer.change("1", action, product), **said}


def operations(operator: Operator, product: str) -> list[tuple[str, str]]:
    """Return what was and is to be done to a product: the action and its state, by date."""
    found: list[dict[str, Any]] = operator.read(f"{OWN}/product/{product}/operation")  # type: ignore[assignment]
    return [(one["action"], one["state"]) for one in found]


def status(operator: Operator, product: str) -> str:
    return str(operator.read(PRODUCT, product)["status"])


@pytest.fixture
def home(operator: Operator) -> tuple[Customer, str, str]:
    """Ada with a bundle of fibre and voice; returns her, the bundle and the voice in it."""
    ada = operator.ada()
    had = ada.has(*bundle(ada, ada.fibre("2"), ada.voice("3")))
    return ada, str(had.product("1")["id"]), str(had.product("3")["id"])


@pytest.mark.accepts("MAC-03")
def test_a_line_rests_now_or_from_a_day_to_a_day(operator: Operator) -> None:
    """A line is suspended at once for a lost device and resumed when it is found; later it rests
    from one day to another, each order waiting for its day. Meanwhile nothing else may be done to
    it but to cancel, and each reason is one that the operator knows."""
    ada = operator.ada()
    product = str(ada.has(ada.voice("1")).product()["id"])
    unknown = ada.refused(pause(ada, "suspend", product, suspensionReason="bored"))
    assert ("notInRegister", "productOrderItem[0].suspensionReason") in codes(unknown)
    for reason in ("customerRequest", "nonPayment", "fraud", "lostDevice"):
        ada.has(pause(ada, "suspend", product, suspensionReason=reason))
        assert status(operator, product) == "suspended"
        ada.has(pause(ada, "resume", product))
        assert status(operator, product) == "active"
    reasons = [one.get("reason") for one in operator.read(f"{OWN}/product/{product}/operation")]  # type: ignore[attr-defined]
    assert reasons[::2] == ["customerRequest", "nonPayment", "fraud", "lostDevice"]
    suspended = ada.orders(pause(ada, "suspend", product), requestedStartDate=in_days(5))
    resumed = ada.orders(pause(ada, "resume", product), requestedStartDate=in_days(10))
    operator.settle()
    assert operations(operator, product)[-2:] == [("suspend", "scheduled"), ("resume", "scheduled")]
    refused = ada.refused(ada.change("1", "modify", product))
    assert suspended.key in refused.json["fault"][0]["message"]
    operator.site.move_clock(5 * DAY_S + 60)
    operator.wait_until(lambda: suspended.state == "completed")
    assert (status(operator, product), resumed.state) == ("suspended", "inProgress")
    operator.site.move_clock(5 * DAY_S)
    operator.wait_until(lambda: resumed.state == "completed")
    assert status(operator, product) == "active"
    assert {state for _, state in operations(operator, product)} == {"completed"}


@pytest.mark.accepts("MAC-03")
@pytest.mark.scenario(12)
def test_who_resumes_before_the_day_withdraws_the_suspension(operator: Operator) -> None:
    """A line that is to rest next week, and be back the week after, is wanted all the time: both
    waiting orders are canceled with the reason, and the line has never rested."""
    ada = operator.ada()
    product = str(ada.has(ada.voice("1")).product()["id"])
    suspended = ada.orders(pause(ada, "suspend", product), requestedStartDate=in_days(7))
    back = ada.orders(pause(ada, "resume", product), requestedStartDate=in_days(14))
    operator.settle()
    resumed = ada.has(pause(ada, "resume", product))
    assert (suspended.state, back.state) == ("cancelled", "cancelled")
    assert resumed.key in suspended.read()["cancellationReason"]
    assert operations(operator, product) == [
        ("resume", "completed"), ("suspend", "canceled"), ("resume", "canceled")
    ]  # fmt: skip
    operator.site.move_clock(15 * DAY_S)
    operator.hurry()
    assert status(operator, product) == "active"
    assert ada.has(pause(ada, "suspend", product)).product()["status"] == "suspended"


@pytest.mark.accepts("MAC-03")
@pytest.mark.scenario(12)
def test_the_whole_counts_more_than_its_part(
    operator: Operator, home: tuple[Customer, str, str]
) -> None:
    """A bundle is to rest next week. Its telephone rests at once and is to be back in two weeks,
    together with a router: on the bundle's day all of it rests, and the telephone's return is
    canceled. It comes back with the bundle and not before."""
    ada, bundle, voice = home
    router = str(ada.has(ada.add("1", "Wi-Fi Router Wave 6", model="Wave 6")).product()["id"])
    whole = ada.orders(pause(ada, "suspend", bundle), requestedStartDate=in_days(7))
    ada.has(pause(ada, "suspend", voice))
    part = ada.orders(pause(ada, "resume", voice), requestedStartDate=in_days(14))
    operator.settle()
    assert (status(operator, bundle), status(operator, voice)) == ("active", "suspended")
    operator.site.move_clock(7 * DAY_S + 60)
    operator.wait_until(lambda: whole.state == "completed" and part.state == "cancelled")
    assert (status(operator, bundle), status(operator, voice)) == ("suspended", "suspended")
    assert "as a part" in part.read()["cancellationReason"]
    refused = ada.refused(pause(ada, "resume", voice))
    assert ("wholeSuspended", "productOrderItem[0].product.id") in codes(refused)
    operator.site.move_clock(8 * DAY_S)
    operator.hurry()
    assert status(operator, voice) == "suspended"
    ada.has(pause(ada, "resume", bundle))
    assert (status(operator, bundle), status(operator, voice)) == ("active", "active")
    both = ada.orders(
        pause(ada, "suspend", voice), {**ada.change("2", "suspend", router)},
        requestedStartDate=in_days(40),
    )  # fmt: skip
    operator.settle()
    ada.has(pause(ada, "resume", voice))
    (left,) = both.read()["productOrderItem"]
    assert (left["product"]["id"], both.state) == (router, "inProgress")
