"""Pseudonyms: what a record says when the person in it is forgotten. Pure: documents in and out.

What people type goes unless it is known to be no such thing: states, codes of registers, numbers,
amounts, times and the names of what is sold stay, so that figures and the network stay right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from trunkline.documents.patch import copied
from trunkline.documents.references import references
from trunkline.documents.shape import Attribute, Json, Shape
from trunkline.governance.bindings import declared_bindings
from trunkline.kernel.masks import POINTERS
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.services import RuntimeAttribute
from trunkline.privacy.words import Words

START, ALPHABET, RANDOM_BYTES = "X", "BCDFGHJKLMNPQRSTVWXZ23456789", 8
META = frozenset({"@type", "@baseType", "@schemaLocation"})
AMOUNTS = frozenset({"unit", "units", "value", "amount"})
OF_CONTACTS = frozenset({"email", "emailAddress", "phoneNumber"})
PAPER, HELD_BY_PAPER = frozenset({"attachmentType", "mimeType"}), frozenset({"content", "url"})
PERSONAL = frozenset({"personal", "sensitive"})
PLAIN = frozenset({"public", "internal"})
KINDS_OF_PEOPLE = "party"
POINTED, OUTSIDE = "@referredType", "External"
"""What says that an object points at a record; how shapes of other systems' ids are called."""
KEPT_WORDS = frozenset({
    "id", "name", "version", "type", "role", "action", "category", "channel", "unit",
    "units", "unitOfMeasure", "currency", "recurringChargePeriod", "severity", "priority", "state",
    "status", "startMode", "powerState", "paymentFrequency", "billNo", "billingSystem",
    "billingPeriod", "frequency", "basis", "cause", "purpose", "direction", "targetProcess",
    "handledBy", "stage", "salesCycle", "source", "metric", "calendar", "day", "startHour",
    "endHour", "timeZone", "parentLine", "orderItem", "orderItemAction", "itemAction", "quoteItem",
    "language", "layer", "step", "outsideSystem", "skill", "country", "mimeType", "kind",
    "taskName", "disconnectionReason", "suspensionReason", "chargeGroup", "paymentTerms", "policy",
    "intakePolicy", "taxCategory", "paymentStatus", "paymentBehaviour", "customerSegment",
})  # fmt: skip
"""Attributes whose texts are words of the operator or of the standard wherever they stand."""
KEPT_ENDINGS = ("Id", "Type", "Code", "Version")
TYPED = frozenset({"externalId", "appUserId", "socialNetworkId", "identificationId"})
"""Those of such an ending that people or other systems fill in."""

_operators_words: dict[str, frozenset[str]] = {}
_unlinked: set[str] = set()
Foreseen = Callable[[str, Json], bool]
"""Tells of the name and value of a characteristic whether the catalog foresees it."""


def operators_words(kind: type[Document], *names: str) -> None:
    """Say that texts at the top of a kind's records are the operator's own, so they stay."""
    for name in names:
        if name not in kind.by_json_name():
            raise TypeError(f"{kind.resource} has no attribute {name}")
    _operators_words[kind.resource.name] = frozenset(names)


def goes_on_without(kind: type[Document]) -> None:
    """Say that records of a kind outlive whose they were: they name that one no more."""
    _unlinked.add(kind.resource.name)


def kinds_that_go_on() -> frozenset[str]:
    """Return the kinds whose records outlive whose they were."""
    return frozenset(_unlinked)


def operators_things() -> frozenset[str]:
    """Return the kinds that are what is sold or built: their words may be another's next."""
    return frozenset(_operators_words)


