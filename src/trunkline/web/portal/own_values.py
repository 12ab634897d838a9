"""Own values: what the operator keeps of a customer beside the standard's attributes, as told."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from trunkline.documents.shape import Json
from trunkline.kernel.masks import hidden_paths, is_hidden
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.web.governed import Governed, governed
from trunkline.web.values import cell, told_value

TOLD = ("public", "personal")
"""The classes of the operator's attributes that the portal shows; the others are the staff's."""


def values_told(work: Work, document: Document, zone: ZoneInfo) -> list[dict[str, str]]:
    """Return label and value of each of the operator's attributes that a record's owner reads."""
    resource = document.resource
    grant = work.actor.grant(resource, "read")
    hidden = hidden_paths(resource, grant.sees) if grant is not None else None
    defined, known = work.defined(resource), governed(work, resource, document.raw)
    return [
        {"label": known.label(name), "value": _text(known, name, document.raw[name], zone)}
        for name in known.extras
        if document.raw.get(name) not in (None, "", [])
        and name in defined and defined[name].data_class in TOLD
        and not (hidden is not None and is_hidden(hidden, name))
    ]  # fmt: skip


def _text(known: Governed, name: str, value: Json, zone: ZoneInfo) -> str:
    if isinstance(value, list):
        return ", ".join(_text(known, name, one, zone) for one in value)
    if name in known.bound:
        return known.named(name, str(value))
    found = known.cell(name, value) or cell(name, value, zone)
    return f"{found.text} {found.more}".strip() or told_value(value)
