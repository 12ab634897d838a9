"""Operations: is it alive, is it ready, which version, and what it counts."""

from __future__ import annotations

import hmac
from importlib.metadata import version
from typing import Any

import falcon
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from trunkline.api.metrics import (
    PASS_FAILING,
    PASS_TROUBLES,
    WORK_OLDEST,
    WORK_PARKED,
    WORK_WAITING,
)
from trunkline.documents.decode import encode
from trunkline.documents.errors import Unknown
from trunkline.documents.shape import format_instant
from trunkline.kernel.services import Services
from trunkline.leases import troubles
from trunkline.settings import Settings


class Health:
    """`/healthz`: the process answers."""

    needs = "public"

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Say that it does."""
        resp.media = {"status": "ok"}


class Ready:
    """`/readyz`: the process can do its work; asks the database."""

    needs = "public"

    def __init__(self, services: Services) -> None:
        self._services = services

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Say so, or 503 by the general answer for a database that is away.

        What a background pass fails at stands beside it: requests are answered all the same.
        """
        with self._services.database.app.connection() as connection:
            failing = troubles.standing(connection)
        resp.media = {"status": "ready"} | (
            {"failing": [{"pass": one.name, "count": one.count, "since": format_instant(one.since)}
                         for one in failing]}
            if failing else {}
        )  # fmt: skip


class Version:
    """`/version`: which release this is."""

    needs = "public"

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Name the program and its version."""
        resp.data = encode({"name": "trunkline", "version": version("trunkline")})
        resp.content_type = "application/json"


class Metrics:
    """`/metrics` in Prometheus' form; needs the token where one is set and in production."""

    needs = "ownSecret"

    def __init__(self, services: Services, settings: Settings) -> None:
        self._services = services
        self._token = settings.metrics_token
        self._is_production = settings.is_production

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Count what waits and print all figures."""
        given = (req.get_header("Authorization") or "").removeprefix("Bearer ").strip()
        if (self._token or self._is_production) and not hmac.compare_digest(
            given.encode(), (self._token or "\0").encode()
        ):
            raise Unknown("unknownCaller", "metrics need the bearer TRUNKLINE_METRICS_TOKEN")
        with self._services.database.app.connection() as connection:
            rows = connection.execute(
                "select lane, count(*) filter (where parked_at is null and run_at <= now()), "
                "count(*) filter (where parked_at is not null), "
                "extract(epoch from max(now() - run_at) filter (where parked_at is null)) "
                "from work group by lane"
            ).fetchall()
            failing = troubles.standing(connection)
        PASS_TROUBLES.clear()
        PASS_FAILING.clear()
        for one in failing:
            PASS_TROUBLES.labels(one.name).set(one.count)
            lasts = self._services.machine_now() - one.since
            PASS_FAILING.labels(one.name).set(max(0.0, lasts.total_seconds()))
        for lane, waiting, _, _ in rows:
            WORK_WAITING.labels(lane).set(waiting)
        WORK_PARKED.set(sum(row[2] for row in rows))
        WORK_OLDEST.set(max([float(row[3] or 0) for row in rows], default=0))
        resp.data = generate_latest()
        resp.content_type = CONTENT_TYPE_LATEST


def add_routes(app: falcon.App[Any, Any], services: Services, settings: Settings) -> None:
    """Add the addresses that operators and load balancers ask."""
    app.add_route("/healthz", Health())
    app.add_route("/readyz", Ready(services))
    app.add_route("/version", Version())
    app.add_route("/metrics", Metrics(services, settings))
