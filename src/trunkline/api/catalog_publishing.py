"""Publishing for programs: an entry of the catalog goes live, now or from a moment on, or back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json
from trunkline.catalog.entry import CatalogEntry
from trunkline.catalog.publishing import publish, take_back
from trunkline.documents.errors import Fault, Invalid, NotFound, refuse
from trunkline.documents.shape import Json, parse_instant
from trunkline.kernel.resource import Api
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape

CATALOG = Api("catalog", "Publishing in the catalog", "1.0.0", "/api/catalog/v1")
SCOPE = "catalog:update"
START = "startDateTime"
SCHEMAS: Mapping[str, Object] = {
    "Publishing": shape(
        "From when an entry is live; at once where nothing is said.", {START: "instant"}
    ),
    "PublishedEntry": shape(
        "An entry that went live with another one, or became a draft again with it.",
        {"id": "text", "key": "text", "name": "text", "@referredType": "text",
         "lifecycleStatus": "text", "validFor": "object"},
        "id key name @referredType lifecycleStatus",
    ),
}  # fmt: skip
Act = Callable[[Work, type[CatalogEntry], str], Sequence[CatalogEntry]]


class Publishing(Asked):
    """`/{kind}/{id}/publish` and `…/takeBack`, where a kind is written as `productOffering`."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str) -> None:
        """Bring it live with the drafts that it needs."""
        at = _start(self.sent(req)) if req.content_length else None
        self._do(req, resp, kind, ident, partial(publish, at=at))

    def on_post_back(
        self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str
    ) -> None:
        """Make a draft of it again, before it begins."""
        self._do(req, resp, kind, ident, take_back)

    def _do(
        self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str, act: Act
    ) -> None:
        entry = self._kind(kind)

        def answer(known: Known) -> None:
            known.actor.must(entry.resource, "update")
            with self.work(req, known) as work:
                self.once(req, resp, work, lambda: do(work))

        def do(work: Work) -> None:
            answer_json(resp, [_body(one) for one in act(work, entry, ident)])

        self.as_known(req, answer)

    def _kind(self, name: str) -> type[CatalogEntry]:
        found = self.services.registry.resources.get(name[:1].upper() + name[1:])
        if found is None or not found.published or not issubclass(found.type, CatalogEntry):
            raise NotFound("notFound", f"the catalog has no {name}")
        return found.type


def _start(sent: Mapping[str, Json]) -> Any:
    refuse([Fault(one, "unknown", "is not asked for here") for one in sent if one != START])
    text = sent.get(START)
    try:
        return parse_instant(text) if text is not None else None
    except (TypeError, ValueError):
        raise Invalid.of([Fault(START, "badType", "must be a moment")]) from None


def _body(entry: CatalogEntry) -> Json:
    told: dict[str, Json] = {
        "id": entry.id, "key": entry.key, "name": entry.name,
        "@referredType": entry.resource.type_name, "lifecycleStatus": entry.lifecycle_status,
    }  # fmt: skip
    valid = entry.raw.get("validFor")
    return told | ({"validFor": valid} if valid else {})


def verbs() -> Iterator[Verb]:
    """Yield the operations."""
    of = partial(
        Verb, api=CATALOG, method="post", about="PublishedEntry", answers="PublishedEntry",
        is_list=True, scope=SCOPE, parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip
    yield of(
        path="/{kind}/{id}/publish", name="publishEntry", takes="Publishing",
        summary="Bring an entry of the catalog live with the drafts that it needs",
    )  # fmt: skip
    yield of(
        path="/{kind}/{id}/takeBack", name="takeEntryBack",
        summary="Make a draft again of an entry that has not begun",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    those = Publishing(services, doorman)
    app.add_route(f"{CATALOG.base}/{{kind}}/{{ident}}/publish", those)
    app.add_route(f"{CATALOG.base}/{{kind}}/{{ident}}/takeBack", those, suffix="back")
