"""The pages of a site beside its API, as somebody sees them who has signed in."""

from __future__ import annotations

import falcon.testing

from tests.support.program import Site
from tests.web.browser import Browser
from trunkline.api.app import make_app
from trunkline.settings import load
from trunkline.web.app import add_routes


def browser_of(site: Site, login: str) -> Browser:
    """Return a browser in which a user of the site has signed in."""
    settings = load({"TRUNKLINE_TEST_CLOCK": "on"})
    app = make_app(site.services, site.authenticator, settings)
    add_routes(app, site.services, site.authenticator, settings)
    browser = Browser(falcon.testing.TestClient(app))
    assert browser.sign_in(login).status_code == 303
    return browser
