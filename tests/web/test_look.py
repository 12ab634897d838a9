"""The look: colours that can be read in light and dark, and files that may be kept for ever."""

from __future__ import annotations

import re
from importlib.resources import files

import falcon.testing
import pytest

from tests.web.browser import Browser, source_of

TOKEN = re.compile(r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)")
SHARED = files("trunkline.pages") / "static"
STYLES = (
    *(one for one in (files("trunkline.web") / "static").iterdir() if one.name.endswith(".css")),
    files("trunkline.api") / "assets" / "docs.css",
)
SIZES = frozenset(
    re.findall(r"--([\w-]+):\s*\d+px", (SHARED / "tokens.css").read_text(encoding="utf-8"))
)
TOKENS = {
    name: (light, dark)
    for name, light, dark in TOKEN.findall((SHARED / "tokens.css").read_text(encoding="utf-8"))
}
TONES = ("good", "busy", "warn", "bad", "idle")
GROUNDS = ("page", "card", "sunken")
TEXTS = [
    *((text, ground) for text in ("text", "quiet", "link") for ground in GROUNDS),
    *((tone, f"{tone}-ground") for tone in TONES),
    *((tone, ground) for tone in TONES for ground in GROUNDS),
    ("on-accent", "accent"), ("text", "mark"), ("quiet", "mark"), ("link", "mark"),
]  # fmt: skip
# Edges of controls, what has the focus, filled buttons, ticks and the lines of charts.
EDGES = [(edge, ground) for edge in ("control", "focus", "accent", "link") for ground in GROUNDS]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("text,ground", TEXTS)
def test_text_can_be_read(text: str, ground: str, theme: int) -> None:
    assert contrast(TOKENS[text][theme], TOKENS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("edge,ground", EDGES)
def test_edges_of_controls_can_be_seen(edge: str, ground: str, theme: int) -> None:
    assert contrast(TOKENS[edge][theme], TOKENS[ground][theme]) >= 3


def test_colours_come_from_the_tokens_alone() -> None:
    used: set[str] = set()
    for style in STYLES:
        css = style.read_text(encoding="utf-8")
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", css)
        assert "light-dark(" not in css
        own = set(re.findall(r"(?<!var\()--([\w-]+):", css))
        used |= set(re.findall(r"var\(--([\w-]+)[,)]", css)) - own
    assert used <= set(TOKENS) | SIZES
    assert set(TOKENS) <= used | {f"{tone}-ground" for tone in TONES}


def test_files_are_named_by_their_content(pages: falcon.testing.TestClient) -> None:
    html = source_of(Browser(pages).get("/sign-in"))
    found = re.findall(r'(?:href|src)="(/static/[^"]+)"', html)
    assert len(found) >= 4
    for address in found:
        answer = pages.simulate_get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        packed = pages.simulate_get(address, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert len(packed.content) <= len(answer.content) + 20
    stale = re.sub(r"/static/\w+/", "/static/0000000000000000/", found[0])
    assert pages.simulate_get(stale).headers["location"] == found[0]
    assert pages.simulate_get("/static/0/..%2f..%2fapp.py").status_code == 404
    assert pages.simulate_get("/static/0/app.py").status_code == 404


def test_icons_that_pages_use_exist() -> None:
    icons = (files("trunkline.web") / "static" / "icons.svg").read_text("utf-8")
    drawn = set(re.findall(r'<symbol id="(\w+)"', icons))
    used: set[str] = set()
    for one in (files("trunkline.web") / "templates").iterdir():
        used |= set(re.findall(r'icon\("(\w+)"\)', one.read_text(encoding="utf-8")))
    assert used <= drawn
