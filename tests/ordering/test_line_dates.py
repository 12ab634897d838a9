"""Lines of one order that are wanted at times of their own: begun, moved, held and called off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.ordering.scripted import Shop, away, pending
from tests.ordering.test_later_alone import DAY_S, settle
from trunkline.kernel.work import as_system
from trunkline.ordering import activation
from trunkline.ordering.jeopardy.follow import follow

ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
FIBRE, VOICE = "Fibre Access", "Voice Line"


@pytest.fixture(autouse=True)
def _time_goes_back(shop: Shop) -> Iterator[None]:
    ((before,),) = shop.site.rows("select offset_s from clock")
    yield
    ((after,),) = shop.site.rows("select offset_s from clock")
    shop.site.move_clock(before - after)


def in_days(days: int) -> str:
    moment = datetime.now(UTC) + timedelta(days=days)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def later(line: dict[str, Any], days: int, **more: Any) -> dict[str, Any]:
    return {**line, "requestedStartDate": in_days(days), **more}


def pass_days(shop: Shop, days: int) -> None:
    shop.site.move_clock(days * DAY_S)
    settle(shop)


def told(shop: Shop, order: str) -> list[tuple[str, str]]:
    """Return the ids and internal states of an order's lines."""
    return [(one["id"], one["internalState"]) for one in shop.read(order)["productOrderItem"]]


def names(shop: Shop) -> list[str]:
    return [one.name for one in shop.network.received]


def both(shop: Shop, days: int = 20) -> str:
    """Order a line for now and one for later, and let happen what happens at once."""
    order = shop.order(shop.fibre(), later(shop.voice(), days))
    shop.site.work()
    return order


def test_each_line_begins_when_it_is_wanted(shop: Shop) -> None:
    """The first line is done at once, the other waits for its own day and is told so."""
    order = both(shop)
    assert told(shop, order) == [("1", "completed"), ("2", "scheduled")]
    assert names(shop) == [FIBRE]
    body = shop.read(order)
    day = body["productOrderItem"][1]["requestedStartDate"]
    assert body["state"] == "inProgress"
    assert body["productOrderItem"][1]["state"] == "acknowledged"
    assert shop.steps(order)["start/2"] == "waiting"
    made = body["productOrderItem"][1]["serviceOrder"][0]["id"]
    path = f"/tmf-api/serviceOrdering/v4/serviceOrder/{made}"
    wanted = shop.site.admin.get(path).json["requestedStartDate"]
    assert wanted == day
    pass_days(shop, 19)
    assert told(shop, order)[1] == ("2", "scheduled")
    assert VOICE not in names(shop)
    pass_days(shop, 2)
    assert told(shop, order) == [("1", "completed"), ("2", "completed")]
    assert shop.read(order)["state"] == "completed"


def test_an_order_all_of_whose_lines_are_wanted_later_waits_for_the_first(shop: Shop) -> None:
    order = shop.order(later(shop.fibre(), 20), later(shop.voice(), 30))
    shop.site.work()
    assert shop.steps(order) == {"wait": "waiting"}
    first, second = (one["expectedCompletionDate"] for one in shop.read(order)["productOrderItem"])
    assert in_days(20) < first < in_days(21) < in_days(30) < second < in_days(31)
    pass_days(shop, 21)
    assert told(shop, order) == [("1", "completed"), ("2", "scheduled")]
    pass_days(shop, 10)
    assert shop.read(order)["state"] == "completed"


def test_what_lies_in_a_line_begins_with_it(shop: Shop) -> None:
    """A part says no date and waits with what it lies in; one that says its own keeps to that."""
    whole = later(shop.fibre(), 20)
    whole["productOrderItem"] = [shop.voice("1.1")]
    order = shop.order(whole, shop.fibre("2"))
    shop.site.work()
    steps = shop.steps(order)
    assert steps["start/1"] == "waiting"
    assert "start/1.1" not in steps
    assert VOICE not in names(shop)
    held = shop.read(order)["productOrderItem"][0]
    assert held["productOrderItem"][0]["internalState"] == "scheduled"


