"""Each change of state has its event, and an event gets to whoever asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.access.hub_site import HubSite, Message, listening, open_hub
from tests.ordering.scripted import Shop
from tests.support.operator import ACCOUNT, CANCEL, CUSTOMER, EVENT
from tests.support.program import Site
from trunkline.documents.shape import Json
from trunkline.kernel.resource import registry

EXPECTED = {
    "ProductOrder": 10, "Product": 6, "Service": 4, "ServiceOrder": 6, "CancelProductOrder": 2,
    "BillingAccount": 1, "Customer": 1,
}  # fmt: skip
TOLD = ("StateChangeEvent", "StatusChangeEvent")


@pytest.fixture(scope="module")
def hub(site: Site) -> Iterator[HubSite]:
    with listening() as listener:
        yield open_hub(site, listener)


@pytest.fixture
def shop(hub: HubSite) -> Shop:
    hub.clear()
    return Shop.open(hub.site)


def a_life(shop: Shop) -> str:
    """Ada orders two products; one is suspended, resumed and ended, and a second order canceled.
    Then her account is closed and she is a customer no more. Return the first order."""
    admin = shop.site.admin
    order = shop.order(shop.fibre("1"), shop.voice("2"))
    shop.site.work()
    line, _ = shop.products(shop.read(order))
    for action in ("suspend", "resume", "delete"):
        shop.order({"id": "1", "action": action, "product": {"id": line["id"]}})
        shop.site.work()
    waiting, _ = shop.visit()
    cancel = {"productOrder": {"id": waiting}, "cancellationReason": "changed her mind"}
    assert admin.post(CANCEL, cancel).status_code == 201
    shop.site.work()
    for path, change in (
        (f"{ACCOUNT}/{shop.account}", {"state": "closed"}),
        (f"{CUSTOMER}/{shop.customer}", {"status": "terminated"}),
    ):
        answer = admin.patch(path, change)
        assert answer.status_code == 200, answer.json
    return order


def state_of(event: dict[str, Any], kind: str) -> Json:
    """Return the state of the record that an event is about, as the event tells it."""
    lifecycle = registry[kind].lifecycle
    assert lifecycle is not None
    name = registry[kind].type.attributes()[lifecycle.attribute].json_name
    (record,) = event["event"].values()
    state: Json = record[name]
    return state


@pytest.mark.accepts("NFR-03")
def test_each_change_of_state_is_an_event(shop: Shop) -> None:
    """Ada's orders, what was made of them, her account and herself: every version of every record
    has its event, and where one state followed another, that event says so by its name."""
    began = shop.site.rows("select coalesce(max(at), '-infinity') from audit")[0][0]
    a_life(shop)
    versions: dict[tuple[str, str], list[int]] = {}
    audited = "select type, subject::text, version from audit where at > %s order by version"
    for kind, subject, version in shop.site.rows(audited, began):
        if registry[kind].published and registry[kind].lifecycle is not None:
            versions.setdefault((kind, subject), []).append(version)
    moves: dict[str, int] = {}
    for (kind, subject), written in versions.items():
        query = f"subject={subject}&limit=100"
        events = shop.site.admin.get(EVENT, query_string=query).json
        assert [one["resourceVersion"] for one in events][-len(written) :] == written
        states = [state_of(one, kind) for one in events]
        for before, after, event in zip(states, states[1:], events[1:], strict=False):
            if before != after:
                assert event["eventType"].endswith(TOLD), (kind, before, after)
                moves[kind] = moves.get(kind, 0) + 1
    for kind, least in EXPECTED.items():
        assert moves.get(kind, 0) >= least, (kind, moves)


@pytest.mark.accepts("NFR-03")
def test_an_event_waits_for_its_listener_and_comes_again_until_it_is_taken(
    hub: HubSite, shop: Shop
) -> None:
    """Nothing goes out while nobody delivers, and nothing is lost: later each change comes, in
    order. A refused change leaves nothing to tell. Whoever took a message and broke before saying
    so gets it again, under the same id."""
    admin = hub.site.admin
    hub.subscribe(admin, CUSTOMER.rpartition("/")[0])
    address = f"{CUSTOMER}/{shop.customer}"
    assert admin.patch(address, {"status": "suspended"}).status_code == 200
    assert admin.patch(address, {"status": "prospect"}).status_code == 409
    assert admin.patch(address, {"status": "active"}).status_code == 200
    assert hub.listener.messages == []
    (kept,) = hub.site.rows("select count(*) from work where lane = 'delivery'")
    assert kept == (2,)

    broken: list[Message] = []

    def takes_and_breaks(message: Message) -> int:
        broken.append(message)
        return 500

    hub.listener.answer = takes_and_breaks
    hub.deliver()
    assert [one.resource["status"] for one in broken] == ["suspended"]
    hub.listener.answer = lambda message: 204
    hub.hurry()
    hub.deliver()
    told = hub.listener.messages
    assert [one.resource["status"] for one in told] == ["suspended", "active"]
    assert {one.json["eventType"] for one in told} == {"CustomerStateChangeEvent"}
    assert told[0].headers["webhook-id"] == broken[0].headers["webhook-id"]
    hub.hurry()
    assert hub.deliver() == 0
