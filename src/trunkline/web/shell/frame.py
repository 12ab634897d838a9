"""The frame: what stands around every page: menu, search box, what can be made, the person."""

from __future__ import annotations

from typing import Any, Protocol

import falcon

from trunkline.documents.decode import encode
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services
from trunkline.pages.keys import SHORTCUTS
from trunkline.pages.language import spoken
from trunkline.pages.theme import theme_of
from trunkline.web.addresses import Addresses
from trunkline.web.navigation import creatable, is_customer, menu, with_pages
from trunkline.web.page import pages_of_modules
from trunkline.workspace.preferences import DEFAULTS, LANGUAGES, Preferences
from trunkline.workspace.shortcuts import keys_of

PARTY_KINDS_MAX = 10_000
MENU_COOKIE = "trunkline-menu"
FOLDED = "folded"


class Visitor(Protocol):
    """What the frame needs to know of a visit."""

    @property
    def actor(self) -> Actor:
        """Who visits."""

    @property
    def csrf(self) -> str:
        """The token that forms carry."""

    @property
    def preferences(self) -> Preferences:
        """What the visitor chose."""

    @property
    def viewer(self) -> Actor | None:
        """The administrator who only looks at what the visitor would see."""


class Frame:
    """Makes the values of `layout.html`."""

    def __init__(self, services: Services, addresses: Addresses) -> None:
        self._services = services
        self._addresses = addresses
        self._party_kinds: dict[str, str] = {}

    def values(self, req: falcon.Request, visit: Visitor | None) -> dict[str, Any]:
        """Return what the frame around a page shows, for a visitor or for nobody known."""
        chosen = visit.preferences if visit else DEFAULTS
        language = spoken()
        keys = keys_of(SHORTCUTS, chosen.keys)
        return {
            "theme": chosen.theme if visit else theme_of(req),
            "here": req.relative_uri,
            "person": visit.actor.name if visit else None,
            "csrf": visit.csrf if visit else "",
            "menu": self.menu(visit.actor, req.path) if visit else [],
            "done": req.get_param("done") or "",
            "customer": visit is not None and is_customer(visit.actor),
            "shell": {
                "density": chosen.density,
                "language": language.code,
                "languages": LANGUAGES,
                "direction": language.direction,
                "preferences": chosen,
                "person": visit.actor.id if visit else "",
                "folded": (req.get_cookie_values(MENU_COOKIE) or [""])[0] == FOLDED,
                "viewer": visit.viewer.name if visit and visit.viewer else "",
                "creatable": self.creatable(visit.actor) if visit else [],
                "keys": encode(_bound(keys) if chosen.shortcuts else {}).decode(),
            },
        }

    def menu(self, actor: Actor, path: str) -> list[dict[str, Any]]:
        """Return the groups of the menu as an actor gets to see it."""
        kind = None
        if actor.party is not None and is_customer(actor):
            kind = self._party_kinds.get(actor.party) or self._party_kind(actor.party)
        groups = menu(self._services.registry, self._addresses, actor, path, kind)
        return with_pages(groups, [one for one in pages_of_modules() if one.may_open(actor)], path)

    def creatable(self, actor: Actor) -> list[dict[str, Any]]:
        """Return what an actor may make new."""
        return creatable(self._services.registry, self._addresses, actor)

    def _party_kind(self, party: str) -> str | None:
        """Return what kind of party somebody is; it never changes, so it is looked up once."""
        with self._services.database.app.connection() as connection:
            row = connection.execute("select type from record where id = %s", [party]).fetchone()
        if row is None:
            return None
        if len(self._party_kinds) >= PARTY_KINDS_MAX:
            self._party_kinds.clear()
        kind: str = row[0]
        self._party_kinds[party] = kind
        return kind


def _bound(keys: dict[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """Return the keys for the browser: to each action its place and its keys."""
    return {name: [SHORTCUTS[name].place, *own] for name, own in keys.items() if own}
