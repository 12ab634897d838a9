"""References over HTTP: canonical, of the right kind, never dangling, found both ways."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Client, Site
from trunkline.kernel.actor import system
from trunkline.kernel.work import transaction

PARTY = "/tmf-api/party/v4/individual"
ORGANIZATION = "/tmf-api/party/v4/organization"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
CATEGORY = "/tmf-api/productCatalogManagement/v4/category"
OFFERING = "/tmf-api/productCatalogManagement/v4/productOffering"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
UNKNOWN = "01a20000-0000-7000-8000-000000000000"


def made(client: Client, path: str, body: Any) -> Any:
    answer = client.post(path, body)
    assert answer.status_code == 201, answer.json
    return answer.json


@pytest.fixture(scope="module")
def ada(site: Site) -> Any:
    body = {"id": "crm-1815", "givenName": "Ada", "familyName": "Lovelace"}
    return made(site.admin, PARTY, body)


def customer(client: Client, ident: str, **more: Any) -> Any:
    return client.post(CUSTOMER, {"name": "Home", "engagedParty": {"id": ident, **more}})


@pytest.mark.parametrize("form", ["id", "upper", "key", "alias"])
def test_reference_by_any_name_becomes_canonical(site: Site, ada: Any, form: str) -> None:
    """UUID in any case, key or other system's id: stored as id and kind, named on reading."""
    ident = {"id": ada["id"], "upper": ada["id"].upper(), "key": ada["key"], "alias": "crm-1815"}
    answer = customer(site.admin, ident[form], href="http://elsewhere/1", name="Wrong")
    assert answer.status_code == 201, answer.json
    party = answer.json["engagedParty"]
    assert party == {"id": ada["id"], "@referredType": "Individual", "name": "Ada Lovelace"}
    stored = site.rows("select doc::text from customer where id = %s", answer.json["id"])[0][0]
    assert "Lovelace" not in stored, "the name of a party is not kept in what points at it"


@pytest.mark.parametrize("form", ["id", "key", "alias"])
def test_record_is_read_changed_and_deleted_by_any_name(site: Site, form: str) -> None:
    """Every look-up takes id, key or other system's id."""
    body = {"id": f"old-{form}", "givenName": "Ada", "familyName": "Byron"}
    record = made(site.admin, PARTY, body)
    name = {"id": record["id"], "key": record["key"], "alias": f"old-{form}"}[form]
    assert site.admin.get(f"{PARTY}/{name}").json["id"] == record["id"]
    assert site.admin.patch(f"{PARTY}/{name}", {"gender": "female"}).status_code == 200
    listed = site.admin.get(PARTY, query_string=f"id={name}").json
    assert [one["id"] for one in listed] == [record["id"]]
    assert site.admin.delete(f"{PARTY}/{name}").status_code == 204
    assert site.admin.get(f"{PARTY}/{name}").status_code == 404


@pytest.mark.parametrize("version", ["4", "7"])
def test_client_uuid_finds_the_record(site: Site, version: str) -> None:
    """A client's own id serves as a name of the record also when it is a UUID, in any case.

    One of version 7 looks like an id of ours.
    """
    own = f"5F0C7A52-0c65-{version}d4c-9d0b-2f6c0a3b7a11"
    record = made(site.admin, PARTY, {"id": own, "givenName": "Ada", "familyName": "King"})
    assert record["id"] != own
    for name in (own, own.lower(), own.upper()):
        assert site.admin.get(f"{PARTY}/{name}").json["id"] == record["id"]
        made_for = customer(site.admin, name)
        assert made_for.json["engagedParty"]["id"] == record["id"]
        assert site.admin.patch(f"{PARTY}/{name}", {"title": name}).status_code == 200
        query = f"engagedParty.id={name}&sort=-createdAt&limit=1"
        listed = site.admin.get(CUSTOMER, query_string=query).json
        assert [one["id"] for one in listed] == [made_for.json["id"]]
        query = f"engagedParty.id.ne={name}&sort=-createdAt"
        others = site.admin.get(CUSTOMER, query_string=query).json
        assert made_for.json["id"] not in [one["id"] for one in others]
        again = {"id": name, "givenName": "Ada", "familyName": "Byron"}
        assert site.admin.post(PARTY, again).json["code"] == "conflictId"
        site.admin.delete(f"{CUSTOMER}/{made_for.json['id']}")
    assert site.admin.delete(f"{PARTY}/{own}").status_code == 204
    assert site.admin.get(f"{PARTY}/{own}").status_code == 404
    assert customer(site.admin, own).status_code == 400


def test_id_of_a_removed_record_names_nothing_else(site: Site) -> None:
    """A client's own id that was a record's id does not stand for another one, even later."""
    gone = made(site.admin, PARTY, {"givenName": "Ada", "familyName": "Byron"})["id"]
    site.admin.post(PARTY, {"id": gone, "givenName": "Mallory", "familyName": "Doe"})
    assert site.admin.get(f"{PARTY}/{gone}").json["givenName"] == "Ada"
    assert site.admin.delete(f"{PARTY}/{gone}").status_code == 204
    assert site.admin.get(f"{PARTY}/{gone}").status_code == 404
    assert site.admin.patch(f"{PARTY}/{gone}", {"title": "x"}).status_code == 404
    assert customer(site.admin, gone).status_code == 400


