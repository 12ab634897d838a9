"""A site with its hub, and a listener on this machine that remembers what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any

from tests.support.program import Client, Site
from trunkline.access.delivery import make_dispatcher
from trunkline.api import access, events, hub
from trunkline.api.doorman import ApiDoorman
from trunkline.database.migrate import MigrationSource, migrate
from trunkline.documents.shape import DataClass
from trunkline.hub.dispatcher import Bounds, Dispatcher
from trunkline.hub.fanout import Fanout
from trunkline.hub.guard import AllowList
from trunkline.identity.accounts import NewUser, add_user
from trunkline.identity.personal_tokens import create_personal_token
from trunkline.kernel.actor import Grant, system
from trunkline.settings import load

PUBLIC_URL = "https://crm.example"
PARTY = "/tmf-api/party/v4"
CATALOG = "/tmf-api/productCatalogManagement/v4"
INTERNAL: frozenset[DataClass] = frozenset({"public", "internal"})


@dataclass(frozen=True)
class Message:
    """What a listener got: where, with which headers, and the body as bytes."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def resource(self) -> dict[str, Any]:
        """The record inside the event."""
        found: list[dict[str, Any]] = list(self.json["event"].values())
        return found[0]


@dataclass
class Listener:
    """A live listener; `answer(message)` decides the status and may take its time."""

    port: int
    answer: Callable[[Message], int] = lambda message: 204
    messages: list[Message] = field(default_factory=list)

    def callback(self, name: str = "hook") -> str:
        return f"http://localhost:{self.port}/{name}"

    def names(self, name: str = "hook") -> list[str]:
        """The types of the events sent to one callback, in order of arrival."""
        return [one.json["eventType"] for one in self.at(name)]

    def at(self, name: str = "hook") -> list[Message]:
        return [one for one in self.messages if one.path.startswith(f"/{name}/")]


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener(0)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            message = Message(self.path, headers, body)
            status = listener.answer(message)
            if status == 204:
                listener.messages.append(message)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    listener.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class HubSite:
    """A site whose hub may call one listener on this machine."""

    site: Site
    listener: Listener
    allow: AllowList

    def dispatcher(self, **bounds: Any) -> Dispatcher:
        return make_dispatcher(
            self.site.services, public_url=PUBLIC_URL, allow=self.allow, bounds=Bounds(**bounds)
        )

    def deliver(self) -> int:
        """Send what is due; return how many attempts that was."""
        return self.dispatcher().deliver_due()

    def hurry(self) -> None:
        """Make all waiting messages due."""
        self.write("update work set run_at = now() where lane = 'delivery'")

    def write(self, sql: str, *parameters: Any) -> None:
        with self.site.services.database.app.connection() as connection:
            connection.execute(sql, list(parameters))

    def member(
        self,
        login: str,
        permissions: dict[str, Grant],
        *,
        party: str | None = None,
        scopes: list[str] | None = None,
    ) -> Client:
        """A new user with a role of its own that permits just this, by a token for all of it."""
        services, by = self.site.services, system("tests")
        role = self.site.role(login.lower(), permissions)
        user = NewUser(login, login.title(), roles=[role], party=party)
        principal = add_user(services, by=by, user=user)
        made = create_personal_token(
            services, by=by, owner=principal, name="tests", scopes=scopes or sorted(permissions),
            lasts=timedelta(days=1),
        )  # fmt: skip
        return Client(self.site.app, made.token)

    def subscribe(
        self, client: Client, base: str, *, name: str = "hook", query: str = ""
    ) -> dict[str, Any]:
        body = {"callback": self.listener.callback(name)} | ({"query": query} if query else {})
        answer = client.post(f"{base}/hub", body)
        assert answer.status_code == 201, answer.json
        found: dict[str, Any] = answer.json
        return found

    def clear(self) -> None:
        """Forget all subscriptions, messages and what was received."""
        self.listener.messages.clear()
        self.listener.answer = lambda message: 204
        for table in ("subscription", "delivery"):
            self.write(f"delete from {table}")
        self.write("delete from work where lane = 'delivery'")
        self.write("update generation set number = number + 1")


def open_hub(site: Site, listener: Listener) -> HubSite:
    """Give a site its hub, where it does not have one already."""
    migrate(site.dsn, [MigrationSource("hub", files("trunkline.hub") / "migrations")])
    allow = AllowList.parse(f"localhost:{listener.port}")
    services, settings = site.services, load({})
    if not any(isinstance(one, Fanout) for one in services.fanout):
        services.fanout.append(Fanout(services.registry))
    app, doorman = site.app.app, ApiDoorman(site.authenticator, site.services)
    hub.add_routes(app, services, doorman, settings, allow=allow)
    events.add_routes(app, services, doorman, settings, allow=allow)
    access.add_routes(app, services, doorman)
    return HubSite(site, listener, allow)


def person(admin: Client, name: str = "Ada") -> dict[str, Any]:
    answer = admin.post(f"{PARTY}/individual", {"givenName": name, "familyName": "Lovelace"})
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def category(admin: Client, name: str = "Fibre", **more: Any) -> dict[str, Any]:
    answer = admin.post(f"{CATALOG}/category", {"name": name, **more})
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found
