"""Customer 360: the head, the panels, what each costs, and what one sees without a right."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from trunkline.kernel.actor import EVERY_CLASS, Grant

PART = {"HX-Request": "true"}
PANELS = ("services", "orders", "visits", "accounts", "contacts")


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    return Shop.open(site)


@pytest.fixture(scope="module")
def key(shop: Shop) -> str:
    """The key of a customer with a delivered product and an order that waits for a technician."""
    shop.order(shop.fibre())
    shop.site.work()
    waits = shop.line(
        "1", "Fibre 1G", downloadSpeed=1000, uploadSpeed=500, installation="technician"
    )
    shop.order(waits)
    shop.site.work()
    address = f"/tmf-api/customerManagement/v4/customer/{shop.customer}"
    found: str = shop.site.admin.get(address).json["key"]
    return found


def panel(browser: Browser, key: str, name: str) -> str:
    answer = browser.get(f"/customer/{key}/panel/{name}", **PART)
    assert answer.status_code == 200, answer.text
    return source_of(answer)


def test_the_head_tells_who_it_is_and_what_is_open(admin: Browser, key: str) -> None:
    html = source_of(admin.get(f"/customer/{key}"))
    words = words_of(html)
    for one in ("Customer since", "Open orders 1", "Open issues 0", "New order", "Note", "Task"):
        assert one in words
    assert f'href="/order/new?customer={key}"' in html
    head = html.split('<header class="who">')[1].split("</header>")[0]
    assert head.count("<dt") <= 8
    for one in PANELS:
        assert f'hx-get="/customer/{key}/panel/{one}"' in html
    assert f'hx-get="/r/customer/{key}/timeline"' in html


def test_the_services_map_leads_from_the_site_to_the_resource(admin: Browser, key: str) -> None:
    html = panel(admin, key, "services")
    words = words_of(html)
    assert "Fibre" in words
    assert "Active" in words
    assert "Runs on" in words
    assert 'href="/r/service/SVC' in html
    assert 'href="/r/resource/RES' in html
    assert "/order/new?product=PRD" in html
    assert "do=suspend" in html
    assert "do=disconnect" in html


def test_a_part_at_a_place_of_its_own_stands_there(admin: Browser, shop: Shop, key: str) -> None:
    products = "/tmf-api/productInventory/v4/product"
    whose = [{"id": shop.customer, "role": "customer", "@referredType": "Customer"}]
    part = shop.site.admin.post(
        products,
        {"name": "Branch office line", "status": "active", "relatedParty": whose,
         "place": [{"id": shop.place, "role": "installation", "@referredType": "GeographicSite"}]},
    )  # fmt: skip
    assert part.status_code == 201, part.text
    whole = shop.site.admin.post(
        products,
        {"name": "Company network", "status": "active", "relatedParty": whose,
         "product": [{"id": part.json["id"]}]},
    )  # fmt: skip
    assert whole.status_code == 201, whole.text
    html = panel(admin, key, "services")
    at_site, nowhere = html.split("Not at one site")
    nowhere = nowhere.split("</section>")[0]
    assert "Branch office line" in at_site
    assert "part of Company network" in words_of(at_site)
    assert "Company network" in nowhere
    assert "Branch office line" not in nowhere


def test_open_orders_show_how_far_their_plans_are(admin: Browser, key: str) -> None:
    html = panel(admin, key, "orders")
    assert "<progress max=" in html
    assert " steps" in words_of(html)
    assert "Ended last" in words_of(html)


def test_accounts_and_contacts(admin: Browser, shop: Shop, key: str) -> None:
    assert "BAC" in panel(admin, key, "accounts") or "No account yet" in panel(
        admin, key, "accounts"
    )
    customer = shop.site.admin.get(f"/tmf-api/customerManagement/v4/customer/{key}").json
    party = customer["engagedParty"]["id"]
    media = [{"mediumType": "phone", "characteristic": {"phoneNumber": "+49 30 1234"}}]
    kind = customer["engagedParty"]["@referredType"].lower()
    address = f"/tmf-api/party/v4/{kind}/{party}"
    assert shop.site.admin.patch(address, {"contactMedium": media}).status_code == 200
    reach = f"/customer/{key}/reach"
    html = panel(admin, key, "contacts")
    assert f'hx-get="{reach}"' in html
    # Who may correct it corrects it where it stands: it is told once, by its name of the register.
    html += source_of(admin.get(reach, **PART))
    assert html.count('href="tel:+49301234"') == 1
    assert 'href="tel:+49301234"' in source_of(admin.get(f"/customer/{key}"))


@pytest.mark.accepts("C360-08")
def test_without_a_right_there_is_no_panel(
    key: str, signed_in: Callable[..., Browser], site: Site
) -> None:
    """The page stands without what the role does not read; a panel asked for tells nothing."""
    only = signed_in("only-customers", {"Customer:read": Grant("all", EVERY_CLASS)})
    html = source_of(only.get(f"/customer/{key}"))
    assert "panel-orders" not in html
    assert "panel-accounts" not in html
    assert "panel-services" not in html
    assert "Open orders" not in words_of(html)
    assert "New order" not in words_of(html)
    assert "ORD" not in panel(only, key, "orders")
    assert "Fibre" not in panel(only, key, "services")
    assert "BAC" not in panel(only, key, "accounts")
    nothing = signed_in("no-customers", {"Product:read": Grant("all", EVERY_CLASS)})
    for name in PANELS:
        assert nothing.get(f"/customer/{key}/panel/{name}", **PART).status_code == 403
    plain = Grant("all", frozenset({"public", "internal"}))
    blind = signed_in("sees-no-person", {"*:read": plain})
    html = source_of(blind.get(f"/customer/{key}"))
    assert "panel-contacts" not in html
    assert "panel-accounts" in html
    for told in (html, panel(blind, key, "contacts")):
        assert "Lovelace" not in told
        assert "tel:" not in told
    stranger = signed_in("other-customer", {"*:read": Grant("own", EVERY_CLASS)})
    assert stranger.get(f"/customer/{key}").status_code == 404
    assert stranger.get(f"/customer/{key}/panel/services", **PART).status_code == 404


@pytest.mark.parametrize("place", ["", "/outages", *(f"/panel/{one}" for one in PANELS)])
def test_each_part_takes_at_most_three_statements(admin: Browser, key: str, place: str) -> None:
    admin.get(f"/customer/{key}{place}")
    with counted() as asked:
        assert admin.get(f"/customer/{key}{place}").status_code == 200
    own = [one for one in asked if not one.startswith("begin")]
    assert len(own) <= 3, own


def test_the_contacts_are_those_who_have_a_role_there(
    admin: Browser, key: str, site: Site, shop: Shop
) -> None:
    """Each with what it is in the operator's words and how it is reached; who is none any more is
    not shown. The page of the person says for whom the role is."""
    client = site.admin
    person = {"givenName": "Grace", "familyName": "Hopper"}
    grace = client.post("/tmf-api/party/v4/individual", person).json
    roles = "/tmf-api/partyRoleManagement/v4/partyRole"
    body = {
        "name": "Keeps the line", "roleType": "technical", "engagedParty": {"id": grace["id"]},
        "relatedParty": [{"id": shop.customer, "role": "customer", "@referredType": "Customer"}],
        "contactMedium": [
            {"mediumType": "email", "characteristic": {"emailAddress": "grace@example.com"}}
        ],
    }  # fmt: skip
    made = client.post(roles, body)
    assert made.status_code == 201, made.json
    ended = {"roleType": "sales", "validFor": {"endDateTime": "2020-01-01T00:00:00Z"}}
    assert client.post(roles, {**body, **ended}).status_code == 201
    html = panel(admin, key, "contacts")
    assert f'href="/r/partyRole/{made.json["key"]}"' in html
    words = words_of(html)
    assert "Technical contact Grace Hopper grace@example.com" in words
    assert "Sales contact" not in words
    own = source_of(admin.get(roles_panel(admin, grace["key"]), **PART))
    assert "Technical contact Ada Lovelace" in words_of(own)


def roles_panel(browser: Browser, key: str) -> str:
    """Return the address of the panel of roles on the page of a person."""
    html = source_of(browser.get(f"/r/individual/{key}"))
    return next(
        one.split('"')[0] for one in html.split('hx-get="')
        if one.startswith("/r/individual/") and one.split('"')[0].endswith("/panel/1")
    )  # fmt: skip
