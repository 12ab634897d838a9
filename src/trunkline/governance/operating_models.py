"""Operating models: which ways of working the parts of the program are for; each module says so.

A module says it of all its kinds of records at once, so that a kind which joins later is hidden
with its neighbours, and of single kinds where they differ. A page goes by the kind or the module
whose right opens it. What is of no model in particular is for every one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trunkline.kernel.resource import Resource, registry

EVERY: Sequence[str] = ()
"""For every way of working."""


@dataclass(frozen=True)
class Said:
    """For which models a module is, and which of its kinds are for others."""

    models: Sequence[str]
    kinds: Mapping[str, Sequence[str]] = field(default_factory=dict)


_said: dict[str, Said] = {}
_models: set[str] = set()


def works_in(module: str, *models: str, kinds: Mapping[str, Sequence[str]] | None = None) -> None:
    """Say for which ways of working a module is, all where none is named; and its kinds apart."""
    said = _said[module] = Said(models, dict(kinds or {}))
    declare_models(*models, *(model for those in said.kinds.values() for model in those))


def said_of_models() -> Mapping[str, Said]:
    """Return what each module says of itself, by its name."""
    return dict(_said)


def declare_models(*models: str) -> None:
    """Name ways of working that there are, also those that no part is made for alone."""
    _models.update(models)


def known_models() -> frozenset[str]:
    """Return the ways of working that profiles may be of."""
    return frozenset(_models)


def models_of(resource: Resource) -> Sequence[str]:
    """Return the ways of working that a kind of record is for; none where it is for all."""
    said = _said.get(resource.module)
    return EVERY if said is None else said.kinds.get(resource.name, said.models)


def models_of_right(permission: str) -> Sequence[str]:
    """Return the ways of working of what a right opens: `Thing:read` a kind, `care:watch` all."""
    name, _, _ = permission.partition(":")
    resource = registry.resources.get(name)
    if resource is not None:
        return models_of(resource)
    said = _said.get(name)
    return said.models if said is not None else EVERY


def kinds_of_others(model: str) -> Iterator[str]:
    """Yield the kinds of records that are for other ways of working only."""
    for resource in registry:
        models = models_of(resource)
        if models and model not in models:
            yield resource.name
