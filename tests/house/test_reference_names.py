"""Reference names: what a reference calls its target is no less protected than in the target."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.paths import reference_paths
from trunkline.documents.shape import DataClass
from trunkline.kernel.masks import ORDER, hidden_paths, is_hidden
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, registry

load_modules()
READERS: tuple[frozenset[DataClass], ...] = tuple(
    frozenset(ORDER[:count]) for count in range(1, len(ORDER))
)
"""From who sees what is public only to who sees all but what is sensitive."""


def hides(resource: Resource, path: str, sees: frozenset[DataClass]) -> bool:
    mask = hidden_paths(resource, sees)
    return mask is not None and is_hidden(mask, path)


def names_told(sees: frozenset[DataClass]) -> Iterator[str]:
    """Yield where such a reader is told a name that the record itself does not show."""
    for resource in registry:
        for one in reference_paths(resource.type):
            targets = [registry[name] for name in one.targets if name in registry.resources]
            hidden = {str(target) for target in targets
                      if any(hides(target, path, sees) for path in target.label)}  # fmt: skip
            if hidden and not hides(resource, f"{one.dotted}.name", sees):
                yield f"{resource}.{one.dotted}.name tells of {', '.join(sorted(hidden))}"


def test_names_in_references_are_as_protected_as_in_the_record() -> None:
    """Every declared reference, for every kind of reader: the name hides where the label does."""
    assert [one for sees in READERS for one in names_told(sees)] == []


def test_some_names_are_hidden() -> None:
    """The walk meets names that must hide, so that it can fail at all."""
    held = [
        f"{resource}.{one.dotted}"
        for resource in registry
        for one in reference_paths(resource.type)
        if "GeographicAddress" in one.targets and hides(resource, f"{one.dotted}.name", READERS[1])
    ]
    assert "ProductOffering.place" in held
    assert len(held) > 3
