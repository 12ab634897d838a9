"""A listener is paused for the night of its upgrade: what happens meanwhile waits for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.access.hub_site import CATALOG, HubSite, category, listening, open_hub
from tests.support.program import Site
from trunkline.kernel.actor import Grant

API = "/api/hub/v1/subscription"


@pytest.fixture
def hub(site: Site) -> Iterator[HubSite]:
    with listening() as listener:
        opened = open_hub(site, listener)
        opened.clear()
        yield opened


def test_what_happens_while_a_listener_is_paused_is_told_afterwards_in_order(hub: HubSite) -> None:
    """Nothing is sent, nothing is lost, and each record's changes arrive as they were made."""
    admin = hub.site.admin
    hub.subscribe(admin, CATALOG, name="other")
    made = hub.subscribe(admin, CATALOG)
    paused = admin.post(f"{API}/{made['id']}/pause")
    assert (paused.status_code, paused.json["condition"]) == (200, "paused")
    assert admin.post(f"{API}/{made['id']}/pause").json["pausedAt"] == paused.json["pausedAt"]
    fibre = category(admin)
    admin.patch(f"{CATALOG}/category/{fibre['id']}", {"description": "to the home"})
    admin.patch(f"{CATALOG}/category/{fibre['id']}", {"description": "to the curb"})
    hub.deliver()
    assert hub.listener.at() == []
    assert len(hub.listener.at("other")) == 3, "the others are told as ever"
    assert admin.get(f"{API}/{made['id']}").json["waiting"] == 3
    hub.dispatcher().deliver_due()  # another process keeps to it too
    assert hub.listener.at() == []

    resumed = admin.post(f"{API}/{made['id']}/resume").json
    assert resumed["condition"] == "works"
    assert "pausedAt" not in resumed
    hub.deliver()
    assert [one.json["resourceVersion"] for one in hub.listener.at()] == [1, 2, 3]
    assert admin.get(f"{API}/{made['id']}").json["waiting"] == 0


def test_the_time_of_a_pause_is_no_time_of_failures(hub: HubSite) -> None:
    """A listener that failed before it was paused is not switched off by its first try after."""
    admin = hub.site.admin
    made = hub.subscribe(admin, CATALOG)
    hub.listener.answer = lambda message: 500
    category(admin)
    hub.deliver()
    admin.post(f"{API}/{made['id']}/pause")
    hub.write("update subscription set failing_since = failing_since - interval '6 days'")
    admin.post(f"{API}/{made['id']}/resume")
    hub.hurry()
    hub.deliver()
    assert admin.get(f"{API}/{made['id']}").json["active"]


def test_a_listener_is_paused_by_its_owner_or_an_administrator_only(hub: HubSite) -> None:
    admin = hub.site.admin
    made = hub.subscribe(admin, CATALOG)
    other = hub.member("other", {"events:subscribe": Grant("all")})
    assert other.post(f"{API}/{made['id']}/pause").status_code == 404
    nobody = hub.member("nobody", {"TMF620:read": Grant("all")})
    assert nobody.post(f"{API}/{made['id']}/pause").status_code == 403
