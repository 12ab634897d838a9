"""`trunkline demo` from an empty folder: filled once, quick afterwards, gone without a trace."""

from __future__ import annotations

import re
import signal
import socket

import falcon
import falcon.testing
import psycopg
import pytest

from tests.cli.conftest import Installation, await_true, living
from tests.support.walk_begins import CUSTOMER, MORE_ON_A_PAGE, NOT_WALKED, STAFF
from tests.support.walking import Seen, Walk, fullness_of, routes_of, walked
from tests.web.browser import Browser
from trunkline.api.app import make_app
from trunkline.identity.authenticate import Authenticator
from trunkline.program.start import running
from trunkline.settings import load
from trunkline.web.app import add_routes

pytest.importorskip("trunkline.demo.seed", reason="the demonstration data is not there")

FIRST_START_S = 300.0
DEMO_PASSWORD = "meridian-demo-2026"
STATEMENTS_MAX = 3
FENCE = "select set_config('trunkline.reach'"
"""Begins each transaction of who sees own rows only."""
PARTS_MIN = 100


@pytest.fixture(scope="module")
def walks(installation: Installation) -> tuple[Walk, Walk, set[str]]:
    """What an administrator and a customer saw, and the addresses that there are.

    The demonstration that was left running is looked at by a program beside it, and ended.
    """
    if installation.process is None or installation.process.poll() is not None:
        installation.start("demo", "--customers", "100", timeout_s=FIRST_START_S)
    environment = {key: value for key, value in installation.environment.items()
                   if key[:10] == "TRUNKLINE_"}  # fmt: skip
    settings = load(environment)
    with running(settings) as program:
        authenticator = Authenticator(program.services)
        app = make_app(program.services, authenticator, settings)
        add_routes(app, program.services, authenticator, settings)
        with psycopg.connect(program.dsn, autocommit=True) as connection:
            fullness = fullness_of(connection)
        seen = []
        for login, begin in (("admin", STAFF), ("customer", CUSTOMER)):
            browser = Browser(falcon.testing.TestClient(app))
            assert browser.sign_in(login, DEMO_PASSWORD).status_code == 303
            seen.append(walked(browser, fullness, begin, with_kinds=login == "admin"))
    installation.stop()
    return seen[0], seen[1], routes_of(app)


def test_the_first_start_fills_the_second_does_not(installation: Installation) -> None:
    installation.start("demo", "--customers", "100", timeout_s=FIRST_START_S)
    await_true(lambda: "Sign in as" in installation.log(), "it says how to sign in")
    assert "Filling in demonstration data" in installation.log()
    everybody = installation.family()
    assert any("trunkline.simulator" in living()[one][1] for one in everybody)
    assert installation.stop(signal.SIGINT) < 20
    await_true(lambda: not everybody & living().keys(), "all are gone", timeout_s=20)
    assert not installation.postmaster()

    (installation.folder / "serve.log").write_text("", encoding="utf-8")
    installation.start("demo")
    assert "Filling in" not in installation.log()


def test_no_part_of_a_page_costs_more_than_three_statements(
    walks: tuple[Walk, Walk, set[str]],
) -> None:
    """Each part that a page loads by itself, of the records that have most."""
    parts = [one for one in _seen(walks) if not one[1].is_page]
    assert len(parts) >= PARTS_MIN, sorted(name for name, _ in parts)
    wrong = {
        one.address: one.statements for _, one in parts if len(one.statements) > STATEMENTS_MAX
    }
    assert wrong == {}


def test_no_whole_page_costs_more_than_three_statements(
    walks: tuple[Walk, Walk, set[str]],
) -> None:
    """Of the demonstration, which has dozens of rows on many; but where it is said why."""
    wrong = {}
    for name, one in _seen(walks):
        own = [each for each in one.statements if not each.startswith(FENCE)]
        most, _ = MORE_ON_A_PAGE.get(name.partition(" ")[0], (STATEMENTS_MAX, ""))
        if one.is_page and len(own) > most:
            wrong[one.address] = own
    assert wrong == {}
    assert MORE_ON_A_PAGE.keys() <= {name.partition(" ")[0] for name, _ in _seen(walks)}


def test_every_address_is_walked_or_somebody_says_why_not(
    walks: tuple[Walk, Walk, set[str]],
) -> None:
    staff, customer, addresses = walks
    assert addresses - staff.routes - customer.routes - NOT_WALKED.keys() == set()
    assert NOT_WALKED.keys() - addresses == set()


def _seen(walks: tuple[Walk, Walk, set[str]]) -> list[tuple[str, Seen]]:
    return [one for walk in walks[:2] for one in walk.seen.items()]


def test_a_busy_port_is_left_to_its_owner(installation: Installation) -> None:
    with socket.socket() as owner:
        owner.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        owner.bind(("127.0.0.1", installation.port))
        owner.listen()
        busy = installation.port
        (installation.folder / "serve.log").write_text("", encoding="utf-8")
        installation.start("demo", "--customers", "100", awaits=False)
        await_true(
            lambda: "runs at" in installation.log(),
            "it runs",
            timeout_s=FIRST_START_S,
            log=installation.log,
        )
    said = re.search(
        rf"Port {busy} is busy, so this demonstration takes port (\d+)", installation.log()
    )
    assert said is not None
    installation.port = int(said[1])
    assert installation.get("/readyz")[0] == 200
    installation.stop()
