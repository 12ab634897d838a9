"""Comparisons with outside inventories: begun, reported, and what is done about differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import (
    Asked,
    answer_json,
    answer_list,
    only_parameters,
    optional_text,
)
from trunkline.documents.errors import Fault, Invalid, NotFound, refuse
from trunkline.documents.shape import Json
from trunkline.inventory.api import INVENTORY
from trunkline.inventory.reconciling.theirs import LINES, Theirs, read_file, read_records
from trunkline.kernel.services import Services
from trunkline.ordering.reconciling.comparison import KIND, KINDS, Compared, begin_comparison
from trunkline.ordering.reconciling.correcting import (
    Tried,
    Wanted,
    begin_correction,
    try_correction,
)
from trunkline.ordering.reconciling.reporting import last_reports, report
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape
from trunkline.workspace.job import seen_job

BASE = f"{INVENTORY.base}/reconciliation"
ONE = f"{INVENTORY.base}/inventoryDifference"
NAME_MAX = 80


class Comparing(Asked):
    """`/reconciliation` and `/reconciliation/{id}`."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Begin to compare, and answer where the report stands."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            compared, records = compared_of(sent)

            def begin(_connection: Any) -> None:
                ident = begin_comparison(self.services, known.actor, compared, records=records)
                resp.status = falcon.HTTP_202
                resp.set_header("Location", f"{req.prefix}{BASE}/{ident}")
                answer_json(resp, {"id": ident, "href": f"{BASE}/{ident}"})

            self.opened_once(req, resp, known, begin)

        self.as_known(req, answer)

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer the last comparison of each kind of record with each system."""
        only_parameters(req)

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                answer_list(resp, last_reports(work))

        self.as_known(req, answer)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer how far it is, and what it has found by kind and by decision."""

        def answer(known: Known) -> None:
            job = seen_job(self.services, known.actor, ident)
            if job.kind != KIND:
                raise NotFound("notFound", "there is no such comparison of yours")
            with self.work(req, known) as work:
                answer_json(resp, report(work, job))

        self.as_known(req, answer)


