"""Contracts and entitlements beside their records: what is done with them, and what they answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import (
    Act,
    Asked,
    RecordVerb,
    address_of,
    answer_json,
    mention,
    moment,
    only_parameters,
    optional_text,
    sent_moment,
    whole_number,
)
from trunkline.api.workspace import WORKSPACE
from trunkline.contract.api import CONTRACT, USE
from trunkline.contract.service import acting, verifying
from trunkline.contract.service.contract import Contract
from trunkline.contract.service.ended_once import fee_at
from trunkline.contract.service.entitlement import Entitlement
from trunkline.contract.service.job import act_or_begin
from trunkline.contract.service.rules import Lasting
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.contract.service.verifying import Question, Use, Verified
from trunkline.documents.decode import bounded_number
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import DataClass, Json, format_instant
from trunkline.kernel.masks import hidden_paths, mask
from trunkline.kernel.resource import Document
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

KINDS: Mapping[str, type[Contract | ServiceContract | Entitlement]] = {
    one.resource.path: one for one in (Contract, ServiceContract, Entitlement)
}
SUMMARIES: Mapping[acting.Act, str] = {
    "activate": "Bring it into force within its dates",
    "suspend": "Let it rest",
    "resume": "Let what rests go on; its dates decide in which state",
    "cancel": "End it now, with the reason",
}
ASKED: Mapping[str, str] = {
    "customer": "customer",
    "account": "account",
    "product": "product",
    "serviceContract": "service_contract",
    "issueType": "issue_type",
    "channel": "channel",
}
FILTERS: Mapping[str, str] = {
    "customer": "The customer's id or key; this or an account is needed",
    "account": "The billing account's id or key",
    "product": "The product that help is wanted for",
    "serviceContract": "Only entitlements of this service contract",
    "issueType": "What the matter is",
    "channel": "How help is wanted",
    "at": "The moment, now where it is left out",
    "limit": f"How many entitlements are told, {verifying.LIMIT} where it is left out",
    "offset": "How many are passed over",
}


class Verification(Asked):
    """`/entitlementVerification`: whether somebody is entitled to help, and by what."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer which entitlements hold; nothing is used."""
        only_parameters(req, *FILTERS)
        question = Question(
            **{field: req.get_param(name) or None for name, field in ASKED.items()},
            at=moment(req, "at"),
            limit=whole_number(req, "limit", verifying.LIMIT),
            offset=whole_number(req, "offset", 0),
        )
        self._answer(req, resp, question, None)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer the same, and use the best one where `use` says for which case."""
        sent = self.sent(req)
        faults = [
            Fault(name, "unknownAttribute", f"there are {', '.join((*FILTERS, 'use'))}")
            for name in sent
            if name not in FILTERS and name != "use"
        ]
        if faults:
            raise Invalid.of(faults)
        question = Question(
            **{field: _named(sent, name) for name, field in ASKED.items()},
            at=sent_moment(sent, "at"),
            limit=_whole(sent, "limit", verifying.LIMIT),
            offset=_whole(sent, "offset", 0),
        )
        self._answer(req, resp, question, use_of(sent.get("use")))

    def _answer(
        self, req: falcon.Request, resp: falcon.Response, question: Question, use: Use | None
    ) -> None:
        def answer(known: Known) -> None:
            with self.work(req, known) as work:

                def act() -> None:
                    found = verifying.verify(work, question, use)
                    shown = verified_body(req, work, found, question.at or work.now)
                    answer_json(resp, shown)

                if use is None:
                    act()
                else:
                    self.once(req, resp, work, act)

        self.as_known(req, answer)


class TerminationFees(Asked):
    """`/contract/{id}/terminationFee`: what ending it would cost."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer what cancelling a contract at a moment would cost, and why."""
        only_parameters(req, "at")
        at = moment(req, "at")

        def answer(known: Known) -> None:
            known.actor.must(Contract.resource, "read")
            with self.work(req, known) as work:
                contract = work.get(Contract, ident)
                if contract is None:
                    raise NotFound("notFound", f"there is no contract {ident}")
                fee = fee_at(work, contract, at or work.now)
                told = seen_by(work, contract, {"terminationFee": fee.raw} if fee else {})
                answer_json(resp, told.get("terminationFee") or {})

        self.as_known(req, answer)


class ContractActing(Asked):
    """Answers with how a contract stands, or with the job that works its many lines off."""

    def do_with(self, req: falcon.Request, resp: falcon.Response, act: Any) -> None:
        """Do something with a contract as the one who asks, once for each key of the request."""

        def answer(known: Known) -> None:
            known.actor.must(Contract.resource, "update")
            with self.work(req, known) as work:

                def run() -> None:
                    made, job = act(work)
                    if job is None:
                        answer_json(resp, standing(req, work, made))
                        return
                    resp.status = falcon.HTTP_202
                    href = f"{req.prefix}{WORKSPACE.base}/jobs/{job}"
                    answer_json(resp, {"job": job, "href": href})

                self.once(req, resp, work, run)

        self.as_known(req, answer)


