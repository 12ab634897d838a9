"""The worker keeps the index of the search box: a record is found soon after its commit."""

from __future__ import annotations

import time

from tests.support.program import Site
from trunkline.worker.search_thread import BUSY_EVENTS, POLL_S, SearchFollower, pause_after
from trunkline.workspace.search import find
from trunkline.workspace.search_index import Step, catch_up

SOON_S = 20.0
PERSON = "/tmf-api/party/v4/individual"
UNREADABLE = (
    """update individual set doc = '{"givenName": 1e9999}'::json where id = %s returning 1"""
)


def test_a_record_is_found_a_moment_after_it_was_written(site: Site) -> None:
    catch_up(site.services)
    client = site.admin
    follower = SearchFollower(site.services)
    follower.start()
    try:
        client.post("/tmf-api/party/v4/organization", {"tradingName": "Difference Works"})
        began = time.monotonic()
        actor = site.authenticator.by_bearer(client.token).actor
        while not find(site.services, actor, "difference"):
            assert time.monotonic() - began < SOON_S, "it is not found"
            time.sleep(0.02)
    finally:
        follower.stop(timeout_s=5)
    assert not follower.is_running


def test_one_process_at_a_time_follows(site: Site) -> None:
    with site.services.database.app.connection() as connection, connection.transaction():
        connection.execute("select pg_advisory_xact_lock(7240015123)")
        assert catch_up(site.services) == 0
        site.admin.post("/tmf-api/party/v4/organization", {"tradingName": "Second Works"})
        assert find_names(site, "second") == []
    catch_up(site.services)
    assert find_names(site, "second") == ["Second Works"]


def find_names(site: Site, text: str) -> list[str | None]:
    actor = site.authenticator.by_bearer(site.admin.token).actor
    return [one.label for one in find(site.services, actor, text)]


def test_what_changes_often_is_looked_at_less_often() -> None:
    """A few events are followed soon, many in few steps, and building leaves time to others."""
    few, many = Step(3, 0, more=False), Step(BUSY_EVENTS, 0, more=False)
    assert pause_after(few, took_s=0.1) == POLL_S
    assert pause_after(many, took_s=0.1) > POLL_S
    assert pause_after(Step(BUSY_EVENTS, 0, more=True), took_s=0.1) == 0
    assert pause_after(Step(0, 500, more=True), took_s=0.4) == 0.4


def test_a_record_that_says_the_same_is_not_written_to_the_index(site: Site) -> None:
    """Nothing of what it is found by changes, so that its row stays untouched."""
    client = site.admin
    made = client.post("/tmf-api/party/v4/organization", {"tradingName": "Quiet Works"}).json
    catch_up(site.services)
    asked = "select xmin::text, xmax::text, ctid::text from search_entry where record = %s"
    before = site.rows(asked, made["id"])
    client.patch(f"/tmf-api/party/v4/organization/{made['id']}", {"isHeadOffice": True})
    assert catch_up(site.services) == 1
    assert site.rows(asked, made["id"]) == before
    client.patch(f"/tmf-api/party/v4/organization/{made['id']}", {"tradingName": "Loud Works"})
    catch_up(site.services)
    assert find_names(site, "loud") == ["Loud Works"]


def test_a_record_that_no_index_holds_leaves_the_others_to_be_found(site: Site) -> None:
    """It is noted, and found again once it has changed."""
    catch_up(site.services)
    bad, good = (
        site.admin.post(PERSON, {"givenName": "Ada", "familyName": name}).json["id"]
        for name in ("Brokename", "Goodname")
    )
    ((before,),) = site.rows("select doc::text from individual where id = %s", bad)
    site.rows(UNREADABLE, bad)
    catch_up(site.services)
    actor = site.authenticator.by_bearer(site.admin.token).actor
    assert [one.record for one in find(site.services, actor, "goodname")] == [good]
    assert site.rows("select pass, subject from trouble") == [("search", bad)]
    site.rows("update individual set doc = %s::json where id = %s returning 1", before, bad)
    assert site.admin.patch(f"{PERSON}/{bad}", {"familyName": "Mended"}).status_code == 200
    catch_up(site.services)
    assert [one.record for one in find(site.services, actor, "mended")] == [bad]
    assert site.rows("select 1 from trouble") == []
