"""Who calls, what is down, what was agreed to and who looked: in no more actions than allowed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import CUSTOMER, Office
from tests.browser.hands import Hands
from tests.ordering.scripted import Shop
from trunkline.rest.reads import reads_of
from trunkline.workspace.search_index import catch_up

PROBLEM = "/tmf-api/serviceProblemManagement/v4/serviceProblem"
PRODUCT = "/tmf-api/productInventory/v4/product"
TICKET = "/tmf-api/troubleTicket/v4/troubleTicket"
METHOD = "/api/care/v1/verificationMethod"
IN_SIGHT = """() => { const place = document.querySelector('#panel-contacts')
  .getBoundingClientRect(); return place.top >= 0 && place.top < innerHeight; }"""
BY = pytest.mark.parametrize("by", ["keys", "mouse"])


def caller(office: Office, number: str) -> str:
    """Return the key of a new customer who calls from a number."""
    shop = Shop.open(office.site)
    where = f"{CUSTOMER}/{shop.customer}"
    medium = {"mediumType": "phone", "preferred": True, "characteristic": {"phoneNumber": number}}
    answer = office.site.admin.patch(where, {"contactMedium": [medium]})
    assert answer.status_code == 200, answer.json
    catch_up(office.site.services)
    return str(answer.json["key"])


def one_step(hands: Hands, by: str, link: str, key: str, wanted: str) -> None:
    """Follow a link, by which alone it is seen what is wanted."""
    hands.follow(by, link, key)
    hands.page.wait_for_selector(wanted)
    hands.needed_at_most(1)


@BY
def test_a1_a_caller_is_known_and_verified(
    office: Office, hands_of: Callable[..., Hands], by: str
) -> None:
    """The call leads to who calls by itself, and there they are verified."""
    number = {"keys": "+49309990201", "mouse": "+49309990202"}[by]
    key = caller(office, number)
    method = {"name": f"Told by {by}", "validMinutes": 30, "lifecycleStatus": "active"}
    assert office.site.admin.post(METHOD, method).status_code == 201
    hands = hands_of(office.user("care"), f"/pop?number={number.replace('+', '%2B')}")
    page = hands.page
    page.wait_for_url(f"**/customer/{key}/*")
    hands.needed_at_most(0)
    page.locator("#verification .state", has_text="Not verified").wait_for()
    hands.follow(by, "#verification summary", "Control+Shift+e")
    page.wait_for_selector("#verify-evidence:focus")
    hands.type("Said the date of birth")
    if by == "keys":
        hands.press("Enter")
    else:
        hands.click("#verification form button.primary")
    page.locator("#verification .state.good", has_text="Verified").wait_for()
    hands.needed_at_most(2, 1)


@BY
def test_a2_what_does_not_work_is_told(
    office: Office, hands_of: Callable[..., Hands], by: str
) -> None:
    """A known outage stands at the customer; a ticket about one product is two actions away."""
    admin, shop = office.site.admin, Shop.open(office.site)
    customer = admin.get(f"{CUSTOMER}/{shop.customer}").json
    line = {"name": "Fibre 1G", "status": "active",
            "productOffering": {"id": shop.offerings["Fibre 1G"]},
            "relatedParty": [{"id": shop.customer, "role": "customer"}],
            "place": [{"id": shop.place, "role": "installation"}]}  # fmt: skip
    product = admin.post(PRODUCT, line).json
    code = f"dark-by-{by}"
    kind = {"code": code, "name": "No light", "handledBy": "care"}
    assert admin.post("/api/assurance/v1/ticketType", kind).status_code == 201
    outage = {"category": "outage", "priority": 1, "description": f"Cut cable {by}",
              "originatorParty": {"id": customer["engagedParty"]["id"]}, "reason": "digger",
              "affectedLocation": [{"id": shop.place, "role": "affected"}]}  # fmt: skip
    made = admin.post(PROBLEM, outage)
    assert made.status_code == 201, made.json
    hands = hands_of(office.user("care"), f"/customer/{customer['key']}")
    page = hands.page
    page.locator(".repeats-at", has_text=f"Cut cable {by}").wait_for()
    hands.needed_at_most(0)
    trouble = "#panel-services a[data-trouble]"
    page.wait_for_selector(trouble)
    if by == "keys":
        hands.go_to("#panel-services", "[data-trouble]")
        hands.press("h")
        page.wait_for_selector("#troubled")
        hands.press("Control+Enter")
    else:
        hands.click(trouble)
        hands.click(".contact button[value=close]")
    page.wait_for_url("**done=contact-*")
    page.locator("#panel-tickets .lines a.name").first.wait_for()
    hands.needed_at_most(3)
    office.site.work()
    asked = f"relatedEntity.id={product['id']}"
    (ticket,) = admin.get(TICKET, query_string=asked).json
    assert "does not work" in ticket["description"]
    over = {"status": "resolved", "statusChangeReason": "spliced"}
    assert admin.patch(f"{PROBLEM}/{made.json['id']}", over).status_code == 200


def test_v4_what_was_agreed_to_is_seen_with_its_proof(
    office: Office, hands_of: Callable[..., Hands]
) -> None:
    """Each word with its channel, its text and its proof; of one purpose the latest counts."""
    words = [
        {"purpose": "marketing", "channel": "email", "given": True, "at": "2026-01-05T10:00:00Z",
         "textVersion": "2026-1", "proof": "Double opt-in 4711"},
        {"purpose": "marketing", "given": False, "at": "2026-03-05T10:00:00Z",
         "proof": "Told Kim"},
        {"purpose": "research", "given": True, "at": "2026-02-05T10:00:00Z"},
    ]  # fmt: skip
    shop = Shop.open(office.site)
    wish = {"contactPreference": {"consent": words, "permittedChannel": ["email"]}}
    answer = office.site.admin.patch(f"{CUSTOMER}/{shop.customer}", wish)
    assert answer.status_code == 200, answer.json
    hands = hands_of(office.user("privacy"), f"/customer/{answer.json['key']}")
    page = hands.page
    consents = "header .doings a[href='#panel-contacts']"
    page.wait_for_selector("#consents")
    for by in ("keys", "mouse"):
        page.evaluate("scrollTo(0, 0)")
        hands.actions = 0
        one_step(hands, by, consents, "Shift+a", "#consents")
        page.wait_for_function(IN_SIGHT)
    lines = page.locator("#consents + .lines .line:has(.state)").all_inner_texts()
    assert [" ".join(one.split()[:3]) for one in lines] == [
        "Marketing Withdrawn 5", "Research Agreed 5", "Marketing Email Agreed"
    ]  # fmt: skip
    assert "Told Kim" in lines[0]
    assert "2026-1 · Proof: Double opt-in 4711" in lines[2]
    assert page.locator("#consents + .lines [data-counts]").count() == 2


def test_v5_who_looked_at_somebody_is_seen(office: Office, hands_of: Callable[..., Hands]) -> None:
    """From the page of the customer; reads count, whoever made them."""
    key = office.keys["customer"]
    looked = hands_of(office.user("care"), f"/customer/{key}")
    looked.page.wait_for_selector("#panel-orders .panel-body .lines")
    reads_of(office.site.services).write(office.site.services)
    hands = hands_of("admin", f"/customer/{key}")
    for by in ("keys", "mouse"):
        hands.page.goto(f"{office.origin}/customer/{key}")
        hands.actions = 0
        one_step(hands, by, "a[href$='#reads']", "Shift+l", "#reads:has-text('Care')")
