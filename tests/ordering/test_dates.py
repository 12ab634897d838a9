"""Dates of orders: what was planned, what is expected, and who is told that it will be late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from tests.ordering.dated import (
    ORDER,
    OWN,
    VISIT,
    far,
    follow_dates,
    level_of,
    make,
    moment,
    plan_of,
    step,
    visited,
)
from tests.ordering.scripted import Shop
from tests.support.program import Site
from trunkline.kernel.actor import Grant
from trunkline.kernel.work import as_system
from trunkline.ordering.jeopardy.follow import CLAIM, FORGET, follow
from trunkline.ordering.jeopardy.outlook import pause_after
from trunkline.ordering.product_order import OrderInternalState, ProductOrder

VIENNA = ZoneInfo("Europe/Vienna")


@pytest.fixture(autouse=True)
def own_time(site: Site) -> None:
    with site.services.database.app.connection() as connection:
        connection.execute("update clock set offset_s = 0")
        connection.execute("delete from plan_outlook")


@pytest.mark.accepts("JEO-01")
def test_all_tasks_have_dates_and_the_order_is_expected_by_them(shop: Shop, site: Site) -> None:
    """Every step has a planned start and end that follow those of what it needs; the order and
    its line are expected when the last of them ends."""
    order = visited(shop)
    follow_dates(site)
    items = plan_of(shop, order)
    by_id = {one["id"]: one for one in items}
    for one in items:
        if one["state"] in ("completed", "skipped"):
            continue
        assert one["plannedAt"] <= one["plannedEndAt"], one
    found = site.admin.get(f"{OWN}/productOrder/{order}/plan").json
    for pair in found["dependency"]:
        first, then = by_id[pair["needs"]], by_id[pair["item"]]
        if "plannedEndAt" in first and "plannedAt" in then:
            assert first["plannedEndAt"] <= then["plannedAt"], (first, then)
    last = max(moment(one["estimatedEnd"]) for one in items)
    read = shop.read(order)
    expected = moment(read["expectedCompletionDate"])
    assert timedelta() <= last - expected < timedelta(minutes=2)
    assert read["productOrderItem"][0]["expectedCompletionDate"] == read["expectedCompletionDate"]
    assert "jeopardyLevel" not in read


@pytest.mark.accepts("JEO-02")
def test_a_late_task_moves_all_that_follows(shop: Shop, site: Site) -> None:
    """The technician does not come: what follows, the line and the order are expected later, the
    planned dates stay, the level rises and is told by an event."""
    order = visited(shop)
    follow_dates(site)
    before, planned = shop.read(order), step(shop, order, VISIT)
    site.move_clock(6 * 3600)
    follow_dates(site)
    after = shop.read(order)
    late = step(shop, order, VISIT)
    assert late["isLate"]
    assert (late["plannedAt"], late["plannedEndAt"]) == (
        planned["plannedAt"], planned["plannedEndAt"],
    )  # fmt: skip
    moved = moment(after["expectedCompletionDate"]) - moment(before["expectedCompletionDate"])
    assert timedelta(hours=3) < moved < timedelta(hours=6, minutes=5)
    assert after["productOrderItem"][0]["expectedCompletionDate"] == after["expectedCompletionDate"]
    assert after["jeopardyLevel"] == after["productOrderItem"][0]["jeopardyLevel"] == "critical"
    events = site.admin.get(
        "/tmf-api/event/v4/event",
        query_string=f"subject={order}&eventType=ProductOrderAttributeValueChangeEvent",
    ).json
    assert any(one["event"]["productOrder"].get("jeopardyLevel") == "critical" for one in events)


@pytest.mark.accepts("JEO-02")
def test_what_stands_still_is_as_late_as_it_is(shop: Shop, site: Site) -> None:
    """While nobody comes, the order and its line are expected later with each minute that passes,
    as the plan says; only what stands still for hours lags behind, by a sixtieth of that."""
    order = visited(shop)
    follow_dates(site)
    due = moment(step(shop, order, VISIT)["dueAt"])
    site.move_clock(int((due - datetime.now(UTC)).total_seconds()))
    for _ in range(14):
        site.move_clock(60)
        follow(site.services)
    ends = [moment(one["estimatedEnd"]) for one in plan_of(shop, order) if "estimatedEnd" in one]
    read = shop.read(order)
    for one in (read, read["productOrderItem"][0]):
        lag = max(ends) - moment(one["expectedCompletionDate"])
        assert timedelta() <= lag <= timedelta(minutes=2), lag
    pauses = [pause_after(looks) for looks in range(200)]
    elapsed = timedelta()
    for pause in pauses:
        assert pause <= max(timedelta(minutes=1), elapsed / 59)
        elapsed += pause
    assert pause_after(10**9) == timedelta(minutes=15)


@pytest.mark.accepts("JEO-03", "JEO-08")
def test_levels_and_thresholds_are_data(shop: Shop, site: Site) -> None:
    """A promise in four hours is held by a visit of two; by a policy about what is sold it is
    in danger all the same, for the customers of a segment in greater danger, and for others who
    order something else it is not. A promise that the plan cannot hold is told at once, hours
    before it is broken."""
    promised = {"committedCompletionDate": far(4)}
    fibre = make(site, "deliveryPolicy", name="Fibre", position=20, specification=["Fibre 1G"],
                 lineThreshold=[{"percent": -60, "level": "medium"}])  # fmt: skip
    order = visited(shop, **promised)
    follow_dates(site)
    assert level_of(shop, order) == "medium"
    segment = make(
        site, "deliveryPolicy", name="Gold", position=10, customerSegment=["premium"],
        lineThreshold=[{"percent": -60, "level": "high"}], taskThreshold=[
            {"percent": 1, "level": "critical"}],
    )  # fmt: skip
    customer = f"/tmf-api/customerManagement/v4/customer/{shop.customer}"
    assert site.admin.patch(customer, {"customerSegment": "premium"}).status_code == 200
    golden = visited(shop, **promised)
    follow_dates(site)
    assert level_of(shop, golden) == "high"
    own = make(site, "deliveryPolicy", name="Hers", position=5,
               customer=[{"id": shop.customer}],
               lineThreshold=[{"percent": -60, "level": "low"}])  # fmt: skip
    hers = visited(shop, **promised)
    follow_dates(site)
    assert level_of(shop, hers) == "low"
    people = make(site, "deliveryPolicy", name="People", position=1, taskKind=["manual"],
                  taskThreshold=[{"percent": 25, "level": "critical"}])  # fmt: skip
    site.move_clock(40 * 60)
    assert step(shop, hers, VISIT)["jeopardyLevel"] == "critical"
    assert site.admin.delete(f"{OWN}/deliveryPolicy/{people['id']}").status_code == 204
    assert step(shop, hers, VISIT)["jeopardyLevel"] == "none"
    site.move_clock(-40 * 60)
    for made in (fibre, segment, own):
        assert site.admin.delete(f"{OWN}/deliveryPolicy/{made['id']}").status_code == 204
    calm, tight = visited(shop, **promised), visited(shop, committedCompletionDate=far(0.5))
    follow_dates(site)
    assert (level_of(shop, calm), level_of(shop, tight)) == ("none", "critical")
    assert moment(shop.read(tight)["expectedCompletionDate"]) > moment(far(1))


def test_the_queue_stands_by_level_and_worth(shop: Shop, site: Site) -> None:
    """The gravest first, of these the dearest; who goes on is asked, the rest waits."""
    cheap = visited(shop, committedCompletionDate=far(0.5))
    speeds: dict[str, Any] = {"downloadSpeed": 1000, "uploadSpeed": 500}
    line = shop.line("1", "Fibre 1G", installation="technician", **speeds)
    dear = shop.order(line, shop.voice("2"), committedCompletionDate=far(0.5))
    site.work()
    mild = visited(shop, committedCompletionDate=far(2.1))
    follow_dates(site)
    answer = site.admin.get(f"{OWN}/jeopardy")
    assert answer.status_code == 200, answer.json
    listed = answer.json
    known = [one["order"]["id"] for one in listed if one["order"]["id"] in {cheap, dear, mild}]
    assert known == [dear, cheap, mild]
    assert listed[0]["value"]["value"] > listed[1]["value"]["value"]
    grave = site.admin.get(f"{OWN}/jeopardy", query_string="level=critical").json
    assert {one["level"] for one in grave} == {"critical"}
    assert site.stranger().get(f"{OWN}/jeopardy").status_code == 403
    assert site.admin.get(f"{OWN}/jeopardy", query_string="level=odd").status_code == 400


def test_a_new_promise_is_watched_at_once(shop: Shop, site: Site) -> None:
    """The committed date moves with a reason, and with it the danger."""
    order = visited(shop, committedCompletionDate=far(0.5))
    follow_dates(site)
    assert level_of(shop, order) == "critical"
    moved = site.admin.patch(
        f"{ORDER}/{order}",
        {"committedCompletionDate": far(48), "note": [{"text": "agreed with Ada"}]},
    )
    assert moved.status_code == 200, moved.json
    site.work()
    follow_dates(site)
    assert level_of(shop, order) == "none"


def move_to(site: Site, order: str, state: OrderInternalState) -> None:
    """Bring an order into a state that others than the requester ask for."""
    with as_system(site.services, "tests") as work, work.edit(ProductOrder, order) as edited:
        edited.internal_state = state
    site.work()


@pytest.mark.accepts("JEO-05")
def test_the_clock_stands_still_as_policies_say(shop: Shop, site: Site) -> None:
    """While an order is on hold nothing becomes late; released, its tasks are due later by as
    much, and its promise is counted on. By a policy the clock runs on."""
    order = visited(shop, committedCompletionDate=far(5))
    follow_dates(site)
    due = moment(step(shop, order, VISIT)["dueAt"])
    assert site.admin.patch(f"{ORDER}/{order}", {"state": "held"}).status_code == 200
    site.work()
    site.move_clock(6 * 3600)
    follow_dates(site)
    assert not step(shop, order, VISIT)["isLate"]
    assert step(shop, order, VISIT)["jeopardyLevel"] == "none"
    assert level_of(shop, order) == "none"
    assert site.admin.patch(f"{ORDER}/{order}", {"state": "inProgress"}).status_code == 200
    site.work()
    follow_dates(site)
    later = moment(step(shop, order, VISIT)["dueAt"]) - due
    assert timedelta(hours=6) <= later < timedelta(hours=6, minutes=1)
    assert (step(shop, order, VISIT)["isLate"], level_of(shop, order)) == (False, "none")

    for state in ("awaitingInformation", "revisionInProgress"):
        waiting = visited(shop, committedCompletionDate=far(6 + 5))
        follow_dates(site)
        due = moment(step(shop, waiting, VISIT)["dueAt"])
        move_to(site, waiting, state)
        site.move_clock(3600)
        follow_dates(site)
        move_to(site, waiting, "inProgress")
        later = moment(step(shop, waiting, VISIT)["dueAt"]) - due
        assert timedelta(hours=1) <= later < timedelta(hours=1, minutes=1), state
        site.move_clock(-3600)

    policy = make(site, "deliveryPolicy", name="Runs on", clockRunsOn=["onHold"])
    running = visited(shop, committedCompletionDate=far(6 + 5))
    follow_dates(site)
    assert site.admin.patch(f"{ORDER}/{running}", {"state": "held"}).status_code == 200
    site.work()
    site.move_clock(6 * 3600)
    follow_dates(site)
    assert step(shop, running, VISIT)["isLate"]
    assert site.admin.delete(f"{OWN}/deliveryPolicy/{policy['id']}").status_code == 204


def would_be_done(shop: Shop) -> datetime:
    """Return when the simulation says that a visited order would be done."""
    speeds: dict[str, Any] = {"downloadSpeed": 1000, "uploadSpeed": 500}
    line = shop.line("1", "Fibre 1G", installation="technician", **speeds)
    party = [{"id": shop.customer, "role": "customer", "@referredType": "Customer"}]
    body = {"productOrderItem": [line], "relatedParty": party,
            "billingAccount": {"id": shop.account}}  # fmt: skip
    answer = shop.site.admin.post(f"{OWN}/simulate", body)
    assert answer.status_code == 200, answer.json
    return moment(answer.json["completionDate"]).astimezone(VIENNA)


@pytest.mark.accepts("NFR-04")
def test_people_work_by_their_calendar(shop: Shop, site: Site) -> None:
    """A visit of two hours that begins on a Friday evening in Vienna is due on Monday at ten, by
    a calendar with a holiday on Monday on Tuesday; without one it is due two hours later."""
    week = [{"day": day, "startHour": "08:00", "endHour": "17:00"}
            for day in ("monday", "tuesday", "wednesday", "thursday", "friday")]  # fmt: skip
    body = {"name": "Office", "timeZone": "Europe/Vienna", "isDefault": True, "workingHours": week}
    now = datetime.now(VIENNA)
    friday = (now + timedelta(days=(4 - now.weekday()) % 7 + 7)).replace(
        hour=18, minute=30, second=0, microsecond=0
    )
    calendar = make(site, "workingCalendar", **body)
    site.move_clock(int((friday.astimezone(UTC) - now).total_seconds()))  # summer may end between
    told = [would_be_done(shop)]
    due = [moment(step(shop, visited(shop), VISIT)["dueAt"]).astimezone(VIENNA)]
    monday = friday + timedelta(days=3)
    holiday = {"holiday": [{"date": f"{monday:%Y-%m-%d}", "name": "Founder's day"}]}
    address = f"{OWN}/workingCalendar/{calendar['id']}"
    assert site.admin.patch(address, holiday).status_code == 200
    told.append(would_be_done(shop))
    due.append(moment(step(shop, visited(shop), VISIT)["dueAt"]).astimezone(VIENNA))
    assert site.admin.delete(address).status_code == 204
    due.append(moment(step(shop, visited(shop), VISIT)["dueAt"]).astimezone(VIENNA))
    assert [(one - friday).days for one in due] == [2, 3, 0]
    assert [f"{one:%a %H}" for one in due] == ["Mon 10", "Tue 10", "Fri 20"]
    assert [f"{one:%a %H}" for one in told] == ["Mon 10", "Tue 10"]  # said before it was sent
    second = {**body, "name": "Other"}
    other = make(site, "workingCalendar", **second)
    assert site.admin.post(f"{OWN}/workingCalendar", second).json["code"] == "conflictDefault"
    for bad, path in (
        ({"timeZone": "Mars/Base"}, "timeZone"),
        ({"workingHours": [{"day": "monday", "startHour": "17:00", "endHour": "08:00"}]},
         "workingHours[0].endHour"),
        ({"holiday": [{"date": "2026-02-30"}]}, "holiday[0].date"),
    ):  # fmt: skip
        refused = site.admin.post(f"{OWN}/workingCalendar", {**body, "isDefault": False, **bad})
        assert [one["path"] for one in refused.json["fault"]] == [path], refused.json
    assert site.admin.delete(f"{OWN}/workingCalendar/{other['id']}").status_code == 204


@pytest.mark.accepts("JEO-02", "JEO-09")
def test_customer_and_staff_are_told(shop: Shop, site: Site) -> None:
    """By a policy the dispatchers are told that an order is in danger, and the customer by the way
    that she permits that it is promised for another day; who wants no contact is told nothing."""
    site.role("dispatcher", {"ProductOrder:read": Grant("all")})
    site.user("dora", roles=["dispatcher"], scopes=("ProductOrder:read",))
    text = {"title": "New date", "subject": "Your order {order}", "content": "{name}: {date}"}
    kept = site.admin.call("PUT", "/api/workspace/v1/messageText/new-date", text)
    assert kept.status_code in (200, 201, 204), kept.json
    policy = make(site, "deliveryPolicy", name="Tell", notifyFrom="high", notifyRole="dispatcher",
                  tellsCustomer=True, messageText="new-date")  # fmt: skip
    customer = f"/tmf-api/customerManagement/v4/customer/{shop.customer}"
    wish = {"contactPreference": {"permittedChannel": ["sms"]}}
    assert site.admin.patch(customer, wish).status_code == 200
    order = visited(shop, committedCompletionDate=far(0.5))
    follow_dates(site)
    told = site.rows("select text, address from notification n join user_account u "
                     "on u.principal = n.principal where u.login = 'dora'")  # fmt: skip
    key = shop.read(order)["key"]
    assert told == [(f"{key} is in danger of being late: critical.", f"/order/{key}")]

    def promise(hours: float | None) -> list[dict[str, Any]]:
        date = far(hours) if hours is not None else None
        body = {"committedCompletionDate": date, "note": [{"text": f"in {hours}"}]}
        assert site.admin.patch(f"{ORDER}/{order}", body).status_code == 200
        site.work()
        follow_dates(site)
        path = "/tmf-api/communicationManagement/v4/communicationMessage"
        found: list[dict[str, Any]] = site.admin.get(path).json
        return [one for one in found if key in one["subject"]]

    soon = shop.order(shop.voice(), committedCompletionDate=far(200), requestedStartDate=far(99))
    (message,) = promise(48)
    assert message["messageType"] == "sms"
    assert message["content"].endswith(f"{datetime.now(UTC) + timedelta(hours=48):%Y-%m-%d}")
    (_, withdrawn), again = (sorted(promise(one), key=lambda one: one["id"]) for one in (None, 60))
    assert withdrawn["subject"] == f"The date of your order {key} is open again"
    assert "have no new one yet" in withdrawn["content"]
    assert len(again) == 3  # who was told that there is no date is told the next one
    assert again[2]["content"].endswith(f"{datetime.now(UTC) + timedelta(hours=60):%Y-%m-%d}")
    # One whose dates nobody has looked at yet, and one that waits for its day.
    for order in (visited(shop, committedCompletionDate=far(24)), soon):
        key = shop.read(order)["key"]
        assert [one["messageType"] for one in promise(300)] == ["sms"]
    assert [one["subject"] for one in promise(None)].count(
        f"The date of your order {key} is open again") == 1  # fmt: skip
    site.admin.patch(customer, {"contactPreference": {"doNotContact": True}})
    assert len(promise(320)) == 2
    assert site.admin.delete(f"{OWN}/deliveryPolicy/{policy['id']}").status_code == 204


def test_what_is_to_be_looked_at_is_found_among_many_open_orders(site: Site) -> None:
    """Orders whose dates stand cost nothing: those to be looked at are read by an index."""
    with site.services.database.app.connection() as connection:
        connection.execute(
            "insert into plan_outlook (root, kind, check_at) "
            "select gen_random_uuid(), 'ProductOrder', 'infinity' from generate_series(1, 20000)"
        )
    with psycopg.connect(site.dsn, autocommit=True) as owner:
        owner.execute("analyze plan_outlook")
        for statement in (CLAIM, FORGET):
            told = owner.execute(
                f"explain {statement}", {"now": datetime.now(UTC), "limit": 50}
            ).fetchall()
            assert "plan_outlook_check" in str(told), told
        owner.execute("delete from plan_outlook where check_at = 'infinity'")


def test_an_order_that_cannot_be_read_keeps_no_other_from_its_dates(shop: Shop, site: Site) -> None:
    """What is wrong with it is noted under its id, tried again a minute later, and then mended."""
    bad, good = visited(shop), visited(shop)
    broken = "jsonb_set(doc::jsonb, '{requestedCompletionDate}', %s::jsonb)::json"
    change = f"update product_order set doc = {broken} where id = %s returning 1"
    site.rows(change, '"never"', bad)
    follow_dates(site)
    assert "expectedCompletionDate" in shop.read(good)
    noted = "select subject, times, error from trouble where pass = 'dates'"
    ((subject, times, error),) = site.rows(noted)
    assert (subject, times) == (bad, 1)
    assert error.startswith("ValueError")
    site.move_clock(70)
    follow_dates(site)
    assert [times for _, times, _ in site.rows(noted)] == [2]
    site.rows(change, f'"{far(48)}"', bad)
    site.move_clock(70)
    follow_dates(site)
    assert "expectedCompletionDate" in shop.read(bad)
    assert site.rows(noted) == []
