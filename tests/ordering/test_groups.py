"""Order groups: orders that are to be done together by one date."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ordering.dated import ORDER, OWN, follow_dates, make
from tests.ordering.scripted import Shop, refused
from tests.support.program import Site

GROUP = f"{OWN}/orderGroup"
DAY, LATER = "2099-05-01T00:00:00.000Z", "2099-06-01T00:00:00.000Z"


def group_of(site: Site, *orders: str, **more: Any) -> dict[str, Any]:
    listed = [{"id": one, "@referredType": "ProductOrder"} for one in orders]
    return make(site, "orderGroup", name="New branch", productOrder=listed,
                requestedCompletionDate=DAY, **more)  # fmt: skip


def read(site: Site, group: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = site.admin.get(f"{GROUP}/{group['id']}").json
    return found


@pytest.mark.accepts("TAM-CO-04")
def test_orders_of_a_group_have_one_due_date(shop: Shop, site: Site) -> None:
    """The date is set once, at the group, and each of its orders has it and keeps it; moved there
    it moves for all that are still open. The group is where its orders are, and one that is in
    danger puts the group in danger, by name. An order that is taken out has a date of its own."""
    other = Shop.open(site)
    other.network.script["Fibre Access"] = [refused]
    slow, quick = shop.order(shop.fibre("1")), other.order(other.voice("1"))
    group = group_of(site, slow, quick)
    assert group["state"] == "open"
    site.work()
    assert {shop.read(one)["requestedCompletionDate"] for one in (slow, quick)} == {DAY}
    assert (shop.read(slow)["state"], shop.read(quick)["state"]) == ("inProgress", "completed")
    assert read(site, group)["state"] == "inProgress"
    own = site.admin.patch(f"{ORDER}/{slow}", {"requestedCompletionDate": LATER})
    assert [one["code"] for one in own.json["fault"]] == ["conflictGroupDate"]

    moved = site.admin.patch(f"{GROUP}/{group['id']}", {"requestedCompletionDate": LATER})
    assert moved.status_code == 200, moved.json
    site.work()
    dates = [shop.read(one)["requestedCompletionDate"] for one in (slow, quick)]
    assert dates == [LATER, DAY]  # what is done was done by the date of then
    follow_dates(site)
    assert "jeopardyLevel" not in read(site, group)

    near = "2020-01-01T00:00:00.000Z"
    assert site.admin.patch(
        f"{GROUP}/{group['id']}", {"requestedCompletionDate": near}
    ).status_code == 200  # fmt: skip
    site.work()
    follow_dates(site)
    threatened = read(site, group)
    assert threatened["jeopardyLevel"] == shop.read(slow)["jeopardyLevel"] == "critical"
    assert [one["id"] for one in threatened["threatenedBy"]] == [slow]

    (fallout,) = site.admin.get(f"{OWN}/fallout?productOrder.id={slow}&state=open").json
    assert site.admin.post(f"{OWN}/fallout/{fallout['id']}/retry").status_code == 200
    site.work()
    follow_dates(site)
    done = read(site, group)
    assert (done["state"], done["jeopardyLevel"]) == ("completed", "none")
    assert "threatenedBy" not in done


def test_an_order_is_in_one_group_and_may_leave_it(shop: Shop, site: Site) -> None:
    first, second = shop.order(shop.voice("1")), shop.order(shop.voice("1"))
    group = group_of(site, first, second)
    site.work()
    twice = site.admin.post(GROUP, {"name": "Other", "productOrder": [{"id": first}]})
    assert [one["code"] for one in twice.json["fault"]] == ["conflictGrouped"]
    left = site.admin.patch(f"{GROUP}/{group['id']}", {"productOrder": [{"id": first}]})
    assert left.status_code == 200, left.json
    site.work()
    assert "orderGroup" not in shop.read(second)
    assert shop.read(first)["orderGroup"]["id"] == group["id"]
    assert read(site, group)["state"] == "completed"


def test_a_group_is_not_due_before_its_orders_start(shop: Shop, site: Site) -> None:
    order = shop.order(shop.voice("1"), requestedStartDate="2099-05-15T00:00:00.000Z")
    answer = site.admin.post(GROUP, {
        "name": "Too early", "requestedCompletionDate": DAY, "productOrder": [{"id": order}]
    })  # fmt: skip
    assert [(one["code"], one["path"]) for one in answer.json["fault"]] == [
        ("endsBeforeStart", "requestedCompletionDate")
    ]
