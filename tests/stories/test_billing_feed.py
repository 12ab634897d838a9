"""What customers have is told to the system that bills: once, in its sequence, and seen here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.support.operator import PRODUCT, Operator, Record
from trunkline.adapters.billing import connect_billing
from trunkline.inventory.billing_feed import telling
from trunkline.inventory.billing_feed.feed import NotTold, feed_of, use_feed
from trunkline.inventory.billing_feed.telling import follow_products

MESSAGES = "/api/inventory/v1/billingMessage"
BILLED = "/billing/v1/product"


@pytest.fixture
def billing(operator: Operator) -> Iterator[Operator]:
    """The operator with a system that bills, which the simulator plays."""
    services = operator.site.services
    url = f"{operator.network.url}/billing/v1"
    connect_billing(services, url, operator.network.token())
    yield operator
    use_feed(services, None)
    services.fanout.remove(follow_products)


def messages(operator: Operator, product: str) -> list[Record]:
    """Return what was told of a product, the oldest first."""
    found = operator.find(MESSAGES, product__id=product)
    return sorted(found, key=lambda one: one["sequence"])


def billed(operator: Operator, product: str) -> Any:
    return operator.network.ask("GET", f"{BILLED}/{product}")


def test_billing_is_told_what_starts_changes_stops_and_ends(billing: Operator) -> None:
    """Ada's fibre starts: billing is told product, account, price and date, once. It is suspended,
    resumed and ended; each is told in its sequence. What bills nothing is not told."""
    ada = billing.ada()
    fibre = ada.has(ada.fibre(speed=500)).product()
    (first,) = messages(billing, fibre["id"])
    assert (first["kind"], first["state"], first["sequence"], first["tries"]) == (
        "started", "sent", 1, 1
    )  # fmt: skip
    theirs = billed(billing, fibre["id"])["product"]
    assert theirs["billingAccount"]["id"] == ada.account
    assert (theirs["customer"]["id"], theirs["startDate"]) == (ada.id, fibre["startDate"])
    assert theirs["productPrice"] == fibre["productPrice"]
    for status in ("suspended", "active", "terminated"):
        body = {"status": status, "stateReason": f"it is to be {status}"}
        assert billing.staff.patch(f"{PRODUCT}/{fibre['id']}", body).status_code == 200
        billing.settle()
    kinds = [one["kind"] for one in messages(billing, fibre["id"])]
    assert kinds == ["started", "suspended", "resumed", "ended"]
    last = billed(billing, fibre["id"])
    assert (last["kind"], last["product"]["status"], last["sequence"]) == ("ended", "ended", 4)
    again = f"/api/inventory/v1/product/{fibre['id']}/tellBilling"
    assert billing.staff.post(again).status_code == 202
    assert billing.site.unentitled().post(again).status_code == 403
    billing.settle()
    assert [one["kind"] for one in messages(billing, fibre["id"])][4:] == ["ended"]


def test_a_message_that_is_lost_or_refused_is_seen_and_made_good(billing: Operator) -> None:
    """An answer that gets lost is sent again under its key and counts once. While billing is away
    the next message waits behind the first. What is refused for good says why; the whole product
    is told with the next one."""
    ada = billing.ada()
    fibre = ada.has(ada.fibre(speed=500)).product()
    billing.network.behave(lost_answer={"count": 1})
    ended = {"status": "suspended", "stateReason": "he travels"}
    assert billing.staff.patch(f"{PRODUCT}/{fibre['id']}", ended).status_code == 200
    billing.settle()
    waiting = messages(billing, fibre["id"])[-1]
    assert (waiting["kind"], waiting["state"], waiting["code"]) == ("suspended", "open", "noAnswer")
    back = {"status": "active", "stateReason": "he is back"}
    assert billing.staff.patch(f"{PRODUCT}/{fibre['id']}", back).status_code == 200
    billing.settle()
    assert [one["kind"] for one in messages(billing, fibre["id"])] == ["started", "suspended"]
    billing.hurry()
    told = messages(billing, fibre["id"])
    assert [(one["kind"], one["state"]) for one in told] == [
        ("started", "sent"), ("suspended", "sent"), ("resumed", "sent")
    ]  # fmt: skip
    commands = {one["key"]: one for one in billing.network.effects()["commands"]}
    suspended = commands[told[1]["id"]]
    assert (suspended["received"], suspended["effects"]) == (2, 1)
    refusal = {"kind": "business", "key": "*", "code": "accountClosed", "once": True}
    billing.network.behave(fail=[refusal])
    assert billing.staff.patch(f"{PRODUCT}/{fibre['id']}", ended).status_code == 200
    billing.settle()
    refused = messages(billing, fibre["id"])[-1]
    assert (refused["state"], refused["code"]) == ("refused", "accountClosed")
    again = f"/api/inventory/v1/product/{fibre['id']}/tellBilling"
    assert billing.staff.post(again).status_code == 202
    billing.settle()
    assert billed(billing, fibre["id"])["product"]["status"] == "suspended"
    assert messages(billing, fibre["id"])[-1]["kind"] == "suspended"


class Silent:
    """A system that bills from which nothing comes back."""

    def tell(self, message: Mapping[str, Any], *, key: str) -> None:
        raise NotTold("noAnswer", f"nothing came back for {key}")


def test_an_end_is_told_where_the_start_may_have_come(
    billing: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing came back for the start until it was given up; it may have come. The end is told."""
    services = billing.site.services
    feed = feed_of(services)
    use_feed(services, Silent())
    monkeypatch.setattr(telling, "TRIES_MAX", 1)
    ada = billing.ada()
    fibre = ada.has(ada.fibre(speed=500)).product()
    use_feed(services, feed)
    body = {"status": "terminated", "stateReason": "he left"}
    assert billing.staff.patch(f"{PRODUCT}/{fibre['id']}", body).status_code == 200
    billing.settle()
    told = [(one["kind"], one["state"]) for one in messages(billing, fibre["id"])]
    assert told == [("started", "failed"), ("ended", "sent")]


def test_nobody_is_told_where_no_system_bills(operator: Operator) -> None:
    """Off unless it is connected: no message, no work for one."""
    ada = operator.ada()
    fibre = ada.has(ada.fibre(speed=100)).product()
    assert messages(operator, fibre["id"]) == []
    again = f"/api/inventory/v1/product/{fibre['id']}/tellBilling"
    assert operator.staff.post(again).status_code == 409
