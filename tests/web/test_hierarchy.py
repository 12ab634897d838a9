"""The hierarchies of organizations and accounts: sums, moving a part, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from html import unescape
from typing import Any

import pytest

from tests.support.overrides import offering_on_sale
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.web.customer import hierarchy, hierarchy_page

PARTY = "/tmf-api/party/v4/organization"
ACCOUNT = "/tmf-api/accountManagement/v4/billingAccount"
SITES = "/tmf-api/geographicSiteManagement/v4/geographicSite"
TICKETS = "/tmf-api/troubleTicket/v4/troubleTicket"
SINCE = {"startDateTime": "2026-01-01T00:00:00Z"}


@pytest.fixture(scope="module")
def parts(site: Site) -> dict[str, dict[str, Any]]:
    """Group over North and South; Shop below North, by North's own list; Shop is a customer."""

    def made(name: str, **more: Any) -> dict[str, Any]:
        found: dict[str, Any] = site.admin.post(PARTY, {"tradingName": name, **more}).json
        return found

    def below(one: dict[str, Any]) -> dict[str, Any]:
        return {"relationshipType": "parent", "organization": {"id": one["id"]}}

    group = made("Group")
    shop = made("Shop")
    listed = [{"relationshipType": "branch", "organization": {"id": shop["id"]}}]
    north = made(
        "North", organizationParentRelationship=below(group), organizationChildRelationship=listed
    )
    south = made("South", organizationParentRelationship=below(group))
    customer = {"name": "Shop", "engagedParty": {"id": shop["id"]}, "status": "active"}
    site.admin.post("/tmf-api/customerManagement/v4/customer", customer)
    account = {"name": "Shop account", "relatedParty": [{"id": shop["id"], "role": "owner"}]}
    made_account = site.admin.post("/tmf-api/accountManagement/v4/billingAccount", account)
    assert made_account.status_code == 201, made_account.text
    return {"group": group, "north": north, "south": south, "shop": shop}


def page(browser: Browser, one: dict[str, Any], more: str = "") -> str:
    answer = browser.get(f"/hierarchy/{one['key']}{more}")
    assert answer.status_code == 200, answer.text
    return source_of(answer)


def test_sums_reach_down_and_the_way_up_is_told(
    admin: Browser, parts: dict[str, dict[str, Any]]
) -> None:
    top = words_of(page(admin, parts["group"]))
    assert "Customers 1" in top
    below = words_of(page(admin, parts["group"], "/children"))
    assert "North" in below
    assert "1 below, and accounts" in below
    assert below.index("North") < below.index("South")
    assert "Shop account" in words_of(page(admin, parts["shop"], "/children"))
    shop = page(admin, parts["shop"])
    assert shop.index(f"/hierarchy/{parts['group']['key']}") < shop.index(
        f"/hierarchy/{parts['north']['key']}"
    )


