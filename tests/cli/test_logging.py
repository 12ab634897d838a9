"""Log lines: one form per mode, the request's id bound, and no secret ever."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from trunkline.program.logging import configure, without_secrets
from trunkline.settings import load

CANARIES = {
    "a password": "correct-horse-canary",
    "a personal token": "tl_pat_canary0000000000000000000000000000000000000000000",
    "a client secret": "tl_cs_canary00000000000000000000000000000000000000000000",
    "a session": "tl_st_canary00000000000000000000000000000000000000000000",
    "a signing secret": "whsec_canaryMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.basicConfig(handlers=[logging.NullHandler()], level=logging.WARNING, force=True)


def written(mode: str) -> io.StringIO:
    """Set logs up for a mode and return what they are written to."""
    environ = {"TRUNKLINE_MODE": mode, "TRUNKLINE_SECRET": "s" * 40}
    stream = io.StringIO()
    configure(load(environ), stream=stream)
    return stream


def test_production_writes_one_json_object_per_line_with_the_request() -> None:
    stream = written("production")
    structlog.contextvars.bind_contextvars(request="ask-1234")
    structlog.get_logger("a").info("hello", count=3, amount="19.90")
    logging.getLogger("elsewhere").warning("a library says %s", "this")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["event"], first["level"], first["count"]) == ("hello", "info", 3)
    assert first["request"] == second["request"] == "ask-1234"
    assert first["timestamp"].endswith("Z")
    assert second["event"] == "a library says this"


def test_a_line_break_in_a_value_makes_no_second_line() -> None:
    stream = written("production")
    structlog.get_logger("a").warning("said", path='/x\n{"event": "forged"}')
    assert len(stream.getvalue().splitlines()) == 1


@pytest.mark.parametrize("mode", ["production", "development"])
@pytest.mark.parametrize("canary", CANARIES.values(), ids=list(CANARIES))
def test_no_canary_gets_out(mode: str, canary: str) -> None:
    """Wherever a secret stands: named, nested, in a header, an address, a text or a trace."""
    stream = written(mode)
    log = structlog.get_logger("a")
    log.info("one", password=canary, client_secret=canary, Authorization=canary, token=canary)
    log.info("two", headers={"authorization": f"Bearer {canary}", "Cookie": canary})
    log.info("three", tried=[{"body": {"current_password": canary}}])
    log.info("four", url=f"postgresql://ada:{canary}@db.example/trunkline")
    log.info("five", conninfo=f"host=db password={canary} dbname=x", said=f'"secret": "{canary}"')
    log.info(f"six Bearer {canary}")
    log.info("seven", raw=f"Basic {canary}".encode())
    try:
        raise ValueError(f"cannot sign in with password={canary}")
    except ValueError as error:
        log.error("eight", exc_info=error)
    logging.getLogger("elsewhere").error("nine with Bearer %s", canary)
    text = stream.getvalue()
    assert len(text) > 500
    assert canary not in text
    assert "***" in text


def test_what_looks_like_ours_is_hidden_even_without_a_name() -> None:
    for canary in list(CANARIES.values())[1:]:
        assert "canary" not in without_secrets(f"got {canary} from ada")


def test_plain_words_stay() -> None:
    text = "the order ORD000123 of ada@example.com came at 10:15 from 127.0.0.1"
    assert without_secrets(text) == text
