"""The map in docs/ says what the declarations say."""

from __future__ import annotations

from pathlib import Path

from trunkline.cli.documents import map_lines
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import registry

MAP = Path(__file__).parents[2] / "docs" / "map.md"


def test_map_is_current() -> None:
    """`make map` writes nothing new."""
    load_modules()
    assert MAP.read_text() == "\n".join(map_lines(registry)) + "\n", "run `make map`"


def test_every_reaction_says_what_it_does() -> None:
    """The map shows the first line of each reaction's docstring, so each has one."""
    load_modules()
    assert [one.name for one in registry.reactions if not one.summary.endswith(".")] == []
