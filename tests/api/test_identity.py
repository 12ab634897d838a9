"""Users, clients and tokens by the interface: what the pages of the administration do."""

from __future__ import annotations

from tests.support.program import Site
from trunkline.kernel.actor import Grant

BASE = "/api/identity/v1"


def test_a_user_is_added_locked_and_gets_a_token(site: Site) -> None:
    """The password and the token are told once; a locked user's token is good for nothing."""
    sent = {"login": "uma", "name": "Uma", "role": ["auditor"]}
    made = site.admin.post(f"{BASE}/user", sent)
    assert made.status_code == 201, made.text
    one = f"{BASE}/user/{made.json['id']}"
    assert len(made.json["password"]) >= 12
    assert "password" not in site.admin.get(one).json
    assert site.admin.post(f"{BASE}/user", sent).status_code == 409
    found = site.admin.get(f"{BASE}/user", query_string="q=um&role=auditor").json
    assert [each["login"] for each in found] == ["uma"]

    token = site.admin.post(f"{one}/token", {"name": "night", "scope": ["*:read"]})
    assert token.status_code == 201, token.text
    bearer = {"Authorization": f"Bearer {token.json['token']}"}
    address = "/tmf-api/customerManagement/v4/customer"
    assert site.app.simulate_get(address, headers=bearer).status_code == 200
    assert [each["name"] for each in site.admin.get(f"{one}/token").json] == ["night"]
    assert site.admin.get(f"{one}/session").json == []
    assert site.admin.delete(f"{one}/session").status_code == 204
    assert site.admin.post(f"{one}/password", {}).json["password"]
    assert site.admin.patch(one, {"active": False}).json["active"] is False
    assert site.app.simulate_get(address, headers=bearer).status_code == 401
    assert site.admin.delete(f"{BASE}/token/{token.json['id']}").status_code == 204


def test_a_client_rotates_its_secret(site: Site) -> None:
    """There are two secrets at most, and one after the former is dropped."""
    made = site.admin.post(f"{BASE}/client", {"clientId": "shop-2", "role": ["auditor"]})
    assert made.status_code == 201, made.text
    one = f"{BASE}/client/{made.json['id']}"
    second = site.admin.post(f"{one}/secret")
    assert second.json["secret"] not in {None, made.json["secret"]}
    assert second.json["secrets"] == 2
    assert site.admin.post(f"{one}/secret").status_code == 409
    assert site.admin.delete(f"{one}/secret").status_code == 204
    assert site.admin.get(one).json["secrets"] == 1
    assert site.admin.get(f"{BASE}/user/{made.json['id']}").status_code == 404


def test_only_who_administers_gets_in_and_gives_no_more_than_held(site: Site) -> None:
    """Reading everything is not administering; an administrator without a right gives it not."""
    site.role("onlooker", {"*:read": Grant()})
    onlooker = site.user("onlooker", roles=["onlooker"], scopes=("*:read",))
    assert onlooker.get(f"{BASE}/user").status_code == 403
    site.role("housekeeper", {"identity:administer": Grant()})
    keeper = site.user("housekeeper", roles=["housekeeper"], scopes=("identity:administer",))
    assert keeper.get(f"{BASE}/user").status_code == 200
    refused = keeper.post(f"{BASE}/user", {"login": "y", "role": ["auditor"]})
    assert refused.status_code == 403
    wrong = keeper.post(f"{BASE}/user", {"login": 7, "shoe": "x"})
    assert wrong.status_code == 400
