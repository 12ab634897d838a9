"""Nobody sees a value of a class that they may not see, nor removes one unseen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.documents.patch import changes, copied, merge_patch
from trunkline.documents.shape import (
    PERSONAL,
    PUBLIC,
    SENSITIVE,
    DataClass,
    Shape,
    many,
)
from trunkline.kernel.masks import ORDER, Mask, hidden_paths, is_hidden, mask
from trunkline.kernel.resource import Api, Document, Resource
from trunkline.rest.unseen import lost


class PersonRef(Shape, targets=("Person",)):
    id: str
    role: str | None = None
    referred_type: str | None = None
    name: Annotated[str | None, PERSONAL] = None


class Contact(Shape):
    kind: Annotated[str | None, PUBLIC] = None
    email: str | None = None
    agent: PersonRef | None = None


class Part(Shape):
    id: str
    state: str | None = None
    note: Annotated[str | None, PERSONAL] = None
    owner: PersonRef | None = None
    part: list[Part] = many()


class Place(Shape):
    city: str | None = None


class Work(Document):
    name: Annotated[str | None, PUBLIC] = None
    state: str | None = None
    secret: Annotated[str | None, SENSITIVE] = None
    contact: Annotated[list[Contact], PERSONAL] = many()
    related: list[PersonRef] = many()
    guardian: Annotated[PersonRef | None, SENSITIVE] = None
    part: list[Part] = many()
    place: Place | None = None
    extra: Any = None


class DiscreetRef(PersonRef):
    role: Annotated[str | None, SENSITIVE] = None


class Held(Document):
    boss: DiscreetRef | None = None


class Plain(Document):
    name: str | None = None
    place: Place | None = None


def declared(kind: type[Document], data_class: DataClass) -> Resource:
    api = Api("630", "Work", "4.0.0", "/work/v4")
    return Resource(kind.__name__, kind, "kernel", api, "work", "WRK", data_class=data_class)


WORK = declared(Work, "internal")
PRIVATE = declared(Work, "personal")
SHOWN = declared(Work, "public")


def mask_of(resource: Resource, *sees: DataClass) -> Mask:
    found = hidden_paths(resource, frozenset(sees))
    assert found is not None
    return found


SERVICE_DESK = mask_of(WORK, "public", "internal")


def objects(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional=values)


def value(data_class: str) -> st.SearchStrategy[str]:
    """A text that says which class it has to be, told by hand and not by the code under test."""
    return st.sampled_from([f"{data_class} 1", f"{data_class} 2"])


def lower(one: DataClass, other: DataClass) -> DataClass:
    return min(one, other, key=ORDER.index)


def undeclared(held: DataClass) -> st.SearchStrategy[Any]:
    text = value("sensitive" if held == "sensitive" else "personal")
    return text | st.lists(text, min_size=1, max_size=2) | st.fixed_dictionaries({"id": text})


def reference(held: DataClass, points: DataClass) -> st.SearchStrategy[Any]:
    return objects(
        **{name: value(points) for name in ("id", "href", "role", "@type", "@referredType")},
        name=value("personal"),
        surprise=undeclared(held),
    )


def documents(held: DataClass) -> st.SearchStrategy[Any]:
    contact = objects(
        kind=value("public"),
        email=value("personal"),
        agent=reference("personal", "personal"),
        surprise=undeclared("personal"),
    )
    pointing = reference(held, lower(held, "internal"))

    def part(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return objects(
            **{name: value(held) for name in ("id", "state", "@type")},
            note=value("personal"),
            owner=pointing,
            part=st.lists(inner, max_size=2),
            surprise=undeclared(held),
        )

    return objects(
        **{name: value("public") for name in ("id", "href", "key", "@type", "name")},
        state=value(held),
        secret=value("sensitive"),
        contact=st.lists(contact, max_size=2),
        related=st.lists(pointing, max_size=2),
        guardian=reference("sensitive", "sensitive"),
        part=st.lists(part(part(st.just({}))), max_size=2),
        place=objects(city=value(held)),
        extra=value(held) | st.lists(st.fixed_dictionaries({"any": value(held)})),
        surprise=undeclared(held),
    )


CLASSES: st.SearchStrategy[DataClass] = st.sampled_from(ORDER)
CASES = CLASSES.flatmap(
    lambda held: st.tuples(
        st.just(declared(Work, held)), st.frozensets(CLASSES, max_size=3), documents(held)
    )
)


def texts(found: Any) -> Iterator[str]:
    if isinstance(found, (dict, list)):
        for inner in found.values() if isinstance(found, dict) else found:
            yield from texts(inner)
    else:
        yield found


@given(CASES)
def test_exactly_the_values_of_visible_classes_survive(case: Any) -> None:
    resource, sees, document = case
    hiding = hidden_paths(resource, sees)
    if hiding is None:
        assert resource.data_class == "sensitive" or sees >= {"personal", "sensitive"}
    shown = document if hiding is None else mask(document, hiding)
    visible = [one for one in texts(document) if one.split()[0] in {*sees, "public"}]
    assert list(texts(shown)) == visible


@given(CASES)
def test_masking_twice_is_masking_once_and_changes_nothing(case: Any) -> None:
    resource, sees, document = case
    before = copied(document)
    hiding = hidden_paths(resource, sees)
    if hiding is not None:
        shown = mask(document, hiding)
        assert mask(shown, hiding) == shown
    assert document == before


@given(CASES)
def test_paths_are_hidden_as_the_values_are(case: Any) -> None:
    resource, sees, document = case
    hiding = hidden_paths(resource, sees)
    if hiding is not None:
        for change in changes({}, document):
            if isinstance(change.new, str):
                visible = change.new.split()[0] in {*sees, "public"}
                assert is_hidden(hiding, change.path) is not visible


@given(CASES)
def test_nothing_is_lost_when_nothing_changes(case: Any) -> None:
    resource, sees, document = case
    hiding = hidden_paths(resource, sees)
    if hiding is not None:
        assert lost(hiding, document, copied(document)) == []


@given(CASES)
def test_writing_back_what_was_seen_loses_all_that_was_not(case: Any) -> None:
    resource, sees, document = case
    hiding = hidden_paths(resource, sees)
    if hiding is not None:
        unseen = [one for one in texts(document) if one.split()[0] not in {*sees, "public"}]
        assert bool(lost(hiding, document, mask(document, hiding))) == bool(unseen)


def test_nothing_is_hidden_from_one_who_sees_all() -> None:
    assert hidden_paths(WORK, frozenset(ORDER)) is None
    assert hidden_paths(declared(Plain, "internal"), frozenset({"internal", "personal"})) is None
    assert hidden_paths(declared(Plain, "internal"), frozenset({"internal"})) is not None
    assert hidden_paths(declared(Plain, "sensitive"), frozenset({"internal", "personal"}))


def test_a_mask_is_made_once() -> None:
    assert hidden_paths(WORK, frozenset({"internal"})) is mask_of(WORK, "internal")
    assert hidden_paths(WORK, frozenset({"internal"})) is not mask_of(PRIVATE, "internal")


def test_objects_that_become_empty_are_left_out() -> None:
    document = {
        "name": "Fibre 1G",
        "contact": [{"email": "ada@example.org"}, {"kind": "mail", "email": "ada@example.org"}],
        "guardian": {"id": "7", "name": "Ada"},
        "part": [{"note": "call Ada"}, {"id": "1", "part": [{"id": "2", "note": "call Ada"}]}],
        "related": [{"id": "7", "role": "owner", "name": "Ada", "born": "1815"}],
        "nickname": "ada",
    }
    assert mask(document, SERVICE_DESK) == {
        "name": "Fibre 1G",
        "contact": [{"kind": "mail"}],
        "part": [{"id": "1", "part": [{"id": "2"}]}],
        "related": [{"id": "7", "role": "owner"}],
    }


def test_what_was_empty_stays_unless_it_is_hidden_itself() -> None:
    document: dict[str, Any] = {
        "part": [],
        "related": [{}],
        "contact": [],
        "guardian": {},
        "nickname": [],
    }
    assert mask(document, SERVICE_DESK) == {"part": [], "related": [{}]}


def test_a_text_in_place_of_an_object_counts_as_undeclared() -> None:
    assert mask({"part": "Ada", "related": ["Ada"]}, SERVICE_DESK) == {}


@pytest.mark.parametrize("resource", [WORK, PRIVATE, SHOWN])
def test_references_stay_visible(resource: Resource) -> None:
    document = {"related": [{"id": "7", "role": "owner", "@referredType": "Person", "name": "Ada"}]}
    shown = mask(document, mask_of(resource, "public", "internal"))
    assert shown == {"related": [{"id": "7", "role": "owner", "@referredType": "Person"}]}


def test_references_of_a_public_resource_are_public() -> None:
    document = {"related": [{"id": "7"}], "guardian": {"id": "8"}}
    assert mask(document, mask_of(SHOWN, "public")) == {"related": [{"id": "7"}]}
    assert mask(document, mask_of(WORK, "public")) == {}


def test_an_attribute_of_a_reference_may_have_its_own_class() -> None:
    hiding = mask_of(declared(Held, "internal"), "internal")
    assert mask({"boss": {"id": "7", "role": "x"}}, hiding) == {"boss": {"id": "7"}}


@pytest.mark.parametrize(
    "path,hidden",
    [
        ("name", False),
        ("id", False),
        ("createdAt", False),
        ("updatedAt", False),
        ("state", False),
        ("secret", True),
        ("secret.deeper", True),
        ("nickname", True),
        ("contact", True),
        ("contact.kind", False),
        ("contact.email", True),
        ("contact.agent.id", True),
        ("related.id", False),
        ("related.name", True),
        ("guardian.id", True),
        ("part.part.part.note", True),
        ("part.part.part.state", False),
        ("part[id=7].part[0].note", True),
        ("part[*].id", False),
        ('part[id="a].b"].state', False),
        ('["part"].state', False),
        ('["part.state"]', True),
        ("part..state", True),
        ("part[id=7", True),
        ("", True),
    ],
)
def test_a_path_is_hidden_when_it_leads_to_something_hidden(path: str, hidden: bool) -> None:
    assert is_hidden(SERVICE_DESK, path) is hidden


BEFORE: dict[str, Any] = {
    "state": "open",
    "secret": "7411",
    "contact": [{"kind": "mail", "email": "ada@example.org"}],
    "part": [
        {"id": "1", "state": "new", "note": "call Ada"},
        {"id": "2", "state": "new"},
    ],
    "nickname": "ada",
}


@pytest.mark.parametrize(
    "patch,found",
    [
        ({"state": "closed", "place": {"city": "London"}}, []),
        ({"secret": "7411"}, []),
        ({"secret": None}, ["secret"]),
        ({"secret": "0000"}, ["secret"]),
        ({"nickname": None}, ["nickname"]),
        ({"contact": None}, ["contact[0].email"]),
        ({"contact": [{"kind": "post", "email": "ada@example.org"}]}, []),
        ({"contact": [{"kind": "mail"}]}, ["contact[0].email"]),
        ({"contact": {"kind": "mail"}}, ["contact[0].email"]),
        ({"part": [{"id": "1", "note": "call Ada"}]}, []),
        ({"part": [{"id": "3"}, {"id": "1", "note": "call Ada"}]}, []),
        ({"part": [{"id": "2"}, {"id": "1", "state": "old"}]}, ["part[id=1].note"]),
        ({"part": [{"id": "2"}]}, ["part[id=1].note"]),
        ({"part": "none"}, ["part[id=1].note"]),
    ],
    ids=str,
)
def test_a_write_that_would_remove_what_it_cannot_see_is_told(patch: Any, found: list[str]) -> None:
    assert lost(SERVICE_DESK, BEFORE, merge_patch(BEFORE, patch)) == found


def test_elements_with_one_id_are_matched_in_order() -> None:
    before = {"part": [{"id": "1", "note": "a"}, {"id": "1", "note": "b"}]}
    assert lost(SERVICE_DESK, before, copied(before)) == []
    after = {"part": [{"id": "1", "note": "a"}]}
    assert lost(SERVICE_DESK, before, after) == ["part[id=1].note"]
