"""The axe of accessibility, run in a page without touching the page's policy."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
"""What alone can change with the theme."""
UNSTUCK = """
  for (const bar of document.querySelectorAll(".sheet-form .foot")) bar.style.position = "static";
"""
"""The bar of a form sticks to the edge; what it covers just now can be scrolled to."""
# Styles are not fetched again for a rule that is not asked, and no page has frames.
OPTIONS = {"resultTypes": ["violations"], "preload": False, "iframes": False}


@cache
def _source() -> str:
    axe = pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python")
    return (Path(axe.__path__[0]) / "axe.min.js").read_text(encoding="utf-8")


def violations(
    page: Any, within: str = "html", rules: dict[str, Any] = RULES, *, contrast: bool = True
) -> list[str]:
    """Return what breaks WCAG 2.2 AA: the rule, where that is, and what axe says of it.

    The contrast of colors takes longer than all else together; without it the rest is looked at.
    The debugger that evaluates the script stands above the page's policy.
    """
    page.evaluate("document.activeElement?.blur()")
    page.evaluate(UNSTUCK)
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())
    options = {"runOnly": rules, **OPTIONS, "rules": {"color-contrast": {"enabled": contrast}}}
    found = page.evaluate(
        "([within, options]) => axe.run(within, options).then((one) => one.violations)",
        [within, options],
    )
    return [
        f"{one['id']}: {' '.join(map(str, node['target']))}: "
        + "; ".join(part["message"] for part in (*node["any"], *node["all"], *node["none"]))
        for one in found
        for node in one["nodes"]
    ]
