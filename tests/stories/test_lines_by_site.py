"""A company follows its order site by site, and sees of each change what was and what will be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import FALLOUT, OWN, Operator, Order


def sites(order: Order) -> list[dict[str, Any]]:
    found = order.operator.read(f"{OWN}/productOrder/{order.id}/line")["site"]
    assert all(one["line"] for one in found)
    return list(found)


@pytest.mark.accepts("ORD-06")
def test_each_site_has_its_lines_state_and_dates(operator: Operator) -> None:
    """Two sites of two lines: where all is done the site is, with its day; where a line stands
    still the site is in progress and has none, beside the day that was promised for it."""
    company = operator.company("Nordhaven", "Eastmere")
    promised = "2099-01-01T00:00:00Z"
    lines = [
        company.add(str(2 * at + one), "SD-WAN Site", at=at, bandwidth=100, optimization=wanted)
        for at in (0, 1)
        for one, wanted in ((1, "off"), (2, "on" if at else "off"))
    ]
    lines[3]["committedCompletionDate"] = promised
    operator.network.behave(
        fail=[{"kind": "business", "specification": "WAN Optimization", "code": "noLicense",
               "once": True}]
    )  # fmt: skip
    order = company.orders(*lines)
    operator.settle()
    north, east = sites(order)
    assert [one["place"]["id"] for one in (north, east)] == company.places
    assert [[one["itemId"] for one in site["line"]] for site in (north, east)] == [
        ["1", "2"], ["3", "4"],
    ]  # fmt: skip
    assert (north["state"], east["state"]) == ("completed", "inProgress")
    assert [one["state"] for one in east["line"]] == ["completed", "inProgress"]
    assert north["completionDate"] == max(one["endedAt"] for one in north["line"])
    assert all(one["startedAt"] <= one["endedAt"] for one in north["line"])
    assert "completionDate" not in east
    assert "endedAt" not in east["line"][1]
    assert east["committedCompletionDate"].startswith("2099-01-01")
    (stopped,) = order.fallouts(state="open")
    assert operator.staff.post(f"{FALLOUT}/{stopped['id']}/retry").status_code == 200
    operator.settle()
    assert [one["state"] for one in sites(order)] == ["completed", "completed"]
    assert sites(order)[1]["completionDate"] >= north["completionDate"]


@pytest.mark.accepts("ORD-07")
def test_a_change_says_old_and_new_values(operator: Operator) -> None:
    """From the moment that it is sent in, and still after it is done; a new line has new ones."""
    ada = operator.ada()
    had = ada.has(ada.fibre("1", 100))
    (site,) = sites(had)
    new = {one["name"]: (one.get("old"), one["new"]) for one in site["line"][0]["characteristic"]}
    assert new["downloadSpeed"] == (None, 100)
    change = ada.orders(ada.faster(had.product()["id"], 500))
    for is_done in (False, True):
        (site,) = sites(change)
        (line,) = site["line"]
        found = {one["name"]: (one["old"], one["new"]) for one in line["characteristic"]}
        assert found["downloadSpeed"] == (100, 500), is_done
        assert found["uploadSpeed"] == (50, 250)
        assert site["place"]["id"] == ada.places[0]
        operator.settle()
    assert (line["action"], line["state"]) == ("modify", "completed")
