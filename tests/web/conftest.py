"""The pages of a program, and browsers of persons with different rights."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import falcon.testing
import pytest

from tests.support import (  # bodies for resources with rules of their own
    overrides,  # noqa: F401
    overrides_above,  # noqa: F401
)
from tests.support.chromium import served
from tests.support.pages import pages_of
from tests.support.program import Site
from tests.web.browser import Browser
from trunkline.kernel.actor import Grant


@pytest.fixture(scope="module")
def pages(site: Site) -> falcon.testing.TestClient:
    """The API and the pages in one program."""
    return pages_of(site)


@pytest.fixture(scope="module")
def origin(pages: falcon.testing.TestClient) -> Iterator[str]:
    """The address of the pages on this machine."""
    with served(pages.app) as address:
        yield address


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
