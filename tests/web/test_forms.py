"""The forms that every declared resource gets: asked, typed, refused, saved, kept."""

from __future__ import annotations

from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.support.program import Site
from tests.support.samples import address, body_for, create
from tests.web.browser import Browser, words_of
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, registry
from trunkline.web.addresses import Addresses

load_modules()
RESOURCES = [one for one in registry if one.published]


def having(*operations: str) -> Any:
    chosen = [one for one in RESOURCES if set(operations) <= set(one.operations)]
    return pytest.mark.parametrize("resource", chosen, ids=lambda one: one.name)


def page_of(resource: Resource) -> str:
    return Addresses(registry).of_list(resource)


class Fields(HTMLParser):
    """Reads the fields of the form `#form` as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._inside = False
        self._select = ""
        self._text: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = one.get("id") == "form"
        if not self._inside:
            return
        name = one.get("name", "")
        if tag == "input" and name:
            if one.get("type") not in {"radio", "checkbox"} or "checked" in one:
                self.fields.setdefault(name, []).append(one.get("value", ""))
        elif tag == "textarea":
            self._text = name
            self.fields[name] = [""]
        elif tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in one or self._select not in self.fields):
            self.fields[self._select] = [one.get("value", "")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag == "textarea":
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._inside and self._text is not None:
            self.fields[self._text][0] += data


def fields_of(answer: Any) -> dict[str, list[str]]:
    parser = Fields()
    parser.feed(answer.text)
    fields = {name: [one.removeprefix("\n") for one in values]
              for name, values in parser.fields.items()}  # fmt: skip
    fields.pop("csrf", None)
    return fields


@having("create")
def test_a_new_record_of_every_kind_has_a_form(resource: Resource, admin: Browser) -> None:
    answer = admin.get(f"{page_of(resource)}/new")
    assert answer.status_code == 200, words_of(answer.text)[-900:]
    assert fields_of(answer)


@having("patch", "create", "retrieve")
def test_a_form_that_is_saved_untouched_changes_nothing(
    resource: Resource, admin: Browser, site: Site
) -> None:
    created = create(resource, site.admin)
    page = f"{page_of(resource)}/{created['key']}/edit"
    shown = admin.get(page)
    assert shown.status_code == 200, words_of(shown.text)[-900:]
    before = site.rows(f"select version from {resource.table} where id = %s", created["id"])
    saved = admin.post(page, fields_of(shown))
    assert saved.status_code == 303, words_of(saved.text)[:1500]
    assert saved.headers["location"].endswith("done=same")
    after = site.rows(f"select version from {resource.table} where id = %s", created["id"])
    assert before == after


INDIVIDUAL = "/tmf-api/party/v4/individual"


def person(site: Site, **values: Any) -> dict[str, Any]:
    body = {"givenName": "Ada", "familyName": "Lovelace", **values}
    made: dict[str, Any] = site.admin.post(INDIVIDUAL, body).json
    return made


def test_a_person_is_made_with_a_list_that_grows(admin: Browser, site: Site) -> None:
    fields = fields_of(admin.get("/r/individual/new"))
    fields |= {"f:givenName": ["Ada"], "f:familyName": ["Byron"], "f:birthDate": ["1815-12-10"]}
    grown = admin.post("/r/individual/new/form", fields | {"step": "add:contactMedium"})
    fields = fields_of(grown)
    assert fields["f:familyName"] == ["Byron"]
    opened = admin.post(
        "/r/individual/new/form", fields | {"step": "open:contactMedium[0].characteristic"}
    )
    fields = fields_of(opened)
    fields["f:contactMedium[0].mediumType"] = ["email"]
    fields["f:contactMedium[0].characteristic.emailAddress"] = ["ada@example.com"]
    fields = fields_of(admin.post("/r/individual/new/form", fields | {"step": "add:contactMedium"}))
    assert "n:contactMedium[1]" in fields
    saved = admin.post("/r/individual/new", fields)
    assert saved.status_code == 303, words_of(saved.text)[:900]
    key = saved.headers["location"].partition("?")[0].rpartition("/")[2]
    made = site.admin.get(f"{INDIVIDUAL}/{key}").json
    assert made["birthDate"] == "1815-12-10T00:00:00.000Z"
    assert made["contactMedium"] == [
        {"mediumType": "email", "characteristic": {"emailAddress": "ada@example.com"}}
    ]
    assert "nationality" not in made


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(admin: Browser) -> None:
    fields = fields_of(admin.get("/r/customer/new"))
    fields |= {"f:name": ["Analytical Engines"], "t:engagedParty": ["nobody"],
               "f:validFor.startDateTime": ["2026-11-21T10:00"],
               "f:validFor.endDateTime": ["long ago"]}  # fmt: skip
    answer = admin.post("/r/customer/new", fields)
    assert answer.status_code == 400
    source = unescape(answer.text)
    assert 'id="problems"' in source
    assert 'href="#at-validFor-endDateTime"' in source
    assert 'id="at-validFor-endDateTime-wrong"' in source
    again = fields_of(answer)
    assert again["f:name"] == ["Analytical Engines"]
    assert again["f:validFor.endDateTime"] == ["long ago"]
    assert again["t:engagedParty"] == ["nobody"]
    again["f:validFor.endDateTime"] = [""]
    unknown = admin.post("/r/customer/new", again)
    assert unknown.status_code == 400
    assert 'href="#at-engagedParty"' in unescape(unknown.text)


def test_a_key_that_is_typed_into_a_look_up_is_a_reference(admin: Browser, site: Site) -> None:
    ada = person(site)
    fields = fields_of(admin.get("/r/customer/new"))
    fields |= {"f:name": ["Ada"], "t:engagedParty": [ada["key"]]}
    saved = admin.post("/r/customer/new", fields)
    assert saved.status_code == 303, words_of(saved.text)[:900]
    key = saved.headers["location"].partition("?")[0].rpartition("/")[2]
    assert site.admin.get(f"/tmf-api/customerManagement/v4/customer/{key}").json["engagedParty"][
        "id"
    ] == ada["id"]  # fmt: skip


def test_a_look_up_finds_by_the_middle_of_a_name(admin: Browser, site: Site) -> None:
    ada = person(site, familyName="Quillfeather")
    found = admin.get("/look-up/Individual,Organization?q=ada%20illfeat")
    assert ada["id"] in found.text
    assert 'data-kind="Individual"' in found.text
    assert ada["id"] in admin.get(f"/look-up/Individual?q={ada['key'].lower()}").text
    assert "Nothing found" in admin.get("/look-up/Individual?q=%25%25").text
    assert admin.get("/look-up/Nothing?q=x").status_code == 404


def test_a_draft_comes_back_until_it_is_saved_or_discarded(admin: Browser, site: Site) -> None:
    ada = person(site)
    page = f"/r/individual/{ada['key']}/edit"
    fields = fields_of(admin.get(page)) | {"f:nationality": ["British"]}
    kept = admin.post(f"{page}/draft", fields)
    assert "Kept for you" in kept.text
    assert not [row for row in site.rows("select typed from draft") if b"British" in bytes(row[0])]
    again = admin.get(page)
    assert fields_of(again)["f:nationality"] == ["British"]
    assert "did not save" in words_of(again.text)
    admin.post(f"{page}/draft", {"step": "discard"})
    assert fields_of(admin.get(page))["f:nationality"] == [""]
    admin.post(f"{page}/draft", fields)
    assert admin.post(page, fields_of(admin.get(page))).headers["location"].endswith("done=saved")
    assert "did not save" not in words_of(admin.get(page).text)
    assert site.admin.get(f"{INDIVIDUAL}/{ada['id']}").json["nationality"] == "British"


def test_two_who_change_one_record_lose_nothing(admin: Browser, site: Site) -> None:
    ada = person(site, nationality="British", title="Countess")
    page = f"/r/individual/{ada['key']}/edit"
    fields = fields_of(admin.get(page))
    site.admin.patch(
        f"{INDIVIDUAL}/{ada['id']}", {"nationality": "French", "middleName": "Augusta"}
    )
    fields |= {"f:nationality": ["Italian"], "f:title": ["Lady"]}
    answer = admin.post(page, fields)
    assert answer.status_code == 409
    said = words_of(answer.text)
    for word in ("British", "French", "Italian", "Augusta", "Lady"):
        assert word in said
    mine = fields_of(answer)
    assert mine["f:middleName"] == ["Augusta"]
    assert mine["f:nationality"] == ["Italian"]
    assert mine["choose:nationality"] == ["yours"]
    saved = admin.post(page, mine | {"choose:nationality": ["theirs"]})
    assert saved.status_code == 303
    now = site.admin.get(f"{INDIVIDUAL}/{ada['id']}").json
    assert (now["nationality"], now["title"], now["middleName"]) == ("French", "Lady", "Augusta")


def test_hidden_values_are_not_asked_for_and_stay(signed_in: Any, site: Site) -> None:
    from trunkline.kernel.actor import Grant

    sees = frozenset({"public", "internal"})
    grants = {"Customer:read": Grant("all", sees), "Customer:update": Grant("all", sees)}
    clerk = signed_in("clerk-of-forms", grants)
    ada = person(site)
    body = body_for(registry["Customer"], site.admin) | {
        "name": "Ada",
        "statusReason": "new",
        "contactMedium": [
            {"mediumType": "email", "characteristic": {"emailAddress": "ada@example.com"}}
        ],
        "engagedParty": {"id": ada["id"], "@referredType": "Individual"},
    }
    made = site.admin.post(address(registry["Customer"]), body).json
    page = f"/r/customer/{made['key']}/edit"
    shown = clerk.get(page)
    fields = fields_of(shown)
    assert not [name for name in fields if "contactMedium" in name]
    assert "hidden from your role" in words_of(shown.text)
    assert "ada@example.com" not in shown.text
    key = next(name for name in fields if name.startswith("f:validFor.start"))
    saved = clerk.post(page, fields | {key: ["2026-01-01T00:00"]})
    assert saved.status_code == 303, words_of(saved.text)[:1500]
    now = site.admin.get(f"{address(registry['Customer'])}/{made['id']}").json
    assert now["validFor"]["startDateTime"] == "2026-01-01T00:00:00.000Z"
    assert now["contactMedium"] == body["contactMedium"]
    assert now["name"] == "Ada"


def test_values_are_asked_for_as_the_specification_says(admin: Browser, site: Site) -> None:
    choice = [{"value": "red", "isDefault": True, "label": "Red"}, {"value": "blue"}]
    specification = site.admin.post(
        address(registry["ServiceSpecification"]),
        {
            "name": "Access",
            "specCharacteristic": [
                {"name": "colour", "valueType": "string", "minCardinality": 1,
                 "characteristicValueSpecification": choice},
                {"name": "speed", "valueType": "integer", "description": "Downstream",
                 "characteristicValueSpecification": [
                     {"valueFrom": 10, "valueTo": 1000, "unitOfMeasure": "Mbps"}]},
                {"name": "isShared", "valueType": "boolean"},
                {"name": "since", "valueType": "date"},
                {"name": "plate", "valueType": "string", "regex": "[A-Z]{2}"},
                {"name": "extras", "valueType": "string", "maxCardinality": 3,
                 "characteristicValueSpecification": [{"value": "tv"}, {"value": "voice"}]},
                {"name": "tags", "valueType": "string", "maxCardinality": 5},
            ],
        },
    ).json  # fmt: skip
    fields = fields_of(admin.get("/r/service/new"))
    assert not [name for name in fields if name.startswith("c:")]
    fields |= {"t:serviceSpecification": [specification["key"]], "f:name": ["Line of Ada"],
               "f:state": ["active"]}  # fmt: skip
    shown = admin.post("/r/service/new/form", fields, **{"HX-Request": "true"})
    asked = fields_of(shown)
    assert asked["f:name"] == ["Line of Ada"]
    assert asked["c:serviceCharacteristic:colour"] == ["red"]
    for text in ("10", "1000", "Mbps", 'pattern="[A-Z]{2}"', 'type="date"', 'type="checkbox"'):
        assert text in unescape(shown.text), text
    asked |= {
        "c:serviceCharacteristic:colour": ["blue"],
        "c:serviceCharacteristic:speed": ["250"],
        "c:serviceCharacteristic:isShared": ["false"],
        "c:serviceCharacteristic:since": ["2026-11-21"],
        "c:serviceCharacteristic:extras": ["", "tv", "voice"],
        "c:serviceCharacteristic:tags": ["one\r\ntwo"],
    }
    saved = admin.post("/r/service/new", asked)
    assert saved.status_code == 303, words_of(saved.text)[-1500:]
    key = saved.headers["location"].partition("?")[0].rpartition("/")[2]
    made = site.admin.get(f"{address(registry['Service'])}/{key}").json
    values = [(one["name"], one["value"]) for one in made["serviceCharacteristic"]]
    assert values == [
        ("colour", "blue"), ("speed", 250), ("isShared", False), ("since", "2026-11-21"),
        ("extras", "tv"), ("extras", "voice"), ("tags", "one"), ("tags", "two"),
    ]  # fmt: skip
    page = f"/r/service/{key}/edit"
    again = fields_of(admin.get(page))
    assert again["c:serviceCharacteristic:tags"] == ["one", "two", ""]
    assert admin.post(page, again).headers["location"].endswith("done=same")
    changed = again | {"c:serviceCharacteristic:tags": ["one"]}
    assert admin.post(page, changed).headers["location"].endswith("done=saved")
    made = site.admin.get(f"{address(registry['Service'])}/{key}").json
    assert [one["value"] for one in made["serviceCharacteristic"]][-1] == "one"


def test_the_operators_own_attributes_are_asked_for(admin: Browser, site: Site) -> None:
    path = "/api/attributes/v1/attribute/Individual/loyaltyTier"
    assert site.admin.call("PUT", path, {"kind": "number"}).status_code == 200
    ada = person(site)
    page = f"/r/individual/{ada['key']}/edit"
    fields = fields_of(admin.get(page))
    wrong = admin.post(page, fields | {"f:loyaltyTier": ["high"]})
    assert wrong.status_code == 400
    assert 'href="#at-loyaltyTier"' in unescape(wrong.text)
    assert admin.post(page, fields | {"f:loyaltyTier": ["3"]}).status_code == 303
    assert site.admin.get(f"{INDIVIDUAL}/{ada['id']}").json["loyaltyTier"] == 3


def test_an_address_fills_a_form_in_and_a_record_is_copied(admin: Browser, site: Site) -> None:
    ada = person(site, nationality="British", title="Countess")
    fields = fields_of(
        admin.get(f"/r/customer/new?name=Ada&engagedParty.id={ada['id']}&nonsense=1")
    )
    assert fields["f:name"] == ["Ada"]
    assert fields["t:engagedParty"] == ["Ada Lovelace"]
    copied = fields_of(admin.get(f"/r/individual/new?copy={ada['key']}"))
    assert copied["f:nationality"] == ["British"]
