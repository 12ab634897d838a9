"""Registers and own attributes on pages: kept by an administrator, at once in forms and lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Site
from tests.web.browser import Browser, words_of
from tests.web.test_forms import person
from trunkline.kernel.actor import Grant

BASE = "/administration/registers"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"


def value_of(site: Site, register: str, code: str) -> Any:
    (held,) = site.admin.get(f"/api/governance/v1/register?code={register}").json
    address = f"/api/governance/v1/registerValue?register.id={held['id']}&code={code}"
    return (site.admin.get(address).json or [None])[0]


def test_values_are_added_renamed_moved_and_ended(site: Site, admin: Browser) -> None:
    """Each has names in all languages, a place, looks and an end."""
    page = f"{BASE}/customerSegment"
    assert "Customer segment" in words_of(admin.get(BASE).text)
    assert admin.get(page).status_code == 200
    new = {"do": "add", "code": "gold", "name": "Gold", "name_de": "Goldkunde", "color": "amber"}
    assert admin.post(page, new).status_code == 303
    gold = value_of(site, "customerSegment", "gold")
    assert gold["translation"] == [{"language": "de", "name": "Goldkunde"}]
    again = admin.post(page, new)
    assert again.status_code == 409
    assert "already" in words_of(again.text)
    saved = {"do": "save", "id": gold["id"], "name": "Golden", "name_de": "", "color": "",
             "until": "2030-12-31"}  # fmt: skip
    assert admin.post(page, saved).status_code == 303
    gold = value_of(site, "customerSegment", "gold")
    assert (gold["name"], "translation" in gold, "color" in gold) == ("Golden", False, False)
    assert gold["validFor"]["endDateTime"].startswith("2031-01-01T00:00")
    assert admin.post(page, {"do": "up", "id": gold["id"]}).status_code == 303
    shown = words_of(admin.get(page).text)
    assert shown.index("gold") < shown.index("publicSector")
    assert admin.post(page, {"do": "end", "id": gold["id"]}).status_code == 303
    assert "ended" in words_of(admin.get(page).text)
    assert admin.post(page, {"do": "again", "id": gold["id"]}).status_code == 303
    assert "validFor" not in value_of(site, "customerSegment", "gold")
    assert admin.post(page, {"do": "rename", "name": "Segment"}).status_code == 303
    assert "Segment" in words_of(admin.get(BASE).text)


def test_a_register_is_made_and_who_may_not_is_refused(
    site: Site, admin: Browser, signed_in: Any
) -> None:
    assert admin.post(BASE, {"code": "colour", "name": "Colour"}).status_code == 303
    taken = admin.post(BASE, {"code": "colour", "name": "Colour"})
    assert (taken.status_code, "already" in words_of(taken.text)) == (409, True)
    reader = signed_in("looker", {"governance:read": Grant(), "workspace:own": Grant()})
    assert reader.get(f"{BASE}/colour").status_code == 200
    for form in ({"do": "add", "code": "x", "name": "X"}, {"do": "rename", "name": "X"}):
        assert reader.post(f"{BASE}/colour", form).status_code == 403
    assert reader.post(BASE, {"code": "x", "name": "X"}).status_code == 403
    nobody = signed_in("nosy", {"Customer:read": Grant(), "workspace:own": Grant()})
    assert nobody.get(BASE).status_code == 403


@pytest.mark.accepts("TSM-03")
def test_page_and_interface_refuse_a_value_with_the_same_words(site: Site, admin: Browser) -> None:
    """What its definition does not allow is refused in a form as it is by a program."""
    new = "/administration/attributes/new"
    assert admin.get(new).status_code == 200
    for form in (
        {"name": "taxNumber", "kind": "text", "validation": "value.matches('^[0-9]{3}$')",
         "message": "has three digits"},
        {"name": "seats", "kind": "number"},
        {"name": "channels", "kind": "choices", "register": "contactChannel"},
    ):  # fmt: skip
        assert admin.post(new, {"recordType": "Customer", **form}).status_code == 303
    ada = person(site, familyName="Lovelace")
    fields = {"f:name": "Ada", "t:engagedParty": ada["key"], "f:taxNumber": "12", "f:seats": "few",
              "f:channels": ["", "email", "pigeon"]}  # fmt: skip
    admin.get("/r/customer/new")
    refused = admin.post("/r/customer/new", fields)
    assert refused.status_code == 400
    body = {"name": "Ada", "engagedParty": {"id": ada["id"], "@referredType": "Individual"}}
    values = {"taxNumber": "12", "seats": "few", "channels": ["email", "pigeon"]}
    for name, value in values.items():
        answer = site.admin.post(CUSTOMER, {**body, name: value})
        (fault,) = answer.json["fault"]
        only = dict(fields) | {f"f:{other}": "" for other in values if other != name}
        told = words_of(admin.post("/r/customer/new", only).text)
        assert fault["message"] in told, (name, fault, told)


def test_an_attribute_is_seen_before_it_is_made_and_changed_after(admin: Browser) -> None:
    """The form shows the input that it will make; what is wrong stands at its field."""
    base = "/administration/attributes"
    form = {"recordType": "Customer", "name": "tier", "kind": "choice", "register": "rating",
            "label": "Tier", "label_de": "Stufe", "help": "As agreed.", "required": "on",
            "dataClass": "internal", "position": "5", "section": "Loyalty"}  # fmt: skip
    admin.get(f"{base}/new")
    seen = words_of(admin.post(f"{base}/preview", form).text)
    for text in ("Tier", "As agreed.", "A: pays on time"):
        assert text in seen
    wrong = admin.post(f"{base}/new", form | {"validation": "value ==", "defaultValue": "Z"})
    assert wrong.status_code == 400
    assert "is not a rule" in words_of(wrong.text)
    assert admin.post(f"{base}/new", form).status_code == 303
    one = f"{base}/Customer/tier"
    assert 'value="Stufe"' in admin.get(one).text
    assert admin.post(one, form | {"help": "", "required": ""}).status_code == 303
    assert "As agreed." not in admin.get(one).text
    asked = admin.get("/r/customer/new").text
    assert "Loyalty" in words_of(asked)


def test_a_value_that_has_ended_stays_in_the_form_of_its_record_only(
    site: Site, admin: Browser
) -> None:
    ada = person(site, familyName="Hopper")
    party = {"id": ada["id"], "@referredType": "Individual"}
    body = {"name": "Grace", "engagedParty": party, "customerSegment": "premium"}
    made = site.admin.post(CUSTOMER, body).json
    premium = value_of(site, "customerSegment", "premium")
    admin.get(f"{BASE}/customerSegment")
    ended = {"do": "end", "id": premium["id"]}
    assert admin.post(f"{BASE}/customerSegment", ended).status_code == 303
    assert "Premium (ended)" in words_of(admin.get(f"/r/customer/{made['key']}/edit").text)
    assert "Premium" not in words_of(admin.get("/r/customer/new").text)
    assert "Premium (ended)" in words_of(
        admin.get("/r/customer/filter?_attribute=customerSegment").text
    )
    listed = words_of(admin.get("/r/customer?customerSegment=premium&columns=customerSegment").text)
    assert "Premium" in listed


@pytest.mark.accepts("NFR-06")
def test_values_and_labels_are_read_in_the_language_of_the_reader(
    site: Site, admin: Browser
) -> None:
    """What the operator says in several languages is shown as the program's own words are."""
    body = {"recordType": "Customer", "name": "fleet", "kind": "text", "label": "Fleet",
            "help": "How many cars.",
            "translation": [
                {"language": "de", "name": "Fuhrpark", "description": "Wie viele Autos."},
                {"language": "ar", "name": "الأسطول"}]}  # fmt: skip
    assert site.admin.post("/api/governance/v1/extraAttribute", body).status_code == 201
    for language, words in (
        ("de", ("Speichern", "Massenmarkt", "Fuhrpark", "Wie viele Autos.")),
        ("ar", ("السوق العام", "الأسطول", "How many cars.")),
        ("en", ("Save", "Mass market", "Fleet", "How many cars.")),
    ):
        shown = words_of(admin.get("/r/customer/new", **{"Accept-Language": language}).text)
        for text in words:
            assert text in shown, (language, text)


def test_a_list_is_grouped_by_codes_but_not_by_what_is_hidden(
    site: Site, admin: Browser, signed_in: Any
) -> None:
    for name, data_class in (("squad", "internal"), ("quarrel", "sensitive")):
        body = {"recordType": "Individual", "name": name, "kind": "choice", "register": "rating",
                "dataClass": data_class}  # fmt: skip
        assert site.admin.post("/api/governance/v1/extraAttribute", body).status_code == 201
    person(site, familyName="Grouped", squad="A", quarrel="D")
    shown = words_of(admin.get("/r/individual?group=squad").text)
    assert "A: pays on time" in shown
    plain = {"Individual:read": Grant("all", frozenset({"public", "internal"})),
             "workspace:own": Grant()}  # fmt: skip
    clerk = signed_in("grouping", plain)
    assert "A: pays on time" in words_of(clerk.get("/r/individual?group=squad").text)
    refused = clerk.get("/r/individual?group=quarrel")
    assert refused.status_code == 400
    assert "D: does not pay" not in words_of(refused.text)
