"""Who sends a request: a bearer of a token, or a browser with a session."""

from __future__ import annotations

from dataclasses import replace

import falcon

from trunkline.documents.errors import Unknown
from trunkline.identity.authenticate import Authenticator
from trunkline.kernel.services import Services
from trunkline.party.acting import acting_for
from trunkline.rest.http import Known

SESSION_COOKIE = "__Host-trunkline"
PLAIN_COOKIE = "trunkline"
ACTING_FOR = "Acting-For"
"""Names the customer or organization that the asker acts for, by id, key or code."""
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class ApiDoorman:
    """Recognises the sender of an API request; a session needs its CSRF token to write."""

    def __init__(self, authenticator: Authenticator, services: Services) -> None:
        self._authenticator = authenticator
        self._services = services

    def __call__(self, request: falcon.Request) -> Known:
        """Return who it is, and for whom, or refuse with 401 (403 where that is not theirs)."""
        header = request.get_header("Authorization") or ""
        scheme, _, bearer = header.partition(" ")
        if scheme.lower() == "bearer" and bearer:
            known = self._authenticator.by_bearer(bearer.strip())
            served = request.get_header(ACTING_FOR)
            if served is None:
                return known
            actor, _ = acting_for(self._services, known.actor, served.strip())
            return replace(known, actor=actor)
        raise Unknown(
            "unknownCaller",
            "send `Authorization: Bearer <token>` with a token that is still valid",
            headers={"WWW-Authenticate": "Bearer"},
        )

    def forget(self, request: falcon.Request) -> None:
        """Drop what is cached about the sender."""
        bearer = (request.get_header("Authorization") or "").partition(" ")[2].strip()
        self._authenticator.forget(bearer)
