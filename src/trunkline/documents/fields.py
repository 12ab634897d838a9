"""Fields: the attributes of a document that somebody asks for, out of all."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.documents.shape import Json


def pick_fields(document: dict[str, Json], fields: Sequence[str], *, view: bool) -> dict[str, Json]:
    """Return the chosen attributes, dotted ones too; id and href always, unknown ones never."""
    kept: dict[str, Json] = {one: document[one] for one in ("id", "href") if one in document}
    if view and "@type" in document:
        kept["@type"] = document["@type"]
    if list(fields) == ["none"]:
        return kept
    for name in fields:
        _copy(document, kept, name.split("."))
    return kept


def _copy(source: dict[str, Json], kept: dict[str, Json], path: list[str]) -> None:
    name, *rest = path
    if name not in source:
        return
    value = source[name]
    if not rest:
        kept[name] = value
    elif isinstance(value, dict):
        inner = kept.setdefault(name, {})
        if isinstance(inner, dict):
            _copy(value, inner, rest)
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        inner = kept.setdefault(name, [{} for _ in value])
        for one, to in zip(value, inner, strict=False):
            if isinstance(one, dict) and isinstance(to, dict):
                _copy(one, to, rest)
