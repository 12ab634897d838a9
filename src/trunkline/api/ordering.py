"""Ordering's own verbs: simulate, the plan of an order, fallout put right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json
from trunkline.api.simulated import simulation_body
from trunkline.documents.decode import normalise
from trunkline.documents.errors import Fault, Forbidden, Invalid, NotFound, refuse
from trunkline.documents.shape import Json, camel_case, format_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.schema import validators
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.ordering import fallout_actions
from trunkline.ordering.decomposition import ITEMS
from trunkline.ordering.fallout import ORDERING, Fallout
from trunkline.ordering.fallout_actions import Handled
from trunkline.ordering.fallout_assignment import assign_fallout, release_fallout
from trunkline.ordering.intake import submit
from trunkline.ordering.jeopardy.levels import Level
from trunkline.ordering.plan_item import PlanItem
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.schedule import Scheduled, schedule
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.shown_plan import plan_shown
from trunkline.ordering.simulation import SimulationResult, simulate
from trunkline.ordering.standalone_line import RootOrder
from trunkline.ordering.standalone_simulation import simulate_alone
from trunkline.rest.http import Doorman, Known

RETRY = "ordering:retry"
SKIP = "ordering:skip"
COMPLETE_TASK = "ordering:completeTask"
SIMULATE = "ordering:simulate"
RETRIES_MAX = 200

SHOWN = (
    "id",
    "node_key",
    "item_id",
    "layer",
    "kind",
    "name",
    "title",
    "action",
    "state",
    "direction",
    "undoes",
    "product",
    "service",
    "resource",
    "service_order",
    "resource_order",
    "role",
    "point_of_no_return",
    "attempt",
    "fallout",
    "duration_minutes",
    "reason",
    "awaits",
    "awaited_by",
    "part_of",
    "origin",
    "system",
    "correlation",
)
SHOWN_TIMES = ("planned_at", "planned_end_at", "started_at", "ended_at", "due_at")
# What may name a person is shown to those who may see personal values.
SHOWN_PERSONAL = ("characteristic", "former", "place", "request", "answer", "attempts",
                  "error_message", "hold")  # fmt: skip


class Simulate(Asked):
    """`/simulate`: what an order would do, without anything being stored.

    What is sent is an order of products, services or resources, as the name of its items says.
    """

    def __init__(
        self, services: Services, doorman: Doorman, kind: type[RootOrder] = ProductOrder
    ) -> None:
        super().__init__(services, doorman)
        self._kind = kind

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer the steps, dates and price effects of the order that was sent."""
        sent = self.sent(req)
        kind = next((one for one, name in ITEMS.items() if name in sent), ProductOrder)

        def answer(known: Known) -> None:
            known.actor.must_have(SIMULATE)
            faults: list[Fault] = []
            normalise(kind, sent, faults)
            faults += validators.of(kind.resource).faults(sent)
            refuse(faults)
            with self.work(req, known) as work:
                answer_json(resp, simulation_body(_simulated(work, kind.wrap(sent))))

        self.as_known(req, answer)

    def on_post_stored(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer the same of a draft as it is stored: what is wrong with it, and what it costs."""

        def answer(known: Known) -> None:
            known.actor.must_have(SIMULATE)
            known.actor.must(self._kind.resource, "read")
            with self.work(req, known) as work:
                stored = work.get(self._kind, ident)
                if stored is None:
                    title = self._kind.resource.title.lower()
                    raise NotFound("notFound", f"there is no {title} {ident}")
                answer_json(resp, simulation_body(_simulated(work, stored)))

        self.as_known(req, answer)


def _simulated(work: Work, order: RootOrder) -> SimulationResult:
    if isinstance(order, ProductOrder):
        return simulate(work, order)
    return simulate_alone(work, order)


class Submit(Asked):
    """`/productOrder/{id}/submit`: a draft handed in."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Check the draft as a whole and begin it, or refuse it with all its faults."""

        def answer(known: Known) -> None:
            known.actor.must(ProductOrder.resource, "update")

            def act() -> None:
                order = submit(work, ident)
                answer_json(resp, {"id": order.id, "key": order.key, "state": order.state})

            with self.work(req, known) as work:
                self.once(req, resp, work, act)

        self.as_known(req, answer)


class PlanOf(Asked):
    """`/{kind of order}/{id}/plan`: the steps of an order as they stand."""

    def __init__(
        self,
        services: Services,
        doorman: Doorman,
        kind: type[ProductOrder] | type[ServiceOrder] | type[ResourceOrder],
    ) -> None:
        super().__init__(services, doorman)
        self._kind = kind

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer the steps with their dependencies and states, in their sequence."""

        def answer(known: Known) -> None:
            grant = known.actor.must(self._kind.resource, "read")
            with self.work(req, known) as work:
                order = work.get(self._kind, ident)
                if order is None:
                    title = self._kind.resource.title.lower()
                    raise NotFound("notFound", f"there is no {title} {ident}")
                shown = plan_shown(work, order.id)
                items, now = shown.steps, work.now
                scheduled = schedule(items, now, shown.terms)
            shows_personal = "personal" in grant.sees
            answer_json(
                resp,
                {
                    "order": {"id": order.id, "key": order.key, "state": order.state},
                    "item": [
                        step_body(one, shows_personal=shows_personal)
                        | schedule_body(scheduled[one.id], shown.level(one, now))
                        for one in items
                    ],
                    "dependency": [
                        {"item": one.id, "needs": need} for one in items for need in one.needs
                    ],
                },
            )

        self.as_known(req, answer)


class FalloutVerb(Asked):
    """`/fallout/{id}/{verb}`: one fallout put right."""

    def __init__(
        self,
        services: Services,
        doorman: Doorman,
        permission: str,
        act: Callable[[Work, str, dict[str, Json]], Handled],
    ) -> None:
        super().__init__(services, doorman)
        self._permission = permission
        self._act = act

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Act on it and answer what became of it and of its step."""
        sent = self.sent_if_any(req)

        def answer(known: Known) -> None:
            _must_operate(known.actor, self._permission)

            def act() -> None:
                answer_json(resp, handled_body(self._act(work, ident, sent)))

            with self.work(req, known) as work:
                self.once(req, resp, work, act)

        self.as_known(req, answer)


class RetryMany(Asked):
    """`/fallout/retry`: many fallouts tried again, after an outage for instance."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Try them all again, or none where one of them is closed."""
        named = self.sent(req).get("fallout")
        if not isinstance(named, list) or not named or not all(isinstance(n, str) for n in named):
            raise Invalid.of([Fault("fallout", "required", "name one or more fallouts by id")])
        if len(named) > RETRIES_MAX:
            raise Invalid.of([Fault("fallout", "tooMany", f"takes {RETRIES_MAX} at once")])

        def answer(known: Known) -> None:
            _must_operate(known.actor, RETRY)

            def act() -> None:
                handled = fallout_actions.retry(work, named)
                answer_json(resp, [handled_body(one) for one in handled])

            with self.work(req, known) as work:
                self.once(req, resp, work, act)

        self.as_known(req, answer)


class FalloutHolder(Asked):
    """`/fallout/{id}/assign` and `/release`: who works on a fallout."""

    def on_post_assign(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Give it to the login that is named; `me` is the asker's own."""
        login = text_of(self.sent(req), "login")
        self._act(req, resp, lambda work: assign_fallout(work, [ident], login)[0])

    def on_post_release(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Give it back."""
        self._act(req, resp, lambda work: release_fallout(work, [ident])[0])

    def _act(
        self, req: falcon.Request, resp: falcon.Response, act: Callable[[Work], Fallout]
    ) -> None:
        def answer(known: Known) -> None:
            known.actor.must(Fallout.resource, "update")
            with self.work(req, known) as work:
                self.once(req, resp, work, lambda: answer_json(resp, holder_body(act(work))))

        self.as_known(req, answer)


def _must_operate(actor: Actor, permission: str) -> None:
    if actor.must_have(permission).reach != "all":
        raise Forbidden("notAllowed", f"{permission} over everything is needed here")


def step_body(item: PlanItem, *, shows_personal: bool) -> dict[str, Json]:
    """Return a step as JSON."""
    body = {camel_case(name): getattr(item, name) for name in SHOWN}
    for name in SHOWN_TIMES:
        moment = getattr(item, name)
        body[camel_case(name)] = format_instant(moment) if moment is not None else None
    if item.error_kind is not None:
        body["error"] = {"kind": item.error_kind, "code": item.error_code}
    if item.claim is not None:
        body["claimedBy"] = {"id": item.claim["id"], "name": item.claim["name"]}
        body["claimedAt"] = item.claim["at"]
    for name in SHOWN_PERSONAL if shows_personal else ():
        body[camel_case(name)] = getattr(item, name)
    return {name: value for name, value in body.items() if value is not None}


def schedule_body(scheduled: Scheduled, level: Level) -> dict[str, Json]:
    """Return when a step begins and is to end, whether it is late, in danger or decides the end."""
    moments = {
        "plannedStart": scheduled.start_at,
        "plannedEnd": scheduled.planned_end,
        "estimatedStart": scheduled.start_at,
        "estimatedEnd": scheduled.end_at,
    }
    body: dict[str, Json] = {
        name: format_instant(one) for name, one in moments.items() if one is not None
    }
    flags = {"isLate": scheduled.is_late, "isCritical": scheduled.is_critical}
    return body | flags | {"jeopardyLevel": level}


def handled_body(handled: Handled) -> dict[str, Json]:
    """Return what became of a fallout as JSON."""
    return {
        "id": handled.id,
        "key": handled.key,
        "state": handled.state,
        "stepState": handled.step,
    }


def holder_body(fallout: Fallout) -> dict[str, Json]:
    """Return who has a fallout as JSON."""
    held = fallout.raw.get("assignee")
    return {"id": fallout.id, "key": fallout.key, **({"assignee": held} if held else {})}


def characteristics_of(sent: dict[str, Json], *, is_required: bool) -> dict[str, Json]:
    """Return the named values of a `characteristic` list, or refuse with 400."""
    listed = sent.get("characteristic", [])
    found: dict[str, Json] = {}
    faults: list[Fault] = []
    if not isinstance(listed, list) or (is_required and not listed):
        refuse([Fault("characteristic", "required", "send a list of name and value")])
    for index, one in enumerate(listed):
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str) or "value" not in one:
            faults.append(Fault(f"characteristic[{index}]", "required", "send name and value"))
        else:
            found[name] = one["value"]
    refuse(faults)
    return found


def text_of(sent: dict[str, Json], name: str) -> str:
    """Return a text that must be there, or refuse with 400."""
    found = sent.get(name)
    if not isinstance(found, str) or not found.strip():
        raise Invalid.of([Fault(name, "required", "say it in a text")])
    return found.strip()


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses of ordering's own verbs."""
    base = ORDERING.base
    app.add_route(f"{base}/simulate", Simulate(services, doorman))
    app.add_route(f"{base}/productOrder/{{ident}}/submit", Submit(services, doorman))
    for path, kind in (
        ("productOrder", ProductOrder),
        ("serviceOrder", ServiceOrder),
        ("resourceOrder", ResourceOrder),
    ):
        app.add_route(f"{base}/{path}/{{ident}}/plan", PlanOf(services, doorman, kind))
        simulation = Simulate(services, doorman, kind)
        app.add_route(f"{base}/{path}/{{ident}}/simulate", simulation, suffix="stored")
    app.add_route(f"{base}/fallout/retry", RetryMany(services, doorman))
    holder = FalloutHolder(services, doorman)
    for name in ("assign", "release"):
        app.add_route(f"{base}/fallout/{{ident}}/{name}", holder, suffix=name)
    verbs: dict[str, tuple[str, Callable[[Work, str, dict[str, Json]], Handled]]] = {
        "retry": (RETRY, lambda work, ident, sent: fallout_actions.retry(work, [ident])[0]),
        "fixAndRetry": (
            RETRY,
            lambda work, ident, sent: fallout_actions.fix_and_retry(
                work, ident, characteristics_of(sent, is_required=True)
            ),
        ),
        "completeByHand": (
            COMPLETE_TASK,
            lambda work, ident, sent: fallout_actions.complete_by_hand(
                work, ident, text_of(sent, "evidence"), characteristics_of(sent, is_required=False)
            ),
        ),
        "skip": (
            SKIP,
            lambda work, ident, sent: fallout_actions.skip(work, ident, text_of(sent, "reason")),
        ),
    }
    for name, (permission, act) in verbs.items():
        verb = FalloutVerb(services, doorman, permission, act)
        app.add_route(f"{base}/fallout/{{ident}}/{name}", verb)
