"""What v5 says differently in many places: renamed, nested, flattened and typed parts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from trunkline.documents.shape import Json
from trunkline.shared.v5_converter import Named, Object, Part, Path, take

REFERENCE_NAMES = frozenset({"id", "href", "name", "@referredType"})
PARTY_TYPES = frozenset({"Individual", "Organization", "Party"})
TEXT: Json = {"type": "string"}


def renamed(stored: str, shown: str) -> Part:
    """Say one attribute by another name; who has an attribute of that name gets the names swapped.

    So that nothing is lost when somebody's undeclared attribute is called as v5's is.
    """
    other = {stored: shown, shown: stored}

    def swap(held: Object) -> Object:
        return {other[name]: value for name, value in held.items()}

    def swap_path(steps: Path) -> Path:
        return (other.get(steps[0], steps[0]), *steps[1:])

    def described(properties: Object, _named: Named) -> Object:
        return {shown: properties[stored]} if stored in properties else properties

    return Part(frozenset(other), swap, swap, swap_path, swap_path, described)


def nested(holder: str, type_name: Callable[[Object], str]) -> Part:
    """Say a flat reference (id, href, name) as an object inside its relation, under `holder`."""

    def described(properties: Object, named: Named) -> Object:
        inner = {name: one for name, one in properties.items() if name != holder}
        name = f"{holder[0].upper()}{holder[1:]}Reference"
        return {holder: named(name, "What is referred to.", {"@type": TEXT, **inner})}

    def asked(steps: Path, _values: object) -> None:
        if steps == (holder, "@type"):
            raise ValueError("is made from what is referred to; filter by @referredType")

    return Part(
        REFERENCE_NAMES | {holder},
        lambda flat: _nest(flat, holder, type_name),
        lambda deep: _flatten(deep, holder, type_name),
        lambda steps: _without(steps, holder),
        lambda steps: (holder, *steps) if steps[0] in REFERENCE_NAMES else steps,
        described,
        asked,
    )


def flattened(holder: str, type_name: Callable[[Object], str]) -> Part:
    """Say an object under `holder` as a flat reference; what is more than a reference stays."""
    return Part(
        REFERENCE_NAMES | {holder},
        lambda deep: _flatten(deep, holder, type_name),
        lambda flat: _nest(flat, holder, type_name),
        lambda steps: (holder, *steps) if steps[0] in REFERENCE_NAMES else steps,
        lambda steps: steps[1:] if steps[1:2] and steps[1] in REFERENCE_NAMES else steps,
        lambda properties, _named: dict.fromkeys(sorted(REFERENCE_NAMES), TEXT) | properties,
    )


def _without(steps: Path, holder: str) -> Path:
    return steps[1:] if steps[0] == holder and len(steps) > 1 else steps


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
    flat.update(take(rest, REFERENCE_NAMES))
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
    lambda steps: steps[1:] if steps[1:2] and steps[1] in MEDIUM_NAMES else steps,
    lambda properties, _named: dict.fromkeys(sorted(MEDIUM_NAMES), TEXT) | properties,
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
    if found == []:
        return {name: value for name, value in shown.items() if name != "externalId"}
    first = found[0] if isinstance(found, list) and found else None
    text = first.get("id") if isinstance(first, dict) else None
    if not isinstance(text, str):
        return shown
    plain = ({"id": text}, {"id": text, "@type": "ExternalIdentifier"})
    if found in ([plain[0]], [plain[1]]):
        return {**shown, "externalId": text}
    return {**shown, "externalId": text, "externalIdentifier": found}


def _described_identifiers(_properties: Object, named: Named) -> Object:
    names = ("id", "owner", "externalIdentifierType")
    words = "An id of the record in another system."
    one = named("ExternalIdentifier", words, {"@type": TEXT} | dict.fromkeys(names, TEXT), "id")
    return {"externalId": {"type": "array", "items": one}}


IDENTIFIERS = Part(
    frozenset({"externalId", "externalIdentifier"}),
    _identifiers_outward,
    _identifiers_inward,
    lambda steps: steps[:1] if steps == ("externalId", "id") else steps,
    lambda steps: ("externalId", *steps[1:]) if steps[0] == "externalIdentifier" else steps,
    _described_identifiers,
)
"""One external id, as v5's list of identifiers; further ones are kept in `externalIdentifier`."""
