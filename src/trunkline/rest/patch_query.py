"""JSON patch query (TMF630 parts 5 and 6): a path that picks elements of lists by what they hold.

`/item/quantity?item.part.id=7`, `/note[?(@.author=='Ada')]/text` and `$.note[?(@.id==1)]` say
which elements are meant; each becomes an operation of an ordinary JSON patch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from trunkline.documents.errors import Fault, Invalid, Refusal
from trunkline.documents.patch import OPERATIONS_MAX, json_patch
from trunkline.documents.shape import Json

QUERY_TYPE = "application/json-patch-query+json"
SELECTED_MAX = 100
STEP = re.compile(r"(?P<name>[^/\[\]?]+)(?:\[\?\((?P<terms>[^\[\]]*)\)\])?(?:/|$)")
DOTTED = re.compile(r"\.(?![^\[]*\])")
TERM = re.compile(r"""\s*@\.([\w.@$-]+)\s*==\s*(?:'([^']*)'|"([^"]*)"|([\w.+-]+))\s*""")


@dataclass
class Step:
    """One name on a path, and what an element of its list must hold: inner paths and texts."""

    name: str
    wanted: list[tuple[Sequence[str], str]] = field(default_factory=list)


def query_patch(document: Json, operations: Json) -> Json:
    """Return the document with the operations applied to every element that they pick.

    Refuses 400 badPatch, 409 patchTestFailed; the fault's path is the operation's index (`[2]`).
    """
    if not isinstance(operations, list) or len(operations) > OPERATIONS_MAX:
        raise Invalid("badPatch", f"send an array of at most {OPERATIONS_MAX} operations")
    applied = 0
    for index, sent in enumerate(operations):
        at = f"[{index}]"
        path = sent.get("path") if isinstance(sent, dict) else None
        if not isinstance(path, str):
            raise _bad(at, "path is missing")
        pointers = list(_selected(document, _steps(path, at), ""))
        applied += len(pointers)
        if not pointers:
            raise _bad(at, f"{path} picks nothing; read the record again")
        if applied > SELECTED_MAX:
            raise _bad(at, f"more than {SELECTED_MAX} elements are picked; send several patches")
        for pointer in reversed(pointers):  # from the end, so that removals move no other
            try:
                document = json_patch(document, [{**sent, "path": pointer}])
            except Refusal as refusal:
                message = refusal.message.replace("[0]", at, 1)
                fault = Fault(at, refusal.code, message)
                raise type(refusal)(refusal.code, message, faults=[fault]) from refusal
    return document


def _bad(at: str, text: str) -> Invalid:
    message = f"operation {at}: {text}"
    return Invalid("badPatch", message, faults=[Fault(at, "badPatch", message)])


def _steps(path: str, at: str) -> list[Step]:
    """Return the steps of a path in any of its three forms."""
    if path.startswith("$."):
        path = "/" + "/".join(DOTTED.split(path[2:]))
    pointer, asked, query = (path, "", "") if "[?" in path else path.partition("?")
    steps, position = [], 1
    while position < len(pointer):
        found = STEP.match(pointer, position)
        if found is None or not pointer.startswith("/"):
            raise _bad(at, f"{path} is not a path such as /item/quantity?item.id=7")
        steps.append(Step(found["name"].replace("~1", "/").replace("~0", "~")))
        for text in re.split(r"&&", found["terms"]) if found["terms"] is not None else ():
            term = TERM.fullmatch(text)
            if term is None:
                raise _bad(at, f"{text} is not a comparison such as @.id=='7'")
            steps[-1].wanted.append((term[1].split("."), term[2] or term[3] or term[4] or ""))
        position = found.end()
    for name, value in parse_qsl(query, keep_blank_values=True) if asked else ():
        _bind(steps, name.split("."), value, at)
    return steps


def _bind(steps: Sequence[Step], names: Sequence[str], value: str, at: str) -> None:
    """Ask the last step that a query's name shares with the path for what follows in the name."""
    depth = 0
    while depth < min(len(steps), len(names) - 1) and steps[depth].name == names[depth]:
        depth += 1
    if not depth:
        raise _bad(at, f"{'.'.join(names)} does not lie on the path")
    steps[depth - 1].wanted.append((names[depth:], value))


def _selected(value: Json, steps: Sequence[Step], above: str) -> Iterator[str]:
    """Yield the pointers that the steps lead to."""
    if not steps:
        yield above
        return
    step, rest = steps[0], steps[1:]
    here = f"{above}/{step.name.replace('~', '~0').replace('/', '~1')}"
    inner = _child(value, step.name)
    if isinstance(inner, list) and (step.wanted or (rest and not _is_position(rest[0].name))):
        for index, one in enumerate(inner):
            if _holds(one, step):
                yield from _selected(one, rest, f"{here}/{index}")
    elif _holds(inner, step):
        yield from _selected(inner, rest, here)


def _child(value: Json, name: str) -> Json:
    if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
        return value[int(name)]
    return value.get(name) if isinstance(value, dict) else None


def _is_position(name: str) -> bool:
    return name == "-" or name.isdecimal()


def _holds(value: Json, step: Step) -> bool:
    return all(text in _texts(value, path) for path, text in step.wanted)


def _texts(value: Json, path: Sequence[str]) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in _texts(one, path)]
    if path:
        return _texts(value.get(path[0]), path[1:]) if isinstance(value, dict) else []
    if value is None or isinstance(value, dict):
        return []
    return [str(value).lower() if isinstance(value, bool) else str(value)]
