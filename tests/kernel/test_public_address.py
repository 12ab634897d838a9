"""Links in answers: the configured public address wins; a Host header is kept nowhere."""

from __future__ import annotations

from typing import Any

import falcon.testing
import pytest

from tests.support.program import Client, Site
from trunkline.api.app import make_app
from trunkline.settings import load

PARTY = "/tmf-api/party/v4/individual"
EVENT = "/tmf-api/event/v4/event"
ROLE = "/rolesAndPermissions/v4/userRole"
PUBLIC = "https://crm.example/behind"
ADA = {"givenName": "Ada", "familyName": "Lovelace"}
HOST = {"Host": "mallory.example"}


@pytest.fixture(scope="module")
def public(site: Site) -> Client:
    """An administrator of a program that knows its public address."""
    settings = load({"TRUNKLINE_TEST_CLOCK": "on", "TRUNKLINE_PUBLIC_URL": PUBLIC})
    app = make_app(site.services, site.authenticator, settings)
    return Client(falcon.testing.TestClient(app), site.admin.token)


def addresses(client: Client) -> list[str]:
    """Return the links of the answers to a create, a change, a page and the feed of events."""
    made = client.post(PARTY, ADA, headers=HOST)
    path = f"{PARTY}/{made.json['id']}"
    client.post(PARTY, ADA, headers=HOST)
    changed = client.patch(path, {"gender": "female"}, headers=HOST)
    page = client.get(PARTY, query_string="limit=1", headers=HOST)
    feed = client.get(EVENT, query_string=f"subject={made.json['id']}&limit=1", headers=HOST)
    roles = client.get(ROLE, headers=HOST)
    found = [made.json["href"], made.headers["Location"], changed.json["href"]]
    found += [page.json[0]["href"], page.headers["Link"].lstrip("<")]
    found += [feed.json[0]["href"], feed.json[0]["event"]["individual"]["href"]]
    found += [feed.headers["Link"].lstrip("<"), roles.json[0]["href"]]
    return found


def test_public_address_wins_over_the_host(public: Client) -> None:
    """Every link begins with the configured address, whatever host was asked."""
    for address in addresses(public):
        assert address.startswith(f"{PUBLIC}/"), address


def test_host_is_for_the_answer_only(site: Site) -> None:
    """Without a public address the asked host is answered, and the next one gets its own."""
    for address in addresses(site.admin):
        assert address.startswith("http://mallory.example/"), address
    made = site.admin.post(PARTY, ADA, headers=HOST | {"Idempotency-Key": "once"}).json
    again = site.admin.post(PARTY, ADA, headers={"Idempotency-Key": "once"}).json
    assert (again["id"], again["href"].startswith("http://mallory")) == (made["id"], False)
    feed: Any = site.admin.get(EVENT, query_string=f"subject={made['id']}")
    assert "mallory" not in feed.text
    (stored,) = site.rows("select doc::text from individual where id = %s", made["id"])
    assert "href" not in stored[0]
