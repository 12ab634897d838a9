"""Outside names: where TM Forum's shapes say by which ids other systems know a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trunkline.rest.outside_names import OutsideName


def external_id(raw: Mapping[str, Any]) -> Iterator[OutsideName]:
    """Yield the `externalId` of a record that clients number each for themselves."""
    if found := _text(raw.get("externalId")):
        yield OutsideName(found, None, "externalId")


def external_identifiers(raw: Mapping[str, Any]) -> Iterator[OutsideName]:
    """Yield the ids in `externalIdentifier` that their owner has not called invalid."""
    for index, one in enumerate(_each(raw, "externalIdentifier")):
        found, owner = _text(one.get("id")), _text(one.get("owner"))
        if found is None or one.get("isValid") is False:
            continue
        kind = _text(one.get("externalIdentifierType"))
        giver = f"{owner}:{kind}" if owner and kind else owner
        yield OutsideName(found, giver, f"externalIdentifier[{index}].id")


def external_references(raw: Mapping[str, Any]) -> Iterator[OutsideName]:
    """Yield the names in `externalReference`, each given by its type."""
    for index, one in enumerate(_each(raw, "externalReference")):
        name = "id" if _text(one.get("id")) else "name"
        found, kind = _text(one.get(name)), _text(one.get("externalReferenceType"))
        if found is not None:
            yield OutsideName(found, kind, f"externalReference[{index}].{name}")


def _each(raw: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    listed = raw.get(name)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
