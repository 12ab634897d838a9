"""No list, record page or form that follows from a declaration breaks WCAG 2.2 AA.

All lists are derived in one way: each third is looked at, all of them in a full run. So are all
colors: those of each third kind are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.browser.axe import PART, violations
from tests.browser.conftest import Office, open_office
from tests.browser.unposted import came
from tests.support.chromium import served, settled
from tests.support.pages import pages_of
from tests.support.program import open_site
from tests.support.samples import address
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, registry
from trunkline.web.addresses import Addresses

LISTED = 3
"""Of so many kinds the list and the colors of one are looked at in a run that is not full."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask for every published resource."""
    if "resource" in metafunc.fixturenames:
        load_modules()
        every = [one for one in registry if one.published and "trunkline." in one.type.__module__]
        full = metafunc.config.getoption("--full")
        asked = [(one, full or number % LISTED == 0) for number, one in enumerate(every)]
        ids = [f"{one.module}-{one.path}" for one in every]
        metafunc.parametrize("resource, listed", asked, ids=ids)


@pytest.fixture(scope="module")
def office(cluster: str, template: str) -> Iterator[Office]:
    """An operator of its own: one of each kind is made here, also of those that change others.

    The numbers of orders, for one, begin otherwise afterwards.
    """
    with open_site(cluster, template) as site, served(pages_of(site).app) as origin:
        yield open_office(site, origin)


@pytest.fixture(scope="module")
def page(signed_in: Callable[..., Any]) -> Any:
    """One page in which all derived screens are looked at."""
    return signed_in(viewport={"width": 1024, "height": 800})


def test_what_is_derived_can_be_used_by_everybody(
    office: Office, page: Any, resource: Resource, listed: bool
) -> None:
    """The list, the detail and the form of a resource; a form may be refused to everybody."""
    there = office.site.admin.get(address(resource)).json
    one = there[0] if there else came(resource, office)
    looked_at = partial(violations, within=PART, contrast=listed)
    found: list[str] = []
    for place in (*[""] * listed, f"/{one['key']}", "/new"):
        answer = page.goto(office.origin + Addresses(registry).of_list(resource) + place)
        assert answer.status == 200 or place == "/new", place
        settled(page)
        found += [f"{place or 'list'} {each}" for each in looked_at(page)]
    assert not found, "\n".join(found)
