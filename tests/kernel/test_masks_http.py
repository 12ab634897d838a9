"""Masks over HTTP: a value of a class that somebody may not see shows nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Client, Site
from trunkline.kernel.actor import Grant

PARTY = "/tmf-api/party/v4/individual"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
CANARY = "canarywharf"
PERSON = {
    "givenName": CANARY,
    "familyName": CANARY,
    "gender": CANARY,
    "birthDate": "1987-06-05T00:00:00Z",
    "status": "validated",
    "contactMedium": [
        {"mediumType": CANARY, "characteristic": {"emailAddress": f"{CANARY}@example.com"}}
    ],
    "creditRating": [{"creditAgencyName": f"{CANARY}-sensitive", "ratingScore": 987_654}],
    "disability": [{"disabilityName": f"{CANARY}-sensitive"}],
    "partyCharacteristic": [{"name": "nick", "value": CANARY}],
    "undeclared": {"deep": [CANARY]},
}
CLASSES: dict[str, frozenset[Any]] = {
    "public": frozenset({"public"}),
    "internal": frozenset({"public", "internal"}),
    "personal": frozenset({"public", "internal", "personal"}),
}


@pytest.fixture(scope="module")
def person(site: Site) -> Any:
    answer = site.admin.post(PARTY, PERSON)
    assert answer.status_code == 201, answer.json
    return answer.json


@pytest.fixture(scope="module")
def customer(site: Site, person: Any) -> Any:
    body = {"name": CANARY, "engagedParty": {"id": person["id"]}}
    return site.admin.post(CUSTOMER, body).json


def reader(site: Site, name: str) -> Client:
    grant = Grant("all", CLASSES[name])
    verbs = {f"*:{verb}": grant for verb in ("read", "create", "update", "delete")}
    return site.user(name, roles=[site.role(f"sees_{name}", verbs)], scopes=tuple(verbs))


def leaks(answer: Any, name: str) -> bool:
    hidden = (f"{CANARY}-sensitive", "987654") if name == "personal" else (CANARY, "1987", "987654")
    return any(one in answer.text for one in hidden)


@pytest.mark.parametrize("name", CLASSES)
def test_hidden_values_show_in_no_answer(site: Site, person: Any, customer: Any, name: str) -> None:
    """Reads, lists, `fields`, echoes of patches, refusals and references are all masked."""
    client = reader(site, name)
    item = f"{PARTY}/{person['id']}"
    every = ",".join([*PERSON, "contactMedium.characteristic.emailAddress", "undeclared.deep"])
    answers = [
        client.get(item),
        client.get(f"{PARTY}/{person['key']}"),
        client.get(PARTY),
        client.get(item, query_string=f"fields={every}"),
        client.get(PARTY, query_string=f"fields={every}"),
        client.get(PARTY, query_string="sort=-id&limit=1"),
        client.patch(item, {"status": "validated", "locale": "en"}),
        client.patch(item, {"givenName": "x"}, headers={"If-Match": '"999"'}),
        client.patch(item, {"status": "nonsense"}),
        client.delete(item),
        client.get(f"{CUSTOMER}/{customer['id']}"),
        client.get(CUSTOMER),
        client.patch(f"{CUSTOMER}/{customer['id']}", {"status": "active"}),
    ]
    for answer in answers:
        assert answer.status_code < 500
        assert not leaks(answer, name), (answer.status_code, answer.text)
    assert answers[0].json["id"] == person["id"]
    assert site.admin.get(item).json["familyName"] == CANARY


@pytest.mark.parametrize("name", CLASSES)
def test_hidden_values_give_no_yes_or_no(site: Site, person: Any, name: str) -> None:
    """A filter or sort on what is hidden is refused alike for a hit and for a miss."""
    client = reader(site, name)
    paths = ["creditRating.creditAgencyName", "disability.disabilityName"]
    if name != "personal":
        paths += ["familyName", "gender", "contactMedium.characteristic.emailAddress",
                  "contactMedium.mediumType", "partyCharacteristic.value"]  # fmt: skip
    for path in paths:
        for form in (f"{path}=", f"{path}.regex=", f"{path}.ne=", f"{path}.gt="):
            hit, miss = (
                client.get(PARTY, query_string=form + value) for value in (CANARY, "nothing")
            )
            assert hit.status_code == miss.status_code == 400, form
            assert "X-Total-Count" not in hit.headers


def test_patch_takes_nothing_hidden_away(site: Site, person: Any) -> None:
    """Who does not see a value cannot blank, replace or remove it; the rest changes."""
    client = reader(site, "internal")
    item = f"{PARTY}/{person['id']}"
    before = site.admin.get(item).json
    for patch in (
        {"familyName": "Mallory"},
        {"familyName": None},
        {"contactMedium": []},
        {"contactMedium": None},
        {"undeclared": {"deep": []}},
        {"creditRating": [{"creditAgencyName": "x"}]},
    ):
        answer = client.patch(item, patch)
        assert (answer.status_code, answer.json["code"]) == (400, "hiddenValue"), patch
    assert site.admin.get(item).json == before


GUESSES = [
    ("application/merge-patch+json", lambda guess: {"familyName": guess}),
    ("application/merge-patch+json", lambda guess: {"undeclared": {"deep": [guess]}}),
    ("application/json-patch+json",
     lambda guess: [{"op": "test", "path": "/familyName", "value": guess}]),
    ("application/json-patch+json",
     lambda guess: [{"op": "replace", "path": "/contactMedium/0/mediumType", "value": guess}]),
]  # fmt: skip


@pytest.mark.parametrize("kind, patch", GUESSES)
def test_patch_answers_no_guess(site: Site, person: Any, kind: str, patch: Any) -> None:
    """A right guess at a hidden value and a wrong one get the same answer."""
    client = reader(site, "internal")
    answers = [
        client.patch(f"{PARTY}/{person['id']}", patch(guess), headers={"Content-Type": kind})
        for guess in (CANARY, "nothing")
    ]
    told = [(one.status_code, one.json.get("code")) for one in answers]
    assert told[0] == told[1]


@pytest.mark.parametrize("source", ["/familyName", "/undeclared/deep/0", "/contactMedium", ""])
@pytest.mark.parametrize("op", ["copy", "move"])
def test_patch_copies_nothing_into_the_open(site: Site, person: Any, source: str, op: str) -> None:
    """A hidden value does not come to light by being copied into an attribute that shows."""
    client = reader(site, "internal")
    patch = [
        {"op": "add", "path": "/externalReference",
         "value": [{"name": "x", "externalReferenceType": "y"}]},
        {"op": op, "from": source, "path": "/externalReference/0/externalReferenceType"},
    ]  # fmt: skip
    kind = {"Content-Type": "application/json-patch+json"}
    answer = client.patch(f"{PARTY}/{person['id']}", patch, headers=kind)
    assert answer.status_code == 400
    assert not leaks(answer, "internal")
    assert not leaks(client.get(f"{PARTY}/{person['id']}"), "internal")


def test_echo_of_a_create_is_masked(site: Site) -> None:
    """Even the one who sent a value gets it back only where they may read it."""
    client = reader(site, "internal")
    answer = client.post(PARTY, PERSON)
    assert answer.status_code == 201
    assert not leaks(answer, "internal")


def test_writer_who_may_not_read_sees_what_writing_allows(site: Site) -> None:
    """Without a permission to read, the echo shows the classes that the write permits."""
    site.role("writer", {"Individual:create": Grant("all", frozenset({"public", "internal"}))})
    client = site.user("writer", roles=["writer"], scopes=("Individual:create",))
    answer = client.post(PARTY, PERSON)
    assert answer.status_code == 201
    assert not leaks(answer, "internal")
    assert client.get(f"{PARTY}/{answer.json['id']}").status_code == 403
