"""Starting the simulator as a process of its own, for stories, fault runs and the demo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from .command_line import CALLBACK_SECRET_VARIABLE, CLIENT_SECRET_VARIABLE, TOKEN_VARIABLE

_READY = "Trunkline network simulator ready at "
_opener = build_opener(ProxyHandler({}))


class NotStarted(Exception):
    """The simulator did not come up in time, or ended at once."""


@dataclass
class Running:
    """A simulator in another process. It also ends when the process that started it is gone."""

    url: str
    process: subprocess.Popen[str]
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)

    def behave(self, **settings: object) -> dict[str, Any]:
        """Replace the settings, as `PUT /control` does."""
        return dict(self.ask("PUT", "/control", settings))

    def effects(self) -> dict[str, Any]:
        """Read what took effect, as `GET /control/effects` answers."""
        return dict(self.ask("GET", "/control/effects"))

    def reset(self) -> None:
        """Make the simulator forget commands, services and settings."""
        self.ask("POST", "/control/reset")

    def release(self, what: str = "answers") -> dict[str, Any]:
        """Release held `answers`, or carry out open `orders` at once, or `all`."""
        return dict(self.ask("POST", "/control/release", {"what": what}))

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Send a request and read its JSON; underscores in header names stand for dashes.

        Errors: `urllib.error.HTTPError` for 4xx and 5xx answers.
        """
        content = None if body is None else json.dumps(body).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Content-Type"] = "application/json"
        if self.client_id is not None:
            sent["Authorization"] = f"Bearer {self.token()}"
        address = self.url + path
        request = Request(address, data=content, headers=sent, method=method)  # noqa: S310
        with _opener.open(request, timeout=30) as answer:
            received = answer.read()
        return json.loads(received) if received else None

    def token(self) -> str:
        """Get a bearer token with the configured client."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id or "",
            "client_secret": self.client_secret or "",
        }
        address = f"{self.url}/oauth/token"
        request = Request(address, data=urlencode(form).encode())  # noqa: S310
        with _opener.open(request, timeout=30) as answer:
            return str(json.loads(answer.read())["access_token"])

    def stop(self) -> None:
        """End the simulator in good order; ending it twice is fine."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def kill(self) -> None:
        """End the simulator as a crash would."""
        self.process.kill()
        self.stop()

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    journal: Path | None = None,
    client_id: str | None = None,
    client_secret: str | None = None,
    callback_secret: str | None = None,
    token: str | None = None,
    seed: int = 1,
    timeout_s: float = 20.0,
) -> Running:
    """Start a simulator, on a free port unless one is given, and wait until it answers."""
    options = ["--host", host, "--port", str(port), "--seed", str(seed)]
    if journal is not None:
        options += ["--journal", str(journal)]
    if client_id is not None:
        options += ["--client-id", client_id]
    process = subprocess.Popen(
        [sys.executable, "-m", "trunkline.simulator", "--until-input-closes", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=_environment(client_secret, callback_secret, token),
    )
    running = Running("", process, client_id, client_secret)
    running.url = _ready_url(running, timeout_s)
    return running


def _environment(
    client_secret: str | None, callback_secret: str | None, token: str | None
) -> dict[str, str]:
    """Pass secrets where the process list does not show them, and this very package's place."""
    environment = dict(os.environ)
    for name, value in (
        (CLIENT_SECRET_VARIABLE, client_secret),
        (CALLBACK_SECRET_VARIABLE, callback_secret),
        (TOKEN_VARIABLE, token),
    ):
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    source = str(Path(__file__).resolve().parents[2])
    former = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = source + (os.pathsep + former if former else "")
    return environment


def _ready_url(running: Running, timeout_s: float) -> str:
    """Wait for the first line, which says the address; a timer ends a simulator that hangs."""
    assert running.process.stdout is not None
    timer = threading.Timer(timeout_s, running.process.kill)
    timer.start()
    try:
        line = running.process.stdout.readline()
    finally:
        timer.cancel()
    if not line.startswith(_READY):
        running.kill()
        raise NotStarted(f"the network simulator did not come up within {timeout_s} s; see above")
    return line.removeprefix(_READY).strip()
