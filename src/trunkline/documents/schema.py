"""Schemas: JSON Schema of a shape, compiled to a validator that names every fault."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Attribute, Json, Shape

SCALAR_SCHEMAS: dict[str, dict[str, Json]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "boolean": {"type": "boolean"},
    "number": {"type": "number"},
    "instant": {"type": "string", "format": "date-time"},
    "any": {},
}
TEXT_MAX = 100_000


def shape_schema(shape: type[Shape], found: dict[str, Json], base: str = "#/$defs/") -> Json:
    """Return a pointer to a shape's schema, adding it and those it needs to `found`."""
    if shape.__name__ not in found:
        found[shape.__name__] = {}
        found[shape.__name__] = object_schema(shape, found, base)
    return {"$ref": base + shape.__name__}


def object_schema(shape: type[Shape], found: dict[str, Json], base: str) -> dict[str, Json]:
    """Return the schema of a shape itself."""
    attributes = shape.attributes().values()
    schema: dict[str, Json] = {
        "type": "object",
        "properties": {one.json_name: attribute_schema(one, found, base) for one in attributes},
    }
    required = [one.json_name for one in attributes if one.required]
    if required:
        schema["required"] = required
    return schema


def attribute_schema(attribute: Attribute, found: dict[str, Json], base: str) -> dict[str, Json]:
    """Return the schema of one attribute."""
    if attribute.shape is not None:
        schema: dict[str, Json] = shape_schema(attribute.shape, found, base)
        if attribute.limits.is_open:
            schema = {"anyOf": [schema, {}]}
    else:
        schema = dict(SCALAR_SCHEMAS[attribute.scalar])
        limits = attribute.limits
        if attribute.choices and not limits.is_open:
            schema["enum"] = list(attribute.choices)
        elif attribute.scalar == "text":
            schema["maxLength"] = limits.length_max or TEXT_MAX
        if limits.pattern:
            schema["pattern"] = limits.pattern
        if limits.minimum is not None:
            schema["minimum"] = limits.minimum
        if limits.maximum is not None:
            schema["maximum"] = limits.maximum
    if attribute.is_list:
        schema = {"type": "array", "items": schema}
        if attribute.limits.items_min is not None:
            schema["minItems"] = attribute.limits.items_min
    return schema


class Validator:
    """Checks documents of one resource."""

    def __init__(self, schema: dict[str, Json]) -> None:
        self._compiled = jsonschema_rs.Draft202012Validator(schema, pattern_options=None)

    def faults(self, document: Json) -> list[Fault]:
        """Return everything that is wrong, each with its path and the next step."""
        if self._compiled.is_valid(document):
            return []
        return list(self._faults(document))

    def _faults(self, document: Json) -> Iterator[Fault]:
        for error in self._compiled.iter_errors(document):
            yield _fault(error)


def _fault(error: Any) -> Fault:
    path = ""
    for part in error.instance_path:
        path += f"[{part}]" if isinstance(part, int) else (f".{part}" if path else str(part))
    kind = type(error.kind).__qualname__.rsplit(".", maxsplit=1)[-1]
    if kind == "Required":
        missing = str(error.kind.property).strip('"')
        return Fault(f"{path}.{missing}" if path else missing, "missing", "is required; send it")
    if kind == "Type":
        return Fault(path, "badType", f"must be of type {_types(error)}")
    if kind == "Enum":
        options = tuple(str(one) for one in error.kind.options)
        return Fault(path, "badValue", f"must be one of: {', '.join(options)}", options)
    return Fault(path, "badValue", str(error.message)[:300])


def _types(error: Any) -> str:
    types = getattr(error.kind, "types", None)
    return " or ".join(types) if types else str(error.message).rsplit(" ", maxsplit=1)[-1]