@dataclass(frozen=True)
class Forgetting:
    """Takes one person out of documents.

    `idents` are the ids of the person, `own` the kind of each of its records by id.
    """

    words: Words
    pseudonym: str
    idents: Set[str]
    own: Mapping[str, str]
    foreseen: Foreseen
    _required: dict[type[Shape], frozenset[str]] = field(default_factory=dict)

    # --- records of others ------------------------------------------------------------------

    def mentioned(self, kind: type[Document], raw: Mapping[str, Any]) -> dict[str, Json]:
        """Return the document of somebody else's record, or a kept one, without the name."""
        return self._mentioned(kind, raw, self.words)

    def _mentioned(
        self, kind: type[Document], raw: Mapping[str, Any], words: Words
    ) -> dict[str, Json]:
        found: dict[str, Json] = words.without(copied(dict(raw)), self.pseudonym)
        for one in references(kind, found):
            if one.holder.get("name") and self._is_named(one.id):
                one.holder["name"] = self.pseudonym
        return found

    def kept(self, kind: type[Document], raw: Mapping[str, Any]) -> dict[str, Json]:
        """Return the document of a record that is kept: without the name, and without papers."""
        found: dict[str, Json] = _without_papers(self._mentioned(kind, raw, self.words.in_kept))
        return found

    def _is_named(self, ident: str) -> bool:
        return ident in self.idents or self.own.get(ident, "") not in {"", *_operators_words}

    # --- the person's own -------------------------------------------------------------------

    def own_record(
        self, resource: Resource, raw: Mapping[str, Any], defined: Mapping[str, RuntimeAttribute]
    ) -> dict[str, Json]:
        """Return the document of a record of the person without the person."""
        walk = _Walk(self, resource, defined, declared_bindings(resource.name))
        found = walk.of(resource.type, raw, "", is_personal=False)
        if resource.name in _unlinked:
            found = self._unlinked(found)
        return found

    def _unlinked(self, raw: dict[str, Json]) -> dict[str, Json]:
        """Return a document without the elements that name the person."""
        kept: dict[str, Json] = {}
        for name, value in raw.items():
            if isinstance(value, list):
                value = [one for one in value if not self._is_person(one)]
                if not value:
                    continue
            kept[name] = value
        return kept

    def _is_person(self, value: Json) -> bool:
        return isinstance(value, dict) and value.get("id") in self.idents


