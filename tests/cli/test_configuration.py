"""Configuration packages on the command line: out of one installation, and in again."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Installation
from trunkline.database.launcher import EmbeddedServer


@pytest.fixture
def running(installation: Installation) -> Iterator[Installation]:
    assert installation.call("migrate").returncode == 0
    with EmbeddedServer.start(installation.folder / "data", bindir=None):
        yield installation


def test_a_package_is_compared_tried_and_taken_in(running: Installation) -> None:
    file = str(running.folder / "package.json")
    done = running.call("configuration", "export", file)
    assert done.returncode == 0, done.stderr
    package = json.loads((running.folder / "package.json").read_text())
    package["section"]["registers"].append({"code": "churnRisk", "name": "Churn risk"})
    (running.folder / "package.json").write_text(json.dumps(package))
    told = running.call("configuration", "difference", file).stdout
    assert "churnRisk" in told
    assert "added" in told
    assert "created" in running.call("configuration", "import", file, "--dry-run").stdout
    assert "added" in running.call("configuration", "difference", file).stdout
    taken = running.call("configuration", "import", file, "--only", "registers/churnRisk")
    assert (taken.returncode, "created" in taken.stdout) == (0, True)
    assert "none" in running.call("configuration", "difference", file).stdout

    package["section"]["statusRules"] = [
        {"appliesTo": "Customer", "name": "Wrong", "toStatus": "gone", "role": ["nobody"]}
    ]
    (running.folder / "package.json").write_text(json.dumps(package))
    refused = running.call("configuration", "import", file)
    assert refused.returncode == 2
    assert "there is no role nobody" in refused.stderr
