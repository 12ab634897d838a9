"""What a journal keeps when the simulator is killed, and how a simulator starts."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.simulator.listener import CANCELLATIONS, ORDERS, Listener, command, order
from tests.support.waiting import wait_until
from trunkline.simulator.journal import Journal, JournalDamaged
from trunkline.simulator.running import NotStarted, start


def test_a_killed_simulator_keeps_its_effects(tmp_path: Path, listener: Listener) -> None:
    journal = tmp_path / "network.journal"
    first = start(journal=journal)
    completed = first.ask("POST", ORDERS, order(), Idempotency_Key="ada-1")
    first.ask("POST", "/tmf-api/serviceOrdering/v4/hub", {"callback": listener.url})
    first.behave(mode="callback", delay_ms=60_000)
    cancelled = first.ask("POST", ORDERS, order(), Idempotency_Key="ada-2")
    first.ask("POST", CANCELLATIONS, {"serviceOrder": {"id": cancelled["id"]}})
    listener.wait(1)
    wait_until(lambda: command(first, "ada-2")["notification"] == "delivered")
    first.behave(mode="callback", delay_ms=300)
    opened = first.ask("POST", ORDERS, order(), Idempotency_Key="ada-3")
    services = first.effects()["services"]
    first.kill()
    with journal.open("ab") as torn:
        torn.write(b'{"kind":"eff')

    with start(journal=journal, port=int(first.url.rsplit(":", 1)[1])) as second:
        assert second.url == first.url
        assert second.ask("GET", f"{ORDERS}/{completed['id']}") == completed
        assert second.ask("POST", ORDERS, order(), Idempotency_Key="ada-1") == completed
        counted = command(second, "ada-1")
        assert (counted["received"], counted["effects"]) == (2, 1)
        wait_until(lambda: command(second, "ada-3")["effects"] == 1)
        calls = listener.wait(2)
        assert [call.state for call in calls] == ["cancelled", "completed"]
        assert calls[1].event["event"]["serviceOrder"]["id"] == opened["id"]
        assert services.items() <= second.effects()["services"].items()
        second.reset()
    with start(journal=journal) as third:
        assert third.effects() == {"commands": [], "services": {}}


def test_the_same_seed_assigns_the_same_values() -> None:
    assigned = []
    for seed in (1, 1, 2):
        with start(seed=seed) as one:
            answer = one.ask("POST", ORDERS, order(externalId="ada-1"))
            assigned.append(answer["serviceOrderItem"][0]["service"]["serviceCharacteristic"])
    assert assigned[0] == assigned[1] != assigned[2]


def test_a_damaged_journal_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "network.journal"
    path.write_bytes(b'{"kind":"received","key":"ada-1"}\nnot a record\n{}\n')
    journal = Journal(path)
    with pytest.raises(JournalDamaged, match="line 2"):
        list(journal.replay())
    journal.close()
    with pytest.raises(NotStarted):
        start(journal=path)


def test_the_simulator_ends_with_who_started_it() -> None:
    starter = "from trunkline.simulator.running import start; print(start().url)"
    started = subprocess.run(
        [sys.executable, "-c", starter], capture_output=True, text=True, check=True, timeout=30
    )
    place = urlsplit(started.stdout.strip())
    assert place.port
    wait_until(lambda: not answers(place.hostname or "", place.port or 0))


def answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def test_wrong_options_are_said_clearly(tmp_path: Path) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({"mode": "never"}))
    ended = subprocess.run(
        [sys.executable, "-m", "trunkline.simulator", "--settings", str(settings)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert ended.returncode == 1
    assert "cannot start" in ended.stderr
    assert "$.mode" in ended.stderr
    assert "Traceback" not in ended.stderr
