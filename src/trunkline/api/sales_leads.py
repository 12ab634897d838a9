"""Leads and opportunities beside their records: converted, given, reached, quoted, and chained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import falcon

from trunkline.api.acts import Acts
from trunkline.api.asking import (
    address_of,
    answer_json,
    mention,
    optional_text,
)
from trunkline.api.ordering import text_of
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape
from trunkline.sales.api import SALES
from trunkline.sales.assigning import Sale, assign
from trunkline.sales.chain.chain import (
    KINDS,
    Chain,
    Neighbour,
    chain_of,
    chain_of_task,
    neighbours_of,
)
from trunkline.sales.chain.steps import TASK
from trunkline.sales.lead.converting import Conversion, Converted, convert
from trunkline.sales.lead.lead import SalesLead
from trunkline.sales.lead.touching import Letter, Touch, touch, write_to
from trunkline.sales.opportunity.opportunity import SalesOpportunity
from trunkline.sales.opportunity.quoting import quote_of
from trunkline.sales.quote_request.quote_request import quote_request
from trunkline.workspace.notes import Told

SCHEMAS: Mapping[str, Object] = {
    "LeadConversion": shape(
        "What a lead is to become. `customer`, `contact` and `account` are ids or keys of records "
        "that there are; without them a customer and its person are made, an account only with "
        "`newAccount`. `person` completes what the lead says of its person; `status` is prospect "
        "or active. `opportunity` false makes none, an object is what it says beside what it takes "
        "over. `apart` says why whom we may know already is somebody else.",
        {"customer": "text", "contact": "text", "account": "text", "newAccount": "object",
         "customerType": "text", "status": "text", "person": "object", "opportunity": "any",
         "apart": "text"},
    ),
    "ConvertedLead": shape(
        "What a lead has become: references to the records.",
        {"lead": "object", "customer": "object", "contact": "object", "account": "object",
         "opportunity": "object"},
        "lead customer",
    ),
    "SaleAssignment": shape(
        "Which records somebody is to work on, by login or `me`; with `moveTasks` what is still "
        "to be done about them goes along.",
        {"record": "list text", "login": "text", "moveTasks": "flag"},
        "record login",
    ),
    "GivenSales": shape(
        "Who works on them now, and how many tasks went along.",
        {"assignee": "text", "record": "list object", "tasks": "integer"},
        "assignee record tasks",
    ),
    "LeadTouch": shape(
        "A contact with a lead, by a channel such as phone or email; outbound unless said.",
        {"channel": "text", "reason": "text", "direction": "text", "note": "text"},
        "channel",
    ),
    "LeadLetter": shape(
        "What is written to a lead, by email or sms.",
        {"channel": "text", "subject": "text", "content": "text"},
        "channel content",
    ),
    "QuotedLines": shape(
        "Which lines of an opportunity are quoted, all where none are named. `syncs` makes the "
        "quote the primary one and says whether both follow each other.",
        {"line": "list text", "syncs": "flag"},
    ),
    "ChainMention": shape(
        "A record, by id, key and address.",
        {"id": "text", "key": "text", "href": "text", "@referredType": "text"}, "id key",
    ),
    "Chain": shape(
        "What stands before a record and what came of it, as far as you may read it; `more` are "
        "the kinds of which only the newest are named.",
        {"previous": "list ChainLink", "next": "list ChainLink", "more": "list text"},
        "previous next more",
    ),
    "ChainLink": shape(
        "A neighbour in the chain from lead to what is installed.",
        {"id": "text", "key": "text", "href": "text", "@referredType": "text", "name": "text",
         "state": "text"},
        "id key name",
    ),
}  # fmt: skip


class SalesActs(Acts):
    """What is done with leads and opportunities beside changing their attributes."""

    def on_post_convert(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Convert a lead."""
        said = conversion_of(self.sent_if_any(req))

        def act(work: Work) -> tuple[Json, None]:
            made = convert(work, ident, said)
            resp.status = falcon.HTTP_201
            resp.set_header("Location", address_of(req, made.opportunity or made.customer))
            return _converted(req, made), None

        self.acted(req, resp, act)

    def on_post_assign_leads(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Give leads to somebody."""
        self._assign(req, resp, SalesLead)

    def on_post_assign_opportunities(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Give opportunities to somebody."""
        self._assign(req, resp, SalesOpportunity)

    def on_post_contact(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Write down a contact with a lead."""
        sent = self.sent(req)
        said = Touch(
            text_of(sent, "channel"),
            optional_text(sent, "reason") or "information",
            optional_text(sent, "direction") or "outbound",
            optional_text(sent, "note"),
        )

        def act(work: Work) -> tuple[Json, None]:
            resp.status = falcon.HTTP_201
            return mention(req, touch(work, ident, said)), None

        self.acted(req, resp, act)

    def on_post_message(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Write a message to a lead."""
        sent = self.sent(req)
        said = Letter(
            text_of(sent, "channel"), text_of(sent, "content"), optional_text(sent, "subject")
        )

        def act(work: Work) -> tuple[Json, None]:
            resp.status = falcon.HTTP_201
            return mention(req, write_to(work, ident, said)), None

        self.acted(req, resp, act)

    def on_post_quote(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Make a quote of an opportunity."""
        sent = self.sent_if_any(req)
        lines, syncs = texts_of(sent, "line"), flag_of(sent, "syncs")

        def act(work: Work) -> tuple[Json, None]:
            made = quote_of(work, ident, lines=lines, syncs=syncs)
            resp.status = falcon.HTTP_201
            resp.set_header("Location", address_of(req, made))
            return mention(req, made), None

        self.acted(req, resp, act)

    def on_post_quote_request(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Make a quote of a request for one."""

        def act(work: Work) -> tuple[Json, None]:
            made = quote_request(work, ident)
            resp.status = falcon.HTTP_201
            resp.set_header("Location", address_of(req, made))
            return mention(req, made), None

        self.acted(req, resp, act)

    def on_get_chain(
        self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str
    ) -> None:
        """Tell what stands before a record, and what came of it."""

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                chain = _chain(work, kind, ident)
                found = neighbours_of(work, chain)
                told = [(one.link.is_earlier, _link(req, one)) for one in found]
            answer_json(resp, {
                "previous": [one for earlier, one in told if earlier],
                "next": [one for earlier, one in told if not earlier],
                "more": list(chain.more),
            })  # fmt: skip

        self.as_known(req, answer)

    def _assign(self, req: falcon.Request, resp: falcon.Response, kind: type[Sale]) -> None:
        sent = self.sent(req)
        idents, login = texts_of(sent, "record"), text_of(sent, "login")
        with_tasks = bool(flag_of(sent, "moveTasks"))

        def act(work: Work) -> tuple[Json, Told | None]:
            given = assign(work, kind, idents, login, with_tasks=with_tasks)
            body = {
                "assignee": given.person,
                "record": [mention(req, one) for one in given.records],
                "tasks": given.tasks,
            }
            return body, given.told

        self.acted(req, resp, act)


def conversion_of(sent: dict[str, Json]) -> Conversion:
    """Return the conversion that was sent, or refuse with 400."""
    opportunity = sent.get("opportunity", True)
    if isinstance(opportunity, bool):
        opportunity = {} if opportunity else None
    account = sent.get("newAccount")
    for name, value in (("opportunity", opportunity), ("newAccount", account),
                        ("person", sent.get("person"))):  # fmt: skip
        if value is not None and not isinstance(value, dict):
            raise Invalid.of([Fault(name, "badType", "must be an object")])
    return Conversion(
        customer=optional_text(sent, "customer"),
        contact=optional_text(sent, "contact"),
        account=optional_text(sent, "account"),
        new_account=account,
        customer_type=optional_text(sent, "customerType"),
        status=optional_text(sent, "status") or "prospect",
        person=sent.get("person") or {},
        opportunity=opportunity,
        apart=optional_text(sent, "apart"),
    )


def chained(work: Work, kind: str, ident: str) -> Document:
    """Return a record of a kind that stands in the chain, or refuse with 404."""
    resource = work.services.registry.resources.get(kind)
    if resource is None or kind not in KINDS:
        raise NotFound("notFound", f"there is no chain of {kind[:60]}")
    work.actor.must(resource, "read")
    found = work.get(resource.type, ident) if "\0" not in ident else None
    if found is None:
        raise NotFound("notFound", f"there is no {resource.title.lower()} {ident}")
    return found


def texts_of(sent: Mapping[str, Json], name: str) -> Sequence[str]:
    """Return a list of texts that was sent, empty where it was left out; refuse others (400)."""
    found = sent.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise Invalid.of([Fault(name, "badType", "must be a list of texts")])
    return found


def flag_of(sent: Mapping[str, Json], name: str) -> bool | None:
    """Return a yes or no that was sent, None where it was left out; refuse others (400)."""
    found = sent.get(name)
    if found is not None and not isinstance(found, bool):
        raise Invalid.of([Fault(name, "badType", "must be true or false")])
    return found


def _converted(req: falcon.Request, made: Converted) -> dict[str, Json]:
    parts: dict[str, Document | None] = {
        "lead": made.lead, "customer": made.customer, "contact": made.contact,
        "account": made.account, "opportunity": made.opportunity,
    }  # fmt: skip
    return {name: mention(req, one) for name, one in parts.items() if one is not None}


def _chain(work: Work, kind: str, ident: str) -> Chain:
    if kind != TASK:
        record = chained(work, kind, ident)
        return chain_of(work, record.resource, record.id)
    found = chain_of_task(work, ident)
    if found is None:
        raise NotFound("notFound", f"there is no task {ident[:60]}")
    return found


def _link(req: falcon.Request, one: Neighbour) -> dict[str, Json]:
    told: dict[str, Json] = {"id": one.link.id, "key": one.key, "@referredType": TASK}
    if one.record is not None:
        told = mention(req, one.record)
    told["name"] = one.label
    return told | ({"state": one.state} if one.state else {})


def verbs() -> Iterator[Verb]:
    """Yield what is told of these addresses."""
    told = (
        ("/salesLead/{id}/convert", "convertLead", "Convert a lead to a customer and a sale",
         "LeadConversion", "ConvertedLead", "SalesLead:update", "201"),
        ("/salesLead/assign", "assignLeads", "Give leads to somebody", "SaleAssignment",
         "GivenSales", "SalesLead:update", "200"),
        ("/salesOpportunity/assign", "assignOpportunities", "Give opportunities to somebody",
         "SaleAssignment", "GivenSales", "SalesOpportunity:update", "200"),
        ("/salesLead/{id}/contact", "contactLead", "Write down a contact with a lead", "LeadTouch",
         "ChainMention", "PartyInteraction:create", "201"),
        ("/salesLead/{id}/message", "writeToLead", "Write a message to a lead", "LeadLetter",
         "ChainMention", "CommunicationMessage:create", "201"),
        ("/salesOpportunity/{id}/quote", "quoteOpportunity",
         "Make a quote of an opportunity, of all or some of its lines", "QuotedLines",
         "ChainMention", "Quote:create", "201"),
        ("/quoteRequest/{id}/quote", "quoteRequest",
         "Make a quote of a request, which completes it", None, "ChainMention", "Quote:create",
         "201"),
    )  # fmt: skip
    for path, name, summary, takes, answers, scope, status in told:
        yield Verb(
            api=SALES, method="post", path=path, name=name, summary=summary, scope=scope,
            about=answers, takes=takes, answers=answers, status=status, conflicts=True,
            parameters="Idempotency-Key",
        )  # fmt: skip
    yield Verb(
        api=SALES, method="get", path="/chain/{kind}/{id}", name="readChain",
        summary="Tell what stands before a record and what came of it", scope="SalesLead:read",
        about="Chain", answers="Chain",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    acts = SalesActs(services, doorman)
    lead, opportunity = f"{SALES.base}/salesLead", f"{SALES.base}/salesOpportunity"
    app.add_route(f"{lead}/assign", acts, suffix="assign_leads")
    app.add_route(f"{lead}/{{ident}}/convert", acts, suffix="convert")
    app.add_route(f"{lead}/{{ident}}/contact", acts, suffix="contact")
    app.add_route(f"{lead}/{{ident}}/message", acts, suffix="message")
    app.add_route(f"{opportunity}/assign", acts, suffix="assign_opportunities")
    app.add_route(f"{opportunity}/{{ident}}/quote", acts, suffix="quote")
    app.add_route(f"{SALES.base}/quoteRequest/{{ident}}/quote", acts, suffix="quote_request")
    app.add_route(f"{SALES.base}/chain/{{kind}}/{{ident}}", acts, suffix="chain")
