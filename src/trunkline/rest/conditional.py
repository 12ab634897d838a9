"""Conditional requests: the mark of an answer, and what If-Match and If-None-Match ask of it."""

from __future__ import annotations

from zlib import crc32

import falcon

from trunkline.documents.decode import encode
from trunkline.documents.errors import PreconditionRequired, Stale
from trunkline.kernel.masks import hidden_paths
from trunkline.kernel.reading import Found, Reader, body_of
from trunkline.kernel.resource import Document

_moving: list[bytes] = []


def moves_unwritten(*names: str) -> None:
    """Say that answers with one of these attributes change though no record is written."""
    _moving.extend(encode(one) + b":" for one in names)


def mark_of(reader: Reader, found: Found) -> str:
    """Return the ETag of a record as its reader sees it.

    It begins with the record's version, which is what If-Match looks at. Where an answer depends
    on more than the record, a sum follows: of the present names of others, or of what shows where
    something is hidden, or moves by itself. So it tells nothing of hidden values: a name cannot be
    tried against it.
    """
    is_moving = any(one in found.body for one in _moving)
    if is_moving or hidden_paths(reader.resource, reader.grant.sees) is not None:
        return f'"{found.version}-{crc32(body_of(reader, found)):08x}"'
    more = b"|".join(sorted(found.named))
    return f'"{found.version}-{crc32(more):08x}"' if more else f'"{found.version}"'


def is_known(req: falcon.Request, mark: str) -> bool:
    """Tell whether the asker says that it has this answer already (If-None-Match)."""
    given = req.get_header("If-None-Match")
    if given is None:
        return False
    held = {one.strip().removeprefix("W/") for one in given.split(",")}
    return not held.isdisjoint({"*", mark})


def check_match(req: falcon.Request, document: Document) -> None:
    """Refuse a write that is based on another version (412), or on none where one is wanted."""
    match = req.get_header("If-Match")
    if match is None:
        if document.resource.if_match_required:
            raise PreconditionRequired(
                "ifMatchRequired", "send If-Match with the ETag that you read"
            )
        return
    mark = f'"{document.meta.version}"'
    given = {one.strip() for one in match.split(",")}
    versions = {one.partition("-")[0] + '"' if "-" in one else one for one in given}
    if versions.isdisjoint({"*", mark}):
        raise Stale(
            "stale",
            f"{document.key} was changed since you read it; read it again "
            f"(it is at version {mark})",
            headers={"ETag": mark},
        )
