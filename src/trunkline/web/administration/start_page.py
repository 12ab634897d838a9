"""Where the administration starts: what it has, for who may open each."""

from __future__ import annotations

import falcon

from trunkline.documents.errors import Forbidden
from trunkline.web.administration.opened import BASE
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.navigation import may_see

WITH_OTHERS = ""
PLACES = (
    (f"{BASE}/users", "Users", "people", "Who may sign in, with which roles; lock them out.",
     "identity:administer"),
    (f"{BASE}/roles", "Roles", "key", "What each role may do and see; two of them compared.",
     "identity:administer"),
    ("/r/sphere", "Spheres", "people",
     "By what rights are limited to a part of the customers: kind, team, territory, tag.",
     "identity:administer"),
    (f"{BASE}/clients", "API clients", "link", "Programs that call the interfaces.",
     "identity:administer"),
    (f"{BASE}/registers", "Registers", "check",
     "Lists of codes: types, segments, ratings and others.", "attributes:read"),
    (f"{BASE}/attributes", "Own attributes", "tag", "What you keep beside the standard's.",
     "attributes:read"),
    (f"{BASE}/status", "Status rules", "arrow",
     "Which changes of state there are, who may make them, what is checked.", "attributes:read"),
    (f"{BASE}/keys", "Numbers of records", "tag",
     "How new records of each kind are numbered.", "attributes:read"),
    (f"{BASE}/configuration", "Configuration packages", "box",
     "What you have decided as a file, to another installation.", "governance:export"),
    (f"{BASE}/texts", "Texts of messages", "note",
     "What messages to customers begin with, in each language.", "identity:administer"),
    (f"{BASE}/listeners", "Event listeners", "send",
     "Which programs are told of what, and how it goes.", "operations:read"),
    ("/deliveries", "Deliveries", "again", "Which events went to whom, and once more.",
     "operations:read"),
    (f"{BASE}/health", "Health", "gear", "Settings, database, work and disk, and what to do.",
     "operations:read"),
    ("/parked", "Parked work", "pause", "What failed too often, to be tried again.",
     "operations:read"),
    ("/jobs", "Jobs", "clock", "Imports, exports and changes of many.", WITH_OTHERS),
)  # fmt: skip


class StartPage:
    """`/administration`."""

    needs = "signedIn"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the places that the visitor may go to."""
        self._desk.answer(req, resp, self._view)

    def _view(self, visit: Visit) -> Answer:
        registry = self._desk.services.registry
        places = [
            {"address": address, "title": title, "icon": icon, "text": text}
            for address, title, icon, text, permission in PLACES
            if permission == WITH_OTHERS or may_see(registry, visit.actor, permission)
        ]
        if len(places) == [permission for *_, permission in PLACES].count(WITH_OTHERS):
            raise Forbidden("notAllowed", "nothing of the administration is open to you")
        return Shown("admin_start.html", {"places": places})
