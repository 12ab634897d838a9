"""Another inventory is asked at the pace and in the hours of its system."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.inventory.other_inventory import OtherInventory
from tests.inventory.test_reconciliation import RECONCILIATION, SYSTEM, Desk, desk, other, told
from tests.support.program import Site
from trunkline.ordering.design.calling import pause_beside_orders
from trunkline.ordering.reconciling import comparison

__all__ = ["desk", "other"]  # the fixtures


def hurry(site: Site) -> None:
    """Let what waits for a moment be looked at, as machine time would bring it about."""
    with site.services.database.app.connection() as connection:
        connection.execute("update work set run_at = now() where parked_at is null")
    site.work()


def test_pages_of_another_inventory_wait_for_its_hours_and_its_pace(
    site: Site, other: OtherInventory, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the system is being maintained nothing is asked; after that each page waits for the
    next free call, and gives way to the calls of orders that have a place already."""
    monkeypatch.setattr(comparison, "PAGE", 1)
    other.records = {one: told(one) for one in ("a", "b")}
    asked: list[object] = []
    send = other.send
    monkeypatch.setattr(other, "send", lambda *s, **more: (asked.append(s), send(*s, **more))[1])
    until = datetime.now(UTC) + timedelta(hours=1)
    window = {"startDateTime": "2020-01-01T00:00:00Z", "endDateTime": until.isoformat()}
    sql = "select id::text from outside_system where doc ->> 'code' = %s"
    ((ident,),) = site.rows(sql, desk.code)
    body = {"maintenance": [window], "callsPerMinute": 1}
    changed = site.admin.patch(f"{SYSTEM}/{ident}", body)
    assert changed.status_code == 200, changed.json
    begun = site.admin.post(RECONCILIATION, {"system": desk.code, "kind": "Service"}).json

    def state() -> str:
        return str(site.admin.get(begun["href"]).json["state"])

    site.work()
    hurry(site)
    assert (state(), len(asked)) == ("running", 0)
    site.move_clock(2 * 3600)
    hurry(site)
    assert (state(), len(asked)) == ("running", 1)
    hurry(site)  # before the minute is over
    assert len(asked) == 1
    for count in (2, 3):
        with site.services.database.app.connection() as connection:
            connection.execute("update outside_pace set next_at = now() - interval '1 second'")
        hurry(site)
        assert len(asked) == count
    assert state() == "done"


def test_who_meets_the_first_call_of_another_one_waits_for_the_next() -> None:
    """Whose statement neither makes nor sees the first row of a system's pace waits one call."""
    now = datetime.now(UTC)
    nothing = SimpleNamespace(fetchone=lambda: None)
    work: Any = SimpleNamespace(
        now=now,
        services=SimpleNamespace(machine_now=lambda: now),
        connection=SimpleNamespace(execute=lambda *_: nothing),
    )
    system: Any = SimpleNamespace(code="x", calls_per_minute=6, closed_until=lambda _: None)
    assert pause_beside_orders(work, system) == 10
