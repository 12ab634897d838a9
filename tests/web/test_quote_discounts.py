"""Discounts on the page of a quote, and the queue in which another person finds them."""

from __future__ import annotations

from typing import Any

from tests.ordering.scripted import Shop
from tests.support.pages import browser_of
from tests.support.program import Site
from tests.web.browser import Browser, words_of
from tests.web.test_capture import opened, step
from tests.web.test_quote_pages import QUOTES, kept
from trunkline.access.standard import ensure_roles

LIMITS = "/api/billing/v1/authorityLimit"


def limited(site: Site, role: str, value: int) -> None:
    body = {"role": role, "kind": "priceOverride", "limit": {"unit": "EUR", "value": value}}
    assert site.admin.post(LIMITS, body).status_code == 201


def discounted(browser: Browser, key: str, **said: Any) -> str:
    browser.get(f"/quote/{key}")
    answer = browser.post(f"/quote/{key}/discount", {"reason": "loyalty", **said})
    assert answer.status_code == 303, words_of(answer.text)
    return words_of(browser.get(f"/quote/{key}").text)


def test_a_discount_is_given_and_approved_on_pages(site: Site) -> None:
    """Grace gives a discount on a line and on all, sees what she gives away and that another person
    decides; Ida finds the quote in her queue and approves it; lines changed later keep theirs."""
    shop = Shop.open(site)
    ensure_roles(site.services)
    limited(site, "sales", 100)
    limited(site, "sales_manager", 5000)
    site.user("grace", roles=["sales"], scopes=("TMF648:read",))
    site.user("ida", roles=["sales_manager"], scopes=("TMF648:read",))
    grace, ida = browser_of(site, "grace"), browser_of(site, "ida")
    fields = opened(grace, customer=shop.customer)
    fields, _ = step(grace, fields, f"add:{shop.offerings['Mobile S']}")
    key = kept(grace, fields)
    line = site.admin.get(f"{QUOTES}/{key}").json["quoteItem"][0]
    page = discounted(grace, key, on=line["id"], percent="10", note="ten years")
    assert "−10 % · Long-standing customer · ten years" in page
    assert "Within authority" in page
    page = discounted(grace, key, on="", percent="90", overwrites="yes")
    assert "Discount on all lines −90 %" in page
    assert "takes the place of those of lines" in page
    assert "is more than Grace decides alone" in page
    again, _ = step(grace, opened(grace, quote=key), "open")
    kept(grace, again | {"line.1.quantity": "2"})
    held = site.admin.get(f"{QUOTES}/{key}").json["quoteItem"][0]
    assert (held["quantity"], held["priceAdjustment"][0]["percentage"]) == (2, -10)
    wrong = grace.post(f"/quote/{key}/discount", {"reason": "loyalty", "percent": "x"})
    assert (wrong.status_code, "must be a number above 0" in words_of(wrong.text)) == (400, True)
    assert "Offer to the customer" not in words_of(grace.get(f"/quote/{key}").text)
    refused = grace.post(f"/quote/{key}", {"step": "present"})
    assert refused.status_code == 403
    assert grace.post(f"/quote/{key}", {"step": "submit"}).status_code == 303

    assert ida.get("/shell/counts").json["/quotes-in-review"] == 1
    shown = words_of(ida.get("/quotes-in-review").text)
    assert key in shown or "given away" in shown
    rows = words_of(ida.get('/quotes-in-review/rows?by=prices&group=["waiting"]').text)
    assert "given away · Grace" in rows
    done = ida.post("/quotes-in-review", {"verb": "approve", "chosen": held_id(site, key),
                                          "tab": "all", "sure": "yes"})  # fmt: skip
    assert done.status_code in (200, 303), words_of(done.text)
    assert site.admin.get(f"{QUOTES}/{key}").json["priceOverride"]["decidedBy"] == "Ida"
    assert "Approved" in words_of(grace.get(f"/quote/{key}").text)
    assert grace.get("/quotes-in-review").status_code == 403


def test_a_discount_stays_with_its_line_and_goes_with_it(site: Site) -> None:
    """The discount of a line that is taken away is not given to the one that comes next."""
    shop = Shop.open(site)
    page = browser_of(site, "admin")
    fields = opened(page, customer=shop.customer)
    for _ in range(2):
        fields, _ = step(page, fields, f"add:{shop.offerings['Mobile S']}")
    key = kept(page, fields)
    lines = site.admin.get(f"{QUOTES}/{key}").json["quoteItem"]
    for line, percent in zip(lines, ("50", "10"), strict=True):
        discounted(page, key, on=line["id"], percent=percent)
    fields, _ = step(page, opened(page, quote=key), "open")
    fields, _ = step(page, fields, "drop:1")
    kept(page, fields)
    (left,) = site.admin.get(f"{QUOTES}/{key}").json["quoteItem"]
    assert left["priceAdjustment"][0]["percentage"] == -10


def held_id(site: Site, key: str) -> str:
    return str(site.admin.get(f"{QUOTES}/{key}").json["id"])
