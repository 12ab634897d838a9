"""Manual tasks for programs: found, taken on, given back, and only those of orders in reach."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Client, Site
from trunkline.kernel.actor import EVERY_CLASS, Grant

TASK = "/api/ordering/v1/task"
COMPLETE = "ordering:completeTask"
WHOLE, OWN = Grant("all", EVERY_CLASS), Grant("own", EVERY_CLASS)


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    return Shop.open(site)


def one_who(site: Site, login: str, permissions: dict[str, Grant], **more: str) -> Client:
    """Return the client of a user with these rights."""
    role = site.role(f"of-{login}", permissions)
    return site.user(login, roles=[role], scopes=tuple(permissions), **more)


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.json
    return [one["id"] for one in answer.json]


def test_tasks_are_found_and_paged(shop: Shop) -> None:
    """By role, order, who has it and due date; soonest due first, a page after the other."""
    made = [shop.visit() for _ in range(3)]
    tasks = [task for _, task in made]
    admin = shop.site.admin
    for day, task in enumerate(tasks, start=1):
        shop.site.rows(
            "update plan_item set due_at = %s, role = 'night' where id = %s returning 1",
            f"2031-01-0{day}T00:00:00Z", task,
        )  # fmt: skip
    first = admin.get(f"{TASK}?role=night&limit=2")
    assert ids(first) == tasks[:2]
    assert first.headers["X-Total-Count"] == "3"
    assert first.json[0]["order"]["id"] == made[0][0]
    assert first.json[0]["dueAt"] == "2031-01-01T00:00:00.000Z"
    following = re.match(r'<[^>]*?(/api/[^>]+)>; rel="next"', first.headers["Link"])
    assert following is not None
    second = admin.get(following.group(1))
    assert ids(second) == tasks[2:]
    assert "Link" not in second.headers
    key = shop.read(made[1][0])["key"]
    assert ids(admin.get(f"{TASK}?order={key}")) == [tasks[1]]
    assert ids(admin.get(f"{TASK}?order=ORD999999")) == []
    due = "dueAt.gte=2031-01-02&dueAt.lt=2031-01-03"
    assert ids(admin.get(f"{TASK}?{due}")) == [tasks[1]]
    for wrong in ("dueAt.lt=soon", "after=nothing", f"after={shop.customer}", "colour=red"):
        assert admin.get(f"{TASK}?{wrong}").status_code == 400


def test_a_task_is_claimed_by_one(shop: Shop) -> None:
    """Claiming twice changes nothing, another is refused, and whoever did it may report it."""
    order, task = shop.visit()
    admin, crew = shop.site.admin, one_who(shop.site, "crew", {COMPLETE: WHOLE})
    claimed = crew.post(f"{TASK}/{task}/claim", {})
    assert claimed.status_code == 200, claimed.json
    assert claimed.json["claimedBy"]["name"] == "Crew"
    assert crew.post(f"{TASK}/{task}/claim", {}).json["claimedAt"] == claimed.json["claimedAt"]
    refused = admin.post(f"{TASK}/{task}/claim", {})
    assert (refused.status_code, refused.json["code"]) == (409, "conflictTaskClaimed")
    assert ids(crew.get(f"{TASK}?claimedBy=me")) == [task]
    assert ids(admin.get(f"{TASK}?claimedBy={claimed.json['claimedBy']['id']}")) == [task]
    assert task not in ids(admin.get(f"{TASK}?claimedBy=nobody"))
    assert "claimedBy" not in admin.post(f"{TASK}/{task}/release", {}).json
    assert admin.post(f"{TASK}/{task}/release", {}).status_code == 200
    assert task in ids(admin.get(f"{TASK}?claimedBy=nobody"))
    crew.post(f"{TASK}/{task}/claim", {})
    done = admin.post(f"{TASK}/{task}/complete", {"evidence": "photo 7"})
    assert done.json["state"] == "completed"
    for verb in ("claim", "release"):
        gone = crew.post(f"{TASK}/{task}/{verb}", {})
        assert (gone.status_code, gone.json["code"]) == (409, "conflictTaskState")
    shop.site.work()
    assert shop.read(order)["state"] == "completed"
    assert crew.post(f"{TASK}/{shop.customer}/claim", {}).status_code == 404


def test_only_tasks_of_orders_in_reach(shop: Shop) -> None:
    """Who reaches only what is their own sees and takes no task of another's order."""
    order, task = shop.visit()
    site = shop.site
    ((owner,),) = site.rows("select owner::text from plan_item where id = %s", task)
    theirs = one_who(site, "theirs", {COMPLETE: OWN}, party=owner)
    stranger = one_who(site, "nobody", {COMPLETE: OWN})
    reader = one_who(site, "reader", {"*:read": WHOLE})
    assert ids(theirs.get(f"{TASK}?order={order}")) == [task]
    assert ids(stranger.get(TASK)) == []
    assert stranger.get(TASK).headers["X-Total-Count"] == "0"
    assert reader.get(TASK).status_code == 403
    for verb in ("claim", "release", "complete"):
        body = {"evidence": "done"} if verb == "complete" else {}
        assert stranger.post(f"{TASK}/{task}/{verb}", body).status_code == 404
        assert reader.post(f"{TASK}/{task}/{verb}", body).status_code == 403
    assert theirs.post(f"{TASK}/{task}/claim", {}).json["claimedBy"]["name"] == "Theirs"
