"""The changes that fault tests make to their children still meet the program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.faults.place import CHANGED, ROOT

APPLY_ALL = """
import importlib, sitecustomize
for name in list(sitecustomize.changes):
    importlib.import_module(name)
print(len(sitecustomize.changes))
"""
MOVED = """
import sitecustomize
sitecustomize.change("trunkline.rest.http")(lambda http: setattr(http.Endpoint, "_moved", None))
import trunkline.rest.http
"""


def child(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a process that makes every change, those of all controls too."""
    changed = {
        "PYTHONPATH": os.pathsep.join([str(CHANGED), str(ROOT / "src")]),
        "FAULTS_CONTROL": "*",
        "FAULTS_POINTS": str(folder),
    }
    return subprocess.run(
        [sys.executable, "-c", code], env=os.environ | changed, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_what_is_changed_is_there(tmp_path: Path) -> None:
    """A module, a name or a part of a statement that has moved would quietly be left as it is,
    and a control would stay green."""
    done = child(APPLY_ALL, tmp_path)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10


def test_a_change_to_what_is_gone_is_told(tmp_path: Path) -> None:
    done = child(MOVED, tmp_path)
    assert "sets what nobody reads: {'Endpoint._moved'}" in done.stderr
