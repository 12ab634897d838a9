"""Below: installed records with all that they consist of, run on and are used by, read at once.

The rules of an order walk down from its products level by level and ask who else uses what they
meet. Who looks at such an order reads all of that in one statement before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource as Equipment
from trunkline.inventory.service import Service
from trunkline.kernel.resource import Document
from trunkline.ordering.installed import Record, part_ids
from trunkline.web.capture.looking import Looking
from trunkline.web.records import Branch, sees

USERS_READ = 100
USED_AT = ("realizingService", "realizingResource", "supportingService", "supportingResource")
"""Where a product or service names what it runs on."""
RELYING_AT = "serviceRelationship.service"
"""Where a service names what it relies on, among others."""
KINDS: tuple[type[Record], ...] = (Product, Service, Equipment)
USING: tuple[type[Document], ...] = (Product, Service)
BUNDLED = (
    (Product, "productRelationship", "product"),
    (Equipment, "resourceRelationship", "resource"),
)
"""Where a record names what it consists of among other relations, which are not followed."""


@dataclass(frozen=True)
class Ids:
    """A query for ids, with its parameters."""

    text: str
    parameters: Sequence[Any] = ()


def below(looking: Looking, above: Ids, *, is_for_rules: bool = False) -> Iterator[Branch]:
    """Yield some records with all below them, and who uses that."""
    held = _held(above)
    for kind in KINDS:
        if is_for_rules or sees(looking, kind.resource):
            text = f"t.id in ({held.text} select id from held)"  # noqa: S608 - our own names
            yield Branch(kind.resource, text, held.parameters, is_for_rules=is_for_rules)
    table = Product.resource.reference_table
    users = (
        f"t.id in ({held.text} select f.source from {table} f join held h on f.target = h.id "  # noqa: S608
        f"where f.path in ({_quoted((*USED_AT, RELYING_AT))}) "
        "and f.source not in (select id from held))"
    )
    for using in USING:
        if is_for_rules or sees(looking, using.resource):
            tail = f"limit {USERS_READ}"
            yield Branch(using.resource, users, held.parameters, tail, is_for_rules)


def take_in_users(looking: Looking, above: Iterable[str], *, is_for_rules: bool = False) -> None:
    """Note that all was read which uses what is below these records.

    The rules of an order ask for it; where there is so much that not all was read, they read it.
    """
    known = {one.id: one for kind in KINDS for one in looking.held(kind)}
    inside: set[str] = set()
    waiting = [*above]
    while waiting:
        ident = waiting.pop()
        if ident not in inside:
            inside.add(ident)
            waiting += part_ids(known[ident]) if ident in known else []
    for kind in USING:
        others = [one for one in looking.held(kind) if one.id not in inside]
        if len(others) < USERS_READ and (is_for_rules or sees(looking, kind.resource)):
            for name in USED_AT:
                if name in kind.by_json_name():
                    looking.has_all_naming(kind, f"{name}.id", inside)
            if kind is Service:
                looking.has_all_naming(kind, f"{RELYING_AT}.id", inside)


def _held(above: Ids) -> Ids:
    """Return the beginning of a query, `held`: the ids of records and of all below them."""
    bundled = " ".join(
        f"or (f.type, f.path) = ('{kind.resource.name}', '{name}.{part}') and exists ("
        f"select from {kind.resource.table} b, json_array_elements(b.doc -> '{name}') e "
        f"where b.id = f.source and e #>> '{{{part},id}}' = f.target::text "
        "and lower(e ->> 'relationshipType') = 'bundles')"
        for kind, name, part in BUNDLED
    )
    return Ids(
        f"with recursive held as (select id from ({above.text}) a(id) union "  # noqa: S608
        f"select f.target from {Product.resource.reference_table} f "
        "join held h on f.source = h.id "
        f"where f.path in ({_quoted(('product', *USED_AT))}) {bundled})",
        above.parameters,
    )


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{one}'" for one in names)
