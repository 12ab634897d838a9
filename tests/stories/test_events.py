"""Stories of events: systems that subscribe, what they hear, and what they do not get to see."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg.errors import InsufficientPrivilege

from tests.access.hub_site import (
    CATALOG,
    INTERNAL,
    PARTY,
    PUBLIC_URL,
    HubSite,
    category,
    listening,
    open_hub,
    person,
)
from tests.support.program import Client, Site
from trunkline.hub.signature import verify
from trunkline.identity.roles import withdraw_role
from trunkline.kernel.actor import Grant, system

LOG = "/api/hub/v1/delivery"


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


@pytest.mark.accepts("API-06")
def test_a_listener_hears_of_a_change_and_can_trust_it(hub: HubSite, admin: Client) -> None:
    """Registered, a listener gets the whole record under its event's name, signed; unregistered
    it gets nothing more."""
    made = hub.subscribe(admin, PARTY)
    assert made["secret"].startswith("whsec_")
    ada = admin.post(
        f"{PARTY}/individual",
        {"givenName": "Ada", "familyName": "Lovelace", "vendorScore": 19.9},
        headers={"X-Request-Id": "request-of-ada"},
    ).json
    assert hub.deliver() == 1
    (message,) = hub.listener.messages
    assert message.path == "/hook/listener/individualCreateEvent"
    body = message.json
    assert body["eventType"] == "IndividualCreateEvent"
    assert body["correlationId"] == "request-of-ada"
    assert body["eventTime"] == body["timeOcurred"]
    assert body["resourceVersion"] == 1
    assert list(body["event"]) == ["individual"]
    assert message.resource["id"] == ada["id"]
    assert message.resource["href"] == f"{PUBLIC_URL}{PARTY}/individual/{ada['id']}"
    assert {**ada, "href": ""} == {**message.resource, "href": ""}
    now = int(message.headers["webhook-timestamp"])
    assert verify([made["secret"]], message.headers, message.body, now) == body["eventId"]
    assert admin.delete(f"{PARTY}/hub/{made['id']}").status_code == 204
    person(admin)
    assert hub.deliver() == 0


def test_the_secret_is_told_once_and_stored_sealed(hub: HubSite, admin: Client) -> None:
    """Neither a later answer nor the database shows a secret."""
    made = hub.subscribe(admin, PARTY)
    read = admin.get(f"{PARTY}/hub/{made['id']}").json
    assert read["callback"] == hub.listener.callback()
    assert "secret" not in read
    stored = hub.site.rows("select s::text from subscription s")[0][0]
    assert made["secret"].removeprefix("whsec_") not in stored
    raw = hub.site.rows("select secrets from subscription")[0][0]
    assert made["secret"].encode() not in bytes(raw)


def test_a_rotated_secret_signs_beside_the_former_one(hub: HubSite, admin: Client) -> None:
    """After a rotation both secrets verify; after the next one the oldest does not."""
    made = hub.subscribe(admin, PARTY)
    address = f"/api/hub/v1/subscription/{made['id']}/rotate-secret"
    second = admin.post(address).json["secret"]
    person(admin)
    hub.deliver()
    third = admin.post(address).json["secret"]
    person(admin)
    hub.deliver()
    first_message, next_message = hub.listener.messages
    now = int(first_message.headers["webhook-timestamp"])
    for secret in (made["secret"], second):
        verify([secret], first_message.headers, first_message.body, now)
    for secret in (second, third):
        verify([secret], next_message.headers, next_message.body, now)
    with pytest.raises(Exception, match="signatureMismatch"):
        verify([made["secret"]], next_message.headers, next_message.body, now)


@pytest.mark.accepts("API-06")
def test_a_query_picks_events_by_name_and_content(hub: HubSite, admin: Client) -> None:
    """A listener gets the events that fit its query; a query on nothing is refused by name."""
    hub.subscribe(admin, PARTY, name="created", query="eventType=IndividualCreateEvent")
    hub.subscribe(admin, PARTY, name="grace", query="event.individual.givenName=Grace,Joan")
    grace, ada = person(admin, "Grace"), person(admin, "Ada")
    for one in (grace, ada):
        admin.patch(f"{PARTY}/individual/{one['id']}", {"familyName": "Hopper"})
    hub.deliver()
    assert hub.listener.names("created") == ["IndividualCreateEvent"] * 2
    assert [one.resource["id"] for one in hub.listener.at("grace")] == [grace["id"]] * 2
    for query, path in (
        ("eventType=NoSuchEvent", "eventType"),
        ("individual.noSuchThing=1", "individual.noSuchThing"),
        ("limit=3", "limit"),
    ):
        sent = {"callback": hub.listener.callback(), "query": query}
        answer = admin.post(f"{PARTY}/hub", sent)
        assert answer.status_code == 400
        assert [one["path"] for one in answer.json["fault"]] == [path]


def test_a_callback_to_the_inside_is_refused(hub: HubSite, admin: Client) -> None:
    """What leads to private or loopback addresses, or without TLS, may not be registered."""
    for callback, code in (
        ("https://169.254.169.254/hook", "metadataAddress"),
        ("https://10.1.2.3/hook", "privateAddress"),
        ("http://listener.example/hook", "schemeNotAllowed"),
        ("https://listener.example/hook?to=x", "queryNotAllowed"),
    ):
        answer = admin.post(f"{PARTY}/hub", {"callback": callback})
        assert answer.status_code == 400
        assert answer.json["code"] == code


def test_a_subscription_belongs_to_who_made_it(hub: HubSite, admin: Client) -> None:
    """Others neither see nor end it; without the permission nobody subscribes."""
    made = hub.subscribe(admin, PARTY)
    other = hub.member("hearer", {"TMF632:subscribe": Grant(), "TMF632:read": Grant()})
    assert other.get(f"{PARTY}/hub").json == []
    for method in ("GET", "DELETE"):
        assert other.call(method, f"{PARTY}/hub/{made['id']}").status_code == 404
    assert len(admin.get(f"{PARTY}/hub").json) == 1
    assert other.post(f"/api/hub/v1/subscription/{made['id']}/rotate-secret").status_code == 404
    assert admin.get(f"{CATALOG}/hub/{made['id']}").status_code == 404
    answer = other.post(f"{CATALOG}/hub", {"callback": hub.listener.callback()})
    assert answer.status_code == 403
    assert "TMF620:subscribe" in answer.json["message"]


@pytest.mark.accepts("SEC-02")
def test_messages_hide_what_the_subscriber_may_not_see(hub: HubSite, admin: Client) -> None:
    """Personal values are neither sent nor filterable for who may not see them."""
    rights = {"TMF632:read": Grant("all", INTERNAL), "TMF632:subscribe": Grant("all")}
    blind = hub.member("blind", rights)
    refused = blind.post(
        f"{PARTY}/hub", {"callback": hub.listener.callback(), "query": "givenName=Ada"}
    )
    assert refused.status_code == 400
    assert refused.json["fault"][0]["code"] == "notFilterable"
    hub.subscribe(blind, PARTY)
    ada = person(admin)
    hub.deliver()
    (message,) = hub.listener.messages
    assert message.resource["id"] == ada["id"]
    assert b"Ada" not in message.body
    assert b"Lovelace" not in message.body


@pytest.mark.accepts("SEC-03")
def test_who_reaches_own_records_hears_of_own_only(hub: HubSite, admin: Client) -> None:
    """Events of others' records are not sent, and leave no trace in the subscriber's log."""
    ada = person(admin)
    rights = {"TMF632:read": Grant("own"), "TMF632:subscribe": Grant("own")}
    own = hub.member("own_party", rights, party=ada["id"])
    hub.subscribe(own, PARTY)
    person(admin, "Grace")
    admin.patch(f"{PARTY}/individual/{ada['id']}", {"title": "Countess"})
    hub.deliver()
    assert [one.resource["id"] for one in hub.listener.messages] == [ada["id"]]
    assert [one["subject"] for one in own.get(LOG).json] == [ada["id"]]


def test_a_change_by_somebody_watched_by_row_security_is_told(hub: HubSite, admin: Client) -> None:
    """Whoever writes as the restricted database role finds the subscriptions and no secret."""
    ada = person(admin)
    rights = {"TMF632:read": Grant("own"), "TMF632:update": Grant("own")}
    own = hub.member("self_writer", rights, party=ada["id"])
    hub.subscribe(admin, PARTY)
    answer = own.patch(f"{PARTY}/individual/{ada['id']}", {"title": "Countess"})
    assert answer.status_code == 200, answer.json
    hub.deliver()
    assert [one.resource["title"] for one in hub.listener.messages] == ["Countess"]
    scoped = hub.site.services.database.scoped
    for column in ("callback", "secrets", "principal"):
        with scoped.connection() as connection, pytest.raises(InsufficientPrivilege):
            connection.execute(f"select {column} from subscription")
    with scoped.connection() as connection, pytest.raises(InsufficientPrivilege):
        connection.execute("select * from delivery")


def test_rights_that_are_gone_stop_what_already_waits(hub: HubSite, admin: Client) -> None:
    """A role withdrawn between change and delivery: the message is skipped, and the log says so."""
    leaver = hub.member("leaver", {"TMF632:read": Grant(), "TMF632:subscribe": Grant()})
    hub.subscribe(leaver, PARTY)
    person(admin)
    (principal,) = hub.site.rows("select id::text from principal where name = 'Leaver'")[0]
    services = hub.site.services
    withdraw_role(services, by=system("tests"), principal=principal, role="leaver")
    assert hub.deliver() == 0
    assert hub.listener.messages == []
    (line,) = admin.get(LOG).json
    assert (line["state"], line["error"]) == ("skipped", "notAllowed")


def test_a_subscription_goes_no_further_than_the_token_that_made_it(
    hub: HubSite, admin: Client
) -> None:
    """A user who may read two interfaces subscribes with a token for one: only that is told."""
    rights = {"TMF632:read": Grant(), "TMF620:read": Grant(), "events:subscribe": Grant()}
    scopes = ["TMF620:read", "events:subscribe"]
    topic = admin.post("/tmf-api/event/v4/topic", {"name": "all"}).json["id"]
    path = f"/tmf-api/event/v4/topic/{topic}/hub"
    rights["Topic:read"] = Grant()
    narrow = hub.member("narrow", rights, scopes=[*scopes, "Topic:read"])
    assert narrow.post(path, {"callback": hub.listener.callback()}).status_code == 201
    person(admin)
    fibre = category(admin)
    hub.deliver()
    assert [one.resource["id"] for one in hub.listener.messages] == [fibre["id"]]


def test_an_erased_owner_is_not_told_of(hub: HubSite, admin: Client) -> None:
    """With the key of a person gone, the waiting message about the person is not sent."""
    hub.subscribe(admin, PARTY)
    ada = person(admin)
    hub.write("delete from owner_key where owner = %s", ada["id"])
    hub.site.services.keyring.forget()
    assert hub.deliver() == 0
    assert admin.get(LOG).json[0]["error"] == "erased"


def test_failed_messages_are_tried_again_in_order(hub: HubSite, admin: Client) -> None:
    """A later change of a record waits for the earlier one; other records do not."""
    hub.subscribe(admin, CATALOG)
    fibre = category(admin, "Fibre")
    admin.patch(f"{CATALOG}/category/{fibre['id']}", {"description": "to the home"})
    copper = category(admin, "Copper")
    hub.listener.answer = lambda message: 204 if "Copper" in message.body.decode() else 500
    hub.deliver()
    assert [one.resource["id"] for one in hub.listener.messages] == [copper["id"]]
    hub.listener.answer = lambda message: 204
    assert hub.deliver() == 0, "it is not due yet"
    hub.hurry()
    hub.deliver()
    told = [one for one in hub.listener.messages if one.resource["id"] == fibre["id"]]
    assert [one.json["resourceVersion"] for one in told] == [1, 2]
    lines = admin.get(LOG, query_string=f"subject={fibre['id']}").json
    assert [(one["state"], one["attempt"]) for one in lines] == [
        ("delivered", 1), ("delivered", 2), ("waiting", 1),
    ]  # fmt: skip
    assert lines[2]["status"] == 500


@pytest.mark.accepts("API-06")
def test_a_message_that_never_goes_is_set_aside_and_can_be_sent_again(
    hub: HubSite, admin: Client
) -> None:
    """After the last try the line moves on; one call sends the message once more."""
    hub.subscribe(admin, CATALOG)
    fibre = category(admin)
    admin.patch(f"{CATALOG}/category/{fibre['id']}", {"description": "to the home"})
    hub.listener.answer = lambda message: 500 if message.json["resourceVersion"] == 1 else 204
    hub.write("update work set attempt = 9 where lane = 'delivery' and id = "
              "(select min(id) from work where lane = 'delivery')")  # fmt: skip
    hub.deliver()
    assert [one.json["resourceVersion"] for one in hub.listener.messages] == [2]
    dead = admin.get(LOG, query_string="state=dead").json[0]
    assert dead["attempt"] == 10
    assert hub.site.rows("select count(*) from work where parked_at is not null")[0][0] == 1
    hub.listener.answer = lambda message: 204
    again = admin.post(f"{LOG}/{dead['id']}/redeliver")
    assert (again.status_code, again.json["redelivery"]) == (202, "queued")
    assert admin.post(f"{LOG}/{dead['id']}/redeliver").json["redelivery"] == "waiting"
    hub.deliver()
    assert [one.json["resourceVersion"] for one in hub.listener.messages] == [2, 1]
    assert hub.listener.messages[1].headers["webhook-id"] == dead["eventId"]
    assert hub.site.rows("select count(*) from work where lane = 'delivery'") == [(0,)]


def test_a_listener_that_says_gone_is_switched_off(hub: HubSite, admin: Client) -> None:
    """410 ends it at once; so do five days of nothing but failures."""
    made = hub.subscribe(admin, CATALOG)
    hub.listener.answer = lambda message: 410
    category(admin)
    category(admin)
    hub.deliver()
    shown = admin.get(f"{CATALOG}/hub/{made['id']}").json
    assert (shown["active"], shown["disabledReason"]) == (False, "gone")
    category(admin)
    assert hub.site.rows("select count(*) from work where lane = 'delivery'") == [(0,)]
    failing = hub.subscribe(admin, CATALOG, name="failing")
    hub.listener.answer = lambda message: 500
    category(admin)
    hub.deliver()
    address = f"{CATALOG}/hub/{failing['id']}"
    assert admin.get(address).json["active"]
    hub.write("update subscription set failing_since = failing_since - interval '5 days'")
    hub.hurry()
    hub.deliver()
    assert admin.get(address).json["disabledReason"] == "onlyFailures"


def test_the_log_is_for_its_owner(hub: HubSite, admin: Client) -> None:
    """Everybody reads the log of own subscriptions, an administrator all; filters narrow it."""
    hub.subscribe(admin, CATALOG)
    category(admin)
    hub.deliver()
    other = hub.member("reader", {"TMF620:read": Grant()})
    assert other.get(LOG).json == []
    assert len(admin.get(LOG).json) == 1
    (line,) = admin.get(LOG, query_string="outcome=delivered&limit=1").json
    assert admin.get(LOG, query_string=f"before={line['id']}").json == []
    assert admin.get(LOG, query_string="nosuch=1").status_code == 400
    assert other.post(f"{LOG}/{line['id']}/redeliver").status_code == 404
