"""Changing orders that run: previewed, opened, handed in, approved or withdrawn, and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, only_parameters, whole_number
from trunkline.documents.decode import normalise
from trunkline.documents.errors import Fault, NotFound, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.schema import validators
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.revision import told, verbs
from trunkline.ordering.revision.order_revision import OrderRevision
from trunkline.ordering.revision.passed import passed_of
from trunkline.ordering.revision.versions import compared, revisions_of, versions_of
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape, whole

READ = f"{OrderRevision.resource.name}:read"
SENT = ("productOrderItem", "relatedParty", "billingAccount", "requestedStartDate",
        "requestedCompletionDate", "notificationContact")  # fmt: skip
CONTENT: Mapping[str, str] = {
    "productOrderItem": "list object", "relatedParty": "list object", "billingAccount": "object",
    "requestedStartDate": "instant", "requestedCompletionDate": "instant",
    "notificationContact": "text", "reason": "text",
}  # fmt: skip
SCHEMAS: Mapping[str, Object] = {
    "RevisionAsked": whole(shape(
        "What an order shall be: what is left out stays, what is null is taken out.", CONTENT
    )),
    "RevisionReason": shape("Why.", {"reason": "text"}),
    "RevisionPreview": shape(
        "What changing an order would do: differences, steps in the order of doing, prices.",
        {"fault": "list object", "difference": "list object", "compensation": "list object",
         "price": "list object", "fee": "object", "needsApproval": "list text",
         "pointOfNoReturn": "list object", "copyChoice": "list object"},
        "fault difference compensation price needsApproval pointOfNoReturn copyChoice",
    ),
    "HandledRevision": shape(
        "What became of a revision.",
        {"id": "text", "key": "text", "state": "text", "needsApproval": "text",
         "orderVersion": "integer"},
        "id key state",
    ),
    "OrderVersion": shape(
        "An order as it was asked for, and who changed it to that, when and why.",
        {"version": "integer", "revision": "object", "requestedBy": "object",
         "decidedBy": "object", "reason": "text", "appliedAt": "instant",
         "productOrderItem": "list object"},
        "version",
    ),
    "VersionDifference": shape(
        "One thing that is other between two versions.",
        {"itemId": "text", "attribute": "text", "old": "any", "new": "any"},
        "attribute",
    ),
    "PointPassed": shape(
        "A line that is past a point of no return.",
        {"itemId": "text", "kind": "text", "step": "text", "stepId": "text", "reason": "text"},
        "itemId kind step",
    ),
}  # fmt: skip

Act = Callable[[Work, str, dict[str, Json]], OrderRevision]


class Revise(Asked):
    """`/productOrder/{id}/revision`: an order that runs begun to be changed, or just looked at."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Open a revision; the order stands still until it is decided."""
        sent = self.sent_if_any(req)

        def answer(known: Known) -> None:
            known.actor.must_have(verbs.REVISE)
            known.actor.must(ProductOrder.resource, "update")
            with self.work(req, known) as work:

                def act() -> None:
                    made = verbs.open_revision(work, ident, _content(sent), _reason(sent))
                    resp.status = falcon.HTTP_201
                    answer_json(resp, handled_body(made))

                self.once(req, resp, work, act)

        self.as_known(req, answer)

    def on_post_preview(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer what a change would do; nothing is written and nothing stands still."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            known.actor.must_have(verbs.REVISE)
            grant = known.actor.must(ProductOrder.resource, "read")
            with self.work(req, known) as work:
                found = verbs.preview_of(work, ident, _content(sent))
                answer_json(resp, told.preview_told(found, shows_personal="personal" in grant.sees))

        self.as_known(req, answer)


class Versions(Asked):
    """`/productOrder/{id}/version`: how an order was asked for over time."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """List the versions, the first one first."""
        only_parameters(req)
        self._answer(req, resp, ident, lambda work, order, personal: told.versions_told(
            versions_of(order, revisions_of(work, order.id)), shows_personal=personal))  # fmt: skip

    def on_get_compare(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer what is other between two versions, line by line."""
        only_parameters(req, "from", "to")

        def answer(work: Work, order: ProductOrder, personal: bool) -> Json:
            versions = versions_of(order, revisions_of(work, order.id))
            newer = whole_number(req, "to", versions[-1].number)
            older = whole_number(req, "from", max(newer - 1, 1))
            return told.differences_told(compared(versions, older, newer), shows_personal=personal)

        self._answer(req, resp, ident, answer)

    def on_get_passed(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """List the lines that are past a point of no return."""
        only_parameters(req)
        self._answer(req, resp, ident, lambda work, order, _: told.passed_told(
            passed_of(work, order).items()))  # fmt: skip

    def _answer(
        self, req: falcon.Request, resp: falcon.Response, ident: str,
        found: Callable[[Work, ProductOrder, bool], Json],
    ) -> None:  # fmt: skip
        def answer(known: Known) -> None:
            grant = known.actor.must(ProductOrder.resource, "read")
            with self.work(req, known) as work:
                order = work.get(ProductOrder, ident)
                if order is None:
                    raise NotFound("notFound", f"there is no product order {ident}")
                answer_json(resp, found(work, order, "personal" in grant.sees))

        self.as_known(req, answer)


class CancelLine(Asked):
    """`/productOrder/{id}/line/{line}/cancel`: one line taken out of an order that runs."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str, line: str) -> None:
        """Take it out with all that lies inside it; what was done for it is taken back."""
        sent = self.sent_if_any(req)

        def answer(known: Known) -> None:
            known.actor.must_have(verbs.REVISE)
            known.actor.must(ProductOrder.resource, "update")
            with self.work(req, known) as work:

                def act() -> None:
                    made = verbs.cancel_line(work, ident, line, _reason(sent))
                    answer_json(resp, handled_body(made))

                self.once(req, resp, work, act)

        self.as_known(req, answer)


class RevisionVerb(Asked):
    """`/orderRevision/{id}/{verb}`: a revision handed in, approved or withdrawn."""

    def __init__(self, services: Services, doorman: Doorman, permission: str, act: Act) -> None:
        super().__init__(services, doorman)
        self._permission = permission
        self._act = act

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Do it and answer what became of the revision."""
        sent = self.sent_if_any(req)

        def answer(known: Known) -> None:
            known.actor.must_have(self._permission)
            known.actor.must(OrderRevision.resource, "update")
            with self.work(req, known) as work:
                self.once(
                    req, resp, work,
                    lambda: answer_json(resp, handled_body(self._act(work, ident, sent))),
                )  # fmt: skip

        self.as_known(req, answer)


class RevisionPreview(Asked):
    """`/orderRevision/{id}/preview`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer what an open revision would do."""
        only_parameters(req)

        def answer(known: Known) -> None:
            grant = known.actor.must(OrderRevision.resource, "read")
            with self.work(req, known) as work:
                revision = work.get(OrderRevision, ident)
                if revision is None:
                    raise NotFound("notFound", f"there is no revision {ident}")
                found = verbs.preview(work, revision)
                answer_json(resp, told.preview_told(found, shows_personal="personal" in grant.sees))

        self.as_known(req, answer)


def handled_body(revision: OrderRevision) -> dict[str, Json]:
    """Return what became of a revision as JSON."""
    body: dict[str, Json] = {
        "id": revision.id,
        "key": revision.key,
        "state": revision.state,
        "orderVersion": revision.order_version,
        "needsApproval": revision.needs_approval,
    }
    return {name: value for name, value in body.items() if value is not None}


def _content(sent: dict[str, Json]) -> dict[str, Json]:
    """Return what was sent of an order's picture, or refuse what is no such thing."""
    found = {name: sent[name] for name in SENT if name in sent}
    faults: list[Fault] = []
    normalise(OrderRevision, found, faults)
    whole = {**found, "productOrder": {"id": "0"}}
    faults += validators.of(OrderRevision.resource).faults(whole)
    refuse(faults)
    # What is said to be nothing is taken out, which differs from not being said.
    return {name: None for name in SENT if name in sent and sent[name] is None} | found


def _reason(sent: dict[str, Json]) -> str | None:
    reason = sent.get("reason")
    return reason.strip() or None if isinstance(reason, str) else None


def verbs_told() -> Iterator[Verb]:
    """Yield the operations."""
    order, revision = "/productOrder/{id}", "/orderRevision/{id}"
    of = partial(Verb, api=ORDERING)
    yield of(
        method="post", path=f"{order}/revision", name="reviseProductOrder", scope=verbs.REVISE,
        summary="Begin to change an order that runs; it stands still until that is decided",
        about="HandledRevision", takes="RevisionAsked", answers="HandledRevision", status="201",
        conflicts=True, parameters="Idempotency-Key",
    )  # fmt: skip
    yield of(
        method="post", path=f"{order}/revision/preview", name="previewRevision",
        summary="Tell what changing an order would do", scope=verbs.REVISE,
        about="RevisionPreview", takes="RevisionAsked", answers="RevisionPreview", conflicts=True,
    )  # fmt: skip
    yield of(
        method="get", path=f"{order}/version", name="listOrderVersion", scope="TMF622:read",
        summary="List the versions of an order", about="OrderVersion", answers="OrderVersion",
        is_list=True,
    )  # fmt: skip
    yield of(
        method="get", path=f"{order}/version/compare", name="compareOrderVersions",
        summary="Compare two versions of an order line by line", scope="TMF622:read",
        about="VersionDifference", answers="VersionDifference", is_list=True,
        filters={"from": "The older version; that before `to`.", "to": "The newer; the last."},
    )  # fmt: skip
    yield of(
        method="get", path=f"{order}/pointOfNoReturn", name="listPointPassed",
        summary="List the lines that are past a point of no return", scope="TMF622:read",
        about="PointPassed", answers="PointPassed", is_list=True,
    )  # fmt: skip
    yield of(
        method="post", path=f"{order}/line/{{line}}/cancel", name="cancelOrderLine",
        summary="Take one line out of an order that runs", scope=verbs.REVISE,
        about="HandledRevision", takes="RevisionReason", answers="HandledRevision",
        conflicts=True, parameters="Idempotency-Key",
    )  # fmt: skip
    yield of(
        method="get", path=f"{revision}/preview", name="previewOpenRevision", scope=READ,
        summary="Tell what an open revision would do", about="RevisionPreview",
        answers="RevisionPreview", conflicts=True,
    )  # fmt: skip
    act = partial(
        of, method="post", about="HandledRevision", answers="HandledRevision", conflicts=True,
        parameters="Idempotency-Key",
    )  # fmt: skip
    yield act(
        path=f"{revision}/submit", name="submitRevision", scope=verbs.REVISE,
        summary="Hand a revision in: it is carried out, or waits for an approval",
    )  # fmt: skip
    yield act(
        path=f"{revision}/approve", name="approveRevision", scope=verbs.APPROVE,
        summary="Approve a revision",
    )  # fmt: skip
    yield act(
        path=f"{revision}/withdraw", name="withdrawRevision", scope=verbs.REVISE,
        takes="RevisionReason", summary="Give a revision up; the order goes on as before",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    order, revision = f"{ORDERING.base}/productOrder/{{ident}}", f"{ORDERING.base}/orderRevision"
    revise, versions = Revise(services, doorman), Versions(services, doorman)
    app.add_route(f"{order}/revision", revise)
    app.add_route(f"{order}/revision/preview", revise, suffix="preview")
    app.add_route(f"{order}/version", versions)
    app.add_route(f"{order}/version/compare", versions, suffix="compare")
    app.add_route(f"{order}/pointOfNoReturn", versions, suffix="passed")
    app.add_route(f"{order}/line/{{line}}/cancel", CancelLine(services, doorman))
    app.add_route(f"{revision}/{{ident}}/preview", RevisionPreview(services, doorman))
    acts: dict[str, tuple[str, Act]] = {
        "submit": (verbs.REVISE, lambda work, ident, _sent: verbs.submit(work, ident)),
        "approve": (verbs.APPROVE, lambda work, ident, _sent: verbs.approve(work, ident)),
        "withdraw": (
            verbs.REVISE,
            lambda work, ident, sent: verbs.withdraw(work, ident, _reason(sent)),
        ),
    }
    for name, (permission, act) in acts.items():
        verb = RevisionVerb(services, doorman, permission, act)
        app.add_route(f"{revision}/{{ident}}/{name}", verb)
