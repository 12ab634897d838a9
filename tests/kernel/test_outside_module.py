"""An operator's own package: found by its entry point, migrated, served, reacted to."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
WALK = ROOT / "tests" / "support" / "outside_module" / "walk.py"


@pytest.fixture(scope="module")
def walked(cluster: str) -> Any:
    """What happened in a process of its own, where the package is installed beside ours."""
    ran = subprocess.run(
        [sys.executable, str(WALK), cluster],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return json.loads(ran.stdout.strip().splitlines()[-1])


def test_module_is_found_and_migrated(walked: Any) -> None:
    """Its entry point loads it beside ours; its own file and its tables are made once."""
    assert {"beacon", "party", "catalog"} <= set(walked["modules"])
    assert any(one.startswith("beacon 0001") for one in walked["migrated"])
    assert any("create table beacon (" in one for one in walked["migrated"])
    assert walked["migrated again"] == []


def test_module_is_served_by_the_same_rules(walked: Any) -> None:
    """Its resource has keys, references with names, filters, scope and refusals like ours."""
    assert walked["refused"] == [400, "tooBright"]
    assert walked["made"] == [201, "BCN000001", "Ada Lovelace"]
    assert walked["found"] == ["Pharos"]
    assert walked["stranger"] == 404
    assert walked["keeper in use"] == 409


def test_module_may_ask_what_a_change_is_based_on(walked: Any) -> None:
    """428 without If-Match for a change and for an end, 412 for one that is of another version."""
    assert walked["changed unread"] == [428, "ifMatchRequired", 428, 412]


def test_module_reacts(walked: Any) -> None:
    """Its reaction runs after the commit of what it names, narrowed to a state; before it only what
    keeps the keeper's match keys."""
    assert walked["lit"] == [200, "lit"]
    assert walked["worked"] == [2, 1]
    assert walked["logs"] == [0, 1]
    assert walked["events"] == ["created", "state_changed"]


def test_module_brings_its_page(walked: Any) -> None:
    """Its page file and its template are found, framed, guarded and kept apart from ours."""
    assert walked["page"] == [200, True, True]
    assert walked["put out"] == [303, True]
    assert walked["page of nobody"] == [303, "/sign-in?next=/beacons"]
    assert walked["page of a visitor"] == 403
    assert walked["other pages"] == 200


def test_module_page_is_in_the_menu_of_who_may_open_it(walked: Any) -> None:
    """Under the section that the page names, marked where one is on it; not for a visitor."""
    home, on_it, visitor = walked["menu"]
    assert home == [["Customers", False, True]]
    assert on_it == [["Customers", True, True]]
    assert visitor == []


def test_module_is_not_there_without_its_entry_point() -> None:
    """In this process, where nobody installed it, nothing knows of it."""
    from trunkline.kernel.module import load_modules
    from trunkline.kernel.resource import registry

    assert "beacon" not in [one.name for one in load_modules()]
    assert "Beacon" not in registry.resources
    assert files("trunkline").joinpath("kernel").is_dir()
