"""Tickets and problems on pages: the queue, one ticket, one problem, and what a customer has."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.hands import Hands
from tests.support.overrides import offering_on_sale
from tests.support.program import PASSWORD, Site
from tests.web.browser import Browser, words_of

PARTY = "/tmf-api/party/v4/individual"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
PRODUCT = "/tmf-api/productInventory/v4/product"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
SITE = "/tmf-api/geographicSiteManagement/v4/geographicSite"
TICKET = "/tmf-api/troubleTicket/v4/troubleTicket"
PROBLEM = "/tmf-api/serviceProblemManagement/v4/serviceProblem"
INTERACTION = "/tmf-api/partyInteraction/v4/partyInteraction"
OWN = "/api/assurance/v1"


def made(site: Site, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = site.admin.post(path, body)
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def customer(site: Site, name: str) -> dict[str, Any]:
    given, family = name.split()
    party = made(site, PARTY, {"givenName": given, "familyName": family})["id"]
    body = {"name": name, "status": "active", "engagedParty": {"id": party}}
    return made(site, CUSTOMER, body)


def theirs(who: dict[str, Any]) -> list[dict[str, str]]:
    return [{"id": who["id"], "role": "customer", "@referredType": "Customer"}]


def product(site: Site, who: dict[str, Any], name: str, **more: Any) -> dict[str, Any]:
    price = {"priceType": "recurring", "recurringChargePeriod": "month",
             "price": {"taxIncludedAmount": {"unit": "EUR", "value": 39.9}}}  # fmt: skip
    body = {"name": name, "status": "active", "relatedParty": theirs(who), "productPrice": [price],
            "productOffering": {"id": offering_on_sale(site.admin)}, **more}  # fmt: skip
    return made(site, PRODUCT, body)


@pytest.fixture(scope="module")
def kind(site: Site) -> dict[str, Any]:
    body = {"code": "dark", "name": "No light", "handledBy": "administrator", "isDefault": True,
            "target": [{"resolutionMinutes": 240}],
            "checklist": [{"title": "Line tested", "isMandatory": True}]}  # fmt: skip
    return made(site, f"{OWN}/ticketType", body)


def ticket(site: Site, who: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"ticketType": "dark", "severity": "major", "description": "All is dark",
            "relatedParty": theirs(who), **more}  # fmt: skip
    return made(site, TICKET, body)


def test_a_ticket_is_worked_on_from_the_queue(
    site: Site, admin: Browser, kind: dict[str, Any]
) -> None:
    """In the queue with its due date; taken on, its step reported, resolved with a reason; the pane
    says what the clock counted, and what is refused why."""
    ada = customer(site, "Ada Lovelace")
    first = ticket(site, ada)
    queue = words_of(admin.get("/tickets").text)
    assert "All is dark" in queue
    assert "Ada Lovelace" in queue
    head = admin.get(f"/customer/{ada['key']}").text
    assert "Open issues 1" in words_of(head)
    assert 'href="#panel-tickets">1<' in head
    page = f"/tickets/{first['key']}"
    pane = words_of(admin.get(page).text)
    assert "3 h left" in pane
    assert "Line tested" in pane
    assert admin.post(page, {"verb": "take"}).status_code == 303
    refused = admin.post(page, {"verb": "resolve", "note": "new box"})
    assert refused.status_code == 409
    assert "“Line tested” is not done" in words_of(refused.text)
    step = {"verb": "check", "name": "step", "value": "Line tested"}
    assert admin.post(page, step).status_code == 303
    assert admin.post(page, {"verb": "resolve", "note": "new box"}).status_code == 303
    found = site.admin.get(f"{TICKET}/{first['key']}").json
    assert (found["status"], found["statusChangeReason"]) == ("resolved", "new box")
    assert found["assignee"]["name"]
    assert "All is dark" not in words_of(admin.get("/tickets").text)
    counts = admin.get("/shell/counts").json
    one, other = ticket(site, ada), ticket(site, ada)
    assert admin.get("/shell/counts").json["/tickets"] == counts["/tickets"] + 2
    assert one["key"] in words_of(admin.get(f"/tickets/{other['key']}").text)
    merge = {"verb": "merge", "name": "into", "value": one["key"]}
    assert admin.post(f"/tickets/{other['key']}", merge).status_code == 303
    assert site.admin.get(f"{TICKET}/{other['key']}").json["mergedInto"]["id"] == one["id"]


def test_a_problem_is_told_and_ends_with_its_tickets(
    site: Site, admin: Browser, kind: dict[str, Any]
) -> None:
    """Its page lists whom it hits, links a ticket by its key, has everybody told, and proposes the
    open tickets once it is over; the customer's page shows it as long as it is open."""
    bob = customer(site, "Bob Kahn")
    place = made(site, SITE, {"name": "Depot", "status": "active", "relatedParty": theirs(bob)})
    where = [{"id": place["id"], "role": "installation", "@referredType": "GeographicSite"}]
    product(site, bob, "Alarm", place=where)
    problem = made(
        site, PROBLEM,
        {"category": "outage", "priority": 1, "description": "Cut cable", "reason": "digger",
         "originatorParty": {"id": bob["engagedParty"]["id"]},
         "affectedLocation": [{"id": place["id"], "role": "affected"}]},
    )  # fmt: skip
    page = f"/problems/{problem['key']}"
    shown = words_of(admin.get(page).text)
    assert "Bob Kahn" in shown
    assert "Alarm" in shown
    outages = words_of(admin.get(f"/customer/{bob['key']}/outages").text)
    assert f"{problem['key']} Cut cable" in outages
    one = ticket(
        site, bob, checklist=[{"title": "Line tested", "isMandatory": True, "isDone": True}]
    )
    assert admin.post(page, {"verb": "link", "keys": one["key"].lower()}).status_code == 303
    wrong = admin.post(page, {"verb": "link", "keys": "TT999999"})
    assert wrong.status_code == 400
    assert "there is no ticket TT999999" in words_of(wrong.text)
    assert admin.post(page, {"verb": "tell", "text": "outage-begins"}).status_code == 303
    assert "going out" in words_of(admin.get(page).text)
    assert admin.post(page, {"verb": "resolve"}).status_code == 409
    over = {"status": "resolved", "statusChangeReason": "spliced"}
    assert site.admin.patch(f"{PROBLEM}/{problem['id']}", over).status_code == 200
    assert "1 ticket is still open" in words_of(admin.get(page).text)
    assert admin.post(page, {"verb": "resolve", "reason": ""}).status_code == 303
    assert site.admin.get(f"{TICKET}/{one['key']}").json["statusChangeReason"] == "spliced"
    assert problem["key"] not in words_of(admin.get(f"/customer/{bob['key']}/outages").text)


