"""Fallout on pages: found in the queue, taken, put right in each way, called off, and one cause
put right for many."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.ordering.scripted import ScriptedNetwork, Shop, away, pending, refused
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.ordering.command import Answer, Command

ALL = Grant("all", EVERY_CLASS)
AGENT = dict.fromkeys(
    (
        *("Fallout:read", "Fallout:update", "ProductOrder:read", "ProductOrder:update"),
        *("ServiceOrder:read", "Customer:read", "ordering:retry", "ordering:revise"),
        *("CancelProductOrder:create", "OrderRevision:read", "OrderRevision:create"),
        "OrderRevision:update",
    ),
    ALL,
)
SignedIn = Callable[..., Browser]
LIVE = {"HX-Request": "true"}


def fallouts(site: Site, order: str) -> list[str]:
    rows = site.rows(
        "select key from fallout where doc #>> '{productOrder,id}' = %s order by id", order
    )
    return [str(row[0]) for row in rows]


def step_of(site: Site, key: str) -> str:
    ((found,),) = site.rows("select p_plan_item_id from fallout where key = %s", key)
    return str(found)


def state(site: Site, key: str) -> str:
    ((found,),) = site.rows("select p_state from fallout where key = %s", key)
    return str(found)


def given_to_nobody(agent: Browser, key: str) -> None:
    """Give one to somebody who is not there: what was said stands in the form again."""
    given = {"verb": "assign", "sure": "yes", "left": key, "assignee": "nobody-here",
             "note": "Call first", "due": "2031-01-02T17:00"}  # fmt: skip
    answer = agent.post("/fallout", given)
    assert (answer.status_code, "with the login nobody-here" in answer.text) == (409, True)
    assert {given[one] for one in ("assignee", "note", "due")} <= set(
        re.findall(r'value="([^"]*)"', answer.text)
    )


@pytest.mark.accepts("FAL-02")
def test_an_agent_works_through_the_queue(site: Site, signed_in: SignedIn) -> None:
    """Each filter (type, system, customer, age, due, value) finds what it says and nothing else;
    what is found is taken, corrected, tried again, and skipped by who may, with a reason alone."""
    shop = Shop.open(site)
    shop.network.script = {"Fibre Access": [refused], "Mobile Subscription": [away] * 3}
    order = shop.order(shop.fibre("1"), shop.line("2", "Mobile S"))
    site.work()
    agent = signed_in("agent", AGENT)
    line, mobile = sorted(fallouts(site, order), key=lambda one: _code(site, one) != "noFreePort")
    site.admin.patch(f"/api/ordering/v1/fallout/{mobile}", {"falloutType": "billingIssue"})
    site.admin.patch(f"/api/ordering/v1/fallout/{line}", {"dueAt": "2020-01-01T00:00:00Z"})
    site.admin.patch(f"/api/ordering/v1/fallout/{mobile}", {"dueAt": "2031-01-01T00:00:00Z"})
    name = site.admin.get(f"/api/ordering/v1/fallout/{line}").json["relatedParty"][0]["name"]
    for query, found in (
        ("type=billingIssue", {mobile}), ("type=provisioningFailure", {line}),
        ("system=network", {line, mobile}), ("system=warehouse", set()),
        (f"customer={name.split()[0]}", {line, mobile}), ("customer=Nobody", set()),
        ("age=hour", set()), ("due=overdue", {line}), ("due=none", set()),
        ("worth=1", {line, mobile}), ("worth=99999999", set()),
    ):  # fmt: skip
        html = source_of(agent.get(f"/fallout?tab=all&by=state&{query}"))
        assert {one for one in (line, mobile) if one in html} == found, query
    site.move_clock(7200)
    assert line in source_of(agent.get("/fallout?tab=all&by=state&age=hour"))
    site.move_clock(-7200)

    pane = source_of(agent.get(f"/fallout/{line}"))
    assert "Call off …" in pane
    given_to_nobody(agent, line)
    assert agent.post(f"/fallout/{line}", {"verb": "assign", "assignee": ""}).status_code == 303
    assert line in source_of(agent.get("/fallout?tab=mine"))
    wrong = {"verb": "fix", "name": ["downloadSpeed"], "value": ["very fast"]}
    step = f"/order/{shop.read(order)['key']}/step/{step_of(site, line)}"
    for address, status in ((f"/fallout/{line}", 409), (step, 200)):  # what was typed stays
        answer = agent.post(address, wrong, **({"HX-Request": "true"} if status == 200 else {}))
        assert (answer.status_code, state(site, line)) == (status, "open")
        assert "ownloadSpeed must be" in words_of(answer.text)
        assert 'value="very fast"' in answer.text
    fix = {"verb": "fix", "name": ["downloadSpeed"], "value": ["500"]}
    assert agent.post(f"/fallout/{line}", fix).status_code == 303
    site.work()
    assert state(site, line) == "closedComplete"
    assert shop.network.received[-1].characteristics["downloadSpeed"] == 500

    shop.network.script["Mobile Subscription"] = [refused]
    assert agent.post(f"/fallout/{mobile}", {"verb": "retry"}).status_code == 303
    site.work()
    assert state(site, mobile) == "open"
    skip = {"verb": "skip", "sure": "yes", "note": "later"}
    assert agent.post(f"/fallout/{mobile}", skip).status_code == 403
    chief = signed_in("chief", {**AGENT, "ordering:skip": ALL})
    unsaid = chief.post(f"/fallout/{mobile}", {"verb": "skip", "sure": "yes"})
    assert unsaid.status_code in (400, 409)
    assert state(site, mobile) == "open"
    assert chief.post(f"/fallout/{mobile}", skip).status_code == 303
    site.work()
    assert shop.read(order)["state"] == "partial"


@pytest.mark.accepts("FAL-02")
def test_a_line_is_called_off_from_its_fallout(site: Site, signed_in: SignedIn) -> None:
    """Differences, steps and price are seen first; without a reason nothing happens, and who may
    neither change nor cancel orders is refused."""
    shop = Shop.open(site)
    shop.network.script["Mobile Subscription"] = [refused]
    order = shop.order(shop.fibre("1"), shop.line("2", "Mobile S"))
    site.work()
    (key,) = fallouts(site, order)
    agent = signed_in("cancels", AGENT)
    address = f"/fallout/{key}/cancel"
    seen = words_of(source_of(agent.get(address)))
    assert "Call off item 2 of" in seen
    assert "What becomes of its steps, in this order" in seen
    whole = words_of(source_of(agent.get(f"{address}?scope=order")))
    assert "Light up the fibre line is past the point of no return" in whole
    assert agent.post(address, {"scope": "line", "reason": " "}).status_code == 409
    reads = signed_in("looks", {"Fallout:read": ALL, "ProductOrder:read": ALL})
    assert "Call off" not in source_of(reads.get(f"/fallout/{key}"))
    assert reads.get(address).status_code == 403
    for scope in ("line", "order"):
        assert reads.post(address, {"scope": scope, "reason": "x"}).status_code == 403
    answer = agent.post(address, {"scope": "line", "reason": "no longer wanted"})
    assert answer.status_code == 303
    site.work()
    assert shop.read(order)["state"] == "completed"
    assert agent.get(address).status_code == 409


def test_who_may_not_cancel_does_not_cancel_by_a_form(site: Site, signed_in: SignedIn) -> None:
    shop = Shop.open(site)
    order = shop.read(shop.order(shop.fibre("1")))
    reads = signed_in("reads", {"ProductOrder:read": ALL})
    assert reads.get(f"/order/{order['key']}/cancel").status_code == 403
    assert reads.post(f"/order/{order['key']}/cancel", {"reason": "x"}).status_code == 403


def no_number(network: ScriptedNetwork, command: Command) -> Answer:
    """Refuse with a code that no other test brings about."""
    answer = Answer("failed", code="noNumber", message="no number is left")
    network.orders[command.key] = answer
    return answer


def test_one_cause_is_put_right_for_many(site: Site, signed_in: SignedIn) -> None:
    """The group in the queue leads to its cause; values are told with how many hold them, the
    oldest is tried first, then all, and a job shows how far that is."""
    orders = []
    shops = [Shop.open(site) for _ in range(3)]
    shops[-1].network.script["Mobile Subscription"] = [no_number] * 3
    for one in shops:
        orders.append(one.order(one.line("1", "Mobile S")))
    site.work()
    agent = signed_in("together", AGENT)
    queue = source_of(agent.get("/fallout?tab=all&by=cause"))
    address = "/fallout/cause?kind=business&amp;code=noNumber&amp;system=network"
    assert address in queue
    assert "<strong>No number</strong> <code>noNumber</code> <code>network</code>" in queue
    address = address.replace("&amp;", "&")
    agent.get(address)
    with counted() as statements:
        html = source_of(agent.get(address))
    own = [one for one in statements if "fallout f" in one]
    assert len(own) == 2, statements
    words = words_of(html)
    assert "Refused · system network" in words
    assert "Business" not in words
    assert "Try all 3 again" in words
    asked: dict[str, Any] = {"kind": "business", "code": "noNumber", "system": "network"}
    first = agent.post("/fallout/cause", {**asked, "do": "first"})
    assert first.status_code == 303
    assert first.headers["location"].startswith("/jobs/")
    site.work()
    assert sorted(shops[0].read(one)["state"] for one in orders) == [
        "completed", "inProgress", "inProgress"]  # fmt: skip
    assert agent.post("/fallout/cause", {**asked, "do": "all"}).status_code == 303
    site.work()
    assert {shops[0].read(one)["state"] for one in orders} == {"completed"}
    assert "Nothing stands still by this cause" in words_of(source_of(agent.get(address)))
    assert agent.post("/fallout/cause", {**asked, "do": "all"}).status_code == 409
    looks = signed_in("only-looks", {"Fallout:read": ALL})
    assert looks.post("/fallout/cause", {**asked, "do": "all"}).status_code == 403


def _code(site: Site, key: str) -> str:
    ((found,),) = site.rows("select p_cause_code from fallout where key = %s", key)
    return str(found)


def test_an_expert_edits_a_plan_on_its_page(
    site: Site, signed_in: SignedIn, admin: Browser
) -> None:
    """Edits are gathered and seen together before they are made; what is wrong with one is said
    and it can be taken out; the order tells afterwards what was edited, by whom and why."""
    shop = Shop.open(site)
    shop.network.script["Mobile Subscription"] = [refused]
    order = shop.read(shop.order(shop.line("1", "Mobile S")))
    site.work()
    page = f"/order/{order['key']}"
    agent = signed_in("no-expert", AGENT)
    assert "Edit the plan …" not in source_of(agent.get(page))
    assert agent.get(f"{page}/plan/edit").status_code == 403
    assert agent.post(f"{page}/plan/edit", {"does": "add", "name": "x"}).status_code == 403
    expert = signed_in("expert", {**AGENT, "ordering:editPlan": ALL})
    assert f'href="{page}/plan/edit"' in source_of(expert.get(page))
    address = f"{page}/plan/edit"
    seen = source_of(expert.get(address))
    assert "Nothing on the list yet" in seen
    asked = {"does": "add", "name": "Ask the customer", "line": "1", "minutes": "6000"}
    first = source_of(expert.post(address, asked))
    assert "added Ask the customer" in words_of(first)
    kept = '{"do":"add","name":"Ask the customer","itemId":"1","durationMinutes":6000}'
    begun = {"does": "remove", "step": _done_step(site, order["id"]), "edit": [kept]}
    wrong = expert.post(address, begun)
    assert "only what has not begun is edited" in words_of(wrong.text)
    assert "Nothing on the list" in words_of(
        expert.post(address, {"does": "drop-0", "edit": [kept]}).text)  # fmt: skip
    assert expert.post(address, {"does": "make", "edit": [kept]}).status_code == 409
    made = expert.post(address, {"does": "make", "edit": [kept], "reason": "he called"})
    assert (made.status_code, made.headers["location"]) == (303, f"{page}?done=saved")
    words = words_of(source_of(expert.get(page)))
    assert "Plan edited by hand" in words
    assert "he called Expert" in words
    ((task, now),) = site.rows(
        "select id::text, state from plan_item where root = %s and name = 'Ask the customer'",
        order["id"],
    )
    assert now == "ready"
    assert "Ask the customer" in source_of(admin.get(f"/tasks/{task}"))
    assert admin.post(f"/tasks/{task}", {"note": "he wants it"}).status_code == 303


def _done_step(site: Site, order: str) -> str:
    rows = site.rows(
        "select id::text from plan_item where root = %s and state = 'completed' limit 1", order
    )
    return str(rows[0][0])


def test_points_of_no_return_take_three_statements(admin: Browser, site: Site) -> None:
    """The part of the page that tells them, of an order that makes and changes products."""
    shop = Shop.open(site)
    first = shop.read(shop.order(shop.fibre("1")))
    site.work()
    shop.network.script["Mobile Subscription"] = [pending]
    (held,) = shop.products(shop.read(first["id"]))
    speeds = [{"name": "downloadSpeed", "value": 500}, {"name": "uploadSpeed", "value": 250}]
    sold = {"id": shop.offerings["Fibre 500M"]}
    faster = {"id": "1", "action": "modify", "productOffering": sold,
              "product": {"id": held["id"], "productCharacteristic": speeds}}  # fmt: skip
    order = shop.read(shop.order(faster, shop.line("2", "Mobile S")))
    site.work()
    html = source_of(admin.get(f"/order/{order['key']}"))
    address = f"/order/{order['id']}/no-return"
    assert f'hx-get="{address}"' in html
    admin.get(address, **LIVE)
    with counted() as statements:
        told = words_of(admin.get(address, **LIVE).text)
    assert "Provision the mobile subscription" in told
    own = [one for one in statements if "generation g" not in one]
    assert len(own) <= 3, own
