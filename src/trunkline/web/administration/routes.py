"""The addresses of the administration."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.hub.place import allow_list
from trunkline.settings import Settings
from trunkline.web.administration.attributes_page import AttributesPage
from trunkline.web.administration.health_page import HealthPage
from trunkline.web.administration.listeners_page import ListenersPage
from trunkline.web.administration.opened import BASE
from trunkline.web.administration.people_page import PeoplePage
from trunkline.web.administration.person_page import PersonPage
from trunkline.web.administration.roles_page import RolesPage
from trunkline.web.administration.start_page import StartPage
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
    app.add_route(f"{BASE}/roles/{{name}}", roles, suffix="one")
    app.add_route(f"{BASE}/roles/{{name}}/cell", roles, suffix="cell")
    attributes = AttributesPage(desk)
    app.add_route(f"{BASE}/attributes", attributes)
    app.add_route(f"{BASE}/attributes/new", attributes, suffix="new")
    listeners = ListenersPage(desk, allow_list(settings))
    app.add_route(f"{BASE}/listeners", listeners)
    app.add_route(f"{BASE}/listeners/new", listeners, suffix="new")
    health = HealthPage(desk, settings)
    app.add_route(f"{BASE}/health", health)
    app.add_route(f"{BASE}/health/{{part}}", health, suffix="part")