@pytest.mark.accepts("FND-01")
def test_the_whole_tree_counts_what_is_below(site: Site, admin: Browser) -> None:
    """A branch is made below a region and that below a company. Contacts, sites, products, orders,
    requests and tickets of the branch and the region are counted at each level above; what has
    ended or belongs to others is not."""
    make = partial(made, site)

    def company(name: str, parent: str = "") -> tuple[str, dict[str, str]]:
        above = {"relationshipType": "parent", "organization": {"id": parent}}
        more = {"organizationParentRelationship": above} if parent else {}
        ident = make(PARTY, {"tradingName": name, **more})["id"]
        body = {"name": name, "engagedParty": {"id": ident}, "status": "active"}
        customer = make("/tmf-api/customerManagement/v4/customer", body)["id"]
        return ident, {"id": customer, "role": "customer", "@referredType": "Customer"}

    top, _ = company("Whole")
    region, of_region = company("Region", top)
    branch, of_branch = company("Branch", region)
    _, stranger = company("Elsewhere")
    kind = make("/api/care/v1/requestType", {"name": "Ask", "targetProcess": "ticket"})["id"]
    offering = offering_on_sale(site.admin)
    for owner, person in ((of_branch, "Ada"), (of_branch, "Bob"), (of_region, "Cleo"),
                          (stranger, "Dan")):  # fmt: skip
        party = {"givenName": person, "familyName": "Hill", "relatedParty": [owner]}
        make("/tmf-api/party/v4/individual", party)
        for status in ("active" if person == "Bob" else "planned", "planned"):
            site_body = {"name": person, "status": status, "relatedParty": [owner]}
            place = make(SITES, site_body)
        site.admin.patch(f"{SITES}/{place['id']}", {"status": "cancelled"})
        product = {"name": "Line", "status": "active", "relatedParty": [owner],
                   "productOffering": {"id": offering}}  # fmt: skip
        make("/tmf-api/productInventory/v4/product", product)
        asked = {"requestType": {"id": kind}, "relatedParty": [owner]}
        case = make("/api/care/v1/customerRequest", asked)
        trouble = {"description": person, "severity": "minor", "ticketType": "fault"}
        ticket = make(TICKETS, trouble | {"relatedParty": [owner]})
        bill = make(ACCOUNT, {"name": person, "state": "active", "relatedParty": [owner]})["id"]
        item = {"id": "1", "action": "add", "quantity": 1, "productOffering": {"id": offering}}
        order = {"state": "pending", "relatedParty": [owner], "billingAccount": {"id": bill},
                 "productOrderItem": [item]}  # fmt: skip
        make("/tmf-api/productOrderingManagement/v4/productOrder", order)
        if person == "Bob":
            ended = {"status": "completed", "resolution": "done"}
            site.admin.patch(f"/api/care/v1/customerRequest/{case['id']}", ended)
            site.admin.patch(f"{TICKETS}/{ticket['id']}", {"status": "cancelled"})
    for ident, contacts, cases in ((branch, 2, 1), (region, 3, 2), (top, 3, 2)):
        told = words_of(page(admin, {"key": ident}))
        sums = dict.fromkeys(("Contacts", "Sites", "Active products", "Open orders"), contacts)
        for title, count in {**sums, "Open requests": cases, "Open tickets": cases}.items():
            assert f"{title} {count}" in told, (ident, title, told)
    tree = words_of(page(admin, {"key": top}, "/children"))
    assert "Region" in tree
    assert "Open requests 2" in tree


