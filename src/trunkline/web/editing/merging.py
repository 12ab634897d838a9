"""Merging: what two people made of one record, value by value, and the choice between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trunkline.documents.patch import copied, same
from trunkline.documents.shape import Json
from trunkline.web.editing.paths import anchor_of, put, value_at
from trunkline.web.editing.problems import label_of_path


@dataclass(frozen=True)
class Difference:
    """A value that one or both have changed; `both` where they differ and one must give way."""

    path: str
    label: str
    before: Json
    theirs: Json
    yours: Json
    both: bool
    by: str

    @property
    def at(self) -> str:
        """The id of the field that it is about."""
        return anchor_of(self.path)


def differences(
    before: dict[str, Json], theirs: dict[str, Json], yours: dict[str, Json]
) -> list[Difference]:
    """Return every value that either has changed, a list as one value."""
    found = []
    for path in dict.fromkeys(_paths("", before, theirs, yours)):
        old, their, own = (value_at(one, path) for one in (before, theirs, yours))
        by_them, by_you = not same(old, their), not same(old, own)
        if by_them or by_you:
            both = by_them and by_you and not same(their, own)
            by = "both" if by_them and by_you else "theirs" if by_them else "yours"
            found.append(Difference(path, label_of_path(path), old, their, own, both, by))
    return found


def _paths(path: str, *values: Json) -> Iterator[str]:
    """Yield the paths of single values; where one of the documents has no object, of the whole."""
    if not all(isinstance(one, dict) for one in values):
        yield path
        return
    names = dict.fromkeys(name for one in values for name in one)
    for name in names:
        inner = [one.get(name) for one in values]
        deeper = f"{path}.{name}" if path else name
        objects = [one for one in inner if one is not None]
        if objects and all(isinstance(one, dict) for one in objects):
            yield from _paths(deeper, *(one if one is not None else {} for one in inner))
        elif any(not same(one, inner[0]) for one in inner):
            yield deeper


def merged(theirs: dict[str, Json], found: Sequence[Difference]) -> dict[str, Json]:
    """Return their record with what you have changed in it."""
    document: dict[str, Json] = copied(theirs)
    for one in found:
        if one.by != "theirs":
            put(document, one.path, one.yours)
    return document


def with_choices(
    document: dict[str, Json], theirs: dict[str, Json], choices: Mapping[str, str]
) -> dict[str, Json]:
    """Return the document with their value wherever that was chosen."""
    chosen: dict[str, Json] = copied(document)
    for path, whose in choices.items():
        if whose == "theirs":
            put(chosen, path, copied(value_at(theirs, path)))
    return chosen
