"""Requests that make no declared record are sent again: what they ask for happens once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.access.hub_site import PARTY, HubSite, listening, open_hub
from tests.support.program import Client, Site
from trunkline.identity.roles import withdraw_role
from trunkline.kernel.actor import Grant, system

ROLE = "/rolesAndPermissions/v4/userRole"
PERMISSION = "/rolesAndPermissions/v4/permission"
READS = {"function": "TMF632", "action": "read", "reach": "all", "sees": ["internal", "public"]}
TWINS = 6


@pytest.fixture(scope="module")
def hub(site: Site) -> Iterator[HubSite]:
    with listening() as listener:
        yield open_hub(site, listener)


@pytest.fixture
def admin(hub: HubSite) -> Client:
    return hub.site.admin


def send(client: Client, path: str, body: Any, key: str) -> Any:
    return client.post(path, body, headers={"Idempotency-Key": key})


def same(first: Any, again: Any) -> None:
    """Check that a repeat was given the first answer, and that it was no refusal."""
    assert first.status_code < 300, first.json
    assert (again.status_code, again.text) == (first.status_code, first.text)
    for name in ("Location", "ETag", "Content-Type"):
        assert again.headers.get(name) == first.headers.get(name)


def test_a_listener_is_registered_once(hub: HubSite, admin: Client) -> None:
    """Twins at the same moment and a later repeat get one subscription and one secret, which is
    kept sealed; the key is refused for another callback and for another address."""
    body = {"callback": hub.listener.callback("once")}
    admin.get(f"{PARTY}/hub")
    ready = threading.Barrier(TWINS)

    def register(_: int) -> Any:
        ready.wait()
        return send(admin, f"{PARTY}/hub", body, "listener")

    with ThreadPoolExecutor(TWINS) as pool:
        answers = list(pool.map(register, range(TWINS)))
    for one in answers:
        same(answers[0], one)
    again = send(admin, f"{PARTY}/hub", body, "listener")
    same(answers[0], again)
    assert again.headers["Location"].endswith(again.json["id"])
    assert hub.site.rows("select count(*) from subscription") == [(1,)]
    ((kept,),) = hub.site.rows("select answer from idempotency where key = 'listener'")
    assert again.json["secret"].encode() not in bytes(kept)
    for path, other in (
        (f"{PARTY}/hub", {"callback": hub.listener.callback("other")}),
        ("/tmf-api/productCatalogManagement/v4/hub", body),
        (f"{PARTY}/individual", body),
    ):
        refused = send(admin, path, other, "listener")
        assert (refused.status_code, refused.json["code"]) == (409, "idempotencyKeyReused")
    assert hub.site.rows("select count(*) from subscription") == [(1,)]


def test_a_secret_is_rotated_once(hub: HubSite, admin: Client) -> None:
    """The repeat is told the new secret again; without a key there is another one each time."""
    made = hub.subscribe(admin, PARTY)
    address = f"/api/hub/v1/subscription/{made['id']}/rotate-secret"
    first = send(admin, address, None, "rotate")
    same(first, send(admin, address, None, "rotate"))
    assert first.json["secret"] != made["secret"]
    assert admin.post(address).json["secret"] != admin.post(address).json["secret"]


def test_a_role_is_defined_and_given_once(hub: HubSite, admin: Client) -> None:
    """The repeat of a new role is no conflict, and a role withdrawn meanwhile is not given back."""
    role = {"involvementRole": "Night shift", "entitlement": [READS]}
    first = send(admin, ROLE, role, "role")
    same(first, send(admin, ROLE, role, "role"))
    assert admin.post(ROLE, role).status_code == 409
    hub.member("nora", {"TMF999:read": Grant()})
    ((user,),) = hub.site.rows("select principal::text from user_account where login = %s", "nora")
    roles = [{"userRole": {"id": first.json["id"]}}]
    given = {"user": {"id": user}, "validFor": {}, "assetUserRole": roles}
    granted = send(admin, PERMISSION, given, "give")
    withdraw_role(hub.site.services, by=system("tests"), principal=user, role=first.json["id"])
    same(granted, send(admin, PERMISSION, given, "give"))
    assert admin.get(f"{PERMISSION}/{user}").json != granted.json


def test_a_key_opens_no_door(hub: HubSite, admin: Client) -> None:
    """Who may not do it any more is not told what came of it; a refused try leaves the key free;
    another asker's key is another key."""
    grants = {"UserRole:create": Grant(), "identity:administer": Grant()}
    clerk = hub.member("clara", {**grants, "TMF632:read": Grant()})
    role = {"involvementRole": "Day shift", "entitlement": [READS]}
    assert send(clerk, ROLE, {"involvementRole": 7}, "day").status_code == 400
    same(send(clerk, ROLE, role, "day"), send(clerk, ROLE, role, "day"))
    assert send(admin, ROLE, role, "day").status_code == 409
    hub.site.role("clara", {"UserRole:read": Grant()})
    assert send(clerk, ROLE, role, "day").status_code == 403
