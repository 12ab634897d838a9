"""The theme that a visitor has chosen, which all pages come in."""

from __future__ import annotations

import falcon

from trunkline.workspace.preferences import THEMES

THEME_COOKIE = "trunkline-theme"


def theme_of(req: falcon.Request) -> str:
    """Return the theme that was chosen: auto, light or dark."""
    chosen = req.get_cookie_values(THEME_COOKIE) or ["auto"]
    return chosen[0] if chosen[0] in THEMES else "auto"
