"""HTTP: the published operations of every declared resource, by TMF630."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import falcon
import psycopg

from trunkline.documents.decode import decode, encode
from trunkline.documents.errors import (
    Forbidden,
    Invalid,
    NotAllowed,
    Refusal,
    TooLarge,
    Unready,
    Unsupported,
)
from trunkline.kernel.actor import Actor, Grant, Verb
from trunkline.kernel.filters import ListQuery, Schema
from trunkline.kernel.reading import (
    WIDE_FILTER_S,
    Found,
    GenerationMoved,
    Page,
    Reader,
    bodies_of,
    body_of,
    found_of,
    generation_of,
    is_wide,
    list_page,
    reading,
    retrieve,
)
from trunkline.kernel.resource import Operation, Resource, View
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, transaction
from trunkline.rest import idempotency
from trunkline.rest.archived import must_see_archived, out_of_archive
from trunkline.rest.conditional import check_match, is_known, mark_of
from trunkline.rest.expanding import asked_for, expanded
from trunkline.rest.handed_in import handed_in
from trunkline.rest.narrowing import narrowed
from trunkline.rest.paging import page_headers
from trunkline.rest.patching import (
    PATCH_TYPES,
)
from trunkline.rest.query import bad_pattern, parse
from trunkline.rest.reads import note_read
from trunkline.rest.removal import remove
from trunkline.rest.serving import AS_KEPT, serving_of
from trunkline.rest.viewing import told_in
from trunkline.rest.writing import change, create

JSON_TYPE = "application/json"
TRIES_MAX = 3
COLLECTION: dict[Operation, str] = {"list": "GET", "create": "POST"}
ITEM: dict[Operation, str] = {"retrieve": "GET", "patch": "PATCH", "delete": "DELETE"}


@dataclass(frozen=True)
class Known:
    """Who asks, and at which configuration generation that was established."""

    actor: Actor
    generation: int


class Doorman(Protocol):
    """Recognises who sent a request; refuses 401."""

    def __call__(self, request: falcon.Request) -> Known:
        """Return who it is."""

    def forget(self, request: falcon.Request) -> None:
        """Drop what is cached about the sender."""


class Endpoint:
    """The two addresses of a resource in one version: its collection and its items."""

    def __init__(
        self, services: Services, doorman: Doorman, resource: Resource, view: View | None = None
    ) -> None:
        self.services = services
        self.doorman = doorman
        self.resource = resource
        self.view = view
        self.base = view.base if view else resource.api.base
        self._serving = serving_of(resource, view)

    # --- the five operations -----------------------------------------------------------------

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List records."""
        self._must_have("list", "GET")

        def answer(known: Known) -> None:
            grant = known.actor.must(self.resource, "read")
            reader = Reader(self.resource, grant, req.prefix, self.view)
            exact = "count=exact" in (req.get_header("Prefer") or "")
            with reading(self.services, known.actor) as connection:
                now = self.services.now()
                work = Work(self.services, connection, known.actor, now, known.generation, None)
                query = self._query(work, req.query_string)
                wanted = asked_for(self.resource, req.get_param("expand"))
                with told_in(self.view, self.resource):
                    page = self._page(work, known, grant, query, exact=exact)
                bodies = bodies_of(reader, self._shown(work, grant, page.rows), query.fields)
                if wanted:
                    bodies = expanded(work, wanted, bodies, page.rows, req.prefix)
            resp.data = b"[" + b",".join(bodies) + b"]"
            resp.content_type = JSON_TYPE
            page_headers(reader, query, page, resp)
            note_read(self.services, known.actor, grant, self.resource, None)

        self._as_known(req, answer)

    def on_get_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Retrieve one record."""
        self._must_have("retrieve", "GET")

        def answer(known: Known) -> None:
            grant = known.actor.must(self.resource, "read")
            wanted = asked_for(self.resource, req.get_param("expand"))
            reader = Reader(self.resource, grant, req.prefix, self.view)
            with reading(self.services, known.actor) as connection:
                found = retrieve(
                    self.services, connection, known.actor, grant, self.resource, ident,
                    known.generation,
                )  # fmt: skip
                must_see_archived(known.actor, self.resource, found.body)
                if self._serving is not AS_KEPT or wanted:
                    now = self.services.now()
                    work = Work(self.services, connection, known.actor, now, known.generation, None)
                    (found,) = self._shown(work, grant, [found])
                mark = mark_of(reader, found)
                resp.set_header("ETag", mark)
                if not wanted and is_known(req, mark):
                    resp.status = falcon.HTTP_304
                    return
                body = body_of(reader, found, chosen_fields(req))
                if wanted:
                    (body,) = expanded(work, wanted, [body], [found], req.prefix)
            resp.data = body
            resp.content_type = JSON_TYPE
            note_read(self.services, known.actor, grant, self.resource, found.id)

        self._as_known(req, answer)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Create a record."""
        self._must_have("create", "POST")
        if _media_type(req) != JSON_TYPE:
            raise Unsupported("badContentType", f"POST takes {JSON_TYPE}")
        body = read_body(req, self.services.body_bytes_max)
        key = req.get_header("Idempotency-Key")

        def answer(known: Known) -> None:
            known.actor.must(self.resource, "create")
            with transaction(self.services, known.actor, request=request_id(req)) as work:
                self._same_generation(work, known)
                repeated = None
                if key is not None:
                    mark = idempotency.fingerprint(req.method, self.base + self.resource.path, body)
                    repeated = idempotency.claim(work, key, mark)
                if repeated is None:
                    sent = decode(body)
                    if isinstance(sent, dict):
                        self._serving.taken(work, self.resource, sent)
                    with told_in(self.view, self.resource):
                        document = create(work, self.resource, sent, self.view)
                    if key is not None:
                        idempotency.settle(work, key, document)
                    named = work.names_for(self.resource, document.raw, document.id)
                    found = found_of(document, named)
                else:
                    found = idempotency.replay(work, repeated, self.resource)
                found = self._written(work, known, found, "create")
            self._answer_created(req, resp, known, found)

        self._as_known(req, answer)

    def on_patch_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Change a record by merge patch or JSON patch."""
        self._must_have("patch", "PATCH")
        kind = _media_type(req)
        if kind not in PATCH_TYPES:
            raise Unsupported("badContentType", f"PATCH takes one of: {', '.join(PATCH_TYPES)}")
        body = read_body(req, self.services.body_bytes_max)

        def answer(known: Known) -> None:
            known.actor.must(self.resource, "update")
            patch = decode(body)
            with transaction(self.services, known.actor, request=request_id(req)) as work:
                self._same_generation(work, known)
                document = work.lock(self.resource.type, ident)
                check_match(req, document)
                with told_in(self.view, self.resource):
                    kept = self._serving.patched(work, document, patch, kind)
                    change(work, document, *kept, self.view)
                named = work.names_for(self.resource, document.raw, document.id)
                found = found_of(document, named)
                found = self._written(work, known, found, "update")
            self._answer_one(req, resp, known, found)

        self._as_known(req, answer)

    def on_delete_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Remove a record, or do to it what its kind says instead."""
        self._must_have("delete", "DELETE")

        def answer(known: Known) -> None:
            known.actor.must(self.resource, "delete")
            with transaction(self.services, known.actor, request=request_id(req)) as work:
                self._same_generation(work, known)
                document = work.lock(self.resource.type, ident, verb="delete")
                check_match(req, document)
                remove(work, document)
            resp.status = falcon.HTTP_204

        self._as_known(req, answer)

    def on_options(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """Name the methods of the collection."""
        resp.set_header("Allow", self._methods(COLLECTION))
        resp.status = falcon.HTTP_204

    def on_options_item(self, _req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Name the methods of a record."""
        del ident
        resp.set_header("Allow", self._methods(ITEM))
        if "patch" in self.resource.operations:
            resp.set_header("Accept-Patch", ", ".join(PATCH_TYPES))
        resp.status = falcon.HTTP_204

    # --- inside --------------------------------------------------------------------------------

    def _must_have(self, operation: Operation, method: str) -> None:
        if operation not in self.resource.operations:
            offered = COLLECTION if operation in COLLECTION else ITEM
            names = self._methods(offered)
            raise NotAllowed(
                "methodNotAllowed",
                f"{self.resource.api.number} has no {method} here; it has {names or 'nothing'}",
                headers={"Allow": names},
            )

    def _methods(self, offered: Mapping[Operation, str]) -> str:
        names = [offered[one] for one in self.resource.operations if one in offered]
        return ", ".join(sorted(names))

    def _as_known(self, req: falcon.Request, answer: Callable[[Known], None]) -> None:
        """Answer as the one who asks; when rights moved meanwhile, ask who it is again."""
        for _ in range(TRIES_MAX):
            known = self.doorman(req)
            try:
                answer(known)
                return
            except GenerationMoved:
                pass
            except Forbidden:
                with self.services.database.app.connection() as connection:
                    if generation_of(connection) == known.generation:
                        raise
            self.doorman.forget(req)
        raise Unready("configurationMoving", "the configuration is being changed; try again")

    def _same_generation(self, work: Work, known: Known) -> None:
        if work.generation != known.generation:
            raise GenerationMoved

    def _query(self, work: Work, text: str) -> ListQuery:
        own = work.defined(self.resource)
        schema = Schema(
            self.resource,
            {name: one.kind for name, one in own.items()},
            page_max=self.services.page_max,
            view=self.view,
        )
        return parse(self._serving.asked(work, self.resource, text), schema)

    def _shown(self, work: Work, grant: Grant, rows: Sequence[Found]) -> Sequence[Found]:
        return self._serving.shown(work, self.resource, grant.sees, rows)

    def _written(self, work: Work, known: Known, found: Found, verb: Verb) -> Found:
        """Return a record that was just written as its writer is answered it."""
        must_see_archived(known.actor, self.resource, found.body)
        (shown,) = self._shown(work, self._answered(known, verb), [found])
        return shown

    def _answered(self, known: Known, verb: Verb) -> Grant:
        """Return the grant by which a writer is shown what was written."""
        return known.actor.grant(self.resource, "read") or known.actor.must(self.resource, verb)

    def _page(self, work: Work, known: Known, grant: Any, query: ListQuery, *, exact: bool) -> Page:
        try:
            wide = is_wide(work, self.resource, query)
            query = handed_in(self.resource, out_of_archive(known.actor, self.resource, query))
            query = narrowed(work, self.resource, query)
            if not wide:
                return list_page(work, known.actor, grant, self.resource, query, exact=exact)
            with work.connection.transaction():
                work.connection.execute(f"set local statement_timeout = '{WIDE_FILTER_S}s'")
                return list_page(work, known.actor, grant, self.resource, query, exact=exact)
        except psycopg.errors.QueryCanceled as error:
            paths = work.columns(self.resource).indexed_paths()
            if self.view is not None:
                paths = [self.view.shown(self.resource.name, one) for one in paths]
            indexed = ", ".join(paths)
            raise Invalid(
                "filterTooWide",
                "the filter or sort would read too many records; narrow it by one of: "
                f"{indexed}, or the id of a reference",
            ) from error
        except psycopg.errors.InvalidRegularExpression as error:
            raise bad_pattern(query, str(error.diag.message_primary)) from error
        except psycopg.DataError as error:
            raise Invalid(
                "badCursor", "after= takes the cursor of a Link header for the same sort only"
            ) from error

    def _answer_created(
        self, req: falcon.Request, resp: falcon.Response, known: Known, found: Found
    ) -> None:
        resp.status = falcon.HTTP_201
        self._answer_one(req, resp, known, found)
        resp.set_header("Location", f"{req.prefix}{self.base}/{self.resource.path}/{found.id}")

    def _answer_one(
        self, req: falcon.Request, resp: falcon.Response, known: Known, found: Found
    ) -> None:
        """Answer a write with the record, as its reader may see it."""
        grant = self._answered(known, "update" if req.method == "PATCH" else "create")
        reader = Reader(self.resource, grant, req.prefix, self.view)
        resp.data = body_of(reader, found, chosen_fields(req))
        resp.content_type = JSON_TYPE
        resp.set_header("ETag", mark_of(reader, found))


def read_body(req: falcon.Request, limit: int) -> bytes:
    """Return what was sent, also in chunks where the server ends them; refuses (413) too much."""
    stream = req.stream if req.env.get("wsgi.input_terminated") else req.bounded_stream
    body: bytes = b"" if (req.content_length or 0) > limit else stream.read(limit + 1)
    if max(len(body), req.content_length or 0) > limit:
        raise TooLarge("bodyTooLarge", f"a body may have {limit} bytes")
    return body


def chosen_fields(req: falcon.Request) -> list[str] | None:
    """Return the attributes that an answer shall hold, or None for all."""
    fields = req.get_param("fields")
    return [one.strip() for one in fields.split(",")] if fields else None


def _media_type(req: falcon.Request) -> str:
    return (req.content_type or JSON_TYPE).partition(";")[0].strip().lower()


def request_id(req: falcon.Request) -> str | None:
    """Return the id under which this request is logged and audited."""
    found: str | None = req.context.get("request_id")
    return found


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses of every published resource, in each of its versions."""
    for resource in services.registry:
        if not resource.published:
            continue
        for view in (None, *resource.api.views):
            endpoint = Endpoint(services, doorman, resource, view)
            address = f"{endpoint.base}/{resource.path}"
            app.add_route(address, endpoint)
            app.add_route(address + "/{ident}", endpoint, suffix="item")


def answer_refusal(
    req: falcon.Request, resp: falcon.Response, error: Refusal, _params: Any
) -> None:
    """Answer a refusal with the published error body."""
    resp.status = falcon.code_to_http_status(error.status)
    resp.data = encode(error.body(request_id(req)))
    resp.content_type = JSON_TYPE
    for name, value in error.headers.items():
        resp.set_header(name, value)