@dataclass(frozen=True)
class _Walk:
    """Goes through one record of the person."""

    at: Forgetting
    resource: Resource
    defined: Mapping[str, RuntimeAttribute]
    bound: Mapping[str, object]

    @property
    def is_of_people(self) -> bool:
        """Whether the kind is about people, of whom numbers and days go, too."""
        return self.resource.module == KINDS_OF_PEOPLE

    def of(
        self, shape: type[Shape], raw: Mapping[str, Any], path: str, *, is_personal: bool
    ) -> dict[str, Json]:
        """Return an object without what is of the person."""
        found: dict[str, Json] = {}
        own = shape.by_json_name()
        is_personal = is_personal or not OF_CONTACTS.isdisjoint(own)
        for name, value in raw.items():
            if name in META or (shape.targets and name in POINTERS and name != "href"):
                found[name] = value
                continue
            here = f"{path}.{name}" if path else name
            declared = own.get(name)
            if name == "name" and (shape.targets or POINTED in own):
                kept = self._name_of(raw, value)
            elif declared is None:
                kept = self._undeclared(name, value, path)
            elif declared.shape is not None:
                kept = self._inside(declared, value, here, is_personal)
            else:
                kept = self._value(declared, raw, value, here, is_personal)
            if kept is None and declared is not None and self._is_required(shape, declared, path):
                kept = self._stand_in(declared, value, here)
            if kept is not None:
                found[name] = kept
        return found

    def _stand_in(self, declared: Attribute, value: Json, here: str) -> Json:
        """Return what stands where something has to: a pseudonym, or an object without a text."""
        if declared.shape is None:
            return self.at.pseudonym if declared.scalar in {"text", "any"} else value
        found = [
            self.of(declared.shape, one, here, is_personal=True)
            for one in (value if isinstance(value, list) else [value])
            if isinstance(one, dict)
        ]
        return found if declared.is_list else found[0]

    def _is_required(self, shape: type[Shape], declared: Attribute, path: str) -> bool:
        lifecycle = self.resource.lifecycle
        at_top = not path and (
            declared.name in self.resource.required
            or (lifecycle is not None and declared.name in lifecycle.names)
        )
        return declared.required or at_top

    def _name_of(self, raw: Mapping[str, Any], value: Json) -> Json | None:
        ident = str(raw.get("id"))
        if self.at._is_named(ident) or (POINTED in raw and not UUID.match(ident)):
            return self.at.pseudonym  # a reference without a name would get the present one
        return self._clean(value)

    def _undeclared(self, name: str, value: Json, path: str) -> Json | None:
        defined = self.defined.get(name) if not path else None
        if defined is not None and defined.data_class in PLAIN:
            return self._clean(value)
        return None

    def _inside(
        self, declared: Attribute, value: Json, here: str, is_personal: bool
    ) -> Json | None:
        shape = declared.shape
        assert shape is not None
        personal = is_personal or declared.data_class in PERSONAL
        if AMOUNTS.issuperset(shape.by_json_name()) and not (self.is_of_people and personal):
            return value
        if self.is_of_people and personal and not declared.required:
            return None
        if OUTSIDE in shape.__name__:
            return None
        if isinstance(value, list):
            found = [self.of(shape, one, here, is_personal=personal)
                     for one in value if isinstance(one, dict)]  # fmt: skip
            return [one for one in found if one.keys() - META] or None
        if not isinstance(value, dict):
            return None
        inner = self.of(shape, value, here, is_personal=personal)
        return inner if inner.keys() - META else None

    def _value(
        self, declared: Attribute, raw: Mapping[str, Any], value: Json, here: str,
        is_personal: bool,
    ) -> Json | None:  # fmt: skip
        name = declared.json_name
        personal = is_personal or declared.data_class in PERSONAL
        if not personal and (declared.choices or here in self.bound):
            return value
        if not path_is_deep(here) and name in _operators_words.get(self.resource.name, ()):
            return value
        if declared.scalar not in {"text", "any"}:
            return None if personal and self.is_of_people else value
        if personal:
            return None
        if declared.scalar == "any":
            return self._any(raw, value)
        is_kept = name in KEPT_WORDS or name.endswith(KEPT_ENDINGS)
        if not is_kept or name in TYPED or (name == "name" and not path_is_deep(here)):
            return None
        return self._clean(value)

    def _any(self, raw: Mapping[str, Any], value: Json) -> Json | None:
        """Return the value of a characteristic where it is a number or the catalog foresees it."""
        if isinstance(value, (str, list, dict)):
            return value if self.at.foreseen(str(raw.get("name")), value) else None
        return value

    def _clean(self, value: Json) -> Json:
        return self.at.words.without(value, self.at.pseudonym, own=True)


def _without_papers(value: Json) -> Json:
    """Return a value without what attachments hold: nobody can tell what a paper shows."""
    if isinstance(value, list):
        return [_without_papers(one) for one in value]
    if not isinstance(value, dict):
        return value
    is_paper = not PAPER.isdisjoint(value)
    return {
        name: _without_papers(one)
        for name, one in value.items()
        if not (is_paper and name in HELD_BY_PAPER)
    }


def path_is_deep(path: str) -> bool:
    """Tell whether a path leads inside of something in a record."""
    return "." in path


def made_pseudonym(random: bytes) -> str:
    """Return a pseudonym of random bytes; nothing leads back from it, nor to another one."""
    return START + "".join(ALPHABET[one % len(ALPHABET)] for one in random)


def is_pseudonym(text: str) -> bool:
    """Tell whether a name may be that of somebody who was erased."""
    return len(text) == 1 + RANDOM_BYTES and text[0] == START and set(text[1:]) <= set(ALPHABET)
