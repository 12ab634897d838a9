"""Whoever is called back, and the orders that the tests send."""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.support.waiting import wait_until
from trunkline.simulator.running import Running

ORDERS = "/tmf-api/serviceOrdering/v4/serviceOrder"
CANCELLATIONS = "/tmf-api/serviceOrdering/v4/cancelServiceOrder"
SERVICES = "/tmf-api/ServiceActivationAndConfiguration/v4/service"
MONITORS = "/tmf-api/ServiceActivationAndConfiguration/v4/monitor"


@dataclass(frozen=True)
class Call:
    """One call-back as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def state(self) -> str:
        (subject,) = self.event["event"].values()
        return str(subject["state"])


class Listener:
    """Takes call-backs; answers the first ones with the statuses in `answers`, then 204."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: list[int] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                listener.calls.append(Call(self.path, headers, body))
                self.send_response(listener.answers.pop(0) if listener.answers else 204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/callbacks"

    def __enter__(self) -> "Listener":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, count: int) -> list[Call]:
        """Wait until so many calls came."""
        wait_until(lambda: len(self.calls) >= count)
        return self.calls


def item(
    action: str = "add",
    *,
    id: str = "1",
    service_id: str | None = None,
    specification: str = "Fibre Access",
    **characteristics: object,
) -> dict[str, Any]:
    service: dict[str, Any] = {
        "serviceSpecification": {"id": f"spec-{specification}", "name": specification},
        "serviceCharacteristic": [
            {"name": name, "value": value} for name, value in characteristics.items()
        ],
    }
    if service_id:
        service["id"] = service_id
    return {"id": id, "action": action, "service": service}


def order(*items: dict[str, Any], **attributes: object) -> dict[str, Any]:
    return {"serviceOrderItem": list(items) or [item()], **attributes}


def characteristics(service: dict[str, Any]) -> dict[str, Any]:
    return {entry["name"]: entry["value"] for entry in service["serviceCharacteristic"]}


def refused(network: Running, method: str, path: str, body: object, **headers: str) -> Any:
    """Send a request that must be refused and read its TMF error."""
    with pytest.raises(HTTPError) as caught:
        network.ask(method, path, body, **headers)
    with caught.value as answer:
        error = json.loads(answer.read())
    assert error["status"] == str(answer.code)
    assert error["code"]
    assert error["reason"]
    return error


def command(network: Running, key: str) -> dict[str, Any]:
    """Read what the simulator counted for one command key."""
    (found,) = [one for one in network.effects()["commands"] if one["key"] == key]
    return dict(found)
