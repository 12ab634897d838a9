"""Where an administrator sees how far the index of a run-time attribute is: page and doctor."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.program import Site
from tests.web.browser import Browser, words_of
from trunkline.governance import attribute_index
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.program.doctor import Finding, index_progress
from trunkline.worker.steps import carry_out, claim

SignedIn = Callable[..., Browser]
CATEGORY = "/tmf-api/productCatalogManagement/v4/category"
ADDRESS = "/api/attributes/v1/attribute/Category/shelf"


@pytest.fixture
def filling(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Five categories, of which the shelves of two are in the index, one of them unfit."""
    monkeypatch.setattr(attribute_index, "PART", 2)
    for number in range(5):
        body = {"name": f"Lines {number}", "shelf": "high" if number == 0 else number}
        assert site.admin.post(CATEGORY, body).status_code == 201
    site.work()
    site.admin.call("PUT", ADDRESS, {"kind": "number", "indexed": True})
    rows = claim(site.services, lane="reaction", worker="tests", limit=1)
    carry_out(site.services, rows)
    yield site
    site.work()
    site.admin.call("PUT", ADDRESS, {"kind": "number", "indexed": False})
    site.work()
    site.admin.call("DELETE", ADDRESS)


def looked(site: Site) -> Finding:
    with site.services.database.app.connection() as connection:
        (found,) = index_progress(connection)
        return found


def test_progress_is_shown_until_the_index_is_filled(admin: Browser, filling: Site) -> None:
    page = admin.get("/parked")
    assert 'max="' in page.text
    told = words_of(page.text)
    assert "shelf Category being filled: 2 of about" in told
    assert "1 with a value that does not fit" in told
    found = looked(filling)
    assert found.level == "ok"
    assert found.text.startswith("Category.shelf being filled: 2 of about")
    filling.work()
    assert "being filled" not in words_of(admin.get("/parked").text)
    assert looked(filling) == Finding("ok", "attributes", "no index is being filled")


def test_an_index_that_stands_still_is_said(admin: Browser, filling: Site) -> None:
    """Its work failed too often: the doctor warns, the page says so, trying again goes on."""
    with filling.services.database.app.connection() as connection:
        (ident,) = connection.execute(
            "update work set parked_at = now(), error = 'lost' where kind = 'attribute' "
            "returning id"
        ).fetchone()
    assert "stands still, its work is parked" in words_of(admin.get("/parked").text)
    found = looked(filling)
    assert found.level == "warn"
    assert "trunkline parked list" in found.text
    assert admin.post("/parked", {"verb": "retry", "chosen": str(ident)}).status_code == 303
    assert looked(filling).level == "ok"


def test_who_reaches_some_records_only_may_look_after_all_work(
    signed_in: SignedIn, filling: Site
) -> None:
    """A right over all queues beside a narrow one on records opens the page."""
    watcher = signed_in(
        "shift",
        {"operations:read": Grant("all", EVERY_CLASS), "TMF632:read": Grant("own", EVERY_CLASS)},
    )
    page = watcher.get("/parked")
    assert page.status_code == 200
    assert "being filled" in words_of(page.text)
    assert watcher.post("/parked", {"verb": "retry", "chosen": "1"}).status_code == 403
    narrow = signed_in("narrow", {"operations:read": Grant("partner", EVERY_CLASS)})
    assert narrow.get("/parked").status_code == 403
