"""A file of order lines: taken, and ordered in the background by a job that tells of each order."""

from __future__ import annotations

import falcon

from trunkline.documents.errors import Invalid, Refusal
from trunkline.ordering.capture.order_file import COLUMNS, NEEDED, begin_orders
from trunkline.ordering.product_order import ProductOrder
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.timeline.uploads import UploadForm, reader
from trunkline.workspace.import_file import FILE_BYTES_MAX


class FilePage:
    """`{capture}/file`: the form for a file, and the way to its job."""

    needs = "ProductOrder:create"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._read = reader(FILE_BYTES_MAX)

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the form."""
        self._desk.answer(req, resp, self._form)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Begin to order what the file holds, and show the job."""
        self._desk.act(req, resp, self._take, read=self._read)

    def _form(self, visit: Visit, refusal: Refusal | None = None) -> Answer:
        visit.actor.must(ProductOrder.resource, "create")
        told = "; ".join(one.message for one in refusal.faults) if refusal else ""
        values = {
            "problem": told or (refusal.message if refusal else ""),
            "largest": FILE_BYTES_MAX >> 20,
            "needed": list(NEEDED),
            "columns": [one for one in COLUMNS if one not in NEEDED],
        }
        return Shown("capture_file.html", values, refusal.status if refusal else 200)

    def _take(self, visit: Visit, form: Form) -> Answer:
        files = form.files if isinstance(form, UploadForm) else []
        try:
            if not files:
                raise Invalid("fileMissing", "choose a file first")
            job = begin_orders(
                self._desk.services, visit.actor, name=files[0].name, content=files[0].content
            )
        except Refusal as refusal:
            return self._form(visit, refusal)
        return Moved(f"/jobs/{job}")
