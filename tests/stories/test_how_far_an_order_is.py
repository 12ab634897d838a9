"""How far is my order? Agent, customer, program and subscriber are told the same, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.access.hub_site import HubSite, listening, open_hub
from tests.ordering.scripted import Shop, pending
from tests.support.pages import browser_of
from tests.support.program import Site
from tests.web.browser import Browser, words_of
from trunkline.access.standard import ROLES, ensure_roles
from trunkline.kernel.work import as_system
from trunkline.ordering import activation
from trunkline.ordering.command import Answer

ORDERING = "/tmf-api/productOrderingManagement/v4"
ORDER = f"{ORDERING}/productOrder"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
SELF_SERVICE = tuple(sorted(ROLES["self_service"].permissions))


@pytest.fixture(scope="module")
def hub(site: Site) -> Iterator[HubSite]:
    with listening() as listener:
        yield open_hub(site, listener)


@pytest.fixture
def shop(hub: HubSite) -> Shop:
    ensure_roles(hub.site.services)
    return Shop.open(hub.site)


def customer_login(shop: Shop, login: str) -> str:
    """Let the shop's customer sign in to the portal."""
    party = shop.site.admin.get(f"{CUSTOMER}/{shop.customer}").json["engagedParty"]["id"]
    shop.site.user(login, roles=["self_service"], party=party, scopes=SELF_SERVICE)
    return login


def in_words(state: str) -> str:
    """Return a state as pages write it."""
    return {"inProgress": "In progress", "pendingCancellation": "Pending cancellation"}.get(
        state, state.capitalize()
    )


AT_HOME = {"acknowledged": "Accepted", "inProgress": "On its way", "completed": "Done",
           "cancelled": "Called off"}  # fmt: skip
"""How the portal says a state."""


def head(browser: Browser, key: str) -> str:
    """Return what the page of an order says before its items."""
    answer = browser.get(f"/order/{key}")
    assert answer.status_code == 200
    return words_of(answer.text).partition(" Items ")[0]


@pytest.mark.accepts("ORD-11")
def test_all_four_are_told_the_same(hub: HubSite, shop: Shop) -> None:
    """Sent in, in progress, completed; and another one called off: at each step the page of the
    agent, the portal of the customer, the interface and the last event say the same state."""
    hub.clear()
    site = hub.site
    hub.subscribe(site.admin, ORDERING, query="eventType=ProductOrderCreateEvent,"
                  "ProductOrderStateChangeEvent")  # fmt: skip
    login = customer_login(shop, "ada-follows")
    customer = site.user(login, roles=["self_service"], scopes=SELF_SERVICE)
    _ = site.admin
    agent, portal = browser_of(site, "admin"), browser_of(site, login)

    def told(order: dict[str, Any], state: str) -> None:
        hub.deliver()
        for client in (site.admin, customer):
            assert client.get(f"{ORDER}/{order['id']}").json["state"] == state
        assert f"{order['key']} {in_words(state)} Product order" in head(agent, order["key"])
        page = words_of(portal.get(f"/my/orders/{order['key']}").text)
        assert f"Order {order['key']} {AT_HOME[state]}" in page
        assert f"{AT_HOME[state]} Order {order['key']}" in words_of(portal.get("/my").text)
        events = [one for one in hub.listener.messages if one.resource["id"] == order["id"]]
        assert events[-1].resource["state"] == state

    shop.network.script = {"Voice Line": [pending, pending]}
    first = shop.read(shop.order(shop.voice()))
    told(first, "acknowledged")
    site.work()
    told(first, "inProgress")
    (key,) = [one.key for one in shop.network.received if one.name == "Voice Line"]
    with as_system(site.services, "network") as work:
        activation.take_answer(work, key, Answer("done"))
    site.work()
    told(first, "completed")
    second = shop.read(shop.order(shop.voice()))
    cancel = {"productOrder": {"id": second["id"]}, "cancellationReason": "moved away"}
    assert customer.post(f"{ORDERING}/cancelProductOrder", cancel).status_code == 201
    site.work()
    told(second, "cancelled")


@pytest.mark.accepts("BIC-02")
def test_what_is_being_done_and_what_is_told_are_two_things(shop: Shop) -> None:
    """An order and each of its items say by one word what the operator does with them and by
    another one, of the published list, what the customer hears; the second follows from the first
    and neither the first nor the steps behind it can be set from outside. A step that failed
    leaves the customer's word as it was."""
    site = shop.site

    def words(order: str) -> tuple[tuple[str, str], tuple[str, str]]:
        now = shop.read(order)
        (item,) = now["productOrderItem"]
        return (now["internalState"], now["state"]), (item["internalState"], item["state"])

    draft = shop.order(shop.voice(), state="pending")
    assert words(draft) == (("draft", "pending"), ("draft", "pending"))
    later = shop.order(shop.voice(), requestedStartDate="2099-01-01T00:00:00Z")
    site.work()
    assert words(later) == (("inProgress", "inProgress"), ("scheduled", "acknowledged"))
    called_off = site.admin.post(f"{ORDERING}/cancelProductOrder", {"productOrder": {"id": later}})
    assert called_off.status_code == 201
    site.work()
    assert words(later) == (("canceled", "cancelled"), ("canceled", "cancelled"))
    changed = site.admin.patch(f"{ORDER}/{draft}", {"internalState": "completed"})
    assert changed.status_code == 400, changed.json
    found = site.admin.get(ORDER, query_string="internalState=draft&state=pending").json
    assert draft in {one["id"] for one in found}

    shop.network.script = {"Voice Line": [refused_by_the_network]}
    stuck = shop.order(shop.voice())
    site.work()
    plan = site.admin.get(f"/api/ordering/v1/productOrder/{stuck}/plan").json["item"]
    assert "fallout" in {one["state"] for one in plan}
    assert words(stuck) == (("inProgress", "inProgress"), ("inProgress", "inProgress"))


def refused_by_the_network(*_: Any) -> Answer:
    return Answer("failed", code="noFreePort", message="frame 7 is full")
