"""OAuth2 client credentials: tokens that carry their own end and need no memory."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import unquote

LIFETIME_S = 3600


class Gate:
    """Knows the one client and tells its tokens from others.

    A `token` is one that does not end, for whoever asks for none.
    """

    def __init__(self, client_id: str, client_secret: str, token: str | None = None) -> None:
        self._token = token.encode() if token else None
        self._client_id = client_id.encode()
        self._secret = client_secret.encode()

    def is_client(self, authorization: str | None, form: Mapping[str, str]) -> bool:
        """Check the client's id and secret, from HTTP Basic or from the form."""
        given = _basic(authorization) or (form.get("client_id", ""), form.get("client_secret", ""))
        same_id = hmac.compare_digest(given[0].encode(), self._client_id)
        return hmac.compare_digest(given[1].encode(), self._secret) and same_id

    def issue(self, *, now_s: float) -> str:
        """Make a token that is good for an hour."""
        end = str(int(now_s) + LIFETIME_S)
        return f"{end}.{self._seal(end)}"

    def admits(self, authorization: str | None, *, now_s: float) -> bool:
        """Say whether an `Authorization` header holds a token of ours that has not ended."""
        scheme, _, token = (authorization or "").partition(" ")
        is_bearer, given = scheme.lower() == "bearer", token.strip().encode()
        if is_bearer and self._token is not None and hmac.compare_digest(given, self._token):
            return True
        end, _, seal = token.strip().partition(".")
        if not is_bearer or not hmac.compare_digest(seal.encode(), self._seal(end).encode()):
            return False
        return now_s < int(end)

    def _seal(self, end: str) -> str:
        return hmac.digest(self._secret, b"token " + end.encode(), hashlib.sha256).hex()


def _basic(authorization: str | None) -> tuple[str, str] | None:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    # Both are percent-encoded before they are joined (RFC 6749 2.3.1).
    return unquote(name), unquote(secret)
