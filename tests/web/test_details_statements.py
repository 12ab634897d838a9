"""Statements: what each part of lists, forms and details asks the database for, over all kinds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Site
from tests.support.samples import address, create
from tests.support.sql_counter import counted
from tests.web.browser import Browser, words_of
from trunkline.kernel.resource import Resource, registry
from trunkline.screens.screen import screen_of
from trunkline.web.addresses import Addresses

STATEMENTS_MAX = 3
SIGN_IN = ("begin", "set local", "commit", "rollback")
MADE = [one for one in registry if one.published and {"list", "create"} <= {*one.operations}]
PEOPLE, CUSTOMERS = "/tmf-api/party/v4/individual", "/tmf-api/customerManagement/v4/customer"


def must_be_cheap(browser: Browser, page: str) -> None:
    """Ask for a page twice: at the first time what every process reads once is read."""
    for _ in range(2):
        with counted() as sent:
            answer = browser.get(page)
        assert answer.status_code == 200, (page, words_of(answer.text)[:400])
    own = [" ".join(one.split())[:160] for one in sent if not one.lower().startswith(SIGN_IN)]
    assert len(own) <= STATEMENTS_MAX, (page, own)


def parts_of(resource: Resource, record: dict[str, Any]) -> list[str]:
    base = Addresses(registry).of_list(resource)
    page = f"{base}/{record['key']}"
    found = [base, page, f"{page}?tab=related", f"{page}?tab=history", f"{page}?tab=json",
             f"{page}/peek", f"{base}/new"]  # fmt: skip
    panels = range(len(screen_of(resource).panels))
    found += [f"{base}/{record['id']}/panel/{number}" for number in panels]
    found += [f"{page}/edit"] if "patch" in resource.operations else []
    found += [f"{page}/remove"] if "delete" in resource.operations else []
    return [*found, *(f"/look-up/{resource.name}{one}" for one in
                      ("", f"?q={record['key']}", f"?q={record['id']}", "?q=Lovelace",
                       f"?near={record['id']}"))]  # fmt: skip


@pytest.mark.parametrize("resource", MADE, ids=str)
def test_each_part_takes_at_most_three_statements(
    admin: Browser, site: Site, resource: Resource
) -> None:
    for part in parts_of(resource, create(resource, site.admin)):
        must_be_cheap(admin, part)


def test_what_is_used_and_points_at_much_takes_no_more(admin: Browser, site: Site) -> None:
    person = site.admin.post(PEOPLE, {"givenName": "Ada", "familyName": "Used"}).json
    for name in ("One", "Two"):
        party = {"id": person["id"], "@referredType": "Individual"}
        made = site.admin.post(CUSTOMERS, {"name": name, "engagedParty": party})
        assert made.status_code == 201
    order = create(registry["ProductOrder"], site.admin)
    site.work()
    product = site.admin.get(f"{address(registry['Product'])}?limit=1").json[0]
    for name, record in (("Individual", person), ("Customer", made.json), ("Product", product),
                         ("ProductOrder", order)):  # fmt: skip
        for part in parts_of(registry[name], record):
            must_be_cheap(admin, part)
    for kinds in ("Individual,Organization,Customer", "Product,Service,Resource"):
        must_be_cheap(admin, f"/look-up/{kinds}?q=ada")
        must_be_cheap(admin, f"/look-up/{kinds}?near={person['id']},{made.json['id']}")
