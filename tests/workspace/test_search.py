"""The search box: what is found, by whom, how soon, and how an index comes to be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.program import Client, Site
from tests.support.sql_counter import counted
from trunkline.documents.decode import load
from trunkline.documents.shape import DataClass
from trunkline.kernel.actor import EVERY_CLASS, Actor, Grant, Reach, system
from trunkline.kernel.masks import ORDER
from trunkline.workspace import search, search_index
from trunkline.workspace.search import find
from trunkline.workspace.search_index import catch_up, rebuild, state_of, step
from trunkline.workspace.search_terms import entry_of, mark_of, pieces_of, searched_of

PARTY = "/tmf-api/party/v4"
SEARCH = "/api/workspace/v1/search"
PLAIN: frozenset[DataClass] = frozenset({"public", "internal"})


def person(site: Site, given: str, family: str, phone: str = "") -> dict[str, Any]:
    body: dict[str, Any] = {"givenName": given, "familyName": family}
    if phone:
        medium = {"mediumType": "phone", "characteristic": {"phoneNumber": phone}}
        body["contactMedium"] = [medium]
    made: dict[str, Any] = site.admin.post(f"{PARTY}/individual", body).json
    return made


def mark(site: Site) -> str:
    """Return what the words of a person's name begin with."""
    searched = searched_of(site.services.registry["Individual"])
    return mark_of(searched, dict(searched.words)["familyName"])


def keys(client: Client, text: str, **more: str) -> list[str]:
    answer = client.get(SEARCH, params={"q": text, **more})
    assert answer.status_code == 200, answer.text
    return [one["key"] for one in answer.json]


@pytest.fixture(scope="module")
def grace(site: Site) -> dict[str, Any]:
    made = person(site, "Grâce", "Groß-Hopper", "+49 30 5766051")
    catch_up(site.services)
    return made


@pytest.mark.parametrize(
    "text",
    [
        "grace", "GRÂCE hop", "hopper gross", "gros", "5766", "660", "(030) 576-60",
        "+49305766051", "+49 (0) 30 5766051", "0049 (0)30 57", "٥٧٦٦٠٥١",
    ],
)  # fmt: skip
def test_a_person_is_found_by_words_and_parts_of_numbers(
    site: Site, grace: dict[str, Any], text: str
) -> None:
    assert keys(site.admin, text) == [grace["key"]]


def test_a_record_is_found_by_its_key_its_digits_and_its_id(
    site: Site, grace: dict[str, Any]
) -> None:
    for text in (grace["key"], grace["key"].lower(), grace["key"][3:].lstrip("0"), grace["id"]):
        assert keys(site.admin, text)[0] == grace["key"]


@pytest.mark.parametrize("text", ["rac", "opper", "ross-hop", "oppe RÂC", "ross opper", "gr oppe"])
def test_a_person_is_found_by_any_part_of_a_name(
    site: Site, grace: dict[str, Any], text: str
) -> None:
    """Three letters from the middle of a word are enough; each word may be typed so."""
    assert keys(site.admin, text) == [grace["key"]]
    own = Actor(grace["id"], "grace", "user", {"Individual:read": Grant("own", EVERY_CLASS)},
                party=grace["id"])  # fmt: skip
    assert [one.key for one in find(site.services, own, text)] == [grace["key"]]
    plain = Actor(grace["id"], "plain", "user", {"Individual:read": Grant("all", PLAIN)})
    assert not find(site.services, plain, text)


def test_a_part_of_a_name_goes_with_the_last_who_has_it(site: Site) -> None:
    """A word of a name is kept no longer than somebody is called so."""
    words = "select term from search_word where term like %s"
    one, other = person(site, "Uma", "Zyxwvan"), person(site, "Ute", "Zyxwvan")
    catch_up(site.services)
    assert sorted(keys(site.admin, "yxwv")) == sorted([one["key"], other["key"]])
    site.admin.patch(f"{PARTY}/individual/{one['id']}", {"familyName": "Abcdefgh"})
    catch_up(site.services)
    assert keys(site.admin, "yxwv") == [other["key"]]
    assert site.rows(words, "%zyxwvan")
    site.admin.delete(f"{PARTY}/individual/{other['id']}")
    catch_up(site.services)
    assert keys(site.admin, "yxwv") == []
    assert not site.rows(words, "%zyxwvan")
    assert keys(site.admin, "cdefg") == [one["key"]]


