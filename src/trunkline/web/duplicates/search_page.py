"""Looking through all records for duplicates: a job, begun by who may."""

from __future__ import annotations

import falcon

from trunkline.matching.find_job import find_duplicates
from trunkline.matching.possible import matched_kind
from trunkline.web.desk import Answer, Desk, Moved, Visit
from trunkline.web.forms import Form


class SearchPage:
    """`/duplicates/search`."""

    needs = "matching:find"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Begin the job and show it."""
        self._desk.act(req, resp, self._begin)

    def _begin(self, visit: Visit, form: Form) -> Answer:
        with self._desk.work(visit) as work:
            resource = matched_kind(work, form.text("kind"))
        job = find_duplicates(self._desk.services, visit.actor, resource)
        return Moved(f"/jobs/{job}")
