"""docs/scenarios.md says which tests play which scenario, and what no test can play yet."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scenarios", ROOT / "tools" / "scenarios.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_scenarios_is_current(tool: ModuleType) -> None:
    """`python tools/scenarios.py` writes nothing new, and every scenario is told of."""
    found = list(tool.proofs(ROOT / "tests"))
    assert tool.PAGE.read_text("utf-8") == tool.page(found), "run `python tools/scenarios.py`"


def test_a_scenario_that_nobody_plays_is_not_passed_over(tool: ModuleType, tmp_path: Path) -> None:
    """One without a test and without a word, one that is none, and a test that says nothing of
    what it shows are refused."""
    folder = tmp_path / "tests"
    folder.mkdir()
    file = folder / "test_it.py"

    def written(text: str) -> str:
        file.write_text(text, "utf-8")
        ast.parse(text)
        return str(tool.page(list(tool.proofs(folder))))

    every = ", ".join(str(one) for one in tool.SCENARIOS)
    told = f'@pytest.mark.scenario({every})\ndef test_it():\n    """All | of it."""\n'
    assert written(told).count("[test_it](../tests/test_it.py): All \\| of it.") == 20
    with pytest.raises(ValueError, match=r"no test, no word: \{1\}"):
        written(told.replace("(1, ", "("))
    with pytest.raises(ValueError, match=r"no such scenario: \{21\}"):
        written(told.replace("20)", "20, 21)"))
    with pytest.raises(ValueError, match=r"mute: \['test_it'"):
        written(told.replace('"""All | of it."""', "pass"))