@pytest.mark.accepts("C360-05")
def test_a_contact_opens_a_ticket(site: Site, admin: Browser, kind: dict[str, Any]) -> None:
    """On the form of a contact a ticket is opened about a product, in the customer's words; contact
    and ticket name each other, and the contact is closed with its wrap-up. By the interface it goes
    the same way; what is wrong with the ticket leaves nothing behind."""
    eve = customer(site, "Eve Moreau")
    line = product(site, eve, "Fibre")
    form = f"/customer/{eve['key']}/contact"
    assert "Open a ticket" in words_of(admin.get(form).text)
    said = {"channel": "phone", "direction": "inbound", "reason": "fault", "note": "Is angry.",
            "ticket": "dark", "severity": "critical", "troubled": line["id"],
            "trouble": "No light since noon", "wrap_up": "forwarded", "then": "close"}  # fmt: skip
    answer = admin.post(form, said)
    assert answer.status_code == 303, words_of(answer.text)
    (found,) = site.admin.get(TICKET, query_string=f"relatedParty.id={eve['id']}").json
    assert (found["description"], found["severity"]) == ("No light since noon", "critical")
    assert found["relatedEntity"][0]["id"] == line["id"]
    contact = site.admin.get(f"{INTERACTION}/{found['interaction']['id']}").json
    assert (contact["status"], contact["wrapUpCode"]) == ("completed", "forwarded")
    assert [one["item"]["id"] for one in contact["interactionItem"]] == [found["id"]]
    panel = words_of(admin.get(f"/customer/{eve['key']}/panel/tickets").text)
    assert "No light since noon" in panel

    body = {"customer": eve["key"], "reason": "fault", "note": "Again dark",
            "wrapUpCode": "promised",
            "troubleTicket": {"ticketType": "dark", "severity": "minor"}}  # fmt: skip
    made_ = site.admin.post("/api/care/v1/contact", body)
    assert made_.status_code == 201, made_.json
    second = site.admin.get(f"{TICKET}/{made_.json['troubleTicket']['id']}").json
    assert second["description"] == "Again dark"
    assert second["possibleDuplicate"][0]["id"] == found["id"]
    before = site.admin.get(INTERACTION, query_string=f"relatedParty.id={eve['id']}").json
    bad = site.admin.post("/api/care/v1/contact", {**body, "troubleTicket": {"ticketType": "dark"}})
    assert bad.status_code == 400
    assert bad.json["fault"][0]["path"] == "severity"
    after = site.admin.get(INTERACTION, query_string=f"relatedParty.id={eve['id']}").json
    assert len(after) == len(before)


