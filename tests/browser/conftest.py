"""One small operator for all tests in a browser: its catalog, customers, orders, and its pages."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from tests.ordering.scripted import Shop, refused
from tests.support import overrides  # noqa: F401 - bodies for resources with rules of their own
from tests.support.program import PASSWORD, Site, fresh_database, password_hash_of
from trunkline.access.standard import ensure_roles
from trunkline.api.app import make_app
from trunkline.identity.accounts import NewUser, add_user
from trunkline.kernel.actor import system
from trunkline.settings import load
from trunkline.web.app import add_routes
from trunkline.workspace.search_index import catch_up

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WIDE = {"width": 1440, "height": 900}
PARTY = "/tmf-api/party/v4"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the tests of this folder out where there is no Chromium."""
    if CHROMIUM is None:
        reason = pytest.mark.skip(reason="needs Chromium on the search path to look at pages")
        for one in items:
            if one.path.parent.name == "browser" and one.path.parent.parent.name == "tests":
                one.add_marker(reason)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@dataclass
class Office:
    """The operator, where its pages are, and its records that tests look at, by name."""

    site: Site
    shop: Shop
    origin: str
    keys: dict[str, str] = field(default_factory=dict)
    _users: set[str] = field(default_factory=set)

    def user(self, role: str) -> str:
        """Return the login of somebody with one of the standard roles."""
        if role not in self._users:
            hashed = password_hash_of(self.site.services)
            user = NewUser(role, role.title(), password_hash=hashed, roles=[role])
            add_user(self.site.services, by=system("tests"), user=user)
            self._users.add(role)
        return role


@pytest.fixture(scope="session")
def site(cluster: str, template: str) -> Iterator[Site]:
    """The program of all these tests, on a database of its own."""
    with fresh_database(cluster, template) as dsn:
        site = Site.open(dsn)
        try:
            yield site
        finally:
            site.close()


@pytest.fixture(scope="session")
def origin(site: Site) -> Iterator[str]:
    """The address of the pages on this machine."""
    settings = load({"TRUNKLINE_TEST_CLOCK": "on"})
    app = make_app(site.services, site.authenticator, settings)
    add_routes(app, site.services, site.authenticator, settings)
    server = make_server("127.0.0.1", 0, app, _Server, _Quiet)
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def office(site: Site, origin: str) -> Office:
    """The operator on a day when something is delivered, something waits, something is stuck."""
    _ = site.admin
    ensure_roles(site.services)
    shop = Shop.open(site)
    office = Office(site, shop, origin)
    done = shop.order(shop.fibre(), shop.voice())
    site.work()
    waiting, _task = shop.visit()
    shop.network.script["Fibre Access"] = [refused]
    stuck = shop.order(shop.fibre("1", 500))
    site.work()
    shop.network.script.clear()
    office.keys = {
        "customer": _key(site, CUSTOMER, shop.customer),
        "delivered": shop.read(done)["key"],
        "waiting": shop.read(waiting)["key"],
        "stuck": shop.read(stuck)["key"],
        "offering": _offering(site, shop.offerings["Fibre 1G"]),
        "organization": _company(site),
    }
    catch_up(site.services)
    return office


def _key(site: Site, path: str, ident: str) -> str:
    return str(site.admin.get(f"{path}/{ident}").json["key"])


def _offering(site: Site, ident: str) -> str:
    return _key(site, "/tmf-api/productCatalogManagement/v4/productOffering", ident)


def _company(site: Site) -> str:
    """Make a company with two parts and return its key."""
    path = f"{PARTY}/organization"
    mother = site.admin.post(path, {"tradingName": "Analytical Engines"}).json
    for name in ("Analytical North", "Analytical South"):
        relation = {"organization": {"id": mother["id"]}}
        body = {"tradingName": name, "organizationParentRelationship": relation}
        assert site.admin.post(path, body).status_code == 201
    return str(mother["key"])


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def signed_in(office: Office, chromium: Any) -> Callable[..., Any]:
    """Returns a new page of somebody who has signed in; each person signs in once."""
    states: dict[str, Any] = {}

    def state_of(login: str) -> Any:
        if login not in states:
            context = chromium.new_context()
            page = context.new_page()
            page.goto(f"{office.origin}/sign-in")
            page.fill("input[name=login]", login)
            page.fill("input[name=password]", PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_selector("header.top")
            states[login] = context.storage_state()
            context.close()
        return states[login]

    def open_page(login: str = "admin", **context: Any) -> Any:
        chosen = {"viewport": WIDE, "reduced_motion": "reduce", **context}
        page = chromium.new_context(storage_state=state_of(login), **chosen).new_page()
        page.set_default_timeout(10_000)
        return page

    return open_page
