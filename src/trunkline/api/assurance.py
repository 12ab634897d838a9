"""Tickets and problems beside their records: clocks, holders, merging, whom an outage hits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import falcon

from trunkline.api.acts import Acts
from trunkline.api.asking import (
    Asked,
    answer_json,
    answer_list,
    mention,
    only_parameters,
    optional_text,
    whole_number,
)
from trunkline.api.ordering import text_of
from trunkline.api.sales_leads import flag_of, texts_of
from trunkline.assurance.api import ASSURANCE
from trunkline.assurance.installed.rows import InstalledRow, OpenRecord, installed_rows
from trunkline.assurance.problem.affected import affected_customers
from trunkline.assurance.problem.closing import (
    link_tickets,
    proposed,
    resolve_tickets,
    unlink_ticket,
)
from trunkline.assurance.problem.noticing import hit_by, tell_all
from trunkline.assurance.problem.outages import is_planned, outages_at, outages_of
from trunkline.assurance.problem.problem import ServiceProblem
from trunkline.assurance.ticket.clock import Reckoned
from trunkline.assurance.ticket.escalating import escalate
from trunkline.assurance.ticket.holding import assign_ticket, release_ticket
from trunkline.assurance.ticket.keeping import clock_of, terms_of
from trunkline.assurance.ticket.likeness import like
from trunkline.assurance.ticket.merging import merge_ticket, unmerge_ticket
from trunkline.assurance.ticket.ticket import TroubleTicket
from trunkline.care.contact import customer_of
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.product import Product
from trunkline.inventory.service import Service
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.rest.http import Doorman, Known
from trunkline.rest.origins import shown_to
from trunkline.workspace.notes import Told

AT = {"product": Product, "service": Service}
OUTAGES_OF = ("customer", "product", "service", "place")


class Looks(Acts):
    """What the addresses share: what is asked for is shown as the one who asks may see it."""

    def asked(
        self, req: falcon.Request, resp: falcon.Response, look: Callable[[Work], Json]
    ) -> None:
        """Answer what is asked for, as the one who asks may see it; a list as a list."""

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                found = look(work)
            if isinstance(found, list):
                answer_list(resp, found)
            else:
                answer_json(resp, found)

        self.as_known(req, answer)

    def optional(self, req: falcon.Request) -> dict[str, Json]:
        """Return the object that was sent, an empty one where nothing was."""
        return self.sent_if_any(req)


class Tickets(Looks):
    """What is asked of tickets, and done with them, beside changing their attributes."""

    def on_get_clock(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Say what the clock of a ticket shows, and why."""

        def look(work: Work) -> Json:
            ticket = read(work, TroubleTicket, ident)
            return clock_shown(work, ticket, clock_of(work, ticket))

        self.asked(req, resp, look)

    def on_get_duplicate(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """List open tickets that may be about the same."""

        def look(work: Work) -> Json:
            found = like(work, read(work, TroubleTicket, ident))
            return [mention(req, one) | {"status": one.status} for one in found]

        self.asked(req, resp, look)

    def on_post_assign(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Give a ticket to somebody."""
        login = text_of(self.sent(req), "login")
        self.acted(req, resp, lambda work: (_held(assign_ticket(work, [ident], login)[0]), None))

    def on_post_release(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Give a ticket back to its queue."""
        self.acted(req, resp, lambda work: (_held(release_ticket(work, [ident])[0]), None))

    def on_post_escalate(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Take a ticket a step up."""
        reason = text_of(self.sent(req), "reason")

        def act(work: Work) -> tuple[Json, Told | None]:
            ticket, told = escalate(work, ident, reason=reason)
            return _held(ticket), told

        self.acted(req, resp, act)

    def on_post_merge(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Merge a ticket into another one."""
        into = text_of(self.sent(req), "into")
        self.acted(req, resp, lambda work: (_pair(*merge_ticket(work, ident, into)), None))

    def on_post_unmerge(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Take a merged ticket apart again."""
        self.acted(req, resp, lambda work: (_pair(*unmerge_ticket(work, ident)), None))


class Problems(Looks):
    """Whom problems hit, who is told of it, and which tickets hang on them."""

    def on_get_affected(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """List the customers whom a problem hits, with what of theirs it does."""
        only_parameters(req, "offset", "limit")
        offset, limit = whole_number(req, "offset", 0), self.limit(req)

        def look(work: Work) -> Json:
            problem = read(work, ServiceProblem, ident)
            tickets = [one.id for one in problem.trouble_ticket]
            found, count = affected_customers(
                work, *hit_by(problem), tickets, offset=offset, limit=limit
            )
            work.actor.must(Customer.resource, "read")
            customers = work.many(Customer, [one.customer for one in found])
            products = work.many(Product, [each for one in found for each in one.products])
            services = work.many(Service, [each for one in found for each in one.services])
            if not found:
                _, count = affected_customers(work, *hit_by(problem), tickets, limit=1)
            resp.set_header("X-Total-Count", str(count))
            return [
                {
                    "customer": mention(req, customers[one.customer]),
                    "product": [mention(req, products[o]) for o in one.products if o in products],
                    "service": [mention(req, services[o]) for o in one.services if o in services],
                }
                for one in found
                if one.customer in customers
            ]

        self.asked(req, resp, look)

    def on_post_link(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Link tickets to a problem."""
        tickets = texts_of(self.sent(req), "troubleTicket")
        self.acted(req, resp, lambda work: _linked(work, link_tickets(work, ident, tickets)))

    def on_post_unlink(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Take a ticket away from a problem."""
        ticket = text_of(self.sent(req), "troubleTicket")
        self.acted(req, resp, lambda work: _linked(work, unlink_ticket(work, ident, ticket)))

    def on_post_notify(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Have all told whom a problem hits."""
        sent = self.sent(req)
        text, subject, content = (
            optional_text(sent, one) for one in ("text", "subject", "content")
        )
        again = bool(flag_of(sent, "again"))

        def act(work: Work) -> tuple[Json, None]:
            made = tell_all(work, ident, text=text, subject=subject, content=content, again=again)
            resp.status = falcon.HTTP_202
            return made.raw, None

        self.acted(req, resp, act)

    def on_get_proposed(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """List the tickets of a problem that may be resolved with it."""

        def look(work: Work) -> Json:
            found = proposed(work, read(work, ServiceProblem, ident))
            return [mention(req, one) | {"status": one.status} for one in found]

        self.asked(req, resp, look)

    def on_post_resolve(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Resolve tickets of a problem that is over."""
        sent = self.optional(req)
        tickets, reason = texts_of(sent, "troubleTicket"), optional_text(sent, "reason")

        def act(work: Work) -> tuple[Json, None]:
            ended = resolve_tickets(work, ident, tickets=tickets, reason=reason)
            return {
                "resolved": [mention(req, one.ticket) for one in ended if not one.problem],
                "refused": [
                    mention(req, one.ticket) | {"reason": one.problem}
                    for one in ended
                    if one.problem
                ],
            }, None

        self.acted(req, resp, act)

    def on_get_outages(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the open problems that hit a customer, or something that somebody has."""
        only_parameters(req, *OUTAGES_OF)
        asked = {name: req.get_param(name) or "" for name in OUTAGES_OF}
        named = [name for name, value in asked.items() if value]
        if len(named) != 1:
            message = f"name one of {', '.join(OUTAGES_OF)}"
            raise Invalid.of([Fault("customer", "required", message)])

        def look(work: Work) -> Json:
            value = asked[named[0]]
            if named[0] == "customer":
                customer = customer_of(work, value)
                found = outages_of(work, customer.id, customer.raw)
            else:
                kind = AT.get(named[0])
                found = outages_at(work, [read(work, kind, value).id if kind else value])
            return [_outage(req, work, one) for one in found]

        self.asked(req, resp, look)


class Installed(Looks):
    """`/customer/{id}/product`: what a customer has, row by row."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """List it."""

        def look(work: Work) -> Json:
            rows = installed_rows(work, customer_of(work, ident))
            return [_row(req, one) for one in rows]

        self.asked(req, resp, look)


def read(work: Work, kind: type[Any], ident: str) -> Any:
    """Return a record that the asker may read, or refuse with 404."""
    work.actor.must(kind.resource, "read")
    found = work.get(kind, ident) if "\0" not in ident else None
    if found is None:
        raise NotFound("notFound", f"there is no {kind.resource.title.lower()} {ident}")
    return found


def clock_shown(work: Work, ticket: TroubleTicket, found: Reckoned) -> dict[str, Json]:
    """Return what a clock says, every stretch that counted or not with it."""
    kind = terms_of(work, ticket)
    body: dict[str, Json] = {
        "standing": found.standing,
        "elapsedSeconds": _seconds(found.elapsed),
        "isBreached": found.breached_at is not None,
        "calendar": kind.calendar_name if kind is not None else "",
        "interval": [
            {"status": one.status, "startDateTime": format_instant(one.start),
             "endDateTime": format_instant(one.end), "isCounted": one.counts,
             "elapsedSeconds": _seconds(one.elapsed)}
            for one in found.intervals
        ],
    }  # fmt: skip
    if found.target is not None and found.left is not None:
        body |= {
            "targetSeconds": _seconds(found.target),
            "leftSeconds": _seconds(found.left),
        }
    for name, moment in (("dueDate", found.due), ("breachedAt", found.breached_at)):
        if moment is not None:
            body[name] = format_instant(moment)
    return body


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())


def _held(one: TroubleTicket) -> dict[str, Json]:
    body: dict[str, Json] = {"id": one.id, "key": one.key, "status": one.status}
    if one.handled_by:
        body["handledBy"] = one.handled_by
    if one.assignee is not None:
        body["assignee"] = one.assignee.raw
    if one.escalation_level:
        body["escalationLevel"] = one.escalation_level
    return body


def _pair(duplicate: TroubleTicket, kept: TroubleTicket) -> dict[str, Json]:
    return {"duplicate": _held(duplicate), "kept": _held(kept)}


def _linked(work: Work, problem: ServiceProblem) -> tuple[Json, None]:
    found = shown_to(work, problem).get("troubleTicket") or []
    return {"id": problem.id, "key": problem.key, "troubleTicket": found}, None


def _outage(req: falcon.Request, work: Work, one: ServiceProblem) -> dict[str, Json]:
    shown = shown_to(work, one)
    body = mention(req, one) | {"isPlanned": is_planned(ServiceProblem.wrap(shown))}
    for name in ("name", "category", "status", "description", "creationDate",
                 "expectedResolutionDate", "plannedPeriod"):  # fmt: skip
        if shown.get(name) is not None:
            body[name] = shown[name]
    return body


def _row(req: falcon.Request, one: InstalledRow) -> dict[str, Json]:
    body: dict[str, Json] = {
        "product": mention(req, one.product) | {"name": one.product.name},
        "status": one.product.status,
        "price": [_price(each) for each in one.prices],
        "openOrder": [_open(req, each) for each in one.around.orders],
        "openTicket": [_open(req, each) for each in one.around.tickets],
        "canBeOrdered": list(one.starts),
    }
    if one.site is not None:
        body["site"] = mention(req, one.site) | {"name": one.site.name}
    return body


def _open(req: falcon.Request, one: OpenRecord) -> dict[str, Json]:
    kind = one.resource
    return {
        "id": one.id,
        "key": one.key,
        "href": f"{req.prefix}{kind.api.base}/{kind.path}/{one.id}",
        "@referredType": kind.type_name,
        "state": one.state,
    }


def _price(one: Any) -> dict[str, Json]:
    amount = "taxIncludedAmount" if one.is_with_tax else "dutyFreeAmount"
    body: dict[str, Json] = {"priceType": one.price_type, amount: one.amount.raw}
    for name, value in (("recurringChargePeriod", one.period), ("unitOfMeasure", one.unit),
                        ("name", one.name)):  # fmt: skip
        if value:
            body[name] = value
    return body


def routes(services: Services, doorman: Doorman) -> Sequence[tuple[str, Asked, str]]:
    """Return the addresses: path, who answers, and the suffix of the method."""
    tickets, problems = Tickets(services, doorman), Problems(services, doorman)
    ticket = f"/{TroubleTicket.resource.path}/{{ident}}"
    problem = f"/{ServiceProblem.resource.path}/{{ident}}"
    return (
        *((f"{ticket}/{name}", tickets, name)
          for name in ("clock", "duplicate", "assign", "release", "escalate", "merge", "unmerge")),
        *((f"{problem}/{name}", problems, name)
          for name in ("affected", "link", "unlink", "notify")),
        (f"{problem}/openTicket", problems, "proposed"),
        (f"{problem}/resolveTicket", problems, "resolve"),
        ("/outage", problems, "outages"),
        (f"/{Customer.resource.path}/{{ident}}/product", Installed(services, doorman), ""),
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add their addresses."""
    for path, answers, suffix in routes(services, doorman):
        if suffix:
            app.add_route(f"{ASSURANCE.base}{path}", answers, suffix=suffix)
        else:
            app.add_route(f"{ASSURANCE.base}{path}", answers)
