"""Processor time of process trees, read from /proc, and servers started for a measurement."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
IDLE_S = 0.03


def tree(root: int) -> set[int]:
    """Return a process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found, waiting = set(), [root]
    while waiting:
        one = waiting.pop()
        found.add(one)
        waiting += children.get(one, [])
    return found


def processor_s(root: int) -> float:
    """Return the processor time that a process tree has used, children that ended included."""
    total = 0
    for pid in tree(root):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        own = int(fields[11]) + int(fields[12])
        ended = int(fields[13]) + int(fields[14]) if pid == root else 0
        total += own + ended
    return total * TICK_S


def await_idle(roots: list[int], *, timeout_s: float = 120.0) -> None:
    """Return when process trees have hardly used a processor for half a second."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        before = sum(processor_s(one) for one in roots)
        time.sleep(0.5)
        if sum(processor_s(one) for one in roots) - before <= IDLE_S:
            return
    raise RuntimeError(f"processes {roots} have not come to rest in {timeout_s} s")


def free_port() -> int:
    """Return a port that is free at this moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def server(*arguments: str, port: int, environ: dict[str, str]) -> Iterator[int]:
    """Start a Python module as a server and wait until its port answers; yields its process id."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments], env={**os.environ, **environ, "PORT": str(port)}
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            if process.poll() is not None:
                raise RuntimeError(f"{arguments} ended with {process.returncode}")
            with socket.socket() as one:
                one.settimeout(0.2)
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if time.monotonic() > deadline:
                raise RuntimeError(f"{arguments} does not answer")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
