"""The axe of accessibility, run in a page without touching the page's policy."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
"""What alone can change with the theme."""
WHOLE, PART = "html", "#content"
"""A page with its frame, or what is in the frame."""
# Styles are not fetched again for a rule that is not asked, and no page has frames.
OPTIONS = {"resultTypes": ["violations"], "preload": False, "iframes": False}
# The bar of a form sticks to the edge; what it covers just now can be scrolled to.
#
# Axe reads the whole page whatever part it judges, and the frame is mostly thrice as large as the
# part. So what stands around a part is emptied meanwhile and keeps its place. An open dialog stands
# there too, and is judged with any part.
LOOK = """
  async ([within, options]) => {
    document.activeElement?.blur();
    for (const bar of document.querySelectorAll(".sheet-form .foot")) bar.style.position = "static";
    const taken = [];
    let one = document.querySelector(within);
    for (; one.parentElement && one !== document.body; one = one.parentElement) {
      for (const other of one.parentElement.children) {
        if (other === one || other.matches("dialog[open]")) continue;
        const { width, height } = other.getBoundingClientRect();
        const parts = document.createDocumentFragment();
        taken.push([other, other.getAttribute("style"), parts]);
        other.style.boxSizing = "border-box";
        other.style.minWidth = `${width}px`;
        other.style.minHeight = `${height}px`;
        parts.append(...other.childNodes);
      }
    }
    try {
      return (await axe.run({ include: [within, "dialog[open]"] }, options)).violations;
    } finally {
      for (const [other, style, parts] of taken) {
        other.replaceChildren(parts);
        if (style === null) other.removeAttribute("style"); else other.setAttribute("style", style);
      }
    }
  }
"""


@cache
def _source() -> str:
    axe = pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python")
    return (Path(axe.__path__[0]) / "axe.min.js").read_text(encoding="utf-8")


def violations(
    page: Any, within: str = WHOLE, rules: dict[str, Any] = RULES, *, contrast: bool = True
) -> list[str]:
    """Return what breaks WCAG 2.2 AA: the rule, where that is, and what axe says of it.

    The contrast of colors takes longer than all else together; without it the rest is looked at.
    The debugger that evaluates the script stands above the page's policy.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())
    options = {"runOnly": rules, **OPTIONS, "rules": {"color-contrast": {"enabled": contrast}}}
    return [
        f"{one['id']}: {' '.join(map(str, node['target']))}: "
        + "; ".join(part["message"] for part in (*node["any"], *node["all"], *node["none"]))
        for one in page.evaluate(LOOK, [within, options])
        for node in one["nodes"]
    ]
