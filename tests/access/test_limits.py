"""Limits: who has rights over a part of the customers sees, changes and hears of no others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.program import Client, Site
from tests.support.sql_counter import counted
from trunkline.access.standard import LIMITED_ROLES, ensure_roles
from trunkline.governance.spheres.shipped import ensure_spheres
from trunkline.kernel import reading, work
from trunkline.kernel.actor import Grant
from trunkline.kernel.select import Sql
from trunkline.workspace import search
from trunkline.workspace.search_index import catch_up

PARTY = "/tmf-api/party/v4/individual"
ORGANIZATION = "/tmf-api/party/v4/organization"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
ACCOUNT = "/tmf-api/accountManagement/v4/billingAccount"
PRODUCT = "/tmf-api/productInventory/v4/product"
CATEGORY = "/tmf-api/productCatalogManagement/v4/category"
EVENT = "/tmf-api/event/v4/event"
ROLE = "/rolesAndPermissions/v4/userRole"
PERMISSION = "/rolesAndPermissions/v4/permission"
SPHERE = "/api/governance/v1/sphere"
SEARCH = "/api/workspace/v1/search"
KINDS = ("TMF632", "TMF629", "TMF666", "TMF637", "TMF620", "TMF688")
SEES = ["public", "internal", "personal"]


def entitled(*limit: str, kinds: tuple[str, ...] = KINDS) -> list[dict[str, Any]]:
    """Return entitlements to do anything with these kinds of records, within a limit."""
    return [
        {"function": kind, "action": verb, "reach": "limited", "limit": list(limit), "sees": SEES}
        for kind in kinds
        for verb in ("read", "create", "update")
    ]


@dataclass
class Shop:
    """An operator with customers of several kinds and teams."""

    site: Site
    made: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def admin(self) -> Client:
        return self.site.admin

    def customer(
        self, name: str, by: Client | None = None, but: tuple[str, ...] = (), **said: Any
    ) -> dict[str, str]:
        """A party with a customer, an account and a product; ids by kind."""
        by = by or self.admin
        is_person = said.get("customerType") in {"consumer", "foreignConsumer", None}
        path = PARTY if is_person else ORGANIZATION
        body = (
            {"givenName": name, "familyName": "Doe"}
            if is_person
            else {"tradingName": name, "isLegalEntity": True}
        )
        party = taken(by.post(path, body))["id"]
        role = {"name": name, "status": "active", "engagedParty": {"id": party}, **said}
        customer = taken(by.post(CUSTOMER, role))["id"]
        owner = [{"id": customer, "role": "customer"}]
        account = {"name": f"{name} account", "state": "active", "relatedParty": owner}
        product = {"status": "active", "name": f"{name} line", "relatedParty": owner}
        found = {
            "party": party, "party path": path, "customer": customer,
            "account": taken(by.post(ACCOUNT, account))["id"],
        }  # fmt: skip
        if "product" not in but:
            found["product"] = taken(by.post(PRODUCT, product))["id"]
        self.made[name] = found
        return found

    def works(self, login: str, *spheres: str) -> None:
        """Say in which spheres somebody works."""
        (one,) = self.admin.get("/api/identity/v1/user", query_string=f"q={login}").json
        taken(self.admin.patch(f"/api/identity/v1/user/{one['id']}", {"liesIn": [*spheres]}))

    def agent(self, login: str, *limit: str) -> Client:
        """Somebody with a role that the administrator limits by the interface."""
        body = {"id": login, "involvementRole": login, "entitlement": entitled(*limit)}
        taken(self.admin.post(ROLE, body))
        scopes = [f"{one['function']}:{one['action']}" for one in body["entitlement"]]
        return self.site.user(login, roles=[login], scopes=tuple(scopes))


def taken(answer: Any) -> Any:
    assert answer.status_code in {200, 201}, answer.json
    return answer.json


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    ensure_spheres(site.services)
    found = Shop(site)
    found.customer("Ada", customerType="consumer")
    found.customer("Acme", customerType="company")
    found.customer("Bare")
    return found


def seen(client: Client, path: str) -> set[str]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.json
    assert answer.headers["X-Total-Count"] == str(len(answer.json))
    return {one["id"] for one in answer.json}


PATHS = {"customer": CUSTOMER, "account": ACCOUNT, "product": PRODUCT}


def found(client: Client, text: str) -> set[str]:
    """Return the ids of customers that the search box finds by a text."""
    answer = client.get(SEARCH, query_string=f"q={text}")
    assert answer.status_code == 200, answer.json
    return {one["id"] for one in answer.json if one["@referredType"] == "Customer"}


@pytest.mark.accepts("SEC-06")
@pytest.mark.parametrize(("role", "mine", "others"), [
    ("consumer_agent", "consumer", "company"), ("consumer_agent", "foreignConsumer", "wholesale"),
    ("company_agent", "company", "consumer"),
])  # fmt: skip
def test_an_agent_for_some_customers_only_meets_no_others(
    shop: Shop, role: str, mine: str, others: str
) -> None:
    """An agent for consumers and one for companies read, find, change and make their own only."""
    ensure_roles(shop.site.services)
    scopes = tuple(LIMITED_ROLES[role].permissions)
    agent = shop.site.user(f"{role}-{mine}", roles=[role], scopes=scopes)
    own = shop.customer(f"Own{mine}", customerType=mine)
    other = shop.customer(f"Other{mine}", customerType=others)
    search_all(shop.site)
    for kind, path in PATHS.items():
        listed = seen(agent, path)
        assert own[kind] in listed
        assert other[kind] not in listed
        assert agent.get(f"{path}/{own[kind]}").status_code == 200
        assert agent.get(f"{path}/{other[kind]}").status_code == 404
        assert agent.patch(f"{path}/{other[kind]}", {"description": "x"}).status_code in {403, 404}
        assert agent.get(path, query_string=f"id={other[kind]}").json == []
    assert agent.patch(f"{CUSTOMER}/{own['customer']}", {"statusReason": "x"}).status_code == 200
    assert found(agent, f"Own{mine}") == {own["customer"]}
    assert found(agent, f"Other{mine}") == set()
    assert agent.get(f"{own['party path']}/{own['party']}").status_code == 200
    assert agent.get(f"{other['party path']}/{other['party']}").status_code == 404
    beyond = {"name": "x", "engagedParty": {"id": other["party"]}, "customerType": mine}
    assert agent.post(CUSTOMER, beyond).status_code == 400
    new = shop.customer(f"New{mine}", by=agent, but=("product",), customerType=mine)
    assert agent.get(f"{CUSTOMER}/{new['customer']}").status_code == 200
    party = taken(agent.post(PARTY, {"givenName": "Eve", "familyName": "Doe"}))["id"]
    wrong = {"name": "Eve", "engagedParty": {"id": party}, "customerType": others}
    assert agent.post(CUSTOMER, wrong).json["code"] == "outOfReach"
    moved = agent.patch(f"{CUSTOMER}/{own['customer']}", {"customerType": others})
    assert moved.json["code"] == "outOfReach"
    assert agent.get(CATEGORY).status_code == 200


def search_all(site: Site) -> None:
    while catch_up(site.services):
        pass


@pytest.fixture(scope="module")
def territories(shop: Shop) -> Shop:
    """Territory, brand and team as attributes of the operator's own, and limits by them."""
    for name in ("territory", "brandName", "team"):
        extra = {"recordType": "Customer", "name": name, "kind": "text", "dataClass": "internal"}
        taken(shop.admin.post("/api/governance/v1/extraAttribute", extra))
        sphere = {"code": name, "name": name.title(),
                  "source": [{"recordType": "Customer", "path": name}]}  # fmt: skip
        taken(shop.admin.post(SPHERE, sphere))
    return shop


