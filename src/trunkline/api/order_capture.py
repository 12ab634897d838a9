"""Verbs of orders before they begin: approved, rejected, asked about, taken; and their states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import Act, Asked, RecordVerb, answer_list
from trunkline.api.ordering import COMPLETE_TASK, text_of
from trunkline.documents.errors import Fault, Invalid, NotFound, refuse
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.ordering.capture import deciding, holding
from trunkline.ordering.capture.bulk_edit import BulkEdit, edit_lines
from trunkline.ordering.capture.handing_in import APPROVE
from trunkline.ordering.capture.header_task import HeaderTask, TaskResult
from trunkline.ordering.capture.moving import Ordered, stage_of
from trunkline.ordering.capture.state_history import StateMove, state_moves
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.payment.paying import PAY, REFUND, pay, refund
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

RESULTS: Mapping[str, TaskResult] = {"accept": "accept", "deposit": "deposit", "stop": "stop"}


class StatesOf(Asked):
    """`/productOrder/{id}/state`: the states of an order, with who brought them about and why."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer the moves, the oldest first; reasons for those who see personal values."""

        def answer(known: Known) -> None:
            grant = known.actor.must(ProductOrder.resource, "read")
            with self.work(req, known) as work:
                order = work.get(ProductOrder, ident)
                if order is None:
                    raise NotFound("notFound", f"there is no product order {ident}")
                moves = state_moves(work, order.id, order.raw)
            sees = "personal" in grant.sees
            answer_list(resp, [move_body(one, sees_personal=sees) for one in moves])

        self.as_known(req, answer)


def move_body(move: StateMove, *, sees_personal: bool) -> dict[str, Json]:
    """Return a move as JSON."""
    body: dict[str, Json] = {
        "at": format_instant(move.at),
        "channel": move.channel,
        "internalState": move.state,
        "state": move.published,
    }
    if move.by:
        body["by"] = {"id": move.by, "name": move.by_name}
    if move.former is not None:
        body["formerState"] = move.former
    if move.reason is not None and (sees_personal or not move.is_said):
        body["reason"] = move.reason
    return body


def order_body(order: Ordered) -> dict[str, Json]:
    """Return how an order stands."""
    body: dict[str, Json] = {"id": order.id, "key": order.key, "state": order.state,
                             "internalState": stage_of(order)}  # fmt: skip
    if not isinstance(order, ProductOrder):
        return body
    if order.assignee is not None:
        body["assignee"] = order.assignee.raw
    if order.pool is not None:
        body["pool"] = order.pool
    return body


def task_body(task: HeaderTask) -> dict[str, Json]:
    """Return how a header task stands."""
    body = {"id": task.id, "key": task.key, "state": task.state, "result": task.result,
            "paymentState": task.payment.state if task.payment is not None else None}  # fmt: skip
    return {name: value for name, value in body.items() if value is not None}


def optional_text(sent: dict[str, Json], name: str) -> str | None:
    """Return a text that may be left out, or refuse what is none."""
    return text_of(sent, name) if sent.get(name) is not None else None


def _complete(work: Work, ident: str, sent: dict[str, Json]) -> Json:
    result = RESULTS.get(str(sent.get("result") or "accept"))
    if result is None:
        told = ", ".join(RESULTS)
        raise Invalid.of([Fault("result", "badValue", f"is one of {told}")])
    comment = optional_text(sent, "comment")
    return task_body(deciding.complete_header_task(work, ident, result=result, comment=comment))


def _bulk_edit(sent: dict[str, Json]) -> BulkEdit:
    """Return what is to be done to lines, or refuse what is of another type."""
    faults: list[Fault] = []

    def said(name: str, *kinds: type) -> Any:
        value = sent.get(name)
        is_wrong = not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)
        if value is not None and is_wrong:
            faults.append(Fault(name, "badType", f"is a {kinds[0].__name__}"))
        return None if is_wrong else value

    items, discount = said("item", list) or [], said("discount", int, Decimal)
    found = BulkEdit(
        items=frozenset(str(one) for one in items),
        quantity=said("quantity", int),
        discount=Decimal(discount) if discount is not None else None,
        overwrites=said("overwrite", bool) or False,
        place=said("place", str),
        account=said("billingAccount", str),
        removes=said("remove", bool) or False,
    )
    refuse(faults)
    return found


