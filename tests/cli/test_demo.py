"""`trunkline demo` from an empty folder: filled once, quick afterwards, gone without a trace."""

from __future__ import annotations

import re
import signal
import socket

import pytest

from tests.cli.conftest import Installation, await_true, living

pytest.importorskip("trunkline.demo.seed", reason="the demonstration data is not there")

FIRST_START_S = 120.0


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
    installation.stop()


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
