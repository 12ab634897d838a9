"""The order's plan and the lists of work: what they show, and what can be done from them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.program import Site
from tests.support.samples import create
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from tests.web.plans import order_with_plan
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.kernel.resource import registry
from trunkline.kernel.work import as_system
from trunkline.ordering import plan_store

SignedIn = Callable[..., Browser]
STATEMENTS_MAX = 3
BESIDE = ("begin", "set local", "commit")
"""What a transaction begins and ends with."""


def step_of(site: Site, order: str) -> str:
    with as_system(site.services, "tests") as work:
        plan = plan_store.read(work, order)
        assert plan is not None
        return next(one.state for one in plan if one.name == "Access line")


def test_an_order_shows_its_plan_as_picture_and_rows(admin: Browser, site: Site) -> None:
    order = order_with_plan(site)
    html = source_of(admin.get(f"/order/{order['key']}"))
    assert html.count('class="gantt-row"') == 3
    graph = source_of(admin.get(f"/order/{order['key']}?view=graph"))
    assert graph.count('class="box ') == 3
    assert graph.count('class="line ') == 2
    assert "1 of 3 steps done" in words_of(html)
    for step in ("Fibre 1G", "Access line", "Port"):
        assert step in words_of(html)
    assert "Ada Lovelace" in words_of(html)
    assert f'hx-get="/order/{order["key"]}/plan?seen=' in html


def test_the_live_plan_says_nothing_when_nothing_is_new(admin: Browser, site: Site) -> None:
    order = order_with_plan(site)
    html = source_of(admin.get(f"/order/{order['key']}"))
    seen = html.partition("plan?seen=")[2].partition('"')[0].partition("&")[0]
    assert admin.get(f"/order/{order['key']}/plan?seen={seen}").status_code == 204
    part = source_of(admin.get(f"/order/{order['key']}/plan?seen=old"))
    assert part.lstrip().startswith('<span id="order-state"')
    assert "<html" not in part


def test_a_live_plan_leads_to_the_sign_in_when_the_session_is_over(
    admin: Browser, site: Site
) -> None:
    order = order_with_plan(site)
    stranger = Browser(admin.app)
    answer = stranger.get(
        f"/order/{order['key']}/plan",
        **{"HX-Request": "true", "HX-Current-URL": f"http://crm.example/order/{order['key']}"},
    )
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == f"/sign-in?next=/order/{order['key']}"
    assert stranger.get(f"/order/{order['key']}/plan").status_code == 303


def test_what_was_sent_is_shown_to_those_who_see_personal_values(
    signed_in: SignedIn, site: Site
) -> None:
    order = order_with_plan(site, line="fallout")
    agent = signed_in("planner", {"*:read": Grant("all", frozenset({"public", "internal"}))})
    for page in (f"/order/{order['key']}", "/fallout", f"/fallout/{order['fallout']}"):
        answer = agent.get(page)
        assert answer.status_code == 200
        assert "Ada Lovelace" not in words_of(answer.text)
        assert "no free port" not in words_of(answer.text)
    assert "noPort" in words_of(agent.get(f"/order/{order['key']}").text)


def test_fallout_is_tried_again_and_corrected(admin: Browser, site: Site) -> None:
    first, second = (order_with_plan(site, line="fallout") for _ in range(2))
    assert first["fallout"] in words_of(admin.get("/fallout").text)
    assert first["fallout"] in words_of(admin.get("/").text)
    answer = admin.post("/fallout", {"verb": "retry", "chosen": [first["fallout"]]})
    assert answer.headers["location"] == "/fallout?done=retry-1"
    assert step_of(site, first["id"]) != "fallout"

    page = f"/fallout/{second['fallout']}"
    assert 'value="A-1"' in admin.get(page).text
    answer = admin.post(
        page, {"verb": "fix", "name": ["downstream", "port", ""], "value": ["500", "B-7", ""]}
    )
    assert answer.headers["location"] == f"{page}?done=fix-1"
    tried = admin.get(page).text
    assert "It is being tried again just now" in words_of(tried)
    assert 'value="retry"' not in tried
    again = admin.post(page, {"verb": "retry"})
    assert again.status_code == 409
    assert "being tried again" in words_of(again.text)
    with as_system(site.services, "tests") as work:
        plan = plan_store.read(work, second["id"])
        assert plan is not None
        step = next(one for one in plan if one.name == "Access line")
    assert step.characteristic == {"downstream": 500, "port": "B-7"}
    assert step.state != "fallout"


def test_a_reason_is_needed_to_leave_out_or_do_by_hand(admin: Browser, site: Site) -> None:
    order = order_with_plan(site, line="fallout")
    page = f"/fallout/{order['fallout']}"
    for path, form in ((page, {}), ("/fallout", {"chosen": order["fallout"]})):
        for verb in ("skip", "complete"):
            admin.get(path)
            asked = admin.post(path, {"verb": verb, **form})
            assert 'name="sure" value="yes"' in asked.text
            assert admin.post(path, {"verb": verb, "sure": "yes", **form}).status_code == 409
    assert step_of(site, order["id"]) == "fallout"
    answer = admin.post(
        "/fallout", {"verb": "skip", "chosen": order["fallout"], "note": "Ada moved out"}
    )
    assert answer.headers["location"] == "/fallout?done=skip-1"
    assert step_of(site, order["id"]) == "skipped"
    again = admin.post(page, {"verb": "complete", "note": "by hand", "sure": "yes"})
    assert again.status_code == 409
    assert "closed" in words_of(again.text)


def test_nobody_acts_on_fallout_by_reading_rights(signed_in: SignedIn, site: Site) -> None:
    order = order_with_plan(site, line="fallout")
    reader = signed_in("reader", {"*:read": Grant("all", EVERY_CLASS)})
    assert 'value="retry"' not in reader.get("/fallout").text
    for path in ("/fallout", f"/fallout/{order['fallout']}"):
        answer = reader.post(path, {"verb": "retry", "chosen": order["fallout"]})
        assert answer.status_code == 403
    assert step_of(site, order["id"]) == "fallout"


def test_parked_work_is_tried_again(admin: Browser, site: Site) -> None:
    assert "Nothing is parked" in words_of(admin.get("/parked").text)
    person = create(registry["Individual"], site.admin)
    with site.services.database.app.connection() as connection:
        row = connection.execute(
            "insert into work (kind, subject, run_at, parked_at, attempt, error) "
            "values ('tests.nothing', %s, now(), now(), 8, '<b>away</b>') returning id",
            [person["id"]],
        ).fetchone()
    html = source_of(admin.get("/parked"))
    assert "&lt;b&gt;away" in html
    assert f'href="/r/individual/{person["key"]}"' in html
    assert 'hx-get="/panel/health"' in source_of(admin.get("/"))
    assert "1 piece of work is parked" in words_of(admin.get("/panel/health").text)
    form = {"verb": "retry", "sure": "yes"}
    wrong = admin.post("/parked", {**form, "chosen": ["x", "999999"]})
    assert wrong.status_code == 409
    assert "Work 999999 is not parked any more" in words_of(wrong.text)
    answer = admin.post("/parked", {**form, "chosen": [str(row[0])]})
    assert answer.headers["location"] == "/parked?done=retry-1"
    done = words_of(admin.get("/parked?done=retry-1").text)
    assert "1 to be tried again now" in done
    assert "Nothing is parked" in done


@pytest.mark.parametrize("query", ["", "?state=dead", "?state=nosuch&before=x"])
def test_the_delivery_log_opens_empty(admin: Browser, query: str) -> None:
    answer = admin.get("/deliveries" + query)
    assert answer.status_code == 200
    assert "Nothing to show" in words_of(answer.text)


def statements_of(admin: Browser, address: str) -> list[str]:
    """Return what an answer asks the database, once the visitor is known."""
    admin.get(address)
    with counted() as sent:
        assert admin.get(address).status_code in {200, 204}
    return [one for one in sent if not one.strip().lower().startswith(BESIDE)]


@pytest.mark.parametrize("address", [
    "/fallout", "/fallout?tab=nobody&by=step", "/fallout/rows?by=state&group=[\"open\"]",
    "/fallout/new?tab=all", "/tasks", "/tasks?by=owner", "/tasks/rows?by=role&group=[\"field\"]",
    "/parked", "/", "/panel/manual", "/panel/health", "/panel/mine",
])  # fmt: skip
def test_a_queue_costs_few_statements(admin: Browser, site: Site, address: str) -> None:
    """A whole page, a group of it, and what comes later on its own: three each."""
    for _ in range(2):
        order_with_plan(site, line="fallout")
    sent = statements_of(admin, address)
    assert len(sent) <= STATEMENTS_MAX, sent


def test_a_view_of_a_queue_is_kept_shared_and_opened(admin: Browser, site: Site) -> None:
    """The same saved views as lists have: by name, as what opens, changed, and deleted."""
    order_with_plan(site, line="fallout")
    admin.get("/fallout")
    made = admin.post(
        "/fallout/views",
        {"do": "make", "name": "Nobody by step", "state": "tab=nobody&by=step", "default": "1"},
    )
    address = "/fallout?view=nobody-by-step"
    assert made.headers["location"] == address
    for page in (address, "/fallout", "/"):
        html = source_of(admin.get(page))
        assert 'aria-current="page">Nobody by step' in html
        assert 'name="by" value="step"' in html
    changed = source_of(admin.get("/fallout?tab=all&by=step&edited=nobody-by-step"))
    assert "changed" in words_of(changed)
    page = "/fallout/views/nobody-by-step"
    assert "Grouped by is Step" in words_of(admin.get(page).text)
    assert admin.post(page, {"do": "save", "name": ""}).status_code == 400
    kept = site.admin.get("/api/workspace/v1/views?resource=queue:fallout").json
    assert [one["state"] for one in kept] == ["tab=nobody&by=step"]
    assert admin.post(page, {"do": "remove"}).headers["location"] == "/fallout?view=all"
    assert admin.get(address).status_code == 404
    sent = {"resource": "queue:tasks", "name": "Mine", "state": "tab=mine"}
    by_client = site.admin.post("/api/workspace/v1/views", sent)
    assert by_client.status_code == 201
    assert "Mine" in words_of(admin.get("/tasks?view=mine").text)
    assert site.admin.delete(f"/api/workspace/v1/views/{by_client.json['id']}").status_code == 204


def given_up(site: Site, subscription: str, person: str) -> str:
    """Put a message into the line of a listener that nobody takes any more."""
    ((ident,),) = site.rows(
        "insert into work (kind, subject, lane, run_at, parked_at, attempt, error, payload) "
        "select 'deliver:' || %s || ':1', e.subject, 'delivery', now(), now(), 20, "
        "'500 from the listener', json_build_object('event', e.id) from event e "
        "where e.subject = %s::uuid limit 1 returning id", subscription, person,
    )  # fmt: skip
    return str(ident)


def test_deliveries_that_failed_are_a_queue(admin: Browser, site: Site) -> None:
    person = create(registry["Individual"], site.admin)
    listener = site.admin.post(
        "/tmf-api/party/v4/hub", {"callback": "https://billing.example/hidden/events"}
    )
    assert listener.status_code == 201
    message = given_up(site, listener.json["id"], person["id"])
    html = source_of(admin.get("/undelivered"))
    told = words_of(html)
    for word in ("billing.example", "Individual", "500 from the listener", "20 tries"):
        assert word in told
    assert "hidden" not in told
    assert f'href="/r/individual/{person["key"]}"' in html
    assert len(statements_of(admin, "/undelivered")) <= STATEMENTS_MAX
    asked = admin.post("/undelivered", {"verb": "retry", "chosen": [message, "77777"]})
    assert "acts a second time" in words_of(asked.text)
    done = admin.post("/undelivered", {"verb": "retry", "chosen": message, "sure": "yes"})
    assert done.headers["location"] == "/undelivered?done=retry-1"
    assert "Every listener gets its messages" in words_of(admin.get("/undelivered").text)
    late = admin.post("/undelivered", {"verb": "retry", "chosen": message, "sure": "yes"})
    assert late.status_code == 409
    site.rows("delete from work where id = %s returning 1", int(message))


def test_a_customer_is_told(admin: Browser, signed_in: SignedIn, site: Site) -> None:
    """By a text that is kept as data; it stands with the customer, and an event goes out."""
    order = order_with_plan(site, line="fallout")
    fallout = order["fallout"]
    assert admin.get("/fallout").status_code == 200
    asked = source_of(admin.post("/fallout", {"verb": "tell", "chosen": fallout}))
    assert "This program sends no mail" in words_of(asked)
    assert "Dear {name}" in asked
    form = {"verb": "tell", "sure": "yes", "left": fallout, "back": "/fallout"}
    empty = admin.post("/fallout", form)
    assert empty.status_code == 409
    assert "Say what the customer is to be told" in words_of(empty.text)
    form |= {"subject": "Your order {order}", "message": "Dear {name}, {step} {waits}"}
    assert admin.post("/fallout", form).headers["location"] == "/fallout?done=tell-1"
    path = "/tmf-api/communicationManagement/v4/communicationMessage"
    (sent,) = site.admin.get(path).json
    assert sent["subject"] == f"Your order {order['key']}"
    assert sent["content"] == "Dear Ada Lovelace, Access line {waits}"
    assert sent["state"] == "initial"
    customer = sent["receiver"][0]["party"]
    assert customer["role"] == "customer"
    told = words_of(admin.get(f"/r/customer/{customer['id']}/timeline").text)
    assert f"Customer message {sent['key']} Initial" in told
    ((event,),) = site.rows("select kind from event where subject = %s", sent["id"])
    assert event == "created"
    reported = site.admin.patch(f"{path}/{sent['id']}", {"state": "completed"})
    assert reported.json["state"] == "completed"
    both = {"verb": "assign", "sure": "yes", "left": fallout, "assignee": "me", "tell": "yes",
            "due": "2030-01-01T17:00", "subject": "So", "message": "far"}  # fmt: skip
    assert admin.post("/fallout", both).headers["location"] == "/fallout?done=assign-1"
    assert len(site.admin.get(path).json) == 2
    silent = {**both, "tell": ""}
    assert admin.post("/fallout", silent).headers["location"] == "/fallout?done=assign-1"
    assert len(site.admin.get(path).json) == 2
    reader = signed_in("tell-reader", {"*:read": Grant("all", EVERY_CLASS)})
    reader.get("/fallout")
    assert reader.post("/fallout", form).status_code == 403


def test_texts_for_messages_are_data(site: Site) -> None:
    path = "/api/workspace/v1/messageText"

    def put(name: str, said: dict[str, str]) -> Any:
        return site.admin.call("PUT", f"{path}/{name}", said)

    names = [one["name"] for one in site.admin.get(path).json]
    assert [*dict.fromkeys(names)] == [
        "delay", "question", "solved", "outage-begins", "outage-over", "request-late",
        "request-moved", "promise-withdrawn",
    ]  # fmt: skip
    text = {"title": "Storm", "subject": "A storm", "content": "Dear {name}, it storms."}
    assert put("storm", text).status_code == 200
    assert put("storm", {**text, "title": "Gale"}).status_code == 200
    assert site.admin.get(path).json[-1]["title"] == "Gale"
    wrong = put("Storm!", {**text, "subject": ""})
    assert {one["path"] for one in wrong.json["fault"]} == {"name", "subject"}
    site.role("texts-reader", {"*:read": Grant("all", EVERY_CLASS)})
    clerk = site.user("texts-clerk", roles=["texts-reader"], scopes=("*:read",))
    assert clerk.call("PUT", f"{path}/storm", text).status_code == 403
    assert site.admin.delete(f"{path}/storm").status_code == 204
    assert site.admin.delete(f"{path}/storm").status_code == 404


def test_own_tasks_are_a_queue(admin: Browser, site: Site) -> None:
    """Ticked off, given a day, given back to somebody and removed, one or many at once."""
    admin.get("/my-tasks")
    for title, due in (("Ring Ada", "2020-01-01"), ("Order cable", "2099-01-01"), ("Think", "")):
        made = admin.post("/my-tasks", {"title": title, "due": due})
        assert made.headers["location"] == "/my-tasks?done=made-1"
    ids = dict(site.rows("select due::text, id::text from staff_task where done_at is null"))
    html = source_of(admin.get("/my-tasks"))
    told = words_of(html)
    places = [told.index(one) for one in ("Overdue", "Ring Ada", "Later", "Order cable", "Think")]
    assert places == sorted(places)
    assert f'id="row-{ids["2020-01-01"]}"' in html
    assert len(statements_of(admin, "/my-tasks")) <= STATEMENTS_MAX
    late = words_of(admin.get("/my-tasks?tab=overdue").text)
    assert "Ring Ada" in late
    assert "Order cable" not in late
    done = admin.post("/my-tasks", {"only": f"done {ids['2020-01-01']}", "back": "/my-tasks"})
    assert done.headers["location"] == "/my-tasks?done=done-1"
    assert "done by Admin" in words_of(admin.get("/my-tasks?tab=done").text)
    many = {"verb": "due", "sure": "yes", "due": "2020-02-02T17:00",
            "chosen": [ids["2099-01-01"], ids[None]]}  # fmt: skip
    assert admin.post("/my-tasks", many).headers["location"] == "/my-tasks?done=due-2"
    assert admin.get("/my-tasks?tab=overdue").text.count('name="chosen"') == 2
    gone = {"verb": "remove", "sure": "yes", "chosen": list(ids.values())}
    assert admin.post("/my-tasks", gone).headers["location"] == "/my-tasks?done=remove-3"
    assert "Nothing to do" in words_of(admin.get("/my-tasks").text)


def test_the_facts_of_a_fallout_name_its_step_and_lead_to_it(admin: Browser, site: Site) -> None:
    order = order_with_plan(site, line="fallout")
    html = source_of(admin.get(f"/r/fallout/{order['fallout']}"))
    assert "Plan item number" not in words_of(html)
    assert "Step Access line" in words_of(html)
    address = re.search(rf'href="(/order/{order["key"]}\?step=[0-9a-f-]+)"', html)
    assert address is not None, "the step is a link into the plan"
    assert admin.get(address[1]).status_code == 200
