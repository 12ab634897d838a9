"""The published v4 schemas: Swagger 2.0 definitions as JSON Schema, by API number and name."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

FOLDER = Path(__file__).parents[3] / "shared" / "tmf" / "v4"
REASON = "../shared/tmf/v4 is absent: nothing to check answers against"


def is_present() -> bool:
    """Tell whether the published files lie beside the project."""
    return FOLDER.is_dir()


@cache
def definitions(number: str) -> dict[str, Any]:
    """Return the definitions of one API's file; empty where there is no such file."""
    for file in sorted(FOLDER.glob(f"{number}[_-]*.json")):
        found: dict[str, Any] = json.loads(file.read_bytes())["definitions"]
        return {name: _converted(schema) for name, schema in found.items()}
    return {}


def _converted(schema: Any) -> Any:
    """Take off what Swagger 2.0 says and JSON Schema does not, and allow any JSON for `any`."""
    if isinstance(schema, list):
        return [_converted(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        name: _converted(inner)
        for name, inner in schema.items()
        if name not in {"discriminator", "example", "readOnly", "xml", "description"}
        or isinstance(inner, dict)
    }
    if kept.get("format") == "uri":
        del kept["format"]
    return kept


@cache
def _validator(number: str, name: str) -> Any:
    schema = {"$ref": f"#/definitions/{name}", "definitions": definitions(number)}
    return jsonschema_rs.Draft7Validator(schema, validate_formats=True)


def faults(number: str, name: str, document: Any) -> list[str]:
    """Return what does not fit the published definition, as `path: message`."""
    return [
        ".".join("[]" if isinstance(part, int) else str(part) for part in one.instance_path)
        + f": {one.message}"
        for one in _validator(number, name).iter_errors(document)
    ]


def undeclared(number: str, name: str, document: dict[str, Any]) -> set[str]:
    """Return the first-level attributes of an answer that its published definition lacks."""
    return set(document) - set(_attributes(number, name))


def _attributes(number: str, name: str) -> dict[str, Any]:
    schema = definitions(number)[name]
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        target = part.get("$ref", "").rpartition("/")[2]
        found |= _attributes(number, target) if target else part.get("properties", {})
    return found


def required(number: str, name: str) -> set[str]:
    """Return the attributes that a definition requires."""
    return set(definitions(number).get(name, {}).get("required", ()))
