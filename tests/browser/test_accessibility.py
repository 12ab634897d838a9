"""No screen made by hand breaks WCAG 2.2 AA: in light and dark, on phone, laptop and desk, in
three locales.

A screen is opened once in a locale and then looked at in each width and theme. A full run asks all
rules of the whole page in every look. Else English is asked for colors in both themes on the phone
and at the desk, and another locale, which has the same colors, for all but these; what goes off its
side is asked in each width. The frame is the same around all screens: around one of those in it it
is judged in each look, around the others once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from itertools import product
from typing import Any

import pytest

from tests.browser.axe import CONTRAST, PART, RULES, violations
from tests.browser.conftest import Office
from tests.support.chromium import settled

WIDTHS = (360, 768, 1440)
LOCALES = ("en", "de", "ar")
EVERYTHING, COLORS, ALL_BUT_COLORS = (
    {"rules": RULES}, {"rules": CONTRAST}, {"rules": RULES, "contrast": False},
)  # fmt: skip
IN_FRAME, COLORS_IN_FRAME = {**EVERYTHING, "within": PART}, {**COLORS, "within": PART}
FULL_LOOKS = dict.fromkeys(product(WIDTHS, ("light", "dark")), EVERYTHING)
WITH_FRAME = {
    (360, "light"): EVERYTHING, (360, "dark"): COLORS, (768, "light"): ALL_BUT_COLORS,
    (1440, "light"): EVERYTHING, (1440, "dark"): COLORS,
}  # fmt: skip
LOOKS = WITH_FRAME | {
    (360, "light"): IN_FRAME, (360, "dark"): COLORS_IN_FRAME,
    (1440, "light"): IN_FRAME, (1440, "dark"): COLORS_IN_FRAME,
}  # fmt: skip
FAR_LOOKS = {(360, "light"): ALL_BUT_COLORS, (1440, "dark"): None}
SIDEWAYS = "document.documentElement.scrollWidth > innerWidth"

FRAMES = ("home", "sign-in")
"""A screen in the frame, and the one that has none."""

# The address of each screen made by hand, with what is there once it is whole.
SCREENS: dict[str, tuple[str, str]] = {
    "home": ("/", "main h1"),
    "fallout": ("/fallout", "[data-queue] tbody tr"),
    "tasks": ("/tasks", "main h1"),
    "my tasks": ("/my-tasks", "main h1"),
    "customer": ("/customer/{customer}", "#panel-services .panel-body"),
    "contact": ("/customer/{customer}/contact", "#reach"),
    "requests": ("/requests", "main h1"),
    "call pop": ("/pop?number=0309999999", "main h1"),
    "timeline": ("/order/{stuck}?view=timeline", "#plan .gantt"),
    "graph": ("/order/{delivered}?view=graph", "#plan svg"),
    "steps": ("/order/{waiting}?view=list", "#plan table"),
    "change": ("/order/{stuck}/change", "main h1"),
    "capture": ("/order/new?customer={customer}", ".offer"),
    "catalog": ("/catalog", "main h1"),
    "offer": ("/catalog/productOffering/{offering}", "main h1"),
    "hierarchy": ("/hierarchy/{organization}", "main h1"),
    "preferences": ("/preferences", "main h1"),
    "keys": ("/shell/keys", "main h1"),
    "notifications": ("/notifications", "main h1"),
    "jobs": ("/jobs", "main h1"),
    "administration": ("/administration", "main h1"),
    "roles": ("/administration/roles", "main h1"),
    "status rules": ("/administration/status/Customer", "#picture-title"),
    "status rule": ("/administration/status/Customer/new", "form.rule-form"),
    "packages": ("/administration/configuration", "main h1"),
    "sign-in": ("/sign-in", "main form"),
}


@pytest.fixture(scope="module")
def page_in(signed_in: Callable[..., Any]) -> Callable[[str], Any]:
    """Returns the page in which all screens of a locale are looked at."""
    return cache(lambda locale: signed_in(locale=locale))


def looks_at(screen: str, locale: str) -> Mapping[tuple[int, str], dict[str, Any] | None]:
    """Return what is asked in which look; None where only the width is."""
    if locale != "en":
        return FAR_LOOKS
    return WITH_FRAME if screen in FRAMES else LOOKS


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_can_be_used_by_everybody(
    office: Office, page_in: Callable[[str], Any], full: bool, screen: str, locale: str
) -> None:
    """Nothing goes off its side either."""
    page = page_in(locale)
    page.emulate_media(color_scheme="light")
    path, whole = SCREENS[screen]
    answer = page.goto(office.origin + path.format(**office.keys))
    assert answer.status == 200
    page.wait_for_selector(whole)
    settled(page)
    assert page.get_attribute("html", "lang") == locale
    found: list[str] = []
    for (width, theme), asked in (FULL_LOOKS if full else looks_at(screen, locale)).items():
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        if asked is not None:
            found += [f"{width} {theme}: {one}" for one in violations(page, **asked)]
        if asked is None or asked["rules"] is RULES:
            found += [f"{width}: goes off its side"] * page.evaluate(SIDEWAYS)
    assert not found, "\n".join(found)