def test_a_line_that_has_not_begun_is_wanted_at_another_time(shop: Shop) -> None:
    """By a patch of the order: earlier, later, for a line without a date, and at once."""
    order = both(shop)

    def wanted(days: int | None) -> int:
        items = shop.read(order)["productOrderItem"]
        items[1]["requestedStartDate"] = in_days(days) if days is not None else None
        answer = shop.site.admin.patch(f"{ORDER}/{order}", {"productOrderItem": items})
        settle(shop)
        return int(answer.status_code)

    assert wanted(5) == 200
    pass_days(shop, 4)
    assert wanted(40) == 200
    pass_days(shop, 10)
    assert told(shop, order)[1] == ("2", "scheduled")
    assert VOICE not in names(shop)
    shop.network.script = {VOICE: [pending]}
    assert wanted(None) == 200
    assert names(shop).count(VOICE) == 1
    assert told(shop, order)[1] == ("2", "inProgress")
    answer = shop.site.admin.patch(
        f"{ORDER}/{order}",
        {"productOrderItem": [shop.read(order)["productOrderItem"][0],
                              later(shop.read(order)["productOrderItem"][1], 60)]},
    )  # fmt: skip
    assert answer.json["fault"][0]["code"] == "conflictLineBegun"
    assert "item 2 has begun" in str(answer.json)


def wanted_in(shop: Shop, order: str, line: str, days: int | None) -> None:
    """Want a line begun in some days, or at once, and let nothing happen yet."""
    items = shop.read(order)["productOrderItem"]
    day = in_days(days) if days is not None else None
    items = [{**one, "requestedStartDate": day} if one["id"] == line else one for one in items]
    answer = shop.site.admin.patch(f"{ORDER}/{order}", {"productOrderItem": items})
    assert answer.status_code == 200, answer.json


def test_a_day_moved_just_before_it_comes_is_the_one_that_counts(shop: Shop) -> None:
    """Even where the timer of the former day is looked at before anybody has heard of the move."""
    order = both(shop, 10)
    wanted_in(shop, order, "2", 60)
    shop.site.move_clock(11 * DAY_S)
    with shop.site.services.database.app.connection() as connection:
        connection.execute("update work set run_at = run_at - interval '1 day' "
                           "where kind = 'plan.timer'")  # fmt: skip
    shop.site.work()
    assert VOICE not in names(shop)
    assert told(shop, order)[1] == ("2", "scheduled")
    pass_days(shop, 50)
    assert shop.read(order)["state"] == "completed"


def elsewhere(shop: Shop) -> dict[str, Any]:
    """Return a line for another place of Ada's, which shares nothing with the others."""
    base = "/tmf-api/geographicSiteManagement/v4/geographicSite"
    held = shop.site.admin.get(f"{base}/{shop.place}").json
    site = {name: one for name, one in held.items() if name not in ("id", "href", "key")}
    made = shop.site.admin.post(base, site)
    assert made.status_code == 201, made.json
    line = shop.fibre("3")
    line["product"]["place"][0]["id"] = made.json["id"]
    return line


def test_what_lines_share_follows_the_first_of_them(shop: Shop) -> None:
    """It waits no longer for a line that is wanted later now than another one, or than at once."""
    order = shop.order(later(shop.fibre(), 10), later(shop.voice(), 20), elsewhere(shop))
    shop.site.work()
    wanted_in(shop, order, "2", None)
    shop.site.work()
    assert told(shop, order)[:2] == [("1", "scheduled"), ("2", "completed")]
    shop = Shop.open(shop.site)
    order = shop.order(later(shop.fibre(), 10), later(shop.voice(), 20), elsewhere(shop))
    shop.site.work()
    wanted_in(shop, order, "1", 40)
    shop.site.work()
    pass_days(shop, 21)
    assert told(shop, order)[:2] == [("1", "scheduled"), ("2", "completed")]
    pass_days(shop, 20)
    assert shop.read(order)["state"] == "completed"


def after(line: dict[str, Any], other: str) -> dict[str, Any]:
    return {**line, "productOrderItemRelationship": [{"id": other, "relationshipType": "reliesOn"}]}


def with_fibre(shop: Shop) -> None:
    """Let Ada have the fibre already that her voice lines run over."""
    shop.order(shop.fibre())
    shop.site.work()


def test_a_day_that_was_taken_away_may_be_given_back(shop: Shop) -> None:
    """As long as the line has not begun, since it comes after another one."""
    with_fibre(shop)
    shop.network.script = {VOICE: [pending]}
    order = shop.order(shop.voice("1"), later(after(shop.voice("2"), "1"), 20))
    shop.site.work()
    day = shop.read(order)["productOrderItem"][1]["requestedStartDate"]
    wanted_in(shop, order, "2", None)
    shop.site.work()
    items = shop.read(order)["productOrderItem"]
    items[1]["requestedStartDate"] = day
    again = shop.site.admin.patch(f"{ORDER}/{order}", {"productOrderItem": items})
    assert again.status_code == 200, again.json
    shop.site.work()
    command = shop.network.received[-1]
    with as_system(shop.site.services, "network") as work:
        shop.network.take_effect(command)
        assert activation.take_answer(work, command.key, shop.network.orders[command.key])
    shop.site.work()
    assert told(shop, order) == [("1", "completed"), ("2", "scheduled")]
    pass_days(shop, 21)
    assert shop.read(order)["state"] == "completed"


