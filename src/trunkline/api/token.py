"""The token endpoint: OAuth 2.0 client credentials for API clients."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs, unquote

import falcon

from trunkline.api.metrics import SIGN_INS
from trunkline.documents.decode import encode
from trunkline.documents.errors import Refusal
from trunkline.identity.clients import issue_access_token
from trunkline.kernel.services import Services

FORM_BYTES_MAX = 8192


class TokenEndpoint:
    """`POST /oauth/token` by RFC 6749 section 4.4."""

    needs = "ownSecret"

    def __init__(self, services: Services) -> None:
        self._services = services

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Give an access token to a client that proves who it is."""
        form = parse_qs(req.bounded_stream.read(FORM_BYTES_MAX).decode("utf-8", "replace"))
        one = {name: values[0] for name, values in form.items()}
        client, secret = _credentials(req, one)
        if one.get("grant_type") != "client_credentials":
            _refuse(resp, 400, "unsupported_grant_type", "grant_type must be client_credentials")
            return
        try:
            issued = issue_access_token(
                self._services, client_id=client, secret=secret, scopes=one.get("scope", "").split()
            )
        except Refusal as refusal:
            SIGN_INS.labels("refused").inc()
            code = "invalid_client" if refusal.status == 401 else "invalid_scope"
            _refuse(resp, refusal.status, code, refusal.message)
            return
        SIGN_INS.labels("granted").inc()
        lasts = issued.expires_at - self._services.machine_now()
        resp.data = encode(
            {
                "access_token": issued.token,
                "token_type": "Bearer",
                "expires_in": int(lasts.total_seconds()),
                "scope": " ".join(issued.scopes),
            }
        )
        resp.content_type = "application/json"
        resp.set_header("Cache-Control", "no-store")


def _credentials(req: falcon.Request, form: dict[str, str]) -> tuple[str, str]:
    scheme, _, value = (req.get_header("Authorization") or "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(value).decode().partition(":")
        except ValueError:
            return "", ""
        return unquote(name), unquote(secret)
    return form.get("client_id", ""), form.get("client_secret", "")


def _refuse(resp: falcon.Response, status: int, code: str, description: str) -> None:
    resp.status = falcon.code_to_http_status(status)
    resp.data = encode({"error": code, "error_description": description})
    resp.content_type = "application/json"


def add_routes(app: falcon.App[Any, Any], services: Services) -> None:
    """Add the token endpoint."""
    app.add_route("/oauth/token", TokenEndpoint(services))
