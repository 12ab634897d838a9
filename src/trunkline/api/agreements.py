"""Agreements beside TMF651: made of a quote, amended, and what a customer may order by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import (
    Act,
    Asked,
    RecordVerb,
    answer_json,
    only_parameters,
)
from trunkline.api.order_capture import optional_text
from trunkline.catalog.offering import ProductOffering
from trunkline.contract.agreement.agreement import AGREEMENT_LIFECYCLE, Agreement
from trunkline.contract.agreement.amending import amend, versions_of
from trunkline.contract.agreement.usable import (
    lists_of_agreement,
    offerings_shown,
    usable_lists,
)
from trunkline.contract.api import CONTRACT
from trunkline.contract.contract_order import ACTS, order_contract
from trunkline.contract.contract_order import Asked as Ordering
from trunkline.contract.service.contract import Contract
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape
from trunkline.sales.agreed.from_quote import agree_on_quote
from trunkline.sales.api import SALES
from trunkline.sales.quote.quote import Quote


class AgreementLooks(Asked):
    """What an agreement was before, and what customers may order by."""

    def on_get_versions(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer all versions of an agreement."""

        def answer(known: Known) -> None:
            known.actor.must(Agreement.resource, "read")
            with self.work(req, known) as work:
                found = work.get(Agreement, ident)
                if found is None:
                    raise NotFound("notFound", f"there is no agreement {ident}")
                versions = [standing(one) for one in versions_of(work, found)]
            answer_json(resp, {"version": versions})

        self.as_known(req, answer)

    def on_get_price_list(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer the price lists of an agreement, the newest first, to whoever may read that."""

        def answer(known: Known) -> None:
            known.actor.must(Agreement.resource, "read")
            with self.work(req, known) as work:
                found = work.get(Agreement, ident)
                if found is None:
                    raise NotFound("notFound", f"there is no agreement {ident}")
                lists = lists_of_agreement(work, found.id)
            told = [{"id": one.id, "key": one.key, **one.raw} for one in lists]
            answer_json(resp, {"priceList": told})

        self.as_known(req, answer)

    def on_get_choice(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer which agreements a customer may order by now, the first one by default."""
        only_parameters(req, "customer")

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                lists = usable_lists(work, _customer(work, req))
            told = [
                {
                    "id": one.agreement.id,
                    "name": one.agreement.name,
                    "priceList": one.id,
                    "validFor": one.valid_for.raw,
                    "onlyAgreed": bool(one.only_agreed),
                }
                for one in lists
            ]
            answer_json(resp, {"agreement": told})

        self.as_known(req, answer)

    def on_get_shown(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer whether a customer is shown only what is agreed on, and which offerings."""
        only_parameters(req, "customer")

        def answer(known: Known) -> None:
            known.actor.must(ProductOffering.resource, "read")
            with self.work(req, known) as work:
                shown = offerings_shown(work, _customer(work, req))
                found = work.many(ProductOffering, sorted(shown or ()))
            told = [{"id": one.id, "name": one.name} for one in found.values()]
            answer_json(resp, {"onlyAgreed": shown is not None, "productOffering": told})

        self.as_known(req, answer)


def standing(agreement: Agreement) -> dict[str, Json]:
    """Return how an agreement stands, and where it may go from there by hand."""
    moves = AGREEMENT_LIFECYCLE.moves.get(agreement.internal_state or "", ())
    by_hand = set(AGREEMENT_LIFECYCLE.accepts.values())
    allowed = [AGREEMENT_LIFECYCLE.published_state(one) for one in moves if one in by_hand]
    found: dict[str, Json] = {
        "id": agreement.id,
        "key": agreement.key,
        "status": agreement.status,
        "internalState": agreement.internal_state,
        "version": agreement.version,
        "allowed": [*allowed, *(["amend"] if agreement.internal_state == "active" else [])],
    }
    if agreement.agreement_period is not None:
        found["agreementPeriod"] = agreement.agreement_period.raw
    return found


def _customer(work: Work, req: falcon.Request) -> Customer:
    work.actor.must(Customer.resource, "read")
    ident = req.get_param("customer")
    if not ident:
        raise Invalid.of([Fault("customer", "required", "name the customer, by id or key")])
    found = work.get(Customer, ident)
    if found is None:
        raise NotFound("notFound", f"there is no customer {ident}")
    return found


def _moment(sent: Mapping[str, Json], name: str) -> datetime | None:
    text = optional_text(dict(sent), name)
    if text is None:
        return None
    try:
        return parse_instant(text)
    except (ValueError, OverflowError):
        message = "must be a date-time, such as 2026-03-01T09:00:00Z"
        raise Invalid.of([Fault(name, "badType", message)]) from None


def _agree(work: Work, ident: str, sent: dict[str, Json]) -> Json:
    made = agree_on_quote(
        work,
        ident,
        name=optional_text(sent, "name"),
        start=_moment(sent, "startDateTime"),
        end=_moment(sent, "endDateTime"),
    )
    return standing(made)


def _amend(work: Work, ident: str, sent: dict[str, Json]) -> Json:
    start = _moment(sent, "startDateTime")
    return standing(amend(work, ident, start=start, reason=optional_text(sent, "reason")))


def _order(work: Work, ident: str, sent: dict[str, Json]) -> Json:
    act = next((one for one in ACTS if one == sent.get("action")), None)
    if act is None:
        raise Invalid.of([Fault("action", "badValue", f"must be one of: {', '.join(ACTS)}")])
    lines = sent.get("line") or []
    if not isinstance(lines, list) or not all(isinstance(one, str) for one in lines):
        raise Invalid.of([Fault("line", "badType", "must be a list of the ids of lines")])
    start = _moment(sent, "requestedStartDate")
    asked = Ordering(
        act, lines, format_instant(start) if start else None, optional_text(sent, "reason")
    )
    order = order_contract(work, ident, asked)
    return {"id": order.id, "key": order.key, "state": order.state}


VERBS: Mapping[str, Act] = {"amend": _amend}
SCHEMAS: Mapping[str, Object] = {
    "AgreementStanding": shape(
        "How an agreement stands, and what may be done with it.",
        {"id": "text", "key": "text", "status": "text", "internalState": "text",
         "version": "text", "allowed": "list text", "agreementPeriod": "object"},
        "id key status internalState allowed",
    ),
    "QuoteAgreeing": shape(
        "What the agreement is called, and from when until when it holds.",
        {"name": "text", "startDateTime": "text", "endDateTime": "text"},
    ),
    "AgreementAmending": shape(
        "From when on the next version holds, and why there is one.",
        {"startDateTime": "text", "reason": "text"},
    ),
    "ContractOrdering": shape(
        "What is done with which lines of a contract (all that fit where none is named), from "
        "when on and, for what is suspended or ended, why.",
        {"action": "text", "line": "list text", "requestedStartDate": "text", "reason": "text"},
        "action",
    ),
    "ContractOrder": shape(
        "The order that was made.", {"id": "text", "key": "text", "state": "text"},
        "id key state",
    ),
    "AgreementVersions": shape(
        "All versions of an agreement, the first one first.", {"version": "list object"},
        "version",
    ),
    "AgreementPriceLists": shape(
        "The price lists of an agreement, published while it is active, then retired.",
        {"priceList": "list object"}, "priceList",
    ),
    "AgreementChoice": shape(
        "The agreements that a customer may order by now, the oldest first.",
        {"agreement": "list object"}, "agreement",
    ),
    "OfferingsShown": shape(
        "Whether a customer is shown only what is agreed on, and then which offerings.",
        {"onlyAgreed": "flag", "productOffering": "list object"},
        "onlyAgreed productOffering",
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    post = partial(Verb, method="post", parameters="Idempotency-Key", conflicts=True)
    yield post(
        api=SALES, path="/quote/{id}/agreement", name="agreeOnQuote", about="AgreementStanding",
        answers="AgreementStanding", takes="QuoteAgreeing", scope="TMF651:create",
        summary="Make an agreement of a completed quote, once",
    )  # fmt: skip
    yield post(
        api=CONTRACT, path="/agreement/{id}/amend", name="amendAgreement",
        about="AgreementStanding", answers="AgreementStanding", takes="AgreementAmending",
        scope="TMF651:create",
        summary="Make the next version of an active agreement, as a draft",
    )  # fmt: skip
    yield post(
        api=CONTRACT, path="/contract/{id}/order", name="orderContract", about="ContractOrder",
        answers="ContractOrder", takes="ContractOrdering", scope="TMF622:create",
        summary="Order what a contract promises, or suspend, resume or end what it covers",
    )  # fmt: skip
    get = partial(Verb, api=CONTRACT, method="get", scope="TMF651:read")
    yield get(
        path="/agreement/{id}/versions", name="versionsOfAgreement", about="AgreementVersions",
        answers="AgreementVersions", summary="Return all versions of an agreement",
    )  # fmt: skip
    yield get(
        path="/agreement/{id}/priceList", name="priceListsOfAgreement",
        about="AgreementPriceLists", answers="AgreementPriceLists",
        summary="Return the price lists of an agreement",
    )  # fmt: skip
    customer = {"customer": "The customer, by id or key"}
    yield get(
        path="/agreementChoice", name="agreementChoice", about="AgreementChoice",
        answers="AgreementChoice", filters=customer, scope="TMF629:read",
        summary="Return the agreements that a customer may order by now",
    )  # fmt: skip
    yield get(
        path="/offeringShown", name="offeringShown", about="OfferingsShown",
        answers="OfferingsShown", filters=customer, scope="TMF620:read",
        summary="Return the offerings that a customer is shown by its agreements",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    agree = RecordVerb(services, doorman, _agree, reads=Quote.resource)
    app.add_route(f"{SALES.base}/quote/{{ident}}/agreement", agree)
    for name, act in VERBS.items():
        verb = RecordVerb(services, doorman, act, reads=Agreement.resource)
        app.add_route(f"{CONTRACT.base}/agreement/{{ident}}/{name}", verb)
    ordering = RecordVerb(services, doorman, _order, reads=Contract.resource)
    app.add_route(f"{CONTRACT.base}/contract/{{ident}}/order", ordering)
    looks = AgreementLooks(services, doorman)
    app.add_route(f"{CONTRACT.base}/agreement/{{ident}}/versions", looks, suffix="versions")
    one = f"{CONTRACT.base}/agreement/{{ident}}"
    app.add_route(f"{one}/priceList", looks, suffix="price_list")
    app.add_route(f"{CONTRACT.base}/agreementChoice", looks, suffix="choice")
    app.add_route(f"{CONTRACT.base}/offeringShown", looks, suffix="shown")
