"""Shows that privileges of a TMF672 permission are rights that hold, and grow nobody's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import trunkline
from tests.access.hub_site import HubSite, listening, open_hub
from tests.support.program import Client, Site
from trunkline.access.function import actions_by_function
from trunkline.kernel.actor import Grant

PERMISSION = "/rolesAndPermissions/v4/permission"
INDIVIDUAL = "/tmf-api/party/v4/individual"
WHOLE = {"id": "installation", "@referredType": "Installation"}
READS = {"manageableAsset": WHOLE, "function": "TMF632", "action": "read"}
SHOWN = READS | {"reach": "all", "sees": ["internal", "public"], "@type": "Privilege"}
LATER = "2090-01-01T00:00:00.000Z"


@pytest.fixture(scope="module")
def hub(site: Site) -> Iterator[HubSite]:
    with listening() as listener:
        yield open_hub(site, listener)


@pytest.fixture
def admin(hub: HubSite) -> Client:
    return hub.site.admin


def principal(hub: HubSite, login: str) -> str:
    sql = "select principal::text from user_account where login = %s"
    return str(hub.site.rows(sql, login)[0][0])


def member(hub: HubSite, login: str, permissions: dict[str, Grant]) -> Client:
    """A user whose token opens whatever the user may do by and by, as a session does."""
    made = hub.member(login, permissions)
    return opened(hub, login, made)


def opened(hub: HubSite, login: str, client: Client) -> Client:
    hub.write("update token set scopes = '{*:*}' where principal = %s", principal(hub, login))
    return client


def give(by: Client, login: str, *privileges: dict[str, Any], **more: Any) -> Any:
    body = {"user": {"id": login}, "validFor": {}, "privilege": list(privileges)}
    return by.post(PERMISSION, body | more)


def test_a_privilege_is_given_read_changed_and_withdrawn(hub: HubSite, admin: Client) -> None:
    """Without a role for it, somebody reads parties by a privilege alone, until it is taken."""
    ada = member(hub, "ada", {"TMF620:read": Grant()})
    assert ada.get(INDIVIDUAL).status_code == 403
    made = give(admin, "ada", READS)
    assert made.status_code == 201, made.json
    assert made.json["privilege"] == [SHOWN]
    assert [one["userRole"]["id"] for one in made.json["assetUserRole"]] == ["ada"]
    assert ada.get(INDIVIDUAL).status_code == 200
    path = f"{PERMISSION}/{principal(hub, 'ada')}"
    found = admin.get(path)
    assert found.json["privilege"] == [SHOWN]
    same = admin.patch(path, {"privilege": found.json["privilege"]})
    assert (same.json, same.headers["ETag"]) == (found.json, found.headers["ETag"])
    assert give(admin, "ada", READS).status_code == 409
    ends = admin.patch(path, {"privilege": [SHOWN | {"validFor": {"endDateTime": LATER}}]})
    assert ends.json["privilege"][0]["validFor"] == {"endDateTime": LATER}
    assert "endDateTime" not in ends.json["validFor"]
    wider = SHOWN | {"sees": ["internal", "personal", "public"], "action": "create"}
    changed = admin.patch(path, {"privilege": [wider]})
    assert changed.json["privilege"] == [wider]
    assert ada.get(INDIVIDUAL).status_code == 403
    none = admin.patch(path, {"privilege": []})
    assert none.json["privilege"] == []
    assert [one["userRole"]["id"] for one in none.json["assetUserRole"]] == ["ada"]


def test_a_privilege_is_for_an_asset(hub: HubSite, admin: Client) -> None:
    """The user's party means own rows, the partner those of the partner; others are refused."""
    party = admin.post(INDIVIDUAL, {"givenName": "Ada", "familyName": "Lovelace"}).json["id"]
    admin.post(INDIVIDUAL, {"givenName": "Bob", "familyName": "Doe"})
    shop = {"tradingName": "Shop", "organizationType": "company"}
    partner = admin.post("/tmf-api/party/v4/organization", shop).json["id"]
    hub.site.role("visits", {"portal:visit": Grant("own")})
    user = hub.site.user("dora", roles=["visits"], party=party, partner=partner,
                         scopes=("portal:visit",))  # fmt: skip
    dora = opened(hub, "dora", user)
    own = {"manageableAsset": {"id": party}, "function": "TMF632", "action": "read"}
    dealing = {"manageableAsset": {"id": partner}, "function": "Individual", "action": "create"}
    made = give(admin, "dora", own, dealing)
    assert made.status_code == 201, made.json
    told = {one["function"]: (one["manageableAsset"]["id"], one["reach"])
            for one in made.json["privilege"]}  # fmt: skip
    assert told == {"TMF632": (party, "own"), "Individual": (partner, "partner")}
    assert [one["id"] for one in dora.get(INDIVIDUAL).json] == [party]
    narrow = give(admin, "dora", READS | {"reach": "own", "action": "update"})
    assert [one["reach"] for one in narrow.json["privilege"] if one["action"] == "update"] == [
        "own"
    ]
    for asset, reach, where in (
        ({"id": "line"}, None, "manageableAsset.id"),
        ({"id": principal(hub, "dora")}, None, "manageableAsset.id"),
        ({"id": party}, "all", "reach"),
    ):
        wrong = own | {"manageableAsset": asset} | ({"reach": reach} if reach else {})
        refused = give(admin, "dora", wrong)
        assert refused.status_code == 400
        assert [one["path"] for one in refused.json["fault"]] == [f"privilege[0].{where}"]


