"""Sealing in the database: what is kept of a person opens with their key only."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Site
from trunkline.documents.clock import Chance
from trunkline.documents.decode import load
from trunkline.leases.sealing import Keyring

PARTY = "/tmf-api/party/v4/individual"
CANARY = "Canarywharf"


@pytest.fixture(scope="module")
def person(site: Site) -> str:
    body = {"givenName": "Ada", "familyName": CANARY}
    made = site.admin.post(PARTY, body, headers={"Idempotency-Key": "seal"}).json["id"]
    site.admin.patch(f"{PARTY}/{made}", {"gender": f"{CANARY}-changed"})
    return str(made)


def keyring(site: Site, secret: str | None = None) -> Keyring:
    if secret is not None:
        return Keyring(secret, Chance().random_bytes)
    return site.services.keyring


def payloads(site: Site, ident: str) -> list[tuple[Any, ...]]:
    return site.rows(
        "select 'event|' || id, owner::text, payload from event where subject = %s union all "
        "select 'audit|' || id, owner::text, changes from audit where subject = %s union all "
        "select 'answer|' || subject, owner::text, answer from idempotency where subject = %s",
        ident, ident, ident,
    )  # fmt: skip


def test_no_table_but_the_record_holds_the_name(site: Site, person: str) -> None:
    """Outside the record and its directory row the value stands nowhere in plain text."""
    tables = site.rows(
        "select c.relname from pg_class c where c.relkind = 'r' "
        "and c.relnamespace = 'public'::regnamespace"
    )
    holding = {
        name
        for (name,) in tables
        if site.rows(f"select 1 from {name} x where x::text ~* '{CANARY}' limit 1")
        or site.rows(f"select 1 from {name} x where x::text ~* '{CANARY.encode().hex()}' limit 1")
    }
    assert holding == {"individual", "record"}


def test_payloads_open_with_the_owners_key(site: Site, person: str) -> None:
    """Event, audit line and kept answer open under the running program's secret."""
    found = payloads(site, person)
    assert len(found) == 5
    with site.services.database.app.connection() as connection:
        for purpose, owner, stored in found:
            assert bytes(stored)[:1] == b"\x01"
            opened = keyring(site).open(connection, owner, purpose, bytes(stored))
            assert opened is not None
            load(opened)


def test_payload_moved_elsewhere_does_not_open(site: Site, person: str) -> None:
    """One row's payload under another row's name, or changed by a bit, is nothing."""
    (one, owner, stored), (other, *_), *_ = payloads(site, person)
    changed = bytes(stored)[:-1] + bytes([bytes(stored)[-1] ^ 1])
    with site.services.database.app.connection() as connection:
        assert keyring(site).open(connection, owner, other, bytes(stored)) is None
        assert keyring(site).open(connection, owner, one, changed) is None
        assert keyring(site).open(connection, owner, one, b"\x01short") is None


def test_erased_key_takes_all_copies_along(site: Site) -> None:
    """With the owner's key row gone nothing opens any more, here or in a new process."""
    body = {"givenName": "Ada", "familyName": CANARY}
    made = site.admin.post(PARTY, body, headers={"Idempotency-Key": "erase"}).json["id"]
    with site.services.database.app.connection() as connection:
        connection.execute("delete from owner_key where owner = %s", [made])
        keyring(site).forget()
        for purpose, owner, stored in payloads(site, made):
            assert keyring(site).open(connection, owner, purpose, bytes(stored)) is None
    again = site.admin.post(PARTY, body, headers={"Idempotency-Key": "erase"})
    assert again.status_code == 404
    assert CANARY not in again.text


def test_another_secret_opens_nothing(site: Site, person: str) -> None:
    """A copy of the database without the installation's secret is of no use."""
    from cryptography.exceptions import InvalidTag

    purpose, owner, stored = payloads(site, person)[0]
    with site.services.database.app.connection() as connection, pytest.raises(InvalidTag):
        keyring(site, "another secret").open(connection, owner, purpose, bytes(stored))


def test_what_belongs_to_nobody_is_plain(site: Site) -> None:
    """A catalog's events are readable as they are: no key, nothing to erase."""
    path = "/tmf-api/productCatalogManagement/v4/category"
    made = site.admin.post(path, {"name": "Fibre"}).json["id"]
    ((payload, owner),) = site.rows("select payload, owner from event where subject = %s", made)
    assert (bytes(payload)[:1], owner) == (b"\x00", None)
    assert load(bytes(payload)[1:])["name"] == "Fibre"
