"""Walks the pages of a filled program by their own links, the fullest records first."""

from __future__ import annotations

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import psycopg

from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of
from trunkline.kernel.resource import registry
from trunkline.web.addresses import Addresses

LINK = re.compile(r'(?:href|hx-get|data-[a-z-]+)="(/[^"#]*)')
PARTS = re.compile(r"\{(?:name|panel|pane|number)[^}]*\}$")
"""Where the end of an address chooses one of several parts, each of which counts by itself."""
BY_KIND, DERIVED = "/chain", "/r/"
"""Of which parts each kind has its own, and where what is asked for chooses rows, not parts."""
KIND = re.compile(r"\{(\w+)\}")
LEADS_AWAY = frozenset({"/sign-out", "/administration/viewing/end"})
REFUSED_MAX, FEW = 4, 3


def routes_of(app: Any) -> set[str]:
    """Return the templates of all addresses that pages answer."""

    def walk(node: Any) -> Iterator[str]:
        if node.resource is not None and node.uri_template:
            asked = (node.method_map or {}).get("GET")
            if is_of_pages(node.resource) and getattr(asked, "__name__", "").startswith("on_get"):
                yield node.uri_template
        for child in node.children:
            yield from walk(child)

    return {one for root in app._router._roots for one in walk(root)}


def is_of_pages(resource: object) -> bool:
    """Tell whether an address is one of the pages."""
    return type(resource).__module__.startswith("trunkline.web")


@dataclass(frozen=True)
class Seen:
    """An address that was asked for, whether its answer is a whole page, and its statements."""

    address: str
    is_page: bool
    statements: list[str]


@dataclass
class Walk:
    """What was seen, by the template of the address; parts of one template by their names, too."""

    browser: Browser
    fullness: Mapping[str, int]
    seen: dict[str, Seen] = field(default_factory=dict)
    routes: set[str] = field(default_factory=set)
    refused: dict[str, int] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)
    _often: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _heap: list[tuple[float, int, str, str]] = field(default_factory=list)

    def add(self, address: str) -> None:
        """Note an address that is to be looked at."""
        if address in self._known:
            return
        self._known.add(address)
        path = address.partition("?")[0]
        found = self.browser.app.app._router.find(path)
        if not found or path in LEADS_AWAY or not is_of_pages(found[0]):
            return
        template = found[3]
        if PARTS.search(template) or template.endswith(BY_KIND):
            template += f" {path.split('/')[2]} {path.rpartition('/')[2]}"
        if "{ident}" in template and not template.startswith(DERIVED):
            template += " " + ",".join(sorted(parse_qs(address.partition("?")[2])))
        held = sum(self.fullness.get(one, 0) for one in re.split(r"[/?=&]", address))
        heapq.heappush(self._heap, (self._often[template], -held, address, template))

    def go(self) -> None:
        """Ask for the fullest of each, and for what that leads to."""
        while self._heap:
            often, held, address, template = heapq.heappop(self._heap)
            if self._often[template] >= 1:
                continue
            if self._often[template] != often:
                heapq.heappush(self._heap, (self._often[template], held, address, template))
                continue
            self._look(address, template)

    def _look(self, address: str, template: str) -> None:
        answer, own = self._asked(address)
        headers = {"HX-Request": "true"} if answer.status_code == 303 else {}
        if headers:  # what is a part only for a page that asks for it
            answer, own = self._asked(address, **headers)
        if answer.status_code not in {200, 204}:
            self.refused[address] = answer.status_code
            self._often[template] += 1 / REFUSED_MAX
            return
        self._often[template] += 1
        self.routes.add(template.partition(" ")[0])
        if len(own) > FEW:  # what a process learns once is not what an answer costs
            answer, own = self._asked(address, **headers)
        is_html = "html" in answer.headers.get("content-type", "")
        html = source_of(answer) if is_html else ""
        self.seen[template] = Seen(address, "<html" in html or not is_html, own)
        for link in LINK.findall(html):
            if not link.startswith(("//", "/static")):
                self.add(unescape(link))

    def _asked(self, address: str, **headers: str) -> tuple[Any, list[str]]:
        with counted() as sent:
            answer = self.browser.get(address, **headers)
        quiet = ("begin", "set local", "set transaction", "commit")
        return answer, [one for one in sent if not one.lower().startswith(quiet)]


def fullness_of(connection: psycopg.Connection[Any]) -> Counter[str]:
    """Return how many references name each record, by its id and by its key."""
    found: Counter[str] = Counter()
    for table in sorted({one.reference_table for one in registry}):
        rows = connection.execute(f"select target::text, count(*) from {table} group by 1")
        found.update(dict(rows.fetchall()))
    for resource in registry:
        held = connection.execute(f"select id::text, key from {resource.table}").fetchall()
        found.update({key: 1 + found[ident] for ident, key in held})
        found.update([ident for ident, _ in held])
    return found


def fullest(fullness: Mapping[str, int]) -> dict[str, str]:
    """Return the key of the fullest record of each kind that has any, by the kind's name."""
    found: dict[str, str] = {}
    for resource in registry:
        own = [key for key in fullness if key.startswith(resource.prefix) and
               key.removeprefix(resource.prefix).isdigit()]  # fmt: skip
        if own:
            found[resource.name] = max(own, key=lambda key: fullness[key])
    return found


def walked(
    browser: Browser, fullness: Mapping[str, int], begin: Iterable[str], *, with_kinds: bool
) -> Walk:
    """Walk from `begin`, which may name kinds, and from each kind's list and fullest record."""
    walk, addresses, keys = Walk(browser, fullness), Addresses(registry), fullest(fullness)
    for resource in registry if with_kinds else ():
        if resource.name in keys and addresses.has(resource):
            listed, key = addresses.of_list(resource), keys[resource.name]
            for one in (listed, addresses.of_record(resource, key), f"{listed}/{key}"):
                walk.add(one)
    for one in begin:
        walk.add(KIND.sub(lambda found: keys[found[1]], one))
    walk.go()
    return walk
