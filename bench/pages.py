"""The pages and their parts with many customers: `python -m bench.pages --customers 1000000`.

Each is asked for in this process, by an administrator who has signed in, of records that are drawn
anew each time. The time is the server's: from the request to the whole answer, with all that a
page does after the sign-in. The parts of a page are those that it asks for itself once it is
there. What the search box finds is measured by `bench.search`, over an index that is as large.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import falcon.testing
import psycopg

from bench import statements
from bench.place import Place, opened
from bench.thin import add_thin
from trunkline.api.app import make_app
from trunkline.demo.large import seed_large
from trunkline.identity.authenticate import Authenticator
from trunkline.identity.sign_in import sign_in
from trunkline.settings import load
from trunkline.web.app import add_routes
from trunkline.workspace.search_index import catch_up

ASKED = 60
DRAWN = 200
DEEP = 100
TRIAL = 20_000
FRAGMENT_MS_MAX, SHELL_MS_MAX, SEARCH_MS_MAX = 100, 150, 100
BESIDE = ("begin", "set local", "commit", "rollback")
TAG = re.compile(r"<[a-z][^>]*\bhx-get=[^>]*>")
VALUE = r'\b{}="([^"]*)"'
NEXT = re.compile(r'<a\b[^>]*\brel="next"[^>]*>')


@dataclass
class Measured:
    """What one page or part took, in milliseconds and statements, and what it may take."""

    name: str
    most_ms: int
    took_ms: list[float] = field(default_factory=list)
    sent: int = 0

    def at(self, share: float) -> float:
        """Return the time that this share of the requests took at most."""
        return sorted(self.took_ms)[int((len(self.took_ms) - 1) * share)]

    def row(self) -> str:
        """Return the row of a Markdown table."""
        p95 = self.at(0.95)
        verdict = "" if p95 <= self.most_ms else " **above**"
        return (
            f"| {self.name} | {self.at(0.5):.1f} | {p95:.1f} | {self.most_ms}{verdict} "
            f"| {self.sent} |"
        )


class Visitor:
    """Asks for pages as an administrator."""

    def __init__(self, place: Place) -> None:
        settings = load({"TRUNKLINE_DATABASE_URL": place.dsn})
        authenticator = Authenticator(place.services)
        app = make_app(place.services, authenticator, settings)
        add_routes(app, place.services, authenticator, settings)
        self._app = falcon.testing.TestClient(app)
        session, _ = sign_in(
            place.services, login=place.login, password="correct horse", address="127.0.0.1"
        )
        self._cookies = {"trunkline": session.token}

    def get(self, address: str) -> Any:
        """Return the answer to a request; one that is refused ends the measurement."""
        path, _, query = address.partition("?")
        answer = self._app.simulate_get(path, query_string=query, cookies=self._cookies)
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status_code} {answer.text[:300]}")
        return answer

    def measure(self, name: str, most_ms: int, draw: Callable[[], str]) -> Measured:
        """Ask for a page as often as is needed to tell what it takes."""
        measured = Measured(name, most_ms)
        self.get(draw())
        for _ in range(ASKED):
            address = draw()
            began = time.perf_counter()
            self.get(address)
            measured.took_ms.append((time.perf_counter() - began) * 1000)
        address = draw()
        with statements.recorded() as kept:
            self.get(address)
        measured.sent = sum(not sql.lower().startswith(BESIDE) for sql, _ in kept)
        return measured

    def parts(self, address: str) -> Iterator[str]:
        """Yield what a page asks for itself once it is there."""
        for tag in TAG.findall(unescape(self.get(address).text)):
            found = re.search(VALUE.format("hx-get"), tag)
            trigger = re.search(VALUE.format("hx-trigger"), tag)
            if found and trigger and "load" in trigger[1]:
                yield found[1]


def seeded(place: Place, customers: int, full: int) -> None:
    """Store so many customers, the first `full` of them with all that the large set has of one."""
    count = "select count(*) from customer"
    full = min(full, customers)
    stored = seed_large(place.services, size=min(TRIAL, full * 10), progress=lambda _: None)
    with psycopg.connect(place.owner_dsn, autocommit=True) as connection:
        ((there,),) = connection.execute(count).fetchall()
        if there < full:
            size = stored * full // there
            print(f"about {size:,} records", file=sys.stderr)
            stored = seed_large(place.services, size=size, progress=lambda _: None)
            ((there,),) = connection.execute(count).fetchall()
        if there < customers:
            add_thin(place.owner_dsn, customers, lambda text: print(text, file=sys.stderr))
            place.vacuum()
        ((there,),) = connection.execute(count).fetchall()
        ((records,),) = connection.execute("select count(*) from record").fetchall()
    print(f"\n## Pages with {there:,} customers, {records:,} records\n")


def drawn(place: Place, table: str, condition: str = "true") -> Callable[[], str]:
    """Return what draws the key of a record."""
    sql = f"select key from {table} t where {condition} order by md5(id::text) limit {DRAWN}"
    with psycopg.connect(place.owner_dsn, autocommit=True) as connection:
        keys = [key for (key,) in connection.execute(sql)]
    if not keys:
        raise RuntimeError(f"there is no record in {table}")
    chance = random.Random(5)
    return lambda: str(chance.choice(keys))


def sold(place: Place) -> tuple[str, str]:
    """Return the offers that most products are of, and that only old ones are."""
    sql = (
        "select f.target::text from product p join inventory_reference f on f.source = p.id "
        "and (f.type, f.path) = ('Product', 'productOffering') "
        "group by 1 order by count(*) {0}, max(p.id::text) limit 1"
    )
    with psycopg.connect(place.owner_dsn, autocommit=True) as connection:
        connection.execute("set statement_timeout = 0")
        ((many,),) = connection.execute(sql.format("desc")).fetchall()
        ((few,),) = connection.execute(sql.format("asc")).fetchall()
    return many, few


def deep(visitor: Visitor, address: str) -> str:
    """Return the address of a page of a list that one gets to by going on and on."""
    for _ in range(DEEP):
        found = NEXT.search(visitor.get(address).text)
        link = found and re.search(VALUE.format("href"), unescape(found[0]))
        if not link:
            break
        address = link[1]
    return address


def shells(place: Place) -> dict[str, tuple[int, Callable[[], str]]]:
    """Return the pages: their name, what they may take, and what draws the address of one."""
    ordered = "exists (select from product_order o where o.owner = t.owner)"
    customer, order = drawn(place, "customer", ordered), drawn(place, "product_order")
    person, product = drawn(place, "individual"), drawn(place, "product")
    offering = drawn(place, "product_offering")
    many, few = sold(place)
    return {
        "home": (FRAGMENT_MS_MAX, lambda: "/"),
        "list, first page": (FRAGMENT_MS_MAX, lambda: "/r/customer"),
        "list, filtered": (FRAGMENT_MS_MAX, lambda: "/r/product?status=active"),
        "list, sorted": (FRAGMENT_MS_MAX, lambda: "/r/individual?sort=-familyName"),
        "list, filtered and sorted": (
            FRAGMENT_MS_MAX, lambda: "/r/productOrder?state=completed&sort=-key"),
        "list, most of all, sorted": (
            FRAGMENT_MS_MAX, lambda: "/r/product?status=active&sort=-startDate"),
        "list, by an offer that half of all have": (
            FRAGMENT_MS_MAX, lambda: f"/r/product?productOffering.id={many}"),
        "list, by an offer of old": (
            FRAGMENT_MS_MAX, lambda: f"/r/product?productOffering.id={few}"),
        "list, grouped": (FRAGMENT_MS_MAX, lambda: "/r/customer?group=status"),
        "list, not to be sorted so": (FRAGMENT_MS_MAX, lambda: "/r/individual?sort=-updatedAt"),
        "record": (FRAGMENT_MS_MAX, lambda: f"/r/individual/{person()}"),
        "record, peeked at": (FRAGMENT_MS_MAX, lambda: f"/r/product/{product()}/peek"),
        "form": (FRAGMENT_MS_MAX, lambda: f"/r/individual/{person()}/edit"),
        "customer 360": (SHELL_MS_MAX, lambda: f"/customer/{customer()}"),
        "order and its plan": (FRAGMENT_MS_MAX, lambda: f"/order/{order()}"),
        "order capture": (FRAGMENT_MS_MAX, lambda: f"/order/new?customer={customer()}"),
        "catalog, an offer": (
            FRAGMENT_MS_MAX, lambda: f"/catalog/productOffering/{offering()}"),
        "worklist": (FRAGMENT_MS_MAX, lambda: "/fallout"),
        "tasks": (FRAGMENT_MS_MAX, lambda: "/tasks"),
        "counts of the queues": (FRAGMENT_MS_MAX, lambda: "/shell/counts"),
    }  # fmt: skip


def composed(outer: Callable[[str], str], inner: Callable[[], str]) -> Callable[[], str]:
    """Return what calls one with the result of the other."""
    return lambda: outer(inner())


def measure(place: Place) -> Iterator[Measured]:
    """Measure each page, then each part of it."""
    visitor = Visitor(place)
    for name, (most, draw) in shells(place).items():
        yield visitor.measure(name, most, draw)
        for at, part in enumerate(visitor.parts(draw())):
            title = f"{name}: {part.partition('?')[0].rpartition('/')[2]}"

            def draw_part(at: int = at, draw: Callable[[], str] = draw) -> str:
                return next(islice(visitor.parts(draw()), at, None))

            yield visitor.measure(title, FRAGMENT_MS_MAX, draw_part)
    far = deep(visitor, "/r/individual?sort=familyName")
    yield visitor.measure(f"list, {DEEP} pages on", FRAGMENT_MS_MAX, lambda: far)


def measure_search(place: Place) -> Iterator[Measured]:
    """Fill the index and measure what the search box finds."""
    catch_up(place.services, steps=sys.maxsize)
    visitor, key = Visitor(place), drawn(place, "customer")
    with psycopg.connect(place.owner_dsn, autocommit=True) as connection:
        sql = f"select label from search_entry where label <> '' order by md5(key) limit {DRAWN}"
        labels = [label for (label,) in connection.execute(sql)]
    chance = random.Random(5)
    for name, draw in (
        ("a name", lambda: quote(chance.choice(labels))),
        ("three letters", lambda: quote(chance.choice(labels)[:3])),
        ("a key", key),
    ):
        address = composed("/shell/found?q={}".format, draw)
        yield visitor.measure(f"search: {name}", SEARCH_MS_MAX, address)


def main() -> None:
    """Measure with the number of customers that the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--full", type=int, help="so many have orders, services and resources, too")
    parser.add_argument("--kept", type=Path, help="a folder whose database is taken and left there")
    parser.add_argument("--no-search", action="store_true", help="leave the search box out")
    chosen = parser.parse_args()
    with opened(lambda text: print(text, file=sys.stderr), chosen.kept) as place:
        seeded(place, chosen.customers, chosen.full or chosen.customers)
        print("| page or part | p50 ms | p95 ms | may take | statements |\n|---|---|---|---|---|")
        for one in measure(place):
            print(one.row(), flush=True)
        if not chosen.no_search:
            for one in measure_search(place):
                print(one.row(), flush=True)


if __name__ == "__main__":
    main()
