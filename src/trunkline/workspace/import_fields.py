"""Fields of an import: what a column of a file may become, and which one its head means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from decimal import InvalidOperation
from zoneinfo import ZoneInfo

from trunkline.documents.decode import bounded_number, decode
from trunkline.documents.errors import Refusal
from trunkline.documents.patch import copied
from trunkline.documents.paths import walk_path
from trunkline.documents.shape import Json, Shape, format_instant
from trunkline.kernel.masks import Mask, is_hidden
from trunkline.kernel.resource import Resource
from trunkline.workspace.import_columns import Element, elements_of, heads_of, put_element
from trunkline.workspace.import_references import references_in

DEPTH_MAX = 3
MATCHES = ("key", "id", "externalId")
TRUE, FALSE = {"true", "yes", "1", "x", "ja", "wahr"}, {"false", "no", "0", "nein", "falsch"}
PLAIN = re.compile(r"[\W_]+")
DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
"""A day as it is written where dots part it: never the month first."""
WORD = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z]|\b|\d)|[A-Z]?[a-z]+|[A-Z]+|\d+")


@dataclass(frozen=True)
class Field:
    """Something that a column may become: its path and what kind of value it takes.

    Of the kind `reference` are records named by key or name; `shape` is what the reference is. One
    of an `element` is a value of that element of a list.
    `codes` are those of a register, by what they are called in small letters.
    """

    path: str
    kind: str
    choices: Sequence[str] = ()
    is_list: bool = False
    shape: type[Shape] | None = None
    codes: Mapping[str, str] = dataclass_field(default_factory=dict)
    element: Element | None = None


def fields_of(
    resource: Resource, hidden: Iterable[Mask | None], runtime: Mapping[str, str]
) -> list[Field]:
    """Return what can be set by an import, less what the importer may not see or write."""
    masks = [one for one in hidden if one is not None]
    sets = {resource.type.attributes()[name].json_name for name in resource.server_sets}
    found = [
        one for one in _fields(resource.type, "", 0)
        if one.path.partition(".")[0] not in {*sets, "href"}
    ]  # fmt: skip
    found += _element_fields(resource)
    shown = [one for one in found if not any(is_hidden(mask, _plain_of(one)) for mask in masks)]
    return [
        Field("key", "text"),
        Field("id", "text"),
        *(one for one in shown if one.path not in MATCHES[:2]),
        *(
            Field(name, "text" if kind == "texts" else kind, is_list=kind == "texts")
            for name, kind in runtime.items()
            if not any(is_hidden(mask, name) for mask in masks)
        ),
    ]


def _fields(shape: type[Shape], start: str, depth: int) -> Iterator[Field]:
    for name, attribute in shape.by_json_name().items():
        if (name.startswith("@") and name not in {"@type", "@referredType"}) or (
            start and name == "href"
        ):
            continue
        path = f"{start}{name}"
        inner = attribute.shape
        if inner is not None and inner.targets and "id" in inner.by_json_name():
            yield Field(path, "reference", (), attribute.is_list, inner)
        elif attribute.is_list:
            yield Field(path, "json" if inner else attribute.scalar, attribute.choices, True)
        if attribute.is_list:
            continue
        if inner is None:
            yield Field(path, attribute.scalar, attribute.choices)
        elif depth + 1 < DEPTH_MAX:
            yield from _fields(inner, f"{path}.", depth + 1)


def _element_fields(resource: Resource) -> Iterator[Field]:
    for path, one in elements_of(resource.name).items():
        attribute = walk_path(resource.type, one.plain)[-1].attribute
        yield Field(path, attribute.scalar, attribute.choices, element=one)


def _plain_of(field: Field) -> str:
    return field.element.plain if field.element is not None else field.path


def guessed(
    resource: Resource, heads: Sequence[str], fields: Sequence[Field],
    labels: Mapping[str, Sequence[str]],
) -> dict[str, str]:  # fmt: skip
    """Return the path that each head means, where one can be told; no path twice.

    `labels` are further names of paths, such as those that lists show. What people call a column
    of this kind in files comes first, then its own name.
    """
    known: dict[str, str] = {}
    called = heads_of(resource.name)
    for names in (
        lambda one: called.get(one.path, ()),
        lambda one: (*labels.get(one.path, ()), words_of(one.path), one.path),
        lambda one: () if one.element is not None else (one.path.rpartition(".")[2],),
    ):
        for one in fields:
            for name in names(one):
                if plain := _plain(name):
                    known.setdefault(plain, one.path)
    paths = {one.path for one in fields}
    found: dict[str, str] = {}
    for head in heads:
        path = head if head in paths else known.get(_plain(head), "")
        if path and path not in found.values():
            found[head] = path
    return found


def words_of(path: str) -> str:
    """Return a path as the words that lists show it by."""
    return " ".join(WORD.findall(path)).lower()


def _plain(text: str) -> str:
    return PLAIN.sub("", text.casefold())


def document_of(
    row: Mapping[str, Json], mapping: Mapping[str, str], fields: Mapping[str, Field], zone: ZoneInfo
) -> dict[str, Json]:
    """Return what a row says as a document; what does not fit stays a text, and is refused so."""
    document: dict[str, Json] = {}
    for head, path in mapping.items():
        field, value = fields.get(path), row.get(head)
        if field is None or value is None or path == "key":
            continue
        if field.element is not None:
            put_element(document, field.element, _value(field, value, zone))
            continue
        holder = document
        *outer, last = path.split(".")
        for name in outer:
            holder = holder.setdefault(name, {})
        found = _value(field, value, zone)
        both = isinstance(found, dict) and isinstance(holder.get(last), dict)
        holder[last] = {**holder[last], **found} if both else found
    return document


def _value(field: Field, value: Json, zone: ZoneInfo) -> Json:
    if field.kind == "reference" and isinstance(value, int):
        value = str(value)
    if not isinstance(value, str):
        return str(value) if field.kind == "text" and not isinstance(value, bool) else value
    if field.kind == "json" or (field.kind in {"reference", "any"} and value[:1] in {"[", "{"}):
        return _json(value)
    if field.kind == "reference":
        return references_in(value, field.shape) if field.is_list else {"id": value.strip()}
    if field.is_list:
        parts = [one.strip() for one in value.split(";")]
        return [_scalar(field, one, zone) for one in parts if one]
    return _scalar(field, value, zone)


def _scalar(field: Field, text: str, zone: ZoneInfo) -> Json:
    if field.kind in {"number", "integer"}:
        try:
            number = bounded_number(text.replace(" ", ""))
        except (InvalidOperation, ValueError):
            return text
        return int(number) if field.kind == "integer" and number == int(number) else number
    if field.kind == "boolean":
        lower = text.casefold()
        return True if lower in TRUE else False if lower in FALSE else text
    if field.kind == "instant":
        return _moment(text, zone)
    if field.codes:
        return field.codes.get(text.strip().casefold(), text)
    if field.choices and text not in field.choices:
        by_words = {_plain(one): one for one in field.choices}
        return by_words.get(_plain(text), text)
    return text


def _moment(text: str, zone: ZoneInfo) -> str:
    day = DOTTED.fullmatch(text.strip())
    try:
        moment = datetime.fromisoformat(f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}" if day else text)
    except ValueError:
        return text
    return format_instant(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _json(text: str) -> Json:
    try:
        return decode(text.encode())
    except Refusal:
        return text


def patch_of(document: dict[str, Json], match: str) -> dict[str, Json]:
    """Return what a row changes of the record that it matches."""
    return {name: copied(value) for name, value in document.items() if name not in {"id", match}}
