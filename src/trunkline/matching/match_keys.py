"""Match keys: under which keyed hashes a record is looked for, kept beside the write path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.documents.decode import load
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import array_of
from trunkline.kernel.services import Services
from trunkline.matching.blocking import keys_of
from trunkline.matching.features import Features, features_of
from trunkline.party.customer import Customer

SECRET, PURPOSE, BYTES = "match_secret", "match secret", 32
INSTALLATION = "00000000-0000-0000-0000-00000000a7c4"
"""Whose key seals the secret: nobody's, so that no erasure takes it away."""
BLOCK_MAX = 60
"""More records under one key tell nothing; the newest of them are looked at."""
PLAIN = "select t.id::text, t.key, t.doc, null::json, '' from {table} t"
OF_CUSTOMER = (
    "select t.id::text, t.key, t.doc, coalesce(i.doc, o.doc), coalesce(t.owner::text, '') "
    "from customer t left join individual i on i.id = t.owner "
    "left join organization o on o.id = t.owner"
)
ALIKE = """t.id in (
  select m.record from unnest(%s::bigint[]) k (key) cross join lateral (
    select record from match_key where kind = %s and key = k.key order by record desc limit %s
  ) m where m.record <> all(%s::uuid[]))"""


@dataclass(frozen=True)
class Described:
    """A record by what of it is compared."""

    id: str
    key: str
    features: Features
    document: Mapping[str, Any]


def secret_of(services: Services, connection: Any) -> bytes:
    """Return the secret of the match keys, made when it is first asked for."""
    found: bytes | None = services.extra.get(SECRET)
    if found is None:
        sealer = services.keyring.prepare(connection, [INSTALLATION])
        made = sealer.seal(INSTALLATION, PURPOSE, services.chance.random_bytes(BYTES))
        connection.execute(
            "insert into match_secret (sealed) values (%s) on conflict do nothing", [made]
        )
        (stored,) = connection.execute("select sealed from match_secret").fetchone()
        found = services.keyring.open(connection, INSTALLATION, PURPOSE, bytes(stored))
        assert found is not None
        services.extra[SECRET] = found
    return found


def select_of(resource: Resource) -> str:
    """Return the statement, without its condition, that reads records of a kind to describe."""
    return OF_CUSTOMER if resource is Customer.resource else PLAIN.format(table=resource.table)


def described(rows: Iterable[Sequence[Any]]) -> list[Described]:
    """Return the records of rows of `select_of`."""
    found = []
    for ident, key, doc, party, party_id in rows:
        document = load(doc)
        own = load(party) if party is not None else None
        found.append(Described(ident, key, features_of(document, own, party_id), document))
    return found


def describe(connection: Any, resource: Resource, idents: Iterable[str]) -> dict[str, Described]:
    """Return the records with these ids by what of them is compared, in one statement."""
    wanted = array_of(sorted(set(idents)))
    rows = connection.execute(
        f"{select_of(resource)} where t.id = any(%s::uuid[])", [wanted]
    ).fetchall()
    return {one.id: one for one in described(rows)}


def alike(
    connection: Any, resource: Resource, keys: Sequence[int], *, apart: Sequence[str] = ()
) -> list[Described]:
    """Return the records that share a key, except those set apart, in one statement."""
    rows = connection.execute(
        f"{select_of(resource)} where {ALIKE}",
        [list(keys), resource.name, BLOCK_MAX, array_of(apart)],
    ).fetchall()
    return described(rows)


def keep_keys(services: Services, connection: Any, resource: Resource, one: Described) -> list[int]:
    """Bring the keys of a record to what it says now and return them; none where they are so."""
    keys = keys_of(resource.name, one.features, secret_of(services, connection))
    row = connection.execute(
        "with gone as (delete from match_key where record = %s and key <> all(%s::bigint[]) "
        "returning 1), come as (insert into match_key (kind, key, record) "
        "select %s, key, %s from unnest(%s::bigint[]) key on conflict do nothing returning 1) "
        "select (select count(*) from gone) + (select count(*) from come)",
        [one.id, keys, resource.name, one.id, keys],
    ).fetchone()
    return keys if row[0] else []


def forget_keys(connection: Any, ident: str) -> None:
    """Remove the keys of a record."""
    connection.execute("delete from match_key where record = %s", [ident])
