"""Problems: the faults of a refusal, each at the field of the form that it is about."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from trunkline.documents.errors import Fault, Refusal
from trunkline.documents.shape import Json
from trunkline.pages.language import ENGLISH, say, spoken, told
from trunkline.screens.asked_value import AskedValue
from trunkline.web.editing.paths import value_at
from trunkline.web.wording import HOLDERS, words

MESSAGES = {"missing": "is required; fill it in"}
"""What people at a form are told by codes whose messages are for programs."""

NUMBER = re.compile(r"\[([0-9]+)\]")
ELEMENT = re.compile(r"^(.*?)\[([0-9]+)\](?:\.|$)")
LAST = re.compile(r"(?:\.[^.\[\]]+|\[[^\]]*\])$")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: what about, and the element of the page that it leads to."""

    path: str
    label: str
    message: str
    at: str = ""


def problems_of(
    refusal: Refusal | None,
    document: dict[str, Json],
    asked: Mapping[str, Sequence[AskedValue]],
) -> list[Problem]:
    """Return what a refusal says, the path of each as the form knows it."""
    if refusal is None:
        return []
    faults = refusal.faults or [Fault("", refusal.code, refusal.message)]
    found = []
    for fault in faults:
        path = _named(fault.path, document, asked)
        message = told(MESSAGES.get(fault.code, fault.message))
        found.append(Problem(path, label_of_path(path), message))
    return found


def _named(path: str, document: dict[str, Json], asked: Mapping[str, Sequence[AskedValue]]) -> str:
    """Return the path of a named value for that of its element (`held:Colour` for `held[2]`)."""
    for held, values in asked.items():
        element = ELEMENT.match(path) if path.startswith(f"{held}[") else None
        if element is None or element[1] != held:
            continue
        one = value_at(document, f"{held}[{element[2]}]")
        name = one.get("name") if isinstance(one, dict) else None
        named = next((value for value in values if value.name == name), None)
        if named is None:
            continue
        inner = path[len(f"{held}[{element[2]}]") :].removeprefix(".value")
        former = value_at(document, held)[: int(element[2])]
        place = sum(1 for other in former if isinstance(other, dict) and other.get("name") == name)
        return f"{held}:{named.place_of(place, inner)}"
    return path


def placed(problems: Iterable[Problem], places: Mapping[str, str]) -> list[Problem]:
    """Return the problems at fields of the form: at the nearest one that holds theirs.

    `places` are the paths that the form has fields for, with the elements of the page.
    """
    found = []
    for one in problems:
        path = nearest(one.path, places)
        found.append(Problem(path, one.label, one.message, places.get(path, "")))
    return found


def nearest(path: str, places: Container[str]) -> str:
    """Return the nearest of some places that holds what is at a path, empty for none."""
    while path and path not in places:
        shorter = LAST.sub("", path)
        path = shorter if shorter != path else ""
    return path


def by_path(problems: Iterable[Problem]) -> dict[str, list[str]]:
    """Return the messages by path."""
    found: dict[str, list[str]] = {}
    for one in problems:
        found.setdefault(one.path, []).append(one.message)
    return found


def _counted(place: re.Match[str]) -> str:
    return f" {int(place[1]) + 1}"


def label_of_path(path: str) -> str:
    """Return a path as words: `contact[0].phoneNumber` is `Contact 1, phone number`."""
    if not path:
        return ""
    held, _, name = path.removesuffix(".id").partition(":")
    if name:
        return ", ".join(say(words(one)) for one in NUMBER.sub(_counted, name).split("."))
    parts: list[str] = []
    for part in held.split("."):
        word, _, place = part.partition("[")
        number = place.rstrip("]")
        called = HOLDERS.get(word, "") if parts and not place else ""
        counted = f" {int(number) + 1}" if number.isdecimal() else ""
        parts.append(say(called or words(word)) + counted)
    if spoken().code == ENGLISH:
        parts[1:] = [one[:1].lower() + one[1:] for one in parts[1:]]
    return ", ".join(parts)
