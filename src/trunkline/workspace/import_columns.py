"""Columns of an import for what is inside lists, and the heads by which people call columns.

A column may be one value of one element: `contactMedium[email].characteristic.emailAddress` is the
address of the medium whose type is `email`. A file that says it leaves the other elements as they
are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trunkline.documents.patch import copied, merge_patch
from trunkline.documents.paths import walk_path
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document


@dataclass(frozen=True)
class Element:
    """Which element of a list a column is about: that whose attribute `by` says `value`."""

    path: str
    by: str
    value: str
    below: str

    @property
    def column(self) -> str:
        """The path of the column."""
        return f"{self.path}[{self.value}].{self.below}"

    @property
    def plain(self) -> str:
        """The declared path of what the column holds."""
        return f"{self.path}.{self.below}"


_elements: dict[str, dict[str, Element]] = {}
_heads: dict[str, dict[str, tuple[str, ...]]] = {}


def element_columns(
    kind: type[Document], path: str, by: str, values: Mapping[str, Sequence[str]]
) -> None:
    """Declare columns for elements of a list: to each value of `by` what is asked for of it."""
    known = _elements.setdefault(kind.resource.name, {})
    for value, belows in values.items():
        for below in belows:
            for one in (f"{path}.{below}", f"{path}.{by}"):
                walk_path(kind.resource.type, one)
            found = Element(path, by, value, below)
            known[found.column] = found


def called_in_files(kind: type[Document], names: Mapping[str, Sequence[str]]) -> None:
    """Declare what people call columns in the heads of their files, in any language."""
    known = _heads.setdefault(kind.resource.name, {})
    for path, said in names.items():
        known[path] = (*known.get(path, ()), *said)


def elements_of(kind: str) -> Mapping[str, Element]:
    """Return the columns for elements of lists of a kind of record, by their paths."""
    return _elements.get(kind, {})


def heads_of(kind: str) -> Mapping[str, Sequence[str]]:
    """Return what people call the columns of a kind of record, by path."""
    return _heads.get(kind, {})


def put_element(document: dict[str, Json], one: Element, value: Json) -> None:
    """Write the value of a column into the element that it is about, which is made where needed."""
    held = document.setdefault(one.path, [])
    if not isinstance(held, list):
        return
    element = next((e for e in held if isinstance(e, dict) and e.get(one.by) == one.value), None)
    if element is None:
        element = {one.by: one.value}
        held.append(element)
    *outer, last = one.below.split(".")
    for name in outer:
        element = element.setdefault(name, {})
    element[last] = value


def with_other_elements(
    patch: dict[str, Json], before: Mapping[str, Json], said: Iterable[Element]
) -> dict[str, Json]:
    """Return a patch whose lists keep the elements that no column is about; pure.

    Of several elements of one type the first is what a column is about.
    """
    for path, by in dict.fromkeys((one.path, one.by) for one in said):
        former, new = before.get(path), patch.get(path)
        if not isinstance(former, list) or not isinstance(new, list):
            continue
        merged: list[Json] = copied(former)
        for one in new:
            at = _place(merged, by, one.get(by))
            if at is None:
                merged.append(one)
            else:
                merged[at] = merge_patch(merged[at], one)
        patch[path] = merged
    return patch


def _place(elements: Sequence[Json], by: str, value: Json) -> int | None:
    found = (
        at for at, one in enumerate(elements) if isinstance(one, dict) and one.get(by) == value
    )
    return next(found, None)
