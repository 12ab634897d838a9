"""The requests that are measured: each against the program, the bare handler and pgbench."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import load, processes, statements
from bench.place import Place

SECONDS = 4.0
ROUNDS = 3


@dataclass(frozen=True)
class Case:
    """One request: how it is made anew each time, and whether it writes.

    `bare` are statements by hand to compare with, in place of those that the program runs.
    """

    name: str
    make: Callable[[], bytes]
    method: str
    path: str
    body: bytes = b""
    writes: bool = False
    bare: tuple[tuple[str, list[Any]], ...] = ()


@dataclass(frozen=True)
class Cost:
    """Medians of one case: rate, latency, and microseconds of processor time per request."""

    rate: float
    p50_ms: float
    p95_ms: float
    web_us: float
    database_us: float
    refused: int


def cost(place: Place, port: int, pid: int, make: Callable[[], bytes]) -> Cost:
    """Measure one case against one server; medians over rounds."""
    load.run(port, make, seconds=0.5)
    runs = []
    for _ in range(ROUNDS):
        web, database = processes.processor_s(pid), processes.processor_s(place.postmaster)
        result = load.run(port, make, seconds=SECONDS)
        count = max(1, result.answered)
        runs.append(
            Cost(
                result.rate,
                result.percentile_ms(0.5),
                result.percentile_ms(0.95),
                (processes.processor_s(pid) - web) / count * 1e6,
                (processes.processor_s(place.postmaster) - database) / count * 1e6,
                result.refused,
            )
        )
    return sorted(runs, key=lambda one: one.web_us)[len(runs) // 2]


def pgbench(place: Place, recorded: list[tuple[str, Any]], *, undone: bool) -> float | None:
    """Return how many times a second pgbench runs the same statements, or None without pgbench."""
    tool = place.pgbench
    if tool is None:
        return None
    reads = (statements.literal(sql, parameters) + ";" for sql, parameters in recorded)
    text = statements.script(recorded) if undone else "\n".join(reads)
    mode = ["-M", "simple", "-D", "ready=0"] if undone else ["-M", "prepared"]
    with tempfile.NamedTemporaryFile("w", suffix=".sql", dir=place.folder) as file:
        file.write(text)
        file.flush()
        os.chmod(file.name, 0o644)
        done = subprocess.run(
            [tool, "-n", *mode, "-c", "4", "-T", "3", "-f", file.name, place.dsn],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise RuntimeError(f"pgbench: {done.stderr[:1000]}")
    tps = next(line for line in done.stdout.splitlines() if line.startswith("tps = "))
    return float(tps.split()[2])


def measure(place: Place, case: Case) -> tuple[Cost, Cost, Cost, float | None, int]:
    """Return the costs of the program and of both bare handlers, pgbench's rate, and how many
    statements the program makes.
    """
    since = place.services.machine_now()
    with statements.recorded(undone=case.writes) as kept:
        answer = place.ask(case.method, case.path, case.body)
    if answer.status_code >= 300:
        raise RuntimeError(f"{case.name}: {answer.status_code} {answer.text[:500]}")
    count = len(kept)
    kept = list(case.bare) or kept
    if case.writes:
        kept = statements.with_new_ids(kept, since)
    file = Path(place.folder) / "statements.json"
    statements.write(file, kept, undone=case.writes)
    port = processes.free_port()
    environ = {"BENCH_DSN": place.dsn, "BENCH_STATEMENTS": str(file)}
    with processes.server("bench.serving", "full", port=port, environ=environ) as pid:
        ours = cost(place, port, pid, case.make)
    bare, quick = (_bare(place, kind, environ) for kind in ("bare", "quick"))
    return ours, bare, quick, pgbench(place, kept, undone=case.writes), count


def _bare(place: Place, kind: str, environ: dict[str, str]) -> Cost:
    """Measure one of the bare handlers."""
    port, asked = processes.free_port(), load.request("GET", "/")
    with processes.server("bench.serving", kind, port=port, environ=environ) as pid:
        return cost(place, port, pid, lambda: asked)
