"""The pages of a program, and browsers of persons with different rights."""

from __future__ import annotations

from collections.abc import Callable

import falcon.testing
import pytest

from tests.support import overrides  # noqa: F401 - bodies for resources with rules of their own
from tests.support.program import Site
from tests.web.browser import Browser
from trunkline.api.app import make_app
from trunkline.kernel.actor import Grant
from trunkline.settings import load
from trunkline.web.app import add_routes


@pytest.fixture(scope="module")
def pages(site: Site) -> falcon.testing.TestClient:
    """The API and the pages in one program."""
    settings = load({"TRUNKLINE_TEST_CLOCK": "on"})
    app = make_app(site.services, site.authenticator, settings)
    add_routes(app, site.services, site.authenticator, settings)
    return falcon.testing.TestClient(app)


@pytest.fixture(scope="module")
def signed_in(site: Site, pages: falcon.testing.TestClient) -> Callable[..., Browser]:
    """Returns a browser in which somebody with these rights has signed in."""

    def sign_in(login: str, permissions: dict[str, Grant], **options: str) -> Browser:
        site.role(f"of-{login}", permissions)
        site.user(login, roles=[f"of-{login}"], scopes=tuple(permissions), **options)
        browser = Browser(pages)
        assert browser.sign_in(login).status_code == 303
        return browser

    return sign_in


@pytest.fixture(scope="module")
def admin(site: Site, pages: falcon.testing.TestClient) -> Browser:
    """The browser of an administrator."""
    _ = site.admin
    browser = Browser(pages)
    assert browser.sign_in("admin").status_code == 303
    return browser
