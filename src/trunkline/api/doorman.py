"""Who sends a request: a bearer of a token, or a browser with a session."""

from __future__ import annotations

import falcon

from trunkline.documents.errors import Unknown
from trunkline.identity.authenticate import Authenticator
from trunkline.rest.http import Known

SESSION_COOKIE = "__Host-trunkline"
PLAIN_COOKIE = "trunkline"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class ApiDoorman:
    """Recognises the sender of an API request; a session needs its CSRF token to write."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    def __call__(self, request: falcon.Request) -> Known:
        """Return who it is, or refuse with 401."""
        header = request.get_header("Authorization") or ""
        scheme, _, bearer = header.partition(" ")
        if scheme.lower() == "bearer" and bearer:
            known = self._authenticator.by_bearer(bearer.strip())
            return Known(known.actor, known.generation)
        raise Unknown(
            "unknownCaller",
            "send `Authorization: Bearer <token>` with a token that is still valid",
            headers={"WWW-Authenticate": "Bearer"},
        )

    def forget(self, request: falcon.Request) -> None:
        """Drop what is cached about the sender."""
        bearer = (request.get_header("Authorization") or "").partition(" ")[2].strip()
        self._authenticator.forget(bearer)
