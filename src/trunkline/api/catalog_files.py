"""Files of export jobs, fetched by whoever was told their address: it holds a key of its own."""

from __future__ import annotations

import hmac
from typing import Any

import falcon

from trunkline.catalog import exchanged_file
from trunkline.catalog.exchange import FILES
from trunkline.documents.errors import NotFound
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services
from trunkline.kernel.work import as_system
from trunkline.rest.http import JSON_TYPE, Doorman


class ExportedFile:
    """`/api/catalog/v1/files/{job}/{key}`: another installation imports from it."""

    needs = "ownSecret"

    def __init__(self, services: Services) -> None:
        self._services = services

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str, key: str) -> None:
        """Answer the file, or the part of it that is asked for."""
        content = self._content(ident, key)
        resp.content_type = JSON_TYPE
        resp.set_header("ETag", f'"{key[:16]}"')
        resp.set_header("Accept-Ranges", "bytes")
        resp.set_header("Cache-Control", "private, no-store")
        resp.downloadable_as = f"{ident}.json"
        first, last = _asked(req, key, len(content))
        if first is None:
            resp.data = content
            return
        resp.status = falcon.HTTP_206
        resp.content_range = (first, last, len(content))
        resp.data = content[first : last + 1]

    def _content(self, ident: str, key: str) -> bytes:
        with as_system(self._services, "catalog.file") as work:
            known = exchanged_file.begun(work.connection, ident) if UUID.match(ident) else None
            tag = known.tag if known is not None else None
            if tag is None or not hmac.compare_digest(tag.encode(), key.encode()):
                raise NotFound("notFound", "there is no such file; export the catalog anew")
            return b"".join(exchanged_file.pieces(work.connection, ident))


def _asked(req: falcon.Request, key: str, size: int) -> tuple[int | None, int]:
    """Return the first and the last byte that are asked for; None for the whole."""
    same = req.get_header("If-Range") in {None, f'"{key[:16]}"'}
    if req.range is None or req.range_unit != "bytes" or not same:
        return None, 0
    first, last = req.range
    if first < 0:
        first = max(0, size + first)
    if first >= size:
        raise falcon.HTTPRangeNotSatisfiable(size)
    return first, size - 1 if last < 0 else min(last, size - 1)


def add_routes(app: falcon.App[Any, Any], services: Services, _doorman: Doorman) -> None:
    """Add the address."""
    app.add_route(f"{FILES}/{{ident}}/{{key}}", ExportedFile(services))
