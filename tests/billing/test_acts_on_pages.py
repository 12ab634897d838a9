"""Acts that take a person, on their pages: runs of dunning and decisions; and runs by schedule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.billing.conftest import BILLING, Debtor, money
from tests.support.pages import browser_of
from tests.support.program import Client, Site
from tests.web.browser import source_of, words_of
from tests.web.filled_form import filled_form
from trunkline.billing.dunning.schedule import next_time
from trunkline.care.archive.putting_away import put_away
from trunkline.identity.accounts import disable
from trunkline.kernel.actor import EVERY_CLASS, Grant, system
from trunkline.kernel.work import as_system
from trunkline.party.customer import Customer
from trunkline.workspace import jobs

NewDebtor = Callable[..., Debtor]
SCHEDULE, CASES = f"{BILLING}/dunningSchedule", f"{BILLING}/dunningCase"
DAY = 86_400
REMINDER = {"daysOverdue": 3, "action": "reminder", "text": "Please pay {amount}"}


@pytest.fixture(scope="module")
def late(site: Site, new_debtor: NewDebtor) -> Debtor:
    """Somebody with a bill that was due long ago, under a policy that begins with a reminder."""
    policy = {"code": "usual", "name": "As usual", "step": [REMINDER]}
    assert site.admin.post(f"{BILLING}/dunningPolicy", policy).status_code == 201
    found = new_debtor()
    found.bill("119.00", due="2026-01-10")
    return found


def later(site: Site, days: int) -> None:
    """Let days go by; what waits for a moment is looked at again."""
    site.move_clock(days * DAY)
    with site.services.database.app.connection() as connection:
        connection.execute("update work set run_at = now() where parked_at is null")
    site.work()


def cases(site: Site) -> list[dict[str, object]]:
    found: list[dict[str, object]] = site.admin.get(CASES).json
    return found


def test_a_run_begins_by_hand_and_by_a_schedule_that_is_on(site: Site, late: Debtor) -> None:
    """A schedule that is off does nothing; switched on it begins a run at its times, as a job of
    who switched it on, and one without that person's right tells why nothing began."""
    runner = site.role("runner", {"*:*": Grant("all", EVERY_CLASS)})
    rita = site.user("rita", roles=[runner])
    made = rita.post(SCHEDULE, {"name": "Every day"})
    assert made.status_code == 201, made.json
    assert made.json["isOn"] is False
    one = f"{SCHEDULE}/{made.json['id']}"
    page = browser_of(site, "admin")
    assert "Reminder" in words_of(page.get("/dunning").text), "what a run would do, and no more"
    later(site, 2)
    assert cases(site) == []
    assert "lastRunAt" not in rita.get(one).json
    assert rita.patch(one, {"isOn": True}).json["runBy"] == "Rita"
    site.work()
    assert cases(site) == [], "the times that have passed are not caught up"
    later(site, 1)
    found = rita.get(one).json
    assert found["lastRunAt"]
    assert found["lastJob"]
    assert "lastProblem" not in found
    assert [each["done"][0]["action"] for each in cases(site)] == ["reminder"]  # type: ignore[index]
    site.role("runner", {"*:read": Grant("all", EVERY_CLASS)})
    later(site, 1)
    after = rita.get(one).json
    assert after["lastRunAt"] > found["lastRunAt"]
    assert "billing:run" in after["lastProblem"]
    site.role("runner", {"*:*": Grant("all", EVERY_CLASS)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "LINES_MAX", 0)
        later(site, 1)
    assert "narrow it" in site.admin.get(one).json["lastProblem"]
    row = site.admin.get(one).json
    disable(site.services, by=system("tests"), principal=row["runById"])
    later(site, 1)
    gone = site.admin.get(one).json
    assert "Rita is not active" in gone["lastProblem"]
    assert "lastJob" not in gone


def test_a_run_is_begun_on_its_page(site: Site, late: Debtor) -> None:
    """The page leads to the job of the run; who may not run does not see it."""
    begun = browser_of(site, "admin").post("/dunning", {})
    assert begun.headers["location"].startswith("/jobs/")
    site.role("reads_bills", {"*:read": Grant()})
    site.user("reader", roles=["reads_bills"], scopes=("*:read",))
    assert browser_of(site, "reader").get("/dunning").status_code == 403
    plain = Grant("all", EVERY_CLASS - {"personal", "sensitive"})
    site.role("plain_runner", {"*:read": plain, "billing:run": Grant()})
    site.user("plain", roles=["plain_runner"], scopes=("*:read", "billing:run"))
    plain_page = browser_of(site, "plain")
    assert "Ada's account" in words_of(browser_of(site, "admin").get("/dunning").text)
    assert "Ada's account" not in words_of(plain_page.get("/dunning").text)
    panel = f"/customer/{late.customer}/panel/contacts"
    assert "Nothing was agreed to" in words_of(browser_of(site, "admin").get(panel).text)
    shown = plain_page.get(panel)
    assert shown.status_code == 200
    assert "Nothing was agreed to" not in words_of(shown.text)


def test_a_correction_is_decided_on_its_page(site: Site, late: Debtor) -> None:
    """Who may approve finds the act at the correction, not at an own one; a refusal says why."""
    path, rights = f"{BILLING}/correction", ("*:create", "*:read", "billing:adjust")
    site.role("asks", {one: Grant() for one in rights})
    asker = site.user("asker", roles=["asks"], scopes=rights)
    bill = late.bill("119.00")
    body = {"kind": "adjustment", "amount": money(50), "billingAccount": {"id": late.account},
            "customerBill": {"id": bill["id"]}, "reason": "goodwill"}  # fmt: skip
    first, second = (asker.post(path, body).json["key"] for _ in range(2))
    page = browser_of(site, "admin")
    address = f"/corrections/{first}/decide"
    assert address in source_of(page.get(f"/r/correction/{first}"))
    assert page.post(address, {"decision": "reject", "note": ""}).status_code == 400
    assert page.post(address, {"decision": "reject", "note": "not agreed"}).status_code == 303
    assert site.admin.get(f"{path}/{first}").json["decisionNote"] == "not agreed"
    assert address not in source_of(page.get(f"/r/correction/{first}"))
    agreed = {"decision": "approve", "note": ""}
    refused = page.post(f"/corrections/{second}/decide", agreed)
    assert refused.status_code == 403
    assert "authority" in words_of(refused.text)
    limit = {"role": "administrator", "kind": "adjustment", "limit": money(100)}
    assert site.admin.post(f"{BILLING}/authorityLimit", limit).status_code == 201
    page.post(f"/corrections/{second}/decide", agreed)
    assert site.admin.get(f"{path}/{second}").json["state"] == "done"
    assert browser_of(site, "asker").get(f"/corrections/{second}/decide").status_code == 403


def test_an_archived_customer_is_restored_on_its_page(site: Site, new_debtor: NewDebtor) -> None:
    """Who has the right finds the act where it says that the customer lies in the archive."""
    customer = new_debtor().customer
    with as_system(site.services, "tests") as work:
        found = work.get(Customer, customer)
        assert found is not None
        put_away(work, found)
    page = browser_of(site, "admin")
    assert f"/customer/{found.key}/restore" in page.get(f"/customer/{found.key}").text
    done = page.post(f"/customer/{found.key}/restore", {})
    shown = words_of(page.get(done.headers["location"]).text)
    assert "out of the archive again" in shown
    assert "Archived" not in shown
    assert page.post(f"/customer/{found.key}/restore", {}).status_code == 409


def test_who_may_not_run_may_switch_nothing_on(site: Site, late: Debtor) -> None:
    """The right to write schedules is not the right to let money be asked for."""
    role = site.role("planner", {"*:create": Grant(), "*:read": Grant()})
    planner: Client = site.user("planner", roles=[role], scopes=("*:create", "*:read"))
    answer = planner.post(SCHEDULE, {"name": "Mine", "isOn": True})
    assert [one["code"] for one in answer.json["fault"]] == ["notAllowed"]
    assert planner.post(SCHEDULE, {"name": "Mine"}).status_code == 201
    page = browser_of(site, "admin")
    fields = filled_form(page.get("/r/dunningSchedule/new"))
    days = {"f:name": "By week", "f:weekDay": ["", "monday", "friday"]}
    assert page.post("/r/dunningSchedule/new", fields | days).status_code == 303
    (kept,) = site.admin.get(SCHEDULE, params={"name": "By week"}).json
    assert kept["weekDay"] == ["monday", "friday"]
    wrong = site.admin.post(SCHEDULE, {"name": "Late", "timeOfDay": "25:00"})
    assert wrong.status_code == 400


def test_the_next_time_is_one_of_the_operators_clock() -> None:
    """Times are of the operator's zone and days of its week, also over a change of the clocks."""
    zone = ZoneInfo("Europe/Berlin")
    friday = datetime(2026, 3, 27, 12, tzinfo=UTC)
    assert next_time(friday, "14:00", (), zone).astimezone(UTC).hour == 13
    assert next_time(friday, "12:30", (), zone).date().isoformat() == "2026-03-28"
    monday = next_time(friday, "06:00", ("monday",), zone)
    assert monday.astimezone(UTC) == datetime(2026, 3, 30, 4, tzinfo=UTC)
    assert next_time(monday, "06:00", ("monday",), zone).date().isoformat() == "2026-04-06"