@pytest.mark.accepts("SEC-03")
def test_rows_by_territory_brand_partner_and_own_team(territories: Shop) -> None:
    """Who has rights by territory, brand, partner or the own team meets those customers only."""
    shop = territories
    dealer = taken(shop.admin.post(ORGANIZATION, {"tradingName": "Dealer"}))["id"]
    path = {"recordType": "Customer", "path": "relatedParty[partner].id"}
    served = {"code": "servedBy", "name": "Served by", "source": [path]}
    taken(shop.admin.post(SPHERE, served))
    north = shop.customer("North", territory="north", brandName="blue", team="one")
    south = shop.customer("South", territory="south", brandName="blue", team="two")
    both = shop.customer("Both", territory="north", brandName="red", team="two",
                         relatedParty=[{"id": dealer, "role": "partner"}])  # fmt: skip
    expected = {
        ("territory:north",): {"North", "Both"},
        ("brandName:blue",): {"North", "South"},
        ("territory:north", "brandName:blue"): {"North"},
        ("territory:north", "territory:south", "brandName:blue"): {"North", "South"},
        (f"servedBy:{dealer}",): {"Both"},
        ("team:$own",): {"South", "Both"},
    }
    for number, (limit, names) in enumerate(expected.items()):
        agent = shop.agent(f"agent{number}", *limit)
        if limit == ("team:$own",):
            assert seen(agent, CUSTOMER) == set()
            shop.works("agent5", "team:two")
        assert seen(agent, CUSTOMER) == {shop.made[one]["customer"] for one in names}, limit
        assert seen(agent, ACCOUNT) == {shop.made[one]["account"] for one in names}, limit
    own = shop.site.user("north", roles=[shop.site.role("own", {"*:*": Grant("own")})],
                         party=north["party"])  # fmt: skip
    assert seen(own, CUSTOMER) == {north["customer"]}
    partner = {"*:*": Grant("partner")}
    user = shop.site.user("dealer", roles=[shop.site.role("dealer", partner)], partner=dealer)
    assert seen(user, CUSTOMER) == {both["customer"]}
    assert south["customer"] not in seen(own, CUSTOMER) | seen(user, CUSTOMER)


