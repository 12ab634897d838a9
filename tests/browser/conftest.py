"""One small operator for all tests in a browser: its catalog, customers, orders, and its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.browser.hands import Hands
from tests.ordering.scripted import Shop, refused
from tests.support import (  # bodies for resources with rules of their own
    overrides,  # noqa: F401
    overrides_above,  # noqa: F401
)
from tests.support.chromium import WATCH, served, sign_in
from tests.support.pages import pages_of
from tests.support.program import Site, open_site, password_hash_of
from trunkline.access.standard import ensure_roles
from trunkline.identity.accounts import NewUser, add_user
from trunkline.kernel.actor import system
from trunkline.workspace.search_index import catch_up

WIDE = {"width": 1440, "height": 900}
PARTY = "/tmf-api/party/v4"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"


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
    with open_site(cluster, template) as site:
        yield site


@pytest.fixture(scope="session")
def origin(site: Site) -> Iterator[str]:
    """The address of the pages on this machine."""
    with served(pages_of(site).app) as address:
        yield address


@pytest.fixture(scope="session")
def office(site: Site, origin: str) -> Office:
    """The operator of all tests that leave it as others may find it."""
    return open_office(site, origin)


def open_office(site: Site, origin: str) -> Office:
    """Open the operator on a day when something is delivered, something waits, one is stuck."""
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
def signed_in(chromium: Any, office: Office) -> Callable[..., Any]:
    """Returns a new page of somebody who has signed in; each person signs in once."""
    states: dict[str, Any] = {}

    def state_of(login: str) -> Any:
        if login not in states:
            context = chromium.new_context()
            page = context.new_page()
            sign_in(page, office.origin, login)
            states[login] = context.storage_state()
            context.close()
        return states[login]

    def open_page(login: str = "admin", **context: Any) -> Any:
        chosen = {"viewport": WIDE, "reduced_motion": "reduce", **context}
        opened = chromium.new_context(storage_state=state_of(login), **chosen)
        opened.set_default_timeout(10_000)
        opened.add_init_script(WATCH)
        return opened.new_page()

    return open_page


@pytest.fixture
def hands_of(office: Office, signed_in: Callable[..., Any]) -> Iterator[Callable[..., Hands]]:
    """Returns the hands of somebody at an address, at home by default, until the test ends."""
    opened: list[Any] = []

    def begin(login: str, address: str = "/") -> Hands:
        page = signed_in(login)
        opened.append(page)
        page.goto(office.origin + address)
        return Hands(page)

    yield begin
    for page in opened:
        page.context.close()
