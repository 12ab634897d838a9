"""Ada wants a day, is promised another one, and is told why when that one moves."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.ordering.dated import follow_dates
from tests.stories.changing import act, half_done, items_of, opened, revised, with_values
from tests.support.operator import ORDER, OWN, Operator, Order, Record, codes, values
from tests.support.pages import browser_of
from tests.web.browser import words_of
from trunkline.ordering.jeopardy.working_calendar import DAYS

WANTED, PROMISED, LIKELY = "2027-03-01", "2027-03-10", "2027-03-08"
PROMISE = "committedCompletionDate"


def day(date: str) -> str:
    return f"{date}T12:00:00Z"


def dates(order: Order) -> list[str]:
    now = order.read()
    names = ("requestedCompletionDate", PROMISE, "expectedCompletionDate")
    return [str(now[name])[:10] for name in names]


@pytest.mark.accepts("ORD-16")
def test_a_promise_moves_only_with_a_reason(operator: Operator) -> None:
    """What is wanted, promised and likely stand beside each other, in the record and on its page,
    and each moves without the others. The promised day of the order, or of one of its lines, stays
    unless the change brings a note that says why; the note, who and when are kept."""
    ada = operator.ada()
    line = {**ada.fibre("1", installation="technician"), PROMISE: day("2027-03-05")}
    order = ada.orders(
        line,
        requestedCompletionDate=day(WANTED),
        expectedCompletionDate=day(WANTED),
        note=[{"text": "call before noon"}],
        **{PROMISE: day(PROMISED)},
    )
    operator.settle()
    address = f"{ORDER}/{order.id}"

    def change(**body: object) -> Record:
        answer = operator.staff.patch(address, body)
        found: Record = answer.json | {"status": answer.status_code, "codes": codes(answer)}
        return found

    assert change(expectedCompletionDate=day(LIKELY))["status"] == 200
    assert dates(order) == [WANTED, PROMISED, LIKELY]
    told = words_of(browser_of(operator.site, "admin").get(f"/order/{order.key}").text)
    for label, shown in (("Requested", "1 Mar"), ("Committed", "10 Mar"), ("Expected", "8 Mar")):
        assert f"{label} completion date {shown} 2027" in told

    later = "2027-03-20"
    held = order.read()["note"]
    for refused in (
        change(**{PROMISE: day(later)}),
        change(**{PROMISE: None}),
        change(**{PROMISE: day(later)}, note=held),
    ):
        assert (refused["status"], refused["codes"]) == (400, {("reasonMissing", PROMISE)})
    blank = change(**{PROMISE: day(later)}, note=[*held, {"text": "  "}])
    assert blank["codes"] == {("reasonMissing", PROMISE), ("missing", "note[1].text")}
    assert dates(order) == [WANTED, PROMISED, LIKELY]
    (item,) = order.read()["productOrderItem"]
    refused = change(productOrderItem=[{**item, PROMISE: day("2027-03-06")}])
    assert refused["codes"] == {("reasonMissing", f"productOrderItem[0].{PROMISE}")}

    why = [*held, {"text": "the duct is flooded"}]
    moved = change(**{PROMISE: day(later)}, note=why)
    assert moved["status"] == 200, moved
    assert dates(order) == [WANTED, later, LIKELY]
    again = change(
        productOrderItem=[{**item, PROMISE: day("2027-03-06")}],
        note=[*why, {"text": "the technician is ill"}],
    )
    assert again["status"] == 200, again
    assert [one["text"] for one in order.read()["note"]][-2:] == [
        "the duct is flooded", "the technician is ill",
    ]  # fmt: skip
    assert operator.audit(order.id)[-1] == ("Admin", "api", "update")
    assert change(requestedCompletionDate=day("2027-03-02"))["status"] == 200
    assert change(priority="1")["status"] == 200


def test_a_draft_promises_nothing_yet(operator: Operator) -> None:
    """Until it is submitted the day may move as often as one likes; a first promise needs no
    reason either."""
    ada = operator.ada()
    draft = ada.orders(ada.voice("1"), state="pending", **{PROMISE: day(PROMISED)})
    moved = operator.staff.patch(f"{ORDER}/{draft.id}", {PROMISE: day(WANTED)})
    assert moved.status_code == 200, moved.json
    order = ada.orders(ada.voice("1"))
    first = operator.staff.patch(f"{ORDER}/{order.id}", {PROMISE: day(PROMISED)})
    assert first.status_code == 200, first.json


@pytest.mark.accepts("JEO-09")
def test_the_customer_is_told_of_orders_and_lines_by_the_days_here(operator: Operator) -> None:
    """In Vienna a day begins an hour before it does in UTC: what is promised for its beginning is
    told as that day. A line that is promised for another day by itself is told by its name; one
    that moves with its order is not told again. A new policy holds for what runs already."""
    site = operator.site
    hours = [{"day": day, "startHour": "00:00", "endHour": "24:00"} for day in DAYS]
    office = {"name": "Office", "timeZone": "Europe/Vienna", "isDefault": True}
    operator.make(f"{OWN}/workingCalendar", {**office, "workingHours": hours})
    text = {"title": "New date", "subject": "{order}", "content": "{date}"}
    site.admin.call("PUT", "/api/workspace/v1/messageText/new-date", text)
    told = {"name": "Tell", "tellsCustomer": True, "messageText": "new-date"}
    operator.make(f"{OWN}/deliveryPolicy", told)
    ada = operator.ada()
    lines = [{**ada.fibre("1", installation="technician"), PROMISE: "2027-03-04T00:00:00+01:00"},
             ada.voice("2")]  # fmt: skip
    order = ada.orders(*lines, **{PROMISE: "2027-03-10T00:00:00+01:00"})
    operator.settle()
    follow_dates(site)

    def moves(**said: object) -> set[tuple[str, str]]:
        note = [*order.read().get("note", []), {"text": f"again: {hash(str(said))}"}]
        answer = operator.staff.patch(f"{ORDER}/{order.id}", {**said, "note": note})
        assert answer.status_code == 200, answer.json
        operator.settle()
        follow_dates(site)
        found = operator.find("/tmf-api/communicationManagement/v4/communicationMessage")
        told = {(one["subject"], one["content"].rpartition(" ")[2]) for one in found}
        return {one for one in told if one[0].startswith(order.key)}

    def line(date: str | None) -> list[Record]:
        first, *others = order.read()["productOrderItem"]
        return [{**first, PROMISE: date}, *others]

    first = (order.key, "2027-03-12")
    assert moves(**{PROMISE: "2027-03-12T00:00:00+01:00"}) == {first}
    second = (f"{order.key}, Fibre 1G", "2027-03-06")
    assert moves(productOrderItem=line("2027-03-06T00:00:00+01:00")) == {first, second}
    last = "2027-03-20T00:00:00+01:00"
    both = moves(productOrderItem=line(last), **{PROMISE: last})
    assert both == {first, second, (order.key, "2027-03-20")}
    fibre, voice = order.read()["productOrderItem"]
    apart = moves(productOrderItem=[fibre, {**voice, PROMISE: "2027-03-15T00:00:00+01:00"}])
    assert apart - both == {(f"{order.key}, Voice Flat", "2027-03-15")}  # it had the order's day
    moves(**{PROMISE: None})
    withdrawn = moves(productOrderItem=line(None))
    again = moves(productOrderItem=line("2027-03-28T00:00:00+01:00"))
    assert again - withdrawn == {(f"{order.key}, Fibre 1G", "2027-03-28")}

    def expected() -> datetime:
        return datetime.fromisoformat(order.read()["expectedCompletionDate"])

    before = expected()
    slow = {"name": "Slow", "taskKind": ["callout", "automatic"], "durationMinutes": 6000}
    operator.make(f"{OWN}/deliveryPolicy", slow)

    def is_later() -> bool:
        follow_dates(site)
        return expected() - before > timedelta(days=4)

    operator.wait_until(is_later, timeout_s=20)


@pytest.mark.accepts("ORD-16")
def test_a_revision_says_why_a_promise_moves(operator: Operator) -> None:
    """While it runs, a value and the promised day of a line are changed together: by a revision
    whose reason says why, or by a patch with a note. Without either it is refused. The note stands
    on the order once."""
    order = half_done(operator)
    address = f"{ORDER}/{order.id}"

    def wanted(date: str, lines: int) -> list[Record]:
        first, second = items_of(order)
        return [{**first, PROMISE: day(date)}, with_values(second, lines=lines)]

    first = operator.staff.patch(address, {"productOrderItem": wanted(WANTED, 1)})
    assert first.status_code == 200, first.json
    made = opened(operator, order, wanted(PROMISED, 2))
    missing = codes(act(operator, made, "submit"))
    assert missing == {("reasonMissing", f"productOrderItem[0].{PROMISE}")}
    act(operator, made, "withdraw")
    revised(operator, order, wanted(PROMISED, 2), reason="the duct is flooded")
    said = {"productOrderItem": wanted(LIKELY, 1), "note": [*order.read()["note"], {"text": "dry"}]}
    answer = operator.staff.patch(address, said)
    assert answer.status_code == 200, answer.json
    operator.settle()
    now = order.read()
    assert [one["text"] for one in now["note"]] == ["the duct is flooded", "dry"]
    assert now["productOrderItem"][0][PROMISE][:10] == LIKELY
    assert values(now["productOrderItem"][1]["product"])["lines"] == 1
