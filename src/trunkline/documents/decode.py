"""Decoding: bytes to JSON values that the store can keep, read and filter, or a fault."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

import msgspec

from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Attribute, Json, Shape, format_instant, parse_instant
from trunkline.documents.whole_number import whole

DEPTH_MAX = 48
DIGITS_MAX = 200
SPACE_BEFORE_COLON = re.compile(rb'"\s+:')
STRING_OR_KEY = re.compile(rb'"(?:[^"\\]|\\.)*"(\s*:)?')
SURROGATE = re.compile("[\ud800-\udfff]")


def bounded_number(text: str) -> Decimal:
    """Return a number that the store can hold; raises InvalidOperation for any other."""
    number = Decimal(text)
    digits = number.as_tuple().digits
    if not number.is_finite() or max(abs(number.adjusted()), len(digits)) > DIGITS_MAX:
        raise InvalidOperation(text)
    return number


_decoder = msgspec.json.Decoder(float_hook=bounded_number)
_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(value: Json) -> bytes:
    """Return the JSON bytes of a value; decimals keep their digits."""
    return _encoder.encode(value)


def load(body: bytes) -> Json:
    """Return the JSON value of bytes that we wrote ourselves."""
    return _decoder.decode(body)


def decode(body: bytes) -> Json:
    """Return the JSON value of bytes that someone sent.

    Text comes out in NFC. Refuses (400): badJson, badText (NUL or a lone surrogate, which no
    filter could read), duplicateKey, badNumber, tooDeep.
    """
    try:
        value = _decoder.decode(body)
    except msgspec.DecodeError as error:
        raise Invalid("badJson", f"the body is not JSON: {error}") from error
    except UnicodeDecodeError as error:
        raise Invalid("badText", f"the body is not UTF-8: {error}") from error
    except (InvalidOperation, ValueError) as error:
        raise Invalid("badNumber", f"the body has a number out of range: {error}") from error
    except RecursionError as error:
        raise Invalid("tooDeep", f"the body is nested deeper than {DEPTH_MAX} levels") from error
    faults: list[Fault] = []
    keys = _Walk(faults, plain=body.isascii() and b"\\u" not in body)
    value = keys.clean(value, "", 0)
    if faults:
        raise Invalid.of(faults)
    if _has_duplicate_keys(body, keys.count):
        raise Invalid("duplicateKey", "the body has an object with the same key twice")
    return value


class _Walk:
    """One pass over a decoded value: counts keys, bounds depth, brings text to NFC."""

    def __init__(self, faults: list[Fault], *, plain: bool) -> None:
        self.faults = faults
        self.plain = plain
        self.count = 0

    def clean(self, value: Json, path: str, depth: int) -> Json:
        if isinstance(value, dict):
            if depth > DEPTH_MAX:
                self.faults.append(Fault(path, "tooDeep", f"is deeper than {DEPTH_MAX} levels"))
                return value
            self.count += len(value)
            for name, inner in value.items():
                if isinstance(inner, (dict, list, str)):
                    value[name] = self.clean(inner, f"{path}.{name}" if path else name, depth + 1)
            if not self.plain:
                named = {self.text(name, path): inner for name, inner in value.items()}
                if len(named) < len(value):
                    self.faults.append(Fault(path, "duplicateKey", "has the same key twice"))
                return named
            return value
        if isinstance(value, list):
            if depth > DEPTH_MAX:
                self.faults.append(Fault(path, "tooDeep", f"is deeper than {DEPTH_MAX} levels"))
                return value
            for index, inner in enumerate(value):
                if isinstance(inner, (dict, list, str)):
                    value[index] = self.clean(inner, f"{path}[{index}]", depth + 1)
            return value
        return value if self.plain or not isinstance(value, str) else self.text(value, path)

    def text(self, value: str, path: str) -> str:
        if value.isascii():
            if "\0" in value:
                self.faults.append(Fault(path, "badText", "holds a NUL character; remove it"))
            return value
        if "\0" in value or SURROGATE.search(value):
            self.faults.append(Fault(path, "badText", "holds NUL or half of a surrogate pair"))
            return value
        return unicodedata.normalize("NFC", value)


def _has_duplicate_keys(body: bytes, keys: int) -> bool:
    """Tell whether the text has more keys than the decoded value.

    Every key is followed by a colon, and a string inside a value can only add to the plain count;
    so equality without white space before colons is proof, and all else is counted exactly.
    """
    if body.count(b'":') == keys and not SPACE_BEFORE_COLON.search(body):
        return False
    return sum(1 for found in STRING_OR_KEY.finditer(body) if found.group(1)) != keys


_walked: dict[type[Shape], dict[str, Attribute]] = {}


def _to_walk(shape: type[Shape]) -> dict[str, Attribute]:
    """Return the attributes whose values may have to be brought to the stored form, by name."""
    found = _walked.get(shape)
    if found is None:
        found = _walked[shape] = {
            name: one
            for name, one in shape.by_json_name().items()
            if one.scalar in {"instant", "integer"} or one.shape is not None
        }
    return found


def normalise(
    shape: type[Shape],
    raw: dict[str, Json],
    faults: list[Fault],
    path: str = "",
    known: Mapping[str, Json] = MappingProxyType({}),
) -> None:
    """Bring declared date-times and whole numbers to the stored form, drop what is null.

    What is as in `known`, which is in the stored form, is passed over.
    """
    walked = _walked.get(shape) or _to_walk(shape)
    if None in raw.values():
        declared = shape.by_json_name()
        for name in [one for one, value in raw.items() if value is None and one in declared]:
            del raw[name]
    for name, value in raw.items():  # values are set on the way, names stay
        if name not in walked:
            continue
        attribute = walked[name]
        if attribute.scalar == "integer":
            if type(value) is not int:
                raw[name] = _whole(value)
            continue
        if name in known and known[name] == value:
            continue
        if attribute.scalar == "instant":
            where = f"{path}.{name}" if path else name
            if attribute.is_list and isinstance(value, list):
                raw[name] = [_instant(one, where, faults) for one in value]
            else:
                raw[name] = _instant(value, where, faults)
        elif attribute.shape is not None:
            where = f"{path}.{name}" if path else name
            if isinstance(value, dict) and not attribute.is_list:
                normalise(attribute.shape, value, faults, where)
            elif isinstance(value, list):
                for index, one in enumerate(value):
                    if isinstance(one, dict):
                        normalise(attribute.shape, one, faults, f"{where}[{index}]")


def keep_whole(shape: type[Shape], raw: dict[str, Json]) -> None:
    """Bring all declared whole numbers to the stored form, also those that equal what they were."""
    walked = _to_walk(shape)
    for name in [one for one in raw if one in walked]:
        attribute, value = walked[name], raw[name]
        if attribute.scalar == "integer":
            raw[name] = _whole(value)
        elif attribute.shape is not None:
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    keep_whole(attribute.shape, one)


def _whole(value: Json) -> Json:
    return [whole(one) for one in value] if isinstance(value, list) else whole(value)


def _instant(value: Json, path: str, faults: list[Fault]) -> Json:
    if isinstance(value, str) and len(value) >= len("2026-11-21"):
        try:
            return format_instant(parse_instant(value))
        except (ValueError, OverflowError):
            pass
    faults.append(Fault(path, "badDateTime", "must be a date-time such as 2026-11-21T10:00:00Z"))
    return value
