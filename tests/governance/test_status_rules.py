"""Status rules: the operator says which moves there are, who may make them and what must hold."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import ACCOUNT, CUSTOMER, PARTY, codes
from tests.support.pages import pages_of
from tests.support.program import Client, Site
from tests.web.browser import Browser, source_of, words_of
from trunkline.governance.shipped import ensure_registers
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import registry

RULE = "/api/governance/v1/statusRule"
TASKS = "/api/workspace/v1/tasks"


def made(client: Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, body)
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def a_customer(client: Client, status: str = "active", **more: Any) -> str:
    person = made(client, f"{PARTY}/individual", {"givenName": "Ada", "familyName": "Lovelace"})
    body = {"name": "Ada", "status": status, "engagedParty": {"id": person["id"]}, **more}
    return f"{CUSTOMER}/{made(client, CUSTOMER, body)['id']}"


@pytest.fixture
def rule(site: Site) -> Any:
    """Make rules that end with the test."""
    rules: list[str] = []

    def make(**body: Any) -> dict[str, Any]:
        found = made(site.admin, RULE, {"appliesTo": "Customer", **body})
        rules.append(found["id"])
        return found

    yield make
    for one in rules:
        site.admin.delete(f"{RULE}/{one}")


def test_a_move_is_taken_away_and_comes_back(site: Site, rule: Any) -> None:
    customer = a_customer(site.admin)
    taken = rule(effect="forbid", fromStatus=["active"], toStatus="suspended")
    assert taken["name"] == "Customer: active → suspended"
    answer = site.admin.patch(customer, {"status": "suspended"})
    assert (answer.status_code, codes(answer)) == (409, {("lifecycleForbidden", "status")})
    assert site.admin.delete(f"{RULE}/{taken['id']}").status_code == 204
    assert site.admin.patch(customer, {"status": "suspended"}).status_code == 200


def test_a_rule_is_about_the_records_for_which_its_condition_is_true(site: Site, rule: Any) -> None:
    rule(
        effect="forbid", toStatus="suspended", condition='record.customerType == "wholesale"',
        message="wholesalers are called first",
    )  # fmt: skip
    partner = a_customer(site.admin, customerType="wholesale")
    answer = site.admin.patch(partner, {"status": "suspended"})
    assert answer.json["message"] == "status: wholesalers are called first"
    untyped = a_customer(site.admin)
    assert site.admin.patch(untyped, {"status": "suspended"}).status_code == 200


def test_all_reasons_are_told_at_once(site: Site, rule: Any) -> None:
    rule(
        fromStatus=["active"], toStatus="terminated",
        role=[site.role("collector", {"*:read": Grant("all", EVERY_CLASS)})],
        requiredAttribute=["statusReason", "contactMedium.mediumType"],
        expression='has(record.description) && record.description != ""',
        message="say in the description who agreed",
    )  # fmt: skip
    customer = a_customer(site.admin)
    answer = site.admin.patch(customer, {"status": "terminated"})
    assert codes(answer) == {
        ("statusRole", "status"),
        ("statusRequires", "statusReason"),
        ("statusRequires", "contactMedium.mediumType"),
        ("statusCondition", "status"),
    }


def test_who_has_the_role_may(site: Site, rule: Any) -> None:
    site.role("ender", {"*:*": Grant("all", EVERY_CLASS)})
    rule(toStatus="terminated", role=["ender"])
    customer = a_customer(site.admin)
    assert codes(site.admin.patch(customer, {"status": "terminated"})) == {("statusRole", "status")}
    ender = site.user("grace", roles=["ender"])
    assert ender.patch(customer, {"status": "terminated"}).status_code == 200


def test_rules_hold_for_who_reaches_some_records_only(site: Site, rule: Any) -> None:
    """Row-level security hides the roles from them; the rule is asked all the same."""
    own = {"Organization:read": Grant("all"), "Individual:read": Grant("all")} | {
        f"Customer:{verb}": Grant("partner", EVERY_CLASS) for verb in ("read", "update")
    }
    shop = made(site.admin, f"{PARTY}/organization", {"tradingName": "Shop", "isLegalEntity": True})
    roles = [site.role("dealer", own), site.role("closer", {"Customer:read": Grant("partner")})]
    seller = site.user("seller", roles=roles[:1], partner=shop["id"], scopes=tuple(own))
    closer = site.user("closer", roles=roles, partner=shop["id"], scopes=tuple(own))
    rule(toStatus="terminated", role=["closer"], check=["noActiveProducts"])
    served = [{"id": shop["id"], "role": "partner", "@referredType": "Organization"}]
    customer = a_customer(site.admin, relatedParty=served)
    refused = seller.patch(customer, {"status": "terminated"})
    assert codes(refused) == {("statusRole", "status")}, refused.json
    assert closer.patch(customer, {"status": "terminated"}).status_code == 200


def test_a_record_that_begins_in_a_state_comes_into_it(site: Site, rule: Any) -> None:
    rule(toStatus="active", requiredAttribute=["statusReason"])
    person = made(site.admin, f"{PARTY}/individual", {"givenName": "Ada", "familyName": "Lovelace"})
    body = {"name": "Ada", "status": "active", "engagedParty": {"id": person["id"]}}
    assert codes(site.admin.post(CUSTOMER, body)) == {("statusRequires", "statusReason")}
    assert site.admin.post(CUSTOMER, {**body, "status": "prospect"}).status_code == 201


def test_the_operator_adds_a_state_and_the_moves_around_it(site: Site, rule: Any) -> None:
    customer = a_customer(site.admin)
    answer = site.admin.patch(customer, {"status": "inDunning"})
    assert codes(answer) == {("lifecycleMove", "status")}
    into = rule(effect="add", fromStatus=["active"], toStatus="inDunning")
    assert site.admin.patch(customer, {"status": "inDunning"}).json["status"] == "inDunning"
    answer = site.admin.patch(customer, {"status": "active"})
    assert "none: the state is final" in answer.json["message"]
    rule(effect="add", fromStatus=["inDunning"], toStatus="active")
    assert codes(site.admin.delete(f"{RULE}/{into['id']}")) == {("conflictInUse", "toStatus")}
    assert site.admin.patch(customer, {"status": "active"}).status_code == 200
    assert site.admin.delete(f"{RULE}/{into['id']}").status_code == 204


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"appliesTo": "Nothing", "toStatus": "active", "role": ["care"]}, "appliesTo"),
        ({"appliesTo": "Register", "toStatus": "active", "role": ["care"]}, "appliesTo"),
        ({"toStatus": "gone", "role": ["administrator"]}, "toStatus"),
        ({"toStatus": "active", "fromStatus": ["gone"], "effect": "forbid"}, "fromStatus[0]"),
        ({"toStatus": "active"}, "effect"),
        ({"toStatus": "active", "effect": "forbid", "check": ["noOpenOrders"]}, "effect"),
        ({"toStatus": "active", "check": ["noSuchThing"]}, "check[0]"),
        ({"toStatus": "active", "role": ["no_such_role"]}, "role[0]"),
        ({"toStatus": "active", "requiredAttribute": ["name", "shoe"]}, "requiredAttribute[1]"),
        ({"toStatus": "active", "expression": "record.name ==="}, "expression"),
        ({"toStatus": "active", "effect": "add", "fromStatus": ["prospect"]}, "fromStatus[0]"),
        ({"appliesTo": "ProductOrder", "effect": "add", "fromStatus": ["held"],
          "toStatus": "parked"}, "effect"),
    ],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused(site: Site, body: Any, fault: str) -> None:
    answer = site.admin.post(RULE, {"appliesTo": "Customer", **body})
    assert answer.status_code == 400, answer.json
    assert fault in {one["path"] for one in answer.json["fault"]}, answer.json


def test_nothing_is_owed_on_an_account_that_is_closed(site: Site, rule: Any) -> None:
    rule(appliesTo="BillingAccount", toStatus="closed", check=["noOpenBalance"])
    customer = a_customer(site.admin).rpartition("/")[2]
    body = {
        "name": "Home", "state": "active", "relatedParty": [{"id": customer, "role": "customer"}],
        "accountBalance": [{"balanceType": "receivable", "amount": {"value": 12, "unit": "EUR"},
                            "validFor": {"startDateTime": "2026-01-01T00:00:00Z"}}],
    }  # fmt: skip
    account = f"{ACCOUNT}/{made(site.admin, ACCOUNT, body)['id']}"
    assert codes(site.admin.patch(account, {"state": "closed"})) == {("openBalance", "state")}
    patch = {"state": "closed", "accountBalance": None}
    assert site.admin.patch(account, patch).status_code == 200


def test_a_task_follows_for_whoever_of_the_role_has_least_to_do(site: Site, rule: Any) -> None:
    site.role("retention", {"*:*": Grant("all", EVERY_CLASS)})
    busy, idle = (site.user(one, roles=["retention"]) for one in ("busy", "idle"))
    made(busy, TASKS, {"title": "Something else"})
    task = {"title": "Call and ask why", "role": "retention", "dueDays": 3}
    rule(fromStatus=["active"], toStatus="suspended", followUp=task)
    customer = a_customer(site.admin)
    assert site.admin.patch(customer, {"status": "suspended"}).status_code == 200
    site.work()
    assert site.admin.patch(customer, {"status": "active"}).status_code == 200
    site.work()
    own = {"query_string": "mine=open"}
    found = idle.get(TASKS, **own).json
    assert [one["title"] for one in found] == ["Call and ask why"]
    assert [one["title"] for one in busy.get(TASKS, **own).json] == ["Something else"]
    assert found[0]["author"]["name"] == "Admin"
    assert found[0]["record"]["id"] == customer.rpartition("/")[2]
    assert [text for (text,) in site.rows("select text from notification")] == [
        f"Admin gave you a task about customer {found[0]['record']['key']}"
    ]


def test_who_may_not_say_rules_gets_403(site: Site) -> None:
    body = {"appliesTo": "Customer", "toStatus": "active", "role": ["administrator"]}
    assert site.unentitled().post(RULE, body).status_code == 403
    assert site.unentitled().get(RULE).status_code == 403


def test_states_are_open_where_the_attribute_takes_them() -> None:
    load_modules()
    for one in registry:
        if one.lifecycle is not None and one.lifecycle.is_open:
            attribute = one.type.attributes()[one.lifecycle.attribute]
            assert attribute.limits.is_open or not attribute.choices, one.name
            assert one.lifecycle.internal is None


def test_a_state_has_a_name_an_order_and_a_look(site: Site, rule: Any) -> None:
    """A state that a rule adds gets names, a colour and an icon as a value of the register, and is
    then called so in the list, at the head, among the moves and in the filter; a shipped one that
    is renamed alike. One that has ended is come into no more, and who is in it may stay."""
    ensure_registers(site.services)
    browser = Browser(pages_of(site))
    assert browser.sign_in("admin").status_code == 303
    rule(effect="add", fromStatus=["active"], toStatus="dormant")
    customer, other = a_customer(site.admin), a_customer(site.admin)
    assert site.admin.patch(customer, {"status": "dormant"}).status_code == 200
    key = site.admin.get(customer).json["key"]
    page = f"/r/customer/{key}"
    assert "Dormant" in words_of(browser.get(page).text)
    ident = site.admin.get("/api/governance/v1/register?code=customerStatus").json[0]["id"]
    body = {"register": {"id": ident}, "code": "dormant", "name": "Sleeping beauty",
            "translation": [{"language": "de", "name": "Schlafend"}], "color": "amber",
            "icon": "pause", "position": 15}  # fmt: skip
    value = made(site.admin, "/api/governance/v1/registerValue", body)
    for address in (page, f"/customer/{key}", f"/r/customer/{key}/peek",
                    "/r/customer?status=dormant"):  # fmt: skip
        text = source_of(browser.get(address))
        assert "Sleeping beauty" in words_of(text), address
        assert 'class="coded amber"' in text, address
    offered = source_of(browser.get(f"/r/customer/{site.admin.get(other).json['key']}"))
    assert "Sleeping beauty" in offered
    options = source_of(browser.get("/r/customer?filters=open")).split('value="dormant"')
    assert len(options) > 1 or "Sleeping beauty" in source_of(browser.get("/r/customer"))
    ended = {"validFor": {"endDateTime": "2020-01-01T00:00:00Z"}}
    path = f"/api/governance/v1/registerValue/{value['id']}"
    assert site.admin.patch(path, ended).status_code == 200
    refused = site.admin.patch(other, {"status": "dormant"})
    assert codes(refused) == {("endedValue", "status")}
    assert site.admin.patch(customer, {"description": "stays"}).status_code == 200
    assert "Sleeping beauty" in words_of(browser.get(page).text)
    account = site.admin.get("/api/governance/v1/register?code=accountState").json
    assert account[0]["name"] == "State of accounts"
