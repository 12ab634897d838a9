"""What comes before an order begins, and its lines by site, on the order's page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from trunkline.kernel.actor import Grant

POLICY = "/api/ordering/v1/orderPolicy"

SignedIn = Callable[..., Browser]


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    return Shop.open(site)


@pytest.fixture
def held(shop: Shop) -> Iterator[dict[str, Any]]:
    """Return an order that is to be approved; the policy goes with the test."""
    made = shop.site.admin.post(
        POLICY, {"name": "Sales lead", "effect": "approval", "channel": ["fair"]}
    )
    assert made.status_code == 201, made.json
    ident = shop.order(shop.fibre(), channel=[{"id": "fair"}])
    shop.site.work()
    yield shop.read(ident)
    assert shop.site.admin.delete(f"{POLICY}/{made.json['id']}").status_code == 204


def part(browser: Browser, address: str) -> str:
    """Return a part of a page, which takes at most three statements after the sign-in."""
    browser.get(address)
    with counted() as statements:
        answer = browser.get(address)
    own = [one for one in statements if "session" not in one and "generation" not in one]
    assert answer.status_code == 200, source_of(answer)
    assert len(own) <= 3, own
    return source_of(answer)


def test_an_order_is_decided_on_its_page(shop: Shop, held: dict[str, Any], admin: Browser) -> None:
    """Asked about, answered, sent back with a word, sent again, approved; each stands in the
    states with who did it and why. Sending it back without a word says so and changes nothing."""
    page = f"/order/{held['key']}"
    assert f'hx-get="{page}/intake"' in source_of(admin.get(page))
    html = part(admin, f"{page}/intake")
    assert "Sales lead" in words_of(html)
    bare = admin.post(f"{page}/intake", {"do": "reject"}, **{"HX-Request": "true"})
    assert "say why in a few words" in words_of(source_of(bare))
    for name, said, state in (
        ("ask", "Who agreed?", "enrichmentOnHold"), ("answer", "Grace <b>did</b>", "new"),
        ("reject", "Too low", "rejected"), ("submit", "", "submitted"),
    ):  # fmt: skip
        answer = admin.post(f"{page}/intake", {"do": name, "said": said})
        assert answer.status_code == 303, source_of(answer)
        assert shop.read(held["id"])["internalState"] == state
    shop.site.work()
    assert admin.post(f"{page}/intake", {"do": "approve", "said": "Fine"}).status_code == 303
    shop.site.work()
    assert shop.read(held["id"])["state"] == "completed"
    html = part(admin, f"{page}/intake")
    told = words_of(html)
    for word in ("Who agreed?", "Too low", "Fine", "Admin", "broken down into steps"):
        assert word in told
    assert "Grace &lt;b&gt;did" in html


def test_who_may_not_decide_is_not_asked(
    held: dict[str, Any], signed_in: SignedIn, admin: Browser
) -> None:
    """A reader sees the states and no button; what is sent all the same is refused."""
    reader = signed_in("looks-only", {"TMF622:read": Grant("all"), "workspace:own": Grant("all")})
    page = f"/order/{held['key']}/intake"
    html = part(reader, page)
    assert "<button" not in html
    assert reader.post(page, {"do": "approve"}).status_code == 403
    taken = admin.post(page, {"do": "take"})
    assert taken.status_code == 303
    assert "Taken care of by Admin" in words_of(part(reader, page))
    assert admin.post(page, {"do": "release", "said": "Back office"}).status_code == 303
    assert "In the pool Back office" in words_of(part(admin, page))


def test_lines_stand_by_site_with_old_and_new_values(shop: Shop, admin: Browser) -> None:
    """A change shows what was and what will be; each line has its place, state and dates."""
    first = shop.order(shop.fibre(speed=100))
    shop.site.work()
    (product,) = shop.products(shop.read(first))
    change = shop.fibre(speed=500) | {"action": "modify"}
    change["product"] = {"id": product["id"], **change["product"]}
    change["product"].pop("place", None)
    ident = shop.order(change)
    html = part(admin, f"/order/{shop.read(ident)['key']}/sites")
    assert '<s>100</s> <span class="towards">→</span> <b>500</b>' in html
    assert "Download speed" in words_of(html)


def test_many_lines_of_a_draft_change_on_its_page(shop: Shop, admin: Browser) -> None:
    """One form for all lines; what cannot be is said in place, and an order sent in has none."""
    made = shop.site.admin.post(POLICY, {"name": "Held", "effect": "approval", "channel": ["b"]})
    ident = shop.order(shop.fibre(), shop.voice(), channel=[{"id": "b"}])
    shop.site.work()
    page = f"/order/{shop.read(ident)['key']}/sites"
    assert "Change many lines at once" in words_of(part(admin, page))
    bad = admin.post(page, {"quantity": "two", "do": "change"}, **{"HX-Request": "true"})
    assert "a whole number" in words_of(source_of(bad))
    assert admin.post(page, {"quantity": "2", "do": "change"}).status_code == 303
    assert {one["quantity"] for one in shop.read(ident)["productOrderItem"]} == {2}
    assert admin.post(page, {"item": ["2"], "do": "remove"}).status_code == 303
    assert [one["id"] for one in shop.read(ident)["productOrderItem"]] == ["1"]
    intake = page.replace("/sites", "/intake")
    assert admin.post(intake, {"do": "approve", "said": ""}).status_code == 303
    assert "Change many lines at once" not in words_of(part(admin, page))
    assert shop.site.admin.delete(f"{POLICY}/{made.json['id']}").status_code == 204


def test_the_form_for_a_file_names_its_columns(admin: Browser, signed_in: SignedIn) -> None:
    told = words_of(source_of(admin.get("/order/new/file")))
    assert "customer" in told
    assert "offering" in told
    reader = signed_in("reads-only", {"TMF622:read": Grant("all"), "workspace:own": Grant("all")})
    assert reader.get("/order/new/file").status_code == 403
