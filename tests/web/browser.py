"""A browser without a screen: keeps cookies, follows nothing, and sends forms as a page would."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlencode

import falcon.testing

from tests.support.program import PASSWORD

CSRF = re.compile(r'name="csrf" value="([^"]+)"')
TAGS = re.compile(r"<[^>]+>")


@dataclass
class Browser:
    """Asks for pages as one person."""

    app: falcon.testing.TestClient
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""

    def get(self, address: str, **headers: str) -> Any:
        path, _, query = address.partition("?")
        return self._keep(
            self.app.simulate_get(
                path, query_string=query, headers={"Accept": "text/html", **headers},
                cookies=self.cookies,
            )
        )  # fmt: skip

    def post(self, path: str, form: dict[str, Any], **headers: str) -> Any:
        """Send a form with the token of the page seen last, unless it brings one itself."""
        body = urlencode({"csrf": self.csrf, **form}, doseq=True)
        return self._keep(
            self.app.simulate_post(
                path,
                body=body,
                cookies=self.cookies,
                headers={"Content-Type": "application/x-www-form-urlencoded", **headers},
            )
        )

    def sign_in(self, login: str, password: str = PASSWORD, **form: str) -> Any:
        self.get("/sign-in")
        answer = self.post("/sign-in", {"login": login, "password": password, **form})
        if answer.status_code == 303:
            self.get("/")
        return answer

    def _keep(self, answer: Any) -> Any:
        for name, cookie in answer.cookies.items():
            self.cookies[name] = cookie.value
        found = (
            CSRF.search(answer.text) if "html" in answer.headers.get("content-type", "") else None
        )
        if found:
            self.csrf = found.group(1)
        return answer


def source_of(answer: Any) -> str:
    """Return a page's HTML with slashes as they are meant; MiniJinja escapes them too."""
    source: str = answer.text.replace("&#x2f;", "/")
    return source


def words_of(html: str) -> str:
    """Return what a page says, without its tags."""
    return " ".join(unescape(TAGS.sub(" ", html)).split())
