"""Sites and addresses: where they are, what is there and around, and a place on the map."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import falcon.testing

from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from trunkline.api.app import make_app
from trunkline.kernel.actor import Grant
from trunkline.settings import load
from trunkline.web.app import add_routes
from trunkline.web.places.position import Position, typed_position

SignedIn = Callable[..., Browser]
TILES = "https://tiles.example.net/{z}/{x}/{y}.png"


def new_site(site: Site, number: str, postcode: str = "10115") -> tuple[str, str]:
    """Make an address and a site at it; return their keys."""
    address = {"streetName": "Mill Lane", "streetNr": number, "postcode": postcode,
               "city": "Nordhaven", "country": "DE"}  # fmt: skip
    made = site.admin.post("/tmf-api/geographicAddressManagement/v4/geographicAddress", address)
    body = {"name": f"Mill {number}", "place": [
        {"id": made.json["id"], "@referredType": "GeographicAddress"}]}  # fmt: skip
    at = site.admin.post("/tmf-api/geographicSiteManagement/v4/geographicSite", body)
    assert at.status_code == 201, at.text
    keys = [site.rows(f"select key from {table} where id = %s", one.json["id"])[0][0]
            for table, one in (("geographic_address", made), ("geographic_site", at))]  # fmt: skip
    return keys[0], keys[1]


def test_a_place_is_put_on_the_map_and_found_near(site: Site, admin: Browser) -> None:
    """Coordinates are written by the interface's own way; neighbours stand by distance."""
    address, here = new_site(site, "1")
    _, there = new_site(site, "9")
    page = f"/places/site/{here}"
    html = source_of(admin.get(page))
    assert "Mill Lane 1" in html
    assert "10115 Nordhaven" in html
    assert "Germany" in html
    form = {"version": "1", "latitude": "52,5300", "longitude": "13.38"}
    assert admin.post(f"{page}/location", form).status_code == 303
    assert 'data-latitude="52.53' in source_of(admin.get(page))
    other = f"/places/site/{there}"
    form = {"version": "1", "latitude": "52.5400", "longitude": "13.38"}
    assert admin.post(f"{other}/location", form).status_code == 303
    near = words_of(admin.get(f"{page}/panel/nearby").text)
    assert "Mill 9" in near
    assert "1.1 km" in near
    assert "Mill 9" in source_of(admin.get(f"/places/address/{address}"))
    for name in ("installed", "orders", "contacts"):
        assert admin.get(f"{page}/panel/{name}").status_code == 200
    assert admin.get(f"{page}/panel/nosuch").status_code == 404
    assert admin.get(f"/places/street/{here}").status_code == 404


def test_a_wrong_or_outdated_place_is_not_written(site: Site, admin: Browser) -> None:
    """What was typed stays in the form; what another one changed meanwhile is not lost."""
    address, here = new_site(site, "3", "10999")
    page = f"/places/site/{here}"
    assert admin.get(page).status_code == 200
    wrong = admin.post(f"{page}/location", {"version": "1", "latitude": "91", "longitude": "1"})
    assert wrong.status_code == 400
    assert 'value="91"' in source_of(wrong)
    assert "latitude from -90 to 90" in words_of(wrong.text)
    form = {"version": "7", "latitude": "50", "longitude": "1"}
    assert admin.post(f"{page}/location", form).status_code == 412
    assert not site.rows(
        "select 1 from geographic_address where key = %s and doc::text like '%%geoJson%%'", address
    )


def test_who_sees_no_personal_values_sees_no_point(
    site: Site, admin: Browser, signed_in: SignedIn
) -> None:
    """Neither the own position nor the distance to another gives it away."""
    _, here = new_site(site, "21", "12043")
    _, there = new_site(site, "22", "12043")
    for key, latitude in ((here, "48.1234"), (there, "48.2234")):
        form = {"version": "1", "latitude": latitude, "longitude": "11.5"}
        admin.get(f"/places/site/{key}")
        assert admin.post(f"/places/site/{key}/location", form).status_code == 303
    plain = Grant("all", frozenset({"public", "internal"}))
    browser = signed_in("mapless", {"TMF673:read": plain, "TMF674:read": plain})
    html = source_of(browser.get(f"/places/site/{here}"))
    assert "48.1234" not in html
    assert "48.2234" not in html
    assert " km" not in words_of(browser.get(f"/places/site/{here}/panel/nearby").text)
    form = {"version": "2", "latitude": "1", "longitude": "1"}
    assert browser.post(f"/places/site/{here}/location", form).status_code == 403


def test_only_the_host_of_the_tiles_is_let_in(site: Site, admin: Browser) -> None:
    """Without a setting nothing is; with one, images of that host on these pages."""
    _, here = new_site(site, "30", "13347")
    policy = admin.get(f"/places/site/{here}").headers["Content-Security-Policy"]
    assert "img-src 'self' data:;" in policy
    settings = load({"TRUNKLINE_TEST_CLOCK": "on", "TRUNKLINE_MAP_TILES": TILES})
    app = make_app(site.services, site.authenticator, settings)
    add_routes(app, site.services, site.authenticator, settings)
    browser = Browser(falcon.testing.TestClient(app))
    browser.sign_in("admin")
    policy = browser.get(f"/places/site/{here}").headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://tiles.example.net;" in policy
    assert "tiles.example.net" not in browser.get("/").headers["Content-Security-Policy"]


def test_positions_are_read_and_measured() -> None:
    """A decimal comma counts; what is no position is none; Berlin to Munich is some 504 km."""
    assert typed_position("52,5", "13.4") == Position(Decimal("52.5"), Decimal("13.4"))
    assert typed_position("NaN", "1") is None
    assert typed_position("", "1") is None
    munich = Position(Decimal("48.137"), Decimal("11.575"))
    assert 500 < Position(Decimal("52.52"), Decimal("13.405")).km_to(munich) < 508


def test_each_part_takes_at_most_three_statements(site: Site, admin: Browser) -> None:
    """Also where there are neighbours."""
    address, here = new_site(site, "21", "10999")
    new_site(site, "22", "10999")
    for base in (f"/places/site/{here}", f"/places/address/{address}"):
        for part in (
            "",
            *(f"/panel/{one}" for one in ("installed", "orders", "contacts", "nearby")),
        ):
            assert admin.get(base + part).status_code == 200
            with counted() as asked:
                admin.get(base + part)
            own = [one for one in asked if not one.startswith(("begin", "set local"))]
            assert len(own) <= 3, (part, own)