def test_a_part_of_a_name_in_very_many_records_is_found_among_them(site: Site) -> None:
    """Of words that many share the first are shown, and rarer ones of the same part are found."""
    with site.services.database.app.connection() as connection:
        connection.execute(
            "insert into search_entry select gen_random_uuid(), 'Individual', 'IND8' || i, null, "
            "null, 'Qwortzman ' || i, 'public', 'qwortzman ' || lpad(i::text, 4, '0'), '{}', "
            "array_to_tsvector(array[%(mark)s || ':qwortzman', %(mark)s || ':' || i]) "
            "from generate_series(1, 400) i",
            {"mark": mark(site)},
        )
        connection.execute(
            "insert into search_word values (%s, array_to_tsvector(%s::text[])) "
            "on conflict do nothing",
            [f"{mark(site)}:qwortzman", pieces_of(f"{mark(site)}:qwortzman")],
        )
    rare = person(site, "Ann", "Aqortzling")
    catch_up(site.services)
    by = system("tests")
    assert len(find(site.services, by, "wortzm", kinds=["Individual"])) == 6
    assert len(find(site.services, by, "wortzm", kinds=["Individual"], many=True)) == 200
    assert [one.key for one in find(site.services, by, "ortzl")] == [rare["key"]]
    assert [one.label for one in find(site.services, by, "ortzma 399")] == ["Qwortzman 399"]


def test_an_order_is_found_by_any_part_of_its_key(site: Site) -> None:
    """Its key is a number of it, found by three signs in its middle, too."""
    searched = searched_of(site.services.registry["ProductOrder"])
    entry = entry_of(searched, "x", "ORD1234567", None, None, {"externalId": "A-77"})
    assert {one[1:] for one in entry.numbers} == {"ord1234567", "a77"}


def test_what_is_not_there_is_not_found(site: Site, grace: dict[str, Any]) -> None:
    for text in ("grace nobody", "rase", "5766052", "%", "_", "'", "'':* | '':*", "\\", "٣"):
        assert keys(site.admin, text) == []
    assert site.admin.get(SEARCH, params={"q": " "}).status_code == 400
    assert site.admin.get(SEARCH, params={"q": "x", "kind": "Nosuch"}).status_code == 400


def test_a_change_and_a_removal_are_followed(site: Site) -> None:
    made = person(site, "Alan", "Turing")
    catch_up(site.services)
    assert keys(site.admin, "turing") == [made["key"]]
    site.admin.patch(
        f"{PARTY}/individual/{made['id']}", {"familyName": "Mathison"},
        headers={"Content-Type": "application/merge-patch+json"},
    )  # fmt: skip
    catch_up(site.services)
    assert keys(site.admin, "turing") == []
    assert keys(site.admin, "mathison") == [made["key"]]
    assert site.admin.delete(f"{PARTY}/individual/{made['id']}").status_code == 204
    catch_up(site.services)
    assert keys(site.admin, "mathison") == []
    assert site.rows("select 1 from search_entry where record = %s", made["id"]) == []


def test_nobody_finds_by_a_value_that_is_hidden(site: Site, grace: dict[str, Any]) -> None:
    """The name is personal: who sees none finds the record by its key only, without a name."""
    site.role("plain", {"*:read": Grant("all", PLAIN)})
    plain = site.user("plain", roles=["plain"], scopes=("*:read",))
    for text in ("grace", "5766", "hopper"):
        assert keys(plain, text) == []
    (found,) = plain.get(SEARCH, params={"q": grace["key"]}).json
    assert found["key"] == grace["key"]
    assert "name" not in found


def test_nobody_finds_what_they_may_not_read(site: Site, grace: dict[str, Any]) -> None:
    site.role("places", {"GeographicSite:read": Grant()})
    places = site.user("places", roles=["places"], scopes=("GeographicSite:read",))
    assert keys(places, "grace") == keys(places, grace["key"]) == keys(places, grace["id"]) == []


def test_a_narrow_reader_finds_what_is_its_own(site: Site, grace: dict[str, Any]) -> None:
    site.role("self", {"*:read": Grant("own", EVERY_CLASS)})
    other = person(site, "Grace", "Murray")
    catch_up(site.services)
    own = site.user("own-grace", roles=["self"], scopes=("*:read",), party=grace["id"])
    assert keys(own, "grace") == [grace["key"]]
    assert keys(own, other["key"]) == keys(own, "murray") == keys(own, other["id"]) == []
    assert set(keys(site.admin, "grace")) == {grace["key"], other["key"]}


