"""What a start need not load is not loaded: each process of the servers pays for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ALL_OF_IT = """
import trunkline.api.app, trunkline.web.app, trunkline.cli.worker_process
from trunkline.kernel.module import load_modules
load_modules()
"""


@pytest.mark.parametrize(
    "loading, unneeded",
    [
        ("import trunkline.cli.web_process", {"trunkline.kernel", "trunkline.web", "falcon"}),
        (ALL_OF_IT, {"fpdf", "fontTools", "PIL", "openpyxl"}),
    ],
    ids=["parent", "whole"],
)
def test_a_start_loads_what_it_needs(loading: str, unneeded: set[str]) -> None:
    """The process that starts the web processes none of the program, and none what sets type."""
    asked = f"{loading}\nimport sys; print(*sorted({unneeded!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.split() == []
