"""Logs: JSON lines on stderr in production, readable lines in development, never a secret."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import msgspec
import structlog
from structlog.typing import Processor

from trunkline.settings import Settings

HIDDEN = "***"
_SECRET_NAME = re.compile(
    r"password|passphrase|secret|token|authorization|cookie|credential|api_?key|dsn|database_url",
    re.IGNORECASE,
)
# In any text: our own tokens, webhook secrets, what follows a scheme of sign-in, passwords in
# addresses and in connection strings.
_SECRET_TEXT = re.compile(
    r"(?P<mark>\btl_[a-z]+_|\bwhsec_|\b(?:bearer|basic)\s+|://[^/\s:@]*:|"
    r"\b(?:password|secret|token)['\"]?\s*[=:]\s*['\"]?)(?P<secret>[^\s'\",;@]+)",
    re.IGNORECASE,
)
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure(settings: Settings, *, stream: TextIO | None = None) -> None:
    """Write the logs of this process, our own and the libraries', in the form of its mode."""
    out = stream or sys.stderr
    level = _LEVELS[settings.log_level]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Processor
    if settings.is_production:
        renderer = structlog.processors.JSONRenderer(serializer=_json)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=out.isatty())
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=stream is None,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)


def redact(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Hide secrets in a log line: by the name of the field, and by their look in any text."""
    for name, value in line.items():
        line[name] = _without_secrets(name, value)
    return line


def without_secrets(text: str) -> str:
    """Return a text with everything that looks like a secret hidden."""
    return _SECRET_TEXT.sub(lambda found: found["mark"] + HIDDEN, text)


def _without_secrets(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_secrets(str(key), one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_without_secrets(name, one) for one in value]
    if isinstance(value, str | bytes):
        if _SECRET_NAME.search(name):
            return HIDDEN
        return without_secrets(
            value if isinstance(value, str) else value.decode("utf-8", "replace")
        )
    if value is None or isinstance(value, bool | int | float):
        return value
    return without_secrets(str(value))


def _json(line: Mapping[str, Any], **_options: Any) -> str:
    return msgspec.json.encode(line, enc_hook=str).decode()
