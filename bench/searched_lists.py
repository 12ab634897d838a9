"""Lists with a search: `python -m bench.searched_lists --customers 1000000`.

The customers are thin ones beside a few with everything; their entries of the search index are
written by one statement. A list of customers is asked for whole, by an administrator, as it opens,
with other orders, narrowed and grouped, by texts that few and very many of them have.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psycopg

from bench.pages import FRAGMENT_MS_MAX, Visitor, seeded
from bench.place import opened
from bench.search import INDEXES, fill_words
from trunkline.kernel.masks import ORDER
from trunkline.kernel.resource import registry
from trunkline.workspace.search_terms import searched_of

FULL = 200
HOW = {"as it opens": "", "by name": "&sort=name", "by state": "&sort=status",
       "its third page": "&offset=100", "active ones": "&status=active",
       "grouped by state": "&group=status"}  # fmt: skip


def main() -> None:
    """Make the customers, index them, and print what each list takes."""
    parser = argparse.ArgumentParser(prog="python -m bench.searched_lists", description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--kept", type=Path, help="a folder whose database is taken and left there")
    chosen = parser.parse_args()
    folder = chosen.kept or Path(tempfile.mkdtemp(prefix="tl-bench-", dir="/tmp"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)
    try:
        with opened(_say, folder) as place:
            seeded(place, chosen.customers, FULL)
            labels = index(place.owner_dsn)
            place.vacuum()
            print(f"\n## Lists with a search among {chosen.customers:,} customers\n")
            print("| asked for | p50 ms | p95 ms | may take | statements |\n|---|---|---|---|---|")
            visitor = Visitor(place)
            for title, draw in texts(labels).items():
                for how, query in HOW.items():
                    address = asked(draw, query)
                    one = visitor.measure(f"{title}, {how}", FRAGMENT_MS_MAX, address)
                    print(one.row(), flush=True)
    finally:
        if chosen.kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def asked(draw: Callable[[], str], query: str) -> Callable[[], str]:
    """Return what draws the address of a list with a search."""
    return lambda: f"/r/customer?q={quote(draw())}{query}"


def texts(labels: list[str]) -> dict[str, Callable[[], str]]:
    """Return what is asked for, by its title."""
    chance = random.Random(3)
    return {
        "whole name": lambda: chance.choice(labels),
        "first name": lambda: chance.choice(labels).split()[0],
        "three letters": lambda: chance.choice(labels)[:3],
        "three letters inside a name": lambda: chance.choice(labels).split()[-1][1:4],
        "first name and inside a name": lambda: chance.choice(labels).split()[0]
        + " " + chance.choice(labels).split()[-1][2:6],
        "one letter": lambda: chance.choice(labels)[:1],
    }  # fmt: skip


def index(dsn: str) -> list[str]:
    """Index all customers by their names, and return some of these."""
    resource = registry["Customer"]
    searched = searched_of(resource)
    word = f"{searched.prefix}{ORDER.index(searched.words[0][1])}:"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("set statement_timeout = 0; set maintenance_work_mem = '512MB'")
        connection.execute("alter table search_entry no force row level security")
        for name in INDEXES:
            connection.execute(f"drop index if exists search_entry_{name}")
        connection.execute("delete from search_entry where kind = %s", [str(resource)])
        connection.execute(
            "insert into search_entry select c.id, %s, c.key, c.owner, c.partner, r.label, %s, "
            "lower(r.label), '{}', array_to_tsvector(array(select distinct %s || w from "
            "regexp_split_to_table(lower(r.label), '[^[:alnum:]]+') w where w <> '')) "
            f"from {resource.table} c join record r on r.id = c.id",
            [str(resource), searched.label_class, word],
        )
        for name, body in INDEXES.items():
            connection.execute(f"create index search_entry_{name} on search_entry {body}")
        connection.execute("alter table search_entry force row level security")
        fill_words(connection, random.Random(7))
        connection.execute("vacuum analyze search_entry, search_word")
        rows = connection.execute(
            "select label from search_entry where kind = %s order by md5(record::text) limit 3000",
            [str(resource)],
        ).fetchall()
    return [label for (label,) in rows]


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
