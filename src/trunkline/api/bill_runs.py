"""Bill runs: agreed to, issued, canceled, tried again; and the bill of an account before it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import falcon

from trunkline.access.api import BILLING
from trunkline.api.asking import (
    Asked,
    RecordVerb,
    answer_json,
    moment,
    only_parameters,
    optional_text,
)
from trunkline.api.contracts import seen_by
from trunkline.billing.api import RUN
from trunkline.billing.bill.customer_bill import CustomerBill
from trunkline.billing.run.bill_run import BillRun
from trunkline.billing.run.composing import Composed, composed
from trunkline.billing.run.deciding import approve, cancel, issue, retry
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape
from trunkline.shared.program import as_program

SCHEMAS: Mapping[str, Object] = {
    "RunDecision": shape("Why it is decided so.", {"note": "text"}),
    "BillRunStanding": shape(
        "A bill run and its state.", {"id": "text", "key": "text", "state": "text"},
        "id key state",
    ),
    "BillPreview": shape(
        "The bill of an account as it would be now: `verdict` says whether there would be one.",
        {"verdict": "text", "billingPeriod": "object", "taxExcludedAmount": "object",
         "taxIncludedAmount": "object", "taxItem": "list object", "line": "list object"},
        "verdict line",
    ),
}  # fmt: skip
ACTS: Mapping[str, tuple[str, Callable[[Work, str, str], BillRun]]] = {
    "approve": ("Agree to the drafts of a bill run that somebody else started", approve),
    "issue": (
        "Issue the drafts of an approved bill run",
        lambda work, ident, _note: issue(work, ident),
    ),
    "cancel": (
        "Give a bill run up; its drafts are removed",
        lambda work, ident, _note: cancel(work, ident),
    ),
    "retry": (
        "Try the parked accounts of a bill run again",
        lambda work, ident, _note: retry(work, ident),
    ),
}


class BillPreviews(Asked):
    """`/billPreview`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer the bill of an account as it would be, and write nothing."""
        only_parameters(req, "billingAccount", "cutOff")
        ident, at = req.get_param("billingAccount"), moment(req, "cutOff")

        def answer(known: Known) -> None:
            for kind in (BillingAccount, CustomerBill):
                known.actor.must(kind.resource, "read")
            with self.work(req, known) as work:
                answer_json(resp, previewed(work, ident, at))

        self.as_known(req, answer)


def previewed(work: Work, ident: str | None, at: datetime | None) -> dict[str, Json]:
    """Return the bill of the account that is asked for, as it would be by a day."""
    if not ident:
        raise Invalid.of([Fault("billingAccount", "required", "say the bill of which account")])
    account = work.get(BillingAccount, ident)
    if account is None:
        raise NotFound("notFound", f"there is no billing account {ident}")
    return _told(work, composed(as_program(work, "preview"), account, at or work.now))


def _told(work: Work, found: Composed) -> dict[str, Json]:
    """Return a bill and its lines as one sees them who asks for it."""
    told: dict[str, Json] = {"billingPeriod": found.period.raw}
    if found.totals is not None:
        unit = found.totals.unit
        told["taxExcludedAmount"] = {"unit": unit, "value": found.totals.net}
        told["taxIncludedAmount"] = {"unit": unit, "value": found.totals.gross}
        told["taxItem"] = [one.raw for one in found.totals.taxes]
    return {
        "verdict": found.verdict(),
        **seen_by(work, CustomerBill.wrap(told), told),
        "line": [seen_by(work, one, one.raw) for one in found.lines],
    }


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    decide = partial(
        Verb, api=BILLING, method="post", about="BillRunStanding", scope=RUN,
        answers="BillRunStanding", takes="RunDecision", parameters="Idempotency-Key",
        conflicts=True,
    )  # fmt: skip
    for name, (summary, _) in ACTS.items():
        yield decide(path=f"/billRun/{{id}}/{name}", name=f"{name}BillRun", summary=summary)
    yield Verb(
        api=BILLING, method="get", path="/billPreview", name="billPreview", about="BillPreview",
        answers="BillPreview", scope="TMF678:read",
        filters={"billingAccount": "The billing account's id or key", "cutOff": "By which moment"},
        summary="Return the bill of an account as it would be, and write nothing", conflicts=True,
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    app.add_route(f"{BILLING.base}/billPreview", BillPreviews(services, doorman))
    for name, (_, act) in ACTS.items():
        verb = RecordVerb(services, doorman, _verb(act), reads=BillRun.resource)
        app.add_route(f"{BILLING.base}/billRun/{{ident}}/{name}", verb)


def _verb(act: Callable[[Work, str, str], BillRun]) -> Callable[[Work, str, dict[str, Json]], Json]:
    def run(work: Work, ident: str, sent: dict[str, Json]) -> Json:
        found = act(work, ident, optional_text(sent, "note") or "")
        return {"id": found.id, "key": found.key, "state": found.state}

    return run
