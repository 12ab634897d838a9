"""Records an installation of this release, filled, for later releases to be migrated from.

    python -m tests.database.record_state 2026-11-22

writes the database as SQL and what the interfaces answered of it into `states/`. Run it at a
release that people have installed; what was recorded is never written again.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.operator import ORDER, Operator
from tests.support.program import Site
from trunkline.adapters.network import use_network
from trunkline.database.binaries import server_binaries
from trunkline.database.launcher import EmbeddedServer
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import registry
from trunkline.ordering.retry_policy import RetryPolicy, use_policy
from trunkline.program.start import bring_up_to_date
from trunkline.settings import load
from trunkline.simulator.running import start

STATES = Path(__file__).parent / "states"
PAGE = 100


def fill(operator: Operator) -> dict[str, Any]:
    """Bring an installation into a state in the midst of things; return what is remembered."""
    made = operator.make
    ada, works = operator.ada(), operator.company("Head office")
    mill, farm = operator.company("Mill"), operator.company("Farm")
    done = ada.has(ada.fibre("1"), ada.voice("2"))
    made("/tmf-api/party/v4/hub", {"callback": "https://listener.example/events", "query": ""})
    about = {"id": ada.id, "@referredType": "Customer"}
    made("/api/workspace/v1/notes", {"record": about, "text": "Rings in the evening"})
    waiting = works.orders(works.fibre("1", installation="technician"))
    operator.settle()
    operator.network.behave(
        fail=[{"kind": "business", "specification": "Fibre Access", "code": "noFreePort",
               "reason": "no free port", "message": "no port is free at this address"}]
    )  # fmt: skip
    stuck = mill.orders(mill.fibre("1"))
    operator.settle()
    assert stuck.fallouts(), stuck.steps
    operator.network.behave(fail=[{"kind": "technical", "specification": "Fibre*"}])
    use_policy(operator.site.services, RetryPolicy(technical=(3600, 3600), ask_first_s=3600))
    trying = farm.orders(farm.fibre("1"))
    operator.settle()
    assert trying.state == "inProgress", trying.state
    draft = made(ORDER, works.body(works.fibre("1"), state="pending"))
    fresh = ada.orders(ada.faster(done.product("1")["id"], 500))
    return {
        "token": operator.staff.token, "done": done.id, "waiting": waiting.id, "stuck": stuck.id,
        "trying": trying.id, "draft": draft["id"], "fresh": fresh.id,
        "fallout": stuck.fallouts()[0]["id"], "customer": ada.id,
    }  # fmt: skip


def answers(operator: Operator) -> Iterator[tuple[str, list[Any]]]:
    """Yield what the interfaces answer of every kind of record that has any."""
    for one in sorted(registry.resources.values(), key=lambda one: one.name):
        if "list" not in one.operations or not one.published:
            continue
        path, found = f"{one.api.base}/{one.path}", []
        while True:
            query = f"limit={PAGE}&offset={len(found)}"
            answer = operator.staff.get(path, query_string=query)
            if answer.status_code not in (200, 206):
                break
            found += answer.json
            if len(answer.json) < PAGE:
                break
        if found:
            yield path, found


def record(name: str) -> None:
    """Make an installation, fill it and write both files."""
    with tempfile.TemporaryDirectory() as folder, start() as network:
        server = EmbeddedServer.start(Path(folder) / "data", bindir=None)
        try:
            dsn = server.dsn("trunkline")
            bring_up_to_date(dsn, load_modules())
            site = Site.open(dsn)
            operator = Operator.open(site, network)
            use_network(site.services, load({"TRUNKLINE_NETWORK_URL": network.url}))
            told = fill(operator) | {"records": dict(answers(operator))}
            site.close()
            _write(STATES / f"{name}.json.gz", json.dumps(told, sort_keys=True).encode())
            _write(STATES / f"{name}.sql.gz", _dump(server.superuser_dsn("trunkline")))
        finally:
            server.leave()


def _dump(dsn: str) -> bytes:
    """Return the database as statements that any server takes."""
    program = server_binaries(None).folder / "pg_dump"
    asked = [program, "--inserts", "--rows-per-insert=200", "--no-comments", "-d", dsn]
    text = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    own = [one for one in text.splitlines() if not one.startswith(("SET ", "\\", "--"))]
    return "\n".join(one for one in own if one and "pg_catalog.set_config" not in one).encode()


def _write(path: Path, content: bytes) -> None:
    with gzip.GzipFile(path, "xb", mtime=0) as file:
        file.write(content)
    print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    record(sys.argv[1])
