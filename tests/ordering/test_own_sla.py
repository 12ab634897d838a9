"""The service level of a single step: warned of, broken, told to a role, and stopped on hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site
from trunkline.kernel.actor import Grant
from trunkline.ordering.jeopardy.follow import follow

OWN = "/api/ordering/v1"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
MINUTE = 60
BREAK_OFF = """
create function break_off() returns trigger language plpgsql as
$$ begin raise exception 'the process was killed'; end $$;
create trigger break_off before insert on notification for each row execute function break_off();
"""
AGREED = {"minutes": 60, "warnPercent": 50, "breachLevel": "critical", "escalateTo": "duty"}


@pytest.fixture
def duty(shop: Shop) -> None:
    """Somebody who is on duty."""
    shop.site.role("duty", {"portal:visit": Grant("own")})
    shop.site.user("onduty", roles=["duty"], scopes=("portal:visit",))


@pytest.fixture
def agreed(shop: Shop) -> Iterator[None]:
    """A plan by which a survey comes before the fibre, with a service level of its own."""
    item = {"id": "survey", "title": "Survey", "kind": "manual", "sla": AGREED}
    made = make(shop, "planDefinition", {"code": "surveyed", "name": "Surveyed", "item": [item]})
    path = f"{OWN}/planDefinition/{made['id']}"
    assert shop.site.admin.patch(path, {"lifecycleStatus": "published"}).status_code == 200
    cells = [{"input": "specification", "value": ["Fibre Access"]}]
    row = {"cell": cells, "result": "surveyed"}
    table = make(shop, "decisionTable", {"name": "Plans", "isOn": True, "row": [row]})
    ((before,),) = shop.site.rows("select offset_s from clock")
    yield
    ((now,),) = shop.site.rows("select offset_s from clock")
    shop.site.move_clock(before - now)
    shop.site.admin.patch(f"{OWN}/decisionTable/{table['id']}", {"isOn": False})


def make(shop: Shop, path: str, body: dict[str, Any]) -> dict[str, Any]:
    made = shop.site.admin.post(f"{OWN}/{path}", body)
    assert made.status_code == 201, made.json
    found: dict[str, Any] = made.json
    return found


def after(shop: Shop, minutes: int) -> None:
    shop.site.move_clock(minutes * MINUTE)
    for _ in range(3):
        follow(shop.site.services)


def level(shop: Shop, order: str) -> str:
    found = shop.site.admin.get(f"{OWN}/productOrder/{order}/plan")
    assert found.status_code == 200, found.json
    return "".join(str(one.get("jeopardyLevel") or "") for one in found.json["item"]
                   if one["kind"] == "manual")  # fmt: skip


def told(shop: Shop) -> int:
    ((found,),) = shop.site.rows("select count(*) from notification")
    return int(found)


@pytest.mark.usefixtures("duty", "agreed")
def test_a_breach_is_told_once_to_the_role_that_the_step_names(shop: Shop) -> None:
    """At half of its time the step is warned of, after all of it who is on duty is told: once,
    and not while the order was on hold."""
    order = shop.order(shop.fibre())
    shop.site.work()
    before = told(shop)
    after(shop, 20)
    assert level(shop, order) == "none"
    after(shop, 15)
    assert (level(shop, order), told(shop)) == ("medium", before)
    state(shop, order, "held")
    after(shop, 600)
    assert told(shop) == before
    state(shop, order, "inProgress")
    after(shop, 20)
    assert (level(shop, order), told(shop)) == ("medium", before)
    after(shop, 10)
    assert (level(shop, order), told(shop)) == ("critical", before + 1)
    after(shop, 120)
    assert told(shop) == before + 1


@pytest.mark.usefixtures("duty", "agreed")
def test_a_breach_is_told_though_telling_broke_off(shop: Shop, site: Site) -> None:
    """That it was told stands with what was told, or not at all: the next look tells it, once."""
    shop.order(shop.fibre())
    shop.site.work()
    before = told(shop)
    with psycopg.connect(site.dsn, autocommit=True) as owner:
        owner.execute(BREAK_OFF)
        after(shop, 70)
        owner.execute("drop trigger break_off on notification; drop function break_off()")
    assert told(shop) == before
    for _ in range(2):
        after(shop, 2)
        assert told(shop) == before + 1


def state(shop: Shop, order: str, to: str) -> None:
    assert shop.site.admin.patch(f"{ORDER}/{order}", {"state": to}).status_code == 200
    shop.site.work()
