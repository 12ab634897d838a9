"""Writes that a hostile client tries: server-set values, hidden values, records of others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import overrides  # noqa: F401 - bodies that rules ask for
from tests.support.program import Client, Site
from tests.support.samples import create
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.kernel.resource import registry

PARTY = "/tmf-api/party/v4/individual"
PRODUCT = "/tmf-api/productInventory/v4/product"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
EVENT = "/tmf-api/event/v4/event"
JSON_PATCH = {"Content-Type": "application/json-patch+json"}
VERBS = ("read", "create", "update", "delete")


def person(site: Site, name: str) -> str:
    made = site.admin.post(PARTY, {"givenName": name, "familyName": "Lovelace"})
    return str(made.json["id"])


def product(site: Site, owner: str, **more: Any) -> Any:
    related = [{"id": owner, "role": "customer"}]
    body = {"status": "created", "name": "Line", "relatedParty": related, **more}
    return site.admin.post(PRODUCT, body).json


@pytest.fixture(scope="module")
def ada(site: Site) -> str:
    return person(site, "Ada")


@pytest.fixture(scope="module")
def bob(site: Site) -> str:
    return person(site, "Bob")


@pytest.fixture(scope="module")
def own(site: Site, ada: str) -> Client:
    """Somebody who may do everything with what is Ada's."""
    site.role("own", {"*:*": Grant("own", EVERY_CLASS)})
    return site.user("own", roles=["own"], party=ada)


@pytest.fixture(scope="module")
def mixed(site: Site, ada: str) -> Client:
    """Somebody who reads all categories, so that no row security watches, and Ada's products."""
    grants = {f"Product:{verb}": Grant("own", EVERY_CLASS) for verb in VERBS}
    site.role("mixed", {**grants, "Category:read": Grant()})
    return site.user("mixed", roles=["mixed"], party=ada, scopes=(*grants, "Category:read"))


def test_internal_state_is_not_a_clients(site: Site) -> None:
    """No patch sets the internal state or a published one that fulfilment alone reaches."""
    order = create(registry["ProductOrder"], site.admin)
    item = f"{ORDER}/{order['id']}"
    assert site.admin.patch(item, {"state": "inProgress"}).status_code == 200
    for state in ("completed", "onHold", "inProgress "):
        answer = site.admin.patch(item, {"internalState": state})
        assert (answer.status_code, answer.json["code"]) == (400, "notWritable")
    for state in ("completed", "failed", "partial", "assessingCancellation"):
        answer = site.admin.patch(item, {"state": state})
        assert (answer.status_code, answer.json["code"]) == (409, "lifecycleMove")
    same = {"state": "inProgress", "internalState": "inProgress"}
    assert site.admin.patch(item, same).status_code == 200
    assert site.admin.patch(item, {"state": "held"}).json["internalState"] == "onHold"


@pytest.mark.parametrize("name", ["id", "href", "key"])
def test_json_patch_writes_no_metadata(site: Site, name: str) -> None:
    """What the server says of a record stays, in the whole record and in chosen fields."""
    ident = person(site, "Grace")
    patch = [{"op": "add", "path": f"/{name}", "value": "forged"}]
    assert site.admin.patch(f"{PARTY}/{ident}", patch, headers=JSON_PATCH).status_code == 200
    for query in ("", "?fields=id,href,key"):
        assert "forged" not in site.admin.get(f"{PARTY}/{ident}{query}").text


@pytest.mark.parametrize("operation", [
    {"op": "copy", "from": "/familyName", "path": "/@type"},
    {"op": "copy", "from": "", "path": "/@type"},
    {"op": "test", "path": "/familyName", "value": "Lovelace"},
    {"op": "test", "path": "/familyName", "value": "wrong"},
])  # fmt: skip
def test_hidden_value_is_neither_copied_nor_guessed(site: Site, operation: Any) -> None:
    """A JSON Patch that tests or copies a hidden value is refused, right guess or wrong."""
    ident = person(site, "Grace")
    plain = Grant("all", frozenset({"public", "internal"}))
    site.role("masked", {"Individual:read": plain, "Individual:update": plain})
    masked = site.user("masked", roles=["masked"], scopes=("Individual:read", "Individual:update"))
    answer = masked.patch(f"{PARTY}/{ident}", [operation], headers=JSON_PATCH)
    assert (answer.status_code, answer.json["code"]) == (400, "positionHidden")
    assert "Lovelace" not in answer.text
    state = [{"op": "test", "path": "/status", "value": "initialized"}]
    assert masked.patch(f"{PARTY}/{ident}", state, headers=JSON_PATCH).status_code == 200


