"""A repeated pass survives whatever it meets: it tells of it, goes on with the rest, and mends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Event

import psycopg
import pytest
import structlog

from tests.support.program import Site
from trunkline.kernel.resource import registry
from trunkline.leases import troubles
from trunkline.program.doctor import database_findings
from trunkline.rest.reads import Read, reads_of
from trunkline.worker.maintenance import AGAIN_S, Maintenance, keep_up
from trunkline.worker.repeating import AGAIN_MAX_S, Repeating
from trunkline.workspace.search_index import Round
from trunkline.workspace.search_terms import entry_of, searched_kinds

PEOPLE = "/tmf-api/party/v4/individual"


class Counted(Repeating):
    """A pass that fails as it is told to."""

    def __init__(self, site: Site, *, again_s: float = 1.0) -> None:
        log = structlog.get_logger("test")
        super().__init__(site.services, name="counted", log=log, trouble="no", again_s=again_s)
        self.error: BaseException | None = None
        self.went_well = Event()
        self.failed = Event()

    def step(self) -> float:
        if self.error is not None:
            self.failed.set()
            raise self.error
        self.went_well.set()
        return 0.01


@pytest.fixture(autouse=True)
def _no_troubles(site: Site) -> Iterator[None]:
    yield
    site.rows("delete from trouble returning 1")


def standing(site: Site) -> list[troubles.Trouble]:
    with site.services.database.app.connection() as connection:
        return troubles.standing(connection)


def told(site: Site) -> str:
    with site.services.database.app.connection() as connection:
        found = [*database_findings(connection, "work")]
    return " ".join(one.text for one in found if one.subject == "passes")


def test_a_pass_that_fails_is_seen_and_tried_again_later_and_later(site: Site) -> None:
    """The doctor, the readiness and the figures tell since when, until it goes well again."""
    one = Counted(site)
    assert one.attempt() == 0.01
    assert (told(site), site.app.simulate_get("/readyz").json) == (
        "all passes go well", {"status": "ready"},
    )  # fmt: skip
    one.error = OverflowError("date value out of range")
    assert [one.attempt(), one.attempt(), one.attempt()] == [1.0, 2.0, 4.0]
    for _ in range(20):
        pause_s = one.attempt()
    assert pause_s == AGAIN_MAX_S
    (found,) = standing(site)
    assert (found.name, found.subject, found.count) == ("counted", "", 1)
    assert "counted fails at all of it since" in told(site)
    assert "OverflowError: date value out of range" in told(site)
    ready = site.app.simulate_get("/readyz")
    assert (ready.status_code, ready.json["status"]) == (200, "ready")
    assert ready.json["failing"][0]["pass"] == "counted"
    figures = site.app.simulate_get("/metrics").text
    assert 'trunkline_pass_troubles{pass="counted"} 1.0' in figures
    assert 'trunkline_pass_failing_seconds{pass="counted"}' in figures
    one.error = None
    one.attempt()
    assert standing(site) == []
    assert 'pass="counted"' not in site.app.simulate_get("/metrics").text
    one.error = OverflowError("again")
    assert one.attempt() == 1.0


def test_what_the_process_before_failed_at_is_forgotten_when_it_goes_well(site: Site) -> None:
    failing = Counted(site)
    failing.error = ValueError("bad")
    failing.attempt()
    Counted(site).attempt()
    assert standing(site) == []


def test_what_a_process_that_is_gone_failed_at_is_forgotten_in_time(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also by one that never failed itself: it looks now and then, not each time."""
    lasting, failing = Counted(site), Counted(site)
    lasting.attempt()
    failing.error = ValueError("bad")
    failing.attempt()
    lasting.attempt()
    assert len(standing(site)) == 1
    later = time.monotonic() + AGAIN_MAX_S
    monkeypatch.setattr(time, "monotonic", lambda: later)
    lasting.attempt()
    assert standing(site) == []


def test_a_database_that_is_away_is_no_trouble_of_the_pass(site: Site) -> None:
    one = Counted(site)
    one.error = psycopg.OperationalError("the connection is lost")
    assert [one.attempt(), one.attempt()] == [1.0, 1.0]
    assert standing(site) == []


def test_the_thread_goes_on_after_any_error_and_ends_by_what_ends_a_process(site: Site) -> None:
    one = Counted(site, again_s=0.01)
    one.error = KeyError("a bad record")
    one.start()
    assert one.failed.wait(20)
    one.error = None
    assert one.went_well.wait(20), "it is done again by the same thread"
    one.stop(timeout_s=20)
    assert not one.is_running
    fatal = Counted(site)
    fatal.error = SystemExit(1)
    with pytest.raises(SystemExit):
        fatal.attempt()


def test_an_entry_that_no_row_holds_leaves_the_others_to_be_kept(site: Site) -> None:
    kind = next(one for one in searched_kinds(registry) if str(one.resource) == "Individual")
    ids = [f"01900000-0000-7000-8000-00000000010{number}" for number in range(3)]
    entries = [entry_of(kind, one, "IND1", None, None, {"familyName": "Carefully"}) for one in ids]
    entries[1] = replace(entries[1], label="no\0text")
    this = Round(is_careful=True)
    with site.services.database.app.connection() as connection, connection.transaction():
        this.keep(connection, entries)
        this.settle(connection)
    assert this.done == {ids[0], ids[2]}
    assert [(one.name, one.subject) for one in standing(site)] == [("search", ids[1])]


def test_a_part_of_the_upkeep_that_fails_keeps_no_other_from_being_done(site: Site) -> None:
    """It is noted by its name, and the upkeep is done again sooner than in an hour."""
    site.rows(
        "insert into idempotency (client, key, fingerprint, created_at) values "
        "(gen_random_uuid(), 'old', '\\x00', now() - interval '73 hours') returning 1"
    )
    impossible = {"event": timedelta.max, "audit": None}
    upkeep = Maintenance(site.services, retention=impossible)
    assert upkeep.step() == AGAIN_S
    assert site.rows("select key from idempotency") == []
    assert [(one.name, one.subject) for one in standing(site)] == [("upkeep", "event")]
    assert keep_up(site.services, retention={"event": timedelta(days=400)})
    assert standing(site) == []


def test_a_line_that_cannot_be_stored_leaves_the_other_reads_to_be_written(site: Site) -> None:
    site.admin.get(PEOPLE)
    reads, now = reads_of(site.services), site.services.machine_now()
    reads.write(site.services)
    ((me,),) = site.rows("select principal::text from user_account where login = 'admin'")
    names = ["One", "Two\0", "Three"]
    for number, name in enumerate(names):
        subject = f"01900000-0000-7000-8000-00000000000{number}"
        reads.add(Read(now, me, name, "api", None, None, "read", "Individual", subject))
    assert reads.write(site.services) == 2
    wrote = site.rows("select actor_name from access_log where subject::text like '01900000-%%'")
    assert sorted(wrote) == [("One",), ("Three",)]
    assert reads.write(site.services) == 0
