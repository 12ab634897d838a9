"""Stylesheets that come with every page reach no further than their own area."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import pytest

WEB: Any = files("trunkline.web")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
RULE = re.compile(r"([^{}]+)\{[^{}]*\}")
CLASS = re.compile(r"\.(-?[a-zA-Z][\w-]*)")
GIVEN = re.compile(r'class="([^"]*)"')
OWNERS = {
    "shell.css": ("layout.html", "macros.html", "shell_"),
    "timeline.css": ("timeline", "my_tasks_new.html"),
}
LENT = {
    "drop", "sheet", "badge", "dialog", "toast", "brand", "switch", "initial",
    "new-own-task", "own-tasks", "tick-box",
}  # fmt: skip
"""What an area lends to others as a whole: what opens, counts and tells, and one's own tasks."""


def selectors(name: str) -> list[str]:
    """Return every selector of a stylesheet, each alone."""
    text = COMMENT.sub("", (WEB / "static" / name).read_text(encoding="utf-8"))
    text = re.sub(r"@media[^{]*\{((?:[^{}]+\{[^{}]*\})*)\s*\}", r"\1", text)
    found = [match[1] for match in RULE.finditer(text)]
    return [one.strip() for group in found for one in re.split(r",(?![^(]*\))", group)]


def used_elsewhere(name: str) -> set[str]:
    """Return the classes that templates of other areas give."""
    others = [one for one in (WEB / "templates").iterdir() if not one.name.startswith(OWNERS[name])]
    return {
        word
        for one in others
        for given in GIVEN.findall(one.read_text(encoding="utf-8"))
        for word in re.split(r"[\s{}%\"']+", given)
    }


@pytest.mark.parametrize("name", OWNERS)
def test_rules_begin_with_a_class_of_their_area(name: str) -> None:
    """A rule for what other areas use, too, belongs into the sheet that all share."""
    elsewhere = used_elsewhere(name) - LENT
    reaching = [
        one
        for one in selectors(name)
        if not {*CLASS.findall(one)} - elsewhere and not re.search(r"trunkline-|data-menu", one)
    ]
    assert not reaching, reaching
