"""The search box over a made-up index: `python -m bench.search --people 1000000`.

Six records to a person (individual, customer, account, product, service, resource), 400 first and
6,000 family names of which some are frequent, numbers with a common beginning. The index is written
by one statement for each kind; only finding is measured: by the box, and all customers for a list.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from trunkline.database.connection import Database
from trunkline.database.launcher import EmbeddedServer
from trunkline.documents.errors import Invalid
from trunkline.kernel.actor import system
from trunkline.kernel.masks import ORDER
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import registry
from trunkline.program.start import bring_up_to_date, make_services
from trunkline.settings import load
from trunkline.workspace.search import find
from trunkline.workspace.search_every import find_every
from trunkline.workspace.search_terms import searched_of

ASKED = 60
WORDS = 400_000
SYLLABLES = (
    "ba be bo da de do fa ga ha jo ka ko la lo ma mi na no pa re ri sa so ta ti va we schmi".split()
)
INDEXES = {
    "terms": "using gin (terms) with (fastupdate = off)", "folded": "(kind, folded)",
    "key": "(key)", "owner": "(owner) where owner is not null",
    "partner": "(partner) where partner is not null",
}  # fmt: skip
NAME, PHONE = (
    "given || ' ' || family",
    "'49170' || lpad((i * 7919::bigint %% 10000000)::text, 7, '0')",
)
CARD = "'8949020000' || lpad((i * 104729::bigint %% 1000000000)::text, 9, '0')"
KINDS = (
    ("Individual", NAME, "null"), ("Customer", NAME, "null"),
    ("BillingAccount", f"{NAME} || ', main account'", "null"),
    ("Product", "'Mobile ' || i %% 40", "null"), ("Service", "'Mobile subscription'", PHONE),
    ("Resource", "'Mobile subscription'", CARD),
)  # fmt: skip


def names(chance: random.Random, count: int, frequent: list[str]) -> list[str]:
    """Return made-up names, the frequent ones several times."""
    made = {"".join(chance.choices(SYLLABLES, k=chance.choice((2, 3)))) for _ in range(count)}
    return [*sorted(made), *frequent * 20]


def fill(dsn: str, people: int) -> None:
    """Write the index of so many people."""
    chance = random.Random(7)
    given, family = names(chance, 400, ["maria", "ada"]), names(chance, 6000, ["schmidt", "garcia"])
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("set statement_timeout = 0; set maintenance_work_mem = '512MB'")
        connection.execute("alter table search_entry no force row level security")
        for name in INDEXES:
            connection.execute(f"drop index search_entry_{name}")
        connection.execute(
            "create temp table who as select i, gen_random_uuid() as person, "
            "(%s::text[])[1 + (hashint4(i) & 2147483647) %% %s] as given, "
            "(%s::text[])[1 + (hashint4(i * 7 + 3) & 2147483647) %% %s] as family "
            "from generate_series(1, %s) i",
            [given, len(given), family, len(family), people],
        )
        for kind, label, number in KINDS:
            searched = searched_of(registry[kind])
            word = f"{searched.prefix}{ORDER.index(searched.words[0][1])}:"
            digit = ORDER.index(searched.numbers[0][1]) if searched.numbers else 0
            gram = f"{searched.prefix}{digit}#"
            connection.execute(
                "insert into search_entry "
                "select gen_random_uuid(), %s, %s || lpad(i::text, 6, '0'), "
                f"person, null, {label}, %s, lower({label}), "
                f"case when {number} is null then '{{}}' else array[%s || {number}] end, "
                "array_to_tsvector(array(select %s || w from "
                f"regexp_split_to_table(lower({label}), '[^[:alnum:]]+') w) || "
                f"array(select %s || substr({number}, k, 4) from "
                f"generate_series(1, coalesce(length({number}), 0) - 2) k)) from who",
                [kind, searched.prefix, searched.label_class, str(digit), word, gram],
            )
        for name, body in INDEXES.items():
            connection.execute(f"create index search_entry_{name} on search_entry {body}")
        connection.execute("alter table search_entry force row level security")
        fill_words(connection, chance)
        connection.execute("vacuum analyze search_entry, search_word")


def fill_words(connection: Any, chance: random.Random) -> None:
    """Write the words that are in the index, and as many rare ones as real names would bring."""
    rare = {"".join(chance.choices(SYLLABLES, k=chance.choice((3, 4, 5)))) for _ in range(WORDS)}
    searched = searched_of(registry["Customer"])
    mark = f"{searched.prefix}{ORDER.index(searched.words[0][1])}:"
    connection.execute("alter table search_word no force row level security")
    connection.execute(
        "insert into search_word select t, array_to_tsvector(array(select split_part(t, ':', 1) "
        "|| ':' || substr(w, k, 4) from generate_series(2, length(w) - 2) k)) from ("
        "select word as t, split_part(word, ':', 2) as w "
        "from ts_stat('select terms from search_entry') where word !~ '#' "
        "union select %s || w, w from unnest(%s::text[]) w) as n "
        "where length(w) > 3 on conflict do nothing",
        [mark, sorted(rare)],
    )
    connection.execute("alter table search_word force row level security")


def timed(texts: list[str], find: Callable[[str], int]) -> tuple[str, int, int]:
    """Return the times of finding texts, the most that one found, and how many were too wide."""
    took, most, wide = [], 0, 0
    for text in texts:
        began = time.perf_counter()
        try:
            most = max(most, find(text))
        except Invalid:
            wide += 1
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return f"{took[ASKED // 2]:.1f} | {took[ASKED * 95 // 100]:.1f}", most, wide


def main() -> None:
    """Fill an index and print how long finding takes, by what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=100_000)
    people = parser.parse_args().people
    modules = load_modules()
    with tempfile.TemporaryDirectory(prefix="tl-") as folder:
        server = EmbeddedServer.start(Path(folder) / "data", bindir=None)
        bring_up_to_date(server.dsn(), modules)
        fill(server.dsn(), people)
        database = Database(server.dsn(), connections_max=4)
        services = make_services(load({"TRUNKLINE_DATA": folder}), database)
        with database.app.connection() as connection:
            rows = connection.execute(
                "select kind, label, key, numbers from search_entry order by md5(record::text) "
                "limit 3000"
            ).fetchall()
        named = [label for kind, label, _, _ in rows if kind == "Customer"]
        numbers = [held[0][1:] for _, _, _, held in rows if held]
        keys = [key for _, _, key, _ in rows]
        by, customers = system("bench"), registry["Customer"]
        chance = random.Random(3)
        asked: dict[str, Callable[[], str]] = {
            "whole name": lambda: chance.choice(named),
            "first name and three letters": lambda: chance.choice(named).split()[0]
            + " " + chance.choice(named).split()[1][:3],
            "three letters": lambda: chance.choice(named)[:3],
            "three letters inside a name": lambda: chance.choice(named).split()[1][1:4],
            "four letters inside a name": lambda: chance.choice(named).split()[1][1:5],
            "first name and inside a name": lambda: chance.choice(named).split()[0]
            + " " + chance.choice(named).split()[1][2:],
            "inside a word that a million have": lambda: "ubscript",
            "one letter": lambda: chance.choice(named)[:1],
            "whole number": lambda: chance.choice(numbers),
            "last seven of a number": lambda: chance.choice(numbers)[-7:],
            "last four of a number": lambda: chance.choice(numbers)[-4:],
            "key": lambda: chance.choice(keys),
            "what all numbers begin with": lambda: "8949020000",
            "what all numbers have inside": lambda: "49020",
        }  # fmt: skip
        print("| asked for | p50 ms | p95 ms | in a list, p50 | p95 | found at most | too wide |")
        print("|---|---|---|---|---|---|---|")
        for title, ask in asked.items():
            texts = [ask() for _ in range(ASKED)]
            box, _, _ = timed(texts, lambda text: len(find(services, by, text)))
            lists, most, wide = timed(
                texts, lambda text: len(find_every(services, by, customers, text).idents)
            )
            print(f"| {title} | {box} | {lists} | {most:,} | {wide} |", flush=True)
        database.close()
        server.leave()


if __name__ == "__main__":
    main()
