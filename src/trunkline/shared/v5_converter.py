"""Documents of v4's form, shown and taken in v5's, by a rule for each type of object.

Inside an object every undeclared attribute is carried along. Where a v5 form cannot tell what was
stored (an explicit `@type` that v5 has no room for, an attribute that stands where v5 has another)
the stored attributes travel in `@stored`; they count as long as what is shown of them is unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from trunkline.documents.schema import attribute_schema
from trunkline.documents.shape import Attribute, Json, Shape
from trunkline.kernel.resource import Asked, registry
from trunkline.rest.openapi import about
from trunkline.shared.extensible import Extensible

Object: TypeAlias = dict[str, Json]
Path: TypeAlias = tuple[str, ...]

KEPT = "@stored"
INDEX = re.compile(r"\[[^\]]*\]")


class Named(Protocol):
    """Keeps the schema of a type that is not stored and points at it."""

    def __call__(self, name: str, words: str, properties: Object, *required: str) -> Object:
        """Return the pointer."""


@dataclass(frozen=True)
class Part:
    """Attributes that the versions say differently: their names on both sides, and how.

    The converters get and return attributes of these names only. They never fail, and leave as
    it is what they do not understand. `path` turns the steps of a v5 path into stored ones,
    `shown` stored ones into those of v5. `described` turns the schemas of the stored attributes
    into those of v5; `named(type, words, properties, *required)` points at one not stored.
    `asked` says which stored steps and values a filter means, or None where they are the same.
    """

    names: frozenset[str]
    outward: Callable[[Object], Object]
    inward: Callable[[Object], Object]
    path: Callable[[Path], Path]
    shown: Callable[[Path], Path]
    described: Callable[[Object, Named], Object]
    asked: Callable[[Path, Sequence[str]], tuple[Path, list[str]] | None] | None = None


@dataclass(frozen=True)
class Rule:
    """How v5 says one type of object: its `@type`, and the parts that it says differently.

    `type_name` may depend on the object as shown; None where v5 asks for no `@type`. `replaces`
    are names of the type that v5 does not know.
    """

    type_name: str | Callable[[Object], str] | None
    parts: tuple[Part, ...] = ()
    replaces: tuple[str, ...] = ()

    def default_type(self, shown: Object) -> str | None:
        """Return the `@type` of a shown object that names none itself."""
        return self.type_name(shown) if callable(self.type_name) else self.type_name


@dataclass
class Converter:
    """Walks documents along their declared shapes and applies the rules."""

    rules: Mapping[str, Rule]
    _found: dict[tuple[type[Shape], str], Rule] = field(default_factory=dict)

    def outward(self, name: str, document: Object) -> Object:
        """Return the v5 form of a stored document."""
        return self._outward(registry[name].type, document, "")

    def inward(self, name: str, document: Object) -> Object:
        """Return the stored form of a v5 document."""
        return self._inward(registry[name].type, document, "")

    def path(self, name: str, path: str) -> str:
        """Return the stored form of a dotted v5 path."""
        return self.ask(name, path, "", ()).path

    def ask(self, name: str, path: str, operator: str, values: Sequence[str]) -> Asked:
        """Return what a filter means; ValueError says why it cannot be asked.

        Without an operator nothing is compared: only the path is turned.
        """
        shape: type[Shape] | None = registry[name].type
        place, steps, stored, or_absent = "", tuple(path.split(".")), [], False
        while steps and shape is not None:
            rule = self._rule(shape, place)
            if operator and steps == ("@type",):
                values, or_absent = _types_asked(rule, values)
            for part in rule.parts:
                meant = part.asked(steps, values) if operator and part.asked else None
                if meant is not None:
                    _must_be_equality(operator)
                steps, values = meant or (part.path(steps), values)
            stored.append(steps[0])
            attribute = shape.by_json_name().get(steps[0])
            place = f"{shape.__name__}.{steps[0]}"
            shape, steps = attribute.shape if attribute else None, steps[1:]
        return Asked(".".join([*stored, *steps]), tuple(values), or_absent)

    def shown(self, name: str, path: str) -> str:
        """Return the v5 form of a dotted stored path, in which lists may have indexes."""
        return ".".join(self._shown(registry[name].type, tuple(path.split(".")), ""))

    def word(self, name: str, path: str, word: str) -> str:
        """Return what v5 says for a word at a dotted stored path."""
        shape: type[Shape] | None = registry[name].type
        *above, last = INDEX.sub("", path).split(".")
        place = ""
        for step in above:
            attribute = shape.by_json_name().get(step) if shape else None
            place = f"{shape.__name__}.{step}" if shape else ""
            shape = attribute.shape if attribute else None
        for part in self._rule(shape, place).parts if shape else ():
            if last in part.names:
                said = part.outward({last: word}).get(part.shown((last,))[-1])
                return said if isinstance(said, str) else word
        return word

    def schemas(self, name: str, base: str) -> dict[str, Json]:
        """Return the schemas of a record's v5 form and of all that it holds, the record first."""
        found: dict[str, Json] = {}
        self._schema(registry[name].type, "", base, found)
        return found

    def _shown(self, shape: type[Shape], steps: Path, place: str) -> Path:
        plain = tuple(INDEX.sub("", one) for one in steps)
        attribute = shape.by_json_name().get(plain[0])
        inner = steps[1:]
        if attribute is not None and attribute.shape is not None and inner:
            inner = self._shown(attribute.shape, inner, f"{shape.__name__}.{plain[0]}")
        shown = (steps[0], *inner)
        for part in self._rule(shape, place).parts:
            shown = _with_indexes(shown, part.shown(tuple(INDEX.sub("", one) for one in shown)))
        return shown

    def _schema(self, shape: type[Shape], place: str, base: str, found: dict[str, Json]) -> str:
        rule = self._rule(shape, place)
        name = rule.type_name if isinstance(rule.type_name, str) else shape.__name__
        if name in found:
            return name
        schema = found[name] = {"type": "object", "description": about(shape)}
        properties: Object = {}
        attributes = shape.attributes().values()
        for one in attributes:
            properties[one.json_name] = self._property(shape, one, base, found)

        def named(name: str, words: str, properties: Object, *required: str) -> Object:
            found[name] = {"type": "object", "description": words, "properties": properties}
            if required:
                found[name]["required"] = list(required)
            return {"$ref": base + name}

        required: list[Path] = [(one.json_name,) for one in attributes if one.required]
        for part in rule.parts:
            properties.update(part.described(take(properties, part.names), named))
            required = [shown for one in required for shown in _required(part, one)]
        if isinstance(rule.type_name, str) and "@type" in properties:
            properties["@type"] = {**properties["@type"], "default": rule.type_name}
        schema["properties"] = properties
        if required:
            schema["required"] = list(dict.fromkeys(one[0] for one in required))
        for above, *inside in required:
            if inside:
                found[properties[above]["$ref"].removeprefix(base)]["required"] = inside
        return name

    def _property(
        self, shape: type[Shape], attribute: Attribute, base: str, found: dict[str, Json]
    ) -> Json:
        inner = attribute.shape
        if inner is None:
            return attribute_schema(attribute, {}, base)
        name = self._schema(inner, f"{shape.__name__}.{attribute.json_name}", base, found)
        plain = attribute_schema(attribute, {inner.__name__: {}}, base)
        pointer = {"$ref": base + name}
        return {**plain, "items": pointer} if attribute.is_list else pointer

    def _outward(self, shape: type[Shape], stored: Object, place: str) -> Object:
        shown = _inside(shape, stored, self._outward)
        rule = self._rule(shape, place)
        kept = take(shown, (KEPT,))
        for part in rule.parts:
            held = take(shown, part.names)
            told = part.outward(held)
            shown.update(told)
            if part.inward(told) != held:
                kept.update(held)
        said = take(shown, ("@type",))
        default = rule.default_type(shown)
        if default is not None and said.get("@type", default) in (default, *rule.replaces):
            kept.update(said)
            said = {"@type": default}
        shown.update(said)
        return {**shown, KEPT: kept} if kept else shown

    def _inward(self, shape: type[Shape], shown: Object, place: str) -> Object:
        taken = dict(shown)
        kept = dict(taken.pop(KEPT)) if isinstance(taken.get(KEPT), dict) else {}
        rule = self._rule(shape, place)
        said = take(taken, ("@type",))
        default = rule.default_type(taken)
        if default is not None and said == {"@type": default}:
            said = take(kept, ("@type",))
        for part in rule.parts:
            told, held = take(taken, part.names), take(kept, part.names)
            unchanged = bool(held) and part.outward(held) == told
            taken.update(held if unchanged else part.inward(told))
        if kept:
            taken[KEPT] = kept.get(KEPT, kept)
        return _inside(shape, {**taken, **said}, self._inward)

    def _rule(self, shape: type[Shape], place: str) -> Rule:
        found = self._found.get((shape, place))
        if found is None:
            plain = Rule(shape.__name__ if issubclass(shape, Extensible) else None)
            found = self.rules.get(place) or self.rules.get(shape.__name__) or plain
            self._found[shape, place] = found
        return found