def test_client_id_does_not_take_over_a_key(site: Site, ada: Any) -> None:
    """An own id that is another record's key or id changes nothing for that record."""
    for name in (ada["key"], ada["id"]):
        site.admin.post(PARTY, {"id": name, "givenName": "Mallory", "familyName": "Doe"})
        assert site.admin.get(f"{PARTY}/{name}").json["givenName"] == "Ada"
        assert customer(site.admin, name).json["engagedParty"]["id"] == ada["id"]


def test_other_systems_ids_may_look_like_keys(site: Site) -> None:
    """An own id in the form of a key of ours, with letters that no kind here has, is found."""
    record = made(site.admin, PARTY, {"id": "CRM000123", "givenName": "Ada", "familyName": "King"})
    assert customer(site.admin, "CRM000123").json["engagedParty"]["id"] == record["id"]


def test_client_id_does_not_take_over_a_key_of_another_kind(site: Site, ada: Any) -> None:
    """An organization that came with a person's key as its id is not mistaken for the person."""
    made(site.admin, ORGANIZATION, {"id": ada["key"], "tradingName": "Mallory Ltd"})
    made(site.admin, ORGANIZATION, {"id": "mallory", "tradingName": "Mallory Ltd"})
    related = [{"id": ada["key"], "role": "owner"}, {"id": "mallory", "role": "user"}]
    body = {"name": "Home", "engagedParty": {"id": ada["id"]}, "relatedParty": related}
    assert made(site.admin, CUSTOMER, body)["relatedParty"][0]["id"] == ada["id"]


def test_client_id_is_taken_once(site: Site, ada: Any) -> None:
    """The same own id for a second record answers 409, also after the first is gone."""
    body = {"id": "once", "givenName": "Ada", "familyName": "Byron"}
    record = made(site.admin, PARTY, body)
    assert site.admin.post(PARTY, body).json["code"] == "conflictId"
    site.admin.delete(f"{PARTY}/{record['id']}")
    assert site.admin.post(PARTY, body).status_code == 409


def test_name_follows_the_party(site: Site) -> None:
    """A party's present name stands in every reference to it; other names are snapshots."""
    party = made(site.admin, PARTY, {"givenName": "Ada", "familyName": "Byron"})
    record = customer(site.admin, party["id"]).json
    category = made(site.admin, CATEGORY, {"name": "Fibre"})
    offering = made(site.admin, OFFERING, {"name": "1G", "category": [{"id": category["id"]}]})
    site.admin.patch(f"{PARTY}/{party['id']}", {"familyName": "Lovelace"})
    site.admin.patch(f"{CATEGORY}/{category['id']}", {"name": "Glass"})
    read = site.admin.get(f"{CUSTOMER}/{record['id']}")
    assert read.json["engagedParty"]["name"] == "Ada Lovelace"
    assert read.headers["ETag"].startswith('"1-'), "its version, and a sum of the names in it"
    (listed,) = site.admin.get(CUSTOMER, query_string=f"id={record['id']}").json
    assert listed == read.json
    old = site.admin.get(f"{OFFERING}/{offering['id']}").json["category"][0]
    assert (old["name"], old["@referredType"]) == ("Fibre", "Category")


@pytest.mark.parametrize(
    "reference, code",
    [
        ({"id": UNKNOWN}, "danglingReference"),
        ({"id": "IND999999"}, "danglingReference"),
        ({"id": "nobody"}, "danglingReference"),
        ({"id": ""}, "danglingReference"),
        ({"id": "{category}"}, "wrongReferenceType"),
        ({"id": "{ada}", "@referredType": "Organization"}, "wrongReferenceType"),
        ({"id": 7}, "badType"),
        ({"id": None}, "missing"),
        ({}, "missing"),
        ({"id": ["{ada}"]}, "badType"),
    ],
)
def test_bad_reference_is_refused_with_its_path(
    site: Site, ada: Any, reference: dict[str, Any], code: str
) -> None:
    """What is not there or of another kind answers 400 at `engagedParty.id`."""
    category = made(site.admin, CATEGORY, {"name": "Fibre"})["id"]
    ids = {"{ada}": ada["id"], "{category}": category}
    sent = {
        name: ids.get(value, value) if isinstance(value, str) else value
        for name, value in reference.items()
    }
    answer = site.admin.post(CUSTOMER, {"name": "Home", "engagedParty": sent})
    assert answer.status_code == 400
    assert [(one["path"], one["code"]) for one in answer.json["fault"]] == [
        ("engagedParty.id", code)
    ]


