"""Traces: nothing unless asked for, a clear word without the extra, spans with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from trunkline.leases.queue import Row
from trunkline.program.telemetry import Tracing, start_tracing
from trunkline.settings import SettingsError, load


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("201 Created", [])
    return [b"done"]


def row() -> Row:
    return Row(7, "ordering.start.decompose", "x", None, None, 2, "w", None)  # type: ignore[arg-type]


def test_without_being_asked_nothing_is_put_around() -> None:
    tracing = start_tracing(load({}), service="test")
    assert tracing.around_requests(app) is app
    with tracing.around_work(row()):
        tracing.stop()


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    with pytest.raises(SettingsError, match=r"trunkline\[telemetry\]"):
        start_tracing(load({"TRUNKLINE_TRACES": "on"}), service="test")


def test_requests_and_work_become_spans_without_the_query() -> None:
    pytest.importorskip("opentelemetry.sdk", reason="the extra `telemetry` is not installed")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing = Tracing(provider.get_tracer("test"))
    trace = "0af7651916cd43dd8448eb211c80319c"
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/tmf-api/x",
        "QUERY_STRING": "name=Ada",
        "HTTP_TRACEPARENT": f"00-{trace}-b7ad6b7169203331-01",
    }
    assert tracing.around_requests(app)(environ, lambda *_: None) == [b"done"]
    with tracing.around_work(row()):
        pass
    request, work = exporter.get_finished_spans()
    assert f"{request.context.trace_id:032x}" == trace
    assert request.attributes["http.response.status_code"] == 201
    assert "Ada" not in str(dict(request.attributes))
    assert (work.name, work.attributes["trunkline.attempt"]) == ("work ordering.start.decompose", 2)
