"""Manual tasks in the browser: the list of what waits, the report, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site
from tests.web.browser import Browser, source_of, words_of
from tests.web.test_worklists import STATEMENTS_MAX, statements_of
from trunkline.demo import blueprint
from trunkline.kernel.actor import EVERY_CLASS, Grant

SignedIn = Callable[..., Browser]


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    """A shop whose installers are asked how many sockets they have mounted."""
    installation = blueprint.SERVICES["On-site Installation"]
    asked = [*installation["characteristics"], blueprint.free("sockets", "integer", mandatory=True)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(installation, "characteristics", asked)
        return Shop.open(site)


def state_of(shop: Shop, task: str) -> str:
    return str(shop.site.rows("select state from plan_item where id = %s", task)[0][0])


def test_a_task_is_reported_with_its_values(shop: Shop, admin: Browser) -> None:
    """The list shows it with role, order and due date; errors stand at their fields."""
    order, task = shop.visit()
    key = shop.read(order)["key"]
    listed = source_of(admin.get("/tasks"))
    assert f'href="/tasks/{task}"' in listed
    assert f'href="/order/{key}"' in listed
    assert "Field" in words_of(listed)
    assert 'hx-get="/panel/manual"' in source_of(admin.get("/"))
    assert "manual task" in words_of(admin.get("/panel/manual").text)
    assert admin.get("/panel/nosuch").status_code == 404
    page = f"/tasks/{task}"
    assert "Sockets required" in words_of(admin.get(page).text)
    assert f'hx-get="/r/productOrder/{key}/reach"' in source_of(admin.get(page))

    answer = admin.post(page, {"name": ["sockets", ""], "value": ["many", ""], "note": "photo 12"})
    assert answer.status_code == 400
    html = source_of(answer)
    assert 'value="many"' in html
    assert 'value="photo 12"' in html
    assert "sockets must be a whole number" in words_of(html)
    assert html.count('aria-invalid="true"') == 1
    answer = admin.post(page, {"name": ["sockets"], "value": [""], "note": "photo 12"})
    assert "sockets is missing" in words_of(answer.text)
    answer = admin.post(page, {"name": ["sockets"], "value": [""], "note": ""})
    assert answer.status_code == 400
    assert "what was done" in words_of(answer.text)
    assert state_of(shop, task) == "ready"

    form = {"name": ["sockets", "wall"], "value": ["2", "left"], "note": "photo 12"}
    assert admin.post(page, form).headers["location"] == "/tasks?done=complete-1"
    ((answered,),) = shop.site.rows("select answer from plan_item where id = %s", task)
    assert answered["characteristic"] == {"sockets": 2, "wall": "left"}
    assert (answered["evidence"], answered["by"]) == ("photo 12", "Admin")
    assert page not in source_of(admin.get("/tasks"))
    assert "photo 12" in words_of(admin.get(page).text)
    shop.site.work()
    assert shop.read(order)["state"] == "completed"


def test_the_same_holds_for_a_report_by_the_interface(shop: Shop) -> None:
    _, task = shop.visit()
    path = f"/api/ordering/v1/task/{task}/complete"
    wrong = {"evidence": "done", "characteristic": [{"name": "sockets", "value": "many"}]}
    for body in (wrong, {"evidence": "done"}):
        answer = shop.site.admin.post(path, body)
        assert answer.status_code == 400
        assert [one["path"] for one in answer.json["fault"]] == ["characteristic.sockets"]
    right = {"characteristic": [{"name": "sockets", "value": 3}]}
    assert shop.site.admin.post(path, right).status_code == 200


def test_the_plan_of_an_order_has_the_form(shop: Shop, admin: Browser) -> None:
    order, task = shop.visit()
    page = f"/order/{shop.read(order)['key']}"
    html = source_of(admin.get(page))
    assert f'action="/tasks/{task}"' in html
    form = {"name": "sockets", "value": "2", "note": "seen", "back": page}
    answer = admin.post(f"/tasks/{task}", form)
    assert answer.headers["location"] == f"{page}?done=tasks-1"
    assert "Reported as done" in words_of(admin.get(f"{page}?done=tasks-1").text)
    form["back"] = "https://evil.example"
    _, other = shop.visit()
    answer = admin.post(f"/tasks/{other}", form)
    assert answer.headers["location"].startswith("/")


def test_many_are_reported_with_one_note(shop: Shop, admin: Browser) -> None:
    """Those that need values stay, and it is said why."""
    tasks = [shop.visit()[1] for _ in range(2)]
    report = {"verb": "complete", "sure": "yes", "chosen": tasks}
    answer = admin.post("/tasks", report)
    assert answer.status_code == 409
    assert "Say how" in words_of(answer.text)
    answer = admin.post("/tasks", {"verb": "complete", "chosen": tasks, "note": "all mounted"})
    assert "Report as done 2" in words_of(answer.text)
    answer = admin.post("/tasks", {**report, "note": "all mounted"})
    assert answer.status_code == 409
    assert words_of(answer.text).count("Sockets is missing") == 2
    shop.site.rows(
        "update plan_item set wants = null where id = any(%s::uuid[]) returning 1", tasks
    )
    answer = admin.post("/tasks", {**report, "note": "all mounted"})
    assert answer.headers["location"] == "/tasks?done=complete-2"
    assert "2 reported as done" in words_of(admin.get("/tasks?done=complete-2").text)
    assert {state_of(shop, one) for one in tasks} == {"completed"}


def test_tasks_are_grouped_and_those_due_stand_first(shop: Shop, admin: Browser) -> None:
    (_, first), (_, second), (_, third) = shop.visit(), shop.visit(), shop.visit()
    shop.site.rows(
        "update plan_item set role = 'vault', due_at = now() - interval '1 day', "
        "started_at = now() - interval '2 days' where id = any(%s::uuid[]) returning 1",
        [second, third],
    )
    shop.site.rows(
        "update plan_item set due_at = now() - interval '3 days' where id = %s returning 1", third
    )
    html = source_of(admin.get("/tasks"))
    assert html.index(f"/tasks/{third}") < html.index(f"/tasks/{second}")
    assert f"/tasks/{first}" not in html  # its group is closed
    assert "Overdue" in words_of(html)
    assert "2 overdue" in words_of(html)
    late = source_of(admin.get("/tasks?tab=overdue&by=task"))
    assert f"/tasks/{third}" in late
    assert f"/tasks/{first}" not in late
    rows = source_of(admin.get('/tasks/rows?by=role&group=["vault"]'))
    assert f"/tasks/{second}" in rows
    assert "<html" not in rows
    assert admin.get("/tasks?by=nosuch&tab=nosuch").status_code == 200
    assert admin.get("/tasks?group=x").status_code == 400
    peek = words_of(admin.get(f"/tasks/{third}/peek").text)
    assert "Report as done" in peek
    shop.site.rows(
        "update plan_item set role = %s, started_at = now() where role = 'vault' returning 1",
        shop.site.rows("select role from plan_item where id = %s", first)[0][0],
    )


def test_only_those_with_the_permission_report(shop: Shop, signed_in: SignedIn) -> None:
    _, task = shop.visit()
    reader = signed_in("tasks-reader", {"*:read": Grant("all", EVERY_CLASS)})
    for page in ("/tasks", f"/tasks/{task}"):
        html = source_of(reader.get(page))
        assert task in html
        assert '<form method="post" action="/tasks' not in html
    assert reader.post(f"/tasks/{task}", {"note": "done"}).status_code == 403
    form = {"verb": "complete", "chosen": task, "note": "done"}
    assert reader.post("/tasks", form).status_code == 403
    crew = signed_in("crew", {"ordering:completeTask": Grant("all", EVERY_CLASS)})
    assert 'href="/tasks"' in source_of(crew.get("/"))
    assert crew.get(f"/tasks/{task}").status_code == 200
    clerk = signed_in("tasks-clerk", {"catalog:read": Grant("all", EVERY_CLASS)})
    assert clerk.get("/tasks").status_code == 403
    assert clerk.get(f"/tasks/{task}").status_code == 403
    own = signed_in("tasks-own", {"ordering:completeTask": Grant("own", EVERY_CLASS)})
    assert own.get("/tasks").status_code == 200
    assert task not in source_of(own.get("/tasks"))
    assert own.post(f"/tasks/{task}", {"note": "done"}).status_code == 404
    assert state_of(shop, task) == "ready"
    done = {"name": "sockets", "value": "1"}
    assert crew.post(f"/tasks/{task}", done).headers["location"] == "/tasks?done=complete-1"


def test_who_has_a_task_is_seen_by_all(shop: Shop, admin: Browser, signed_in: SignedIn) -> None:
    """Taken on once; another sees who has it, may give it back, and may report it all the same."""
    order, task = shop.visit()
    other = shop.visit()[1]
    crew = signed_in("crew-two", {"ordering:completeTask": Grant("all", EVERY_CLASS)})
    page = f"/tasks/{task}"
    crew.get(page)
    assert crew.post(page, {"verb": "claim"}).headers["location"] == f"{page}?done=claim-1"
    assert "You have taken this on" in words_of(crew.get(page).text)
    assert task in source_of(crew.get("/tasks?tab=mine"))
    assert other not in source_of(crew.get("/tasks?tab=mine"))
    assert task not in source_of(admin.get("/tasks?tab=mine"))
    unclaimed = source_of(admin.get("/tasks?tab=nobody"))
    assert task not in unclaimed
    assert other in unclaimed
    assert "Crew-Two has taken this on" in words_of(admin.get(page).text)
    assert "Taken on by Crew-Two" in words_of(admin.get(f"/order/{shop.read(order)['key']}").text)
    refused = admin.post("/tasks", {"verb": "claim", "sure": "yes", "chosen": [task, other]})
    assert refused.status_code == 409
    assert "Crew-Two has" in words_of(refused.text)
    assert other in source_of(admin.get("/tasks?tab=mine"))
    assert admin.post(page, {"verb": "claim"}).status_code == 409
    answer = admin.post("/tasks", {"verb": "release", "sure": "yes", "chosen": [task, other]})
    assert answer.headers["location"] == "/tasks?done=release-2"
    assert task in source_of(admin.get("/tasks?tab=nobody"))
    assert admin.post(page, {"verb": "nosuch"}).status_code == 400


def test_what_is_no_task_is_not_found(shop: Shop, admin: Browser) -> None:
    for ident in ("nothing", shop.customer):
        assert admin.get(f"/tasks/{ident}").status_code == 404
        assert admin.post(f"/tasks/{ident}", {"note": "done"}).status_code == 404


def test_a_task_gets_a_due_date(shop: Shop, admin: Browser) -> None:
    """Set on its page, of many at once, and by clients; what is late stands under Overdue."""
    tasks = [shop.visit()[1] for _ in range(2)]
    first, second = tasks
    asked = admin.post(f"/tasks/{first}", {"verb": "due"})
    assert 'name="due"' in asked.text
    form = {"verb": "due", "sure": "yes", "due": "2020-05-01T17:00", "left": first,
            "back": f"/tasks/{first}"}  # fmt: skip
    done = admin.post("/tasks", form)
    assert done.headers["location"] == f"/tasks/{first}?done=due-1"
    assert "Due date set for 1" in words_of(admin.get(done.headers["location"]).text)
    late = source_of(admin.get("/tasks?tab=overdue"))
    assert first in late
    assert second not in late
    many = {"verb": "due", "sure": "yes", "due": "2020-04-01T17:00", "chosen": tasks}
    assert admin.post("/tasks", many).headers["location"] == "/tasks?done=due-2"
    assert admin.post("/tasks", {**many, "due": "soon"}).status_code == 400
    path = f"/api/ordering/v1/task/{second}/due"
    assert shop.site.admin.post(path, {"dueAt": "2020-03-01T10:00:00Z"}).status_code == 200
    late = source_of(admin.get("/tasks?tab=overdue"))
    assert late.index(second) < late.index(first)
    assert shop.site.admin.post(path, {"dueAt": "soon"}).status_code == 400
    assert shop.site.admin.post(path, {"dueAt": None}).status_code == 200
    assert second not in source_of(admin.get("/tasks?tab=overdue"))


def test_the_queue_of_tasks_costs_few_statements(shop: Shop, admin: Browser) -> None:
    shop.visit()
    for address in ("/tasks", "/tasks?tab=nobody&by=task", "/tasks/rows?by=role&group=[\"field\"]",
                    "/panel/manual"):  # fmt: skip
        sent = statements_of(admin, address)
        assert len(sent) <= STATEMENTS_MAX, sent
