"""Keys of transactions that came to nothing: no payload is sealed with a key that no row knows."""

from __future__ import annotations

import contextlib

from tests.support.program import Site
from trunkline.documents.clock import Chance
from trunkline.kernel.work import as_system
from trunkline.leases.sealing import Keyring
from trunkline.party.individual import Individual

PARTY = "/tmf-api/party/v4/individual"
PURPOSE = "event|1"


class Undone(Exception):
    """Ends a transaction without a commit."""


def fresh(site: Site) -> Keyring:
    """Return a keyring of another process with the same secret, which has read nothing yet."""
    ring = site.services.keyring
    ring.forget()
    return ring


def test_a_key_that_was_rolled_back_seals_nothing_later(site: Site) -> None:
    """What is written for an owner after a transaction that failed opens in every process."""
    keyring, owner = site.services.keyring, Chance().uuid()
    with site.services.database.app.connection() as connection:
        with contextlib.suppress(Undone), connection.transaction():
            keyring.prepare(connection, [owner]).seal(owner, PURPOSE, b"lost")
            raise Undone
        with connection.transaction():
            sealed = keyring.prepare(connection, [owner]).seal(owner, PURPOSE, b"kept")
        assert fresh(site).open(connection, owner, PURPOSE, sealed) == b"kept"


def test_nor_does_one_that_was_made_and_read_before_the_rollback(site: Site) -> None:
    """A second seal and an opening in the same transaction, or in a part of it, keep nothing."""
    keyring, owner = site.services.keyring, Chance().uuid()
    with site.services.database.app.connection() as connection:
        with contextlib.suppress(Undone), connection.transaction():
            with connection.transaction():
                first = keyring.prepare(connection, [owner]).seal(owner, PURPOSE, b"lost")
            keyring.prepare(connection, [owner])
            assert keyring.open(connection, owner, PURPOSE, first) == b"lost"
            raise Undone
        assert keyring.open(connection, owner, PURPOSE, first) is None
        sealed = keyring.prepare(connection, [owner]).seal(owner, PURPOSE, b"kept")
        assert fresh(site).open(connection, owner, PURPOSE, sealed) == b"kept"


def test_a_committed_key_is_read_once(site: Site) -> None:
    """A key whose row stays is kept in memory: the next seal asks the database nothing."""
    keyring, owner = site.services.keyring, Chance().uuid()
    with site.services.database.app.connection() as connection:
        for _ in range(2):
            keyring.prepare(connection, [owner])
    sealed = keyring.prepare(None, [owner]).seal(owner, PURPOSE, b"kept")  # type: ignore[arg-type]
    assert keyring.open(None, owner, PURPOSE, sealed) == b"kept"  # type: ignore[arg-type]


def test_events_after_a_failed_write_stay_readable(site: Site) -> None:
    """The first change for a person fails after it was written; what follows is not lost."""
    made = site.admin.post(PARTY, {"givenName": "Ada", "familyName": "Lovelace"}).json["id"]
    with site.services.database.app.connection() as connection:
        connection.execute("delete from owner_key where owner = %s", [made])
    fresh(site)
    with contextlib.suppress(Undone), as_system(site.services, "tests") as work:
        with work.edit(Individual, made) as ada:
            ada.gender = "x"
        raise Undone
    assert site.admin.patch(f"{PARTY}/{made}", {"gender": "f"}).status_code == 200
    fresh(site)
    events = site.admin.get("/tmf-api/event/v4/event", query_string=f"subject={made}").json
    assert [one["event"]["individual"]["gender"] for one in events] == ["f"]
