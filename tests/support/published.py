"""Answers against the published v4 files: what differs on purpose, and what must not differ."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from tests.support import schemas
from trunkline.kernel.resource import Resource, registry

# Where an answer differs from the published file on purpose: API, pattern of the fault, reason.
# Each row stands in docs/deviations.md too, under the same pattern.
DEVIATIONS: list[tuple[str, str, str]] = [
    ("TMF622", r'action: "(suspend|resume|change|no-change)"',
     "Items may say suspend and resume; on create they become a modify with an operation"),
    ("TMF622", r'product\.status: "aborted"',
     "The file spells the state `aborted ` with a space at its end; we do not"),
    ("TMF634", r'^no (Import|Export)JobDeleteEvent$',
     "The file has DELETE for jobs and no event of it; we say it as TMF620 does"),
    ("TMF637", r'status: "aborted"',
     "The file spells the state `aborted ` with a space at its end; we do not"),
    ("TMF638", r'note\.\[\]: "(date|author)" is',
     "A note needs its text only, as in every other v4 file"),
    ("TMF638", r'feature\.\[\]: "id" is',
     "A feature is known by its name; an id is returned where one was sent"),
    ("TMF638", r'serviceOrderItem\.\[\]: "(serviceOrderId|itemId)" is',
     "Inside a related service given by value the order item may be incomplete"),
    ("TMF638", r'serviceRelationship\.\[\]: "service" is',
     "Inside a related service given by value a relationship may be incomplete"),
    ("TMF639", r'resource: "href" is',
     "References carry no stored address; the id is enough to find the record"),
    ("TMF639", r'resourceRelationship\.\[\]: "(resource|relationshipType)" is',
     "Inside a related resource given by value a relationship may be incomplete"),
    ("TMF641", r'relatedParty\.\[\]: "@type" is',
     "The only v4 file that demands the type of a party; we return what was sent"),
    ("TMF641", r'action: "(suspend|resume|change|no-change)"',
     "Items may say suspend and resume, as those of product orders"),
    ("TMF641", r'orderItem: "id" is',
     "A relationship may name an item of another order by its number there"),
    ("TMF648", r'note\.\[\]: "id" is',
     "A note needs its text only, as in every other v4 file"),
    ("TMF652", r'resource: "href" is',
     "References carry no stored address; the id is enough to find the record"),
    ("TMF652", r'resource: "id" is',
     "What an item is to make has no id before it is made"),
    ("TMF656", r'^no ServiceProblemDeleteEvent$',
     "The file has DELETE for problems and no event of it; we say it as TMF621 does"),
    ("TMF679", r'note\.\[\]: "id" is',
     "A note needs its text only, as in every other v4 file"),
    ("TMF683", r'(channel|relatedParty)\.\[\]: "href" is',
     "References carry no stored address; the id is enough to find the record"),
]  # fmt: skip


def unexpected(resource: Resource, name: str, document: Any) -> list[str]:
    """Return the faults of an answer that are no known deviation."""
    return [
        one
        for one in schemas.faults(resource.api.number, name, document)
        if not deviates(resource, one)
    ]


def deviates(resource: Resource, fault: str) -> bool:
    """Tell whether a fault is a known deviation of the resource's API."""
    return any(
        number == resource.api.number and re.search(pattern, fault)
        for number, pattern, _ in DEVIATIONS
    )


NAME = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z]+[0-9]+")


@cache
def served() -> Mapping[str, Resource]:
    """Return the resources that a published file describes, by the path of their collection."""
    if not schemas.is_present():
        return {}
    return {
        f"{one.api.base}/{one.path}": one
        for one in registry
        if one.published and one.type_name in schemas.definitions(one.api.number)
    }


def misfits(path: str, query: str, answer: Any, *, is_whole: bool) -> list[str]:
    """Return how a successful answer differs from its published file other than on purpose.

    Empty for what no file describes, and for what was asked to be cut (`fields`). What a file
    requires may be hidden from the asker unless the answer is whole.
    """
    if answer.status_code not in {200, 201, 206} or "fields=" in query:
        return []
    whole, _, last = path.rpartition("/")
    resource = served().get(path) or (served().get(whole) if NAME.fullmatch(last) else None)
    if resource is None or not answer.content:
        return []
    found = answer.json if isinstance(answer.json, list) else [answer.json]
    faults = [one for each in found for one in unexpected(resource, resource.type_name, each)]
    return [one for one in faults if is_whole or "is a required property" not in one]
