"""Keys: what `?` shows: every key that does something, where it does, and where to change it."""

from __future__ import annotations

import falcon

from trunkline.pages.keys import SHORTCUTS
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.shell.preferences_page import PLACES
from trunkline.workspace.shortcuts import keys_of

NAMES = {
    "Mod": "Ctrl", "Escape": "Esc", "ArrowDown": "↓", "ArrowUp": "↑", "ArrowLeft": "←",
    "ArrowRight": "→",
}  # fmt: skip


class KeysPage:
    """`/shell/keys`: the keys as a page; the shell shows its main part in a dialog."""

    needs = "signedIn"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show them."""
        self._desk.answer(req, resp, self._view)

    def _view(self, visit: Visit) -> Answer:
        keys = keys_of(SHORTCUTS, visit.preferences.keys)
        places = [
            {
                "title": title,
                "actions": [
                    {"title": one.title, "keys": [strokes_of(key) for key in keys[one.action]]}
                    for one in SHORTCUTS.values()
                    if one.place == place and keys[one.action]
                ],
            }
            for place, title in PLACES
        ]
        return Shown("shell_keys.html", {"places": places})


def strokes_of(key: str) -> list[list[str]]:
    """Return the strokes of a key, each the names of what is pressed together."""
    return [
        [NAMES.get(one, one.upper() if len(one) == 1 else one) for one in stroke.split("+")]
        if len(stroke) > 1
        else [stroke.upper()]
        for stroke in key.split(" ")
    ]
