"""Bound shapes: values of a register wherever a shape with them stands, also in kinds to come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.documents.shape import Shape

NESTED_MAX = 2
"""How often one shape may hold itself on a path, such as a line of an order within a line."""


def paths_to(kind: type[Shape], sought: type[Shape], name: str) -> Iterator[str]:
    """Yield the dotted paths of an attribute of a shape, wherever that stands inside a kind."""
    yield from _paths(kind, sought, name, (), (kind,))


def _paths(
    shape: type[Shape], sought: type[Shape], name: str, path: Sequence[str],
    through: Sequence[type[Shape]],
) -> Iterator[str]:  # fmt: skip
    for step, attribute in shape.by_json_name().items():
        inner = attribute.shape
        if inner is None or through.count(inner) >= NESTED_MAX:
            continue
        here = (*path, step)
        if issubclass(inner, sought) and name in inner.by_json_name():
            yield ".".join((*here, name))
        yield from _paths(inner, sought, name, here, (*through, inner))
