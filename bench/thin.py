"""Thin customers: many of them beside a few with everything, copied inside the database.

Each has a person and an account; every second one a product. They are stored as rows, names and
references, with indexes of every list; without audit lines, events and entries of the search box,
and without orders, services and resources.
"""

from __future__ import annotations

from typing import Any

import psycopg

from trunkline.demo.people import FAMILY_NAMES, GIVEN_NAMES
from trunkline.documents.decode import encode, load
from trunkline.kernel.resource import Resource, registry

KINDS = ("Individual", "Customer", "BillingAccount", "Product")
LEFT_OUT = ("realizingService", "realizingResource", "productOrderItem", "productRelationship",
            "place", "product")  # fmt: skip
AT_ONCE = 50_000
FAMILIES = 20_000
PERSON = """
select i.id::text as "Individual", c.id::text as "Customer", b.id::text as "BillingAccount",
  p.id::text as "Product", i.doc->>'givenName' as given, i.doc->>'familyName' as family
from customer c join individual i on i.id = c.owner join billing_account b on b.owner = i.id
join product p on p.owner = i.id and p.p_status = 'active'
order by c.id, p.id limit 1
"""
WHO = """
create temp table who as select n, {ids},
  (%(given)s::text[])[1 + (hashint4(n) & 2147483647) %% {givens}] as given,
  (%(family)s::text[])[1 + (hashint4(n * 7 + 3) & 2147483647) %% {families}]
    || case when n %% 3 = 0 then '' else
      '-' || initcap(substr(md5((n %% {many})::text), 1, 5)) end as family,
  timestamptz '2024-06-01' + n * interval '30 seconds' as at
from generate_series(%(first)s::int, %(last)s::int) n
"""
IDENT = """(lpad(to_hex((extract(epoch from timestamptz '2024-06-01') * 1000)::bigint
  + n * 30000::bigint), 12, '0') || '7' || substr(md5(n || '{kind}'), 1, 3) || '8'
  || substr(md5(n || '{kind}'), 4, 15))::uuid::text as "{kind}" """


def add_thin(dsn: str, customers: int, say: Any = print) -> None:
    """Bring the number of customers to so many; there are some with everything already."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("set statement_timeout = 0; set synchronous_commit = off")
        ((there,),) = connection.execute("select count(*) from customer").fetchall()
        pattern = _pattern(connection)
        while there < customers:
            last = min(customers, there + AT_ONCE)
            _who(connection, there + 1, last)
            with connection.transaction():
                for kind in KINDS:
                    _copy(connection, registry[kind], pattern)
                connection.execute("drop table who")
            there = last
            say(f"{there:,} customers")
        for kind in KINDS:
            table = registry[kind].table
            connection.execute(f"select setval('{table}_key', 900000000)")


def _pattern(connection: Any) -> dict[str, str]:
    """Return the ids and names of a customer that others are copied from."""
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        found: dict[str, str] = cursor.execute(PERSON).fetchone()
    return found


def _who(connection: Any, first: int, last: int) -> None:
    text = WHO.format(
        ids=", ".join(IDENT.format(kind=kind) for kind in KINDS),
        givens=len(GIVEN_NAMES), families=len(FAMILY_NAMES), many=FAMILIES,
    )  # fmt: skip
    asked = {"given": list(GIVEN_NAMES), "family": list(FAMILY_NAMES)}
    connection.execute(text, asked | {"first": first, "last": last})


def _copy(connection: Any, resource: Resource, pattern: dict[str, str]) -> None:
    """Copy the pattern's record of a kind with its name and references, once for each."""
    ident, table = pattern[resource.name], resource.table
    some = "where n %% 2 = 0" if resource.name == "Product" else ""
    ((head, document),) = connection.execute(
        f"select (to_jsonb(t) - 'doc')::text, doc::text from {table} t where id = %s", [ident]
    ).fetchall()
    own, shown = load(head.encode()), load(document.encode())
    row = encode({**own, "doc": {k: v for k, v in shown.items() if k not in LEFT_OUT}}).decode()
    moved = [(pattern[name], f'who."{name}"') for name in KINDS]
    moved += [(pattern["given"], "who.given"), (pattern["family"], "who.family"),
              (own["key"], f"'{resource.prefix}9' || lpad(who.n::text, 8, '0')"),
              (own["created_at"], "to_jsonb(who.at)#>>'{}'"),
              (own["updated_at"], "to_jsonb(who.at)#>>'{}'")]  # fmt: skip
    _insert(connection, table, row, moved, some)
    ((name,),) = connection.execute(
        "select to_jsonb(r)::text from record r where id = %s", [ident]
    ).fetchall()
    _insert(connection, "record", name, moved, some)
    links = connection.execute(
        f"select to_jsonb(f)::text from {resource.reference_table} f where source = %s and "
        "(target = any(%s::uuid[]) or target_type like '%%Offering' "
        "or target_type like '%%Specification')",
        [ident, [pattern[one] for one in KINDS]],
    ).fetchall()
    for (link,) in links:
        _insert(connection, resource.reference_table, link, moved, some)


def _insert(connection: Any, table: str, row: str, moved: list[tuple[str, str]], some: str) -> None:
    """Insert a row again and again, with other texts for some of its own."""
    text, parameters = "%s::text", [row]
    for former, new in moved:
        if former in row:
            text, parameters = f"replace({text}, %s, {new})", [*parameters, former]
    connection.execute(
        f"insert into {table} select made.* from who, "
        f"json_populate_record(null::public.{table}, ({text})::json) made {some}",
        parameters,
    )
