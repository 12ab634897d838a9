"""Service level credits beside their records: proposed for a problem, granted or rejected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.api.acts import Acts
from trunkline.api.asking import RecordVerb, answer_json, optional_text
from trunkline.api.sales_leads import texts_of
from trunkline.assurance.api import ASSURANCE
from trunkline.assurance.credit.deciding import (
    Decision,
    approve,
    begin_deciding,
    credits_of,
    reject,
)
from trunkline.assurance.credit.proposing import propose_credits
from trunkline.assurance.credit.service_credit import ServiceCredit
from trunkline.assurance.problem.problem import ServiceProblem
from trunkline.billing.api import APPROVE
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

DECISIONS: Mapping[str, Decision] = {"approve": "approve", "reject": "reject"}
SCHEMAS: Mapping[str, Object] = {
    "CreditDecision": shape("Why it is decided so.", {"note": "text"}),
    "CreditStanding": shape(
        "A service level credit, its state, and the line that puts it down for the bill.",
        {"id": "text", "key": "text", "state": "text", "rate": "object"}, "id key state",
    ),
    "CreditsToDecide": shape(
        "What is decided about credits of a problem, by id or key; all that wait where none is "
        "named. Who rejects says why.",
        {"decision": {"enum": [*DECISIONS]}, "serviceCredit": "list text", "note": "text"},
        "decision",
    ),
    "CreditJob": shape("A job that was begun: its id.", {"id": "text"}, "id"),
    "CreditRunBegun": shape(
        "A look at all whom a problem hit that was begun; its problem says how far it is.",
        {"id": "text", "beganAt": "instant", "beganBy": "text", "isDone": "flag",
         "proposed": "integer", "decided": "integer", "without": "integer"},
        "id beganAt",
    ),
}  # fmt: skip


class CreditsOfProblem(Acts):
    """`/serviceProblem/{id}/proposeCredit` and `/serviceProblem/{id}/decideCredit`."""

    def on_post_propose(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Begin to look anew at what is given back for a problem."""
        self.sent_if_any(req)

        def act(work: Work) -> tuple[Json, None]:
            return propose_credits(work, ident).raw, None

        self.acted(req, resp, act, status=falcon.HTTP_202)

    def on_post_decide(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Begin to decide about credits of a problem, as a job of who asks."""
        sent = self.sent(req)
        keys, note = texts_of(sent, "serviceCredit"), optional_text(sent, "note")
        decision = DECISIONS.get(optional_text(sent, "decision"))
        if decision is None:
            message = f"say one of {', '.join(DECISIONS)}"
            raise Invalid.of([Fault("decision", "badValue", message)])

        def answer(known: Known) -> None:
            known.actor.must_have(APPROVE)
            known.actor.must(ServiceProblem.resource, "read")
            with self.work(req, known) as work:
                problem = work.get(ServiceProblem, ident)
                if problem is None:
                    raise NotFound("notFound", f"there is no problem {ident}")
                credits = credits_of(work, problem.id, problem.key, keys)
            job = begin_deciding(self.services, known.actor, problem.key, decision, note, credits)
            resp.status = falcon.HTTP_202
            answer_json(resp, {"id": job})

        self.as_known(req, answer)


def _approve(work: Work, ident: str, sent: dict[str, Json]) -> Json:
    return _decided(approve(work, ident, optional_text(sent, "note")))


def _reject(work: Work, ident: str, sent: dict[str, Json]) -> Json:
    return _decided(reject(work, ident, optional_text(sent, "note")))


def _decided(found: ServiceCredit) -> Json:
    told: dict[str, Json] = {"id": found.id, "key": found.key, "state": found.state}
    return told | ({"rate": found.rate.raw} if found.rate is not None else {})


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    decide = partial(
        Verb, api=ASSURANCE, method="post", about="CreditStanding", answers="CreditStanding",
        takes="CreditDecision", scope=APPROVE, parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip
    yield decide(
        path="/serviceCredit/{id}/approve", name="approveServiceCredit",
        summary="Grant a service level credit and put it down for the bill",
    )  # fmt: skip
    yield decide(
        path="/serviceCredit/{id}/reject", name="rejectServiceCredit",
        summary="Reject a service level credit",
    )  # fmt: skip
    one = "/serviceProblem/{id}"
    yield Verb(
        api=ASSURANCE, method="post", path=f"{one}/proposeCredit", name="proposeServiceCredits",
        about="CreditRunBegun", answers="CreditRunBegun", status="202",
        scope="ServiceProblem:update", parameters="Idempotency-Key", conflicts=True,
        summary="Look anew at what is given back to all whom a problem hit",
    )  # fmt: skip
    yield Verb(
        api=ASSURANCE, method="post", path=f"{one}/decideCredit", name="decideServiceCredits",
        about="CreditJob", answers="CreditJob", takes="CreditsToDecide", status="202",
        scope=APPROVE, conflicts=True,
        summary="Grant or reject the service level credits of a problem",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    base = ASSURANCE.base
    for name, act in (("approve", _approve), ("reject", _reject)):
        verb = RecordVerb(services, doorman, act, reads=ServiceCredit.resource)
        app.add_route(f"{base}/serviceCredit/{{ident}}/{name}", verb)
    problems = CreditsOfProblem(services, doorman)
    for name in ("propose", "decide"):
        path = f"{base}/serviceProblem/{{ident}}/{name}Credit"
        app.add_route(path, problems, suffix=name)
