"""Which language a visit is answered in: the person's, the browser's, or the installation's."""

from __future__ import annotations

from collections.abc import Callable

import falcon.testing

from tests.support.pages import pages_of
from tests.support.program import Site
from tests.web.browser import Browser
from trunkline.kernel.actor import Grant

MAY = {"*:read": Grant(), "workspace:own": Grant()}


def test_what_a_person_chose_comes_before_what_the_browser_wants(
    signed_in: Callable[..., Browser],
) -> None:
    ines = signed_in("ines", MAY)
    assert '<html lang="de" dir="ltr"' in ines.get("/", **{"Accept-Language": "de-AT"}).text
    assert ines.post("/preferences/quick", {"language": "ar"}).status_code == 303
    assert '<html lang="ar" dir="rtl"' in ines.get("/", **{"Accept-Language": "de-AT"}).text
    assert ines.post("/preferences/quick", {"language": ""}).status_code == 303
    assert '<html lang="en" dir="ltr"' in ines.get("/").text


def test_nobody_is_greeted_in_the_language_of_the_one_before(
    signed_in: Callable[..., Browser], pages: falcon.testing.TestClient
) -> None:
    """The same thread answers both: what it spoke last is not what it speaks next."""
    lea = signed_in("lea", MAY)
    lea.post("/preferences/quick", {"language": "de"})
    assert '<html lang="de"' in lea.get("/").text
    assert '<html lang="en"' in Browser(pages).get("/sign-in").text


def test_a_refusal_is_told_in_the_language_of_the_page(signed_in: Callable[..., Browser]) -> None:
    noor = signed_in("noor", MAY)
    answer = noor.get("/r/nosuch", **{"Accept-Language": "de"})
    assert answer.status_code == 404
    assert "Eine Liste nosuch gibt es nicht." in answer.text


def test_an_installation_has_a_language_of_its_own(site: Site) -> None:
    visitor = Browser(pages_of(site, TRUNKLINE_LANGUAGE="de"))
    assert "<h1>Anmelden</h1>" in visitor.get("/sign-in").text
    assert "<h1>Sign in</h1>" in visitor.get("/sign-in", **{"Accept-Language": "en"}).text