def test_a_revision_gives_lines_other_starts_and_adds_one_for_later(shop: Shop) -> None:
    """What had no date gets one as long as it has not begun; a line that has begun is refused."""
    with_fibre(shop)
    shop.network.script = {VOICE: [pending]}
    order = shop.order(shop.voice("1"), after(shop.voice("2"), "1"))
    shop.site.work()
    items = shop.read(order)["productOrderItem"]
    base = f"/api/ordering/v1/productOrder/{order}/revision"
    asked = {"productOrderItem": [later(items[0], 9), items[1]]}
    refused = shop.site.admin.post(f"{base}/preview", asked)
    assert "item 1 has begun" in str(refused.json["fault"]), refused.json
    said = [items[0], later(items[1], 10), later(shop.voice("3"), 15)]
    made = shop.site.admin.post(base, {"productOrderItem": said})
    assert made.status_code == 201, made.json
    submit = f"/api/ordering/v1/orderRevision/{made.json['id']}/submit"
    handed_in = shop.site.admin.post(submit)
    assert handed_in.status_code == 200, handed_in.json
    shop.site.work()
    assert shop.read(order)["orderVersion"] == 2
    command = shop.network.received[-1]
    with as_system(shop.site.services, "network") as work:
        shop.network.take_effect(command)
        assert activation.take_answer(work, command.key, shop.network.orders[command.key])
    shop.site.work()
    assert told(shop, order) == [("1", "completed"), ("2", "scheduled"), ("3", "scheduled")]
    assert names(shop).count(VOICE) == 1
    pass_days(shop, 11)
    assert told(shop, order)[1:] == [("2", "completed"), ("3", "scheduled")]
    pass_days(shop, 5)
    assert shop.read(order)["state"] == "completed"


def test_a_line_that_waits_is_called_off_with_its_order(shop: Shop) -> None:
    """Its timer ends with it, and nothing of it begins on its day."""
    with_fibre(shop)
    shop.network.script = {VOICE: [away, away, away]}
    order = shop.order(shop.voice("1"), later(shop.voice("2"), 20))
    shop.site.work()
    sent = len(shop.network.received)
    body = {"productOrder": {"id": order}}
    cancel = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"
    assert shop.site.admin.post(cancel, body).status_code == 201
    shop.site.work()
    assert shop.read(order)["state"] == "cancelled"
    pass_days(shop, 30)
    assert len(shop.network.received) == sent
    assert shop.steps(order)["start/2"] == "canceled"


def test_a_hold_does_not_move_the_day_of_a_line(shop: Shop) -> None:
    """Nothing begins while the order is on hold; the day that was asked for stays."""
    order = both(shop)

    def state(to: str) -> None:
        assert shop.site.admin.patch(f"{ORDER}/{order}", {"state": to}).status_code == 200
        shop.site.work()

    state("held")
    pass_days(shop, 10)
    state("inProgress")
    assert shop.steps(order)["start/2"] == "waiting"
    pass_days(shop, 11)
    assert shop.read(order)["state"] == "completed"


@pytest.mark.parametrize(
    ("header", "line", "code"),
    [
        ({}, {"requestedStartDate": 9, "requestedCompletionDate": 5}, "endsBeforeStart"),
        ({"requestedStartDate": 9}, {"requestedStartDate": 5}, "startsBeforeOrder"),
        ({"requestedCompletionDate": 9}, {"requestedStartDate": 12}, "endsAfterOrder"),
        ({"requestedCompletionDate": 9}, {"requestedCompletionDate": 12}, "endsAfterOrder"),
        ({"requestedStartDate": 9}, {"requestedCompletionDate": 5}, "endsBeforeStart"),
    ],
)
def test_dates_of_lines_fit_together(
    shop: Shop, header: dict[str, int], line: dict[str, int], code: str
) -> None:
    """Those of a line with each other and with those of the order; the fault names the line."""
    item = {**shop.fibre(), **{name: in_days(days) for name, days in line.items()}}
    body = {
        "relatedParty": [{"id": shop.customer, "role": "customer"}],
        "billingAccount": {"id": shop.account},
        "productOrderItem": [item],
        **{name: in_days(days) for name, days in header.items()},
    }
    answer = shop.site.admin.post(ORDER, body)
    assert answer.status_code == 400
    assert code in [one["code"] for one in answer.json["fault"]]
    assert "productOrderItem[0].requested" in str(answer.json["fault"])


