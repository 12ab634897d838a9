"""What the documentation pages show: an OpenAPI document as rows, sections and examples."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from trunkline.api.described import SCHEMAS

Object: TypeAlias = dict[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")
EXAMPLES = {"date-time": "2030-01-01T00:00:00Z"}
WORDS = ("text", "TEXT", "EUR", "en")
DEPTH_MAX = 6


def operation_rows(document: Object, wanted: str = "", under: str = "") -> list[Object]:
    """Return the operations whose method, path or summary hold all wanted words.

    Paths are shown without the part that all have in common, `under`.
    """
    words = wanted.lower().split()
    rows = []
    for path, item in document["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            operation = item[method]
            text = f"{method} {path} {operation['summary']} {operation['operationId']}"
            if all(word in text.lower() for word in words):
                rows.append(
                    {
                        "method": method.upper(),
                        "path": path.removeprefix(under),
                        "summary": operation["summary"],
                        "anchor": operation["operationId"],
                        "number": operation["tags"][0],
                        "text": text.lower(),
                    }
                )
    return rows


def resource_sections(document: Object) -> list[Object]:
    """Return for each record its words, attributes and operations, in order of the paths."""
    sections: dict[str, Object] = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                operation = _operation(document, path, method, item)
                section = sections.setdefault(operation["record"], {"operations": []})
                section["operations"].append(operation)
    schemas = document["components"]["schemas"]
    for name, section in sections.items():
        created = schemas.get(f"{name}Create") or schemas[name]
        section["name"] = name
        words, _, states = schemas[name]["description"].partition("\n\n")
        section["words"] = words
        section["states"] = [one.removeprefix("- ") for one in states.split("\n") if one]
        section["attributes"] = attribute_rows(schemas[name], created.get("required", ()))
    return list(sections.values())


def schema_sections(document: Object) -> list[Object]:
    """Return every type that a record holds, with its attributes; required when it is sent."""
    schemas = document["components"]["schemas"]
    sent = {name: schemas[f"{name}Input"] for name in schemas if f"{name}Input" in schemas}
    # A record stands by itself, and what creates or changes it with it.
    forms = {f"{one}{end}" for one in schemas for end in ("", "Input", "Create", "Change")
             if end == "Input" or f"{one}Create" in schemas}  # fmt: skip
    sent |= {name: schemas[name] for name in SCHEMAS if name in schemas and name not in forms}
    return [
        {
            "name": name,
            "words": schemas[name]["description"],
            "attributes": attribute_rows(schemas[name], schema.get("required", ())),
        }
        for name, schema in sorted(sent.items())
    ]


def attribute_rows(schema: Object, required: Any) -> list[Object]:
    """Return the attributes of a type: the required ones first, those of any object last."""
    rows = [
        {
            "name": name,
            "type": _type(inner),
            "link": _reference(inner),
            "choices": _choices(inner),
            "notes": _notes(inner),
            "required": name in required,
            "read_only": bool(inner.get("readOnly")),
        }
        for name, inner in schema["properties"].items()
    ]
    return sorted(rows, key=lambda row: (not row["required"], row["name"].startswith("@")))


def _reference(schema: Object) -> str:
    target = schema.get("items", schema).get("$ref", "")
    return str(target).rpartition("/")[2]


def _type(schema: Object) -> str:
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    found = _reference(schema) or schema.get("format") or schema.get("type") or "any JSON"
    return {"string": "text", "date-time": "date-time", "boolean": "true or false"}.get(
        found, str(found)
    )


def _choices(schema: Object) -> list[str]:
    return [one for one in schema.get("items", schema).get("enum", ()) if one is not None]


def _notes(schema: Object) -> str:
    """Return the bounds of a value in words; the general bounds of any text are not repeated."""
    inner = schema.get("items", schema)
    notes = []
    if inner.get("maxLength", 100_000) < 100_000:
        notes.append(f"at most {inner['maxLength']} characters")
    if inner.get("minimum", -1) >= 0:
        notes.append(f"from {inner['minimum']}")
    if "pattern" in inner:
        notes.append(f"matches {inner['pattern']}")
    if "minItems" in schema:
        notes.append(f"at least {schema['minItems']}")
    return ", ".join(notes)


def _operation(document: Object, path: str, method: str, item: Object) -> Object:
    operation = item[method]
    parameters = [
        _resolved(document, one)
        for one in [*item.get("parameters", ()), *operation.get("parameters", ())]
    ]
    bodies = {
        kind: content["schema"]["$ref"].rpartition("/")[2]
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
    }
    answers = {
        status: _resolved(document, answer)["description"]
        for status, answer in operation["responses"].items()
    }
    return {
        "record": _record(operation),
        "method": method.upper(),
        "path": path,
        "anchor": operation["operationId"],
        "summary": operation["summary"],
        "scope": operation["security"][0]["oauth2"][0],
        "general": [one["name"] for one in parameters if _is_general(document, one)],
        "filters": [one["name"] for one in parameters if not _is_general(document, one)],
        "bodies": list(bodies),
        "answers": [{"status": status, "words": words} for status, words in answers.items()],
        "example": _curl(document, path, method, next(iter(bodies.values()), "")),
    }


def _record(operation: Object) -> str:
    """Return what an operation is about: its id is the verb and the record's name."""
    name: str = operation.get("x-about") or operation["operationId"]
    return name if "x-about" in operation else name.lstrip("abcdefghijklmnopqrstuvwxyz")


