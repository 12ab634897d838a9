"""Shows that topics gather events, and that the feed hides what it must and misses nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from tests.access.hub_site import INTERNAL, PARTY, HubSite, category, listening, open_hub, person
from tests.support.program import Client, Site
from trunkline.kernel.actor import Grant

EVENT = "/tmf-api/event/v4"


@pytest.fixture(scope="module")
def hub_site(site: Site) -> Iterator[HubSite]:
    with listening() as listener:
        yield open_hub(site, listener)


@pytest.fixture
def hub(hub_site: HubSite) -> HubSite:
    hub_site.clear()
    return hub_site


@pytest.fixture
def admin(hub: HubSite) -> Client:
    return hub.site.admin


def test_a_topic_gathers_events_to_read_and_to_hear(hub: HubSite, admin: Client) -> None:
    """A topic is a query by name and content; its events are read or sent, until it is gone."""
    topic = admin.post(
        f"{EVENT}/topic",
        {"name": "roots", "headerQuery": "eventType=CategoryCreateEvent",
         "contentQuery": "isRoot=true"},
    ).json  # fmt: skip
    path = f"{EVENT}/topic/{topic['id']}"
    made = admin.post(f"{path}/hub", {"callback": hub.listener.callback()})
    assert made.status_code == 201, made.json
    assert made.headers["Location"].endswith(f"{path}/hub/{made.json['id']}")
    root = category(admin, "Root", isRoot=True)
    category(admin, "Leaf", isRoot=False)
    hub.deliver()
    assert [one.resource["id"] for one in hub.listener.messages] == [root["id"]]
    listed = admin.get(f"{path}/event").json
    assert [one["event"]["category"]["id"] for one in listed] == [root["id"]]
    assert admin.get(f"{path}/event/{listed[0]['eventId']}").status_code == 200
    assert admin.get(f"{path}/hub/{made.json['id']}").status_code == 200
    refused = admin.post(f"{EVENT}/topic", {"headerQuery": "eventType=NoSuchEvent"})
    assert refused.json["fault"][0]["path"] == "headerQuery"
    assert admin.delete(path).status_code == 204
    hub.site.work()
    assert hub.site.rows("select count(*) from subscription") == [(0,)]


def test_the_feed_shows_each_reader_what_it_may_see(hub: HubSite, admin: Client) -> None:
    """The feed filters by name, kind and record, and hides like a read of the record does."""
    ada = person(admin)
    admin.patch(f"{PARTY}/individual/{ada['id']}", {"title": "Countess"})
    own = admin.get(f"{EVENT}/event", query_string=f"subject={ada['id']}").json
    assert [one["eventType"] for one in own] == [
        "IndividualCreateEvent", "IndividualAttributeValueChangeEvent",
    ]  # fmt: skip
    query = f"subject={ada['id']}&eventType=IndividualCreateEvent&resourceType=Individual"
    assert len(admin.get(f"{EVENT}/event", query_string=query).json) == 1
    one = admin.get(f"{EVENT}/event/{own[0]['id']}").json
    assert one["event"]["individual"]["givenName"] == "Ada"
    blind = hub.member("feeds", {"TMF632:read": Grant("all", INTERNAL)})
    assert b"Ada" not in blind.get(f"{EVENT}/event", query_string=f"subject={ada['id']}").content
    stranger = hub.site.stranger()
    assert stranger.get(f"{EVENT}/event", query_string=f"subject={ada['id']}").json == []
    assert stranger.get(f"{EVENT}/event/{own[0]['id']}").status_code == 404
    for wrong in ("resourceType=Nothing", "eventType=Nothing", "after=1", "subject=x", "x=1"):
        assert admin.get(f"{EVENT}/event", query_string=wrong).status_code == 400, wrong
    assert admin.post(f"{EVENT}/event", {}).status_code == 405


WRITERS, EACH = 6, 25


def test_the_feed_misses_nothing_of_writers_that_commit_late(hub: HubSite, admin: Client) -> None:
    """Transactions that began early and end late are read all the same.

    The control: a reader that asks for what is above the last number it saw misses some.
    """
    made: set[str] = set()
    writing = threading.Event()
    writing.set()

    def write(number: int) -> None:
        with psycopg.connect(hub.site.dsn) as connection:
            for turn in range(EACH):
                ident = hub.site.services.chance.uuid()
                connection.execute(
                    "insert into event (id, at, type, kind, subject, key, version, root, payload) "
                    "values (%s, now(), 'Category', 'created', %s, 'x', 1, %s, %s)",
                    [ident, ident, ident, b"\x00{}"],
                )
                connection.execute("select pg_sleep(%s)", [(number * 7 + turn * 3) % 5 * 0.004])
                if (number + turn) % 10:
                    connection.commit()
                    made.add(ident)
                else:
                    connection.rollback()

    threads = [threading.Thread(target=write, args=[one]) for one in range(WRITERS)]
    (start,) = hub.site.rows("select coalesce(max(seq), 0) from event")[0]
    link, seen, naive = f"{EVENT}/event", [], set()
    position, last = "", start
    for thread in threads:
        thread.start()
    rounds_left = 3
    while rounds_left:
        rounds_left -= not any(thread.is_alive() for thread in threads)
        answer = admin.get(link, query_string=position or "limit=20")
        seen += [one["eventId"] for one in answer.json]
        position = answer.headers["Link"].partition("?")[2].partition(">")[0]
        for ident, number in hub.site.rows(
            "select id::text, seq from event where seq > %s order by seq", last
        ):
            naive.add(ident)
            last = number
        if answer.json:
            rounds_left = max(rounds_left, 1)
    wanted = [one for one in seen if one in made]
    assert len(wanted) == len(set(wanted)) == len(made)
    assert made - naive, "the control must fail, or the test proves nothing"
