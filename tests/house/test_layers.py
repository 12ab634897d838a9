"""A lower layer never imports a higher one; the contract stands in pyproject.toml."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def layers_contract() -> dict[str, Any]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    (contract,) = contracts
    return contract


def test_imports_keep_to_the_layers() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_contract_covers_every_package_without_exception() -> None:
    contract = layers_contract()
    assert contract["exhaustive"] is True
    assert contract["containers"] == ["trunkline"]
    assert "ignore_imports" not in contract
    assert "exhaustive_ignores" not in contract


def test_mechanisms_stand_below_the_domain() -> None:
    rows = [row.replace("(", "").replace(")", "") for row in layers_contract()["layers"]]
    assert rows[-9:] == [
        "shared", "workspace", "identity | hub | governance | screens", "rest", "kernel", "leases",
        "documents", "database", "settings",
    ]  # fmt: skip
