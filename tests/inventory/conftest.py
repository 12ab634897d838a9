"""The pages of the site, in which an administrator has signed in."""

from __future__ import annotations

import pytest

from tests.support.pages import pages_of
from tests.support.program import Site
from tests.web.browser import Browser


@pytest.fixture(scope="module")
def browser(site: Site) -> Browser:
    _ = site.admin
    signed_in = Browser(pages_of(site))
    assert signed_in.sign_in("admin").status_code == 303
    return signed_in
