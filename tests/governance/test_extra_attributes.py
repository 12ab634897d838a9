"""Extra attributes: what an operator adds is at once checked, shown, found and masked."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.program import Client, Site
from tests.support.sql_counter import counted
from trunkline.catalog.category import Category
from trunkline.documents.errors import Invalid
from trunkline.governance.configured import read_anew
from trunkline.governance.extra_attribute import ExtraAttribute
from trunkline.governance.extra_definitions import adopt_definitions
from trunkline.kernel.actor import EVERY_CLASS, Grant, system
from trunkline.kernel.filters import Condition
from trunkline.kernel.work import as_system, transaction
from trunkline.workspace.search_index import catch_up

BASE = "/api/governance/v1"
CATEGORY = "/tmf-api/productCatalogManagement/v4/category"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
INDIVIDUAL = "/tmf-api/party/v4/individual"


def define(site: Site, record_type: str, name: str, kind: str, **said: Any) -> Any:
    body = {"recordType": record_type, "name": name, "kind": kind, **said}
    answer = site.admin.post(f"{BASE}/extraAttribute", body)
    assert answer.status_code == 201, answer.json
    return answer.json


def customer(client: Client, **values: Any) -> Any:
    ada = client.post(INDIVIDUAL, {"givenName": "Ada", "familyName": "Lovelace"}).json
    party = {"id": ada["id"], "@referredType": "Individual"}
    return client.post(CUSTOMER, {"name": "Ada", "engagedParty": party, **values})


def faults(answer: Any) -> dict[str, str]:
    assert answer.status_code == 400, answer.json
    return {one["path"]: one["code"] for one in answer.json["fault"]}


@pytest.fixture(scope="module")
def colours(site: Site) -> list[str]:
    """A register of colours, the last of which was ended."""
    made = site.admin.post(f"{BASE}/register", {"code": "colour", "name": "Colour"}).json
    for place, code in enumerate(("red", "blue", "old")):
        body = {"register": {"id": made["id"]}, "code": code, "name": code.title(),
                "position": place}  # fmt: skip
        if code == "old":
            body["validFor"] = {"endDateTime": "2020-01-01T00:00:00Z"}
        assert site.admin.post(f"{BASE}/registerValue", body).status_code == 201
    return ["red", "blue"]


def test_every_kind_of_value_is_checked(site: Site, colours: list[str]) -> None:
    """Texts, numbers, flags, moments, days, one of a register and several of it."""
    for name, kind, said in (
        ("nick", "text", {}), ("seats", "number", {"validation": "value > 0.0 && value < 10.0"}),
        ("vip", "boolean", {}), ("seenAt", "instant", {}), ("since", "date", {}),
        ("colour", "choice", {"register": "colour"}),
        ("colours", "choices", {"register": "colour"}),
    ):  # fmt: skip
        define(site, "Category", name, kind, **said)
    good = {"name": "Lines", "nick": "L", "seats": 5, "vip": False, "since": "2026-02-28",
            "seenAt": "2026-01-01T00:00:00Z", "colour": "red",
            "colours": ["blue", "red"]}  # fmt: skip
    assert site.admin.post(CATEGORY, good).status_code == 201
    for bad, code in (
        ({"nick": 5}, "badType"), ({"seats": "many"}, "badType"), ({"seats": 12}, "notValid"),
        ({"seats": 0}, "notValid"), ({"vip": "yes"}, "badType"), ({"seenAt": "now"}, "badDateTime"),
        ({"since": "2026-02-30"}, "badDate"), ({"colour": "green"}, "notInRegister"),
        ({"colour": "old"}, "endedValue"), ({"colours": "red"}, "badType"),
    ):  # fmt: skip
        answer = site.admin.post(CATEGORY, {"name": "Lines", **bad})
        assert faults(answer) == {next(iter(bad)): code}, bad
    answer = site.admin.post(CATEGORY, {"name": "Lines", "colours": ["red", "green"]})
    assert faults(answer) == {"colours[1]": "notInRegister"}


def test_a_profile_says_which_records_have_it_and_which_need_it(site: Site) -> None:
    """A company needs its register number, a consumer must not have one."""
    define(
        site, "Customer", "companyNumber", "text", required=True,
        condition="record.customerType == 'company'", validation="value.matches('^[0-9]{4}$')",
        message="has four digits", dataClass="internal",
    )  # fmt: skip
    assert customer(site.admin, customerType="consumer").status_code == 201
    assert faults(customer(site.admin, customerType="company")) == {"companyNumber": "missing"}
    wrong = customer(site.admin, customerType="company", companyNumber="12")
    assert [one["message"] for one in wrong.json["fault"]] == ["has four digits"]
    made = customer(site.admin, customerType="company", companyNumber="1234")
    assert made.status_code == 201
    other = customer(site.admin, customerType="consumer", companyNumber="1234")
    assert faults(other) == {"companyNumber": "notApplicable"}
    changed = site.admin.patch(f"{CUSTOMER}/{made.json['id']}", {"customerType": "consumer"})
    assert changed.status_code == 200


def test_defaults_fill_what_is_left_out(site: Site) -> None:
    define(site, "Category", "channelCount", "number", defaultValue=3, required=True)
    assert site.admin.post(CATEGORY, {"name": "Lines"}).json["channelCount"] == 3
    empty = site.admin.post(CATEGORY, {"name": "Lines", "channelCount": None})
    assert faults(empty) == {"channelCount": "missing"}


def test_old_records_need_what_became_required_when_they_are_changed(site: Site) -> None:
    old = site.admin.post(CATEGORY, {"name": "Older"}).json
    define(site, "Category", "shelf", "text", required=True)
    address = f"{CATEGORY}/{old['id']}"
    assert site.admin.get(address).status_code == 200
    assert faults(site.admin.patch(address, {"name": "New name"})) == {"shelf": "missing"}
    for blank in ("", " \t ", None):
        refused = site.admin.patch(address, {"name": "New name", "shelf": blank})
        assert faults(refused) == {"shelf": "missing"}, blank
    both = site.admin.patch(address, {"name": "New name", "shelf": "top"})
    assert both.status_code == 200
    (made,) = site.admin.get(f"{BASE}/extraAttribute?recordType=Category&name=shelf").json
    free = site.admin.patch(f"{BASE}/extraAttribute/{made['id']}", {"required": False})
    assert free.status_code == 200
    assert site.admin.post(CATEGORY, {"name": "Free"}).status_code == 201


def test_a_required_text_is_not_blank(site: Site) -> None:
    """At the top and within lists: refused in the words in which a missing one is."""
    left_out = site.admin.post(CATEGORY, {})
    for blank in ("", "   ", "\u00a0\n"):
        answer = site.admin.post(CATEGORY, {"name": blank})
        assert faults(answer) == {"name": "missing"}, blank
        assert answer.json["fault"] == left_out.json["fault"]
        person = {"givenName": "Ada", "familyName": blank,
                  "partyCharacteristic": [{"name": "Shoe", "value": 1},
                                          {"name": blank, "value": 2}]}  # fmt: skip
        assert faults(site.admin.post(INDIVIDUAL, person)) == {
            "familyName": "missing", "partyCharacteristic[1].name": "missing",
        }, blank  # fmt: skip
    made = site.admin.post(CATEGORY, {"name": "Lines"}).json
    address = f"{CATEGORY}/{made['id']}"
    assert faults(site.admin.patch(address, {"name": " "})) == {"name": "missing"}
    blank = "jsonb_set(doc::jsonb, '{name}', '\"\"')::json"
    site.rows(f"update category set doc = {blank} where id = %s returning 1", made["id"])
    assert site.admin.patch(address, {"description": "Of before"}).status_code == 200


def test_filters_and_sorts_work_before_and_after_the_index(site: Site, colours: list[str]) -> None:
    define(site, "Category", "paint", "choices", register="colour")
    define(site, "Category", "tone", "choice", register="colour")
    for name, paint, tone in (("Ada", ["red", "blue"], "red"), ("Bob", ["blue"], "blue")):
        body = {"name": name, "paint": paint, "tone": tone, "shelf": "low"}
        assert site.admin.post(CATEGORY, body).status_code == 201
    define(site, "Category", "rank", "number")
    ranks = {"Una": 10, "Vic": None, "Wim": -1.5, "Xia": 2, "Yan": None}
    for name, rank in ranks.items():
        more = {} if rank is None else {"rank": rank}
        assert site.admin.post(CATEGORY, {"name": name, "description": "r", **more}).json["name"]

    def found(query: str) -> list[str]:
        answer = site.admin.get(CATEGORY, query_string=query)
        assert answer.status_code in (200, 206), answer.json
        return [one["name"] for one in answer.json]

    def both_ways() -> None:
        assert sorted(found("paint=blue")) == ["Ada", "Bob"]
        assert found("paint=red") == ["Ada"]
        assert found("tone=blue") == ["Bob"]
        assert found("tone=red,blue&sort=-tone") == ["Ada", "Bob"]
        assert found("name=Ada,Bob&sort=paint") == ["Bob", "Ada"]
        for order, wanted in (
            ("rank", ["Wim", "Xia", "Una", "Vic", "Yan"]),
            ("-rank,name", ["Una", "Xia", "Wim", "Vic", "Yan"]),
            ("-tone,rank", ["Wim", "Xia", "Una", "Vic", "Yan"]),
        ):
            assert found(f"description=r&sort={order}") == wanted
            assert found(f"description=r&sort={order}&limit=2&offset=2") == wanted[2:4]
            assert walked(f"description=r&sort={order}&limit=2") == wanted

    def walked(query: str) -> list[str]:
        names, after = [], ""
        while True:
            answer = site.admin.get(CATEGORY, query_string=query + after)
            names += [one["name"] for one in answer.json]
            link = re.search(r"after=([^&>]+)[^>]*>; rel=\"next\"", answer.headers.get("Link", ""))
            if link is None:
                return names
            after = f"&after={link[1]}"

    both_ways()
    for name in ("paint", "tone", "rank"):
        (made,) = site.admin.get(f"{BASE}/extraAttribute?recordType=Category&name={name}").json
        address = f"{BASE}/extraAttribute/{made['id']}"
        assert site.admin.patch(address, {"indexed": True}).status_code == 200
    site.work()
    with counted() as asked:
        both_ways()
    sorted_aside = [one for one in asked if "order by a.number desc" in one]
    assert sorted_aside
    assert not any("#>>" in one for one in sorted_aside), "no document is read for the order"
    rows = "select name, text from catalog_attribute where name = 'paint' order by text, owner"
    assert [text for _, text in site.rows(rows)] == ["blue", "blue", "red"]
    assert site.admin.delete(address).status_code == 409


def test_the_class_of_an_attribute_decides_who_sees_it(site: Site) -> None:
    for name, data_class in (("hint", "internal"), ("weight", "personal"), ("debt", "sensitive")):
        define(site, "Individual", name, "text", dataClass=data_class)
    body = {"givenName": "Ada", "familyName": "Lovelace", "hint": "h", "weight": "w", "debt": "d"}
    ada = site.admin.post(INDIVIDUAL, body).json
    seen = {
        "plain": (("public", "internal"), {"hint"}),
        "personal": (("public", "internal", "personal"), {"hint", "weight"}),
        "all": (tuple(EVERY_CLASS), {"hint", "weight", "debt"}),
    }
    for name, (classes, wanted) in seen.items():
        role = site.role(f"sees_{name}", {"Individual:read": Grant("all", frozenset(classes))})
        reader = site.user(f"sees_{name}", roles=[role], scopes=("Individual:read",))
        shown = reader.get(f"{INDIVIDUAL}/{ada['id']}").json
        assert {"hint", "weight", "debt"} & set(shown) == wanted
        (listed,) = reader.get(f"{INDIVIDUAL}?id={ada['id']}").json
        assert {"hint", "weight", "debt"} & set(listed) == wanted
        hidden = {"hint", "weight", "debt"} - wanted
        for one in hidden:
            assert reader.get(f"{INDIVIDUAL}?{one}=x").status_code in {400, 403}


def test_a_definition_that_cannot_be_is_refused(site: Site) -> None:
    for said, wanted in (
        ({"recordType": "Nothing"}, {"recordType": "badValue"}),
        ({"name": "Bad name"}, {"name": "badValue"}),
        ({"validation": "value >"}, {"validation": "badRule"}),
        ({"condition": "other.x == 1"}, {"condition": "badRule"}),
        ({"kind": "choice"}, {"register": "missing"}),
        ({"kind": "choice", "register": "none"}, {"register": "badValue"}),
        ({"register": "colour"}, {"register": "badValue"}),
        ({"defaultValue": 5}, {"defaultValue": "badType"}),
    ):  # fmt: skip
        body = {"recordType": "Category", "name": "fine", "kind": "text", **said}
        assert faults(site.admin.post(f"{BASE}/extraAttribute", body)) == wanted, said
    body = {"recordType": "Category", "name": "lifecycleStatus", "kind": "text"}
    assert site.admin.post(f"{BASE}/extraAttribute", body).status_code == 409


def test_definitions_of_before_become_records(site: Site) -> None:
    """An installation that defined attributes before there were records of them loses none."""
    with site.services.database.app.connection() as connection, connection.transaction():
        connection.execute(
            "insert into attribute_definition (type, name, kind, indexed, definition) "
            "values ('Category', 'earlier', 'number', true, '{}')"
        )
    assert adopt_definitions(site.services) == ["Category earlier"]
    assert adopt_definitions(site.services) == []
    (made,) = site.admin.get(f"{BASE}/extraAttribute?name=earlier").json
    assert (made["kind"], made["indexed"]) == ("number", True)


def test_words_of_a_searched_attribute_find_the_record_for_who_sees_them(site: Site) -> None:
    define(site, "Individual", "motto", "text", searched=True, dataClass="internal")
    define(site, "Individual", "secretName", "text", searched=True, dataClass="sensitive")
    body = {"givenName": "Ada", "familyName": "Byron", "motto": "Poetical science",
            "secretName": "Quincunx"}  # fmt: skip
    ada = site.admin.post(INDIVIDUAL, body).json
    catch_up(site.services)
    role = site.role("plain", {"Individual:read": Grant("all", frozenset({"public", "internal"}))})
    plain = site.user("plain", roles=[role], scopes=("Individual:read",))

    def found(client: Client, text: str) -> list[str]:
        answer = client.get("/api/workspace/v1/search", params={"q": text})
        return [one["key"] for one in answer.json]

    assert found(site.admin, "poetical") == [ada["key"]]
    assert found(site.admin, "quincunx") == [ada["key"]]
    assert found(plain, "poetical") == [ada["key"]]
    assert found(plain, "quincunx") == []


def test_a_filter_on_an_indexed_attribute_reads_the_side_table(site: Site) -> None:
    """However many records there are, their documents are not read for it."""
    define(site, "Category", "row", "text", indexed=True)
    site.work()
    with transaction(site.services, system("tests")) as work:
        wanted = Condition("row", (), "text", "eq", ("x",))
        sql = work.filtered(Category.resource, [wanted])
    assert "from catalog_attribute a where a.name = %s and a.text = %s" in sql.text
    assert ".doc" not in sql.text
    with site.services.database.app.connection() as connection:
        connection.execute("set enable_seqscan = off")
        lines = connection.execute(
            f"explain select t.id from category t where {sql.text}", sql.parameters
        ).fetchall()
    assert any("catalog_attribute_text" in line for (line,) in lines)


def define_and_use(site: Site) -> None:
    """Define an attribute, go by it in the same transaction, and take all of that back."""
    asked = Condition("draftedOnly", (), "number", "eq", (7,))
    with as_system(site.services, "tests") as work:
        said = {"recordType": "Category", "name": "draftedOnly", "kind": "number", "indexed": True}
        work.add(ExtraAttribute.wrap(said))
        read_anew(work)
        assert "draftedOnly" in work.defined(Category.resource)
        with pytest.raises(Invalid, match="draftedOnly"):
            work.add(Category.wrap({"name": "Lines", "draftedOnly": "seven"}))
        stored = work.add(Category.wrap({"name": "Lines", "draftedOnly": 7}))
        sql = work.filtered(Category.resource, [asked])
        table = Category.resource.table
        found = work.connection.execute(
            f"select t.id::text from {table} t where {sql.text}", sql.parameters
        )
        assert found.fetchall() == [(stored.id,)]
        with as_system(site.services, "others") as other:
            assert "draftedOnly" not in other.defined(Category.resource)
        raise LookupError("taken back")


def test_a_transaction_that_defines_one_goes_by_it_and_nobody_else_does(site: Site) -> None:
    """What is defined and not yet committed is checked in its own transaction only."""
    with pytest.raises(LookupError, match="taken back"):
        define_and_use(site)
    with as_system(site.services, "tests") as work:
        assert "draftedOnly" not in work.defined(Category.resource)
