"""Sending events once more from the page of deliveries: asked first, by who may, one or many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.program import Site
from tests.support.samples import create
from tests.web.browser import Browser, source_of, words_of
from tests.web.test_forms_in_a_browser import signed_in
from trunkline.hub.delivery_log import Attempt, read_log, write_attempts
from trunkline.hub.subscription import NewSubscription, add_subscription, disable_subscription
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.kernel.resource import registry

SignedIn = Callable[..., Browser]
QUEUED = (
    "select payload->>'event' from work where lane = 'delivery' and parked_at is null "
    "and kind = 'deliver:' || %s order by id"
)


@dataclass
class Log:
    """A listener with two dead messages, of which the first was tried twice."""

    site: Site
    listener: str
    events: list[str]
    lines: list[str]

    def queued(self) -> list[str]:
        return [event for (event,) in self.site.rows(QUEUED, self.listener)]


@pytest.fixture
def dead(admin: Browser, site: Site) -> Log:
    """What was sent to no avail; the log has nothing else in it."""
    person = create(registry["Individual"], site.admin)
    ((principal,),) = site.rows("select principal::text from user_account where login = 'admin'")
    services = site.services
    with services.database.app.connection() as connection:
        connection.execute("delete from delivery")
        connection.execute("delete from work where lane = 'delivery'")
        new = NewSubscription(
            principal, None, "TMF632", None, "https://listener.example/hook?secret=1", "", ""
        )
        made, _ = add_subscription(services, connection, new)
        events = [services.chance.uuid() for _ in range(2)]
        for event, attempt in ((events[0], 1), (events[0], 2), (events[1], 1)):
            one = Attempt(made.id, event, person["id"], attempt, "failed", "dead",
                          event_type="IndividualCreateEvent")  # fmt: skip
            write_attempts(services, connection, [one])
        lines = read_log(services, connection, principal=None, wanted={}, before=None, limit=10)
    return Log(site, made.id, events, [one.id for one in reversed(lines)])


def test_one_delivery_is_sent_again_after_a_question(admin: Browser, dead: Log) -> None:
    """The button of a line asks; only the answer puts the message in line, and once only."""
    html = source_of(admin.get("/deliveries"))
    assert f'name="only" value="{dead.lines[2]}"' in html
    asked = admin.post("/deliveries", {"only": dead.lines[2], "chosen": dead.lines[0]})
    assert asked.status_code == 200
    told = words_of(asked.text)
    assert "1 message goes out once more. 1 listener" in told
    assert "listener.example" in told
    assert "secret" not in asked.text
    assert dead.queued() == []
    sure = {"sure": "yes", "chosen": dead.lines[2]}
    done = admin.post("/deliveries", sure)
    assert done.headers["location"] == "/deliveries?done=again-1-0"
    assert dead.queued() == [dead.events[1]]
    assert "1 to be delivered again." in words_of(admin.get("/deliveries?done=again-1-0").text)
    assert admin.post("/deliveries", sure).headers["location"] == "/deliveries?done=again-0-1"
    assert dead.queued() == [dead.events[1]]
    again = words_of(admin.get("/deliveries?done=again-0-1").text)
    assert "1 about to be sent anyway" in again
    assert "to be delivered" not in words_of(admin.get("/deliveries?done=again-x").text)


def test_a_chosen_set_is_sent_again(admin: Browser, dead: Log) -> None:
    """Several attempts at one message are one message; what is no line is left out."""
    chosen = [*dead.lines, "x", "01a20084-9989-725a-aa52-0e42072f7ed6"]
    asked = admin.post("/deliveries", {"chosen": chosen})
    assert "2 messages go out once more. 1 listener" in words_of(asked.text)
    assert source_of(asked).count('name="chosen"') == 2
    done = admin.post("/deliveries", {"chosen": chosen, "sure": "yes"})
    assert done.headers["location"] == "/deliveries?done=again-2-0"
    assert sorted(dead.queued()) == sorted(dead.events)


def test_what_cannot_be_sent_again_says_why(admin: Browser, dead: Log) -> None:
    """Nothing chosen, a listener that is switched off, one that is gone."""
    none = admin.post("/deliveries", {"sure": "yes"})
    assert none.status_code == 409
    assert "Choose at least one delivery first." in words_of(none.text)
    sure = {"chosen": dead.lines[0], "sure": "yes"}
    with dead.site.services.database.app.connection() as connection:
        disable_subscription(connection, dead.listener, reason="gone")
    off = admin.post("/deliveries", sure)
    assert off.status_code == 409
    assert "the subscription is switched off" in words_of(off.text)
    with dead.site.services.database.app.connection() as connection:
        connection.execute("delete from subscription where id = %s", [dead.listener])
    assert "nobody listens there" in words_of(admin.post("/deliveries", sure).text)
    assert dead.queued() == []


def test_only_who_administers_the_hub_sends_again(
    admin: Browser, signed_in: SignedIn, dead: Log
) -> None:
    """Reading the log is not enough, nor is a narrow right, nor a form from elsewhere."""
    watches = {"operations:read": Grant("all", EVERY_CLASS)}
    narrow = watches | {"hub:administer": Grant("partner", EVERY_CLASS)}
    sure = {"chosen": dead.lines, "sure": "yes"}
    for login, permissions in (("watcher", watches), ("dealer", narrow)):
        browser = signed_in(login, permissions)
        html = source_of(browser.get("/deliveries"))
        assert "IndividualCreateEvent" in html, words_of(html)[-600:]
        assert 'name="chosen"' not in html
        assert 'name="only"' not in html
        assert browser.post("/deliveries", sure).status_code == 403
    assert admin.post("/deliveries", sure | {"csrf": "wrong"}).status_code == 403
    foreign = admin.post("/deliveries", sure, Origin="https://elsewhere.example")
    assert foreign.status_code == 403
    assert dead.queued() == []


def test_a_wide_table_moves_within_the_page(dead: Log, origin: str, chromium: Any) -> None:
    """On a tablet the columns that do not fit are moved to; the page itself stays as it is."""
    page = chromium.new_page(viewport={"width": 768, "height": 900})
    signed_in(page, origin)
    page.goto(f"{origin}/deliveries")
    page.wait_for_selector(".scroll table")
    assert page.locator(".scroll").first.evaluate("one => one.scrollWidth > one.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()