def made(site: Site, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = site.admin.post(path, body)
    assert answer.status_code == 201, (path, answer.json)
    found: dict[str, Any] = answer.json
    return found


def test_a_circle_is_refused_before_anything_is_saved(
    admin: Browser, site: Site, parts: dict[str, dict[str, Any]]
) -> None:
    before = site.admin.get(f"{PARTY}/{parts['group']['id']}").json
    html = page(admin, parts["group"], f"/move?to={parts['shop']['key']}")
    assert "cannot be moved there" in words_of(html)
    assert "Move it" not in words_of(html)
    sent = {"to": parts["shop"]["key"], "version": "1"}
    assert "cannot be moved" in words_of(
        admin.post(f"/hierarchy/{parts['group']['key']}/move", sent).text
    )
    assert site.admin.get(f"{PARTY}/{parts['group']['id']}").json == before


def test_a_move_is_shown_first_and_then_made(
    admin: Browser, site: Site, parts: dict[str, dict[str, Any]]
) -> None:
    """Also where the part stood on the list of the one that had it."""
    shop, south, north = parts["shop"], parts["south"], parts["north"]
    found = page(admin, shop, "/move?q=South")
    assert f"move?to={south['key']}" in found
    words = words_of(page(admin, shop, f"/move?to={south['key']}"))
    assert "Below, now Group / North" in words
    assert "Below, then Group / South" in words
    assert "No longer counted in North" in words
    assert "Counted from then on in South" in words
    assert site.rows("select version from organization where id = %s", shop["id"]) == [(1,)]
    stale = admin.post(f"/hierarchy/{shop['key']}/move", {"to": south["key"], "version": "9"})
    assert "was changed" in words_of(stale.text)
    sent = {"to": south["key"], "version": "1"}
    assert admin.post(f"/hierarchy/{shop['key']}/move", sent).status_code == 303
    moved = site.admin.get(f"{PARTY}/{shop['id']}").json
    assert moved["organizationParentRelationship"]["organization"]["id"] == south["id"]
    assert "organizationChildRelationship" not in site.admin.get(f"{PARTY}/{north['id']}").json
    audit = site.rows("select actor_name from audit where subject = %s and version = 2", shop["id"])
    assert audit == [("Admin",)]
    sent = {"to": "top", "version": "2"}
    assert admin.post(f"/hierarchy/{shop['key']}/move", sent).status_code == 303
    assert "Above" not in words_of(page(admin, shop)).split("Hierarchy of Shop")[0][-10:]


def test_a_move_tells_the_path_that_comes_of_it(admin: Browser, site: Site) -> None:
    """As it is once the move is made; what is about the tree itself is no effect."""
    high, low = (site.admin.post(PARTY, {"tradingName": one, "code": one}).json
                 for one in ("HIGH", "LOW"))  # fmt: skip
    told = words_of(page(admin, low, f"/move?to={high['key']}"))
    assert "Path, now LOW Path, then HIGH/LOW" in told
    assert "renewed" not in told
    assert admin.post(f"/hierarchy/{low['key']}/move", {"to": high["key"], "version": "1"})
    site.work()
    assert site.admin.get(f"{PARTY}/{low['id']}").json["hierarchyPath"] == "HIGH/LOW"
    told = words_of(page(admin, low, "/move?to=top"))
    assert "Path, now HIGH/LOW Path, then LOW" in told


def test_of_very_many_parts_the_list_has_the_rest(
    admin: Browser, site: Site, parts: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (hierarchy, hierarchy_page):
        monkeypatch.setattr(module, "CHILDREN_MAX", 1)
    html = page(admin, parts["group"], "/children")
    (rest,) = re.findall(r'<a href="([^"]+)">More in the list', html)
    listed = words_of(admin.get(unescape(rest)).text)
    assert "North" in listed
    assert "South" in listed


def test_who_may_not_change_or_reach_it_does_not_move_it(
    parts: dict[str, dict[str, Any]], signed_in: Callable[..., Browser]
) -> None:
    reads = signed_in("reads-orgs", {"Organization:read": Grant("all", EVERY_CLASS)})
    html = page(reads, parts["group"])
    assert "Move to" not in words_of(html).split("Sums")[1].split("saved.")[1]
    assert "Customers" not in words_of(html).split("saved.")[1]
    assert reads.get(f"/hierarchy/{parts['shop']['key']}/move").status_code == 403
    sent = {"to": parts["group"]["key"], "version": "3"}
    assert reads.post(f"/hierarchy/{parts['shop']['key']}/move", sent).status_code in {200, 403}
    may = {f"*:{verb}": Grant("own", EVERY_CLASS) for verb in ("read", "create", "update")}
    own = signed_in("own-org", may, party=parts["north"]["id"])
    assert own.get(f"/hierarchy/{parts['group']['key']}").status_code == 404
    assert "Group" not in words_of(page(own, parts["north"]))


@pytest.fixture(scope="module")
def accounts(site: Site, parts: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Group bill over East bill, and Old bill that only succeeds it; of the customer Group."""
    customer = site.admin.post(
        "/tmf-api/customerManagement/v4/customer",
        {"name": "Group", "engagedParty": {"id": parts["group"]["id"]}, "status": "active"},
    ).json

    def made(name: str, **more: Any) -> dict[str, Any]:
        body = {"name": name, "relatedParty": [{"id": customer["id"], "role": "customer"}], **more}
        answer = site.admin.post(ACCOUNT, body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json
        return found

    def related(kind: str, one: dict[str, Any]) -> dict[str, Any]:
        return {"relationshipType": kind, "account": {"id": one["id"]}, "validFor": SINCE}

    group = made("Group bill")
    east = made("East bill", accountRelationship=[related("parent", group)])
    old = made("Old bill", accountRelationship=[related("successor", group)])
    return {"group": group, "east": east, "old": old}


def account_page(browser: Browser, one: dict[str, Any], more: str = "") -> str:
    answer = browser.get(f"/account-hierarchy/{one['key']}{more}")
    assert answer.status_code == 200, answer.text
    return source_of(answer)


def test_accounts_stand_below_whom_they_belong_to(
    admin: Browser, parts: dict[str, dict[str, Any]], accounts: dict[str, dict[str, Any]]
) -> None:
    """Those of a customer that an organization is as well; one below another only there."""
    words = words_of(page(admin, parts["group"], "/children"))
    assert "Group bill" in words
    assert "Old bill" in words
    assert "East bill" not in words
    assert "East bill" in words_of(account_page(admin, accounts["group"], "/children"))
    way = f'href="/account-hierarchy/{accounts["group"]["key"]}">Group bill'
    assert way in account_page(admin, accounts["east"])


def test_an_account_is_moved_and_keeps_what_else_it_has_to_do_with_others(
    admin: Browser, site: Site, accounts: dict[str, dict[str, Any]]
) -> None:
    """Found by its name; a circle is refused; what changes is shown before it is saved."""
    group, east, old = accounts["group"], accounts["east"], accounts["old"]
    circle = account_page(admin, group, f"/move?to={east['key']}")
    assert "cannot be moved there" in words_of(circle)
    assert f"move?to={east['key']}" in account_page(admin, old, "/move?q=east")
    shown = words_of(account_page(admin, old, f"/move?to={east['key']}"))
    assert "Below, now none" in shown
    assert "Below, then Group bill / East bill" in shown
    assert site.admin.get(f"{ACCOUNT}/{old['id']}").json == old
    sent = {"to": east["key"], "version": "1"}
    done = admin.post(f"/account-hierarchy/{old['key']}/move", sent)
    assert done.headers["location"].endswith("?done=moved&former=top")
    moved = site.admin.get(f"{ACCOUNT}/{old['id']}").json["accountRelationship"]
    assert {one["relationshipType"]: one["account"]["id"] for one in moved} == {
        "successor": group["id"],
        "parent": east["id"],
    }
    back = admin.get(f"/account-hierarchy/{old['key']}?done=moved&former=top").text
    assert 'name="undo"' in back, "what was moved may be taken back"
    assert 'name="undo"' not in admin.get(f"/account-hierarchy/{old['key']}?done=moved").text
    sent = {"to": "top", "version": "2", "undo": "1"}
    undone = admin.post(f"/account-hierarchy/{old['key']}/move", sent)
    assert undone.headers["location"].endswith("?done=undone")
    left = site.admin.get(f"{ACCOUNT}/{old['id']}").json["accountRelationship"]
    assert [one["relationshipType"] for one in left] == ["successor"]


@pytest.mark.parametrize(
    "address",
    ["/hierarchy/{group}", "/hierarchy/{group}/children", "/account-hierarchy/{account}",
     "/account-hierarchy/{account}/children"],
)  # fmt: skip
def test_reading_it_takes_three_statements(
    admin: Browser,
    parts: dict[str, dict[str, Any]],
    accounts: dict[str, dict[str, Any]],
    address: str,
) -> None:
    address = address.format(group=parts["group"]["key"], account=accounts["group"]["key"])
    assert admin.get(address).status_code == 200
    with counted() as asked:
        admin.get(address)
    own = [one for one in asked if not one.startswith("begin")]
    assert len(own) <= 3, own