def test_all_bad_references_are_named_at_once(site: Site, ada: Any) -> None:
    """Every dangling reference of a document stands in one answer, with its index."""
    related = [{"id": ada["id"]}, {"id": UNKNOWN}, {"id": "nobody"}]
    answer = site.admin.patch(f"{PARTY}/{ada['id']}", {"relatedParty": related})
    assert [one["path"] for one in answer.json["fault"]] == [
        "relatedParty[1].id", "relatedParty[2].id"
    ]  # fmt: skip


def test_only_what_no_module_keeps_is_taken_unseen(site: Site) -> None:
    """Quotes, payments and qualifications are kept here, so an id of none is refused
    at its path; a channel is kept by other systems, and any id of one is taken."""
    ours = ("quote", "payment", "productOfferingQualification")
    order = {one: [{"id": "of-another"}] for one in (*ours, "channel")}
    refused = site.admin.post(ORDER, order)
    assert refused.status_code == 400
    found = {one["path"] for one in refused.json["fault"] if one["code"] == "danglingReference"}
    assert found == {f"{one}[0].id" for one in ours}


def test_what_is_referred_to_stays(site: Site) -> None:
    """A delete is refused while somebody points at the record, and says who."""
    party = made(site.admin, PARTY, {"givenName": "Ada", "familyName": "Byron"})
    record = customer(site.admin, party["id"]).json
    twice = {"relatedParty": [{"id": party["id"], "role": one} for one in ("payer", "user")]}
    assert site.admin.patch(f"{CUSTOMER}/{record['id']}", twice).status_code == 200
    refused = site.admin.delete(f"{PARTY}/{party['id']}")
    assert (refused.status_code, refused.json["code"]) == (409, "conflictReferenced")
    assert refused.json["message"].count(record["id"]) == 1, "once, though it does so thrice"
    site.admin.delete(f"{CUSTOMER}/{record['id']}")
    assert site.admin.delete(f"{PARTY}/{party['id']}").status_code == 204


def test_reference_rows_follow_the_document(site: Site, ada: Any) -> None:
    """The reference table holds what the document says, after each kind of write."""
    organization = made(site.admin, ORGANIZATION, {"tradingName": "Engines"})
    record = customer(site.admin, ada["id"]).json
    path = f"{CUSTOMER}/{record['id']}"

    def rows() -> set[tuple[Any, ...]]:
        return set(
            site.rows(
                "select path, target::text, role, target_type, type from party_reference "
                "where source = %s",
                record["id"],
            )
        )

    engaged = ("engagedParty", ada["id"], None, "Individual", "Customer")
    assert rows() == {engaged}
    related = [{"id": organization["id"], "role": "payer"}, {"id": ada["id"], "role": "user"}]
    site.admin.patch(path, {"relatedParty": related})
    payer = ("relatedParty", organization["id"], "payer", "Organization", "Customer")
    user = ("relatedParty", ada["id"], "user", "Individual", "Customer")
    assert rows() == {engaged, payer, user}
    site.admin.patch(path, {"relatedParty": [related[0] | {"role": "owner"}]})
    owner = (*payer[:2], "owner", *payer[3:])
    assert rows() == {engaged, owner}
    site.admin.patch(path, {"relatedParty": None})
    assert rows() == {engaged}
    with transaction(site.services, system("tests")) as work:
        users = work.used_by(ada["id"], limit=1000)
    assert ("Customer", record["id"], "engagedParty") in users
    site.admin.delete(path)
    assert rows() == set()


def test_target_held_elsewhere_is_taken_as_it_is(site: Site, ada: Any) -> None:
    """A reference to what another system masters keeps the id and name it came with."""
    agreement = [{"id": "AGR-7", "name": "Frame", "href": "http://elsewhere/AGR-7"}]
    body = {"name": "Home", "engagedParty": {"id": ada["id"]}, "agreement": agreement}
    assert made(site.admin, CUSTOMER, body)["agreement"] == agreement


def test_reference_said_otherwise_is_no_difference(site: Site, ada: Any) -> None:
    """The same party by key, alias, other case, with name and address: nothing is written."""
    record = customer(site.admin, ada["id"]).json
    path = f"{CUSTOMER}/{record['id']}"

    def stored() -> tuple[Any, ...]:
        return site.rows(
            "select t.version, t.doc::text, (select count(*) from party_reference f "
            "where f.source = t.id) from customer t where id = %s",
            record["id"],
        )[0]

    before = stored()
    for said in (
        {"id": ada["key"]},
        {"id": "crm-1815"},
        {"id": ada["id"].upper(), "@referredType": "Individual"},
        {"href": "http://elsewhere/1", "name": "Wrong"},
    ):
        answer = site.admin.patch(path, {"engagedParty": said})
        assert (answer.status_code, answer.json["engagedParty"]["name"]) == (200, "Ada Lovelace")
        assert stored() == before
    assert site.admin.patch(path, site.admin.get(path).json).json["name"] == "Home"
    assert stored() == before
    changed = {"engagedParty": {"id": ada["key"], "name": "Wrong"}, "statusReason": "moved"}
    assert site.admin.patch(path, changed).json["statusReason"] == "moved"
    assert (stored()[0], stored()[2]) == (before[0] + 1, before[2])
    assert "Wrong" not in stored()[1]
