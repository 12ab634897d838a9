"""Every record that a text finds: which they are, and how very many of them are said in SQL."""

from __future__ import annotations

import pytest

from tests.support.program import Site
from tests.workspace.test_search import mark, person
from trunkline.documents.shape import DataClass
from trunkline.kernel.actor import EVERY_CLASS, Actor, Grant, system
from trunkline.party.individual import Individual
from trunkline.workspace import search_every
from trunkline.workspace.search_every import Matches, find_every
from trunkline.workspace.search_index import catch_up
from trunkline.workspace.search_terms import pieces_of

PEOPLE = (
    ("Ada", "Lovelace", "+49 30 1200341"), ("Adam", "Love-Lace", "+49 30 1200342"),
    ("Bea", "Glovelin", "+49 40 341200"), ("Lovis", "Adamski", ""), ("Cleo", "Clove", ""),
    ("Cleo", "Ad", "+49 89 120034"), ("Dora", "Velace", ""),
)  # fmt: skip
TEXTS = {
    "ada": {0, 1, 3}, "love": {0, 1, 2, 4}, "ada love": {0, 1}, "lov": {0, 1, 2, 3, 4},
    "lace": {0, 1, 6}, "cleo lov": {4}, "love lace": {0, 1}, "ad": {0, 1, 3, 5}, "a l": set(),
    "12003": {0, 1, 5}, "0341200": {2}, "ada lovelace": {0}, "nobody": set(),
}  # fmt: skip


def found(site: Site, text: str, by: Actor | None = None) -> Matches:
    return find_every(site.services, by or system("tests"), Individual.resource, text)


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, int]:
    """Make some people, whose place among these is told by their ids."""
    made = {person(site, *one)["id"]: at for at, one in enumerate(PEOPLE)}
    catch_up(site.services)
    return made


@pytest.mark.parametrize("text", TEXTS)
def test_few_and_many_are_the_same_records(
    site: Site, people: dict[str, int], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """As ids, as what is asked of an entry, and as a query for them all."""
    expected = {ident for ident, at in people.items() if at in TEXTS[text]}
    assert {*found(site, text).idents} & people.keys() == expected
    for words_most in (search_every.WORDS_MAX, 1):
        monkeypatch.setattr(search_every, "WORDS_MAX", words_most)
        monkeypatch.setattr(search_every, "EVERY", 1)
        matches = found(site, text)
        if not expected:
            assert (list(matches.idents), matches.wide) == ([], None)
            continue
        assert (len(matches.idents), matches.has_more) == (1, True)
        assert matches.wide is not None
        entry, among = matches.wide.of_entry, matches.wide.among
        asked = f"select e.record::text from search_entry e where {entry.text}"
        assert {one for (one,) in site.rows(asked, *entry.parameters)} & people.keys() == expected
        rows = site.rows(f"select record::text from ({among.text}) f", *among.parameters)
        assert {one for (one,) in rows} & people.keys() == expected


def test_key_and_id_find_what_they_name(site: Site, people: dict[str, int]) -> None:
    first = next(iter(people))
    (row,) = site.rows("select key from individual where id = %s", first)
    assert [*found(site, row[0]).idents] == [first]
    assert [*found(site, row[0][3:]).idents].count(first) == 1
    assert [*found(site, first).idents] == [first]


def test_a_word_that_very_many_have_hides_none_that_others_have(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More words with a part inside than are asked for at once, each with few records."""
    crowd = [f"qwortz{at:03d}" for at in range(60)]
    with site.services.database.app.connection() as connection:
        for word in [*crowd, "qwortzman"]:
            term = f"{mark(site)}:a{word}"
            connection.execute(
                "insert into search_entry select gen_random_uuid(), 'Individual', 'IND8' || i, "
                "null, null, %(word)s, 'public', %(word)s, '{}', "
                "array_to_tsvector(array[%(term)s, %(mark)s || ':n' || i]) "
                "from generate_series(1, case when %(word)s = 'qwortzman' then 400 else 1 end) i",
                {"mark": mark(site), "word": word, "term": term},
            )
            connection.execute(
                "insert into search_word values (%s, array_to_tsvector(%s::text[]))",
                [term, pieces_of(term)],
            )
    monkeypatch.setattr(search_every, "WORDS_MAX", 10)
    assert len(found(site, "qwortz").idents) == 460
    assert len(found(site, "qwortz n399").idents) == 1
    assert len(found(site, "qwortz n1").idents) == 60 + 111
    assert len(found(site, "qwortz wortz").idents) == 460
    monkeypatch.setattr(search_every, "EVERY", 201)
    assert len(found(site, "qwortz").idents) == 201


def test_a_narrow_reader_finds_within_the_reach(site: Site, people: dict[str, int]) -> None:
    """Who reads own records alone finds no others; and nobody by what is hidden from them."""
    first = next(iter(people))
    own = Actor(first, "own", "user", {"*:read": Grant("own", EVERY_CLASS)}, party=first)
    assert [*found(site, "love", own).idents] == [first]
    assert [*found(site, "12003", own).idents] == [first]
    plain: frozenset[DataClass] = frozenset({"public", "internal"})
    shown = Actor(first, "plain", "user", {"Individual:read": Grant("all", plain)})
    assert [*found(site, "love", shown).idents] == []
    assert found(site, "love", Actor(first, "none", "user", {})) == Matches(())
