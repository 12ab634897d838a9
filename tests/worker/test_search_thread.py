"""The worker keeps the index of the search box: a record is found soon after its commit."""

from __future__ import annotations

import time

from tests.support.program import Site
from trunkline.worker.search_thread import SearchFollower
from trunkline.workspace.search import find
from trunkline.workspace.search_index import catch_up

SOON_S = 1.0


def test_a_record_is_found_a_moment_after_it_was_written(site: Site) -> None:
    catch_up(site.services)
    client = site.admin
    follower = SearchFollower(site.services)
    follower.start()
    try:
        client.post("/tmf-api/party/v4/organization", {"tradingName": "Difference Works"})
        began = time.monotonic()
        actor = site.authenticator.by_bearer(client.token).actor
        while not find(site.services, actor, "difference") and time.monotonic() < began + 10:
            time.sleep(0.02)
        assert time.monotonic() - began < SOON_S
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
