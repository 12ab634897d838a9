"""The frame: what stands around every page: menu, search box, what can be made, the person."""

from __future__ import annotations

from typing import Any, Protocol

import falcon

from trunkline.documents.decode import encode
from trunkline.governance.configured import configured_at
from trunkline.governance.profiles import Profiles, read_profiles
from trunkline.kernel.actor import Actor
from trunkline.kernel.resource import Document
from trunkline.kernel.services import Services
from trunkline.kernel.states import label_of
from trunkline.pages.keys import SHORTCUTS
from trunkline.pages.language import spoken
from trunkline.pages.theme import theme_of
from trunkline.party.acting import ACT
from trunkline.web.addresses import Addresses
from trunkline.web.navigation import (
    creatable,
    hidden_addresses,
    is_customer,
    menu,
    with_pages,
    without,
)
from trunkline.web.page import pages_of_modules
from trunkline.web.portal.areas import areas_for, is_at_portal
from trunkline.web.shell.contact_data import contact_data_of
from trunkline.workspace.preferences import DEFAULTS, LANGUAGES, Preferences
from trunkline.workspace.shortcuts import keys_of

PARTY_KINDS_MAX = 10_000
MENU_COOKIE = "trunkline-menu"
FOLDED = "folded"
CHANGES = frozenset({"created", "saved", "same", "undone", "restored"})
"""What may have been done to a record just before its page is shown."""
VERSION_DIGITS_MAX = 9


class Visitor(Protocol):
    """What the frame needs to know of a visit."""

    @property
    def actor(self) -> Actor:
        """Who visits."""

    @property
    def generation(self) -> int:
        """The generation of the configuration as of which the visitor was recognised."""

    @property
    def csrf(self) -> str:
        """The token that forms carry."""

    @property
    def preferences(self) -> Preferences:
        """What the visitor chose."""

    @property
    def person(self) -> Actor | None:
        """The visitor with the own rights, while acting for somebody."""

    @property
    def served(self) -> Document | None:
        """For whom the visitor acts."""

    @property
    def viewer(self) -> Actor | None:
        """The administrator who only looks at what the visitor would see."""


class Frame:
    """Makes the values of `layout.html`."""

    def __init__(self, services: Services, addresses: Addresses) -> None:
        self._services = services
        self._addresses = addresses
        self._party_kinds: dict[str, str] = {}
        self._profiles_at: tuple[int | None, Profiles] = (None, Profiles())

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
            "menu": self.menu(visit, req.path) if visit else [],
            "done": req.get_param("done") or "",
            "just_done": self._just_done(req) if visit else {},
            "contact_data": self._contact_data(req, visit) if visit else "",
            "customer": visit is not None and is_customer(visit.actor),
            "areas": areas_for(visit.actor, req.path)
            if visit and is_at_portal(visit.actor, visit.person)
            else [],
            "shell": {
                "density": chosen.density,
                "language": language.code,
                "languages": LANGUAGES,
                "direction": language.direction,
                "preferences": chosen,
                "person": visit.actor.id if visit else "",
                "folded": (req.get_cookie_values(MENU_COOKIE) or [""])[0] == FOLDED,
                "viewer": visit.viewer.name if visit and visit.viewer else "",
                "acting": _named(visit.served) if visit and visit.served else "",
                "may_act": visit is not None
                and visit.viewer is None
                and (visit.person or visit.actor).may(ACT) is not None,
                "creatable": self.creatable(visit) if visit else [],
                "keys": encode(_bound(keys) if chosen.shortcuts else {}).decode(),
            },
        }

    def _just_done(self, req: falcon.Request) -> dict[str, str]:
        """Return what was done to the record of a page just before, and how it is taken back.

        The version 0 is that of a change that is not.
        """
        done, version = req.get_param("done") or "", req.get_param("version") or ""
        behind = self._addresses.behind(req.path) if done in CHANGES else None
        if behind is None:
            return {}
        resource, ident = behind
        facts = self._addresses.of_facts(resource, ident)
        has_version = version.isdecimal() and len(version) <= VERSION_DIGITS_MAX
        is_own = req.path == self._addresses.of_record(resource, ident) and (
            done != "restored" and (done != "saved" or has_version)  # else it has words of its own
        )
        if not is_own and req.path != facts:
            return {}
        may_undo = done == "saved" and has_version and int(version) > 0
        return {"done": done, "key": ident, "address": f"{facts}/undo",
                "version": version if may_undo else ""}  # fmt: skip

    def _contact_data(self, req: falcon.Request, visit: Visitor) -> str:
        registry, actor = self._services.registry, visit.actor
        return contact_data_of(registry, self._addresses, actor, req.path, req.get_param)

    def menu(self, visit: Visitor, path: str) -> list[dict[str, Any]]:
        """Return the groups of the menu as a visitor gets to see it."""
        actor, kind = visit.actor, None
        if actor.party is not None and is_customer(actor):
            kind = self._party_kinds.get(actor.party) or self._party_kind(actor.party)
        groups = menu(self._services.registry, self._addresses, actor, path, kind)
        pages = [one for one in pages_of_modules() if one.may_open(actor)]
        hidden = hidden_addresses(self._services.registry, self._addresses, self._profiles(visit))
        return without(with_pages(groups, pages, path), hidden)

    def creatable(self, visit: Visitor) -> list[dict[str, Any]]:
        """Return what a visitor may make new."""
        found = creatable(self._services.registry, self._addresses, visit.actor)
        profiles = self._profiles(visit)
        return [one for one in found if not profiles.hides_kind(one["name"])]

    def _profiles(self, visit: Visitor) -> Profiles:
        """Return the profiles that are on; no connection is taken while nothing is configured."""
        generation, known = self._profiles_at
        if generation != visit.generation:
            services, generation = self._services, visit.generation
            with services.database.app.connection() as connection:
                known = configured_at(services, connection, generation, Profiles, read_profiles)
            self._profiles_at = (generation, known)
        return known

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


def _named(served: Document) -> str:
    """Return what the one for whom somebody acts is called."""
    return f"{label_of(served.resource, served.raw) or ''} {served.meta.key}".strip()


def _bound(keys: dict[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """Return the keys for the browser: to each action its place and its keys."""
    return {name: [SHORTCUTS[name].place, *own] for name, own in keys.items() if own}
