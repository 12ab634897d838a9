"""Asking: what a hand-made address does first: who asks, as of which rights, and with what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import falcon

from trunkline.documents.decode import decode, encode
from trunkline.documents.errors import Fault, Forbidden, Invalid, NotAllowed, Unready
from trunkline.documents.shape import Json, parse_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.reading import GenerationMoved
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, transaction
from trunkline.rest import idempotency
from trunkline.rest.http import JSON_TYPE, TRIES_MAX, Doorman, Known, read_body, request_id
from trunkline.rest.verb import IN_PATH, Verb

LIMIT_DEFAULT = 100
KEPT_HEADERS = ("Location", "ETag")
Act = Callable[[Work, str, dict[str, Json]], Json]


_taken: dict[str, Sequence[str]] = {}


def declare_taken(verbs: Iterable[Verb], schemas: Mapping[str, Mapping[str, Json]]) -> None:
    """Remember which attributes each verb takes, as it is described; nothing where it takes none.

    What takes the document of a resource, or of another system, is left to that.
    """
    for one in verbs:
        schema = schemas.get(one.takes) if one.takes else {}
        is_own = one.method == "post" and one.address.startswith("/api/")
        if is_own and schema is not None and not schema.get("additionalProperties"):
            told = schema.get("properties", {})
            _taken[IN_PATH.sub("{}", one.address)] = tuple(told)


class Asked:
    """Answers requests as the one who asks; addresses build on it."""

    def __init__(self, services: Services, doorman: Doorman) -> None:
        self.services = services
        self.doorman = doorman

    def as_known(self, req: falcon.Request, answer: Callable[[Known], None]) -> None:
        """Answer as the one who asks; when rights moved meanwhile, ask who it is again."""
        for _ in range(TRIES_MAX):
            try:
                answer(self.doorman(req))
                return
            except GenerationMoved:
                self.doorman.forget(req)
        raise Unready("configurationMoving", "the configuration is being changed; try again")

    @contextmanager
    def opened(self, known: Known) -> Iterator[Any]:
        """Yield a connection in a transaction, at the generation at which the asker is known."""
        with self.services.database.app.connection() as connection, connection.transaction():
            same_generation(connection, known)
            yield connection

    @contextmanager
    def work(self, req: falcon.Request, known: Known) -> Iterator[Work]:
        """Yield a transaction of the one who asks, as of the rights that were recognised."""
        with transaction(self.services, known.actor, request=request_id(req)) as work:
            if work.generation != known.generation:
                raise GenerationMoved
            yield work

    def once(
        self, req: falcon.Request, resp: falcon.Response, work: Work, act: Callable[[], None]
    ) -> None:
        """Do what is asked once per Idempotency-Key; `act` writes the answer.

        A repeat with the same key and body is given the first answer and nothing is done.
        """
        key = req.get_header("Idempotency-Key")
        if key is None:
            act()
            return
        mark = idempotency.fingerprint(req.method, req.path, self._body(req))
        earlier = idempotency.claim(work, key, mark)
        if earlier is None:
            act()
            headers = {name: resp.get_header(name) for name in KEPT_HEADERS}
            answer = [resp.status, headers, (resp.data or b"").decode()]
            idempotency.keep(work, key, resp.status_code, answer)
            return
        resp.status, headers, text = idempotency.kept(work, earlier)
        resp.data = text.encode()
        resp.content_type = JSON_TYPE
        for name, value in headers.items():
            if value is not None:
                resp.set_header(name, value)

    def opened_once(
        self, req: falcon.Request, resp: falcon.Response, known: Known, act: Callable[[Any], None]
    ) -> None:
        """Do what is asked once per Idempotency-Key with a connection in a transaction."""
        with self.opened(known) as connection:
            now = self.services.now()
            work = Work(self.services, connection, known.actor, now, known.generation, None)
            self.once(req, resp, work, lambda: act(connection))

    def sent(self, req: falcon.Request, *, bytes_max: int | None = None) -> dict[str, Json]:
        """Return the JSON object that was sent, or refuse what a verb does not take (400).

        `bytes_max` is how large it may be where it carries a file.
        """
        found = decode(self._body(req, bytes_max))
        if not isinstance(found, dict):
            raise Invalid("badType", "the body must be an object")
        taken = None
        if req.method == "POST":
            taken = _taken.get(IN_PATH.sub("{}", req.uri_template or ""))
        return found if taken is None else only_attributes(found, *taken)

    def sent_if_any(self, req: falcon.Request) -> dict[str, Json]:
        """Return the same where something was sent."""
        return self.sent(req) if req.content_length else {}

    def sent_any(self, req: falcon.Request) -> Json:
        """Return the JSON value that was sent."""
        return decode(self._body(req))

    def _body(self, req: falcon.Request, bytes_max: int | None = None) -> bytes:
        """Return what was sent, as often as it is asked for."""
        found: bytes | None = req.context.get("body")
        if found is None:
            found = req.context["body"] = read_body(req, bytes_max or self.services.body_bytes_max)
        return found

    def limit(self, req: falcon.Request) -> int:
        """Return how many rows are asked for, within what this installation gives at once."""
        return min(whole_number(req, "limit", LIMIT_DEFAULT), self.services.page_max)


class RecordVerb(Asked):
    """`/{kind}/{id}/{verb}`: one thing done to one record, for those who may read its kind."""

    def __init__(
        self, services: Services, doorman: Doorman, act: Act, *, reads: Resource | None = None
    ) -> None:
        super().__init__(services, doorman)
        self._act = act
        self._reads = reads

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Do it, and answer what came of it."""
        sent = self.sent_if_any(req)

        def answer(known: Known) -> None:
            if self._reads is not None:
                known.actor.must(self._reads, "read")
            with self.work(req, known) as work:
                act = partial(self._act, work, ident, sent)
                self.once(req, resp, work, lambda: answer_json(resp, act()))

        self.as_known(req, answer)


