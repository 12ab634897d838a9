"""Pools' own verbs: values loaded, listed, reserved, assigned, released, resting and ported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import (
    Asked,
    answer_json,
    answer_list,
    only_parameters,
)
from trunkline.api.ordering import text_of
from trunkline.documents.errors import Fault, Forbidden, Invalid, NotFound, refuse
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.pools import listing, values
from trunkline.inventory.pools.api import OPERATE, POOLS, RESERVE
from trunkline.inventory.pools.pool import ResourcePool
from trunkline.inventory.pools.ranges import loaded
from trunkline.inventory.pools.values import STATES, PoolValue, Wanted
from trunkline.inventory.resource import Resource
from trunkline.kernel.actor import Actor
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

MINUTES_MAX, DAYS_MAX = 60 * 24 * 90, 3650
ONE = "/resourcePool/{id}"
SCHEMAS: Mapping[str, Object] = {
    "PoolValue": shape(
        "A value of a pool and how it stands: free, reserved, assigned, quarantined or ported.",
        {"value": "text", "state": {"type": "string", "enum": list(STATES)}, "origin": "text",
         "companion": "object", "reservation": "text", "customer": "text", "order": "text",
         "resource": "text", "until": "instant", "changedAt": "instant", "changedBy": "text"},
        "value state origin",
    ),
    "PoolRange": shape(
        "Values to be loaded: from first to last, those of a network, or one by one.",
        {"first": "text", "last": "text", "network": "text", "value": "list any"},
    ),
    "PoolLoaded": shape("How many values were loaded.", {"loaded": "integer"}, "loaded"),
    "PoolLevel": shape(
        "How many values of a pool are in each state, and how many there are.",
        dict.fromkeys((*STATES, "total"), "integer"), " ".join((*STATES, "total")),
    ),
    "PoolReserve": shape(
        "What is wanted: so many, certain values, or values like a pattern (* and ?).",
        {"count": "integer", "value": "list text", "pattern": "text", "minutes": "integer",
         "customer": "text"},
    ),
    "PoolMove": shape(
        "The value that an operation is about; who has it reserved names the reservation.",
        {"value": "text", "reservation": "text", "resource": "text", "customer": "text",
         "days": "integer", "minutes": "integer"}, "value",
    ),
}  # fmt: skip
MOVES = ("assign", "release", "quarantine", "portOut", "portIn")


class Values(Asked):
    """`/resourcePool/{id}/value`, `/level` and `/range`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """List values in the order of loading."""
        only_parameters(req, "state", "pattern", "after", "limit")
        state = req.get_param("state") or ""
        if state and state not in STATES:
            raise Invalid.of([Fault("state", "badValue", f"must be one of: {', '.join(STATES)}")])

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                found = listing.values_of_pool(
                    work, pool_of(work, ident), state=state, limit=self.limit(req),
                    pattern=req.get_param("pattern") or "", after=req.get_param("after") or "",
                )  # fmt: skip
            answer_list(resp, [value_body(one) for one in found])

        self.as_known(req, answer)

    def on_get_level(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Count them by state."""

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                pool = pool_of(work, ident)
                levels = listing.levels_of(work, [pool.id])[pool.id]
            answer_json(resp, {**levels, "total": sum(levels.values())})

        self.as_known(req, answer)

    def on_post_range(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Load values, all or none."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            must_have(known.actor, OPERATE)

            def act() -> None:
                pool = pool_of(work, ident)
                found, faults = loaded(pool.pool_type, sent)
                refuse(faults)
                answer_json(resp, {"loaded": values.load_values(work, pool, found)})
                resp.status = falcon.HTTP_201

            with self.work(req, known) as work:
                self.once(req, resp, work, act)

        self.as_known(req, answer)


class Reserve(Asked):
    """`/resourcePool/{id}/reserve`."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Reserve values for a while; none where not all are to be had."""
        sent = self.sent(req)
        wanted = wanted_of(sent)

        def answer(known: Known) -> None:
            must_have(known.actor, RESERVE)

            def act() -> None:
                pool = pool_of(work, ident)
                must_be_there(work, wanted.customer)
                found = values.reserve(work, pool, wanted)
                answer_list(resp, [value_body(one) for one in found])
                resp.status = falcon.HTTP_201

            with self.work(req, known) as work:
                self.once(req, resp, work, act)

        self.as_known(req, answer)


class Moves(Asked):
    """`/resourcePool/{id}/assign`, `/release`, `/quarantine`, `/portIn` and `/portOut`."""

    def __init__(self, services: Services, doorman: Doorman, name: str) -> None:
        super().__init__(services, doorman)
        self._name = name

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Do it with one value."""
        name = self._name
        sent = self.sent(req)
        value = text_of(sent, "value")
        more = wanted_of({key: one for key, one in sent.items() if key != "value"})

        def answer(known: Known) -> None:
            reservation = optional(sent, "reservation")
            owns = name == "release" and reservation is not None
            must_have(known.actor, RESERVE if owns else OPERATE)

            def act() -> None:
                pool = pool_of(work, ident)
                must_be_there(work, more.customer)
                if name == "portIn":
                    found = values.port_in(work, pool, value, more)
                else:
                    found = values.move(
                        work, pool, name, value, reservation=reservation,
                        resource=resource_of(work, sent), customer=more.customer,
                        days=whole(sent, "days", DAYS_MAX),
                    )  # fmt: skip
                answer_json(resp, value_body(found))

            with self.work(req, known) as work:
                self.once(req, resp, work, act)

        self.as_known(req, answer)


def pool_of(work: Work, ident: str) -> ResourcePool:
    """Return a pool that the asker may read, or refuse with 403 or 404."""
    work.actor.must(ResourcePool.resource, "read")
    pool = work.get(ResourcePool, ident)
    if pool is None:
        raise NotFound("notFound", f"there is no resource pool {ident}")
    return pool


def must_have(actor: Actor, permission: str) -> None:
    """Refuse (403) who may not do this with every pool."""
    if actor.must_have(permission).reach != "all":
        raise Forbidden("notAllowed", f"{permission} over everything is needed here")


def must_be_there(work: Work, customer: str | None) -> None:
    """Refuse (400) a customer that the asker does not see."""
    if customer is not None and not work.many(Customer, [_uuid("customer", customer)]):
        message = "names no customer; send the id of one"
        raise Invalid.of([Fault("customer", "badValue", message)])


def resource_of(work: Work, sent: Mapping[str, Json]) -> str | None:
    """Return the id of the resource that is named, or refuse (400) one that is not there."""
    ident = optional(sent, "resource")
    if ident is None:
        return None
    work.actor.must(Resource.resource, "read")
    found = work.get(Resource, ident)
    if found is None:
        raise Invalid.of([Fault("resource", "badValue", "names no resource; send the id of one")])
    return found.id


def wanted_of(sent: Mapping[str, Json]) -> Wanted:
    """Return what is wanted of a pool, or refuse what is wrong with its form."""
    named = sent.get("value", [])
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        raise Invalid.of([Fault("value", "badType", "must be a list of values")])
    count = whole(sent, "count", values.AT_ONCE_MAX)
    if count == 0:
        raise Invalid.of([Fault("count", "badValue", "must be from 1 on")])
    return Wanted(
        count=count or 1,
        values=named,
        pattern=optional(sent, "pattern") or "",
        minutes=whole(sent, "minutes", MINUTES_MAX),
        customer=optional(sent, "customer"),
    )


def optional(sent: Mapping[str, Json], name: str) -> str | None:
    """Return a text that may be absent, or refuse another type."""
    found = sent.get(name)
    if found is None or found == "":
        return None
    if not isinstance(found, str):
        raise Invalid.of([Fault(name, "badType", "must be a text")])
    return _uuid(name, found) if name in {"reservation", "customer"} else found


def _uuid(name: str, text: str) -> str:
    if not UUID.fullmatch(text):
        raise Invalid.of([Fault(name, "badValue", "must be an id")])
    return text


def whole(sent: Mapping[str, Json], name: str, most: int) -> int | None:
    """Return a whole number that may be absent, or refuse what is none up to `most`."""
    found = sent.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= most:
        message = f"must be a whole number from 0 to {most}"
        raise Invalid.of([Fault(name, "badValue", message)])
    return found


def value_body(one: PoolValue) -> dict[str, Json]:
    """Return a value as JSON."""
    body: dict[str, Json] = {
        "value": one.value, "state": one.state, "origin": one.origin,
        "companion": dict(one.companion), "reservation": one.reservation,
        "customer": one.customer, "order": one.root, "resource": one.resource,
        "until": format_instant(one.until) if one.until is not None else None,
        "changedAt": format_instant(one.changed_at), "changedBy": one.changed_by,
    }  # fmt: skip
    return {name: value for name, value in body.items() if value not in (None, {})}


def verbs() -> Iterator[Verb]:
    """Yield the operations."""
    of: Callable[..., Verb] = partial(Verb, api=POOLS)
    yield of(
        method="get", path=f"{ONE}/value", name="listPoolValue", scope="pools:read", is_list=True,
        summary="List values of a pool in the order of loading", about="PoolValue",
        answers="PoolValue", parameters="limit after",
        filters={"state": "Values in one state.", "pattern": "Values like it (* and ?)."},
    )  # fmt: skip
    yield of(
        method="get", path=f"{ONE}/level", name="levelOfPool", scope="pools:read",
        summary="Count the values of a pool by state", about="PoolLevel", answers="PoolLevel",
    )  # fmt: skip
    yield of(
        method="post", path=f"{ONE}/range", name="loadPoolRange", scope=OPERATE, status="201",
        summary="Load values into a pool, all or none", about="PoolLoaded", takes="PoolRange",
        answers="PoolLoaded", parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip
    yield of(
        method="post", path=f"{ONE}/reserve", name="reservePoolValues", scope=RESERVE,
        summary="Reserve values for a while", about="PoolValue", takes="PoolReserve",
        answers="PoolValue", is_list=True, status="201", parameters="Idempotency-Key",
        conflicts=True,
    )  # fmt: skip
    words = {
        "assign": "Assign a value to a resource",
        "release": "Give a reserved value back, or end its rest",
        "quarantine": "Let a value rest before somebody else gets it",
        "portIn": "Take a number in that comes from another network",
        "portOut": "Let a number go to another network",
    }
    for name, summary in words.items():
        yield of(
            method="post", path=f"{ONE}/{name}", name=f"{name}PoolValue", scope=OPERATE,
            summary=summary, about="PoolValue", takes="PoolMove", answers="PoolValue",
            parameters="Idempotency-Key", conflicts=True,
        )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add their addresses."""
    one = f"{POOLS.base}/resourcePool/{{ident}}"
    held = Values(services, doorman)
    app.add_route(f"{one}/value", held)
    app.add_route(f"{one}/level", held, suffix="level")
    app.add_route(f"{one}/range", held, suffix="range")
    app.add_route(f"{one}/reserve", Reserve(services, doorman))
    for name in MOVES:
        app.add_route(f"{one}/{name}", Moves(services, doorman, name))
