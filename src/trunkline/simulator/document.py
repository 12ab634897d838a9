"""JSON documents as they come over the wire: decoding, encoding and careful reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

Document: TypeAlias = dict[str, Any]
Clock: TypeAlias = Callable[[], datetime]

_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


def decode(body: bytes) -> Any:
    """Decode JSON, decimals exact. Raises `msgspec.DecodeError`."""
    return _decoder.decode(body)


def encode(value: object) -> bytes:
    """Encode any JSON value or struct; decimals stay as they were written."""
    return _encoder.encode(value)


def text(document: Mapping[str, Any], name: str) -> str | None:
    """Read a text attribute; absent, empty or of another type is None."""
    value = document.get(name)
    return value if isinstance(value, str) and value else None


def part(document: Mapping[str, Any], name: str) -> Document:
    """Read a nested document; absent or of another type is an empty one."""
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def parts(document: Mapping[str, Any], name: str) -> Iterator[Document]:
    """Read a list of nested documents, skipping whatever is none."""
    value = document.get(name)
    if isinstance(value, list):
        yield from (element for element in value if isinstance(element, dict))


def instant(at: datetime) -> str:
    """Write a UTC instant in fixed width with milliseconds and `Z`."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
