"""Folders for the servers of tests: in memory where there is plenty, which spares the machine.

A database is some two thousand small files. Making and dropping them on a disk costs a processor
up to a second per database, in memory a twentieth of that. What a test kills with -9 leaves its
files behind in either place.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

MEMORY = Path("/dev/shm")
DISK = Path("/tmp")  # short, for the paths of sockets
PREFIX = "trunkline-test-"
LEFT_OVER_S = 3 * 3600
ROOM_BYTES_MIN = 6 << 30


def new_folder() -> Path:
    """Make a folder with a short path that PostgreSQL's user can pass, unlike pytest's own."""
    made = Path(tempfile.mkdtemp(prefix=PREFIX, dir=quick_place()))
    made.chmod(0o711)
    return made


def sweep() -> None:
    """Take away what runs have left that were killed; a server in it ends by itself then."""
    for folder in {MEMORY, DISK}:
        for one in folder.glob(f"{PREFIX}*"):
            with suppress(FileNotFoundError):  # another run ended meanwhile
                if time.time() - one.stat().st_mtime > LEFT_OVER_S:
                    shutil.rmtree(one, ignore_errors=True)


@cache
def quick_place() -> Path:
    """Return where the servers of this run lie: in memory, unless that is small or bounded."""
    return MEMORY if _room_bytes() >= ROOM_BYTES_MIN else DISK


def _room_bytes() -> int:
    """Return how much memory files may take: what is free of it, and what we may have.

    None where no program may be started from there, as some tests do.
    """
    try:
        if os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
            return 0
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        available = next(one for one in lines if one.startswith("MemAvailable"))
        room = [shutil.disk_usage(MEMORY).free, int(available.split()[1]) * 1024]
    except (OSError, StopIteration):
        return 0
    for bound in ("memory.max", "memory/memory.limit_in_bytes"):
        file = Path("/sys/fs/cgroup", bound)
        if file.exists() and (words := file.read_text(encoding="ascii").strip()) != "max":
            room.append(int(words))
    return min(room)