def same_generation(connection: Any, known: Known) -> None:
    """Raise GenerationMoved where rights changed since the asker was recognised."""
    row = connection.execute("select number from generation").fetchone()
    if row[0] != known.generation:
        raise GenerationMoved


def whole_number(req: falcon.Request, name: str, default: int) -> int:
    """Return a parameter that is a whole number, or refuse with 400."""
    text = req.get_param(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Invalid.of([Fault(name, "badNumber", "takes a whole number from 0")])
    return int(text)


def only_attributes(sent: dict[str, Json], *known: str) -> dict[str, Json]:
    """Return what was sent, or refuse (400) an attribute that this address does not take."""
    told = f"there are {', '.join(known)}" if known else "nothing is taken here"
    faults = [Fault(name, "unknownAttribute", told) for name in sent if name not in known]
    if faults:
        raise Invalid.of(faults)
    return sent


def only_parameters(req: falcon.Request, *known: str) -> None:
    """Refuse a parameter that this address does not have."""
    faults = [
        Fault(name, "notFilterable", f"is not a parameter here; there are {', '.join(known)}")
        for name in req.params
        if name not in known
    ]
    if faults:
        raise Invalid.of(faults)


def moment(req: falcon.Request, name: str) -> datetime | None:
    """Return a parameter that is a moment, None where it is left out, or refuse with 400."""
    text = req.get_param(name)
    return _instant(name, text, "badValue") if text else None


def sent_moment(sent: Mapping[str, Json], name: str) -> datetime | None:
    """Return a moment that was sent, None where there is none, or refuse with 400."""
    text = optional_text(sent, name)
    return _instant(name, text, "badType") if text else None


def _instant(name: str, text: str, code: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError:
        message = "must be a date or an instant such as 2026-11-30T12:00:00Z"
        raise Invalid.of([Fault(name, code, message)]) from None


def optional_text(sent: Mapping[str, Json], name: str) -> str:
    """Return a text that may be absent, or refuse another type (400)."""
    found = sent.get(name)
    if found is not None and not isinstance(found, str):
        raise Invalid.of([Fault(name, "badType", "must be a text")])
    return found or ""


def optional_flag(sent: Mapping[str, Json], name: str) -> bool | None:
    """Return a yes or no that may be absent, or refuse another type (400)."""
    found = sent.get(name)
    if found is not None and not isinstance(found, bool):
        raise Invalid.of([Fault(name, "badType", "must be true or false")])
    return found


def must_have_all(actor: Actor, permission: str) -> None:
    """Refuse (403) who does not hold a permission over everything."""
    if actor.must_have(permission).reach != "all":
        raise Forbidden("notAllowed", f"{permission} over everything is needed here")


def address_of(req: falcon.Request, one: Document) -> str:
    """Return the address of a record, as the asker reaches it."""
    return f"{req.prefix}{one.resource.api.base}/{one.resource.path}/{one.id}"


def mention(req: falcon.Request, one: Document) -> dict[str, Json]:
    """Return a record as its id, key, kind and address."""
    return {
        "id": one.id,
        "key": one.key,
        "href": address_of(req, one),
        "@referredType": one.resource.type_name,
    }


def answer_json(resp: falcon.Response, body: Json) -> None:
    """Answer with a JSON value."""
    resp.data = encode(body)
    resp.content_type = JSON_TYPE


def answer_list(resp: falcon.Response, rows: Sequence[Json], *, total: int | None = None) -> None:
    """Answer with a list and its counts."""
    answer_json(resp, list(rows))
    resp.set_header("X-Result-Count", str(len(rows)))
    if total is not None:
        resp.set_header("X-Total-Count", str(total))


def not_offered(*methods: str) -> NotAllowed:
    """Return the refusal of a method that an address does not have."""
    allowed = ", ".join(methods)
    return NotAllowed("methodNotAllowed", f"there is {allowed} here", headers={"Allow": allowed})
