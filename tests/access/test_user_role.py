"""Shows that user roles and permissions are those of identity, and grow nobody's rights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.access.hub_site import HubSite, listening, open_hub
from tests.support.program import Client, Site
from trunkline.kernel.actor import EVERY_CLASS, Grant

BASE = "/rolesAndPermissions/v4"
ROLE = f"{BASE}/userRole"
PERMISSION = f"{BASE}/permission"
PARTY = "/tmf-api/party/v4"
READS = {"function": "TMF632", "action": "read", "reach": "all", "sees": ["internal", "public"]}


@pytest.fixture(scope="module")
def hub(site: Site) -> Iterator[HubSite]:
    with listening() as listener:
        yield open_hub(site, listener)


@pytest.fixture
def admin(hub: HubSite) -> Client:
    return hub.site.admin


def define(admin: Client, title: str, *entitlements: dict[str, Any]) -> dict[str, Any]:
    answer = admin.post(ROLE, {"involvementRole": title, "entitlement": list(entitlements)})
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def principal(hub: HubSite, login: str) -> str:
    sql = "select principal::text from user_account where login = %s"
    return str(hub.site.rows(sql, login)[0][0])


@pytest.mark.accepts("SEC-01")
def test_a_user_role_is_a_role_that_works(hub: HubSite, admin: Client) -> None:
    """Defined and given by the API, a role opens what it entitles to; withdrawn, it closes."""
    made = define(admin, "Party reader", READS)
    assert made["id"] == "party_reader"
    assert made["entitlement"] == [READS]
    reader = hub.member("reader", {"TMF999:read": Grant()})
    reader.token = admin_token_for(hub, "reader", ["TMF632:read"], role=made["id"], admin=admin)
    assert reader.get(f"{PARTY}/individual").status_code == 200
    ident = principal(hub, "reader")
    found = admin.get(f"{PERMISSION}/{ident}")
    assert [one["userRole"]["id"] for one in found.json["assetUserRole"]] == [
        "party_reader", "reader",
    ]  # fmt: skip
    kept = {"assetUserRole": [{"userRole": {"id": "reader"}}]}
    changed = admin.patch(
        f"{PERMISSION}/{ident}", kept, headers={"If-Match": found.headers["ETag"]}
    )
    assert changed.status_code == 200, changed.json
    assert reader.get(f"{PARTY}/individual").status_code == 403
    stale = admin.patch(f"{PERMISSION}/{ident}", kept, headers={"If-Match": found.headers["ETag"]})
    assert stale.status_code == 412


def admin_token_for(
    hub: HubSite, login: str, scopes: list[str], *, role: str, admin: Client
) -> str:
    """Give a user a role by the API and return a token that may use it."""
    from datetime import timedelta

    from trunkline.identity.personal_tokens import create_personal_token
    from trunkline.kernel.actor import system

    given = admin.post(
        PERMISSION,
        {"user": {"id": login}, "validFor": {}, "assetUserRole": [{"userRole": {"id": role}}]},
    )
    assert given.status_code == 201, given.json
    assert given.headers["Location"].endswith(f"{PERMISSION}/{given.json['id']}")
    return create_personal_token(
        hub.site.services, by=system("tests"), owner=principal(hub, login), name="t",
        scopes=scopes, lasts=timedelta(days=1),
    ).token  # fmt: skip


@pytest.mark.accepts("SEC-01")
def test_nobody_hands_out_more_than_they_hold(hub: HubSite, admin: Client) -> None:
    """Neither a role nor a permission gives what its giver lacks, in things, reach or sight."""
    define(admin, "Everything", {"function": "*", "action": "*", "sees": sorted(EVERY_CLASS)})
    own = {
        "access:read": Grant("all", frozenset({"public", "internal"})),
        "access:create": Grant("all", frozenset({"public", "internal"})),
        "access:update": Grant("all", frozenset({"public", "internal"})),
        "identity:administer": Grant("all", frozenset({"public", "internal"})),
        "TMF632:read": Grant("partner", frozenset({"public", "internal"})),
    }
    deputy = hub.member("deputy", own)
    for wanted in (
        {**READS, "function": "TMF622"},
        {**READS, "reach": "all"},
        {**READS, "reach": "partner", "sees": ["personal"]},
    ):
        answer = deputy.post(ROLE, {"involvementRole": "Bigger", "entitlement": [wanted]})
        assert (answer.status_code, answer.json["code"]) == (403, "notHeld")
    fits = {**READS, "reach": "own"}
    assert deputy.post(ROLE, {"involvementRole": "Fits", "entitlement": [fits]}).status_code == 201
    grab = {"user": {"id": "deputy"}, "validFor": {},
            "assetUserRole": [{"userRole": {"id": "everything"}}]}  # fmt: skip
    assert deputy.post(PERMISSION, grab).status_code == 403
    assert deputy.patch(f"{ROLE}/fits", {"entitlement": [READS]}).status_code == 403
    assert admin.get(f"{ROLE}/bigger").status_code == 404
    assert admin.get(f"{ROLE}/fits").json["entitlement"] == [fits]


def test_user_roles_are_listed_changed_and_refused_by_the_rules(
    hub: HubSite, admin: Client
) -> None:
    """Filters, fields, pages, both kinds of patch, and a fault for whatever cannot be kept."""
    made = define(admin, "Line tester", READS, {"function": "TMF653", "action": "create"})
    assert made["entitlement"][1]["sees"] == ["internal", "public"]
    listed = admin.get(ROLE, query_string="involvementRole=Line%20tester&fields=involvementRole")
    assert [set(one) for one in listed.json] == [{"id", "href", "involvementRole"}]
    assert listed.headers["X-Total-Count"] == "1"
    assert len(admin.get(ROLE, query_string="id=administrator,line_tester").json) == 2
    page = admin.get(ROLE, query_string="limit=1&offset=1")
    assert (page.status_code, len(page.json)) == (206, 1)
    assert admin.get(ROLE, query_string="nosuch=1").status_code == 400
    path = f"{ROLE}/line_tester"
    operations = [{"op": "remove", "path": "/entitlement/1"}]
    answer = admin.patch(path, operations, headers={"Content-Type": "application/json-patch+json"})
    assert answer.json["entitlement"] == [READS]
    assert admin.patch(path, {"involvementRole": "Tester"}).json["involvementRole"] == "Tester"
    for body, where in (
        ({"entitlement": []}, "entitlement"),
        ({"entitlement": [{"function": "TMF632"}]}, "entitlement[0].action"),
        ({"entitlement": [{**READS, "until": "noon"}]}, "entitlement[0].until"),
        ({"entitlement": [{**READS, "reach": "far"}]}, "entitlement[0].reach"),
        ({"entitlement": [{"function": "TMF6322", "action": "read"}]}, "entitlement[0].function"),
        ({"entitlement": [{"function": "TMF632", "action": "raed"}]}, "entitlement[0].action"),
        ({"privilege": [READS]}, "privilege"),
        ({"vendorScore": 1}, "vendorScore"),
        ({"id": "other"}, "id"),
    ):
        refused = admin.patch(path, body)
        assert refused.status_code == 400, body
        assert refused.json["fault"][0]["path"] == where
    assert admin.post(ROLE, {"id": "line_tester", "entitlement": [READS]}).status_code == 409
    assert admin.delete(path).status_code == 405
    assert admin.get(f"{ROLE}/nosuch").status_code == 404


def test_permissions_refuse_what_identity_does_not_keep(hub: HubSite, admin: Client) -> None:
    """An end that is over, rights without a role, one asset of many, or a user who is not there."""
    hub.member("holder", {"TMF620:read": Grant()})
    good: dict[str, Any] = {
        "user": {"id": "holder"}, "validFor": {}, "assetUserRole": [{"userRole": {"id": "auditor"}}]
    }  # fmt: skip
    for change, where in (
        ({"validFor": {"endDateTime": "2020-01-01T00:00:00Z"}}, "validFor.endDateTime"),
        ({"validFor": {"endDateTime": "soon"}}, "validFor.endDateTime"),
        ({"validFor": {"startDateTime": "2099-01-01T00:00:00Z"}}, "validFor.startDateTime"),
        ({"validFor": None}, "validFor"),
        ({"assetUserRole": []}, "assetUserRole"),
        ({"assetUserRole": [{"userRole": {"id": "nosuch"}}]}, "role"),
        ({"assetUserRole": [{"userRole": {"id": "auditor"}, "manageableAsset": {"id": "line"}}]},
         "assetUserRole[0].manageableAsset.id"),
        ({"user": {}}, "user.id"),
        ({"description": "x"}, "description"),
    ):  # fmt: skip
        answer = admin.post(PERMISSION, good | change)
        assert answer.status_code == 400, change
        assert answer.json["fault"][0]["path"] == where
    assert admin.post(PERMISSION, good | {"user": {"id": "nobody"}}).status_code == 404
    assert admin.post(PERMISSION, good).status_code == 201
    assert admin.post(PERMISSION, good).status_code == 409


def test_a_permission_ends_by_itself(hub: HubSite, admin: Client) -> None:
    """Given until a time, a role is shown with its end, moved, lasts, and is gone afterwards."""
    hub.member("stand_in", {"TMF620:read": Grant()})
    until = {"startDateTime": "2020-01-01T00:00:00Z", "endDateTime": "2090-01-01T00:00:00.000Z"}
    given = {"user": {"id": "stand_in"}, "validFor": until,
             "assetUserRole": [{"userRole": {"id": "auditor"}}]}  # fmt: skip
    made = admin.post(PERMISSION, given)
    assert made.status_code == 201, made.json
    path = f"{PERMISSION}/{made.json['id']}"
    assert ends(made.json) == {"auditor": until["endDateTime"], "stand_in": None}
    assert "endDateTime" not in made.json["validFor"]
    kept = [one for one in made.json["assetUserRole"] if one["userRole"]["id"] == "auditor"]
    alone = admin.patch(path, {"assetUserRole": kept}).json
    assert alone["validFor"]["endDateTime"] == until["endDateTime"]
    later = {"endDateTime": "2095-01-01T00:00:00.000Z"}
    moved = admin.patch(path, {"validFor": later}).json
    assert moved["validFor"]["endDateTime"] == later["endDateTime"]
    assert ends(moved) == {"auditor": later["endDateTime"]}
    unchanged = admin.patch(path, {"validFor": later})
    assert unchanged.json == moved
    own = [{**kept[0], "validFor": {"endDateTime": "2080-01-01T00:00:00.000Z"}}]
    assert ends(admin.patch(path, {"assetUserRole": own}).json) == {
        "auditor": "2080-01-01T00:00:00.000Z"
    }
    with hub.site.services.database.app.connection() as connection:
        connection.execute(
            "update principal_role set ends_at = now() where principal = %s", [made.json["id"]]
        )
    assert ends(admin.get(path).json) == {}
    assert admin.post(PERMISSION, given).status_code == 201
    assert ends(admin.patch(path, {"validFor": {"endDateTime": None}}).json) == {"auditor": None}


def ends(found: dict[str, Any]) -> dict[str, str | None]:
    """Return the roles of a permission and when each ends."""
    return {
        one["userRole"]["id"]: one.get("validFor", {}).get("endDateTime")
        for one in found["assetUserRole"]
    }


def test_permissions_keep_to_the_readers_reach(hub: HubSite, admin: Client) -> None:
    """Who may see own permissions sees no other user's."""
    own = hub.member("own_reader", {"Permission:read": Grant("own")})
    listed = own.get(PERMISSION).json
    assert [one["id"] for one in listed] == [principal(hub, "own_reader")]
    assert own.get(f"{PERMISSION}/{principal(hub, 'admin')}").status_code == 404
    assert own.get(ROLE).status_code == 403
    assert own.post(PERMISSION, {}).status_code == 403
    named = admin.get(PERMISSION, query_string="user.name=Own_Reader")
    assert [one["user"]["name"] for one in named.json] == ["Own_Reader"]
