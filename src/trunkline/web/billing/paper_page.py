"""A bill on paper, as a page hands it out."""

from __future__ import annotations

from urllib.parse import quote

import falcon

from trunkline.web.desk import Answer, Desk, Fragment, Visit


class PaperPage:
    """`/bills/{ident}/pdf`."""

    needs = "CustomerBill:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Hand out an issued bill as a PDF."""
        found: list[tuple[str, bytes]] = []

        def view(visit: Visit) -> Answer:
            from trunkline.billing.bill.paper import bill_on_paper  # loads what sets type: late

            with self._desk.work(visit) as work:
                found.append(bill_on_paper(work, ident))
            return Fragment(None)

        self._desk.answer(req, resp, view)
        if found:
            name, body = found[-1]
            resp.status, resp.data = falcon.HTTP_200, body
            resp.content_type = "application/pdf"
            resp.set_header("Content-Disposition", f"inline; filename*=UTF-8''{quote(name)}")
