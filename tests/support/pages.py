"""The pages of a site beside its API, as somebody sees them who has signed in."""

from __future__ import annotations

import falcon.testing

from tests.support.program import Site
from tests.web.browser import Browser
from trunkline.api.app import make_app
from trunkline.settings import load
from trunkline.web.app import add_routes


def pages_of(site: Site, **environ: str) -> falcon.testing.TestClient:
    """Return the API and the pages of a site in one program."""
    settings = load({"TRUNKLINE_TEST_CLOCK": "on", **environ})
    app = make_app(site.services, site.authenticator, settings)
    add_routes(app, site.services, site.authenticator, settings)
    return falcon.testing.TestClient(app)


def browser_of(site: Site, login: str) -> Browser:
    """Return a browser in which a user of the site has signed in."""
    browser = Browser(pages_of(site))
    assert browser.sign_in(login).status_code == 303
    return browser
