"""Rows: a record as the database gives it, as a typed document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from trunkline.documents.decode import load
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document, Meta

D = TypeVar("D", bound=Document)
ROW = (
    "t.id::text, t.key, t.version, t.created_at, t.updated_at, "
    "t.owner::text, t.partner::text, t.doc"
)


def document_of(kind: type[D], row: Sequence[Any]) -> D:
    """Return the record of a row that was read with the columns of `ROW`."""
    ident, key, version, created_at, updated_at, owner, partner, doc = row
    document = kind.wrap(load(doc))
    meta = Meta(ident, key, version, created_at, updated_at, owner, partner)
    object.__setattr__(document, "meta", meta)
    return document


def kind_view(document: D, raw: dict[str, Json]) -> D:
    """Return the same record as a view on another state of it."""
    view = type(document).wrap(raw)
    object.__setattr__(view, "meta", document.meta)
    return view
