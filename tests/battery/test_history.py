"""Every change of every kind of record is written down: who, how, old and new value."""

from __future__ import annotations

import pytest

from tests.battery.test_battery import having
from tests.support.pages import pages_of
from tests.support.program import Site
from tests.support.samples import address, create
from tests.web.browser import Browser, words_of
from trunkline.kernel.resource import Resource, registry
from trunkline.web.addresses import Addresses

SAME = "patch_changes_and_counts_versions"
"""What its exemption says against holds here as well."""


@pytest.fixture(scope="module")
def browser(site: Site) -> Browser:
    _ = site.admin
    signed_in = Browser(pages_of(site))
    assert signed_in.sign_in("admin").status_code == 303
    return signed_in


@pytest.mark.accepts("NFR-02")
@having("create", "patch")
def test_each_change_tells_who_how_and_what(
    resource: Resource, site: Site, browser: Browser
) -> None:
    """Made by one and changed twice by another through the interface: the record's page tells each
    change with its person, its channel, and the value before and after."""
    if SAME in resource.exempt:
        pytest.skip(resource.exempt[SAME])
    created = create(resource, site.admin)
    grace = site.user("grace", roles=["administrator"])
    path = f"{address(resource)}/{created['id']}"
    for remark in ("first", "second"):
        assert grace.patch(path, {"operatorRemark": remark}).status_code == 200
    page = f"{Addresses(registry).of_list(resource)}/{created['key']}?tab=history"
    told = words_of(browser.get(page).text)
    newest, _, older = told.partition("Grace changed it")[2].partition("Grace changed it")
    assert "Operator remark first second" in newest, told
    assert "first" in older
    for line in (newest, older, older.partition("Admin created it")[2]):
        assert "· api" in line
