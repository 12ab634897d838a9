"""Registers: codes that the operator keeps; what is new is one of them, what is old may stay."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Site
from trunkline.governance.shipped import ensure_registers
from trunkline.kernel.actor import Grant

BASE = "/api/governance/v1"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
SITE = "/tmf-api/geographicSiteManagement/v4/geographicSite"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
INDIVIDUAL = "/tmf-api/party/v4/individual"


def register(site: Site, code: str) -> Any:
    (found,) = site.admin.get(f"{BASE}/register?code={code}").json
    return found


def value(site: Site, register_code: str, code: str) -> Any:
    ident = register(site, register_code)["id"]
    (found,) = site.admin.get(f"{BASE}/registerValue?register.id={ident}&code={code}").json
    return found


def customer(site: Site, **values: Any) -> Any:
    ada = site.admin.post(INDIVIDUAL, {"givenName": "Ada", "familyName": "Lovelace"}).json
    party = {"id": ada["id"], "@referredType": "Individual"}
    return site.admin.post(CUSTOMER, {"name": "Ada", "engagedParty": party, **values})


def test_shipped_registers_are_made_once_and_stay_the_operators(site: Site) -> None:
    """What was renamed or taken away stays so when the program starts again."""
    shown = value(site, "paymentTerms", "net60")
    address = f"{BASE}/registerValue/{shown['id']}"
    assert site.admin.patch(address, {"name": "Two months"}).status_code == 200
    gone = value(site, "paymentTerms", "net14")
    assert site.admin.delete(f"{BASE}/registerValue/{gone['id']}").status_code == 204
    assert ensure_registers(site.services) == []
    assert value(site, "paymentTerms", "net60")["name"] == "Two months"
    ident = register(site, "paymentTerms")["id"]
    codes = site.admin.get(f"{BASE}/registerValue?register.id={ident}&sort=position").json
    assert [one["code"] for one in codes] == ["immediate", "net30", "net60"]


@pytest.mark.accepts("TSM-04")
def test_an_ended_segment_stays_on_old_records_and_is_not_chosen_any_more(site: Site) -> None:
    """An administrator adds, renames, orders and ends values; old records keep an ended one."""
    segments = register(site, "customerSegment")
    new = {"register": {"id": segments["id"]}, "code": "gold", "name": "Gold", "position": 5}
    made = site.admin.post(f"{BASE}/registerValue", new)
    assert made.status_code == 201, made.json
    old = customer(site, customerSegment="gold")
    assert old.status_code == 201, old.json

    address = f"{BASE}/registerValue/{made.json['id']}"
    renamed = site.admin.patch(address, {"name": "Golden", "position": 95})
    assert (renamed.status_code, renamed.json["name"]) == (200, "Golden")
    listed = site.admin.get(
        f"{BASE}/registerValue?register.id={segments['id']}&sort=position&fields=code"
    ).json
    assert [one["code"] for one in listed][-1] == "gold"
    ended = {"validFor": {"endDateTime": "2020-01-01T00:00:00Z"}}
    assert site.admin.patch(address, ended).status_code == 200

    kept = site.admin.get(f"{CUSTOMER}/{old.json['id']}").json
    assert kept["customerSegment"] == "gold"
    changed = site.admin.patch(f"{CUSTOMER}/{old.json['id']}", {"name": "Ada L."})
    assert (changed.status_code, changed.json["customerSegment"]) == (200, "gold")
    refused = customer(site, customerSegment="gold")
    assert refused.status_code == 400
    (fault,) = refused.json["fault"]
    assert (fault["path"], fault["code"]) == ("customerSegment", "endedValue")
    assert "ended on 2020-01-01; choose one of: mass, premium" in fault["message"]
    assert "gold" not in fault["message"].partition("choose one of")[2]
    back = site.admin.patch(f"{CUSTOMER}/{old.json['id']}", {"customerSegment": "mass"})
    assert back.status_code == 200
    again = site.admin.patch(f"{CUSTOMER}/{old.json['id']}", {"customerSegment": "gold"})
    assert again.status_code == 400


def test_an_ended_role_of_an_address_is_refused_wherever_it_is_chosen(site: Site) -> None:
    """On a customer, a site and an order alike, and for kinds of contact; a role that no register
    knows is another system's, and is taken; records keep the ended one."""
    ident = register(site, "addressRole")["id"]
    new = {"register": {"id": ident}, "code": "garage", "name": "Garage"}
    made = site.admin.post(f"{BASE}/registerValue", new).json
    place = "/tmf-api/geographicAddressManagement/v4/geographicAddress"
    at = site.admin.post(place, {"city": "Leeds", "country": "GB"}).json["id"]

    def at_role(role: str) -> list[dict[str, str]]:
        return [{"id": at, "role": role, "@referredType": "GeographicAddress"}]

    old = customer(site, place=at_role("garage"))
    assert old.status_code == 201, old.json
    ended = {"validFor": {"endDateTime": "2020-01-01T00:00:00Z"}}
    assert site.admin.patch(f"{BASE}/registerValue/{made['id']}", ended).status_code == 200
    kept = site.admin.patch(f"{CUSTOMER}/{old.json['id']}", {"name": "Ada L."})
    assert (kept.status_code, kept.json["place"][0]["role"]) == (200, "garage")
    item = {"id": "1", "action": "add", "product": {"place": at_role("garage")}}
    nested = {"id": "2", "action": "add", "productOrderItem": [item]}
    product = {"relatedParty": [{"id": old.json["id"], "role": "customer"}]}
    for answer, path in (
        (customer(site, place=at_role("garage")), "place[0].role"),
        (site.admin.post(SITE, {"name": "Mill", "place": at_role("garage")}), "place[0].role"),
        (site.admin.post(ORDER, {**product, "productOrderItem": [item, nested]}),
         "productOrderItem[0].product.place[0].role"),
        (site.admin.post(ORDER, {**product, "productOrderItem": [nested]}),
         "productOrderItem[0].productOrderItem[0].product.place[0].role"),
    ):  # fmt: skip
        assert answer.status_code in {400, 409}, answer.json
        told = {one["path"]: one["code"] for one in answer.json["fault"]}
        assert told.get(path) == "endedValue", (path, told)
    assert customer(site, place=at_role("roof")).status_code == 201


