"""The v5 view: documents of v4's form, shown and taken in v5's, by a rule for each type of object.

Inside an object every undeclared attribute is carried along. Where a v5 form cannot tell what was
stored (an explicit `@type` that v5 has no room for, an attribute that stands where v5 has another)
the stored attributes travel in `@stored`; they count as long as what is shown of them is unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from trunkline.documents.shape import Json, Shape
from trunkline.kernel.resource import View, registry
from trunkline.shared.extensible import Extensible

Object: TypeAlias = dict[str, Json]
Path: TypeAlias = tuple[str, ...]

KEPT = "@stored"
REFERENCE_NAMES = frozenset({"id", "href", "name", "@referredType"})
PARTY_TYPES = frozenset({"Individual", "Organization", "Party"})


@dataclass(frozen=True)
class Part:
    """Attributes that the versions say differently: their names on both sides, and how.

    The converters get and return attributes of these names only. They never fail, and leave as
    it is what they do not understand. `path` turns the steps of a v5 path into stored ones.
    """

    names: frozenset[str]
    outward: Callable[[Object], Object]
    inward: Callable[[Object], Object]
    path: Callable[[Path], Path]


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


def v5_view(
    *,
    version: str,
    base: str,
    rules: Mapping[str, Rule],
    events: Mapping[str, str] | None = None,
) -> View:
    """Return the v5 view of an interface.

    `rules` go by the name of a shape, or by `Shape.attribute` for one place of it, and come before
    those that all interfaces share; types without a rule only get their `@type`. `events` renames
    events.
    """
    renamed_events = dict(events or {})
    converter = Converter({**SHARED_RULES, **rules})
    return View(
        version,
        base,
        converter.outward,
        converter.inward,
        converter.path,
        lambda name: renamed_events.get(name, name),
    )


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
        shape: type[Shape] | None = registry[name].type
        place, steps, stored = "", tuple(path.split(".")), []
        while steps and shape is not None:
            for part in self._rule(shape, place).parts:
                steps = part.path(steps)
            stored.append(steps[0])
            attribute = shape.by_json_name().get(steps[0])
            place = f"{shape.__name__}.{steps[0]}"
            shape, steps = attribute.shape if attribute else None, steps[1:]
        return ".".join([*stored, *steps])

    def _outward(self, shape: type[Shape], stored: Object, place: str) -> Object:
        shown = _inside(shape, stored, self._outward)
        rule = self._rule(shape, place)
        kept = _take(shown, (KEPT,))
        for part in rule.parts:
            held = _take(shown, part.names)
            told = part.outward(held)
            shown.update(told)
            if part.inward(told) != held:
                kept.update(held)
        said = _take(shown, ("@type",))
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
        said = _take(taken, ("@type",))
        default = rule.default_type(taken)
        if default is not None and said == {"@type": default}:
            said = _take(kept, ("@type",))
        for part in rule.parts:
            told, held = _take(taken, part.names), _take(kept, part.names)
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


def _take(holder: Object, names: Iterable[str]) -> Object:
    """Take attributes out of an object and return them."""
    return {name: holder.pop(name) for name in names if name in holder}


def renamed(stored: str, shown: str) -> Part:
    """Say one attribute by another name; who has an attribute of that name gets the names swapped.

    So that nothing is lost when somebody's undeclared attribute is called as v5's is.
    """
    other = {stored: shown, shown: stored}

    def swap(held: Object) -> Object:
        return {other[name]: value for name, value in held.items()}

    return Part(
        frozenset(other), swap, swap, lambda steps: (other.get(steps[0], steps[0]), *steps[1:])
    )


def nested(holder: str, type_name: Callable[[Object], str]) -> Part:
    """Say a flat reference (id, href, name) as an object inside its relation, under `holder`."""
    return Part(
        REFERENCE_NAMES | {holder},
        lambda flat: _nest(flat, holder, type_name),
        lambda deep: _flatten(deep, holder, type_name),
        lambda steps: steps[1:] if steps[0] == holder and len(steps) > 1 else steps,
    )


def flattened(holder: str, type_name: Callable[[Object], str]) -> Part:
    """Say an object under `holder` as a flat reference; what is more than a reference stays."""
    return Part(
        REFERENCE_NAMES | {holder},
        lambda deep: _flatten(deep, holder, type_name),
        lambda flat: _nest(flat, holder, type_name),
        lambda steps: (holder, *steps) if steps[0] in REFERENCE_NAMES else steps,
    )


def _nest(flat: Object, holder: str, type_name: Callable[[Object], str]) -> Object:
    rest = flat.get(holder, {})
    inner = {name: value for name, value in flat.items() if name != holder}
    if not isinstance(rest, dict) or not (inner or rest):
        return dict(flat)
    return {holder: {"@type": type_name(inner)} | rest | inner}


def _flatten(deep: Object, holder: str, type_name: Callable[[Object], str]) -> Object:
    inner = deep.get(holder)
    if not isinstance(inner, dict):
        return dict(deep)
    rest = dict(inner)
    flat = {name: value for name, value in deep.items() if name != holder}
    flat.update(_take(rest, REFERENCE_NAMES))
    if rest.get("@type") == type_name(flat):
        del rest["@type"]
    return {**flat, holder: rest} if rest else flat


def party_type(reference: Object) -> str:
    """Return what v5 calls a reference to a party, or to the role that one plays."""
    referred = reference.get("@referredType", "Party")
    is_party = isinstance(referred, str) and referred in PARTY_TYPES
    return "PartyRef" if is_party else "PartyRoleRef"


PARTY = nested("partyOrPartyRole", party_type)

JSON_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "Boolean"),
    (int, "Integer"),
    (Decimal, "Number"),
    (float, "Number"),
    (str, "String"),
    (dict, "Object"),
)


def characteristic_type(shown: Object) -> str:
    """Return the type that v5 gives a characteristic, from the kind of its value."""
    value = shown.get("value")
    if not isinstance(value, list):
        return f"{_json_type(value)}Characteristic"
    kinds = {_json_type(one) for one in value}
    same = kinds.pop() if len(kinds) == 1 else "Object"
    return f"{same}ArrayCharacteristic" if same else "Characteristic"


def _json_type(value: Json) -> str:
    return next((name for kind, name in JSON_TYPES if isinstance(value, kind)), "")


MEDIA: dict[str, tuple[str, frozenset[str]]] = {
    "EmailContactMedium": ("email", frozenset({"emailAddress"})),
    "PhoneContactMedium": ("phone", frozenset({"phoneNumber"})),
    "FaxContactMedium": ("fax", frozenset({"faxNumber"})),
    "SocialContactMedium": ("socialNetwork", frozenset({"socialNetworkId"})),
    "GeographicAddressContactMedium": (
        "postalAddress",
        frozenset({"city", "country", "postCode", "stateOrProvince", "street1", "street2"}),
    ),
}
MEDIUM_NAMES = frozenset({"contactType"}).union(*(names for _, names in MEDIA.values()))


def medium_type(shown: Object) -> str:
    """Return the type that v5 gives a contact medium, from what it holds."""
    found = (name for name, (_, attributes) in MEDIA.items() if attributes & shown.keys())
    return next(found, "ContactMedium")


def _medium_outward(held: Object) -> Object:
    inner = held.get("characteristic")
    if not isinstance(inner, dict):
        return held
    rest = {name: value for name, value in inner.items() if name not in MEDIUM_NAMES}
    shown = {**held, **{name: inner[name] for name in inner if name in MEDIUM_NAMES}}
    del shown["characteristic"]
    if held.get("mediumType") == MEDIA.get(medium_type(shown), ("",))[0]:
        del shown["mediumType"]
    return {**shown, "characteristic": rest} if rest else shown


def _medium_inward(shown: Object) -> Object:
    rest = shown.get("characteristic", {})
    lifted = {name: value for name, value in shown.items() if name in MEDIUM_NAMES}
    if not isinstance(rest, dict) or not lifted:
        return shown
    held = {name: value for name, value in shown.items() if name not in MEDIUM_NAMES}
    if medium_type(lifted) in MEDIA:
        held.setdefault("mediumType", MEDIA[medium_type(lifted)][0])
    return {**held, "characteristic": {**rest, **lifted}}


MEDIUM = Part(
    MEDIUM_NAMES | {"characteristic", "mediumType"},
    _medium_outward,
    _medium_inward,
    lambda steps: ("characteristic", *steps) if steps[0] in MEDIUM_NAMES else steps,
)


def _identifiers_outward(held: Object) -> Object:
    text, more = held.get("externalId"), held.get("externalIdentifier")
    if not isinstance(text, str):
        return held
    first = more[0] if isinstance(more, list) and more else None
    if isinstance(first, dict) and first.get("id") == text:
        return {"externalId": more}
    return {**held, "externalId": [{"@type": "ExternalIdentifier", "id": text}]}


def _identifiers_inward(shown: Object) -> Object:
    found = shown.get("externalId")
    first = found[0] if isinstance(found, list) and found else None
    text = first.get("id") if isinstance(first, dict) else None
    if not isinstance(text, str):
        return shown
    plain = ({"id": text}, {"id": text, "@type": "ExternalIdentifier"})
    if found in ([plain[0]], [plain[1]]):
        return {**shown, "externalId": text}
    return {**shown, "externalId": text, "externalIdentifier": found}


IDENTIFIERS = Part(
    frozenset({"externalId", "externalIdentifier"}),
    _identifiers_outward,
    _identifiers_inward,
    lambda steps: steps[:1] if steps == ("externalId", "id") else steps,
)
"""One external id, as v5's list of identifiers; further ones are kept in `externalIdentifier`."""

SHARED_RULES: dict[str, Rule] = {
    "RelatedParty": Rule("RelatedPartyRefOrPartyRoleRef", (PARTY,), ("RelatedParty",)),
    "RelatedChannel": Rule("RelatedChannel", (nested("channel", lambda _: "ChannelRef"),)),
    "RelatedPlaceRefOrValue": Rule(
        "RelatedPlaceRefOrValue", (nested("place", lambda _: "PlaceRef"),)
    ),
    "Characteristic": Rule(characteristic_type),
    "ContactMedium": Rule(medium_type, (MEDIUM,)),
    "MediumCharacteristic": Rule(None),
    "TimePeriod": Rule(None),
    "TargetProductSchema": Rule(None),
}
"""What is the same in every interface: related parties, channels, places, characteristics."""
