"""The pages of status rules: picture, table and form; and what a record's page says of moves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import CUSTOMER, PARTY
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of

PAGE = "/administration/status"
GOVERNANCE = "/api/governance/v1"
RULE = f"{GOVERNANCE}/statusRule"


def customer(site: Site) -> dict[str, Any]:
    body = {"givenName": "Ada", "familyName": "Lovelace"}
    party = site.admin.post(f"{PARTY}/individual", body).json["id"]
    role = {"name": "Ada", "status": "active", "engagedParty": {"id": party}}
    made: dict[str, Any] = site.admin.post(CUSTOMER, role).json
    return made


def test_a_rule_is_said_on_the_page_and_counts_at_once(admin: Browser, site: Site) -> None:
    ada = customer(site)
    assert "Customers" in words_of(admin.get(PAGE).text)
    shown = admin.get(f"{PAGE}/Customer")
    assert shown.text.count('class="node') == 4
    assert "No rules." in words_of(shown.text)
    form = source_of(admin.get(f"{PAGE}/Customer/new?from=active&to=suspended"))
    assert 'name="fromStatus" value="active" checked' in form
    typed = {
        "effect": "require", "fromStatus": ["active"], "toStatus": "suspended",
        "requiredAttribute": ["validFor"], "check": ["noOpenOrders"], "name": "Only with an end",
    }  # fmt: skip
    assert admin.post(f"{PAGE}/Customer/new", typed).headers["location"].endswith("done=created")
    told = words_of(admin.get(f"{PAGE}/Customer").text)
    assert "Only with an end" in told
    assert "No order is open" in told
    refused = site.admin.patch(f"{CUSTOMER}/{ada['id']}", {"status": "suspended"})
    assert [one["path"] for one in refused.json["fault"]] == ["validFor"]

    page = f"/r/customer/{ada['key']}"
    part = f"/r/customer/{ada['id']}/moves"
    assert f'hx-get="{part}"' in source_of(admin.get(page))
    moves = words_of(admin.get(part).text)
    assert "Not possible now: Suspend" in moves
    assert "Valid for: is needed before it is suspended" in moves
    assert "Not possible now: Terminated" not in moves

    key = site.admin.get(RULE).json[0]["key"]
    assert "Only with an end" in admin.get(f"{PAGE}/Customer/rule/{key}").text
    changed = typed | {"version": "1", "requiredAttribute": [], "paths": "engagedParty.id"}
    assert admin.post(f"{PAGE}/Customer/rule/{key}", changed).status_code == 303
    assert site.admin.patch(f"{CUSTOMER}/{ada['id']}", {"status": "suspended"}).status_code == 200
    stale = admin.post(f"{PAGE}/Customer/rule/{key}", changed)
    assert (stale.status_code, "was changed meanwhile" in stale.text) == (409, True)
    gone = {"do": "remove", "version": "2"}
    assert admin.post(f"{PAGE}/Customer/rule/{key}", gone).status_code == 303
    assert site.admin.get(RULE).json == []


def test_a_state_of_the_operators_own_is_offered_where_states_are(
    admin: Browser, site: Site
) -> None:
    """It is added on the page; a record's page, its list's filter and its bulk actions have it."""
    ada = customer(site)
    typed = {"effect": "add", "fromStatus": ["active"], "toStatus": "inDunning"}
    assert admin.post(f"{PAGE}/Customer/new", typed).status_code == 303
    assert admin.get(f"{PAGE}/Customer").text.count('class="node') == 5
    page = f"/r/customer/{ada['key']}"
    assert 'name="state" value="inDunning"' in admin.get(page).text
    listed = source_of(admin.get("/r/customer"))
    assert "In dunning" in listed
    chosen = {"do": "move:inDunning", "id": [ada["id"]], "state": "", "step": "start"}
    started = admin.post("/r/customer/bulk", chosen)
    assert started.status_code == 303, words_of(started.text)
    site.work()
    assert site.admin.get(f"{CUSTOMER}/{ada['id']}").json["status"] == "inDunning"
    register = site.admin.get(f"{GOVERNANCE}/register?code=customerStatus").json[0]["id"]
    named = {"register": {"id": register}, "code": "inDunning", "name": "Is in arrears"}
    assert site.admin.post(f"{GOVERNANCE}/registerValue", named).status_code == 201
    bob = customer(site)
    places = ("/r/customer", f"/r/customer/{bob['key']}", f"/r/customer/{bob['key']}/peek",
              f"{PAGE}/Customer", f"{PAGE}/Customer/new")  # fmt: skip
    for place in places:
        assert "Is in arrears" in words_of(admin.get(place).text), place
        assert "In dunning" not in words_of(admin.get(place).text), place
    back = {"appliesTo": "Customer", "effect": "add", "fromStatus": ["inDunning"],
            "toStatus": "active"}  # fmt: skip
    assert site.admin.post(RULE, back).status_code == 201
    assert admin.post(f"{page}/move", {"state": "active"}).status_code == 303
    for one in site.admin.get(RULE).json:
        assert site.admin.delete(f"{RULE}/{one['id']}").status_code == 204


def test_two_checks_of_a_move_take_three_statements(admin: Browser, site: Site) -> None:
    """The record is one, each check is one; a role that a rule asks for would be one more."""
    ada = customer(site)
    body = {"appliesTo": "Customer", "toStatus": "terminated",
            "check": ["noActiveProducts", "noOpenOrders"]}  # fmt: skip
    rule = site.admin.post(RULE, body).json["id"]
    part = f"/r/customer/{ada['id']}/moves"
    admin.get(part)
    with counted() as sent:
        assert admin.get(part).status_code == 200
    assert len([one for one in sent if one.startswith("select")]) <= 3, sent
    site.admin.delete(f"{RULE}/{rule}")


def test_what_is_wrong_stands_at_its_field(admin: Browser) -> None:
    typed = {
        "effect": "require", "toStatus": "nowhere", "condition": "record.name ===",
        "followUp.title": "Call", "followUp.role": "nobody", "followUp.dueDays": "soon",
    }  # fmt: skip
    answer = admin.post(f"{PAGE}/Customer/new", typed)
    assert answer.status_code == 400
    for field in ("followUp",):
        assert f'id="{field}-wrong"' in answer.text
    typed["followUp.dueDays"] = "3"
    answer = admin.post(f"{PAGE}/Customer/new", typed)
    for field in ("toStatus", "condition", "followUp"):
        assert f'id="{field}-wrong"' in answer.text
    assert 'value="record.name ===' in answer.text.replace("&#x3d;", "=")


@pytest.mark.parametrize("kind", ["ProductOrder", "BillingAccount", "ProductOffering", "Fallout"])
def test_every_lifecycle_is_drawn(admin: Browser, kind: str) -> None:
    shown = admin.get(f"{PAGE}/{kind}")
    assert shown.status_code == 200
    assert 'class="move plain"' in shown.text
    assert ('value="add"' in admin.get(f"{PAGE}/{kind}/new").text) == (kind == "BillingAccount")


def test_kinds_without_moves_have_no_page(admin: Browser) -> None:
    assert admin.get(f"{PAGE}/Register").status_code == 404
    assert admin.get(f"{PAGE}/CancelProductOrder").status_code == 404
