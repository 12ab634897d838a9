"""Renewals of contracts: what one would give, alone or with others taken in, and doing it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import falcon

from trunkline.api.asking import (
    answer_json,
    mention,
    moment,
    only_parameters,
    sent_moment,
    whole_number,
)
from trunkline.api.contracts import ContractActing, seen_by
from trunkline.contract.api import CONTRACT
from trunkline.contract.service.contract import Contract
from trunkline.contract.service.job import renew_or_begin
from trunkline.contract.service.renewal_preview import Outlook, preview_renewal
from trunkline.contract.service.renewal_term import Wanted
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

RENEWAL: Mapping[str, str] = {
    "startDateTime": "From when; from the end of the first that ends where it is left out",
    "termMonths": "For how many months; for its own term where it is left out",
    "consolidates": "The other contracts that it takes in, by id or key, with commas between",
}


class Renewals(ContractActing):
    """`/contract/{id}/renew`, and `…/preview` that writes nothing."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Renew a contract."""
        sent = self.sent_if_any(req)
        months = sent.get("termMonths")
        if months is not None and (isinstance(months, bool) or not isinstance(months, int)):
            raise Invalid.of([Fault("termMonths", "badType", "must be a whole number")])
        also = sent.get("consolidates")
        if also is not None and not isinstance(also, list):
            raise Invalid.of([Fault("consolidates", "badType", "must be a list of contracts")])
        others = [_contract_named(one, index) for index, one in enumerate(also or ())]
        wanted = Wanted(sent_moment(sent, "startDateTime"), months, others)
        self.do_with(req, resp, lambda work: renew_or_begin(work, ident, wanted))

    def on_get_preview(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer what renewing a contract would give; nothing is written."""
        only_parameters(req, *RENEWAL)
        months = whole_number(req, "termMonths", 0) if req.get_param("termMonths") else None
        also = [one for one in (req.get_param("consolidates") or "").split(",") if one.strip()]
        wanted = Wanted(moment(req, "startDateTime"), months, [one.strip() for one in also])

        def answer(known: Known) -> None:
            known.actor.must(Contract.resource, "read")
            with self.work(req, known) as work:
                found = preview_renewal(work, ident, wanted)
                answer_json(resp, _foreseen(req, work, found))

        self.as_known(req, answer)


def _contract_named(said: Json, index: int) -> str:
    """Return which contract is meant, by its id alone or by an object with it."""
    found = said.get("id") if isinstance(said, dict) else said
    if not isinstance(found, str) or not found:
        message = "must be an id, or an object with one"
        raise Invalid.of([Fault(f"consolidates[{index}]", "badType", message)])
    return found


def _foreseen(req: falcon.Request, work: Work, found: Outlook) -> dict[str, Json]:
    """Return what renewing would give, as one may see it who asks."""
    names = ("validFor", "termMonths", "renewalKind", "state", "contractValue", "contractLine",
             "agreement", "serviceLevel")  # fmt: skip
    raw = {**found.contract.raw, "monthlyTotal": [one.raw for one in found.monthly]}
    seen = seen_by(work, found.contract, raw)
    return {
        **{name: seen[name] for name in (*names, "monthlyTotal") if name in seen},
        "goesOn": [
            {
                **mention(req, one.contract),
                "validFor": one.dates.raw if one.dates is not None else {},
                "endDateTime": (one.contract.raw.get("validFor") or {}).get("endDateTime"),
                "lines": one.lines,
                "serviceContracts": one.service_contracts,
                "entitlements": one.entitlements,
            }
            for one in found.formers
        ],
    }


SCHEMAS: Mapping[str, Object] = {
    "ContractRenewal": shape(
        "From when and for how many months; from its end, or from now where that has passed, and "
        "for its own term, where nothing is said. `consolidates` names the other contracts of the "
        "customer that it takes in; without a day it then begins where the first of them ends.",
        {"startDateTime": "instant", "termMonths": "integer", "consolidates": "list object"},
    ),
    "ContractOutlook": shape(
        "The contract that renewing would give, what it costs by the month, and the contracts that "
        "go on in it: how many lines, service contracts and entitlements of each, the dates it has "
        "and when it would end.",
        {"validFor": "object", "termMonths": "integer", "renewalKind": "text", "state": "text",
         "contractValue": "object", "monthlyTotal": "list object", "contractLine": "list object",
         "agreement": "list object", "serviceLevel": "list object", "goesOn": "list object"},
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    yield Verb(
        api=CONTRACT, method="post", path="/contract/{id}/renew", name="renewContract",
        about="ContractStanding", answers="ContractStanding", takes="ContractRenewal",
        parameters="Idempotency-Key", conflicts=True, scope="Contract:update",
        summary="Renew a contract early, on time or late, with what serves it",
    )  # fmt: skip
    yield Verb(
        api=CONTRACT, method="get", path="/contract/{id}/renew/preview", name="previewRenewal",
        about="ContractOutlook", answers="ContractOutlook", scope="Contract:read",
        filters=RENEWAL, conflicts=True,
        summary="Return what renewing a contract would give, alone or with others taken in",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    base, renewals = f"{CONTRACT.base}/contract/{{ident}}/renew", Renewals(services, doorman)
    app.add_route(base, renewals)
    app.add_route(f"{base}/preview", renewals, suffix="preview")
