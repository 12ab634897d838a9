"""The answer for an address that does not exist: a page for a browser, the API's for a program."""

from __future__ import annotations

import falcon

from trunkline.documents.errors import NotFound
from trunkline.web.desk import Desk


class MissingPage:
    """Answers every address that nothing else answers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __call__(self, req: falcon.Request, resp: falcon.Response, **_: str) -> None:
        """Say that there is no such page, or leave the answer to the API."""
        if "text/html" not in (req.get_header("Accept") or ""):
            raise falcon.HTTPRouteNotFound
        self._desk.send_error(req, resp, NotFound("notFound", "There is no page at this address."))
