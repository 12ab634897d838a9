"""Pages of leads and sales: the board, converting, giving up, assigning, one sale, the chain."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest

from tests.support.chromium import served, sign_in
from tests.support.overrides import active_customer, offering_on_sale
from tests.support.pages import browser_of, pages_of
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser
from trunkline.kernel.actor import Grant

LEADS = "/tmf-api/sales/v4/salesLead"
SALES = "/api/sales/v1"
CART = "/tmf-api/shoppingCart/v4/shoppingCart"
CUSTOMERS = "/tmf-api/customerManagement/v4/customer"
SIGN_IN = ("select s.", "begin", "commit", "set ", "select g", "with g")
STATEMENTS_MAX = 3


@pytest.fixture(scope="module")
def admin(site: Site) -> Browser:
    assert site.admin.token
    return browser_of(site, "admin")


def lead(site: Site, family: str, **said: Any) -> str:
    answer = site.admin.post(LEADS, {"familyName": family, "givenName": "Ida", **said})
    assert answer.status_code == 201, answer.json
    return str(answer.json["key"])


def stage(site: Site, key: str) -> str:
    return str(site.admin.get(f"{LEADS}/{key}").json["stage"])


def test_cards_are_moved_by_their_menu(site: Site, admin: Browser) -> None:
    """The menu of a card moves it; what a stage asks for is asked for on a page of its own."""
    key = lead(site, "Board", companyName="Board Works", source="press")
    board = unescape(admin.get("/leads").text)
    assert f'id="card-{key}"' in board
    assert "Board Works" in board
    moved = admin.post(f"/leads/{key}/stage", {"stage": "contacted"}, **{"HX-Request": "true"})
    assert moved.status_code == 200, moved.text[:300]
    assert stage(site, key) == "contacted"
    wrong = admin.post(f"/leads/{key}/stage", {"stage": "new"}, **{"HX-Request": "true"})
    assert "cannot go from" in unescape(wrong.text)
    assert stage(site, key) == "contacted"
    way = admin.post(f"/leads/{key}/stage", {"stage": "disqualified"})
    assert (way.status_code, way.headers["location"]) == (303, f"/leads/{key}/give-up")
    assert key not in admin.get("/leads?mine=1").text


def test_giving_up_asks_why(site: Site, admin: Browser) -> None:
    """The page names the reasons of the register, and the lead stays where none is chosen."""
    key = lead(site, "Gone")
    page = unescape(admin.get(f"/leads/{key}/give-up").text)
    assert "Not available there" in page
    assert admin.post(f"/leads/{key}/give-up", {"reason": ""}).status_code == 400
    assert admin.post(f"/leads/{key}/give-up", {"reason": "other"}).status_code == 400
    assert stage(site, key) == "new"
    assert admin.post(f"/leads/{key}/give-up", {"reason": "noBudget"}).status_code == 303
    assert stage(site, key) == "disqualified"


def test_converting_leads_to_a_sale_that_is_quoted_and_won(site: Site, admin: Browser) -> None:
    """One form converts a lead; the sale it leads to is moved on, quoted and won on its page."""
    offering = offering_on_sale(site.admin)
    key = lead(site, "Sale", salesLeadItem=[{"productOffering": {"id": offering}, "quantity": 2}])
    page = unescape(admin.get(f"/leads/{key}/convert").text)
    assert "Ida Sale" in page
    form = {"customer": "", "givenName": "Ida", "account": "yes", "opportunity": "yes",
            "name": "Fibre for Ida", "salesCycle": "newCustomer", "status": "active"}  # fmt: skip
    done = admin.post(f"/leads/{key}/convert", form)
    assert done.status_code == 303, unescape(done.text)[:600]
    sale = done.headers["location"].partition("?")[0]
    shown = unescape(admin.get(sale).text)
    assert "Fibre for Ida" in shown
    assert "99.80 EUR" in shown  # 2 x 49.90 a month
    assert admin.post(f"{sale}/stage", {"stage": "propose"}).status_code == 303
    lost = admin.post(f"{sale}/stage", {"stage": "closedLost"})
    assert (lost.status_code, "say why it was lost" in unescape(lost.text)) == (400, True)
    quote = admin.post(f"{sale}/quote", {"line": ["1"]})
    assert quote.status_code == 303, unescape(quote.text)[:600]
    won = admin.post(f"{sale}/stage", {"stage": "closedWon", "reason": "service"})
    assert won.status_code == 303, unescape(won.text)[:600]
    found = site.admin.get(f"{SALES}/salesOpportunity/{sale.rpartition('/')[2]}").json
    assert (found["status"], found["closeReason"]) == ("won", "service")
    again = admin.get(f"/leads/{key}/convert")
    assert again.status_code == 409
    panel = unescape(admin.get(f"/r/salesOpportunity/{found['key']}/chain").text)
    assert key in panel
    assert "QT0" in panel


def test_whom_we_know_is_told_beside_the_form(site: Site, admin: Browser) -> None:
    """The form tells who may be the same, offers that customer, and asks why it is another one."""
    reached = [{"mediumType": "email", "characteristic": {"emailAddress": "ida@example.com"}}]
    person = {"givenName": "Ida", "familyName": "Known", "contactMedium": reached}
    party = site.admin.post("/tmf-api/party/v4/individual", person).json["id"]
    role = {"name": "Ida Known", "engagedParty": {"id": party}}
    customer = site.admin.post("/tmf-api/customerManagement/v4/customer", role).json["id"]
    site.work()
    key = lead(site, "Known", prospectContact=reached)
    page = unescape(admin.get(f"/leads/{key}/convert").text)
    assert f'value="{customer}"' in page
    assert "Same e-mail address" in page
    assert 'data-look-up="/look-up/Customer"' in page
    new = admin.post(f"/leads/{key}/convert", {"customer": "", "givenName": "Ida"})
    assert new.status_code == 409
    known = admin.post(f"/leads/{key}/convert", {"known": customer, "opportunity": "yes"})
    assert known.status_code == 303, unescape(known.text)[:600]


def test_selected_leads_are_assigned(site: Site, admin: Browser) -> None:
    """What is selected in the list is given to somebody, by a page of the list."""
    keys = [lead(site, f"Given{one}") for one in "ab"]
    idents = [site.admin.get(f"{LEADS}/{one}").json["id"] for one in keys]
    assert 'formaction="/leads/assign"' in unescape(admin.get("/r/salesLead").text)
    asked = admin.post("/leads/assign", {"id": idents, "state": ""})
    assert "Assign 2" in unescape(asked.text)
    wrong = {"id": idents, "state": "", "step": "give", "login": "nobody.there"}
    assert admin.post("/leads/assign", wrong).status_code == 400
    done = admin.post("/leads/assign", wrong | {"login": "me", "tasks": "yes"})
    assert done.status_code == 303
    assert all(site.admin.get(f"{LEADS}/{one}").json["assignee"] for one in keys)
    assert keys[0] in admin.get("/leads?mine=1").text


def test_pages_are_cheap(site: Site, admin: Browser) -> None:
    """The board, a sale and the chain take three statements each beside the sign-in."""
    customer = {"id": active_customer(site.admin), "role": "customer"}
    line = {"productOffering": {"id": offering_on_sale(site.admin)}}
    body = {"name": "Cheap", "relatedParty": [customer], "salesOpportunityItem": [line]}
    key = site.admin.post(f"{SALES}/salesOpportunity", body).json["key"]
    for page in ("/leads", f"/opportunities/{key}", f"/r/salesOpportunity/{key}/chain"):
        for _ in range(2):
            with counted() as sent:
                assert admin.get(page).status_code == 200, page
        own = [" ".join(one.split())[:140] for one in sent if not one.lower().startswith(SIGN_IN)]
        assert len(own) <= STATEMENTS_MAX, (page, own)


@pytest.mark.accepts("LEAD-03")
def test_dragging_a_card_moves_the_lead(site: Site, chromium: Any) -> None:
    """A card dragged to another column moves the lead there; dropped where the lead may not go it
    stays; dropped on what needs a reason, the reason is asked for."""
    key = lead(site, "Dragged")
    assert site.admin.token
    with served(pages_of(site).app) as origin:
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        sign_in(page, origin)
        page.goto(f"{origin}/leads")
        page.wait_for_load_state()
        column = '[data-stage="{}"]'.format
        page.drag_and_drop(f"#card-{key}", column("nurturing"))
        page.wait_for_selector(f"{column('nurturing')} #card-{key}", timeout=8000)
        assert stage(site, key) == "nurturing"
        page.drag_and_drop(f"#card-{key}", column("new"))
        assert page.is_visible(f"{column('nurturing')} #card-{key}")
        page.drag_and_drop(f"#card-{key}", column("disqualified"))
        page.wait_for_url(f"{origin}/leads/{key}/give-up")
        assert stage(site, key) == "nurturing"
        page.close()


def test_names_are_not_shown_to_who_sees_none(site: Site) -> None:
    """Who may work on leads and sees nothing personal is shown keys on the pages of a lead."""
    sees = Grant("all", frozenset({"public", "internal"}))
    site.role("nameless", {"*:read": sees, "SalesLead:update": sees})
    assert site.user("sees.keys", roles=["nameless"], scopes=("*:read",)).token
    key = lead(site, "Hiddenname", companyName="Hidden Works")
    browser = browser_of(site, "sees.keys")
    for page in ("convert", "give-up"):
        answer = browser.get(f"/leads/{key}/{page}")
        assert answer.status_code == 200, answer.text[:300]
        assert key in answer.text
        assert "Hidden" not in answer.text
    held = active_customer(site.admin)
    name = site.admin.get(f"{CUSTOMERS}/{held}").json["name"]
    offering = {"action": "add", "productOffering": {"id": offering_on_sale(site.admin)}}
    party = {"id": held, "role": "customer", "@referredType": "Customer"}
    cart = site.admin.post(CART, {"relatedParty": [party], "cartItem": [offering]}).json
    answer = browser.get(f"/cart/{cart['key']}")
    assert answer.status_code == 200, answer.text[:300]
    assert name not in answer.text
