"""Signing in and out: cookies, forms that are not ours, answers that tell a stranger nothing."""

from __future__ import annotations

import falcon.testing
import pytest

from tests.support.program import Site
from tests.web.browser import Browser
from trunkline.api.app import make_app
from trunkline.settings import load
from trunkline.web.app import add_routes
from trunkline.web.desk import local_address


@pytest.fixture
def visitor(pages: falcon.testing.TestClient, site: Site) -> Browser:
    _ = site.admin
    return Browser(pages)


def test_a_page_leads_to_the_sign_in_and_back(visitor: Browser) -> None:
    answer = visitor.get("/r/customer?state=active")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/r/customer%3Fstate%3Dactive"
    answer = visitor.sign_in("admin", next="/r/customer?state=active")
    assert answer.headers["location"] == "/r/customer?state=active"
    assert visitor.get("/").status_code == 200


@pytest.mark.parametrize("login,password", [("admin", "wrong"), ("nobody", "wrong"), ("", "")])
def test_every_failure_reads_the_same(visitor: Browser, login: str, password: str) -> None:
    answer = visitor.sign_in(login, password)
    assert answer.status_code == 401
    assert "Check the login and the password" in answer.text
    assert visitor.get("/").status_code == 303


def test_the_session_cookie_is_out_of_reach_of_scripts(visitor: Browser) -> None:
    cookie = visitor.sign_in("admin").cookies["trunkline"]
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert cookie.path == "/"
    assert not cookie.secure


def test_by_https_the_cookies_are_bound_to_the_host(site: Site) -> None:
    settings = load({"TRUNKLINE_PUBLIC_URL": "https://crm.example"})
    app = make_app(site.services, site.authenticator, settings)
    add_routes(app, site.services, site.authenticator, settings)
    _ = site.admin
    answer = Browser(falcon.testing.TestClient(app)).sign_in("admin")
    cookie = answer.cookies["__Host-trunkline"]
    assert cookie.secure
    assert cookie.domain is None


def test_a_form_without_its_token_is_refused(visitor: Browser) -> None:
    visitor.sign_in("admin")
    for token in ("", "0" * 64):
        answer = visitor.post("/preferences/quick", {"csrf": token, "theme": "dark"})
        assert answer.status_code == 403
        assert "trunkline-theme" not in answer.cookies
    assert visitor.post("/sign-out", {"csrf": "0"}).status_code == 403
    assert visitor.get("/").status_code == 200


def test_the_sign_in_needs_the_token_of_its_form(visitor: Browser) -> None:
    visitor.get("/sign-in")
    answer = visitor.post(
        "/sign-in", {"csrf": "0", "login": "admin", "password": "correct horse battery"}
    )
    assert answer.status_code == 403
    assert visitor.get("/").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_form_of_another_site_is_refused(visitor: Browser, headers: dict[str, str]) -> None:
    visitor.sign_in("admin")
    assert visitor.post("/preferences/quick", {"theme": "dark"}, **headers).status_code == 403


def test_a_form_of_this_site_is_taken(visitor: Browser) -> None:
    visitor.sign_in("admin")
    answer = visitor.post(
        "/preferences/quick",
        {"theme": "dark", "back": "/parked"},
        Origin="http://falconframework.org",
    )
    assert answer.headers["location"] == "/parked"
    assert 'data-theme="dark"' in visitor.get("/").text


def test_signing_out_ends_the_session_for_good(visitor: Browser) -> None:
    visitor.sign_in("admin")
    former = dict(visitor.cookies)
    assert visitor.post("/sign-out", {}).status_code == 303
    visitor.cookies = former
    assert visitor.get("/").status_code == 303


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example", "/\\evil", "javascript:x", "/a\nb", ""]
)
def test_the_way_back_stays_on_this_site(address: str) -> None:
    assert local_address(address) == "/"


def test_every_page_keeps_scripts_and_frames_out(visitor: Browser) -> None:
    visitor.sign_in("admin")
    for answer in (visitor.get("/"), visitor.get("/r/customer/none"), visitor.get("/nowhere")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "<script>" not in answer.text
        assert " style=" not in answer.text
        assert " onclick" not in answer.text


def test_an_unknown_address_is_a_page_for_a_browser_only(visitor: Browser) -> None:
    visitor.sign_in("admin")
    page = visitor.get("/nowhere")
    assert page.status_code == 404
    assert "There is no page at this address" in page.text
    answer = visitor.app.simulate_get("/nowhere", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json["code"] == "notFound"
