"""The attributes that the operator adds to kinds of records, and how far their indexes are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, answer_list
from trunkline.documents.errors import Forbidden, NotFound
from trunkline.documents.shape import Json, format_instant
from trunkline.governance import attribute_index, extra_definitions
from trunkline.governance.attribute_index import Definition
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.rest.http import Doorman

ADDRESS = "/api/attributes/v1/attribute"
READ = "attributes:read"
DEFINE = "attributes:define"


class Attributes(Asked):
    """`/attribute`: all that are defined."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List them, each with the progress of its index."""

        def answer(known: Any) -> None:
            _must_hold(known.actor, READ)
            with self.opened(known) as connection:
                found = attribute_index.definitions(connection)
            answer_list(resp, [_shown(one) for one in found], total=len(found))

        self.as_known(req, answer)


class Attribute(Asked):
    """`/attribute/{type}/{name}`: one of them."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, kind_of: str, name: str) -> None:
        """Show it with the progress of its index."""

        def answer(known: Any) -> None:
            _must_hold(known.actor, READ)
            with self.opened(known) as connection:
                answer_json(resp, _one(connection, kind_of, name))

        self.as_known(req, answer)

    def on_put(self, req: falcon.Request, resp: falcon.Response, kind_of: str, name: str) -> None:
        """Define it or change it; an index follows in the background."""
        sent = self.sent(req)
        for name_ in ("recordType", "name"):
            sent.pop(name_, None)

        def answer(known: Any) -> None:
            with self._defining(known) as work:
                extra_definitions.define(work, kind_of, name, sent)
                answer_json(resp, _one(work.connection, kind_of, name))

        self.as_known(req, answer)

    def on_delete(
        self, req: falcon.Request, resp: falcon.Response, kind_of: str, name: str
    ) -> None:
        """Take the definition away; the values stay in the records."""

        def answer(known: Any) -> None:
            with self._defining(known) as work:
                extra_definitions.remove(work, kind_of, name)
            resp.status = falcon.HTTP_204

        self.as_known(req, answer)

    @contextmanager
    def _defining(self, known: Any) -> Iterator[Work]:
        """Yield a transaction of somebody who may define, whatever records are reached."""
        _must_hold(known.actor, DEFINE)
        with self.opened(known) as connection:
            now = self.services.now()
            yield Work(self.services, connection, known.actor, now, known.generation, None)


def _must_hold(actor: Actor, permission: str) -> None:
    if actor.must_have(permission).reach != "all":
        raise Forbidden("notAllowed", f"{permission} over everything is needed here")


def _one(connection: Any, type_: str, name: str) -> Json:
    for one in attribute_index.definitions(connection):
        if (one.type, one.name) == (type_, name):
            return _shown(one)
    raise NotFound("notFound", f"there is no attribute {name} of {type_}")


def _shown(one: Definition) -> Json:
    shown = {"type": one.type, "name": one.name, "kind": one.kind, "indexed": one.indexed}
    if one.settled_at is None:
        state = "filling" if one.indexed else "emptying"
        return shown | {"index": {"state": state, "records": one.records, "unfit": one.unfit}}
    if not one.indexed:
        return shown
    index = {"state": "ready", "since": format_instant(one.settled_at)}
    return shown | {"index": index | {"records": one.records, "unfit": one.unfit}}


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses of the operator's attributes."""
    app.add_route(ADDRESS, Attributes(services, doorman))
    app.add_route(f"{ADDRESS}/{{kind_of}}/{{name}}", Attribute(services, doorman))
