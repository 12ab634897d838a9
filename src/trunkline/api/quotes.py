"""Quotes beside TMF648: their moves, revisions, comparisons, and the orders made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from trunkline.documents.errors import Fault, Invalid, NotFound, refuse
from trunkline.documents.shape import DataClass, Json
from trunkline.kernel.masks import hidden_paths, mask
from trunkline.kernel.row import kind_view
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape
from trunkline.sales.api import SALES
from trunkline.sales.quote.comparing import Comparison, Difference, LineComparison, compare
from trunkline.sales.quote.making import make_quote
from trunkline.sales.quote.moving import TARGETS, Move, allowed_moves, move_quote
from trunkline.sales.quote.ordered import order_lines, orders_alive, remaining, taken
from trunkline.sales.quote.overriding import APPROVE
from trunkline.sales.quote.quote import Quote
from trunkline.sales.quote.revising import revise
from trunkline.sales.quote.to_order import order_quote

SUMMARIES: Mapping[Move, str] = {
    "submit": "Have a draft of a quote looked at before the customer gets it",
    "recall": "Take a quote in review back to its draft",
    "approve": "Approve a quote in review",
    "sendBack": "Send a quote in review back to its draft, with the reason",
    "present": "Offer a quote to the customer, who may accept it from then on",
    "accept": "Write down that the customer has accepted",
    "complete": "Complete an accepted quote, so that it is ordered of",
    "cancel": "Give a quote up, with the reason",
    "close": "Close a completed quote, of which nothing more is ordered",
}


class QuoteLooks(Asked):
    """`/quote/{id}/comparison` and `/quote/{id}/ordered`: how it differs, and what is left."""

    def on_get_comparison(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer how a quote differs from its former revision, or from the one that is named."""
        only_parameters(req, "with")
        other = req.get_param("with")

        def answer(known: Known) -> None:
            sees = known.actor.must(Quote.resource, "read").sees
            with self.work(req, known) as work:
                quote = found_quote(work, ident)
                former = quote.former_revision.id if quote.former_revision is not None else None
                named = other or former
                if named is None:
                    message = "is the first revision; name the one to compare it with"
                    raise Invalid.of([Fault("with", "required", message)])
                before = found_quote(work, named)
            found = compare(_seen(before, sees), _seen(quote, sees))
            answer_json(resp, comparison_body(before, quote, found))

        self.as_known(req, answer)

    def on_get_ordered(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer how much of each line is ordered, and how much is left."""

        def answer(known: Known) -> None:
            known.actor.must(Quote.resource, "read")
            with self.work(req, known) as work:
                quote = found_quote(work, ident)
                orders = orders_alive(work, quote.id)
            counted = taken(orders, quote.id)
            left = remaining(order_lines(quote), counted)
            lines = [
                {"id": one, "ordered": counted[one], "remaining": number}
                for one, number in left.items()
            ]
            named = [{"id": one.id, "key": one.key, "state": one.state} for one in orders]
            answer_json(resp, {"quoteItem": lines, "productOrder": named})

        self.as_known(req, answer)


class QuoteMaking(Asked):
    """`/quote`: a quote made of lines, as an opportunity, a cart or a page has them."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Make it, and answer how it stands."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            with self.work(req, known) as work:

                def act() -> None:
                    answer_json(resp, quote_body(_made(work, sent)))

                self.once(req, resp, work, act)

        self.as_known(req, answer)


def found_quote(work: Work, ident: str) -> Quote:
    """Return a quote by id or key, or refuse with 404."""
    quote = work.get(Quote, ident)
    if quote is None:
        raise NotFound("notFound", f"there is no quote {ident}")
    return quote


def _seen(quote: Quote, sees: frozenset[DataClass]) -> Quote:
    """Return a quote as one sees it who sees these classes."""
    hidden = hidden_paths(Quote.resource, sees)
    return quote if hidden is None else kind_view(quote, mask(quote.raw, hidden))


def quote_body(quote: Quote) -> dict[str, Json]:
    """Return how a quote stands, and what may be done with it."""
    return {
        "id": quote.id,
        "key": quote.key,
        "state": quote.state,
        "internalState": quote.internal_state,
        "revision": quote.revision,
        "allowed": allowed_moves(quote),
    }


def comparison_body(old: Quote, new: Quote, found: Comparison) -> dict[str, Json]:
    """Return a comparison as JSON."""
    return {
        "former": {"id": old.id, "key": old.key, "revision": old.revision},
        "quote": {"id": new.id, "key": new.key, "revision": new.revision},
        "difference": [_difference(one) for one in found.head],
        "line": [_line(one) for one in found.lines],
        "oldPrice": list(found.old_price),
        "newPrice": list(found.new_price),
    }


def _line(line: LineComparison) -> dict[str, Json]:
    told: dict[str, Json] = {
        "id": line.id,
        "kind": line.kind,
        "name": line.name,
        "difference": [_difference(one) for one in line.differences],
        "oldPrice": list(line.old_price),
        "newPrice": list(line.new_price),
    }
    return told | ({"partOf": line.whole} if line.whole else {})


def _difference(one: Difference) -> dict[str, Json]:
    told = {"attribute": one.name, "old": one.old, "new": one.new}
    return {name: value for name, value in told.items() if value is not None}


def _made(work: Work, sent: dict[str, Json]) -> Quote:
    customer, lines = sent.get("customer"), sent.get("quoteItem")
    faults = []
    if not isinstance(customer, str) or not customer:
        faults.append(Fault("customer", "required", "name the customer the quote is for"))
    if not isinstance(lines, list) or not lines:
        faults.append(Fault("quoteItem", "required", "name what is offered"))
    refuse(faults)
    return make_quote(
        work,
        customer=str(customer),
        lines=list(lines or ()),
        account=optional_text(sent, "billingAccount"),
        opportunity=optional_text(sent, "opportunity"),
        description=optional_text(sent, "description"),
    )


def _order(work: Work, ident: str, sent: dict[str, Json]) -> Json:
    lines = sent.get("quoteItem")
    faults: list[Fault] = []
    wanted: dict[str, int] | None = None
    if lines is not None:
        wanted = {}
        for index, one in enumerate(lines if isinstance(lines, list) else [None]):
            number = one.get("quantity", 1) if isinstance(one, dict) else None
            if not isinstance(one, dict) or not isinstance(number, int) or "id" not in one:
                message = "is an object with the id of a line and how many"
                faults.append(Fault(f"quoteItem[{index}]", "badType", message))
            else:
                wanted[str(one["id"])] = number
    refuse(faults)
    order = order_quote(work, ident, lines=wanted, account=optional_text(sent, "billingAccount"))
    return {"id": order.id, "key": order.key, "state": order.state}


def _move(move: Move) -> Act:
    def act(work: Work, ident: str, sent: dict[str, Json]) -> Json:
        reason, name = optional_text(sent, "reason"), optional_text(sent, "name")
        return quote_body(move_quote(work, ident, move, reason=reason, name=name))

    return act


VERBS: Mapping[str, Act] = {
    **{move: _move(move) for move in TARGETS},
    "revise": lambda work, ident, sent: quote_body(
        revise(work, ident, reason=optional_text(sent, "reason"))
    ),
    "order": _order,
}
SCHEMAS: Mapping[str, Object] = {
    "QuoteStanding": shape(
        "How a quote stands, and what may be done with it.",
        {"id": "text", "key": "text", "state": "text", "internalState": "text",
         "revision": "integer", "allowed": "list text"},
        "id key state internalState allowed",
    ),
    "QuoteToMake": shape(
        "A quote to be made: for whom, of which lines (TMF648 quote items), on which account.",
        {"customer": "text", "quoteItem": "list object", "billingAccount": "text",
         "opportunity": "text", "description": "text"},
        "customer quoteItem",
    ),
    "QuoteMove": shape(
        "Why it is done, and who accepted on the customer's side.",
        {"reason": "text", "name": "text"},
    ),
    "QuoteOrdering": shape(
        "How many of which lines are ordered, all that is left where none is named; who pays.",
        {"quoteItem": "list object", "billingAccount": "text"},
    ),
    "QuoteOrder": shape(
        "The order that was made.", {"id": "text", "key": "text", "state": "text"},
        "id key state",
    ),
    "QuoteComparison": shape(
        "Two revisions of a quote: what differs about the whole and its lines, and the costs.",
        {"former": "object", "quote": "object", "difference": "list object",
         "line": "list object", "oldPrice": "list object", "newPrice": "list object"},
        "former quote difference line oldPrice newPrice",
    ),
    "QuoteOrdered": shape(
        "How much of each line is ordered and is left, and the orders.",
        {"quoteItem": "list object", "productOrder": "list object"}, "quoteItem productOrder",
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    post = partial(Verb, api=SALES, method="post", parameters="Idempotency-Key", conflicts=True)
    one = "/quote/{id}"
    yield post(
        path="/quote", name="makeQuote", about="QuoteStanding", answers="QuoteStanding",
        takes="QuoteToMake", scope="TMF648:create", summary="Make a quote of lines",
    )  # fmt: skip
    for move, summary in SUMMARIES.items():
        yield post(
            path=f"{one}/{move}", name=f"{move}Quote", about="QuoteStanding",
            answers="QuoteStanding", takes="QuoteMove", summary=summary,
            scope=APPROVE if move in ("approve", "sendBack") else "TMF648:update",
        )  # fmt: skip
    yield post(
        path=f"{one}/revise", name="reviseQuote", about="QuoteStanding", answers="QuoteStanding",
        takes="QuoteMove", scope="TMF648:create",
        summary="Copy a quote into a new revision, the only one that is active",
    )  # fmt: skip
    yield post(
        path=f"{one}/order", name="orderQuote", about="QuoteOrder", answers="QuoteOrder",
        takes="QuoteOrdering", scope="TMF622:create",
        summary="Order what a completed quote offers, whole or some lines of it",
    )  # fmt: skip
    get = partial(Verb, api=SALES, method="get", scope="TMF648:read")
    yield get(
        path=f"{one}/comparison", name="compareQuote", about="QuoteComparison",
        answers="QuoteComparison", filters={"with": "The other revision, else the former one"},
        summary="Return how a revision of a quote differs from another, line by line",
    )  # fmt: skip
    yield get(
        path=f"{one}/ordered", name="orderedOfQuote", about="QuoteOrdered",
        answers="QuoteOrdered", summary="Return how much of each line is ordered and left",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    base = f"{SALES.base}/quote"
    app.add_route(base, QuoteMaking(services, doorman))
    for name, act in VERBS.items():
        verb = RecordVerb(services, doorman, act, reads=Quote.resource)
        app.add_route(f"{base}/{{ident}}/{name}", verb)
    looks = QuoteLooks(services, doorman)
    app.add_route(f"{base}/{{ident}}/comparison", looks, suffix="comparison")
    app.add_route(f"{base}/{{ident}}/ordered", looks, suffix="ordered")
