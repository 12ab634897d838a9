"""Ada wants a day, is promised another one, and is told why when that one moves."""

from __future__ import annotations

import pytest

from tests.support.operator import ORDER, Operator, Order, Record, codes
from tests.support.pages import browser_of
from tests.web.browser import words_of

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