def _inside(
    shape: type[Shape], holder: Object, convert: Callable[[type[Shape], Object, str], Object]
) -> Object:
    """Return the object with the objects in its declared attributes converted."""
    attributes = shape.by_json_name()
    converted = dict(holder)
    for name, value in holder.items():
        inner = attributes[name].shape if name in attributes else None
        if inner is None:
            continue
        place = f"{shape.__name__}.{name}"
        if isinstance(value, dict):
            converted[name] = convert(inner, value, place)
        elif isinstance(value, list):
            converted[name] = [
                convert(inner, one, place) if isinstance(one, dict) else one for one in value
            ]
    return converted


def take(holder: Object, names: Container[str]) -> Object:
    """Take attributes out of an object and return them, in its order."""
    return {name: holder.pop(name) for name in [one for one in holder if one in names]}


def _required(part: Part, steps: Path) -> list[Path]:
    """Return what v5 requires for what is required; nothing where v5 has a choice of names."""
    if steps[0] not in part.names:
        return [steps]
    shown = part.shown(steps)
    return [shown] if shown[0] in part.outward({steps[0]: {"id": "1"}}) else []


def _with_indexes(before: Path, after: Path) -> Path:
    """Return the steps of `after` with the list indexes of `before`, matched from the end."""
    suffixes = [one[len(INDEX.sub("", one)) :] for one in before]
    room = len(after) - len(suffixes)
    fitting = [""] * room + suffixes if room >= 0 else suffixes[-room:]
    return tuple(step + suffix for step, suffix in zip(after, fitting, strict=True))


def _types_asked(rule: Rule, values: Sequence[str]) -> tuple[Sequence[str], bool]:
    """Return which stored types v5's names of types mean, and whether none stored is one."""
    if callable(rule.type_name):
        raise ValueError("is made from what the object holds; filter by that")
    if rule.type_name is None or rule.type_name not in values:
        return values, False
    return [*values, *rule.replaces], True


def _must_be_equality(operator: str) -> None:
    if operator not in {"eq", "ne"}:
        raise ValueError("has words of its own in this version; compare it with = or .ne")