def _pay(work: Work, ident: str, sent: dict[str, Json]) -> Json:
    return task_body(pay(work, ident, text_of(sent, "token")))


def _refund(work: Work, ident: str, sent: dict[str, Json]) -> Json:
    amount = sent.get("amount")
    if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int | Decimal)):
        raise Invalid.of([Fault("amount", "badType", "is a number")])
    value = Decimal(amount) if amount is not None else None
    return task_body(refund(work, ident, value, text_of(sent, "reason")))


def _deciding(kind: type[Ordered]) -> dict[str, Act]:
    """Return what is decided about orders of one kind before they begin."""
    return {
        "approve": lambda work, ident, sent: order_body(
            deciding.approve(work, ident, optional_text(sent, "comment"), kind)
        ),
        "reject": lambda work, ident, sent: order_body(
            deciding.reject(work, ident, text_of(sent, "comment"), kind)
        ),
        "askForInformation": lambda work, ident, sent: order_body(
            deciding.ask_for_information(work, ident, text_of(sent, "question"), kind)
        ),
        "giveInformation": lambda work, ident, sent: order_body(
            deciding.give_information(work, ident, text_of(sent, "answer"), kind)
        ),
    }


BY_THEMSELVES: Mapping[str, type[Ordered]] = {
    "serviceOrder": ServiceOrder,
    "resourceOrder": ResourceOrder,
}
VERBS: Mapping[str, Act] = {
    **_deciding(ProductOrder),
    "editLines": lambda work, ident, sent: order_body(edit_lines(work, ident, _bulk_edit(sent))),
    "take": lambda work, ident, sent: order_body(holding.take_order(work, ident)),
    "handOver": lambda work, ident, sent: order_body(
        holding.hand_over(work, ident, text_of(sent, "login"))
    ),
    "release": lambda work, ident, sent: order_body(
        holding.release_order(work, ident, optional_text(sent, "pool"))
    ),
}
SCHEMAS: Mapping[str, Object] = {
    "OrderStanding": shape(
        "How an order stands: its state outside and inside, who has it or in which pool it is.",
        {"id": "text", "key": "text", "state": "text", "internalState": "text",
         "assignee": "object", "pool": "text"},
        "id key state internalState",
    ),
    "StateMove": shape(
        "A state that an order came into: when, by whom, out of which one, and why.",
        {"at": "instant", "by": "object", "channel": "text", "formerState": "text",
         "internalState": "text", "state": "text", "reason": "text"},
        "at channel internalState state",
    ),
    "HeaderTaskStanding": shape(
        "How a header task stands.",
        {"id": "text", "key": "text", "state": "text", "result": "text", "paymentState": "text"},
        "id key state",
    ),
    "HeaderTaskReport": shape(
        "What came of it: `accept` unless said otherwise; all else needs a comment.",
        {"result": {"enum": list(RESULTS)}, "comment": "text"},
    ),
    "DepositPayment": shape(
        "What stands for the payer's card with the payment provider.", {"token": "text"}, "token"
    ),
    "DepositRefund": shape(
        "How much is given back, all that is left unless said otherwise, and why.",
        {"amount": "number", "reason": "text"}, "reason",
    ),
    "Approval": shape("What there is to say about it.", {"comment": "text"}),
    "Rejection": shape("Why the order is sent back.", {"comment": "text"}, "comment"),
    "Question": shape("What is to be known.", {"question": "text"}, "question"),
    "Answer": shape("What was asked for.", {"answer": "text"}, "answer"),
    "LineEdit": shape(
        "What is done to the lines named, or to all top lines: their quantity, place (a site), "
        "account, or a discount in percent of the list; or they are taken out.",
        {"item": "list text", "quantity": "integer", "discount": "number", "overwrite": "flag",
         "place": "text", "billingAccount": "text", "remove": "flag"},
    ),
    "OrderHolder": shape("Who is to take care of it, by login.", {"login": "text"}, "login"),
    "OrderPool": shape("Where somebody else may take it.", {"pool": "text"}),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    post = partial(Verb, api=ORDERING, method="post", parameters="Idempotency-Key", conflicts=True)
    order = partial(post, about="OrderStanding", answers="OrderStanding")
    one = "/productOrder/{id}"
    for place, name, update in (
        (one, "Order", "TMF622:update"),
        ("/serviceOrder/{id}", "ServiceOrder", "TMF641:update"),
        ("/resourceOrder/{id}", "ResourceOrder", "TMF652:update"),
    ):
        yield order(
            path=f"{place}/approve", name=f"approve{name}", scope=APPROVE, takes="Approval",
            summary="Agree to an order; with the last agreement it is accepted",
        )  # fmt: skip
        yield order(
            path=f"{place}/reject", name=f"reject{name}", scope=APPROVE, takes="Rejection",
            summary="Send an order back with a comment; it may be corrected and submitted again",
        )  # fmt: skip
        yield order(
            path=f"{place}/askForInformation", name=f"askAbout{name}", scope=APPROVE,
            takes="Question", summary="Hold an order until its requester has said more",
        )  # fmt: skip
        yield order(
            path=f"{place}/giveInformation", name=f"answerAbout{name}", scope=update,
            takes="Answer", summary="Say what was asked for; the order is looked at again",
        )  # fmt: skip
    held = partial(order, scope="TMF622:update")
    yield held(
        path=f"{one}/editLines", name="editLinesOfOrder", takes="LineEdit",
        summary="Do one thing to many lines of an order that was not accepted yet",
    )  # fmt: skip
    yield held(path=f"{one}/take", name="takeOrder", summary="Take care of an order")
    yield held(
        path=f"{one}/handOver", name="handOverOrder", takes="OrderHolder",
        summary="Give an order to somebody, whoever has it",
    )  # fmt: skip
    yield held(
        path=f"{one}/release", name="releaseOrder", takes="OrderPool",
        summary="Give an order back, to a pool where one is named",
    )  # fmt: skip
    yield Verb(
        api=ORDERING, method="get", path=f"{one}/state", name="statesOfOrder", about="StateMove",
        answers="StateMove", scope="TMF622:read", is_list=True,
        summary="Return the states of an order, with who brought them about and why",
    )  # fmt: skip
    yield post(
        path="/headerTask/{id}/complete", name="completeHeaderTask", scope=COMPLETE_TASK,
        takes="HeaderTaskReport", about="HeaderTaskStanding", answers="HeaderTaskStanding",
        summary="Report what came of a header task; with the last one its order goes on",
    )  # fmt: skip
    yield post(
        path="/headerTask/{id}/pay", name="payDeposit", scope=PAY, takes="DepositPayment",
        about="HeaderTaskStanding", answers="HeaderTaskStanding",
        summary="Pay the deposit that a header task asks for; its order goes on when it is taken",
    )  # fmt: skip
    yield post(
        path="/headerTask/{id}/refund", name="refundDeposit", scope=REFUND, takes="DepositRefund",
        about="HeaderTaskStanding", answers="HeaderTaskStanding",
        summary="Give back a deposit that was taken, or a part of it",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    base = ORDERING.base
    for name, act in VERBS.items():
        verb = RecordVerb(services, doorman, act)
        app.add_route(f"{base}/productOrder/{{ident}}/{name}", verb)
    for path, kind in BY_THEMSELVES.items():
        for name, act in _deciding(kind).items():
            verb = RecordVerb(services, doorman, act)
            app.add_route(f"{base}/{path}/{{ident}}/{name}", verb)
    app.add_route(f"{base}/productOrder/{{ident}}/state", StatesOf(services, doorman))
    for name, act in (("pay", _pay), ("refund", _refund)):
        app.add_route(f"{base}/headerTask/{{ident}}/{name}", RecordVerb(services, doorman, act))
    complete = RecordVerb(services, doorman, _complete)
    app.add_route(f"{base}/headerTask/{{ident}}/complete", complete)