def test_a_value_that_no_register_has_is_refused_with_what_may_be_chosen(site: Site) -> None:
    refused = customer(site, customerType="alien", rating="Z")
    faults = {one["path"]: one for one in refused.json["fault"]}
    assert set(faults) == {"customerType", "rating"}
    wanted = "alien is no value of the register customerType; choose one of: consumer, "
    assert faults["customerType"]["message"].startswith(wanted)


def test_an_open_attribute_takes_others_words_but_no_ended_one(site: Site) -> None:
    media = [{"mediumType": "pigeon", "characteristic": {"contactType": "home"}}]
    body = {"givenName": "Grace", "familyName": "Hopper", "contactMedium": media}
    assert site.admin.post(INDIVIDUAL, body).status_code == 201
    fax = value(site, "mediumType", "fax")
    ended = {"validFor": {"endDateTime": "2020-01-01T00:00:00Z"}}
    assert site.admin.patch(f"{BASE}/registerValue/{fax['id']}", ended).status_code == 200
    body["contactMedium"] = [{"mediumType": "email"}, {"mediumType": "fax"}]
    refused = site.admin.post(INDIVIDUAL, body)
    assert [one["path"] for one in refused.json["fault"]] == ["contactMedium[1].mediumType"]


def test_codes_are_unique_and_never_change(site: Site) -> None:
    segments = register(site, "customerSegment")
    body = {"register": {"id": segments["id"]}, "code": "mass", "name": "Mass again"}
    refused = site.admin.post(f"{BASE}/registerValue", body)
    assert refused.json["fault"][0]["code"] == "conflictCode"
    again = site.admin.post(f"{BASE}/register", {"code": "customerSegment", "name": "Again"})
    assert again.json["fault"][0]["code"] == "conflictCode"
    mass = value(site, "customerSegment", "mass")
    moved = site.admin.patch(f"{BASE}/registerValue/{mass['id']}", {"code": "masses"})
    assert moved.status_code == 400


def test_what_is_in_use_is_ended_and_not_removed(site: Site) -> None:
    """A value that a record has, and a register that an attribute takes values of, stay."""
    assert customer(site, customerSegment="premium").status_code == 201
    premium = value(site, "customerSegment", "premium")
    refused = site.admin.delete(f"{BASE}/registerValue/{premium['id']}")
    assert refused.status_code == 409
    assert "end it" in refused.json["fault"][0]["message"]
    ident = register(site, "rating")["id"]
    bound = site.admin.delete(f"{BASE}/register/{ident}")
    assert bound.status_code == 409
    assert "rating of Customer" in bound.json["fault"][0]["message"]


def test_registers_have_history_events_and_rights(site: Site) -> None:
    role = site.role("reader", {"governance:read": Grant("all")})
    reader = site.user("reader", roles=[role], scopes=("governance:read",))
    mass = value(site, "customerSegment", "mass")
    assert reader.get(f"{BASE}/registerValue/{mass['id']}").status_code == 200
    assert reader.patch(f"{BASE}/registerValue/{mass['id']}", {"name": "All"}).status_code == 403
    assert site.unentitled().get(f"{BASE}/registerValue/{mass['id']}").status_code == 403
    assert (
        site.admin.patch(f"{BASE}/registerValue/{mass['id']}", {"name": "All"}).status_code == 200
    )
    kinds = site.rows("select kind from event where subject = %s order by version", mass["id"])
    assert [kind for (kind,) in kinds] == ["created", "changed"]
    assert site.rows("select count(*) from audit where subject = %s", mass["id"]) == [(2,)]
