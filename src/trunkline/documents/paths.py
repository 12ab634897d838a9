"""Paths: the declared steps of a dotted path, and the paths where a shape holds references."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from trunkline.documents.shape import Attribute, Json, Shape

DEPTH_MAX = 12
WRITTEN_STEP = re.compile(
    r'(?:^|\.)(?P<plain>[^.\[\]"\\\x00-\x20]+)'
    r'|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]'
    r'|\[(?:\*|[0-9]+|id=(?:[^\[\]"\\\x00-\x20]+|"(?:[^"\\]|\\.)*"))\]'
)


@dataclass(frozen=True)
class Step:
    """One step of a declared path: the attribute and whether it is a list."""

    attribute: Attribute
    is_list: bool


def value_at(document: Json, path: str) -> Json:
    """Return the value at a dotted path without lists, or None."""
    for part in path.split(".") if "." in path else (path,):
        document = document.get(part) if isinstance(document, dict) else None
    return document


def path_names(path: str) -> list[str]:
    """Return the names on a path without its array steps; empty when it is not a path."""
    names, position = [], 0
    while position < len(path):
        found = WRITTEN_STEP.match(path, position)
        if found is None:
            return []
        if found["plain"] or found["quoted"]:
            names.append(found["plain"] or json.loads(found["quoted"]))
        position = found.end()
    return names


def walk_path(shape: type[Shape], path: str) -> list[Step]:
    """Return the declared steps of a dotted JSON path.

    Raises KeyError with the part that is not declared.
    """
    steps: list[Step] = []
    current: type[Shape] | None = shape
    for part in path.split("."):
        attribute = current.by_json_name().get(part) if current is not None else None
        if attribute is None:
            raise KeyError(part)
        steps.append(Step(attribute, attribute.is_list))
        current = attribute.shape
    return steps


@dataclass(frozen=True)
class ReferencePath:
    """Where a shape points at other records: the dotted path and the names of the targets."""

    path: tuple[str, ...]
    targets: tuple[str, ...]
    shape: type[Shape]

    @property
    def dotted(self) -> str:
        """The path as text."""
        return ".".join(self.path)


def reference_paths(shape: type[Shape]) -> Iterator[ReferencePath]:
    """Yield where a shape holds references, each path once.

    A shape that contains itself is followed once: the reader of a document follows the shapes,
    not these paths, so deeper references are found all the same.
    """
    yield from _reference_paths(shape, (), ())


def _reference_paths(
    shape: type[Shape], path: tuple[str, ...], above: tuple[type[Shape], ...]
) -> Iterator[ReferencePath]:
    if shape.targets and path:
        yield ReferencePath(path, shape.targets, shape)
    if shape in above or len(above) > DEPTH_MAX:
        return
    for attribute in shape.attributes().values():
        if attribute.shape is not None:
            yield from _reference_paths(
                attribute.shape, (*path, attribute.json_name), (*above, shape)
            )
