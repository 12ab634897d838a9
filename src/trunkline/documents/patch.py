"""Patches: JSON merge patch, JSON Patch, and what changed between two documents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce

import msgspec
from jsonpath import JSONPointer
from jsonpath.exceptions import JSONPatchError, JSONPatchTestFailure, JSONPointerError
from jsonpath.patch import Op, OpAdd, OpCopy, OpMove, OpRemove, OpReplace, OpTest
from jsonpath.pointer import UNDEFINED

from trunkline.documents.decode import DEPTH_MAX, encode
from trunkline.documents.errors import Conflict, Fault, Invalid
from trunkline.documents.shape import Json

ABSENT = msgspec.UNSET  # where there is no value; encoding a Change leaves it out
OPERATIONS_MAX, COPIED_MAX, VALUES_MAX = 1_000, 100_000, 1_000_000
POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
PLAIN = re.compile(r'[^.\[\]"\\\x00-\x20]+')


def merge_patch(document: Json, patch: Json) -> Json:
    """Return the document with a merge patch applied (RFC 7396); shares nothing with its inputs."""
    if not isinstance(patch, dict):
        return copied(patch)
    kept = document if isinstance(document, dict) else {}
    merged = {name: one if name in patch else copied(one) for name, one in kept.items()}
    for name, value in patch.items():
        merged[name] = merge_patch(merged.get(name), value)
        if value is None:
            del merged[name]
    return merged


def copied(value: Json) -> Json:
    """Return a JSON value that shares no object or array with the given one."""
    if isinstance(value, dict):
        return {name: copied(inner) for name, inner in value.items()}
    return [copied(inner) for inner in value] if isinstance(value, list) else value


def same(one: Json, other: Json) -> bool:
    """Return whether two JSON values are equal: numbers by value, and `true` is not 1."""
    return bool(one == other) and _same(one, other)


def _same(one: Json, other: Json) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def json_patch(document: Json, operations: Json) -> Json:
    """Return the document with a JSON Patch applied (RFC 6902); shares nothing with its inputs.

    Refuses 400 badPatch, 409 patchTestFailed; the fault's path is the operation's index (`[2]`).
    """
    if not isinstance(operations, list) or len(operations) > OPERATIONS_MAX:
        raise Invalid("badPatch", f"send an array of at most {OPERATIONS_MAX} operations")
    patched, room, at = copied(document), COPIED_MAX, ""
    try:
        for index, sent in enumerate(operations):
            at = f"[{index}]"
            operation = _operation(sent)
            if isinstance(operation, OpCopy):
                room -= _size(operation.source.resolve_parent(patched)[1], room)
            patched = operation.apply(patched)
        _size(patched)
    except (JSONPatchError, JSONPointerError) as error:
        failed = isinstance(error, JSONPatchTestFailure)
        refusal, code = (Conflict, "patchTestFailed") if failed else (Invalid, "badPatch")
        fault = Fault(at, code, f"operation {at}: {error}")
        raise refusal(code, fault.message, faults=[fault]) from error
    return patched


def _operation(sent: Json) -> Op:
    match sent:
        case {"op": "add", "path": path, "value": value}:
            return OpAdd(_Pointer(path), copied(value))
        case {"op": "replace", "path": path, "value": value}:
            return OpReplace(_Pointer(path), copied(value))
        case {"op": "test", "path": path, "value": value}:
            return _Test(_Pointer(path), value)
        case {"op": "remove", "path": path}:
            return OpRemove(_Pointer(path))
        case {"op": "move", "from": source, "path": path}:
            return OpMove(_Pointer(source), _Pointer(path))
        case {"op": "copy", "from": source, "path": path}:
            return OpCopy(_Pointer(source), _Pointer(path))
    raise JSONPatchError("op is not one of RFC 6902, or one of its members is missing")


class _Pointer(JSONPointer):  # without the library's key pointers, signed and padded indexes
    def __init__(self, text: Json) -> None:
        if not isinstance(text, str) or not POINTER.fullmatch(text):
            raise JSONPointerError(f"{text!r} is not a JSON pointer such as /item/0/state")
        super().__init__(text, unicode_escape=False)

    def resolve_parent(self, data: Json) -> tuple[Json, object]:
        if not self.parts:
            return None, data
        parent = reduce(_child, self.parts[:-1], data)
        return parent, _child(parent, self.parts[-1], new=True)


def _child(value: Json, part: str, new: bool = False) -> Json:
    if isinstance(value, dict) and (new or part in value):
        return value.get(part, UNDEFINED)
    if isinstance(value, list) and new and part in {"-", str(len(value))}:
        return UNDEFINED
    if isinstance(value, list) and INDEX.fullmatch(part) and int(part) < len(value):
        return value[int(part)]
    raise JSONPointerError(f"there is nothing at {part!r}")


class _Test(OpTest):  # tells true from 1, and fails where there is nothing to test
    def apply(self, data: Json) -> Json:
        with suppress(JSONPointerError):
            if same(self.path.resolve_parent(data)[1], self.value):
                return data
        raise JSONPatchTestFailure("the test fails; read the record again")


def _size(value: Json, most: int = VALUES_MAX, depth: int = 0) -> int:
    if not isinstance(value, (dict, list)):
        return 1
    inside = value.values() if isinstance(value, dict) else value
    if depth > DEPTH_MAX or (count := sum(_size(one, most, depth + 1) for one in inside)) >= most:
        raise JSONPatchError("the result is too large or too deep")
    return count + 1


@dataclass(frozen=True)
class Change:
    """One value that differs: its path, and what it was and is (ABSENT where there was none).

    Objects that come or go are told value by value, so that each change has one data class.
    """

    path: str
    old: Json
    new: Json


def changes(before: Json, after: Json) -> list[Change]:
    """Return what differs between two documents; empty only when they are equal.

    Arrays whose elements all have an own `id` are matched by it (`item[id=7].state`), and another
    order of them is told as `item[*].id`; other arrays are matched by position.
    """
    found: list[Change] = []
    _compare(found, "", before, after)
    return found


def _compare(found: list[Change], path: str, old: Json, new: Json) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        for name, one in old.items():
            other = new.get(name, ABSENT)
            if not _is_alike(one, other):
                _compare(found, path_to(path, name), one, other)
        for name, other in new.items():
            if name not in old:
                _compare(found, path_to(path, name), ABSENT, other)
    elif isinstance(old, list) and isinstance(new, list):
        _compare_elements(found, path, old, new)
    elif old and isinstance(old, (dict, list)):
        _compare(found, path, old, type(old)())
        _compare(found, path, ABSENT, new)
    elif new and isinstance(new, (dict, list)):
        _compare(found, path, old, ABSENT)
        _compare(found, path, type(new)(), new)
    elif not same(old, new):
        found.append(Change(path, old, new))


def _is_alike(one: Json, other: Json) -> bool:
    """Return whether two values are surely equal: cheap, so that only what differs is walked."""
    kind = type(one)
    if kind is not type(other) or one != other:
        return False
    return (kind is not dict and kind is not list) or encode(one) == encode(other)


def _compare_elements(found: list[Change], path: str, old: list[Json], new: list[Json]) -> None:
    one, other = _by_id(old), _by_id(new)
    if one is None or other is None:
        one, other = dict(enumerate(old)), dict(enumerate(new))
        paths = {key: f"{path}[{key}]" for key in one | other}
    else:
        paths = {key: path_to_id(path, key) for key in one | other}
    for key, inner in paths.items():
        was, now = one.get(key, ABSENT), other.get(key, ABSENT)
        if not _is_alike(was, now):
            _compare(found, inner, was, now)
    stayed, order = [key for key in one if key in other], [key for key in other if key in one]
    if stayed != order:
        found.append(Change(f"{path}[*].id", stayed, order))


def _by_id(elements: list[Json]) -> dict[str | int, Json] | None:
    found = {key: one for one in elements if (key := own_id(one)) is not None}
    return found if len(found) == len(elements) else None


def own_id(element: Json) -> str | int | None:
    """Return the `id` of an array's element where it can tell the element from others."""
    found = element.get("id") if isinstance(element, dict) else None
    return found if isinstance(found, (str, int)) and not isinstance(found, bool) else None


def path_to(path: str, name: str) -> str:
    """Return the path of an object's member; a name that is not plain is quoted (`["a.b"]`)."""
    plain = f"{path}.{name}" if path else name
    return plain if PLAIN.fullmatch(name) else f"{path}[{json.dumps(name)}]"


def path_to_id(path: str, key: str | int) -> str:
    """Return the path of the array element that has an id."""
    return f"{path}[id={key if PLAIN.fullmatch(str(key)) else json.dumps(key)}]"


def encode_changes(found: Iterable[Change]) -> list[Json]:
    """Return changes as JSON objects with `path`, and `old` and `new` where there is a value."""
    return [{name: one for name, one in vars(c).items() if one is not ABSENT} for c in found]


def decode_changes(encoded: Iterable[Json]) -> list[Change]:
    """Return the changes that `encode_changes` made into JSON."""
    return [Change(one["path"], one.get("old", ABSENT), one.get("new", ABSENT)) for one in encoded]
