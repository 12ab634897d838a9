"""Shows that messages keep their order, that no listener delays another, and that leases fence."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.access.hub_site import PUBLIC_URL, HubSite, Listener, Message, listening, open_hub
from tests.support.program import Site
from trunkline.access.delivery import make_dispatcher, read_actors
from trunkline.hub.breaker import Limits
from trunkline.hub.delivery import Deliveries
from trunkline.hub.dispatcher import Bounds
from trunkline.hub.guard import AllowList
from trunkline.hub.outcome import Kind, Outcome

CATALOG = "/tmf-api/productCatalogManagement/v4"


@pytest.fixture(scope="module")
def hub_site(site: Site) -> Iterator[HubSite]:
    with listening() as listener:
        yield open_hub(site, listener)


@pytest.fixture
def hub(hub_site: HubSite) -> HubSite:
    hub_site.clear()
    return hub_site


def categories(hub: HubSite, count: int) -> list[str]:
    admin = hub.site.admin
    made = [admin.post(f"{CATALOG}/category", {"name": f"Fibre {n}"}) for n in range(count)]
    return [one.json["id"] for one in made]


def until(condition: Callable[[], bool], timeout_s: float = 30.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def deliveries(hub: HubSite, worker: str) -> Deliveries:
    return Deliveries(
        hub.site.services, public_url=PUBLIC_URL, read_actors=read_actors, worker=worker
    )


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as server:
        yield server.getsockname()[1]


def test_it_sends_what_comes_until_it_is_stopped(hub: HubSite) -> None:
    """A running dispatcher sends by itself, and stops taking messages when told to."""
    hub.subscribe(hub.site.admin, CATALOG)
    dispatcher = hub.dispatcher(poll_s=0.05)
    dispatcher.start()
    try:
        categories(hub, 3)
        assert until(lambda: len(hub.listener.messages) == 3)
    finally:
        dispatcher.stop()
    categories(hub, 1)
    time.sleep(0.2)
    assert len(hub.listener.messages) == 3


class Watching:
    """An answer that takes a while and counts how many were under way at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now: Counter[str] = Counter()
        self.most = 0
        self.most_of_one = 0

    def __call__(self, message: Message) -> int:
        ident = message.resource["id"]
        with self.lock:
            self.now[ident] += 1
            self.most = max(self.most, sum(self.now.values()))
            self.most_of_one = max(self.most_of_one, self.now[ident])
        time.sleep(0.03)
        with self.lock:
            self.now[ident] -= 1
        return 204


def test_a_listener_gets_four_at_once_and_one_per_record(hub: HubSite) -> None:
    """Ten records changed five times each: all arrive, each record's in order."""
    hub.subscribe(hub.site.admin, CATALOG)
    idents = categories(hub, 10)
    for ident in idents:
        for turn in range(4):
            hub.site.admin.patch(f"{CATALOG}/category/{ident}", {"description": f"{turn}"})
    watching = hub.listener.answer = Watching()
    hub.deliver()
    assert (watching.most, watching.most_of_one) == (4, 1)
    for ident in idents:
        told = [one.json for one in hub.listener.messages if one.resource["id"] == ident]
        assert [one["resourceVersion"] for one in told] == [1, 2, 3, 4, 5]


def test_dead_listeners_delay_no_one(hub: HubSite) -> None:
    """Many that take a connection and say nothing; the one that works hears at once."""
    admin = hub.site.admin
    with silent_port() as port:
        allow = AllowList.parse(f"localhost:{hub.listener.port}, localhost:{port}")
        for number in range(40):
            hub.subscribe(admin, CATALOG, name=f"dead{number}")
        dead = f"http://localhost:{port}/"
        hub.write("update subscription set callback = %s || id::text", dead)
        hub.subscribe(admin, CATALOG, name="alive")
        bounds = Bounds(in_flight_max=100, poll_s=0.05, farewell_s=0.1)
        dispatcher = make_dispatcher(
            hub.site.services, public_url=PUBLIC_URL, allow=allow, bounds=bounds
        )
        categories(hub, 5)
        started = time.monotonic()
        dispatcher.start()
        try:
            assert until(lambda: len(hub.listener.at("alive")) == 5)
            assert time.monotonic() - started < 14, "the dead would take 15 s each"
        finally:
            dispatcher.stop()