@pytest.mark.accepts("C360-03")
def test_each_product_row_says_what_is_open_and_starts_orders_in_two_clicks(
    site: Site, origin: str, chromium: Any, kind: dict[str, Any]
) -> None:
    """Each row shows state, site, price, open orders and open tickets, as the interface answers
    them; from the row two clicks lead to an order that changes, suspends, resumes or disconnects
    the product."""
    ida = customer(site, "Ida Rhodes")
    place = made(site, SITE, {"name": "Villa", "status": "active", "relatedParty": theirs(ida)})
    where = [{"id": place["id"], "role": "installation", "@referredType": "GeographicSite"}]
    line = product(site, ida, "Fibre 500", place=where)
    paused = product(site, ida, "Phone", status="suspended")
    open_ = ticket(site, ida, relatedEntity=[
        {"id": line["id"], "role": "subject", "@referredType": "Product"}])  # fmt: skip
    order = made(
        site, ORDER,
        {"state": "pending", "relatedParty": theirs(ida), "productOrderItem": [
            {"id": "1", "action": "modify", "product": {"id": line["id"]}}]},
    )  # fmt: skip
    rows = {
        one["product"]["id"]: one
        for one in site.admin.get(f"{OWN}/customer/{ida['key']}/product").json
    }
    own = rows[line["id"]]
    assert (own["status"], own["site"]["id"]) == ("active", place["id"])
    assert own["price"][0]["taxIncludedAmount"] == {"unit": "EUR", "value": 39.9}
    assert [one["key"] for one in own["openOrder"]] == [order["key"]]
    assert [one["key"] for one in own["openTicket"]] == [open_["key"]]
    assert own["canBeOrdered"] == ["change", "suspend", "move", "disconnect"]
    assert rows[paused["id"]]["canBeOrdered"] == ["change", "resume", "disconnect"]

    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    address = f"{origin}/customer/{ida['key']}"
    page.goto(address)
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel-services .product")
    text = page.locator("#panel-services .product", has_text="Fibre 500").inner_text()
    for part in ("Active", "Villa", "39.90 EUR per month", order["key"], open_["key"]):
        assert part in text, part
    for name, title in (
        ("Fibre 500", "Change"), ("Fibre 500", "Suspend"), ("Phone", "Resume"),
        ("Fibre 500", "Disconnect"),
    ):  # fmt: skip
        page.goto(address)
        page.wait_for_selector("#panel-services .product")
        hands = Hands(page)
        row = f'#panel-services .product:has-text("{name}")'
        hands.click(f"{row} summary:has-text('Change')")
        hands.click(f'{row} nav a:text-is("{title}")')
        page.wait_for_url("**/order/**")
        own = {"Fibre 500": line, "Phone": paused}[name]
        page.locator("main", has_text=own["key"]).wait_for()
        assert title in page.locator("main").inner_text()
        hands.needed_at_most(2)
    page.close()