class ContractActs(ContractActing):
    """What is done with a contract: at once, or by a job where there are many lines."""

    def on_post_activate(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Bring a contract into force."""
        self._begin(req, resp, ident, "activate")

    def on_post_suspend(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Let a contract rest."""
        self._begin(req, resp, ident, "suspend")

    def on_post_resume(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Let a contract go on."""
        self._begin(req, resp, ident, "resume")

    def on_post_cancel(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """End a contract before its term."""
        self._begin(req, resp, ident, "cancel")

    def _begin(
        self, req: falcon.Request, resp: falcon.Response, ident: str, act: acting.Act
    ) -> None:
        sent = self.sent_if_any(req)
        reason, waiver = optional_text(sent, "reason"), optional_text(sent, "feeWaiverReason")
        self.do_with(
            req, resp, lambda work: act_or_begin(work, ident, act, reason=reason, waiver=waiver)
        )


def use_of(sent: Json) -> Use | None:
    """Return for what an entitlement is to be used, or refuse (400) what says it otherwise."""
    if sent is None:
        return None
    if not isinstance(sent, dict):
        raise Invalid.of([Fault("use", "badType", "must be an object")])
    about, units = sent.get("about"), sent.get("units", 1)
    faults: list[Fault] = []
    amount = Decimal(1)
    try:
        if isinstance(units, bool):
            raise ValueError("units")
        amount = Decimal(bounded_number(f"{units}"))
        if not amount.is_finite():
            raise ValueError("units")
    except (InvalidOperation, ValueError):
        faults.append(Fault("use.units", "badValue", "must be a number"))
    named: tuple[str, str] | None = None
    if about is not None:
        held = about if isinstance(about, dict) else {}
        if not held.get("id") or not held.get("@referredType"):
            message = "names a record by id and @referredType"
            faults.append(Fault("use.about", "badType", message))
        named = (str(held.get("@referredType")), str(held.get("id")))
    if not isinstance(sent.get("reference"), str):
        faults.append(Fault("use.reference", "referenceMissing", "name the case, as a text"))
    if faults:
        raise Invalid.of(faults)
    return Use(str(sent["reference"]), amount, named)


def _named(sent: Mapping[str, Json], name: str) -> str | None:
    found = sent.get(name)
    if isinstance(found, dict):
        found = found.get("id")
    if found is not None and not isinstance(found, str):
        raise Invalid.of([Fault(name, "badType", "must be an id, or an object with one")])
    return found or None


def _whole(sent: Mapping[str, Json], name: str, default: int) -> int:
    found = sent.get(name, default)
    if isinstance(found, bool) or not isinstance(found, int) or found < 0:
        raise Invalid.of([Fault(name, "badNumber", "takes a whole number from 0")])
    return found


def seen_by(work: Work, one: Document, values: Mapping[str, Json]) -> dict[str, Json]:
    """Return values of a record as one sees them who asks for it."""
    grant = work.actor.grant(one.resource, "read")
    sees: frozenset[DataClass] = grant.sees if grant is not None else frozenset()
    hidden = hidden_paths(one.resource, sees)
    return dict(values) if hidden is None else mask(dict(values), hidden)


def verified_body(
    req: falcon.Request, work: Work, found: Verified, at: datetime
) -> dict[str, Json]:
    """Return an answer as JSON."""
    body: dict[str, Json] = {
        "isEntitled": found.why is None,
        "at": format_instant(at),
        "entitlement": [_told(req, work, one) for one in found.entitlements],
        "hasMore": found.has_more,
        "total": found.total,
    }
    if found.why is not None:
        body["reason"] = found.why
        body["message"] = verifying.REASONS[found.why]
    if found.used is not None:
        seen = seen_by(work, found.used, found.used.raw)
        body["use"] = {**mention(req, found.used), **{
            name: seen[name] for name in ("reference", "units", "usedAt", "entitlement")
            if name in seen
        }}  # fmt: skip
    return body


def _told(req: falcon.Request, work: Work, one: Entitlement) -> dict[str, Json]:
    names = ("name", "state", "validFor", "coverageKind", "unit", "totalUnits", "usedUnits",
             "remainingUnits", "casesAllowed", "usedCases", "serviceLevel", "issueType", "channel",
             "product", "serviceContract")  # fmt: skip
    seen = seen_by(work, one, one.raw)
    return {**mention(req, one), **{name: seen[name] for name in names if name in seen}}


def standing(req: falcon.Request, work: Work, one: Lasting) -> dict[str, Json]:
    """Return how a contract or an entitlement stands, and what may be done with it."""
    names = ("state", "validFor", "renewalKind", "renewedFrom", "consolidates", "rootContract",
             "terminationFee")  # fmt: skip
    seen = seen_by(work, one, one.raw)
    return {
        "id": one.id,
        "key": one.key,
        "href": address_of(req, one),
        **{name: seen[name] for name in names if name in seen},
        "allowed": acting.acts_open(one),
    }


def _act(kind: type[Contract | ServiceContract | Entitlement], act: acting.Act) -> Act:
    def run(work: Work, ident: str, sent: dict[str, Json]) -> Json:
        one = acting.act_on(work, kind, ident, act, reason=optional_text(sent, "reason"))
        return {"id": one.id, "key": one.key, "state": one.state, "allowed": acting.acts_open(one)}

    return run


SCHEMAS: Mapping[str, Object] = {
    "ContractStanding": shape(
        "How a contract or an entitlement stands, and what may be done with it.",
        {"id": "text", "key": "text", "href": "text", "state": "text", "validFor": "object",
         "renewalKind": "text", "renewedFrom": "object", "consolidates": "list object",
         "rootContract": "object",
         "terminationFee": "object", "allowed": "list text", "job": "text"},
    ),
    "ContractAct": shape(
        "Why it is done, and why the fee for an early end is not charged.",
        {"reason": "text", "feeWaiverReason": "text"},
    ),
    "ContractFee": shape(
        "What cancelling a contract costs, and how that comes about; empty where it costs nothing.",
        {"amount": "object", "isWaived": "flag", "explanation": "list text"},
    ),
    "EntitlementQuestion": shape(
        "Who is to be helped with what, and when; all that is said has to fit. `use` takes units "
        "of the best entitlement for a case (`reference`), once for each case.",
        {"customer": "text", "account": "text", "product": "text", "serviceContract": "text",
         "issueType": "text", "channel": "text", "at": "instant", "limit": "integer",
         "offset": "integer", "use": "object"},
    ),
    "EntitlementAnswer": shape(
        "Whether somebody is entitled, the entitlements with their service levels and what is left "
        "of them, the best first, or the reason why not; whether there are more than are told.",
        {"isEntitled": "flag", "at": "instant", "entitlement": "list object", "hasMore": "flag",
         "total": "integer", "reason": "text", "message": "text", "use": "object"},
        "isEntitled entitlement hasMore total",
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    for path, kind in KINDS.items():
        for act, summary in SUMMARIES.items():
            yield Verb(
                api=CONTRACT, method="post", path=f"/{path}/{{id}}/{act}",
                name=f"{act}{kind.resource.name}", about="ContractStanding",
                answers="ContractStanding", takes="ContractAct", parameters="Idempotency-Key",
                conflicts=True, scope=f"{kind.resource.name}:update",
                summary=f"{kind.resource.title}: {summary[0].lower()}{summary[1:]}",
            )  # fmt: skip
    yield Verb(
        api=CONTRACT, method="get", path="/contract/{id}/terminationFee", name="feeOfContract",
        about="ContractFee", answers="ContractFee", scope="Contract:read",
        filters={"at": "The moment, now where it is left out"},
        summary="Return what cancelling a contract would cost, and why",
    )  # fmt: skip
    verify = partial(
        Verb, api=CONTRACT, path="/entitlementVerification", about="EntitlementAnswer",
        answers="EntitlementAnswer",
    )  # fmt: skip
    yield verify(
        method="get", name="verifyEntitlement", scope="Entitlement:read", filters=FILTERS,
        summary="Return whether somebody is entitled to help, by what, and what is left",
    )  # fmt: skip
    yield verify(
        method="post", name="useEntitlement", scope=USE, takes="EntitlementQuestion",
        parameters="Idempotency-Key",
        summary="Return the same, and use an entitlement once for a case",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    for path, kind in KINDS.items():
        for act in SUMMARIES:
            if kind is Contract:
                continue
            verb = RecordVerb(services, doorman, _act(kind, act), reads=kind.resource)
            app.add_route(f"{CONTRACT.base}/{path}/{{ident}}/{act}", verb)
    base = f"{CONTRACT.base}/contract/{{ident}}"
    acts = ContractActs(services, doorman)
    for act in SUMMARIES:
        app.add_route(f"{base}/{act}", acts, suffix=act)
    app.add_route(f"{base}/terminationFee", TerminationFees(services, doorman))
    app.add_route(f"{CONTRACT.base}/entitlementVerification", Verification(services, doorman))
