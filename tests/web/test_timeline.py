"""The timeline of a record: what it tells to whom, what is added there, and what that costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import falcon.testing
import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from trunkline.kernel.actor import EVERY_CLASS, Grant

PART = {"HX-Request": "true"}
PLAIN = frozenset({"public", "internal"})


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    return Shop.open(site)


@pytest.fixture(scope="module")
def customer(shop: Shop) -> dict[str, Any]:
    """Ada, who ordered fibre."""
    shop.order(shop.fibre())
    shop.site.work()
    address = f"/tmf-api/customerManagement/v4/customer/{shop.customer}"
    found: dict[str, Any] = shop.site.admin.get(address).json
    return found


def timeline(browser: Browser, customer: dict[str, Any], query: str = "") -> str:
    answer = browser.get(f"/r/customer/{customer['key']}/timeline{query}", **PART)
    assert answer.status_code == 200, answer.text
    return source_of(answer)


def test_it_tells_changes_orders_notes_and_tasks(
    admin: Browser, site: Site, customer: dict[str, Any]
) -> None:
    base = f"/r/customer/{customer['key']}"
    noted = admin.post(f"{base}/notes", {"text": "Rings\nat noon <b>"}, **PART)
    assert 'data-announce="Noted."' in noted.text
    admin.post(f"{base}/tasks", {"title": "Call back", "due": "2020-01-01"}, **PART)
    patch = {"status": "suspended"}
    address = f"/tmf-api/customerManagement/v4/customer/{customer['id']}"
    assert site.admin.patch(address, patch).status_code == 200
    words = words_of(timeline(admin, customer))
    for one in (
        "Call back Overdue",
        "Rings at noon <b>",
        "made it",
        "Product order ORD",
        "changed it",
    ):
        assert one in words
    assert "made the individual" in words
    states = words_of(timeline(admin, customer, "?kind=state"))
    assert "Suspended" in states
    assert "Rings" not in states
    assert "Rings" in words_of(timeline(admin, customer, "?kind=note"))
    assert "made it" not in words_of(timeline(admin, customer, "?kind=order"))


def test_pages_join_without_a_gap(admin: Browser, site: Site, customer: dict[str, Any]) -> None:
    """Older ones come page by page, each once, whatever table they are in."""
    body = {"tradingName": "Many Notes"}
    one = site.admin.post("/tmf-api/party/v4/organization", body).json
    for number in range(35):
        sent = {"record": {"id": one["id"], "@referredType": "Organization"}, "text": f"n{number}."}
        site.admin.post("/api/workspace/v1/notes", sent)
        patch = {"name": f"Name {number}"}
        site.admin.patch(f"/tmf-api/party/v4/organization/{one['id']}", patch)
    address, seen = f"/r/organization/{one['key']}/timeline", ""
    for _ in range(5):
        page = source_of(admin.get(address, **PART))
        seen += page
        if "before=" not in page:
            break
        query = page.split("/timeline?kind=&amp;before=")[1].split('"')[0]
        address = f"/r/organization/{one['key']}/timeline?before={query}"
    for number in range(35):
        assert seen.count(f'<p class="said">n{number}.') == 1
        assert f" Name {number}<" in seen or f" Name {number} " in seen
    assert seen.count("made it") == 1


def test_a_note_is_pinned_changed_and_removed_on_the_page(
    admin: Browser, site: Site, customer: dict[str, Any]
) -> None:
    base = f"/r/customer/{customer['key']}"
    admin.post(f"{base}/notes", {"text": "Beware of the dog"}, **PART)
    ((note,),) = site.rows(
        "select id::text from staff_note where record = %s order by at desc limit 1", customer["id"]
    )
    pinned = words_of(admin.post(f"{base}/notes/{note}", {"pin": "1"}, **PART).text)
    assert pinned.index("Pinned") < pinned.index("Beware of the dog")
    assert pinned.count("Beware of the dog") == 2  # once to read, once in the form
    admin.post(f"{base}/notes/{note}", {"text": "The dog is kind"}, **PART)
    assert "edited" in words_of(timeline(admin, customer))
    admin.post(f"{base}/notes/{note}", {"remove": "1"}, **PART)
    assert "dog" not in words_of(timeline(admin, customer))
    wrong = admin.post(f"{base}/tasks", {"title": "x", "assignee": "nobody-here"}, **PART)
    assert wrong.status_code == 200
    assert "nobody-here" in words_of(wrong.text)
    assert 'value="nobody-here"' in wrong.text


def test_without_scripts_a_form_leads_back(admin: Browser, customer: dict[str, Any]) -> None:
    answer = admin.post(f"/r/customer/{customer['key']}/notes", {"text": "Plain"})
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("?tab=timeline")


def test_files_are_kept_and_handed_out(admin: Browser, customer: dict[str, Any]) -> None:
    base = f"/r/customer/{customer['key']}"
    admin.get("/my-tasks")
    body = (
        '--B\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n' + admin.csrf + "\r\n"
        '--B\r\nContent-Disposition: form-data; name="file"; filename="contract.pdf"\r\n'
        "Content-Type: text/html\r\n\r\n%PDF-1.7 signed\r\n--B--\r\n"
    ).encode()

    def send(sent: bytes) -> Any:
        return admin.app.simulate_post(
            f"{base}/files", body=sent, cookies=admin.cookies,
            headers={"Content-Type": "multipart/form-data; boundary=B", **PART},
        )  # fmt: skip

    assert send(body.replace(admin.csrf.encode(), b"forged")).status_code == 403
    assert "contract.pdf" in words_of(send(body).text)
    link = source_of(admin.get(f"{base}/timeline?kind=file")).split(f'href="{base}/files/')[1]
    answer = admin.get(f"{base}/files/{link.split(chr(34))[0]}")
    assert answer.content == b"%PDF-1.7 signed"
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment;")


def test_what_the_staff_writes_is_not_for_who_it_is_about(
    site: Site, admin: Browser, customer: dict[str, Any], pages: falcon.testing.TestClient,
    signed_in: Callable[..., Browser],
) -> None:  # fmt: skip
    base = f"/r/customer/{customer['key']}"
    admin.post(f"{base}/notes", {"text": "Pays late, is rude"}, **PART)
    party = customer["engagedParty"]["id"]
    may = {f"*:{verb}": Grant("own", EVERY_CLASS) for verb in ("read", "create", "update")}
    own = signed_in("ada-herself", may, party=party)
    plain = signed_in("sees-little", {"*:read": Grant("all", PLAIN)})
    for browser in (own, plain):
        html = timeline(browser, customer)
        assert "rude" not in html
        assert "note-text" not in html
        assert "made it" in words_of(html)
        assert browser.post(f"{base}/notes", {"text": "x"}, **PART).text.count("rude") == 0
        assert site.rows("select count(*) from staff_note where author_name = 'Ada-Herself'") == [
            (0,)
        ]
    assert own.get("/my-tasks").status_code == 403


def test_my_tasks_stand_by_urgency(admin: Browser, site: Site, customer: dict[str, Any]) -> None:
    admin.get("/my-tasks")
    assert admin.post("/my-tasks", {"title": "Old one", "due": "2020-01-01"}).status_code == 303
    admin.post("/my-tasks", {"title": "Some day"})
    admin.post(f"/r/customer/{customer['key']}/tasks", {"title": "Far away", "due": "2099-01-01"})
    words = words_of(admin.get("/my-tasks").text)
    places = [words.index(one) for one in ("Overdue", "Old one", "Far away", "Some day")]
    assert places == sorted(places)
    assert f"Customer {customer['key']}" in words
    ((task,),) = site.rows("select id::text from staff_task order by id offset 2 limit 1")
    assert admin.post(f"/my-tasks/{task}", {"done": "1"}).status_code == 303
    assert "done by Admin" in words_of(admin.get("/my-tasks?tab=done").text)
    assert 'value="admin"' in admin.get("/my-tasks/people?q=adm").text


def test_a_fragment_takes_at_most_three_statements(
    admin: Browser, site: Site, customer: dict[str, Any]
) -> None:
    timeline(admin, customer)
    with counted() as asked:
        timeline(admin, customer)
    own = [one for one in asked if not one.startswith(("begin", "select generation"))]
    assert len(own) <= 3, own
