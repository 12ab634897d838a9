"""Saved views: two people who let a list open with different ones at the same moment."""

from __future__ import annotations

from threading import Thread

from tests.support.program import Site
from tests.support.waiting import wait_until
from trunkline.kernel.actor import Grant

VIEWS = "/api/workspace/v1/views"
WAITING = "select 1 from pg_locks where not granted"


def test_of_two_views_that_open_for_a_role_at_once_the_later_is_refused(site: Site) -> None:
    """Who comes later is told to try again, which then does it."""
    site.role("pias", {"*:read": Grant(), "workspace:own": Grant()})
    client = site.user("pia", roles=["pias"], scopes=("*:read", "workspace:own"))
    former, other, wanted = (
        client.post(VIEWS, {"resource": "Individual", "name": name, "role": "pias"}).json["id"]
        for name in ("Former", "Other", "Wanted")
    )
    opens = {"opensForRole": True}
    assert client.patch(f"{VIEWS}/{former}", opens).status_code == 200
    told: list[int] = []

    def change() -> None:
        told.append(client.patch(f"{VIEWS}/{wanted}", opens).status_code)

    late = Thread(target=change)
    with site.services.database.app.connection() as held, held.transaction():
        for is_first, ident in ((False, former), (True, other)):
            held.execute(
                "update saved_view set opens_for_role = %s where id = %s", [is_first, ident]
            )
        late.start()
        wait_until(lambda: bool(site.rows(WAITING)), "the later change to wait")
    late.join()
    assert told == [409]
    assert client.patch(f"{VIEWS}/{wanted}", opens).json["opensForRole"] is True
