"""The axe of accessibility, run in a page without touching the page's policy."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@cache
def _source() -> str:
    axe = pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python")
    return (Path(axe.__path__[0]) / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Any, within: str = "html") -> list[str]:
    """Return what breaks WCAG 2.2 AA: the rule, where that is, and what axe says of it.

    The debugger that evaluates the script stands above the page's policy.
    """
    page.evaluate("document.activeElement?.blur()")
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())
    options = {"runOnly": RULES, "resultTypes": ["violations"]}
    found = page.evaluate("([within, options]) => axe.run(within, options)", [within, options])
    return [
        f"{one['id']}: {' '.join(map(str, node['target']))}: "
        + "; ".join(part["message"] for part in (*node["any"], *node["all"], *node["none"]))
        for one in found["violations"]
        for node in one["nodes"]
    ]