def test_a_breaker_that_opens_lets_all_of_its_messages_wait(hub: HubSite) -> None:
    """After ten failures in a row nothing more is tried, and nothing is due for a while."""
    made = hub.subscribe(hub.site.admin, CATALOG)
    hub.listener.answer = lambda message: 500
    categories(hub, 15)
    attempts = hub.deliver()
    assert attempts == Limits().consecutive_failures
    due = "select count(*) from work where lane = 'delivery' and run_at <= now()"
    assert hub.site.rows(due) == [(0,)]
    untried = hub.site.rows(
        "select count(*), min(run_at) > now() + interval '20 seconds' from work "
        "where lane = 'delivery' and attempt = 0"
    )
    assert untried == [(5, True)]
    assert hub.site.admin.get(f"{CATALOG}/hub/{made['id']}").json["failingSince"]
    hub.listener.answer = lambda message: 204
    hub.hurry()
    assert hub.deliver() == 15
    assert "failingSince" not in hub.site.admin.get(f"{CATALOG}/hub/{made['id']}").json


def test_a_message_of_a_dispatcher_that_died_comes_back(hub: HubSite) -> None:
    """Its lease ends, another takes it over, and the late result of the first changes nothing."""
    hub.subscribe(hub.site.admin, CATALOG)
    (ident,) = categories(hub, 1)
    first, second = deliveries(hub, "first"), deliveries(hub, "second")
    (held,), _ = first.claim({}, limit=10)
    assert second.claim({}, limit=10) == ([], 0), "it is leased"
    hub.write("update work set lease_until = now() - interval '1 second' where lane = 'delivery'")
    (taken,), _ = second.claim({}, limit=10)
    assert (held.event.id, held.row.attempt) == (taken.event.id, 1)
    assert taken.row.attempt == 2
    first.settle(held, Outcome(Kind.DELIVERED, 204))
    assert hub.site.rows("select worker from work where subject = %s", ident) == [("second",)]
    first.settle(held, Outcome(Kind.RETRY, 500, error="answeredError"))
    assert hub.site.rows("select worker from work where subject = %s", ident) == [("second",)]
    second.settle(taken, Outcome(Kind.DELIVERED, 204))
    assert hub.site.rows("select 1 from work where subject = %s", ident) == []


def test_a_claim_takes_a_few_of_each_listener(hub: HubSite) -> None:
    """A long backlog of one does not fill the claim; who is full gets nothing."""
    admin = hub.site.admin
    long = hub.subscribe(admin, CATALOG, name="long")["id"]
    categories(hub, 10)
    other = hub.subscribe(admin, CATALOG, name="other")["id"]
    categories(hub, 1)
    claiming = deliveries(hub, "claiming")
    ready, _ = claiming.claim({long: 2}, limit=50)
    assert Counter(one.subscription.id for one in ready) == {long: 2, other: 1}
    ready, _ = claiming.claim({long: 0, other: 4}, limit=50)
    assert ready == []


def test_a_message_that_cannot_be_made_stops_no_other(
    hub: HubSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in one event's making is that row's failure; the rest of the batch goes."""
    hub.subscribe(hub.site.admin, CATALOG)
    bad, good = categories(hub, 2)
    claiming = deliveries(hub, "claiming")
    make = claiming._message

    def breaking(connection: object, row: object, *rest: object) -> object:
        if getattr(row, "subject", None) == bad:
            raise ZeroDivisionError
        return make(connection, row, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(claiming, "_message", breaking)
    ready, _ = claiming.claim({one["id"]: 4 for one in hub.site.admin.get(f"{CATALOG}/hub").json},
                              limit=10)  # fmt: skip
    assert [one.row.subject for one in ready] == [good]
    (error,) = hub.site.rows("select error from work where subject = %s", bad)[0]
    assert error.startswith("ZeroDivisionError")


def test_what_waits_for_a_subscription_that_is_gone_is_swept_up(hub: HubSite) -> None:
    """A fan-out that saw the subscription before it was removed leaves a row; it goes."""
    made = hub.subscribe(hub.site.admin, CATALOG)
    categories(hub, 2)
    hub.write("delete from subscription where id = %s", made["id"])
    assert deliveries(hub, "sweeper").sweep() == 2


def test_what_was_set_aside_joins_its_line_when_tried_again(hub: HubSite) -> None:
    """Making a set-aside row due again, as any parked work, brings the message after a sweep."""
    hub.subscribe(hub.site.admin, CATALOG)
    categories(hub, 1)
    sending = deliveries(hub, "sending")
    (ready,), _ = sending.claim({}, limit=1)
    hub.write("update work set attempt = 10 where lane = 'delivery'")
    ready = replace(ready, row=replace(ready.row, attempt=10))
    assert sending.settle(ready, Outcome(Kind.RETRY, 500)) == "dead"
    hub.write("update work set parked_at = null, attempt = 0 where lane = 'delivery'")
    assert hub.deliver() == 0
    sending.sweep()
    assert hub.deliver() == 1


def test_listeners_are_remembered_by_their_messages() -> None:
    listener = Listener(1, messages=[Message("/a/listener/x", {}, b'{"eventType": "X"}')])
    assert listener.names("a") == ["X"]
    assert listener.names("b") == []