def test_another_team_moves_the_rights_at_the_next_request(territories: Shop) -> None:
    """The customer, and all that hangs on it, is the other team's at once, not the first one's."""
    shop = territories
    moving = shop.customer("Moving", team="three")
    first, second = shop.agent("first", "team:three"), shop.agent("second", "team:four")
    assert seen(first, PRODUCT) == {moving["product"]}
    assert seen(second, PRODUCT) == set()
    taken(shop.admin.patch(f"{CUSTOMER}/{moving['customer']}", {"team": "four"}))
    assert first.get(f"{PRODUCT}/{moving['product']}").status_code == 404
    assert seen(first, PRODUCT) == set()
    assert seen(second, PRODUCT) == {moving["product"]}
    taken(shop.admin.patch(f"{CUSTOMER}/{moving['customer']}", {"team": None}))
    assert seen(second, PRODUCT) == set()


@pytest.mark.accepts("TSM-17")
def test_tags_put_on_in_bulk_filter_and_give_access(shop: Shop) -> None:
    """A tag goes onto several customers by one job; lists filter by it and rights follow it."""
    tag = taken(shop.admin.post("/api/care/v1/tag", {"name": "Key account"}))["id"]
    sphere = {"code": "tag", "name": "Tag",
              "source": [{"recordType": "Customer", "path": "tag.id"}]}  # fmt: skip
    taken(shop.admin.post(SPHERE, sphere))
    keepers = shop.agent("keepers", f"tag:{tag}")
    assert seen(keepers, CUSTOMER) == set()
    wanted = {shop.customer(name)["customer"] for name in ("Tagged", "Labelled")}
    added = [{"path": "tag", "do": "add", "element": {"id": tag}}]
    job = {"kind": "change", "resource": "Customer", "id": sorted(wanted), "elements": added}
    begun = shop.admin.post("/api/workspace/v1/jobs", job)
    assert begun.status_code in {200, 201, 202}, begun.json
    shop.site.work()
    assert seen(shop.admin, f"{CUSTOMER}?tag.id={tag}") == wanted
    assert seen(keepers, CUSTOMER) == wanted
    one, *_ = sorted(wanted)
    taken(shop.admin.patch(f"{CUSTOMER}/{one}", {"tag": []}))
    assert seen(keepers, CUSTOMER) == wanted - {one}


