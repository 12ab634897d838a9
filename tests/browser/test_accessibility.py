"""No screen made by hand breaks WCAG 2.2 AA: in light and dark, on phone, laptop and desk, in
three locales.

A screen is opened once in a locale and then looked at in each width and theme.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from tests.browser.axe import CONTRAST, violations
from tests.browser.conftest import Office
from tests.support.chromium import settled

WIDTHS = (360, 768, 1440)
LOCALES = ("en", "de", "ar")
SIDEWAYS = "document.documentElement.scrollWidth > innerWidth"

# The address of each screen made by hand, with what is there once it is whole.
SCREENS: dict[str, tuple[str, str]] = {
    "home": ("/", "main h1"),
    "fallout": ("/fallout", "[data-queue] tbody tr"),
    "tasks": ("/tasks", "main h1"),
    "my tasks": ("/my-tasks", "main h1"),
    "customer": ("/customer/{customer}", "#panel-services .panel-body"),
    "timeline": ("/order/{stuck}?view=timeline", "#plan .gantt"),
    "graph": ("/order/{delivered}?view=graph", "#plan svg"),
    "steps": ("/order/{waiting}?view=list", "#plan table"),
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
    "sign-in": ("/sign-in", "main form"),
}


@pytest.fixture(scope="module")
def page_in(signed_in: Callable[..., Any]) -> Callable[[str], Any]:
    """Returns the page in which all screens of a locale are looked at."""
    return cache(lambda locale: signed_in(locale=locale))


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_can_be_used_by_everybody(
    office: Office, page_in: Callable[[str], Any], screen: str, locale: str
) -> None:
    """Nothing goes off its side either. What does not depend on colors is looked at in light."""
    page = page_in(locale)
    page.emulate_media(color_scheme="light")
    path, whole = SCREENS[screen]
    answer = page.goto(office.origin + path.format(**office.keys))
    assert answer.status == 200
    page.wait_for_selector(whole)
    settled(page)
    assert page.get_attribute("html", "lang") == locale
    found: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="light")
        found += [f"{width} light: {one}" for one in violations(page)]
        found += [f"{width}: goes off its side"] * page.evaluate(SIDEWAYS)
        page.emulate_media(color_scheme="dark")
        found += [f"{width} dark: {one}" for one in violations(page, rules=CONTRAST)]
    assert not found, "\n".join(found)
