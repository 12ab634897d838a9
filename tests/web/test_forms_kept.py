"""Nothing typed is lost, and a change is taken back: whatever others do meanwhile, on any page."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.support.program import Site
from tests.support.samples import address, create
from tests.web.browser import Browser, source_of, words_of
from tests.web.test_details import PART, customer_of, inline
from tests.web.test_forms import INDIVIDUAL, fields_of, page_of, person
from trunkline.kernel.actor import Grant
from trunkline.kernel.resource import registry

CUSTOMER = "/tmf-api/customerManagement/v4/customer"
MAIL = {"mediumType": "email", "characteristic": {"emailAddress": "ada@example.com"}}


def test_what_is_typed_over_a_record_that_was_removed_stays(
    admin: Browser, site: Site, signed_in: Any
) -> None:
    """It stands in the form of a new record, which is made by saving it; who may not make one
    keeps it in sight all the same."""
    ada = person(site, nationality="British", contactMedium=[MAIL])
    page = f"/r/individual/{ada['key']}"
    clerk = signed_in("changes-only", {"*:read": Grant(), "Individual:update": Grant()})
    fields = fields_of(clerk.get(f"{page}/edit")) | {"f:nationality": ["العربية"]}
    small = inline(admin, page, "nationality") | {"f:nationality": ["Typed in place"]}
    assert admin.post(f"{page}/edit/draft", fields).status_code == 200
    assert site.admin.delete(f"{INDIVIDUAL}/{ada['id']}").status_code == 204
    draft = admin.get(f"{page}/edit")
    assert (draft.status_code, fields_of(draft)["f:nationality"]) == (404, ["العربية"])
    told = admin.post(f"{page}/fact/nationality", small, **PART)
    assert (told.status_code, 'value="Typed in place"' in told.text) == (200, True)
    assert "is not there any more" in words_of(told.text)
    kept = clerk.post(f"{page}/edit", fields)
    assert (kept.status_code, fields_of(kept)["f:nationality"]) == (404, ["العربية"])
    assert "copy what you need" in words_of(kept.text)
    assert 'class="primary" data-key-action="save"' not in kept.text
    asked = admin.post(f"{page}/edit/form", fields | {"step": "add:contactMedium"}, **PART)
    left = fields_of(asked)
    assert "not there any more" in words_of(asked.text)
    assert {"n:contactMedium[0]", "n:contactMedium[1]"} <= left.keys()
    assert 'action="/r/individual/new"' in source_of(asked)
    saved = admin.post("/r/individual/new", left | {"f:title": ["Lady"]})
    assert saved.status_code == 303, words_of(saved.text)
    key = saved.headers["location"].partition("?")[0].rpartition("/")[2]
    made = site.admin.get(f"{INDIVIDUAL}/{key}").json
    assert (made["nationality"], made["title"]) == ("العربية", "Lady")
    assert made["contactMedium"] == [MAIL]
    gone = admin.post(f"{page}/edit", {"f:title": ["Lady"]})
    assert (gone.status_code, "Nothing here" in gone.text) == (404, True)


def test_what_somebody_may_only_read_is_not_told_to_be_gone(
    admin: Browser, site: Site, signed_in: Any
) -> None:
    """Nobody is led to make a second one of a record that is there."""
    one = customer_of(site, name="There")
    page = f"/r/customer/{one['key']}"
    rights = {"*:read": Grant(), "*:create": Grant(), "Customer:update": Grant(reach="own")}
    clerk = signed_in("reads-further", rights)
    fields = fields_of(clerk.get(f"{page}/edit")) | {"f:name": ["Twice"]}
    small = inline(clerk, page, "name") | {"f:name": ["Twice"]}
    for told in (
        clerk.post(f"{page}/edit", fields),
        clerk.post(f"{page}/fact/name", small, **PART),
    ):
        assert told.status_code == 404
        assert "not there any more" not in words_of(told.text)


def test_what_changed_nothing_takes_nothing_back(admin: Browser, site: Site) -> None:
    """A reference that is written otherwise is the same: the change before it stays."""
    one = customer_of(site, name="Before")
    site.admin.patch(f"{CUSTOMER}/{one['id']}", {"name": "After"})
    page = f"/r/customer/{one['key']}"
    party = site.admin.get(f"{INDIVIDUAL}/{one['engagedParty']['id']}").json
    fields = fields_of(admin.get(f"{page}/edit")) | {"f:engagedParty.id": [party["key"]]}
    where = admin.post(f"{page}/edit", fields).headers["location"]
    assert "Nothing was different" in words_of(admin.get(where).text)
    assert f'action="{page}/undo"' not in source_of(admin.get(where))


def test_a_conflict_in_place_shows_only_what_both_have_changed(admin: Browser, site: Site) -> None:
    ada = person(site, nationality="British")
    page = f"/r/individual/{ada['key']}"
    fields = inline(admin, page, "nationality") | {"f:nationality": ["Italian"]}
    others = {"nationality": "French", "title": "Lady", "middleName": "Augusta"}
    site.admin.patch(f"{INDIVIDUAL}/{ada['id']}", others)
    asked = words_of(admin.post(f"{page}/fact/nationality", fields, **PART).text)
    assert "Theirs: French" in asked
    assert "Lady" not in asked


@pytest.mark.parametrize("name", ["Customer", "GeographicSite", "SalesOpportunity", "Individual"])
def test_what_a_form_saved_is_taken_back_on_the_page_it_leads_to(
    admin: Browser, site: Site, name: str
) -> None:
    """Also where a kind of record has a page made by hand."""
    resource = registry[name]
    made = create(resource, site.admin)
    said = "familyName" if name == "Individual" else "name"
    page = f"{page_of(resource)}/{made['key']}"
    fields = fields_of(admin.get(f"{page}/edit"))
    where = admin.post(f"{page}/edit", fields | {f"f:{said}": ["Renamed"]}).headers["location"]
    shown = source_of(admin.get(where))
    assert shown.count(f'action="{page}/undo"') == 1
    assert words_of(shown).count("Saved.") == 1
    back = admin.post(f"{page}/undo", {"version": "2"}).headers["location"]
    assert words_of(admin.get(back).text).count("The change was taken back.") == 1
    own = f"{address(resource)}/{made['id']}"
    assert site.admin.get(own).json.get(said) == made.get(said)


def test_a_page_that_is_opened_again_takes_back_nothing_of_others(
    admin: Browser, site: Site
) -> None:
    """Its Undo is of the change that led there, whatever was changed since."""
    ada = person(site, nationality="British")
    page = f"/r/individual/{ada['key']}"
    fields = fields_of(admin.get(f"{page}/edit")) | {"f:nationality": ["Italian"]}
    where = admin.post(f"{page}/edit", fields).headers["location"]
    site.admin.patch(f"{INDIVIDUAL}/{ada['id']}", {"title": "Lady"})
    undo = source_of(admin.get(where)).partition(f'action="{page}/undo"')[2]
    version = undo.partition('name="version" value="')[2].partition('"')[0]
    assert admin.post(f"{page}/undo", {"version": version}).status_code == 303
    now = site.admin.get(f"{INDIVIDUAL}/{ada['id']}").json
    assert (now["nationality"], now["title"]) == ("British", "Lady")
    assert f"{page}/undo" not in source_of(admin.get(f"{page}?done=saved"))
    odd = admin.get(f"{page}?done=saved&version=%3Cb%3E")
    assert (odd.status_code, f"{page}/undo" in source_of(odd)) == (200, False)


def test_a_draft_is_of_what_its_form_began_with(admin: Browser, site: Site) -> None:
    """What was typed for one customer does not stand in the form for another one."""
    one, other = (customer_of(site, name=name)["id"] for name in ("One", "Other"))
    page = "/r/billingAccount/new"
    fields = fields_of(admin.get(f"{page}?relatedParty.id={one}")) | {"f:name": ["Account of One"]}
    assert admin.post(f"{page}/draft", fields).status_code == 200
    for query in (f"?relatedParty.id={other}", ""):
        again = admin.get(page + query)
        assert fields_of(again)["f:name"] == [""]
        assert "did not save" not in words_of(again.text)
    text = "".join(chr(ord("一") + at * 7) for at in range(2000))
    long = f"{page}?description={quote(text)}"
    draft = fields_of(admin.get(long)) | {"f:name": ["Long"]}
    assert admin.post(f"{page}/draft", draft).status_code == 200
    assert fields_of(admin.get(long))["f:name"] == ["Long"]
    kept = admin.get(f"{page}?relatedParty.id={one}")
    assert fields_of(kept)["f:name"] == ["Account of One"]
    stepped = admin.post(f"{page}/form", fields_of(kept) | {"step": "add:contact"}, **PART)
    refused = admin.post(page, fields_of(stepped) | {"f:name": [""]})
    assert refused.status_code == 400
    begun = fields_of(refused)["begun"]
    assert begun == [f"relatedParty.id={one}"]
    gone = admin.post(f"{page}/draft", {"step": "discard", "begun": begun})
    assert gone.headers["location"] == f"{page}?{begun[0]}"
    assert fields_of(admin.get(gone.headers["location"]))["f:relatedParty[0].id"] == [one]


def test_what_a_contact_medium_holds_is_called_in_plain_words(admin: Browser, site: Site) -> None:
    ada = person(site, contactMedium=[MAIL])
    page = f"/r/individual/{ada['key']}/edit"
    shown = admin.get(page)
    assert "<legend>Details</legend>" in shown.text
    assert "haracteristic" not in words_of(shown.text.partition('id="at-contactMedium"')[2])[:600]
    wrong = {"f:contactMedium[0].characteristic.emailAddress": ["nowhere"]}
    told = words_of(admin.post(page, fields_of(shown) | wrong).text)
    assert "Contact medium 1, details, email address" in told
    assert "Contact medium email address" in words_of(admin.get("/r/individual").text)
