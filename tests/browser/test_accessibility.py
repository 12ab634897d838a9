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
from tests.support.samples import create
from trunkline.kernel.resource import registry

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
    "contact": ("/customer/{customer}/contact", ".reach"),
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

MADE = ("GeographicSite", "TroubleTicket", "Quote", "SalesOpportunity", "ShoppingCart", "SalesLead",
        "CustomerBill", "ServiceProblem")  # fmt: skip
# Screens that a full run looks at as at the others; else in English, once wide and once small.
MORE_SCREENS: dict[str, tuple[str, str]] = {
    "site": ("/places/site/{place}", "trunkline-map svg"),
    "address": ("/places/address/{address}", "trunkline-map svg"),
    "tickets": ("/tickets", "[data-queue] tbody tr"),
    "ticket": ("/tickets/{TroubleTicket}", "main h1"),
    "problem": ("/problems/{ServiceProblem}", "main h1"),
    "jeopardy": ("/jeopardy", "main h1"),
    "visits": ("/visits", "main h1"),
    "bill": ("/r/customerBill/{CustomerBill}", "main h1"),
    "quote": ("/quote/{Quote}", "main h1"),
    "leads": ("/leads", "main h1"),
    "opportunity": ("/opportunities/{SalesOpportunity}", "main h1"),
    "cart": ("/cart/{ShoppingCart}", "main h1"),
    "installed": ("/installed/product/{product}", "main h1"),
    "users": ("/administration/users", "main h1"),
    "clients": ("/administration/clients", "main h1"),
    "listeners": ("/administration/listeners", "main h1"),
    "text": ("/administration/texts/delay", "main h1"),
    "deliveries": ("/deliveries", "main h1"),
    "parked": ("/parked", "main h1"),
}
MORE_LOOKS = {
    (360, "light"): IN_FRAME, (768, "light"): None, (1024, "light"): None,
    (1440, "dark"): COLORS_IN_FRAME,
}  # fmt: skip
CUT = """[...document.querySelectorAll("main .group-rows, main .card")]
  .filter((one) => one.offsetParent && one.scrollWidth > one.clientWidth + 1).length"""


@pytest.fixture(scope="module")
def more(office: Office) -> Mapping[str, str]:
    """The keys of records that these screens show."""
    site, keys = office.site, dict(office.keys)
    for name in MADE:
        resource = registry[name]
        made = create(resource, site.admin)
        keys[name] = str(made.get("key") or site.admin.get(
            f"{resource.api.base}/{resource.path}/{made['id']}").json["key"])  # fmt: skip
    for name, table in (("place", "geographic_site"), ("address", "geographic_address"),
                        ("product", "product")):  # fmt: skip
        keys[name] = str(site.rows(f"select key from {table} order by id limit 1")[0][0])
    return keys


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


@pytest.mark.parametrize("screen", MORE_SCREENS)
def test_one_more_screen_can_be_used_by_everybody(
    office: Office, more: Mapping[str, str], page_in: Callable[[str], Any], full: bool, screen: str
) -> None:
    """Nothing is cut in its parts either, between the phone and the desk."""
    path, whole = MORE_SCREENS[screen]
    found: list[str] = []
    for locale in LOCALES if full else LOCALES[:1]:
        page = page_in(locale)
        page.set_viewport_size({"width": 1440, "height": 900})
        page.emulate_media(color_scheme="light")
        answer = page.goto(office.origin + path.format(**more))
        assert answer.status == 200
        page.wait_for_selector(whole)
        settled(page)
        for (width, theme), asked in (FULL_LOOKS if full else MORE_LOOKS).items():
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme)
            if asked is not None:
                found += [f"{width} {theme}: {one}" for one in violations(page, **asked)]
            found += [f"{width}: goes off its side"] * page.evaluate(SIDEWAYS)
            found += [f"{width}: is cut"] * page.evaluate(CUT)
    assert not found, "\n".join(found)
