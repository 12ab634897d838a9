"""What a page offers to the keys is an action that has keys; another word would be a dead key."""

from __future__ import annotations

import re
from pathlib import Path

import trunkline.web
from trunkline.kernel.resource import registry
from trunkline.pages.keys import SHORTCUTS
from trunkline.screens.screen import screen_of

TEMPLATES = Path(trunkline.web.__file__).parent / "templates"


def test_each_action_that_a_page_or_a_screen_names_has_keys() -> None:
    named = {
        f"{one.name}: {action}"
        for one in TEMPLATES.glob("*.html")
        for said in re.findall(r'data-key-action="([^"]*)"', one.read_text())
        for action in re.sub(r"{[{%].*?[%}]}", " ", said).split()
    }
    named |= {
        f"{resource.name}: {action.hotkey}"
        for resource in registry
        for action in screen_of(resource).actions
        if action.hotkey
    }
    assert len(named) > 50
    assert {one for one in named if one.partition(": ")[2] not in SHORTCUTS} == set()
