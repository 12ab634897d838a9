"""The shell's addresses: search, preferences, notifications, keys and the counts of the menu."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.shell.acting_page import ActingPage
from trunkline.web.shell.counts import Counts
from trunkline.web.shell.found_page import CommandsPage, FoundPage
from trunkline.web.shell.keys_page import KeysPage
from trunkline.web.shell.notifications_page import NotificationsPage
from trunkline.web.shell.preferences_page import PreferencesPage
from trunkline.web.shell.typed_page import TypedPage


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add the shell's pages."""
    preferences = PreferencesPage(desk)
    app.add_route("/preferences", preferences)
    app.add_route("/preferences/quick", preferences, suffix="quick")
    app.add_route("/acting", ActingPage(desk))
    app.add_route("/notifications", NotificationsPage(desk))
    app.add_route("/shell/keys", KeysPage(desk))
    app.add_route("/shell/counts", Counts(desk))
    app.add_route("/typed", TypedPage(desk))
    app.add_route("/shell/found", FoundPage(desk))
    app.add_route("/shell/commands", CommandsPage(desk))