def test_what_carries_a_line_out_is_told_of_its_new_day(shop: Shop) -> None:
    """Its service order says the day that is wanted now, by a patch and by a revision alike, though
    what the line shares with another one has begun; and none where there is none any more."""
    order = both(shop, 10)
    made = shop.read(order)["productOrderItem"][1]["serviceOrder"][0]["id"]

    def said() -> str | None:
        path = f"/tmf-api/serviceOrdering/v4/serviceOrder/{made}"
        day: str | None = shop.site.admin.get(path).json.get("requestedStartDate")
        return day[:10] if day is not None else None

    wanted_in(shop, order, "2", 30)
    shop.site.work()
    assert said() == in_days(30)[:10]
    first, second = shop.read(order)["productOrderItem"]
    revised = shop.site.admin.post(
        f"/api/ordering/v1/productOrder/{order}/revision",
        {"productOrderItem": [first, later(second, 20)]},
    )
    path = f"/api/ordering/v1/orderRevision/{revised.json['id']}/submit"
    handed_in = shop.site.admin.post(path)
    assert handed_in.status_code == 200, handed_in.json
    shop.site.work()
    assert said() == in_days(20)[:10]
    shop.network.script = {VOICE: [pending]}
    wanted_in(shop, order, "2", None)
    shop.site.work()
    assert (said(), told(shop, order)[1]) == (None, ("2", "inProgress"))


FAR = "9999-12-31T23:59:59.999Z"


@pytest.mark.parametrize("header", [{}, {"requestedStartDate": FAR}])
def test_a_start_at_the_end_of_time_is_never_reached(shop: Shop, header: dict[str, str]) -> None:
    """Some say so that a day is not known yet: the order waits, and is followed like all others."""
    begun = {"requestedStartDate": FAR} if not header else {}
    order = shop.order(shop.fibre(), {**shop.voice(), **begun}, **header)
    shop.site.work()
    assert told(shop, order)[1] == ("2", "scheduled")
    shop.site.move_clock(120)
    follow(shop.site.services)
    assert shop.read(order)["productOrderItem"][1]["expectedCompletionDate"][:4] == "9999"


def test_wanted_promised_and_expected_are_kept_apart(shop: Shop) -> None:
    """A line says all of them at once, and is late by what was promised, else by what is wanted."""
    wanted, promised = in_days(25), in_days(28)
    item = later(shop.voice(), 20, requestedCompletionDate=wanted, committedCompletionDate=promised)
    order = shop.order(shop.fibre(), item)
    shop.site.work()
    shop.site.move_clock(10)
    follow(shop.site.services)
    found = shop.read(order)["productOrderItem"][1]
    assert (found["requestedCompletionDate"], found["committedCompletionDate"]) == (
        wanted,
        promised,
    )
    assert found["expectedCompletionDate"][:10] == in_days(20)[:10]


def test_what_is_no_date_in_an_order_of_former_times_is_put_right(shop: Shop) -> None:
    """Anything could stand there once: on its day the order waits until somebody corrects it."""
    order = shop.order(shop.fibre(), requestedStartDate=in_days(5))
    shop.site.work()
    said = json.dumps({"requestedStartDate": "soon", "requestedCompletionDate": "5"})
    first = "'{productOrderItem,0}'"
    doc = f"jsonb_set(doc::jsonb, {first}, doc::jsonb #> {first} || %s::jsonb)::json"
    sql = f"update product_order set doc = {doc} where id = %s returning 1"
    assert shop.site.rows(sql, said, order) == [(1,)]
    answer = shop.site.admin.patch(f"{ORDER}/{order}", {"description": "for the ground floor"})
    assert answer.status_code == 200, answer.json
    pass_days(shop, 6)
    found = shop.site.admin.get(f"/api/ordering/v1/fallout?productOrder.id={order}").json
    assert {one["cause"]["path"].rpartition(".")[2] for one in found} == {
        "requestedStartDate", "requestedCompletionDate",
    }  # fmt: skip
    (item,) = shop.read(order)["productOrderItem"]
    sound = {name: value for name, value in item.items() if not name.startswith("requested")}
    shop.site.admin.patch(f"{ORDER}/{order}", {"productOrderItem": [sound]})
    shop.site.admin.post(f"/api/ordering/v1/fallout/{found[0]['id']}/retry")
    settle(shop)
    assert told(shop, order) == [("1", "completed")]
