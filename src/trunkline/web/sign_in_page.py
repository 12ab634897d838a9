"""Signing in and out."""

from __future__ import annotations

import falcon

from trunkline.documents.errors import Refusal, Unknown
from trunkline.identity.sessions import end_session
from trunkline.identity.sign_in import sign_in
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit, local_address
from trunkline.web.forms import Form, must_be_ours, must_have_token, read_form

TOKEN_BYTES = 32
PROBLEMS = {"interfacesOnly": "program"}


def form_token(desk: Desk, req: falcon.Request, resp: falcon.Response) -> str:
    """Return the token of a form without a session, which the browser is given at first."""
    token = desk.cookies.form(req)
    if token is None:
        token = desk.services.chance.random_bytes(TOKEN_BYTES).hex()
        desk.cookies.keep_form(req, resp, token)
    return token


class SignInPage:
    """`/sign-in`: a login and a password; every failure reads the same."""

    needs = "public"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the form."""
        self._show(req, resp, local_address(req.get_param("next") or "/"))

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Sign in, or show the form again with what is wrong."""
        desk = self._desk
        try:
            must_be_ours(req, desk.public_host)
            form = read_form(req)
            to = local_address(form.text("next") or "/")
            try:
                must_have_token(form, desk.cookies.form(req))
                session, _ = sign_in(
                    desk.services,
                    login=form.text("login"),
                    password=form.secret("password"),
                    address=req.remote_addr,
                    agent=req.get_header("User-Agent") or "",
                    former_session=desk.cookies.session(req),
                )
            except Unknown:
                self._show(req, resp, to, login=form.text("login"), problem="unknown", status=401)
                return
            except Refusal as error:
                problem = "often" if error.status == 429 else PROBLEMS.get(error.code, "outdated")
                self._show(
                    req, resp, to, login=form.text("login"), problem=problem, status=error.status
                )
                return
        except Exception as error:  # the edge: whatever is wrong becomes a page
            desk.send_error(req, resp, error)
            return
        desk.cookies.keep_session(req, resp, session.token)
        desk.move(req, resp, Moved(to))

    def _show(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        to: str,
        *,
        login: str = "",
        problem: str = "",
        status: int = 200,
    ) -> None:
        token = form_token(self._desk, req, resp)
        was_in = self._desk.cookies.session(req) is not None
        values = {"next": to, "login": login, "problem": problem, "csrf": token, "over": was_in}
        self._desk.show(req, resp, Shown("sign_in.html", values, status))


class SignOutPage:
    """`/sign-out`: ends the session."""

    needs = "public"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Lead whoever types the address to the home page; only a form signs out."""
        self._desk.answer(req, resp, lambda _: Moved("/"))

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """End the session and show the sign-in."""

        def end(_visit: Visit, _form: Form) -> Answer:
            token = self._desk.cookies.session(req) or ""
            end_session(self._desk.services, token=token)
            self._desk.authenticator.forget(token)
            self._desk.cookies.end_session(req, resp)
            return Moved("/sign-in")

        self._desk.act(req, resp, end, is_looking=True)
