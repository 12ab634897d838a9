"""A session that is over: the way to the sign-in and back, from pages, parts and forms."""

from __future__ import annotations

import falcon.testing
import pytest

from tests.support.program import Site
from tests.web.browser import Browser, source_of, words_of

PAGE = "/r/customer/new?step=2"


@pytest.fixture
def gone(site: Site, pages: falcon.testing.TestClient) -> Browser:
    """A browser whose session has ended meanwhile, with a page still open."""
    _ = site.admin
    browser = Browser(pages)
    browser.sign_in("admin")
    site.rows("delete from session returning 1")
    site.rows("update generation set number = number + 1 returning 1")
    site.authenticator.forget(browser.cookies["trunkline"])
    return browser


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_part_of_a_page_takes_the_whole_page_to_the_sign_in(gone: Browser, method: str) -> None:
    """The answer is empty and leads on, so that nothing of the sign-in is put into the page."""
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://falconframework.org{PAGE}"}
    if method == "get":
        answer = gone.get("/panel/records", **headers)
    else:
        answer = gone.post("/r/customer/new/draft", {"name": "Ada"}, **headers)
    assert answer.status_code == 204
    assert answer.text == ""
    assert answer.headers["hx-redirect"] == "/sign-in?next=/r/customer/new%3Fstep%3D2"


def test_a_form_leads_back_to_the_page_that_it_stands_on(gone: Browser) -> None:
    """Not to the address that it is sent to, and never to another site."""
    ours = {"Referer": f"http://falconframework.org{PAGE}"}
    answer = gone.post("/r/customer/new", {"name": "Ada"}, **ours)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/r/customer/new%3Fstep%3D2"
    foreign = gone.post("/r/customer/new", {}, Referer="https://evil.example/r/customer")
    assert foreign.headers["location"] == "/sign-in"
    strange = gone.post("/r/x", {}, Referer="http://falconframework.org//evil.example/")
    assert "evil" not in strange.headers.get("location", "")


def test_the_sign_in_says_why_one_is_there(gone: Browser, pages: falcon.testing.TestClient) -> None:
    """What was typed is kept by the browser only where a session was over."""
    told = gone.get("/sign-in?next=/r/customer")
    assert "Your session has ended" in words_of(told.text)
    assert "data-over" in source_of(told)
    fresh = Browser(pages).get("/sign-in?next=/r/customer")
    assert "Your session has ended" not in words_of(fresh.text)
    assert "data-over" not in source_of(fresh)
