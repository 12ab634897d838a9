"""Refusals in the words of the version that was asked: its paths, and its words for values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from trunkline.documents.errors import Fault, Refusal
from trunkline.kernel.resource import Resource, View

SORT = "sort="


@contextmanager
def told_in(view: View | None, resource: Resource) -> Iterator[None]:
    """Turn the paths and words of a refusal from the stored version into those of a view."""
    try:
        yield
    except Refusal as refusal:
        if view is None or not refusal.faults:
            raise
        raise _told(view, resource, refusal) from refusal


def _told(view: View, resource: Resource, refusal: Refusal) -> Refusal:
    first = refusal.faults[0]
    faults = [_told_fault(view, resource, one) for one in refusal.faults]
    message = refusal.message.replace(first.message, faults[0].message)
    if first.path and message.startswith(f"{first.path}: "):
        message = faults[0].path + message.removeprefix(first.path)
    return type(refusal)(refusal.code, message, faults=faults, headers=refusal.headers)


def _told_fault(view: View, resource: Resource, fault: Fault) -> Fault:
    start = SORT if fault.path.startswith(SORT) else ""
    stored = fault.path.removeprefix(start)
    words = [view.word(resource.name, stored, one) for one in fault.choices]
    message = fault.message
    if words:
        message = message.replace(", ".join(fault.choices), ", ".join(dict.fromkeys(words)))
    path = view.shown(resource.name, stored) if stored else ""
    return replace(fault, path=start + path, message=message, choices=tuple(words))
