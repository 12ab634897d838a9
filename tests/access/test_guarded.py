"""No address is served that does not say whose right it takes, and none gives without it."""

from __future__ import annotations

import re
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.pages import pages_of
from tests.support.program import Site
from tests.web.browser import Browser
from trunkline.access.function import own_permissions
from trunkline.api import docs
from trunkline.api.app import make_app
from trunkline.api.described import SCHEMAS, own_verbs
from trunkline.api.docs_page import example
from trunkline.kernel.actor import Grant
from trunkline.kernel.resource import registry
from trunkline.rest.guarded import WORDS, GuardedApp, NotDeclared, plain
from trunkline.settings import load
from trunkline.web import module_pages

NOBODYS = "0192a8c0-0000-7000-8000-000000000000"
RIGHT = "KeyPattern:read"


def guarded() -> GuardedApp:
    return GuardedApp(registry, own_verbs(registry), own_permissions())


def page(needs: str | None) -> Any:
    """Return a page that says whose right it takes, or does not."""
    said = {} if needs is None else {"needs": needs}
    return type("LightPage", (), {"on_get": lambda *_: None, "on_post": lambda *_: None, **said})()


@pytest.mark.parametrize("needs", ["Customer:read", "TMF622:create ordering:retry", *WORDS])
def test_what_says_whose_right_it_takes_is_served(needs: str) -> None:
    """A permission on records, on an interface, of a module, several, or one of the words."""
    app = guarded()
    app.add_route("/lights", page(needs))
    assert app.needed == {("GET", "/lights"): needs, ("POST", "/lights"): needs}


@pytest.mark.parametrize(
    ("needs", "words"),
    [(None, "GET /lights does not say whose right it takes"), ("", "does not say whose right"),
     ("Customer:red", "Customer:red, which is no permission"),
     ("Customer:read everybody", "everybody, which is no permission")],
)  # fmt: skip
def test_what_does_not_stops_the_start(needs: str | None, words: str) -> None:
    """Nothing said, nothing in it, a right that there is not, and a word that there is not."""
    with pytest.raises(NotDeclared, match=words):
        guarded().add_route("/lights", page(needs))


def test_a_modules_page_without_one_stops_the_start(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed module whose page says nothing: the program does not come up. With it, it
    does; so it is for an address of an interface that its description does not tell of."""
    settings = load({"TRUNKLINE_TEST_CLOCK": "on"})
    silent = SimpleNamespace(add_routes=lambda app, _desk: app.add_route("/lights", page(None)))
    module = SimpleNamespace(name="beacon", package="beacon", pages=("beacon.pages",))
    monkeypatch.setattr(module_pages, "load_modules", lambda: [module])
    monkeypatch.setattr(module_pages, "module_templates", dict)
    monkeypatch.setattr(module_pages, "import_module", lambda _name: silent)
    app = make_app(site.services, site.authenticator, settings)
    with pytest.raises(NotDeclared, match="GET /lights"):
        module_pages.add_module_pages(app, SimpleNamespace())  # type: ignore[arg-type]
    silent.add_routes = lambda app, _desk: app.add_route("/lights", page("Customer:read"))
    module_pages.add_module_pages(app, SimpleNamespace())  # type: ignore[arg-type]
    with pytest.raises(NotDeclared, match="POST /api/lights/v1/light"):
        app.add_route("/api/lights/v1/light", type("Lights", (), {"on_post": print})())


def addressed(template: str) -> str:
    """Return an address of nobody's record."""
    known = {"kind": "product", "segment": "customers", "register": "x", "which": "1"}
    return re.sub(r"{(\w+)[^}]*}", lambda part: known.get(part[1], NOBODYS), template)


OF_WHAT_ONE_HAS = {
    "/api/hub/v1/delivery": "who has no listener has no deliveries",
    "/tmf-api/event/v4/event": "the events of the records that one may read",
}


def test_who_has_no_right_is_given_nothing(site: Site) -> None:
    """Somebody of the staff who may look at number patterns only asks at every address beside
    those of records that takes a right, with what its description gives as an example: nothing
    is done, no page is shown, and nearly all are refused for the right that is missing."""
    role = site.role("patterns", {RIGHT: Grant("all", frozenset({"public", "internal"}))})
    clerk = site.user("pat", roles=[role], scopes=(RIGHT,))
    client = pages_of(site)
    browser = Browser(client)
    assert browser.sign_in("pat").status_code == 303
    app: Any = client.app
    derived = {
        f"{base}/{one.path}{end}"
        for one in registry if one.published
        for base in (one.api.base, *(view.base for view in one.api.views))
        for end in ("", "/{ident}")
    }  # fmt: skip
    components = docs.describe()["components"]
    bodies = {
        (one.method.upper(), plain(one.address)): example(
            {"components": components}, SCHEMAS[one.takes]
        )
        for one in own_verbs(registry) if one.takes
    }  # fmt: skip
    given: list[str] = []
    statuses: Counter[int] = Counter()
    for (method, template), needs in app.needed.items():
        if needs in WORDS or RIGHT in needs.split() or template in derived:
            continue
        address = addressed(template)
        if template.startswith(("/api/", "/tmf-api/", "/rolesAndPermissions/")):
            body = bodies.get((method, plain(template)))
            status = clerk.call(method, address, body).status_code
        elif method == "GET":
            status = browser.get(address).status_code
        else:
            continue
        statuses[status] += 1
        is_told = status in {303, 400, 403, 404, 405} or address.startswith("/my/")
        if not is_told and template not in OF_WHAT_ONE_HAS:
            given.append(f"{status} {method} {template} ({needs})")
    assert given == []
    assert statuses[403] + statuses[404] > 0.9 * statuses.total() > 300, statuses
