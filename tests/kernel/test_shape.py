"""Shapes read and write JSON objects in place, and their schemas name what is wrong."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.documents.decode import decode
from trunkline.documents.schema import Validator, object_schema
from trunkline.documents.shape import (
    PERSONAL,
    PUBLIC,
    Limits,
    Named,
    Shape,
    camel_case,
    format_instant,
    many,
    parse_instant,
    snake_case,
)
from trunkline.kernel.resource import Api, Document, Resource
from trunkline.kernel.schema import create_schema


class Note(Shape):
    text: Annotated[str, Limits(length_max=20)]
    author: Annotated[str | None, PERSONAL] = None


class Person(Shape):
    type_: str | None = None
    given_name: str
    born_at: datetime | None = None
    height: Decimal | None = None
    children: Annotated[int | None, Limits(minimum=0)] = None
    member: bool | None = None
    mood: Literal["glad", "sad"] | None = None
    best: Note | None = None
    note: Annotated[list[Note], PUBLIC] = many()
    tag: Annotated[list[str], Limits(items_min=1, pattern="^[a-z]+$")] = many()
    e_mail: Annotated[str | None, Named("email")] = None
    friend: list[Person] = many()
    extra: Any = None
    kept: ClassVar[int] = 7


class Employee(Person):
    given_name: str | None = None  # type: ignore[assignment]
    number: int


class Record(Document):
    name: str
    person: Person | None = None


ADA: dict[str, Any] = {
    "givenName": "Ada",
    "bornAt": "1815-12-10T00:00:00.000Z",
    "height": Decimal("1.60"),
    "email": "ada@example.org",
    "note": [{"text": "first", "colour": "red"}],
    "undeclared": {"deep": [1]},
}


def ada() -> Person:
    return Person.wrap(copy.deepcopy(ADA))


def test_attributes_are_read_typed() -> None:
    person = ada()
    assert person.given_name == "Ada"
    assert person.born_at == datetime(1815, 12, 10, tzinfo=UTC)
    assert person.height == Decimal("1.60")
    assert person.e_mail == "ada@example.org"
    assert person.note[0].text == "first"
    assert person.note[0] == Note.wrap({"text": "first", "colour": "red"})
    assert (person.mood, person.best, list(person.friend)) == (None, None, [])
    assert Person.wrap({"givenName": "Ada", "height": 2}).height == Decimal(2)


def test_reading_changes_nothing() -> None:
    person = ada()
    assert (person.best, len(person.friend), person.friend == []) == (None, 0, True)
    assert person.raw == ADA


def test_edits_go_to_the_document_and_keep_what_nobody_declared() -> None:
    person = ada()
    person.given_name = "Augusta"
    person.born_at = datetime(1815, 12, 10, 2, tzinfo=timezone(timedelta(hours=1)))
    person.note[0].text = "second"
    person.best = Note(text="best")
    person.best.author = "Charles"
    person.height = None
    assert person.raw == {
        "givenName": "Augusta",
        "bornAt": "1815-12-10T01:00:00.000Z",
        "email": "ada@example.org",
        "note": [{"text": "second", "colour": "red"}],
        "undeclared": {"deep": [1]},
        "best": {"text": "best", "author": "Charles"},
    }


def test_lists_are_edited_in_place() -> None:
    person = Person(given_name="Ada")
    person.note.append(Note(text="one"))
    person.note.insert(0, Note(text="zero"))
    person.note += [Note(text="two")]
    assert [one.text for one in person.note] == ["zero", "one", "two"]
    assert [one.text for one in person.note[1:]] == ["one", "two"]
    person.note[0] = Note(text="nought")
    del person.note[1:]
    assert person.raw["note"] == [{"text": "nought"}]
    assert Note(text="nought") in person.note
    assert person.note == [Note(text="nought")]
    del person.note[0]
    assert "note" not in person.raw
    person.tag = ["a", "b"]
    person.tag.remove("a")
    assert person.raw["tag"] == ["b"]


def test_assigning_to_a_part_of_an_absent_list_is_not_lost() -> None:
    person = Person(given_name="Ada")
    person.tag[:] = ["a"]
    assert person.raw.get("tag") == ["a"]


def test_names_that_are_not_declared_are_refused() -> None:
    person = ada()
    with pytest.raises(AttributeError, match="Person has no attribute given"):
        person.given = "Ada"  # type: ignore[attr-defined, unused-ignore]
    with pytest.raises(TypeError, match="Person has no attribute surname"):
        Person(given_name="Ada", surname="King")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Person.best holds Note, not str"):
        person.best = "best"  # type: ignore[assignment]
    with pytest.raises(ValueError, match="time zone"):
        person.born_at = datetime(1815, 12, 10)  # noqa: DTZ001


def test_declarations_are_read_off_the_annotations() -> None:
    found = Person.attributes()
    assert [name for name, one in found.items() if one.required] == ["given_name"]
    assert [name for name, one in found.items() if one.is_list] == ["note", "tag", "friend"]
    assert (found["type_"].json_name, found["e_mail"].json_name) == ("@type", "email")
    assert (found["note"].shape, found["note"].data_class) == (Note, "public")
    assert found["mood"].choices == ("glad", "sad")
    assert (found["tag"].limits.items_min, found["extra"].scalar) == (1, "any")
    assert Note.attributes()["author"].data_class == "personal"
    assert "kept" not in found
    assert Person.by_json_name()["email"] is found["e_mail"]


def test_a_shape_inherits_and_may_loosen() -> None:
    found = Employee.attributes()
    assert list(found) == [*Person.attributes(), "number"]
    assert [name for name, one in found.items() if one.required] == ["number"]
    assert Person.attributes()["given_name"].required
    assert Employee(number=7, given_name="Ada").raw == {"number": 7, "givenName": "Ada"}


class Misspelt(Shape):
    note: Notes | None = None  # type: ignore[name-defined]  # noqa: F821


class Nested(Shape):
    table: list[list[str]]


class Undecided(Shape):
    either: str | int


class Foreign(Shape):
    when: timedelta


@pytest.mark.parametrize(
    "shape,message",
    [
        (Misspelt, "Misspelt.note: name 'Notes' is not defined"),
        (Nested, "Nested.table: lists of lists"),
        (Undecided, "a union of"),
        (Foreign, "Foreign.when: .* is not a kind"),
    ],
)
def test_declarations_that_cannot_hold_are_refused(shape: type[Shape], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        shape.attributes()


@pytest.mark.parametrize(
    "name,json_name", [("order_date", "orderDate"), ("id", "id"), ("class_", "class")]
)
def test_names_translate(name: str, json_name: str) -> None:
    assert camel_case(name) == json_name
    assert camel_case("referred_type") == "@referredType"
    assert snake_case("orderDate") == "order_date"


@given(st.datetimes(datetime(1001, 1, 1), datetime(9998, 1, 1)), st.integers(-23, 23))  # noqa: DTZ001
def test_instants_come_back(moment: datetime, hours: int) -> None:
    local = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    text = format_instant(local)
    assert len(text) == len("2026-11-21T10:00:00.000Z")
    assert parse_instant(text) == local.replace(microsecond=local.microsecond // 1000 * 1000)


def resource() -> Resource:
    api = Api("630", "Record", "4.0.0", "/record/v4")
    return Resource("Record", Record, "kernel", api, "record", "REC", required=("person",))


VALIDATOR = Validator(create_schema(resource()))


def test_a_good_document_has_no_fault() -> None:
    person = {**ADA, "friend": [{"givenName": "Charles", "undeclared": 2**70}], "tag": ["a"]}
    assert VALIDATOR.faults({"name": "one", "person": person, "undeclared": None}) == []


@pytest.mark.parametrize(
    "person,path,code,message",
    [
        ({}, "person.givenName", "missing", "is required; send it"),
        ({"givenName": 5}, "person.givenName", "badType", "must be of type string"),
        ({"height": "tall"}, "person.height", "badType", "must be of type number"),
        ({"children": Decimal("1.5")}, "person.children", "badType", "must be of type integer"),
        ({"children": -1}, "person.children", "badValue", "-1 is less than the minimum of 0"),
        ({"children": 2**64}, "person.children", "badValue", "is greater than the maximum"),
        ({"children": True}, "person.children", "badType", "must be of type integer"),
        ({"member": 1}, "person.member", "badType", "must be of type boolean"),
        ({"mood": "so so"}, "person.mood", "badValue", "must be one of: glad, sad"),
        ({"best": []}, "person.best", "badType", "must be of type object"),
        ({"note": {}}, "person.note", "badType", "must be of type array"),
        ({"note": [{"text": "x" * 21}]}, "person.note[0].text", "badValue", "longer than 20"),
        ({"note": [{"text": "a"}, {}]}, "person.note[1].text", "missing", "is required"),
        (
            {"friend": [{"givenName": "B", "friend": [{}]}]},
            "person.friend[0].friend[0].givenName",
            "missing",
            "is required",
        ),
        ({"tag": []}, "person.tag", "badValue", "less than 1 item"),
        ({"tag": ["A"]}, "person.tag[0]", "badValue", "does not match"),
    ],
    ids=str,
)
def test_every_fault_has_its_path(
    person: dict[str, Any], path: str, code: str, message: str
) -> None:
    document = {"name": "one", "person": person if person == {} else {"givenName": "Ada", **person}}
    (fault,) = VALIDATOR.faults(document)
    assert (fault.path, fault.code) == (path, code)
    assert message in fault.message


def test_all_faults_are_told_at_once() -> None:
    faults = VALIDATOR.faults({"person": {"givenName": 1, "mood": "so so"}})
    assert sorted(one.path for one in faults) == ["name", "person.givenName", "person.mood"]
    assert [one.path for one in VALIDATOR.faults({"name": "one"})] == ["person"]
    assert [one.code for one in VALIDATOR.faults([])] == ["badType"]


def test_decoded_numbers_are_validated_as_they_are() -> None:
    body = b'{"name":"one","person":{"givenName":"Ada","height":1.60,"children":2.0}}'
    assert VALIDATOR.faults(decode(body)) == []


def test_a_schema_holds_each_shape_once() -> None:
    found: dict[str, Any] = {}
    schema = object_schema(Record, found, "#/components/schemas/")
    assert schema["properties"]["person"] == {"$ref": "#/components/schemas/Person"}
    assert sorted(found) == ["Note", "Person"]
    assert found["Note"]["required"] == ["text"]


def test_choices_come_in_one_order_whoever_declares_them_first() -> None:
    """Equal sets of choices, declared in different orders, are shown alike in every process."""

    class First(Shape):
        way: Literal["up", "down", "left"] | None = None

    class Second(Shape):
        way: Literal["left", "down", "up"] | None = None
        ways: list[Literal["up", "left", "down"]] = many()

    for shape in (Second, First):
        for attribute in shape.attributes().values():
            assert attribute.choices == ("down", "left", "up")
        assert object_schema(shape, {}, "")["properties"]["way"]["enum"] == ["down", "left", "up"]
