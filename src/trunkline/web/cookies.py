"""Cookies: the session's, the one that a form without session is checked by, and the theme's."""

from __future__ import annotations

from dataclasses import dataclass

import falcon

from trunkline.pages.theme import THEME_COOKIE

YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True)
class Cookies:
    """Reads and sets the cookies; where pages come by https they are bound to this host.

    `is_https` says that they always do; else it is as a request came.
    """

    is_https: bool

    def _name(self, req: falcon.Request, plain: str) -> str:
        return f"__Host-{plain}" if self._is_safe(req) else plain

    def _is_safe(self, req: falcon.Request) -> bool:
        return self.is_https or req.scheme == "https"

    def session(self, req: falcon.Request) -> str | None:
        """Return the session token that the browser sent."""
        return self._read(req, self._name(req, "trunkline"))

    def keep_session(self, req: falcon.Request, resp: falcon.Response, token: str) -> None:
        """Give the browser its session token, until it is closed."""
        self._set(req, resp, self._name(req, "trunkline"), token)

    def end_session(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take the session token away again."""
        self._set(req, resp, self._name(req, "trunkline"), "", seconds=0)

    def form(self, req: falcon.Request) -> str | None:
        """Return the token that a form without a session must bring too."""
        return self._read(req, self._name(req, "trunkline-form"))

    def keep_form(self, req: falcon.Request, resp: falcon.Response, token: str) -> None:
        """Give the browser the token for a form without a session."""
        self._set(req, resp, self._name(req, "trunkline-form"), token)

    def keep_theme(self, req: falcon.Request, resp: falcon.Response, theme: str) -> None:
        """Keep the theme for a year."""
        self._set(req, resp, THEME_COOKIE, theme, seconds=YEAR_S)

    def _read(self, req: falcon.Request, name: str) -> str | None:
        values = req.get_cookie_values(name)
        return values[0] if values else None

    def _set(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        name: str,
        value: str,
        *,
        seconds: int | None = None,
    ) -> None:
        resp.set_cookie(
            name,
            value,
            max_age=seconds,
            path="/",
            secure=self._is_safe(req),
            http_only=True,
            same_site="Lax",
        )