@pytest.mark.parametrize("who", ["own", "mixed"])
def test_own_record_is_not_given_away(
    request: pytest.FixtureRequest, site: Site, ada: str, bob: str, who: str
) -> None:
    """A change that leaves a narrow writer without the record is refused: 400 or 403, no 5xx."""
    client, item = request.getfixturevalue(who), f"{PRODUCT}/{product(site, ada)['id']}"
    for related in (None, [{"id": bob, "role": "customer"}]):
        answer = client.patch(item, {"relatedParty": related})
        assert answer.status_code in {400, 403}, answer.json
        assert "Bob" not in answer.text
    assert client.get(item).status_code == 200


def test_record_of_nobody_is_refused(own: Client) -> None:
    """A narrow writer makes neither a record of nobody nor a person that is not themselves."""
    for path, body in (
        (PRODUCT, {"status": "created", "name": "Line"}),
        (PARTY, {"givenName": "Mallory", "familyName": "Doe"}),
    ):
        answer = own.post(path, body)
        assert (answer.status_code, answer.json["code"]) == (403, "outOfReach")


def test_refused_delete_names_nobodys_records(site: Site, own: Client, ada: str, bob: str) -> None:
    """What uses a record is named to those only who may see it."""
    used = product(site, ada)
    needs = [{"relationshipType": "needs", "product": {"id": used["id"]}}]
    user = product(site, bob, productRelationship=needs)
    answer = own.delete(f"{PRODUCT}/{used['id']}")
    assert (answer.status_code, answer.json["code"]) == (409, "conflictReferenced")
    assert user["id"] not in answer.text
    assert user["id"] in site.admin.delete(f"{PRODUCT}/{used['id']}").json["message"]


def test_delete_is_the_owners_event(site: Site, own: Client, ada: str) -> None:
    """The event of a delete belongs to the owner: sealed with their key, shown to them."""
    made = product(site, ada)
    site.admin.delete(f"{PRODUCT}/{made['id']}")
    rows = site.rows(
        "select owner::text, substr(payload, 1, 1) from event where subject = %s", made["id"]
    )
    assert rows == [(ada, b"\x01")] * 2
    told = own.get(EVENT, query_string=f"subject={made['id']}").json
    assert [one["eventType"] for one in told] == ["ProductCreateEvent", "ProductDeleteEvent"]


@pytest.mark.parametrize("match, status", [
    ('"1"', 200), ('"7", "1"', 200), ("*", 200), ('W/"1"', 412), ('"11"', 412), ("1", 412),
    ("", 412),
])  # fmt: skip
def test_if_match_compares_strongly(site: Site, match: str, status: int) -> None:
    """A weak mark never matches, and one of a list is enough."""
    answer = site.admin.patch(f"{PARTY}/{person(site, 'Ada')}", {}, headers={"If-Match": match})
    assert answer.status_code == status


@pytest.fixture
def definitions(site: Site) -> Iterator[None]:
    """Attributes that the operator added when there were records with other values already."""
    body = {"givenName": "Ada", "familyName": "King", "score": "high", "it's": 3}
    assert site.admin.post(PARTY, body).status_code == 201
    with site.services.database.app.connection() as connection:
        for name in ("score", "it's"):
            connection.execute(
                "insert into attribute_definition (type, name, kind, definition) "
                "values ('Individual', %s, 'number', '{}')",
                [name],
            )
        connection.execute("update generation set number = number + 1")
    yield
    with site.services.database.app.connection() as connection:
        connection.execute("delete from attribute_definition")
        connection.execute("update generation set number = number + 1")


@pytest.mark.parametrize("name", ["score", "it's"])
def test_sort_by_a_run_time_attribute(site: Site, definitions: None, name: str) -> None:
    """Numbers sort as numbers, whatever older records hold; no name becomes SQL."""
    for value in (10, 9):
        site.admin.post(PARTY, {"givenName": "Ada", "familyName": "King", name: value})
    answer = site.admin.get(PARTY, query_string=f"sort={name}&familyName=King")
    assert answer.status_code == 200, answer.json
    found = [one[name] for one in answer.json if isinstance(one.get(name), int)]
    assert found == sorted(found)
