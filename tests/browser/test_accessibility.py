"""No screen breaks WCAG 2.2 AA: in light and dark, on phone, laptop and desk, in three locales.

Without `--full` each screen is looked at in one combination, chosen so that each pair of a width
and a locale, and each theme, comes up, and each fourth derived one; with it all, in all eighteen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest

from tests.browser.axe import violations
from tests.browser.conftest import Office
from tests.support.samples import address, create
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, registry
from trunkline.web.addresses import Addresses

THEMES = ("light", "dark")
WIDTHS = (360, 768, 1440)
LOCALES = ("en", "de", "ar")
EVERY = tuple(product(THEMES, WIDTHS, LOCALES))

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
SHARE = 4
"""Of the derived screens, how many there are for one that is looked at without `--full`."""


def _few() -> Iterator[tuple[str, str, int, str]]:
    for number, screen in enumerate(SCREENS):
        pair = number % 9
        yield screen, THEMES[(number + number // 9) % 2], WIDTHS[pair % 3], LOCALES[pair // 3]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a screen every combination with `--full`, or else one."""
    if "screen" in metafunc.fixturenames:
        all_of_them = [(screen, *one) for screen in SCREENS for one in EVERY]
        is_full = metafunc.config.getoption("--full")
        metafunc.parametrize("screen,theme,width,locale", all_of_them if is_full else [*_few()])
    if "resource" in metafunc.fixturenames:
        load_modules()
        published = [
            one for one in registry if one.published and "trunkline." in one.type.__module__
        ]
        few = published if metafunc.config.getoption("--full") else published[::SHARE]
        metafunc.parametrize("resource", few, ids=[f"{one.module}-{one.path}" for one in few])


def test_the_few_cover_every_theme_and_each_width_in_each_locale() -> None:
    assert {(width, locale) for _, _, width, locale in _few()} == set(product(WIDTHS, LOCALES))
    assert {theme for _, theme, _, _ in _few()} == set(THEMES)


def test_a_screen_can_be_used_by_everybody(
    office: Office, signed_in: Callable[..., Any], screen: str, theme: str, width: int, locale: str
) -> None:
    page = signed_in(
        viewport={"width": width, "height": 900}, color_scheme=theme, locale=locale
    )  # fmt: skip
    path, whole = SCREENS[screen]
    answer = page.goto(office.origin + path.format(**office.keys))
    assert answer.status == 200
    page.wait_for_selector(whole)
    page.wait_for_load_state("networkidle")
    assert page.get_attribute("html", "lang") == locale
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "goes off its side"
    found = violations(page)
    page.context.close()
    assert not found, "\n".join(found)


@pytest.fixture(scope="module")
def page(signed_in: Callable[..., Any]) -> Any:
    """One page in which all derived screens are looked at."""
    return signed_in(viewport={"width": 1024, "height": 800})


def test_what_is_derived_can_be_used_by_everybody(
    office: Office, page: Any, resource: Resource
) -> None:
    """The list, the detail and the form of a resource; a form may be refused to everybody."""
    listed = office.site.admin.get(address(resource)).json
    one = listed[0] if listed else create(resource, office.site.admin)
    found: list[str] = []
    for place in ("", f"/{one['key']}", "/new"):
        answer = page.goto(office.origin + Addresses(registry).of_list(resource) + place)
        assert answer.status == 200 or place == "/new", place
        if place not in ("", "/new"):
            page.wait_for_load_state("networkidle")
        found += [f"{place or 'list'} {each}" for each in violations(page, "#content")]
    assert not found, "\n".join(found)
