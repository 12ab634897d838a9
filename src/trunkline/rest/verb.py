"""Verbs that no resource derives: described in a line each, told as OpenAPI.

A type is written as a word (`text`, `instant`, `integer`, `number`, `flag`, `object`, `any`), as
`list` and a word, as the name of another schema, or as a schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from trunkline.documents.shape import Json
from trunkline.kernel.resource import Api, View
from trunkline.rest.http import JSON_TYPE

Object = dict[str, Json]
PARTS, SCHEMAS = "#/components/", "#/components/schemas/"
KINDS: Mapping[str, Object] = {
    "text": {"type": "string"},
    "instant": {"type": "string", "format": "date-time"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "flag": {"type": "boolean"},
    "object": {"type": "object"},
    "any": {},
}
REFUSES = "400 401 403 404 405 429 503"
LIST_HEADERS = ("X-Result-Count", "X-Total-Count", "Content-Range", "Link")
IN_PATH = re.compile(r"{(\w+)}")
WORDS = {"200": "Done", "201": "Created", "202": "Taken", "204": "Removed"}


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One operation: where it is, what it needs, what it takes and answers.

    `path` follows the base of the interface's version, `about` is the schema under which pages
    list it, `takes` and `answers` are names of schemas. `parameters` are those shared by all
    interfaces, `filters` its own with words about each. `conflicts` says that it refuses with 409.
    """

    api: Api
    method: str
    path: str
    name: str
    summary: str
    scope: str
    about: str
    view: View | None = None
    takes: str | None = None
    answers: str | None = None
    is_list: bool = False
    status: str = "200"
    parameters: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    conflicts: bool = False

    @property
    def address(self) -> str:
        """The whole path."""
        return (self.view.base if self.view else self.api.base) + self.path


def kind(word: str | Object) -> Object:
    """Return the schema that a word means."""
    if not isinstance(word, str):
        return word
    if word.startswith("list "):
        return {"type": "array", "items": kind(word.removeprefix("list "))}
    return KINDS[word] if word in KINDS else {"$ref": SCHEMAS + word}


def shape(about: str, properties: Mapping[str, str | Object], required: str = "") -> Object:
    """Return the schema of an object; `required` names what is always there or to be sent."""
    schema: Object = {"type": "object", "description": about}
    if required:
        schema["required"] = required.split()
    return schema | {"properties": {name: kind(word) for name, word in properties.items()}}


def whole(schema: Object) -> Object:
    """Return the schema of a document of which a part is read: the rest is passed over."""
    return schema | {"additionalProperties": True}


def operation(verb: Verb, tag: str) -> Object:
    """Return a verb as an OpenAPI operation."""
    # A key that was used for another request is refused with 409, whatever the verb itself does.
    may_conflict = verb.conflicts or "Idempotency-Key" in verb.parameters
    refuses = REFUSES + (" 409" if may_conflict else "") + (" 413 415" if verb.takes else "")
    refuses += " 412" if "If-Match" in verb.parameters else ""
    found: Object = {
        "operationId": verb.name,
        "summary": verb.summary,
        "tags": [tag],
        "security": [{"oauth2": [verb.scope]}, {"bearer": []}],
        "parameters": list(_parameters(verb)),
        "responses": {verb.status: _answer(verb)}
        | {one: {"$ref": f"{PARTS}responses/{one}"} for one in sorted(refuses.split())},
        "x-about": verb.about,
    }
    if verb.is_list and "offset" in verb.parameters.split():
        found["responses"]["206"] = _answer(verb) | {"description": "One page"}
    if verb.takes:
        content = {JSON_TYPE: {"schema": {"$ref": SCHEMAS + verb.takes}}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def schemas_of(verbs: Iterable[Verb], schemas: Mapping[str, Object]) -> dict[str, Object]:
    """Return those of the schemas that verbs use, and what these hold."""
    found: dict[str, Object] = {}
    open_ = [name for one in verbs for name in (one.about, one.takes, one.answers) if name]
    while open_:
        name = open_.pop()
        if name not in found:
            found[name] = schemas[name]
            open_ += _held(found[name]["properties"].values())
    return found


def _held(inner: Iterable[Object]) -> Iterator[str]:
    """Yield the names of the schemas that others point at."""
    for one in inner:
        yield from _held(one.get("anyOf", ()))
        target = one.get("items", one).get("$ref")
        if target:
            yield target.removeprefix(SCHEMAS)


def _parameters(verb: Verb) -> Iterator[Object]:
    for name in IN_PATH.findall(verb.path):
        own: Object = {"name": name, "in": "path", "required": True, "schema": KINDS["text"]}
        yield {"$ref": f"{PARTS}parameters/id"} if name == "id" else own
    for name in verb.parameters.split():
        yield {"$ref": f"{PARTS}parameters/{name}"}
    for name, words in verb.filters.items():
        yield {"name": name, "in": "query", "description": words, "schema": KINDS["text"]}


def _answer(verb: Verb) -> Object:
    found: Object = {"description": WORDS[verb.status]}
    if verb.answers is None:
        return found
    schema = kind(f"list {verb.answers}" if verb.is_list else verb.answers)
    if verb.is_list:
        found["headers"] = {one: {"$ref": f"{PARTS}headers/{one}"} for one in LIST_HEADERS}
    return found | {"content": {JSON_TYPE: {"schema": schema}}}
