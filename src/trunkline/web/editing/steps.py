"""Steps of filling in a form: an element added or taken away, an object opened or closed."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import parse_qsl, urlencode

from trunkline.documents.decode import decode, encode
from trunkline.documents.errors import Refusal
from trunkline.documents.paths import walk_path
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Resource

PLACE = re.compile(r"\[([0-9]{1,6})\]$")
COPY = "copy"
"""What an address names the record by that a new one begins as a copy of."""
BASE_MAX = 4_000_000
ELEMENTS_MAX = 500


def stepped(fields: dict[str, list[str]], step: str) -> dict[str, list[str]]:
    """Return the fields after a step: `add:path`, `drop:path[0]`, `open:path` or `close:path`."""
    verb, _, path = step.partition(":")
    if verb == "add":
        fields = fields | {f"n:{path}[{_next(fields, path)}]": [""], f"l:{path}": ["1"]}
    elif verb == "open":
        fields = fields | {f"o:{path}": ["1"]}
    elif verb in {"drop", "close"}:
        fields = {name: one for name, one in fields.items() if not _is_inside(name, path)}
        if verb == "close":
            fields[f"x:{path}"] = ["1"]
    return fields


def _next(fields: Mapping[str, Sequence[str]], path: str) -> int:
    start = f"n:{path}["
    places = [
        int(found[1])
        for name in fields
        if name.startswith(start)
        and (found := PLACE.search(name))
        and "." not in name[len(start) :]
    ]
    return min(max(places, default=-1) + 1, ELEMENTS_MAX)


def _is_inside(name: str, path: str) -> bool:
    inner = name[2:]
    return inner == path or inner.startswith((f"{path}.", f"{path}[", f"{path}:"))


def asked_in_address(resource: Resource, query: str) -> dict[str, list[str]]:
    """Return the fields that an address fills in: `owner.id=…`, `name=…`; others are left out."""
    fields: dict[str, list[str]] = {}
    for path, value in parse_qsl(query):
        try:
            steps = walk_path(resource.type, path)
        except KeyError:
            continue
        where = ""
        for step in steps:
            where += ("." if where else "") + step.attribute.json_name
            if step.is_list and step.attribute.shape is not None:
                fields[f"l:{where}"] = ["1"]
                where += "[0]"
                fields[f"n:{where}"] = [""]
        fields[f"f:{where}"] = [value]
    return fields


def begun_with(resource: Resource, query: str) -> str:
    """Return what of an address fills a form in or is copied there, in one way of writing it."""
    return urlencode([
        (path, value) for path, value in parse_qsl(query)
        if path == COPY or _is_path(resource, path)
    ])  # fmt: skip


def _is_path(resource: Resource, path: str) -> bool:
    try:
        walk_path(resource.type, path)
    except KeyError:
        return False
    return True


def packed(document: dict[str, Json], names: Iterable[str]) -> str:
    """Return the part of a document that a form asks for, to travel with it."""
    wanted = set(names)
    part = {name: value for name, value in document.items() if name in wanted}
    return base64.urlsafe_b64encode(zlib.compress(encode(part))).decode()


def unpacked(text: str) -> dict[str, Json] | None:
    """Return what `packed` made a text of, None for any other text."""
    try:
        opener = zlib.decompressobj()
        body = opener.decompress(base64.urlsafe_b64decode(text.encode()), BASE_MAX)
        part = decode(body)
    except (ValueError, zlib.error, Refusal):
        return None
    return part if isinstance(part, dict) else None