def test_what_a_privilege_cannot_be_is_refused_by_its_path(hub: HubSite, admin: Client) -> None:
    """An unknown function or action is named with what there is instead; so is all else."""
    hub.member("emil", {"TMF620:read": Grant()})
    for change, where, allowed in (
        ({"function": "TMF6322"}, "function", "Individual, "),
        ({"function": None}, "function", "send it"),
        ({"action": "raed"}, "action", "create, delete, read, subscribe, update"),
        ({"action": "*"}, "action", "create"),
        ({"function": "ordering", "action": "fly"}, "action", "simulate"),
        ({"manageableAsset": None}, "manageableAsset.id", "send it"),
        ({"reach": ["all"]}, "reach", "own"),
        ({"sees": "all"}, "sees", "personal"),
        ({"until": "noon"}, "until", "leave it out"),
        ({"validFor": {"endDateTime": "2020-01-01T00:00:00Z"}}, "validFor.endDateTime", "future"),
    ):
        refused = give(admin, "emil", READS | change)
        assert refused.status_code == 400, change
        (fault,) = refused.json["fault"]
        assert fault["path"] == f"privilege[0].{where}"
        assert allowed in fault["message"]
    twice = give(admin, "emil", READS, READS | {"reach": "own"})
    assert [one["code"] for one in twice.json["fault"]] == ["duplicate"]
    assert give(admin, "emil").json["fault"][0]["path"] == "assetUserRole"
    assert admin.get(f"{PERMISSION}/{principal(hub, 'emil')}").json["privilege"] == []


@pytest.mark.accepts("SEC-01")
def test_nobody_gives_a_privilege_beyond_their_own(hub: HubSite, admin: Client) -> None:
    """Neither things, reach, sight nor time; and what a privilege holds counts as one's own."""
    plain = Grant("all", frozenset({"public", "internal"}))
    names = ("access:read", "access:create", "access:update", "identity:administer")
    own = dict.fromkeys(names, plain) | {"TMF632:read": Grant("partner", plain.sees)}
    deputy = member(hub, "deputy", own)
    hub.member("clerk", {"access:read": Grant("own", plain.sees)})
    fits = READS | {"reach": "partner"}
    for wanted in (READS, fits | {"function": "TMF622"}, fits | {"sees": ["personal"]}):
        answer = give(deputy, "clerk", wanted)
        assert (answer.status_code, answer.json["code"]) == (403, "notHeld")
    assert give(deputy, "clerk", fits).status_code == 201
    assert give(admin, "deputy", READS, validFor={"endDateTime": LATER}).status_code == 201
    for_ever = give(deputy, "clerk", READS)
    assert (for_ever.status_code, for_ever.json["code"]) == (403, "notHeld")
    until = give(deputy, "clerk", READS, validFor={"endDateTime": LATER})
    assert until.json["privilege"][0]["reach"] == "all"
    assert give(admin, "clerk", READS | {"function": "TMF622"}).status_code == 201
    path = f"{PERMISSION}/{principal(hub, 'clerk')}"
    assert deputy.patch(path, {"privilege": []}).status_code == 403


def test_a_privilege_ends_by_itself(hub: HubSite, admin: Client) -> None:
    """Past its end it opens nothing, is not shown, and no session lasts on it."""
    fay = member(hub, "fay", {"TMF620:read": Grant()})
    made = give(admin, "fay", READS, validFor={"endDateTime": LATER})
    assert made.json["privilege"][0]["validFor"] == {"endDateTime": LATER}
    assert fay.get(INDIVIDUAL).status_code == 200
    hub.write("update principal_permission set ends_at = now() where principal = %s",
              principal(hub, "fay"))  # fmt: skip
    hub.write("update generation set number = number + 1")
    assert fay.get(INDIVIDUAL).status_code == 403
    assert admin.get(f"{PERMISSION}/{principal(hub, 'fay')}").json["privilege"] == []


def test_listeners_are_told_of_privileges(hub: HubSite, admin: Client) -> None:
    hub.member("gus", {"TMF620:read": Grant()})
    hub.subscribe(admin, "/rolesAndPermissions/v4")
    give(admin, "gus", READS)
    hub.deliver()
    assert hub.listener.names() == ["PermissionAttributeValueChangeEvent"]
    assert hub.listener.messages[0].resource["privilege"] == [SHOWN]
    hub.clear()


def test_every_permission_in_the_program_can_be_given(hub: HubSite) -> None:
    """A module's own verb that the list of functions lacks could be given to nobody."""
    text = re.compile(r'"([a-z]+):([a-z][A-Za-z]+)"')
    source = Path(trunkline.__file__).parent
    asked = {
        found
        for path in source.rglob("*.py")
        for found in text.findall(path.read_text(encoding="utf-8"))
    }
    with hub.site.services.database.app.connection() as connection:
        known = actions_by_function(hub.site.services.registry, connection)
    assert len(asked) > 5
    missing = {f"{thing}:{verb}" for thing, verb in asked if verb not in known.get(thing, ())}
    assert not missing, "name them in access/function.py"
