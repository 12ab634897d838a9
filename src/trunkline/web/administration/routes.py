"""The addresses of the administration."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.hub.place import allow_list
from trunkline.settings import Settings
from trunkline.web.administration.attribute_page import AttributePage
from trunkline.web.administration.attributes_page import AttributesPage
from trunkline.web.administration.health_page import HealthPage
from trunkline.web.administration.keys_page import KeysPage
from trunkline.web.administration.listeners_page import ListenersPage
from trunkline.web.administration.opened import BASE
from trunkline.web.administration.packages_page import CONFIGURATION, PackagesPage
from trunkline.web.administration.people_page import PeoplePage
from trunkline.web.administration.person_page import PersonPage
from trunkline.web.administration.registers_page import RegistersPage
from trunkline.web.administration.roles_page import RolesPage
from trunkline.web.administration.start_page import StartPage
from trunkline.web.administration.status_page import STATUS, StatusPage
from trunkline.web.administration.texts_page import TextsPage
from trunkline.web.administration.viewing_page import ViewingPage
from trunkline.web.desk import Desk


def add_routes(app: falcon.App[Any, Any], desk: Desk, settings: Settings) -> None:
    """Add them."""
    app.add_route(BASE, StartPage(desk))
    for kind in ("user", "client"):
        people = PeoplePage(desk, kind)
        app.add_route(f"{BASE}/{kind}s", people)
        app.add_route(f"{BASE}/{kind}s/new", people, suffix="new")
        person = PersonPage(desk, kind)
        app.add_route(f"{BASE}/{kind}s/{{ident}}", person)
        app.add_route(f"{BASE}/{kind}s/{{ident}}/panel/{{panel}}", person, suffix="panel")
    app.add_route(f"{BASE}/viewing/end", ViewingPage(desk))
    roles = RolesPage(desk)
    app.add_route(f"{BASE}/roles", roles)
    app.add_route(f"{BASE}/roles/new", roles, suffix="new")
    app.add_route(f"{BASE}/roles/newer", roles, suffix="newer")
    app.add_route(f"{BASE}/roles/{{name}}", roles, suffix="one")
    app.add_route(f"{BASE}/roles/{{name}}/cell", roles, suffix="cell")
    registers = RegistersPage(desk)
    app.add_route(f"{BASE}/registers", registers)
    app.add_route(f"{BASE}/registers/{{code}}", registers, suffix="one")
    attributes = AttributesPage(desk)
    app.add_route(f"{BASE}/attributes", attributes)
    attribute = AttributePage(desk)
    app.add_route(f"{BASE}/attributes/new", attribute)
    app.add_route(f"{BASE}/attributes/preview", attribute, suffix="preview")
    app.add_route(f"{BASE}/attributes/{{kind}}/{{name}}", attribute, suffix="one")
    status = StatusPage(desk)
    app.add_route(STATUS, status)
    app.add_route(f"{STATUS}/{{kind}}", status, suffix="kind")
    app.add_route(f"{STATUS}/{{kind}}/new", status, suffix="new")
    app.add_route(f"{STATUS}/{{kind}}/rule/{{ident}}", status, suffix="rule")
    packages = PackagesPage(desk)
    app.add_route(CONFIGURATION, packages)
    app.add_route(f"{CONFIGURATION}/export", packages, suffix="export")
    app.add_route(f"{CONFIGURATION}/difference", packages, suffix="difference")
    listeners = ListenersPage(desk, allow_list(settings))
    app.add_route(f"{BASE}/listeners", listeners)
    app.add_route(f"{BASE}/listeners/new", listeners, suffix="new")
    texts = TextsPage(desk)
    app.add_route(f"{BASE}/texts", texts)
    app.add_route(f"{BASE}/texts/{{name}}", texts, suffix="one")
    keys = KeysPage(desk)
    app.add_route(f"{BASE}/keys", keys)
    app.add_route(f"{BASE}/keys/{{kind}}", keys, suffix="one")
    health = HealthPage(desk, settings)
    app.add_route(f"{BASE}/health", health)
    app.add_route(f"{BASE}/health/{{part}}", health, suffix="part")
