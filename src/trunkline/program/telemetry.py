"""Traces by OpenTelemetry: off unless asked for, a span per request and per piece of work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.metadata import entry_points
from typing import Any, Protocol

from trunkline.settings import Settings, SettingsError

EXPORTER_VARIABLE = "OTEL_TRACES_EXPORTER"
EXPORTER_DEFAULT = "otlp_proto_http"
_NAMES = {"otlp": EXPORTER_DEFAULT}

WsgiProgram = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class WorkRow(Protocol):
    """What a span says of a piece of work."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def kind(self) -> str:
        """What is done."""

    @property
    def attempt(self) -> int:
        """Which try this is."""


class Tracing:
    """Puts spans around requests and work; without a tracer it adds nothing."""

    def __init__(self, tracer: Any = None, *, stop: Callable[[], None] = lambda: None) -> None:
        """Keep the tracer, and what sends the last spans."""
        self._tracer = tracer
        self.stop = stop

    def around_requests(self, app: WsgiProgram) -> WsgiProgram:
        """Return the WSGI program with a span around each request, part of the caller's trace."""
        if self._tracer is None:
            return app
        tracer = self._tracer

        def traced(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            with _request_span(tracer, environ) as span:

                def start(status: str, headers: Any, *error: Any) -> Any:
                    span.set_attribute("http.response.status_code", int(status[:3]))
                    return start_response(status, headers, *error)

                return app(environ, start)

        return traced

    def around_work(self, row: WorkRow) -> AbstractContextManager[Any]:
        """Return a span around one piece of work."""
        if self._tracer is None:
            return nullcontext()
        attributes = {"trunkline.work": row.id, "trunkline.attempt": row.attempt}
        span: AbstractContextManager[Any] = self._tracer.start_as_current_span(
            f"work {row.kind}", attributes=attributes
        )
        return span


def start_tracing(settings: Settings, *, service: str) -> Tracing:
    """Return the tracing of this process, which does nothing unless TRUNKLINE_TRACES is on.

    Where the spans go is said by OpenTelemetry's own variables (OTEL_EXPORTER_OTLP_ENDPOINT and
    others). Raises SettingsError where the extra is not installed.
    """
    if not settings.traces:
        return Tracing()
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise SettingsError(
            [
                "TRUNKLINE_TRACES: the extra is not installed. Install it with"
                " `pip install 'trunkline[telemetry]'`, or write off."
            ]
        ) from None
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(_exporter()))
    return Tracing(provider.get_tracer("trunkline"), stop=provider.shutdown)


def _exporter() -> Any:
    asked = os.environ.get(EXPORTER_VARIABLE) or EXPORTER_DEFAULT
    name = _NAMES.get(asked, asked)
    for found in entry_points(group="opentelemetry_traces_exporter", name=name):
        return found.load()()
    raise SettingsError(
        [
            f"{EXPORTER_VARIABLE}: no exporter {name} is installed. Install the package that"
            " brings it, such as opentelemetry-exporter-otlp-proto-http, or write console."
        ]
    )


@contextmanager
def _request_span(tracer: Any, environ: dict[str, Any]) -> Iterator[Any]:
    from opentelemetry.propagate import extract
    from opentelemetry.trace import SpanKind

    carrier = {
        name: environ[f"HTTP_{name.upper()}"]
        for name in ("traceparent", "tracestate")
        if f"HTTP_{name.upper()}" in environ
    }
    # The query may name persons; the path holds our own ids and keys only.
    attributes = {
        "http.request.method": environ["REQUEST_METHOD"],
        "url.path": environ.get("PATH_INFO", ""),
    }
    with tracer.start_as_current_span(
        environ["REQUEST_METHOD"],
        context=extract(carrier),
        kind=SpanKind.SERVER,
        attributes=attributes,
    ) as span:
        yield span
