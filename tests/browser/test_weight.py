"""The first page is light, comes from one host, and its policy leaves nothing to inject into."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import Office
from tests.browser.test_accessibility import SCREENS
from tests.support.chromium import settled
from trunkline.kernel.resource import registry

FIRST_LOAD_BYTES_MAX = 180 * 1024
PLACES = [
    *(path for path, _ in SCREENS.values()),
    *(f"/r/{one.path}" for one in registry.resources.values() if one.published),
    *(f"/r/{one.path}/new" for one in registry.resources.values() if one.published),
]


class Inline(HTMLParser):
    """Gathers what a strict policy would refuse: scripts, styles and handlers in a page itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.nonces: set[str | None] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script":
            self.nonces.add(given.get("nonce"))
        if tag == "style" or (tag == "script" and not given.get("src")) or "style" in given:
            self.found.append(self.get_starttag_text() or tag)
        self.found += [f"{tag} {name}" for name in given if re.fullmatch(r"on[a-z]+", name)]
        self.found += [
            f"{tag} {value}"
            for name, value in given.items()
            if name != "nonce" and value
            and value.strip().lower().startswith(("javascript:", "http:", "https:", "//"))
            and tag in ("script", "link", "img", "iframe", "object", "embed", "use")
        ]  # fmt: skip


def test_the_first_page_is_light(
    office: Office, signed_in: Any, record_property: Callable[[str, object], None]
) -> None:
    """All that a browser without a cache gets for the home page, as it travels compressed."""
    page = signed_in()
    sizes: dict[str, int] = {}
    hosts: set[str] = set()

    def weigh(answer: Any) -> None:
        hosts.add(urlsplit(answer.url).netloc)
        if answer.status != 200:
            return
        packed = answer.headers.get("content-encoding")
        size = int(answer.headers.get("content-length") or 0)
        sizes[answer.url] = size if packed else len(gzip.compress(answer.body()))

    page.on("response", weigh)
    page.goto(office.origin)
    settled(page)
    page.context.close()
    assert len(sizes) > 5
    assert hosts == {urlsplit(office.origin).netloc}

    record_property("first load", f"{sum(sizes.values())} {FIRST_LOAD_BYTES_MAX}")
    assert sum(sizes.values()) <= FIRST_LOAD_BYTES_MAX, sizes


def test_no_page_has_code_in_itself(office: Office, signed_in: Callable[..., Any]) -> None:
    """Every page's policy allows scripts by the nonce of its answer alone, other files of this host
    alone, and no page needs more."""
    page = signed_in()
    drawn: list[str] = []
    wrong: dict[str, Any] = {}
    for place in PLACES:
        address = office.origin + place.format(**office.keys)
        answer = page.request.get(address, headers={"Accept": "text/html"})
        policy = answer.headers.get("content-security-policy", "")
        reader = Inline()
        reader.feed(answer.text())
        loose = [one for one in ("unsafe", "*", "http:", "https:") if one in policy]
        by_nonce = re.findall(r"; script-src 'nonce-([\w-]{24})'; style-src 'self';", policy)
        drawn += by_nonce
        is_strict = "default-src 'none'" in policy and reader.nonces <= set(by_nonce)
        if reader.found or loose or not is_strict or policy.count("nonce") != 1:
            wrong[place] = (reader.found[:3], policy)
    page.context.close()
    assert wrong == {}
    assert len(set(drawn)) == len(PLACES), "a nonce came twice"


@pytest.mark.parametrize("screen", ["home", "customer", "timeline", "graph", "capture", "offer"])
def test_a_screen_breaks_no_rule_of_its_policy(
    office: Office, signed_in: Callable[..., Any], screen: str
) -> None:
    page = signed_in()
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda one: complaints.append(str(one)))
    path, whole = SCREENS[screen]
    page.goto(office.origin + path.format(**office.keys))
    page.wait_for_selector(whole)
    settled(page)
    page.context.close()
    assert complaints == []
