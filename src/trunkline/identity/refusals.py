"""The one answer to everybody whom we do not know, whatever the reason."""

from __future__ import annotations

from trunkline.documents.errors import Unknown


def unknown() -> Unknown:
    """Return the refusal of a wrong, expired, revoked or disabled name, secret, token or session.

    It is the same for all of them, so that it tells a stranger nothing.
    """
    return Unknown(
        "notKnown",
        "we cannot tell who you are; check the name, password, secret or token and sign in again",
        headers={"WWW-Authenticate": "Bearer"},
    )
