"""Order capture where the catalog is told in several languages."""

from __future__ import annotations

import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site
from tests.web.browser import Browser, source_of, words_of
from tests.web.test_capture import CATALOG, PAGE, PART, opened
from trunkline.workspace.search_index import catch_up


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop.open(site)


@pytest.mark.accepts("NFR-06")
def test_offers_are_found_and_told_in_the_language_of_who_sells(shop: Shop, admin: Browser) -> None:
    """The list of offers, its headings and the line of the order have the translated names, and
    what is typed finds them in any of their languages."""
    offering = shop.offerings["Voice Flat"]
    path = f"{CATALOG}/productOffering/{offering}"
    group = shop.site.admin.post(f"{CATALOG}/category", {
        "name": "Talking", "lifecycleStatus": "Active",
        "translation": [{"language": "de", "name": "Sprechen"}],
    }).json  # fmt: skip
    body = {"translation": [{"language": "de", "name": "Plaudertarif"},
                            {"language": "ar", "name": "باقة المكالمات"}],
            "category": [{"id": group["id"]}]}  # fmt: skip
    assert shop.site.admin.patch(path, body).status_code == 200
    fields = opened(admin, customer=shop.customer)

    def told(typed: str, language: str) -> str:
        answer = admin.post(f"{PAGE}/offers", fields | {"q": typed}, **PART,
                            **{"Accept-Language": language})  # fmt: skip
        assert answer.status_code == 200
        return words_of(answer.text)

    for typed in ("plauder", "المكالمات", "voice flat"):
        for language, name, heading in (
            ("de", "Plaudertarif", "Sprechen"), ("ar", "باقة المكالمات", "Talking"),
            ("en", "Voice Flat", "Talking"),
        ):  # fmt: skip
            shown = told(typed, language)
            assert (name in shown, heading in shown) == (True, True), (typed, language, shown)
    assert "Plaudertarif" not in told("translation", "de")
    answer = admin.post(f"{PAGE}/form", fields | {"step": f"add:{offering}"},
                        **PART, **{"Accept-Language": "de"})  # fmt: skip
    line = source_of(answer).partition('id="line-1"')[2].partition("</h3>")[0]
    assert "Plaudertarif" in words_of(line), words_of(line)[:300]
    catch_up(shop.site.services)
    found = shop.site.admin.get("/api/workspace/v1/search", params={"q": "plaudertarif"}).json
    assert [one["id"] for one in found] == [offering]
    page = words_of(admin.get(f"/r/productOffering/{offering}/edit").text)
    assert "In other languages" in page