def test_events_come_within_the_limits_only(territories: Shop) -> None:
    shop = territories
    near, far = shop.customer("Near", team="events"), shop.customer("Far", team="silent")
    agent = shop.agent("listener", "team:events")
    told = {
        one["event"]["customer"]["id"]
        for one in agent.get(EVENT, query_string="limit=1000").json
        if "customer" in one["event"]
    }
    assert near["customer"] in told
    assert far["customer"] not in told


def test_a_new_dimension_takes_in_the_records_that_there_are(shop: Shop) -> None:
    """Those from before count when the worker has been through; without the dimension none does."""
    old = shop.customer("Old", statusReason="fibre")
    agent = shop.agent("fibre", "segment:fibre")
    assert seen(agent, CUSTOMER) == set()
    source = [{"recordType": "Customer", "path": "statusReason"}]
    sphere = {"code": "segment", "name": "Segment", "source": source}
    made = taken(shop.admin.post(SPHERE, sphere))
    shop.site.work()
    assert seen(agent, CUSTOMER) == {old["customer"]}
    assert shop.admin.post(SPHERE, sphere).status_code == 409
    assert shop.admin.delete(f"{SPHERE}/{made['id']}").status_code == 204
    shop.site.work()
    assert seen(agent, CUSTOMER) == set()


@pytest.mark.parametrize("path", ["nothing", 'customerType["]'])
def test_what_cannot_be_read_is_no_source(shop: Shop, path: str) -> None:
    for source in ({"recordType": "Customer", "path": path},
                   {"recordType": "Product", "path": "name"}):  # fmt: skip
        body = {"code": "odd", "name": "Odd", "source": [source]}
        assert shop.admin.post(SPHERE, body).status_code == 400


