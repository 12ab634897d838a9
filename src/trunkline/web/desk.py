"""The desk: what all pages share: who visits, how an answer is made, how a form is taken in."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

import falcon
import psycopg
import structlog

from trunkline.database.problems import DatabaseBusy, DatabaseUnavailable
from trunkline.documents.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Unknown,
    Unready,
)
from trunkline.documents.shape import Json
from trunkline.identity.acting import act_for
from trunkline.identity.authenticate import Authenticator, Known
from trunkline.kernel.actor import Actor
from trunkline.kernel.reading import GenerationMoved, generation_of
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, transaction
from trunkline.pages.language import speak, told, wanted_language
from trunkline.pages.rendering import Renderer
from trunkline.party.acting import Served, acting_for
from trunkline.rest.http import request_id
from trunkline.rest.reads import asker
from trunkline.settings import Settings
from trunkline.web.addresses import Addresses
from trunkline.web.cookies import Cookies
from trunkline.web.forms import Form, must_be_ours, must_have_token, read_form
from trunkline.web.portal.areas import HOME, is_at_portal, is_open
from trunkline.web.shell.frame import Frame
from trunkline.workspace.drafts import discard_draft
from trunkline.workspace.preferences import DEFAULTS, KnownPreferences, Preferences

log = structlog.get_logger("trunkline.pages")
CONTENT_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; "
    "img-src 'self' data:{images}; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
NONCE_BYTES = 18
TRIES_MAX = 3
_chosen_zone: ContextVar[ZoneInfo | None] = ContextVar("chosen_zone", default=None)


@dataclass(frozen=True)
class Visit:
    """One request of a signed-in person.

    `viewer` is an administrator who looks at the pages as the actor would see them, and only looks.
    Who acts for `served` is the actor with rights there, and `person` with the own ones.
    """

    req: falcon.Request
    actor: Actor
    generation: int
    csrf: str
    preferences: Preferences = DEFAULTS
    viewer: Actor | None = None
    person: Actor | None = None
    served: Served | None = None


@dataclass(frozen=True)
class Shown:
    """An answer that is a page; it may show images of one other host, such as a map's."""

    template: str
    values: dict[str, Json] = field(default_factory=dict)
    status: int = 200
    images: str = ""


@dataclass(frozen=True)
class Moved:
    """An answer that leads to another page."""

    address: str


@dataclass(frozen=True)
class Fragment:
    """An answer that is a part of a page; None where the browser has it already."""

    html: str | None


Answer = Shown | Moved | Fragment