class Correcting(Asked):
    """`/inventoryDifference/try` and `/inventoryDifference/correct`."""

    def on_post_try(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer what would become of some differences."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            wanted = Wanted.read(sent)
            tried = try_correction(self.services, known.actor, wanted, _named(sent))
            answer_json(resp, {"tried": [_tried_body(one) for one in tried]})

        self.as_known(req, answer)

    def on_post_correct(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Begin to do it, and answer the job."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            wanted, query = Wanted.read(sent), optional_text(sent, "query") or None

            def begin(_connection: Any) -> None:
                ident = begin_correction(
                    self.services, known.actor, wanted, title="Correction of differences",
                    query=query, idents=[] if query else _named(sent),
                )  # fmt: skip
                href = f"/api/workspace/v1/jobs/{ident}"
                resp.status = falcon.HTTP_202
                resp.set_header("Location", f"{req.prefix}{href}")
                answer_json(resp, {"id": ident, "href": href})

            self.opened_once(req, resp, known, begin)

        self.as_known(req, answer)


def compared_of(sent: Mapping[str, Json]) -> tuple[Compared, list[Theirs] | None]:
    """Return what is to be compared, and the records that were sent along."""
    system, kind = optional_text(sent, "system") or "", optional_text(sent, "kind") or ""
    faults = []
    if not system or len(system) > NAME_MAX:
        faults.append(Fault("system", "required", "name the other inventory by its code"))
    if kind not in KINDS:
        faults.append(Fault("kind", "badValue", f"must be one of: {', '.join(KINDS)}"))
    names = sent.get("keyName", list(LINES))
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        faults.append(Fault("keyName", "badType", "must be a list of names"))
    expects_all = sent.get("expectsAll", False)
    if not isinstance(expects_all, bool):
        faults.append(Fault("expectsAll", "badType", "must be true or false"))
    refuse(faults)
    records: list[Theirs] | None = None
    listed, file = sent.get("record"), optional_text(sent, "file")
    if listed is not None and not isinstance(listed, list):
        raise Invalid.of([Fault("record", "badType", "must be a list of records")])
    if listed is not None:
        records, faults = read_records(kind, listed)
    elif file:
        records, faults = read_file(kind, file)
    refuse(faults)
    found: Any = names
    return Compared(system, kind, tuple(found), bool(expects_all)), records


def _named(sent: Mapping[str, Json]) -> list[str]:
    listed = sent.get("difference")
    if not isinstance(listed, list) or not listed:
        message = "name differences by id, or send a query"
        raise Invalid.of([Fault("difference", "required", message)])
    found = [one.get("id") for one in listed if isinstance(one, dict)]
    idents = [one for one in found if isinstance(one, str)]
    if len(idents) != len(listed):
        raise Invalid.of([Fault("difference", "badType", "name each by its id or key")])
    return idents


def _tried_body(one: Tried) -> dict[str, Json]:
    return {
        "difference": one.key,
        "does": one.does,
        "fault": [fault.__dict__ for fault in one.faults],
    }


WANTED = {"action": "text", "reason": "text", "until": "instant", "difference": "list object"}
SCHEMAS: Mapping[str, Object] = {
    "Reconciliation": shape(
        "Which inventory is compared: by its address, or by records that are sent along.",
        {"system": "text", "kind": {"type": "string", "enum": list(KINDS)},
         "keyName": "list text", "expectsAll": "flag", "record": "list object", "file": "text"},
        "system kind",
    ),
    "ReconciliationBegun": shape(
        "Where the report of a comparison stands.", {"id": "text", "href": "text"}, "id href"
    ),
    "ReconciliationReport": shape(
        "How far a comparison is, and its differences by kind and by what was decided.",
        {"id": "text", "state": "text", "system": "text", "kind": "text", "phase": "text",
         "total": "integer", "line": "object", "difference": "object", "status": "object",
         "startedAt": "instant", "endedAt": "instant"},
        "id state system kind phase difference status",
    ),
    "DifferenceCorrection": shape(
        "What is to be done about differences, and why; those of a query, or those named.",
        {**WANTED, "query": "text"}, "action reason",
    ),
    "DifferenceTrial": shape(
        "What is to be tried on some differences.", WANTED, "action reason difference"
    ),
    "DifferenceTried": shape(
        "What would become of each difference.", {"tried": "list object"}, "tried"
    ),
    "DifferenceCorrectionBegun": shape(
        "The job that does it.", {"id": "text", "href": "text"}, "id href"
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations."""
    post = partial(Verb, api=INVENTORY, method="post")
    yield post(
        path="/reconciliation", name="beginReconciliation", scope="InventoryDifference:create",
        summary="Compare our inventory with an outside one", about="ReconciliationReport",
        takes="Reconciliation", answers="ReconciliationBegun", status="202",
        parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip
    yield Verb(
        api=INVENTORY, method="get", path="/reconciliation", name="listReconciliation",
        scope="InventoryDifference:read", about="ReconciliationReport", is_list=True,
        answers="ReconciliationReport", summary="List the last comparison with each system",
    )  # fmt: skip
    yield Verb(
        api=INVENTORY, method="get", path="/reconciliation/{id}", name="reportOfReconciliation",
        scope="InventoryDifference:read", about="ReconciliationReport",
        answers="ReconciliationReport", summary="Return how far a comparison is",
    )  # fmt: skip
    yield post(
        path="/inventoryDifference/try", name="tryDifferenceCorrection",
        scope="InventoryDifference:update", summary="Tell what an action would do",
        about="DifferenceTried", takes="DifferenceTrial", answers="DifferenceTried",
    )  # fmt: skip
    yield post(
        path="/inventoryDifference/correct", name="correctDifferences",
        scope="InventoryDifference:update", summary="Do something about differences",
        about="DifferenceTried", takes="DifferenceCorrection",
        answers="DifferenceCorrectionBegun", status="202", parameters="Idempotency-Key",
        conflicts=True,
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add their addresses."""
    comparing, correcting = Comparing(services, doorman), Correcting(services, doorman)
    app.add_route(BASE, comparing)
    app.add_route(f"{BASE}/{{ident}}", comparing, suffix="one")
    app.add_route(f"{ONE}/try", correcting, suffix="try")
    app.add_route(f"{ONE}/correct", correcting, suffix="correct")
