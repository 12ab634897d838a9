"""No list, record page or form that follows from a declaration breaks WCAG 2.2 AA."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.axe import violations
from tests.browser.conftest import Office
from tests.support.chromium import settled
from tests.support.samples import address, create
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, registry
from trunkline.web.addresses import Addresses


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask for every published resource."""
    if "resource" in metafunc.fixturenames:
        load_modules()
        every = [one for one in registry if one.published and "trunkline." in one.type.__module__]
        metafunc.parametrize("resource", every, ids=[f"{one.module}-{one.path}" for one in every])


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
        settled(page)
        found += [f"{place or 'list'} {each}" for each in violations(page, "#content")]
    assert not found, "\n".join(found)
