"""Traces sent: the spans of a request and of the work behind it arrive at a collector by OTLP."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.cli.conftest import Installation, await_true

pytest.importorskip(
    "opentelemetry.exporter.otlp.proto.http", reason="the extra `telemetry` is not installed"
)

TRACE = "0af7651916cd43dd8448eb211c80319c"
VALIDATION = "/tmf-api/geographicAddressManagement/v4/geographicAddressValidation"
SUBMITTED = b"""{"submittedGeographicAddress": {"streetName": "Mill Lane", "streetNr": "5",
"city": "Nordhaven", "country": "DE"}, "provideAlternative": false}"""


class Collector:
    """Takes spans as a collector does; `spans` holds (service, name, trace id, attributes)."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, str, str, dict[str, Any]]] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                if self.path == "/v1/traces":
                    collector.spans.extend(read(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def read(body: bytes) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield what an export request holds."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
        ExportTraceServiceRequest,
    )

    def plain(attributes: Any) -> dict[str, Any]:
        return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}

    for sent in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = plain(sent.resource.attributes)["service.name"]
        for scope in sent.scope_spans:
            for span in scope.spans:
                yield service, span.name, span.trace_id.hex(), plain(span.attributes)


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.close()


def test_spans_of_a_request_and_of_a_step_arrive(
    installation: Installation, collector: Collector
) -> None:
    installation.start(
        "serve",
        TRUNKLINE_TRACES="on",
        TRUNKLINE_WEB_PROCESSES="1",
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        OTEL_BSP_SCHEDULE_DELAY="100",
    )
    installation.call("user", "add", "ada", "--role", "administrator", "--generate")
    token = installation.call("token", "create", "ada").stdout.strip()
    connection = HTTPConnection("127.0.0.1", installation.port, timeout=10)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "traceparent": f"00-{TRACE}-b7ad6b7169203331-01",
    }
    connection.request("POST", VALIDATION, SUBMITTED, headers)
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()
    connection.close()

    def request() -> list[dict[str, Any]]:
        return [
            attributes
            for service, name, trace, attributes in collector.spans
            if (service, name, trace) == ("trunkline-web", "POST", TRACE)
        ]

    def step() -> list[dict[str, Any]]:
        return [
            attributes
            for service, name, _, attributes in collector.spans
            if service == "trunkline-worker" and name.startswith("work geography.validation")
        ]

    await_true(request, "the span of the request", log=installation.log, timeout_s=10)
    assert request()[0]["http.response.status_code"] == 201
    assert request()[0]["url.path"] == VALIDATION
    await_true(step, "the span of the step", log=installation.log, timeout_s=10)
    assert step()[0]["trunkline.attempt"] == 1
    installation.stop()