def test_the_database_keeps_from_a_narrow_reader_what_the_statement_lets_through(
    site: Site, grace: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second wall: the statement asks as for everything, and still nothing comes of it."""
    site.role("self-too", {"*:read": Grant("own", EVERY_CLASS)})
    other = person(site, "Grace", "Kelly")
    catch_up(site.services)
    own = site.user("own-too", roles=["self-too"], scopes=("*:read",), party=grace["id"])
    monkeypatch.setattr("trunkline.workspace.search.is_whole", lambda *_: True)
    assert other["key"] not in keys(own, "grace")


def test_best_first(site: Site) -> None:
    site.admin.post(f"{PARTY}/organization", {"tradingName": "Zuse Machines"})
    for name in ("Old Zuse Works", "Zuse", "Konrad Zuse"):
        site.admin.post(f"{PARTY}/organization", {"tradingName": name})
    catch_up(site.services)
    names = [one["name"] for one in site.admin.get(SEARCH, params={"q": "zuse"}).json]
    assert names == ["Zuse", "Zuse Machines", "Konrad Zuse", "Old Zuse Works"]


def test_a_lost_index_is_built_anew_and_goes_on_where_it_was_cut_off(
    site: Site, grace: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    services = site.services
    with services.database.app.connection() as connection:
        connection.execute("delete from search_entry")
    monkeypatch.setattr(search_index, "RECORDS_MAX", 2)
    rebuild(services)
    for _ in range(3):
        assert step(services) is not None
    with services.database.app.connection() as connection:
        state = state_of(connection)
    assert state is not None
    assert state.building is not None
    late = person(site, "Ada", "Late")
    assert step(services) is not None
    assert keys(site.admin, "late") == [late["key"]]
    catch_up(services)
    assert grace["key"] in keys(site.admin, "grace")
    with services.database.app.connection() as connection:
        state = state_of(connection)
    assert state is not None
    assert state.finished_at is not None


def test_other_declarations_ask_for_another_index(
    site: Site, grace: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    catch_up(site.services)
    done = step(site.services)
    assert done is not None
    assert not done.records
    monkeypatch.setattr(search_index, "digest_of", lambda _: "another release")
    done = step(site.services)
    assert done is not None
    assert done.more
    catch_up(site.services)


def test_an_open_transaction_is_waited_for(site: Site) -> None:
    """Its events are older than those that commit meanwhile, and are not passed over."""
    catch_up(site.services)
    pool = site.services.database.app
    with pool.connection() as connection, connection.transaction():
        connection.execute("select pg_current_xact_id()")
        made = person(site, "Edsger", "Open")
        catch_up(site.services)
        assert keys(site.admin, "edsger") == []
    catch_up(site.services)
    assert keys(site.admin, "edsger") == [made["key"]]


def test_searching_costs_few_statements(site: Site, grace: dict[str, Any]) -> None:
    find(site.services, system("tests"), "grace")
    with counted() as sent:
        assert find(site.services, system("tests"), "grace")
    assert len(sent) == 2


def test_writing_a_record_does_nothing_for_the_index(site: Site) -> None:
    with counted() as sent:
        person(site, "Barbara", "Quick")
    assert not [one for one in sent if "search_entry" in one]


def test_a_partner_finds_the_kinds_that_its_reach_is_for(site: Site, grace: dict[str, Any]) -> None:
    """Of a kind that is read as one's own nothing is found through the partner."""
    partner = person(site, "Zed", "Partner")["id"]
    client = person(site, "Grace", "Client")
    catch_up(site.services)
    site.rows(
        "update search_entry set partner = %s where record = %s returning 1", partner, client["id"]
    )

    def found(individuals: Reach) -> list[str]:
        grants = {
            "Individual:read": Grant(individuals, EVERY_CLASS),
            "Organization:read": Grant("partner", EVERY_CLASS),
        }
        actor = Actor(partner, "zed", "user", grants, party=partner, partner=partner)
        return [one.key for one in find(site.services, actor, "grace")]

    assert found("partner") == [client["key"]]
    assert found("own") == []


def test_a_part_that_very_many_share_is_found_without_asking_all_of_them(site: Site) -> None:
    """Few records are looked at; what is typed in full is found, and stands first, all the same."""
    crowd = 400
    with site.services.database.app.connection() as connection:
        connection.execute(
            "insert into search_entry "
            "select gen_random_uuid(), 'Service', 'SRV8' || i, null, null, "
            "'Crowded ' || lpad(i::text, 4, '0'), 'public', 'crowded ' || lpad(i::text, 4, '0'), "
            "array[%(digit)s || '49177' || lpad(i::text, 5, '0')], array_to_tsvector(array("
            "select %(gram)s || substr('49177' || lpad(i::text, 5, '0'), k, 4) "
            "from generate_series(1, 8) k)) from generate_series(1, %(crowd)s) i",
            {"crowd": crowd, **number_marks(site)},
        )
    by = system("tests")
    hits = find(site.services, by, "49177", kinds=["Service"])
    assert [one.number[:5] for one in hits] == ["49177"] * 6
    assert looked_at(site, "49177") < crowd
    assert looked_at(site, "4917") < crowd
    (last,) = find(site.services, by, "4917700400", kinds=["Service"])
    assert (last.number, last.label) == ("4917700400", "Crowded 0400")
    assert find(site.services, by, "00399", kinds=["Service"])[0].label == "Crowded 0399"
    many = find(site.services, by, "49177", kinds=["Service"], many=True)
    assert len(many) == 200


def test_a_whole_number_that_others_contain_stands_first(site: Site) -> None:
    """Typed in full, it is the one that is meant, however many others have it inside."""
    marks = number_marks(site)
    with site.services.database.app.connection() as connection:
        connection.execute(
            "insert into search_entry "
            "select gen_random_uuid(), 'Service', 'SRV9' || i, null, null, "
            "'Aaa ' || i, 'public', 'aaa ' || lpad(i::text, 4, '0'), "
            "array[%(digit)s || '6655441' || lpad(i::text, 3, '0')], array_to_tsvector(array("
            "select %(gram)s || substr('6655441' || lpad(i::text, 3, '0'), k, 4) "
            "from generate_series(1, 8) k)) from generate_series(1, 300) i",
            marks,
        )
        connection.execute(
            "insert into search_entry values (gen_random_uuid(), 'Service', 'SRV7001', null, null, "
            "'Zzz whole', 'public', 'zzz whole', array[%(digit)s || '6655441'], "
            "array_to_tsvector(array[%(gram)s || '6655', %(gram)s || '6554', %(gram)s || '5544', "
            "%(gram)s || '5441', %(gram)s || '441']))",
            marks,
        )
    hits = find(site.services, system("tests"), "6655441", kinds=["Service"])
    assert hits[0].label == "Zzz whole"
    assert len(hits) == 6


def looked_at(site: Site, text: str) -> int:
    """Return how many services the lists of pieces of a number bring up for a text."""
    asked = search.Asked.of(text)
    service = searched_of(site.services.registry["Service"])
    parameters = search.parameters_of(asked, [(service, Grant())])
    with site.services.database.app.connection() as connection:
        connection.execute(search.PREPARE, prepare=False)
        ((plan,),) = connection.execute(
            "explain (analyze, format json) " + search.FIND, parameters
        ).fetchall()
        connection.rollback()
    return sum(
        int(one["Actual Rows"] * one["Actual Loops"])
        for one in nodes_of(load(plan)[0]["Plan"])
        if one.get("Index Name") == "search_entry_terms"
    )


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every step of a plan."""
    yield plan
    for one in plan.get("Plans", []):
        yield from nodes_of(one)


def number_marks(site: Site) -> dict[str, str]:
    """Return what numbers of services, and pieces of them, begin with in the index."""
    searched = searched_of(site.services.registry["Service"])
    digit = str(ORDER.index(searched.numbers[0][1]))
    return {"digit": digit, "gram": f"{searched.prefix}{digit}#"}


def test_what_another_system_calls_somebody_is_found(site: Site) -> None:
    """The number that the old billing system gave a customer, a person or a company leads there."""
    numbers = ("OB-77120034", "OB-77120035", "OB-77120036", "Quartz")
    old = [[{"name": one, "externalReferenceType": "oldBilling"}] for one in numbers]
    ida, firm = (
        site.admin.post(f"{PARTY}/{kind}", {**body, "externalReference": said}).json
        for kind, body, said in (
            ("individual", {"givenName": "Ida", "familyName": "Rhodes"}, old[0]),
            ("organization", {"tradingName": "Rhodes Ltd"}, old[1]),
        )
    )
    role = {"name": "Rhodes", "engagedParty": {"id": ida["id"]},
            "externalReference": old[2] + old[3]}  # fmt: skip
    customer = site.admin.post("/tmf-api/customerManagement/v4/customer", role).json
    catch_up(site.services)
    for text, made in (("77120034", ida), ("OB-77120035", firm), ("7712 0036", customer),
                       ("quartz", customer)):  # fmt: skip
        assert keys(site.admin, text) == [made["key"]], text
