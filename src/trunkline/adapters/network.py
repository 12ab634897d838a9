"""The network: TMF641 service orders sent over HTTP, and their answers read."""

from __future__ import annotations

from urllib.parse import quote

from trunkline.adapters.http_connection import Answered, HttpConnections, NoAnswer, NotConnected
from trunkline.adapters.json_server import decoded
from trunkline.adapters.network_token import NetworkToken
from trunkline.adapters.watching import watch
from trunkline.documents.decode import encode
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.ordering.command import (
    Answer,
    Command,
    NotAnswered,
    OutcomeUnknown,
    Unavailable,
    use_activator,
)
from trunkline.ordering.design.answer import Response
from trunkline.ordering.design.outside_system import NETWORK
from trunkline.ordering.handoff.dialect import DIALECTS
from trunkline.ordering.handoff.words import Words
from trunkline.settings import Settings

SERVICE_ORDER = "/tmf-api/serviceOrdering/v4/serviceOrder"
CALLBACK = "/callback/network"
TMF641 = DIALECTS["TMF641"]
PLAIN_WORDS = Words()
NOT_TAKEN = frozenset({408, 425, 429, 503})
MESSAGE_LENGTH_MAX = 500


class NetworkActivator:
    """Hands commands to a network that speaks TMF641, with their key as `Idempotency-Key`.

    With a `callback_base` the network is asked to call back there when an order ends.
    """

    def __init__(
        self,
        connections: HttpConnections,
        *,
        token: NetworkToken | None = None,
        callback_base: str | None = None,
    ) -> None:
        self._connections = connections
        self._token = token
        self._callback_base = callback_base

    def submit(self, command: Command) -> Answer:
        """Send a command as a service order."""
        headers = {"Idempotency-Key": command.key}
        if self._callback_base is not None:
            headers["X-Callback-Url"] = f"{self._callback_base}{CALLBACK}/{command.key}"
        answered = self._ask("POST", SERVICE_ORDER, headers, encode(TMF641.order(command)["body"]))
        if answered.status in NOT_TAKEN:
            raise _failed(Unavailable, answered)
        if 200 <= answered.status < 300:
            return _read(decoded(answered))
        if answered.status >= 500:
            raise _failed(OutcomeUnknown, answered)
        return _refusal(answered)

    def query(self, key: str) -> Answer | None:
        """Ask what became of a command."""
        answered = self._ask("GET", f"{SERVICE_ORDER}?externalId={quote(key)}", {}, None)
        found = decoded(answered) if answered.status == 200 else None
        if not isinstance(found, list):
            raise _failed(Unavailable, answered)
        return _read(found[-1]) if found else None

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answered:
        """Send a request, with a new token once where the old one is no longer taken."""
        answered = self._send(method, path, headers, body)
        if answered.status == 401 and self._token is not None:
            self._token.forget()
            answered = self._send(method, path, headers, body)
        if answered.status == 401:
            raise Unavailable("notAuthorized", "the network does not take our credentials")
        return answered

    def _send(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> Answered:
        sent = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        try:
            if self._token is not None:
                sent["Authorization"] = f"Bearer {self._token.get()}"
            return self._connections.ask(method, path, sent, body)
        except NotConnected as error:
            raise Unavailable("notConnected", str(error)) from error
        except NoAnswer as error:
            raise OutcomeUnknown("noAnswer", str(error)) from error


def use_network(services: Services, settings: Settings) -> bool:
    """Let commands go to the network that the settings name; return whether they name one."""
    if settings.network_url is None:
        return False
    connections = HttpConnections(settings.network_url, watch=watch(services, NETWORK))
    token = None
    if settings.network_client_id is not None and settings.network_client_secret is not None:
        token = NetworkToken(
            connections, settings.network_client_id, settings.network_client_secret
        )
    callback = settings.public_url if settings.network_callback_secret is not None else None
    use_activator(services, NetworkActivator(connections, token=token, callback_base=callback))
    return True


def answer_of(order: Json) -> Answer:
    """Return what a service order of the network says of its command.

    ValueError for a state that TMF641 does not have.
    """
    return TMF641.read(order, PLAIN_WORDS)


def _read(order: Json) -> Answer:
    try:
        return answer_of(order)
    except (ValueError, AttributeError) as error:
        raise OutcomeUnknown("badAnswer", "the network's answer cannot be read") from error


def _failed(error: type[NotAnswered], answered: Answered) -> NotAnswered:
    """Return an error with what came back all the same."""
    came = Response(answered.status, decoded(answered))
    return error(f"http{answered.status}", _words(answered), answer=came.as_json())


def _refusal(answered: Answered) -> Answer:
    body = decoded(answered)
    code = body.get("code") if isinstance(body, dict) else None
    return Answer(
        "failed",
        code=str(code) if code else f"http{answered.status}",
        message=_words(answered),
        body=body,
    )


def _words(answered: Answered) -> str:
    body = decoded(answered)
    said = body.get("message") or body.get("reason") if isinstance(body, dict) else None
    return str(said or f"the network answered {answered.status}")[:MESSAGE_LENGTH_MAX]
