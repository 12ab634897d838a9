"""Cookies: the session's, the one that a form without session is checked by, and the theme's."""

from __future__ import annotations

from dataclasses import dataclass

import falcon

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "trunkline-theme"
YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True)
class Cookies:
    """Reads and sets the cookies; where pages come by https they are bound to this host."""

    is_https: bool

    def _name(self, plain: str) -> str:
        return f"__Host-{plain}" if self.is_https else plain

    def session(self, req: falcon.Request) -> str | None:
        """Return the session token that the browser sent."""
        return self._read(req, self._name("trunkline"))

    def keep_session(self, resp: falcon.Response, token: str) -> None:
        """Give the browser its session token, until it is closed."""
        self._set(resp, self._name("trunkline"), token)

    def end_session(self, resp: falcon.Response) -> None:
        """Take the session token away again."""
        self._set(resp, self._name("trunkline"), "", seconds=0)

    def form(self, req: falcon.Request) -> str | None:
        """Return the token that a form without a session must bring too."""
        return self._read(req, self._name("trunkline-form"))

    def keep_form(self, resp: falcon.Response, token: str) -> None:
        """Give the browser the token for a form without a session."""
        self._set(resp, self._name("trunkline-form"), token)

    def theme(self, req: falcon.Request) -> str:
        """Return the theme that was chosen: auto, light or dark."""
        found = self._read(req, THEME_COOKIE)
        return found if found in THEMES else "auto"

    def keep_theme(self, resp: falcon.Response, theme: str) -> None:
        """Keep the theme for a year."""
        self._set(resp, THEME_COOKIE, theme, seconds=YEAR_S)

    def _read(self, req: falcon.Request, name: str) -> str | None:
        values = req.get_cookie_values(name)
        return values[0] if values else None

    def _set(
        self, resp: falcon.Response, name: str, value: str, *, seconds: int | None = None
    ) -> None:
        resp.set_cookie(
            name,
            value,
            max_age=seconds,
            path="/",
            secure=self.is_https,
            http_only=True,
            same_site="Lax",
        )
