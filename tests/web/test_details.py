"""The page of any record: changed in place, undone, restored, moved, removed, explained."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

from tests.support.program import Site
from tests.support.samples import address, create
from tests.web.browser import Browser, source_of, words_of
from tests.web.test_forms import INDIVIDUAL, fields_of, person
from trunkline.kernel.actor import Grant
from trunkline.kernel.resource import registry

PART = {"HX-Request": "true"}


def inline(browser: Browser, page: str, name: str) -> dict[str, list[str]]:
    """Return the fields of the small form of a fact."""
    answer = browser.get(f"{page}/fact/{name}", **PART)
    assert answer.status_code == 200, words_of(answer.text)
    as_form = answer.text.replace("<form ", '<form id="form" ')
    return fields_of(type("Answer", (), {"text": as_form}))


def test_a_fact_is_changed_in_its_place_and_taken_back(admin: Browser, site: Site) -> None:
    ada = person(site, nationality="British")
    page = f"/r/individual/{ada['key']}"
    assert f'hx-get="{page}/fact/nationality"' in source_of(admin.get(page))
    fields = inline(admin, page, "nationality") | {"f:nationality": ["Italian"]}
    saved = admin.post(f"{page}/fact/nationality", fields, **PART)
    assert "Italian" in saved.text
    assert 'data-version="2"' in saved.text
    undone = admin.post(f"{page}/undo", {"version": "2", "name": "nationality"}, **PART)
    assert "British" in undone.text
    now = site.admin.get(f"{INDIVIDUAL}/{ada['id']}").json
    assert now["nationality"] == "British"
    again = admin.post(f"{page}/undo", {"version": "2", "name": "nationality"}, **PART)
    assert again.status_code == 409


def test_a_fact_that_others_changed_is_not_lost(admin: Browser, site: Site) -> None:
    ada = person(site, nationality="British")
    page = f"/r/individual/{ada['key']}"
    fields = inline(admin, page, "nationality") | {"f:nationality": ["Italian"]}
    site.admin.patch(f"{INDIVIDUAL}/{ada['id']}", {"nationality": "French", "title": "Lady"})
    asked = admin.post(f"{page}/fact/nationality", fields, **PART)
    assert "French" in words_of(asked.text)
    assert 'value="Italian"' in asked.text
    assert site.admin.get(f"{INDIVIDUAL}/{ada['id']}").json["nationality"] == "French"
    as_form = type("A", (), {"text": asked.text.replace("<form ", '<form id="form" ')})
    saved = admin.post(f"{page}/fact/nationality", fields_of(as_form), **PART)
    assert "data-saved" in saved.text
    now = site.admin.get(f"{INDIVIDUAL}/{ada['id']}").json
    assert (now["nationality"], now["title"]) == ("Italian", "Lady")


def test_a_fact_that_is_refused_says_so_at_its_field(admin: Browser, site: Site) -> None:
    ada = person(site)
    page = f"/r/individual/{ada['key']}"
    fields = inline(admin, page, "birthDate") | {"f:birthDate": ["in spring"]}
    told = admin.post(f"{page}/fact/birthDate", fields, **PART)
    assert 'aria-invalid="true"' in told.text
    assert 'value="in spring"' in told.text


def test_an_earlier_value_is_restored_from_the_history(admin: Browser, site: Site) -> None:
    numbers = ("+4930123401", "+4930123402")
    phones = [{"mediumType": "phone", "characteristic": {"phoneNumber": one}} for one in numbers]
    ada = person(site, contactMedium=phones)
    page = f"/r/individual/{ada['key']}"
    mail = {"mediumType": "email", "characteristic": {"emailAddress": "ada@example.com"}}
    reached = person(site, contactMedium=[mail, {**phones[0], "mediumType": "mobile"}])
    table = words_of(admin.get(f"/r/individual/{reached['key']}").text)
    assert "E-mail ada@example.com" in table  # as the operator's register calls it
    assert "Mobile phone – +49 30 123401" in table
    site.admin.patch(f"{INDIVIDUAL}/{ada['id']}", {"contactMedium": None, "title": "Lady"})
    shown = source_of(admin.get(f"{page}?tab=history"))
    assert f'action="{page}/restore"' in shown
    form = {"version": "2", "path": ""}
    answer = admin.post(f"{page}/restore", form)
    assert answer.headers["location"].endswith("?tab=history&done=restored")
    now = site.admin.get(f"{INDIVIDUAL}/{ada['id']}").json
    assert now["contactMedium"] == phones
    assert "title" not in now
    assert admin.post(f"{page}/restore", {"version": "99", "path": ""}).status_code == 404


def customer_of(site: Site, **values: Any) -> dict[str, Any]:
    ada = person(site)
    body = {"name": "Ada", "engagedParty": {"id": ada["id"], "@referredType": "Individual"}}
    made: dict[str, Any] = site.admin.post(address(registry["Customer"]), body | values).json
    return made


def test_a_state_is_asked_for_with_its_reason(admin: Browser, site: Site) -> None:
    made = customer_of(site, status="active")
    page = f"/r/customer/{made['key']}"
    assert 'name="state" value="suspended"' in admin.get(page).text
    answer = admin.post(f"{page}/move", {"state": "suspended", "reason": "has not paid"})
    assert answer.status_code == 303
    twice = admin.post(f"{page}/move", {"state": "suspended", "reason": "has not paid"})
    assert "Nothing was different" in words_of(admin.get(twice.headers["location"]).text)
    now = site.admin.get(f"{address(registry['Customer'])}/{made['id']}").json
    assert (now["status"], now["statusReason"]) == ("suspended", "has not paid")
    wrong = admin.post(f"{page}/move", {"state": "prospect"})
    assert wrong.status_code == 409
    assert "cannot go from suspended to prospect" in words_of(wrong.text)
    assert f'action="{page}/undo"' in source_of(admin.get(answer.headers["location"]))
    ended = admin.post(f"{page}/move", {"state": "terminated", "reason": "moved away"})
    final = source_of(admin.get(ended.headers["location"]))
    assert ("Saved." in words_of(final), f'action="{page}/undo"' in final) == (True, False)


def test_a_state_by_hand_needs_a_reason(admin: Browser, site: Site) -> None:
    service = create(registry["Service"], site.admin)
    page = f"/r/service/{service['key']}"
    shown = admin.get(page).text
    assert 'name="needs" value="1"' in shown
    refused = admin.post(f"{page}/move", {"state": "terminated", "needs": "1"})
    assert refused.status_code == 400
    assert "say why" in words_of(refused.text)


def test_what_is_used_is_not_removed_and_says_by_what(admin: Browser, site: Site) -> None:
    made = customer_of(site)
    party = made["engagedParty"]["id"]
    page = f"/r/individual/{party}"
    asked = admin.get(f"{page}/remove")
    assert made["key"] in asked.text
    refused = admin.post(f"{page}/remove", {"version": "1"})
    assert refused.status_code == 409
    assert "is used by" in words_of(refused.text)
    alone = person(site)
    page = f"/r/individual/{alone['key']}"
    stale = admin.post(f"{page}/remove", {"version": "7"})
    assert stale.status_code == 409
    assert admin.post(f"{page}/remove", {"version": "1"}).status_code == 303
    assert admin.get(page).status_code == 410


def test_an_administrator_sees_why_somebody_may_not(
    admin: Browser, site: Site, signed_in: Callable[..., Browser]
) -> None:
    sees = frozenset({"public", "internal"})
    narrow = signed_in(
        "narrow-reader", {"Individual:read": Grant("own", sees)}, party=person(site)["id"]
    )
    ada = person(site)
    page = f"/r/individual/{ada['key']}/access"
    found = unescape(admin.get(f"{page}?q=narrow-reader").text)
    of = found.partition("/access?of=")[2].partition("&")[0].partition('"')[0]
    said = words_of(admin.get(f"{page}?of={of}").text)
    assert "reaches their own records only" in said
    assert "no role has Individual:update" in said
    auditor = words_of(admin.get(f"{page}?role=auditor").text)
    assert "Yes" in auditor
    assert "Contact medium" in auditor
    assert narrow.get(page).status_code == 403


def test_a_record_has_a_slot_for_its_timeline_and_loads_its_panels(
    admin: Browser, site: Site
) -> None:
    made = customer_of(site)
    page = f"/r/customer/{made['key']}"
    assert f'hx-get="{page}/timeline"' in source_of(admin.get(f"{page}?tab=timeline"))
    orders = words_of(admin.get(f"{page}/panel/0").text)
    assert "None yet" in orders
    assert admin.get(f"{page}/panel/99").status_code == 404
