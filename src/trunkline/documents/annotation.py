"""Annotations: what stands around the kind of an attribute, and the kind without it."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any


def bare_kind(annotation: Any) -> Any:
    """Take Annotated and Optional off an annotation."""
    if typing.get_origin(annotation) is typing.Annotated:
        return bare_kind(typing.get_args(annotation)[0])
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        kinds = [one for one in typing.get_args(annotation) if one is not types.NoneType]
        if len(kinds) != 1:
            raise TypeError(f"a union of {kinds} is not declarable")
        return bare_kind(kinds[0])
    return annotation


def said_around(annotation: Any) -> Iterator[Any]:
    """Yield the metadata of an annotation, also inside Optional and list."""
    if typing.get_origin(annotation) is typing.Annotated:
        yield from annotation.__metadata__
    for part in typing.get_args(annotation):
        if not isinstance(part, str):
            yield from said_around(part)
