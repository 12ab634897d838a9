"""Choosing a password by a link that an administrator handed over."""

from __future__ import annotations

import falcon

from trunkline.documents.errors import Refusal
from trunkline.identity.password_links import login_of_link, use_password_link
from trunkline.web.desk import Desk, Moved, Shown
from trunkline.web.forms import must_be_ours, must_have_token, read_form
from trunkline.web.sign_in_page import form_token


class ChoosePasswordPage:
    """`/choose-password?token=`: the form, and what is wrong with a link that is over."""

    needs = "ownSecret"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the form; looking at it does not use the link up."""
        self._answer(req, resp, req.get_param("token") or "")

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take the password and lead to the sign-in, or show the form with what is wrong."""
        desk = self._desk
        try:
            must_be_ours(req, desk.public_host)
            form = read_form(req)
            token, password = form.text("token"), form.secret("password")
            try:
                must_have_token(form, desk.cookies.form(req))
                if password != form.secret("again"):
                    self._answer(req, resp, token, "differs", 400)
                    return
                use_password_link(desk.services, token=token, password=password)
            except Refusal as refusal:
                if refusal.status not in {400, 403, 404, 409, 429}:
                    raise
                self._answer(req, resp, token, _said(refusal), refusal.status)
                return
        except Exception as error:  # the edge: whatever is wrong becomes a page
            desk.send_error(req, resp, error)
            return
        desk.move(req, resp, Moved("/sign-in?done=password"))

    def _answer(
        self, req: falcon.Request, resp: falcon.Response, token: str, problem: str = "",
        status: int = 200,
    ) -> None:  # fmt: skip
        """Show the form, or that there is nothing to be done by this link."""
        login = ""
        try:
            login = login_of_link(self._desk.services, token=token)
        except Refusal as refusal:
            problem, status = "over", refusal.status
        except Exception as error:  # the edge: whatever is wrong becomes a page
            self._desk.send_error(req, resp, error)
            return
        values = {"login": login, "token": token if login else "", "problem": problem,
                  "csrf": form_token(self._desk, req, resp)}  # fmt: skip
        self._desk.show(req, resp, Shown("choose_password.html", values, status))


def _said(refusal: Refusal) -> str:
    return refusal.faults[0].message if refusal.faults else refusal.message
