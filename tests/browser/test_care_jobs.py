"""Who calls, and who looked at somebody, in no more actions than the targets allow."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import CUSTOMER, Office
from tests.browser.hands import Hands
from tests.ordering.scripted import Shop
from trunkline.rest.reads import reads_of
from trunkline.workspace.search_index import catch_up

METHOD = "/api/care/v1/verificationMethod"
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
    if by == "keys":
        page.focus("#verification summary")
        hands.press("Enter")
    else:
        hands.click("#verification summary")
    page.wait_for_selector("#verify-evidence:focus")
    hands.type("Said the date of birth")
    if by == "keys":
        hands.press("Enter")
    else:
        hands.click("#verification form button.primary")
    page.locator("#verification .state.good", has_text="Verified").wait_for()
    hands.needed_at_most(2, 1)


def test_v5_who_looked_at_somebody_is_seen(office: Office, hands_of: Callable[..., Hands]) -> None:
    """From the page of the customer; reads count, whoever made them."""
    key = office.keys["customer"]
    looked = hands_of(office.user("care"), f"/customer/{key}")
    looked.page.wait_for_selector("#panel-orders .panel-body .lines")
    reads_of(office.site.services).write(office.site.services)
    hands = hands_of("admin", f"/customer/{key}")
    hands.click("a[href$='#reads']")
    hands.page.locator("#reads", has_text="Care").wait_for()
    hands.needed_at_most(1)
