"""A real browser sells a bundle at a site; what a person does for it is counted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.hands import Hands
from tests.ordering.scripted import Shop
from tests.support.program import PASSWORD, Site
from tests.web.test_capture import installed
from tests.web.test_forms_in_a_browser import signed_in

ACTIONS_MAX = 5
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}"


def at_the_customer(origin: str, chromium: Any, shop: Shop, **view: Any) -> tuple[Any, list[str]]:
    page = chromium.new_page(**view)
    complaints = signed_in(page, origin)
    page.goto(f"{origin}/customer/{shop.customer}")
    return page, complaints


def ordered(shop: Shop, page: Any) -> dict[str, Any]:
    page.wait_for_url("**/order/ORD*")
    return shop.read(page.url.rpartition("/")[2].partition("?")[0])


def test_a_bundle_is_sold_by_mouse(site: Site, origin: str, chromium: Any) -> None:
    """From the customer: new order, find the offer, add it, send it."""
    shop, _ = Shop.open(site), site.admin
    page, complaints = at_the_customer(origin, chromium, shop)
    hand = Hands(page)
    hand.click("a[href^='/order/new?customer=']")
    page.wait_for_selector("#q:focus")
    hand.type("fibre home")
    page.wait_for_selector(".offer.first")
    hand.click(".offer.first button")
    page.wait_for_selector("#line-1:focus")
    assert (
        "Fibre Home was added" in page.wait_for_selector("#status:has-text('added')").inner_text()
    )
    page.wait_for_selector("#plan tbody tr")
    hand.click("button[value=submit]")
    order = ordered(shop, page)
    assert order["productOrderItem"][0]["product"]["place"][0]["id"] == shop.place
    assert (hand.actions, hand.texts) == (3, 1)
    assert hand.actions <= ACTIONS_MAX
    page.close()
    assert complaints == []


def test_a_bundle_is_sold_by_keyboard(site: Site, origin: str, chromium: Any) -> None:
    """On the page for the customer: type, Enter adds what stands first, Control Enter sends."""
    shop, _ = Shop.open(site), site.admin
    page, complaints = at_the_customer(origin, chromium, shop)
    hand = Hands(page)
    page.focus("a[href^='/order/new?customer=']")
    hand.press("Enter")
    page.wait_for_selector("#q:focus")
    hand.type("fibre home")
    hand.press("Enter")
    page.wait_for_selector("#line-1:focus")
    hand.press("Control+Enter")
    ordered(shop, page)
    assert (hand.actions, hand.texts) == (3, 1)
    page.close()
    assert complaints == []


@pytest.mark.parametrize("width, scheme", [(360, "light"), (1440, "dark")])
def test_everybody_can_use_it(
    site: Site, origin: str, chromium: Any, width: int, scheme: str
) -> None:  # fmt: skip
    """No rule of WCAG 2.2 AA is broken by the page itself, and nothing goes off its side."""
    axe = pytest.importorskip("axe_playwright_python", reason="needs axe")
    source = f"{axe.__path__[0]}/axe.min.js"
    shop, _ = Shop.open(site), site.admin
    page, _complaints = at_the_customer(
        origin, chromium, shop, viewport={"width": width, "height": 900}, color_scheme=scheme,
        bypass_csp=True,
    )  # fmt: skip
    page.goto(f"{origin}/order/new?customer={shop.customer}")
    page.keyboard.type("fibre home")
    page.keyboard.press("Enter")
    page.wait_for_selector("#line-1:focus")
    page.add_script_tag(path=source)
    page.evaluate("scrollTo(0, 0)")
    found = page.evaluate(f"axe.run('#content', {RULES})")
    assert [(one["id"], one["nodes"][0]["target"]) for one in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


def test_what_is_typed_is_checked_while_it_is_typed(
    site: Site,
    origin: str,
    chromium: Any,
) -> None:
    """A wrong number is said at its field without leaving it; neither a reload nor the end of the
    session loses what was typed."""
    shop, _ = Shop.open(site), site.admin
    page, _complaints = at_the_customer(origin, chromium, shop)
    page.goto(f"{origin}/order/new?customer={shop.customer}")
    page.keyboard.type("mobile s")
    page.keyboard.press("Enter")
    page.wait_for_selector("#line-1:focus")
    page.fill("#line-1-quantity", "0")
    page.wait_for_selector("#line-1 .wrong")
    assert page.evaluate("document.activeElement.id") == "line-1-quantity"
    page.fill("#line-1-quantity", "2")
    page.wait_for_selector("#line-1 .wrong", state="detached")
    page.wait_for_selector("#kept:has-text('Kept')")
    page.reload()
    assert page.input_value("#line-1-quantity") == "2"
    site.rows("delete from session returning 1")
    site.rows("update generation set number = number + 1 returning 1")
    page.fill("#line-1-quantity", "7")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#line-1-quantity')?.value === '7'")
    page.wait_for_selector(".total:has-text('69.30')")
    page.close()


def test_who_only_looks_keeps_no_draft(site: Site, origin: str, chromium: Any) -> None:
    """What the page asks for by itself is nothing that somebody put together."""
    shop, _ = Shop.open(site), site.admin
    (product,) = installed(shop, shop.fibre(speed=100))
    page, complaints = at_the_customer(origin, chromium, shop)
    kept: list[str] = []
    page.on("request", lambda one: kept.append(one.url) if "/draft" in one.url else None)
    page.clock.install()
    page.goto(f"{origin}/order/new?product={product['key']}&do=change")
    page.wait_for_selector(".cart-line")
    page.wait_for_selector(".offer")
    page.clock.run_for(3000)
    assert kept == []
    page.select_option("select[name='line.1.offering']", label="Fibre 1G")
    page.wait_for_selector(".differences")
    page.clock.run_for(3000)
    page.wait_for_selector("#kept:has-text('Kept')")
    assert len(kept) >= 1
    page.close()
    assert complaints == []


def test_nothing_done_while_the_server_answers_is_lost(
    site: Site,
    origin: str,
    chromium: Any,
) -> None:
    """Two offers are added and a site is taken off before the first answer comes."""
    shop, _ = Shop.open(site), site.admin
    page, complaints = at_the_customer(origin, chromium, shop)
    page.goto(f"{origin}/order/new?customer={shop.customer}")
    page.wait_for_selector("button[aria-label='Add Voice Flat']")
    page.evaluate(
        """() => {
          const offer = (name) => document.querySelector(`button[aria-label='Add ${name}']`);
          offer("Mobile S").click();
          document.querySelector("input[name=site]").click();
          offer("Voice Flat").click();
        }"""
    )
    page.wait_for_selector("#line-2")
    assert page.locator(".cart-line h3").all_inner_texts() == ["Mobile S", "Voice Flat"]
    assert not page.locator("input[name=site]").first.is_checked()
    page.wait_for_selector("#kept:has-text('Kept')")
    assert page.locator(".cart-line").count() == 2
    page.close()
    assert complaints == []
