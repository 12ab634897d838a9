"""Event listeners on a page of their own: how each is doing, a new one, and taking one away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.support.program import Site
from tests.support.samples import create
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from trunkline.hub.delivery_log import Attempt, write_attempts
from trunkline.hub.overview import listeners
from trunkline.hub.subscription import (
    NewSubscription,
    Subscription,
    add_subscription,
    disable_subscription,
    kind_of,
)
from trunkline.kernel.actor import Grant
from trunkline.kernel.resource import registry

PAGE = "/administration/listeners"
API = "/api/hub/v1/subscription"
STATEMENTS_MAX = 3
SignedIn = Callable[..., Browser]


def principal(site: Site, login: str) -> str:
    ((found,),) = site.rows("select principal::text from user_account where login = %s", login)
    return str(found)


def listening(site: Site, host: str, login: str = "admin") -> Subscription:
    new = NewSubscription(
        principal(site, login), None, "TMF632", None, f"https://{host}/hook/abc?secret=1", "", ""
    )
    with site.services.database.app.connection() as connection:
        made, _ = add_subscription(site.services, connection, new)
    return made


@pytest.fixture
def failing(admin: Browser, site: Site) -> Subscription:
    """A listener that fails: two messages wait for half an hour, one was given up, one arrived."""
    person = create(registry["Individual"], site.admin)
    made = listening(site, "failing.example")
    services = site.services
    later = services.machine_now() + timedelta(minutes=30)
    with services.database.app.connection() as connection:
        connection.execute(
            "update subscription set failing_since = %s where id = %s",
            [services.machine_now() - timedelta(hours=2), made.id],
        )
        for kind, parked in ((kind_of(made.id), None), (f"{kind_of(made.id)}:7", later)):
            for _ in range(1 if parked else 2):
                connection.execute(
                    "insert into work (kind, subject, payload, run_at, lane, parked_at) "
                    "values (%s, %s, '{\"event\": \"x\"}', %s, 'delivery', %s)",
                    [kind, person["id"], later, parked],
                )
        for state in ("delivered", "waiting"):
            one = Attempt(made.id, services.chance.uuid(), person["id"], 1, state, state)  # type: ignore[arg-type]
            write_attempts(services, connection, [one])
    return made


def test_each_listener_says_how_it_is_doing(
    admin: Browser, site: Site, failing: Subscription
) -> None:
    """State, since when it fails, what waits and was given up; the page stays at few statements."""
    listening(site, "works.example")
    off = listening(site, "off.example")
    with site.services.database.app.connection() as connection:
        disable_subscription(connection, off.id, reason="gone")
        by_id = {one.subscription.id: one for one in listeners(connection, principal=None, limit=9)}
    now = site.services.machine_now()
    one = by_id[failing.id]
    assert (one.condition(now), one.waiting, one.dead) == ("waiting", 2, 1)
    assert one.delivered_at is not None
    assert one.condition(now + timedelta(hours=1)) == "failing"
    assert by_id[off.id].condition(now) == "off"
    admin.get(PAGE)  # who one is, as of the present rights
    with counted() as sent:
        page = admin.get(PAGE)
    assert page.status_code == 200
    assert len(sent) <= STATEMENTS_MAX, sent
    told = words_of(page.text)
    for words in ("failing.example", "Waiting after failures", "next try", "Works", "Switched off",
                  "It answered that it is gone.", "Admin"):  # fmt: skip
        assert words in told, words
    assert "secret=1" not in page.text
    assert f'href="/deliveries?subscription={failing.id}&amp;state=dead"' in source_of(page)


def test_the_delivery_log_keeps_to_one_listener(
    admin: Browser, site: Site, failing: Subscription
) -> None:
    """One click away, with what was given up; the way back to all is on the page."""
    other = listening(site, "other.example")
    with site.services.database.app.connection() as connection:
        subject = site.services.chance.uuid()
        one = Attempt(other.id, site.services.chance.uuid(), subject, 1, "dead", "dead")
        write_attempts(site.services, connection, [one])
    log = admin.get(f"/deliveries?subscription={failing.id}")
    assert "failing.example" in words_of(log.text)
    assert subject not in log.text
    assert subject in admin.get(f"/deliveries?subscription={other.id}&state=dead").text
    none = admin.get(f"/deliveries?subscription={failing.id}&state=dead")
    assert "Nothing of that kind was sent to this listener." in words_of(none.text)


def test_a_listener_is_added_and_removed(admin: Browser, site: Site) -> None:
    """The secret is shown once; removing asks first and leaves a line in the access log."""
    form = {"place": "TMF632", "callback": "https://shop.example/events",
            "query": "eventType=IndividualCreateEvent"}  # fmt: skip
    wrong = admin.post(f"{PAGE}/new", form | {"callback": "http://127.0.0.1/x"})
    assert wrong.status_code == 400
    assert 'id="callback-wrong"' in source_of(wrong)
    unheard = admin.post(f"{PAGE}/new", form | {"query": "eventType=NoSuchEvent"})
    assert unheard.status_code == 400
    assert 'value="eventType=NoSuchEvent"' in source_of(unheard)
    assert "query-wrong" in source_of(unheard)
    made = admin.post(f"{PAGE}/new", form)
    assert made.status_code == 200
    assert "whsec_" in made.text
    ((ident,),) = site.rows("select id::text from subscription where callback like '%%shop%%'")
    assert "whsec_" not in admin.get(PAGE).text
    asked = admin.post(PAGE, {"listener": ident})
    assert "Remove shop.example?" in words_of(asked.text)
    assert site.rows("select 1 from subscription where id = %s", ident)
    assert admin.post(PAGE, {"listener": ident, "sure": "yes"}).status_code == 303
    assert not site.rows("select 1 from subscription where id = %s", ident)
    acts = site.rows("select action from access_log where subject = %s order by at", ident)
    assert acts == [("subscribe",), ("unsubscribe",)]
    assert admin.post(PAGE, {"listener": ident, "sure": "yes"}).status_code == 404


def test_only_who_administers_the_hub_removes(
    admin: Browser, site: Site, signed_in: SignedIn
) -> None:
    """Who looks after queues sees the listeners, and neither adds nor removes one."""
    made = listening(site, "kept.example")
    watcher = signed_in("watcher", {"operations:read": Grant()})
    page = watcher.get(PAGE)
    assert page.status_code == 200
    assert "/hook/abc" not in source_of(page)
    assert 'name="listener"' not in page.text
    assert watcher.post(PAGE, {"listener": made.id, "sure": "yes"}).status_code == 403
    form = {"place": "TMF632", "callback": "https://x.example/"}
    assert watcher.post(f"{PAGE}/new", form).status_code == 400
    nobody = signed_in("nobody", {"Individual:read": Grant()})
    assert nobody.get(PAGE).status_code == 403


def test_the_interface_tells_the_same(
    admin: Browser, site: Site, failing: Subscription, signed_in: SignedIn
) -> None:
    """An administrator of the hub reads all and removes any; others have to do with their own."""
    one = site.admin.get(f"{API}/{failing.id}").json
    wanted = {"condition": "waiting", "waiting": 2, "dead": 1, "interface": "TMF632"}
    assert {name: one[name] for name in wanted} == wanted
    may = {"events:subscribe": Grant(), "Individual:read": Grant()}
    site.role("hearing", may)
    hearing = site.user("hearing", roles=["hearing"], scopes=tuple(may))
    own = listening(site, "own.example", "hearing")
    listed: list[dict[str, Any]] = hearing.get(API).json
    assert [each["id"] for each in listed] == [own.id]
    assert hearing.get(f"{API}/{failing.id}").status_code == 404
    assert hearing.delete(f"{API}/{failing.id}").status_code == 404
    assert hearing.delete(f"{API}/{own.id}").status_code == 204
    first = site.admin.get(API, query_string="limit=1")
    assert "before=" in first.headers["link"]
    assert site.admin.delete(f"{API}/{failing.id}").status_code == 204
    assert site.unentitled().get(API).status_code == 403


def test_a_listener_is_paused_and_taken_up_again(admin: Browser, site: Site) -> None:
    """By a button each; the state says so, and the access log who did it."""
    made = listening(site, "tired.example")
    assert admin.post(PAGE, {"listener": made.id, "do": "pause"}).status_code == 303
    page = admin.get(f"{PAGE}?done=pause")
    assert "What is to be told waits in its order." in words_of(page.text)
    assert "Paused since" in words_of(page.text)
    assert site.admin.get(f"{API}/{made.id}").json["condition"] == "paused"
    assert admin.post(PAGE, {"listener": made.id, "do": "resume"}).status_code == 303
    assert site.admin.get(f"{API}/{made.id}").json["condition"] == "works"
    acts = site.rows("select action from access_log where subject = %s order by at", made.id)
    assert acts == [("pauseSubscription",), ("resumeSubscription",)]
    with site.services.database.app.connection() as connection:
        disable_subscription(connection, made.id, reason="gone")
    assert admin.post(PAGE, {"listener": made.id, "do": "pause"}).status_code == 409