class Desk:
    """Makes the answers of all pages, and keeps what they need."""

    def __init__(
        self,
        services: Services,
        authenticator: Authenticator,
        settings: Settings,
        renderer: Renderer,
    ) -> None:
        self.services = services
        self.authenticator = authenticator
        self.renderer = renderer
        self.addresses = Addresses(services.registry)
        self.business_zone = ZoneInfo(settings.time_zone)
        self._language = settings.language
        public = urlsplit(settings.public_url)
        self.public_host = public.netloc
        self.cookies = Cookies(public.scheme == "https")
        self.preferences = KnownPreferences(services)
        self.frame = Frame(services, self.addresses)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that whoever visits just now wants to read times in."""
        return _chosen_zone.get() or self.business_zone

    # --- who visits ----------------------------------------------------------------------------

    def visit(self, req: falcon.Request, *, is_use: bool = True) -> Visit:
        """Return who visits, or refuse with 401; `is_use` keeps the session alive."""
        _chosen_zone.set(None)
        self._speak(req)
        token = self.cookies.session(req)
        if token is None:
            raise Unknown("signInFirst", "sign in first")
        known = self.authenticator.by_session(token, is_use=is_use)
        if known.viewer is not None:
            asker.set(replace(asker.get(), viewer=known.viewer))
        actor, person, served = known.actor, None, None
        if known.acting_for is not None:
            person, (actor, served) = actor, self._acting(known, token)
        chosen = self.preferences.of(known.actor.id, known.generation)
        _chosen_zone.set(chosen.zone)
        if chosen.language:
            speak(chosen.language)
        return Visit(
            req, actor, known.generation, known.csrf or "", chosen, known.viewer, person, served
        )

    def _acting(self, known: Known, token: str) -> tuple[Actor, Served]:
        """Return the visitor as one who acts for another; who may not any more is told so, once."""
        try:
            actor, standing = acting_for(self.services, known.actor, known.acting_for or "")
        except Forbidden:
            act_for(self.services, by=known.actor, token=token, served=None)
            self.authenticator.forget(token)
            raise Forbidden(
                "notResponsible",
                "you are not responsible there any more; you act for yourself again",
            ) from None
        return actor, standing.served

    def _speak(self, req: falcon.Request) -> None:
        """Answer in the language that the browser wants, or else in the installation's."""
        speak(wanted_language(req.get_header("Accept-Language")) or self._language)

    @contextmanager
    def work(self, visit: Visit) -> Iterator[Work]:
        """Open a transaction of the visitor, at the rights that it was recognised with."""
        with transaction(self.services, visit.actor, request=request_id(visit.req)) as work:
            if work.generation != visit.generation:
                raise GenerationMoved
            if visit.viewer is not None:
                work.connection.execute("set transaction read only")
            yield work

    # --- answers -------------------------------------------------------------------------------

    def answer(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        view: Callable[[Visit], Answer],
        *,
        is_use: bool = True,
    ) -> None:
        """Answer a GET: the view, the way to the sign-in, or a page that says what is wrong.

        `is_use` is False for what a page asks for on its own: a person who has gone away is
        signed out although a page of theirs is still open.
        """
        try:
            self._send(req, resp, *self._viewed(req, view, is_use=is_use))
        except Unknown:
            self._send_to_sign_in(req, resp)
        except Exception as error:  # the edge: whatever is wrong becomes a page
            self.send_error(req, resp, error)

    def _send_to_sign_in(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Lead to the sign-in and back to where one was; a part takes the whole page there."""
        page = page_of(req, self.public_host)
        to = "/sign-in" if page == "/" else f"/sign-in?next={quote(page, safe='/')}"
        if req.get_header("HX-Request") == "true":
            resp.status = falcon.HTTP_204
            resp.set_header("HX-Redirect", to)
        else:
            self._send(req, resp, Moved(to))

    def act(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        action: Callable[[Visit, Form], Answer],
        *,
        read: Callable[[falcon.Request], Form] = read_form,
        is_looking: bool = False,
    ) -> None:
        """Answer a POST: checked to come from a page of ours before anything is done.

        `read` takes in a form of another kind, such as one with files. Who only looks at pages
        as another user may do nothing but what `is_looking` says.
        """
        try:
            must_be_ours(req, self.public_host)
            form = read(req)
            must_have_token(form, self.visit(req).csrf)

            def checked(visit: Visit) -> Answer:
                if visit.viewer is not None and not is_looking:
                    raise Forbidden(
                        "onlyLooking",
                        "you only look at this as another user; end that to do something yourself",
                    )
                return action(visit, form)

            answer, visit = self._viewed(req, checked)
            self._send(req, resp, answer, visit)
            if form.text("draft") and _is_done(answer, resp):
                place = f"page:{form.text('draft')}"
                discard_draft(self.services, principal=visit.actor.id, place=place)
        except Unknown:
            self._send_to_sign_in(req, resp)
        except Exception as error:  # the edge: whatever is wrong becomes a page
            self.send_error(req, resp, error)

    def _viewed(
        self, req: falcon.Request, view: Callable[[Visit], Answer], *, is_use: bool = True
    ) -> tuple[Answer, Visit]:
        for _ in range(TRIES_MAX):
            visit = self.visit(req, is_use=is_use)
            try:
                return _kept_at_portal(visit) or view(visit), visit
            except GenerationMoved:
                self.authenticator.forget(self.cookies.session(req) or "")
            except Forbidden:
                if not self._has_moved(visit):
                    raise
                self.authenticator.forget(self.cookies.session(req) or "")
        raise Unready("configurationMoving", "the configuration is being changed; try again")

    def _has_moved(self, visit: Visit) -> bool:
        """Tell whether rights changed since the visitor was recognised: what was refused may be
        allowed by now, such as to who has just ended looking at the pages of somebody else."""
        with self.services.database.app.connection() as connection:
            return generation_of(connection) != visit.generation

    def must_be_current(self, visit: Visit) -> None:
        """Have a page that opens no transaction shown as of the present rights and profiles."""
        if self._has_moved(visit):
            raise GenerationMoved

    def send_error(self, req: falcon.Request, resp: falcon.Response, error: Exception) -> None:
        """Answer with a page that says what is wrong and what to do next."""
        refusal = _refusal_of(error)
        if refusal is None:
            log.error("bug", request=request_id(req), path=req.path, exc_info=error)
        visit = None
        try:
            visit = self.visit(req, is_use=False)
        except Exception:  # noqa: S110 - the page is shown without a menu then
            pass
        status = refusal.status if refusal else 500
        values = {
            "status": status,
            "message": _sentence(told(refusal.message)) if refusal else "",
            "faults": [vars(one) for one in refusal.faults] if refusal else [],
            "request_id": request_id(req),
        }
        self._send(req, resp, Shown("error.html", values, status), visit)

    def move(self, req: falcon.Request, resp: falcon.Response, moved: Moved) -> None:
        """Lead somebody who has not signed in to another page."""
        self._send(req, resp, moved)

    def show(self, req: falcon.Request, resp: falcon.Response, shown: Shown) -> None:
        """Answer with a page for somebody who has not signed in."""
        self._speak(req)
        self._send(req, resp, shown)

    def _send(
        self, req: falcon.Request, resp: falcon.Response, answer: Answer, visit: Visit | None = None
    ) -> None:
        if isinstance(answer, Moved):
            resp.status = falcon.HTTP_303
            resp.location = answer.address
            return
        nonce = self._send_policy(resp, answer)
        if isinstance(answer, Fragment):
            if answer.html is None:
                resp.status = falcon.HTTP_204
                return
            html = answer.html
        else:
            resp.status = falcon.code_to_http_status(answer.status)
            own = {"reading_zone": self.zone.key, "nonce": nonce}
            html = self.renderer.html(
                answer.template, self.frame.values(req, visit) | answer.values | own
            )
        resp.content_type = "text/html; charset=utf-8"
        resp.data = html.encode("utf-8", "replace")

    def _send_policy(self, resp: falcon.Response, answer: Shown | Fragment) -> str:
        """Say what the page may load, and return what its scripts are known by, once only.

        Scripts of the page alone run: neither those of others nor any that stands in it.
        """
        nonce = urlsafe_b64encode(self.services.chance.random_bytes(NONCE_BYTES)).decode()
        images = f" {answer.images}" if isinstance(answer, Shown) and answer.images else ""
        policy = CONTENT_POLICY.format(nonce=nonce, images=images)
        resp.set_header("Content-Security-Policy", policy)
        return nonce


def _is_done(answer: Answer, resp: falcon.Response) -> bool:
    """Tell whether a form was done with, so that it leads on or is not shown again."""
    if isinstance(answer, Moved):
        return True
    return resp.status_code < 400 and b'name="draft"' not in (resp.data or b"")


def _kept_at_portal(visit: Visit) -> Answer | None:
    """Lead a customer from the first page to the portal; refuses (404) other pages of the staff."""
    is_sent = visit.req.method == "POST"
    if is_open(visit.req.path, is_sent=is_sent) or not is_at_portal(visit.actor, visit.person):
        return None
    if visit.req.path == "/":
        return Moved(HOME)
    if visit.req.path == "/acting":
        return Moved(f"{HOME}/acting")
    raise NotFound("notFound", "there is no such page for customers")


def _refusal_of(error: Exception) -> Refusal | None:
    """Return what to tell the visitor of an error; None for a fault of ours."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, falcon.HTTPInvalidParam):
        return Invalid("badParameter", error.description or error.title)
    if isinstance(error, (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)):
        return Conflict("conflictLocked", "somebody else is changing this just now; try again")
    if isinstance(error, (DatabaseBusy, DatabaseUnavailable, psycopg.OperationalError)):
        return Unready("databaseBusy", "the database does not answer just now; try again")
    return None


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def must_operate(actor: Actor, permission: str) -> None:
    """Refuse (403) who does not hold a permission over the whole installation."""
    if actor.must_have(permission).reach != "all":
        raise Forbidden("notAllowed", f"{permission} over everything is needed here")


def page_of(req: falcon.Request, public_host: str) -> str:
    """Return the page that a request comes from: itself, or the one with the part or the form."""
    if req.get_header("HX-Request") == "true":
        known = urlsplit(req.get_header("HX-Current-URL") or "")
    elif req.method == "GET":
        return req.relative_uri
    else:
        known = urlsplit(req.get_header("Referer") or "")
        if known.netloc not in {req.netloc, public_host}:
            return "/"
    return local_address(f"{known.path}?{known.query}" if known.query else known.path or "/")


def local_address(address: str) -> str:
    """Return an address of this site that somebody wants to go to, or the home page."""
    is_local = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_local and address.isprintable() and "\\" not in address else "/"
