"""Behind proxies: the client's own address counts, and nobody can make one up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import falcon.testing
import pytest

from tests.support.program import Site
from tests.web.browser import Browser
from trunkline.api.app import make_app
from trunkline.identity.sign_in_limits import ADDRESS_FAILURES_MAX
from trunkline.program.proxies import behind_proxies
from trunkline.settings import SettingsError, load
from trunkline.web.app import add_routes

TRUSTED = ("10.0.0.0/24", "fd00::/8")
PROXY, INNER, ADA, EVE = "10.0.0.1", "10.0.0.2", "198.51.100.7", "203.0.113.66"


def seen(peer: str, **headers: str) -> tuple[str, str, str]:
    """What the program sees of a request: address, scheme and host."""
    found: dict[str, Any] = {}

    def app(environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
        found.update(environ)
        return []

    environ = falcon.testing.create_environ(host="inside:8080", remote_addr=peer)
    environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    list(behind_proxies(app, TRUSTED)(environ, lambda *_: None))
    return found["REMOTE_ADDR"], found["wsgi.url_scheme"], found["HTTP_HOST"]


def test_a_trusted_proxy_says_who_asks_and_how() -> None:
    outside = {"x_forwarded_proto": "https", "x_forwarded_host": "crm.example"}
    assert seen(PROXY, x_forwarded_for=ADA, **outside) == (ADA, "https", "crm.example")
    assert seen(PROXY, forwarded=f"for={ADA};proto=https;host=crm.example") == (
        ADA, "https", "crm.example",
    )  # fmt: skip
    assert seen("fd00::1", forwarded='for="[2001:db8::5]:4711"')[0] == "2001:db8::5"
    assert seen("::ffff:10.0.0.1", x_forwarded_for=f"{ADA}:4711")[0] == ADA


def test_several_proxies_are_read_from_the_end() -> None:
    chain = {"x_forwarded_for": f"{ADA}, {INNER}", "x_forwarded_proto": "https, http"}
    assert seen(PROXY, **chain)[:2] == (ADA, "https")
    # The outer proxy alone says the scheme, and the inner one passes it on.
    assert seen(PROXY, **chain | {"x_forwarded_proto": "https"})[:2] == (ADA, "https")
    assert seen(PROXY, forwarded=f"for={ADA};proto=https, for={INNER};proto=http")[:2] == (
        ADA, "https",
    )  # fmt: skip


@pytest.mark.parametrize(
    "peer,headers,address",
    [
        # Nobody trusted says it: a client that reaches the program itself.
        (EVE, {"x_forwarded_for": ADA, "x_forwarded_proto": "https"}, EVE),
        (EVE, {"forwarded": f"for={ADA};proto=https;host=evil.example"}, EVE),
        # The proxy adds the true address behind what the client made up, trusted ones included.
        (PROXY, {"x_forwarded_for": f"{ADA}, {EVE}"}, EVE),
        (PROXY, {"x_forwarded_for": f"{ADA}, {INNER}, {EVE}"}, EVE),
        (PROXY, {"x_forwarded_for": f"{ADA}, {EVE}", "x_forwarded_proto": "https, http"}, EVE),
        (PROXY, {"forwarded": f"for={ADA};proto=https, for={EVE}"}, EVE),
        # A proxy that writes one kind passes the other one on as the client sent it.
        (PROXY, {"x_forwarded_for": EVE, "forwarded": f"for={ADA};proto=https"}, PROXY),
        # Not an address: as far as was known.
        (PROXY, {"x_forwarded_for": f"{ADA}, unknown"}, PROXY),
        (PROXY, {"x_forwarded_for": f"{ADA}, ,{INNER}"}, INNER),
        (PROXY, {"forwarded": "for=_hidden"}, PROXY),
        (PROXY, {"forwarded": '"'}, PROXY),
    ],
)
def test_what_a_client_makes_up_is_not_believed(
    peer: str, headers: dict[str, str], address: str
) -> None:
    assert seen(peer, **headers) == (address, "http", "inside:8080")


def test_a_host_that_is_none_is_left_out() -> None:
    for made_up in ("crm.example/../x", "a b", "user@crm.example", "crm.example:99999999"):
        assert seen(PROXY, x_forwarded_for=ADA, x_forwarded_host=made_up)[2] == "inside:8080"
    assert seen(PROXY, x_forwarded_for=ADA, x_forwarded_proto="javascript")[1] == "http"


def test_networks_are_checked_at_start() -> None:
    assert load({"TRUNKLINE_TRUSTED_PROXIES": "10.0.0.1, fd00::/8"}).trusted_proxies == (
        "10.0.0.1/32", "fd00::/8",
    )  # fmt: skip
    for wrong in ("proxy.example", "10.0.0.300", "0.0.0.0/0", "::/0"):
        with pytest.raises(SettingsError, match="TRUNKLINE_TRUSTED_PROXIES"):
            load({"TRUNKLINE_TRUSTED_PROXIES": wrong})


@pytest.fixture(scope="module")
def through(site: Site) -> Callable[..., Browser]:
    """Returns a browser behind the proxy, at an address of its own."""
    settings = load({})
    app = make_app(site.services, site.authenticator, settings)
    add_routes(app, site.services, site.authenticator, settings)
    _ = site.admin

    def open_browser(address: str, scheme: str = "http") -> Browser:
        headers = {"X-Forwarded-For": address, "X-Forwarded-Proto": scheme}
        return Browser(asked_through_proxy(app, headers))

    return open_browser


def asked_through_proxy(app: Any, headers: dict[str, str]) -> falcon.testing.TestClient:
    """A client whose requests come from the proxy, with what that adds."""
    proxied = behind_proxies(app, ("10.0.0.1/32",))

    def from_proxy(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return proxied(environ | {"REMOTE_ADDR": PROXY}, start_response)

    return falcon.testing.TestClient(from_proxy, headers=headers)


def test_sign_in_limits_count_the_client_not_the_proxy(through: Callable[..., Browser]) -> None:
    eve = through(EVE)
    refused = [
        eve.sign_in(f"nobody{number}", "wrong").status_code
        for number in range(ADDRESS_FAILURES_MAX + 1)
    ]
    assert refused[0] == 401
    assert refused[-1] == 429
    assert eve.sign_in("admin").status_code == 429
    # Somebody else behind the same proxy is not held up, and Eve gains nothing by a claim.
    assert through(ADA).sign_in("admin").status_code == 303
    assert through(f"{ADA}, {EVE}").sign_in("admin").status_code == 429


def test_by_https_at_the_proxy_cookies_are_bound_to_it(through: Callable[..., Browser]) -> None:
    cookie = through(ADA, "https").sign_in("admin").cookies["__Host-trunkline"]
    assert cookie.secure
    assert not through(ADA).sign_in("admin").cookies["trunkline"].secure


def test_links_name_the_host_that_the_client_asked(site: Site) -> None:
    made = site.admin.post("/tmf-api/party/v4/individual", {"givenName": "Ada", "familyName": "L"})
    through = {
        "Authorization": f"Bearer {site.admin.token}",
        "X-Forwarded-For": ADA,
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "crm.example",
    }
    path = f"/tmf-api/party/v4/individual/{made.json['id']}"
    answer = asked_through_proxy(site.app.app, through).simulate_get(path)
    assert answer.json["href"] == f"https://crm.example{path}"
