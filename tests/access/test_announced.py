"""Changes of user roles and permissions (TMF672) reach hubs and the feed as those of records do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.access.hub_site import HubSite, listening, open_hub
from tests.support.program import Client, Site
from trunkline.access.standard import PLAIN
from trunkline.kernel.actor import EVERY_CLASS, Grant

BASE = "/rolesAndPermissions/v4"
ROLE, PERMISSION, EVENT = f"{BASE}/userRole", f"{BASE}/permission", "/tmf-api/event/v4/event"
READS = {"function": "TMF632", "action": "read", "reach": "all", "sees": ["internal", "public"]}
WRITES = {**READS, "action": "update"}


@pytest.fixture(scope="module")
def hub(site: Site) -> Iterator[HubSite]:
    with listening() as listener:
        yield open_hub(site, listener)


@pytest.fixture
def admin(hub: HubSite) -> Client:
    hub.clear()
    return hub.site.admin


def principal(hub: HubSite, login: str) -> str:
    ((found,),) = hub.site.rows("select principal::text from user_account where login = %s", login)
    return str(found)


def test_a_role_is_announced_when_it_is_made_and_changed(hub: HubSite, admin: Client) -> None:
    """One event for each change, none for a repeat, with the role as it is read and its address."""
    hub.subscribe(admin, BASE, name="roles")
    hub.subscribe(admin, BASE, name="night", query="eventType=UserRoleCreateEvent&id=night_shift")
    role = {"involvementRole": "Night shift", "entitlement": [READS]}
    made = admin.post(ROLE, role).json
    admin.post(ROLE, {"involvementRole": "Day shift", "entitlement": [READS]})
    path = f"{ROLE}/{made['id']}"
    changed = admin.patch(path, {"entitlement": [WRITES]}).json
    assert admin.patch(path, {"entitlement": [WRITES]}).status_code == 200
    assert admin.patch(path, {"entitlement": []}).status_code == 400
    hub.deliver()
    names = ["UserRoleCreateEvent", "UserRoleCreateEvent", "UserRoleAttributeValueChangeEvent"]
    assert sorted(hub.listener.names("roles")) == sorted(names)
    assert hub.listener.names("night") == ["UserRoleCreateEvent"]
    of_night = [one for one in hub.listener.at("roles") if one.resource["id"] == made["id"]]
    assert [one.json["resourceVersion"] for one in of_night] == [1, 2]
    told = of_night[-1].resource
    assert told["href"].endswith(path)
    assert {name: told[name] for name in changed if name != "href"} == {
        name: value for name, value in changed.items() if name != "href"
    }


def test_a_permission_is_announced_as_it_is_given_and_withdrawn(
    hub: HubSite, admin: Client
) -> None:
    """The first role makes the permission, others change it; what was refused is not told."""
    admin.post(ROLE, {"involvementRole": "Desk", "entitlement": [READS]})
    hub.member("nora", {"TMF999:read": Grant()})
    user = principal(hub, "nora")
    hub.subscribe(admin, BASE, query="permission.user.id=" + user)
    roles = [{"manageableAsset": {"id": "installation"}, "userRole": {"id": "desk"}}]
    given = {"user": {"id": user}, "validFor": {}, "assetUserRole": roles}
    assert admin.post(PERMISSION, given).status_code == 201
    assert admin.post(PERMISSION, given).status_code == 409
    assert admin.patch(f"{PERMISSION}/{user}", {"assetUserRole": []}).status_code == 200
    assert admin.post(PERMISSION, given).status_code == 201
    hub.deliver()
    change = "PermissionAttributeValueChangeEvent"
    assert hub.listener.names() == [change, change, "PermissionCreateEvent"]
    held = [
        [role["userRole"]["id"] for role in one.resource["assetUserRole"]]
        for one in hub.listener.at("hook")
    ]
    assert held == [["desk", "nora"], [], ["desk"]]


def test_the_feed_tells_each_reader_what_it_may_see(hub: HubSite, admin: Client) -> None:
    """Who reads own permissions hears of one's own only; personal values are masked as ever."""
    body = {"givenName": "Ada", "familyName": "Lovelace"}
    party = admin.post("/tmf-api/party/v4/individual", body).json["id"]
    own = hub.member("ada", {"Permission:read": Grant("own", EVERY_CLASS)}, party=party)
    auditor = hub.member("audrey", {"TMF672:read": Grant("all", PLAIN)})
    admin.post(ROLE, {"involvementRole": "Office", "entitlement": [READS]})
    roles = [{"userRole": {"id": "office"}}]
    for login in ("ada", "audrey"):
        given = {"user": {"id": login}, "validFor": {}, "assetUserRole": roles}
        assert admin.post(PERMISSION, given).status_code == 201
    kinds = "resourceType=Permission,UserRole&limit=1000"
    seen = own.get(EVENT, query_string=kinds).json
    assert [one["event"]["permission"]["user"]["name"] for one in seen] == ["Ada"]
    heard = auditor.get(EVENT, query_string=kinds).json
    assert {next(iter(one["event"])) for one in heard} == {"permission", "userRole"}
    for one in heard:
        user = one["event"].get("permission", {}).get("user", {})
        assert "name" not in user
        assert "Audrey" not in str(one)
        assert "Ada" not in str(one)


def test_an_event_is_of_the_transaction_of_the_change(hub: HubSite, admin: Client) -> None:
    """What is rolled back is not told, and a listener that comes later is not missed."""
    count = "select count(*) from event where type in ('UserRole', 'Permission')"
    before = hub.site.rows(count)
    clerk = hub.member("clara", {"UserRole:create": Grant(), "identity:administer": Grant()})
    answer = clerk.post(ROLE, {"involvementRole": "Too much", "entitlement": [READS]})
    assert answer.status_code == 403
    assert hub.site.rows(count) == before
    admin.post(ROLE, {"involvementRole": "First", "entitlement": [READS]})
    hub.subscribe(admin, BASE, name="late")
    admin.post(ROLE, {"involvementRole": "Second", "entitlement": [READS]})
    hub.deliver()
    assert [one.resource["id"] for one in hub.listener.at("late")] == ["second"]
