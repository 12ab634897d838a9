"""The order's plan and the lists of work: what they show, and what can be done from them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.program import Site
from tests.support.samples import create
from tests.web.browser import Browser, source_of, words_of
from tests.web.plans import order_with_plan
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.kernel.resource import registry
from trunkline.kernel.work import as_system
from trunkline.ordering import plan_store

SignedIn = Callable[..., Browser]


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