def _is_general(document: Object, parameter: Object) -> bool:
    return parameter["name"] in document["components"]["parameters"]


def _resolved(document: Object, schema: Object) -> Object:
    found: Any = schema
    while "$ref" in found:
        target: Any = document
        for part in found["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        found = target
    resolved: Object = found
    return resolved


def _curl(document: Object, path: str, method: str, body: str) -> str:
    address = re.sub(r"{(\w+)}", lambda one: f"${one[1].upper()}", path) + (
        "?limit=10" if method == "get" and "{" not in path else ""
    )
    lines = ['curl -H "Authorization: Bearer $TOKEN"']
    if method != "get":
        lines[0] += f" -X {method.upper()}"
    if body:
        lines.append("  -H 'Content-Type: application/json'")
        text = json.dumps(_body(document, body), ensure_ascii=False)
        lines.append("  -d '" + text.replace("'", "'\\''") + "'")
    lines.append(f'  "$TRUNKLINE{address}"')
    return " \\\n".join(lines)


def _body(document: Object, name: str) -> Any:
    schema = document["components"]["schemas"][name]
    if not name.endswith("Change"):
        return example(document, schema)
    for attribute, inner in schema["properties"].items():
        if inner.get("maxLength") and not attribute.startswith("@"):
            return {attribute: "changed"}
    return {}


def example(document: Object, schema: Object, depth: int = 0) -> Any:
    """Return a value that fits a schema, with what is required alone."""
    schema = _resolved(document, schema)
    if "examples" in schema:
        return schema["examples"][0]
    if "anyOf" in schema:
        return example(document, schema["anyOf"][0], depth)
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return _example_object(document, schema, depth)
    if kind == "array":
        return [example(document, schema["items"], depth + 1)] if depth < DEPTH_MAX else []
    if schema.get("enum"):
        return schema["enum"][0]
    plain: Mapping[str, Any] = {"integer": 1, "number": 1, "boolean": True}
    word = next((one for one in WORDS if re.search(schema.get("pattern", ""), one)), "text")
    return plain.get(kind, EXAMPLES.get(schema.get("format", ""), word))


def _example_object(document: Object, schema: Object, depth: int) -> Object:
    inner = schema.get("properties", {})
    return {name: example(document, inner[name], depth + 1) for name in schema.get("required", ())}