@pytest.mark.parametrize("path", PATHS.values())
def test_the_database_keeps_the_limits_without_the_program(
    territories: Shop, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the program's own filter switched off nothing beyond the limits comes or changes."""
    shop = territories
    kind = next(name for name, one in PATHS.items() if one == path)
    near = shop.made.get("Wall") or shop.customer("Wall", team="wall")
    agent = shop.site._clients.get("waller") or shop.agent("waller", "team:wall")
    for module in (reading, work):
        monkeypatch.setattr(module, "scope", lambda *_: Sql())
    assert seen(agent, path) == {near[kind]}
    other = shop.made["Acme"][kind]
    assert agent.get(f"{path}/{other}").status_code == 404
    assert agent.patch(f"{path}/{other}", {"description": "x"}).status_code == 404


def test_the_program_keeps_the_limits_without_the_database(
    territories: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unwatched by row-level security, lists, single records, search and events still hold."""
    shop = territories
    near = shop.made.get("Wall") or shop.customer("Wall", team="wall")
    agent = shop.site._clients.get("waller") or shop.agent("waller", "team:wall")
    search_all(shop.site)
    for module in (reading, work, search):
        monkeypatch.setattr(module, "is_narrow", lambda _: False)
    for kind, path in PATHS.items():
        assert seen(agent, path) == {near[kind]}
        assert agent.get(f"{path}/{shop.made['Acme'][kind]}").status_code == 404
    assert found(agent, "Wall") == {near["customer"]}
    assert found(agent, "Acme") == set()
    told = agent.get(EVENT, query_string="limit=1000").json
    customers = {one["event"]["customer"]["id"] for one in told if "customer" in one["event"]}
    assert customers == {near["customer"]}


def test_limits_cost_no_statement_and_full_rights_none_at_all(shop: Shop) -> None:
    """A limited reader sends as many statements as a partner; who sees all asks for no sphere."""
    dealer = taken(shop.admin.post(ORGANIZATION, {"tradingName": "Counted"}))["id"]
    grants = {"*:*": Grant("partner")}
    partner = shop.site.user("counted", roles=[shop.site.role("counted", grants)], partner=dealer)
    agent = shop.agent("counting", "customerType:consumer")
    one = f"{CUSTOMER}/{shop.made['Ada']['customer']}"
    for client in (agent, partner, shop.admin):
        client.get(CUSTOMER)
    for path in (CUSTOMER, one):
        sent: list[list[str]] = []
        for client in (agent, partner, shop.admin):
            with counted() as statements:
                client.get(path)
            sent.append(statements)
        assert len(sent[0]) == len(sent[1]) or path == one
        assert not [text for text in sent[2] if "owner_sphere" in text]
    with counted() as statements:
        agent.get(one)
    assert len(statements) <= 2, statements


def test_roles_with_limits_are_what_they_say(shop: Shop) -> None:
    """A limit without the reach, a reach without a limit and a strange sphere are refused."""
    right = {"function": "TMF629", "action": "read", "sees": SEES}
    for wrong in ({"reach": "limited"}, {"reach": "all", "limit": ["team:x"]},
                  {"reach": "limited", "limit": ["team"]}, {"reach": "limited", "limit": "team:x"},
                  {"reach": "limited", "limit": ["entered:x"]}):  # fmt: skip
        body = {"id": "wrong", "involvementRole": "wrong", "entitlement": [{**right, **wrong}]}
        assert shop.admin.post(ROLE, body).status_code == 400, wrong
    limit = ["customerType:company", "customerType:wholesale"]
    two = [{**right, "reach": "limited", "limit": one} for one in (limit, ["team:x"])]
    body = {"id": "two", "involvementRole": "two", "entitlement": two}
    assert taken(shop.admin.post(ROLE, body))["entitlement"] == [
        {**one, "sees": sorted(SEES)} for one in two
    ]


def test_a_limited_administrator_makes_nobody(shop: Shop) -> None:
    rights = [{"function": "identity", "action": "administer", "reach": "limited",
               "limit": ["customerType:consumer"], "sees": SEES}]  # fmt: skip
    body = {"id": "half", "involvementRole": "half", "entitlement": rights}
    taken(shop.admin.post(ROLE, body))
    half = shop.site.user("half", roles=["half"], scopes=("identity:administer",))
    assert half.post("/api/identity/v1/user", {"login": "mole"}).status_code == 403
    assert half.get("/api/identity/v1/user").json == []


def test_what_an_agent_enters_is_not_anothers(shop: Shop) -> None:
    """A party of whom nothing is said yet is its entrant's, and no other limited agent's."""
    one, other = shop.agent("enters", "customerType:consumer"), shop.agent("waits", "team:x")
    party = taken(one.post(PARTY, {"givenName": "Fay", "familyName": "Doe"}))["id"]
    assert one.get(f"{PARTY}/{party}").status_code == 200
    assert other.get(f"{PARTY}/{party}").status_code == 404
    role = {"name": "Fay", "engagedParty": {"id": party}, "customerType": "company"}
    taken(shop.admin.post(CUSTOMER, role))
    assert one.get(f"{PARTY}/{party}").status_code == 404


def test_an_agent_for_a_line_of_business_sees_that_one_alone(shop: Shop) -> None:
    """A sphere from the beginning: by what the customer says, with its accounts, until it turns."""
    carrier = shop.customer("Carrier", customerType="company", lineOfBusiness="wholesale")
    shop.customer("Corner shop", customerType="company", lineOfBusiness="retail")
    agent = shop.agent("carriers", "lineOfBusiness:wholesale")
    assert seen(agent, CUSTOMER) == {carrier["customer"]}
    assert seen(agent, ACCOUNT) == {carrier["account"]}
    turned = {"lineOfBusiness": "retail"}
    assert shop.admin.patch(f"{CUSTOMER}/{carrier['customer']}", turned).status_code == 200
    assert seen(agent, CUSTOMER) == set()
