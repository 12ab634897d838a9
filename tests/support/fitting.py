"""Bodies that fit: values for every attribute that is described, and records that there are.

A description says what a value may be; what a reference points at is said by the kinds of records
themselves. What rules ask for besides is learned from their refusals, which name the attribute.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any

from trunkline.documents.paths import path_names
from trunkline.documents.shape import Shape

DEEP = 3
LETTERS = "abcdefghij ÄÖÜéß漢字🙂-_.,'\"<>&%/"
INPUT = "Input"


@dataclass
class Fitting:
    """Makes bodies by the schemas of a description; `records` are ids of records by their kinds."""

    schemas: dict[str, Any]
    records: dict[str, str]
    chance: Random = field(default_factory=lambda: Random(7))

    def body(self, name: str, kind: type[Shape]) -> dict[str, Any]:
        """Return an object that fits a schema, with most of what may be said on top."""
        schema, found = self.schemas[name], {}
        declared = kind.by_json_name()
        for one, inner in schema["properties"].items():
            if one in schema.get("required", ()) or self.chance.random() < 0.8:
                attribute = declared.get(one)
                value = self._value(inner, attribute.shape if attribute else None, DEEP)
                if value is not None:
                    found[one] = value
        return found

    def _object(self, schema: dict[str, Any], kind: type[Shape] | None, deep: int) -> Any:
        found = {}
        declared = kind.by_json_name() if kind is not None else {}
        for one, inner in schema.get("properties", {}).items():
            if one in schema.get("required", ()) or (deep > 0 and self.chance.random() < 0.4):
                attribute = declared.get(one)
                value = self._value(inner, attribute.shape if attribute else None, deep - 1)
                if value is not None:
                    found[one] = value
        if kind is None or not kind.targets:
            return found
        held = [self.records[one] for one in kind.targets if one in self.records]
        if not held:
            return None  # nothing of that kind is there to point at
        found |= {"id": held[0]}
        return {one: value for one, value in found.items() if one not in {"href", "@referredType"}}

    def _value(self, schema: dict[str, Any], kind: type[Shape] | None, deep: int) -> Any:
        """Return a value that fits; None where none is known, or null is one."""
        if "anyOf" in schema:
            return self._value(schema["anyOf"][0], kind, deep)
        if "$ref" in schema:
            return self._object(self.schemas[schema["$ref"].rpartition("/")[2]], kind, deep)
        if "enum" in schema:
            return self.chance.choice([one for one in schema["enum"] if one is not None])
        word = schema.get("type")
        word = word[0] if isinstance(word, list) else word
        if word == "array":
            count = max(schema.get("minItems", 0), self.chance.randint(0, 2))
            each = [self._value(schema["items"], kind, deep) for _ in range(count)]
            return [one for one in each if one is not None] or None
        if word == "string":
            return self._text(schema)
        if word in {"integer", "number"}:
            low, high = schema.get("minimum", -5), schema.get("maximum", 10**6)
            return self.chance.randint(max(low, -5), min(high, 10**6))
        if word == "boolean":
            return self.chance.random() < 0.5
        if word == "object":
            return {} if deep > 0 else None
        return self.chance.choice(["sample", 7, True])

    def _text(self, schema: dict[str, Any]) -> str | None:
        if schema.get("format") == "date-time":
            day, hour = self.chance.randint(1, 28), self.chance.randint(0, 23)
            return f"20{self.chance.randint(27, 40)}-05-{day:02}T{hour:02}:30:00+02:00"
        if "pattern" in schema:
            return None
        count = self.chance.randint(1, min(12, schema.get("maxLength", 12)))
        return "".join(self.chance.choice(LETTERS) for _ in range(count)).strip() or "x"


def mended(body: dict[str, Any], sample: dict[str, Any], refusal: Any) -> dict[str, Any]:
    """Return a body without what was refused: as in the sample where that says something of it.

    Where the refusal names nothing of the body all that the sample does not say is taken out.
    """
    named = {(path_names(one["path"]) or [""])[0] for one in refusal.get("fault", ())}
    blamed = named & body.keys() or body.keys() - sample.keys()
    found = {one: value for one, value in body.items() if one not in blamed}
    kept = {one: deepcopy(sample[one]) for one in (named | blamed) & sample.keys()}
    return found | kept
