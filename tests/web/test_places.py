"""Sites and addresses: where they are, what is there and around, and a place on the map."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import falcon.testing

from tests.ordering.scripted import Shop
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from trunkline.api.app import make_app
from trunkline.demo.coverage import add_coverage, add_houses
from trunkline.kernel.actor import Grant
from trunkline.kernel.work import as_system
from trunkline.qualification.coverage import Question
from trunkline.qualification.coverage_map import ask_map
from trunkline.qualification.whereabouts import whereabouts
from trunkline.settings import load
from trunkline.shared.reference import PlaceRefOrValue
from trunkline.web.app import add_routes
from trunkline.web.places.position import Position, typed_position

SignedIn = Callable[..., Browser]
ADDRESS = "/tmf-api/geographicAddressManagement/v4/geographicAddress"
SITE = "/tmf-api/geographicSiteManagement/v4/geographicSite"
TILES = "https://tiles.example.net/{z}/{x}/{y}.png"


def new_site(site: Site, number: str, postcode: str = "10115") -> tuple[str, str]:
    """Make an address and a site at it; return their keys."""
    address = {"streetName": "Mill Lane", "streetNr": number, "postcode": postcode,
               "city": "Nordhaven", "country": "DE"}  # fmt: skip
    made = site.admin.post(ADDRESS, address)
    body = {"name": f"Mill {number}", "place": [
        {"id": made.json["id"], "@referredType": "GeographicAddress"}]}  # fmt: skip
    at = site.admin.post(SITE, body)
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
    empty = source_of(admin.get(f"/places/address/{new_site(site, '77', postcode='99999')[0]}"))
    assert "It is not on the map yet." in empty
    assert "no map server is set" in empty
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


def test_sites_around_come_in_pages(site: Site, admin: Browser) -> None:
    """The nearest first, each once; a page leads to the next until there is none."""
    _, here = new_site(site, "1", "14050")
    for number in range(2, 25):
        new_site(site, str(number), "14050")
    address, seen, sizes = f"/places/site/{here}/panel/nearby", [], []
    while address:
        html = source_of(admin.get(address))
        found = re.findall(r">Mill (\d+)<", html)
        seen += found
        sizes.append(len(found))
        following = re.search(r'hx-get="([^"]+)"', html)
        assert bool(following) == (f"Show {min(10, 23 - len(seen))} more" in words_of(html))
        address = following[1] if following else ""
    assert sizes == [10, 10, 3]
    assert sorted(map(int, seen)) == list(range(2, 25))
    assert admin.get(f"/places/site/{here}/panel/nearby?from=-1").status_code == 200


def test_a_house_with_a_line_is_on_the_demonstration_map(site: Site) -> None:
    """A street without fibre stays so, but who has a running line there can have it."""
    shop = Shop.open(site)
    address = {"streetName": "Orchard Close", "streetNr": "7", "postcode": "14050",
               "city": "Lakeside", "country": "DE"}  # fmt: skip
    made = [
        site.admin.post(path, body).json["id"]
        for path, body in ((ADDRESS, address), (ADDRESS, address | {"streetNr": "9"}))
    ]
    shop.place = site.admin.post(SITE, {"name": "Orchard 7", "place": [
        {"id": made[0], "@referredType": "GeographicAddress"}]}).json["id"]  # fmt: skip
    ((fibre,),) = site.rows(
        "select id::text from service_specification where doc ->> 'name' = 'Fibre Access'"
    )
    with as_system(site.services, "tests") as work:
        add_coverage(work, {"Fibre Access": fibre})
    shop.order(shop.fibre(speed=500))
    site.work()

    def can_be_had(place: str, kind: str) -> str:
        with as_system(site.services, "tests") as work:
            where = whereabouts(work, [PlaceRefOrValue(id=place, referred_type=kind)])
            asked = Question("1", where, fibre, values={"downloadSpeed": 500, "uploadSpeed": 250})
            return str(ask_map(work, [asked])["1"].result)

    assert can_be_had(shop.place, "GeographicSite") == "unqualified"
    with as_system(site.services, "tests") as work:
        add_houses(work, {"Fibre Access": fibre})
    assert can_be_had(shop.place, "GeographicSite") == "qualified"
    assert can_be_had(made[1], "GeographicAddress") == "unqualified"
    ((count,),) = site.rows("select count(*) from coverage_area where p_city = 'Lakeside' "
                            "and doc ->> 'numberFrom' = '7'")  # fmt: skip
    assert count == 1


def test_what_is_at_a_site_is_at_its_address(site: Site, admin: Browser) -> None:
    """Lines, orders and customers of the sites at an address stand on the page of the address."""
    shop = Shop.open(site)
    order = shop.order(shop.fibre())
    site.work()
    place = site.admin.get(f"{SITE}/{shop.place}").json["place"][0]["id"]
    customer = site.admin.get(f"/tmf-api/customerManagement/v4/customer/{shop.customer}").json
    told = {"installed": "Fibre 1G", "orders": shop.read(order)["key"],
            "contacts": customer["name"]}  # fmt: skip
    for panel, text in told.items():
        admin.get(f"/places/address/{place}/panel/{panel}")
        with counted() as asked:
            found = words_of(admin.get(f"/places/address/{place}/panel/{panel}").text)
        assert text in found, (panel, found)
        assert len([one for one in asked if not one.startswith(("begin", "set local"))]) <= 3
