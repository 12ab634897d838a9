"""Drafts: what nobody has handed in yet stands in no published list, unless it is asked for.

It is asked for by the attribute that tells drafts from all else, the internal state; who knows its
id or key reads it, and whoever makes one is told that. Pages show drafts to those who work on them.
"""

from __future__ import annotations

from dataclasses import replace

from trunkline.kernel.filters import Condition, ListQuery, Schema
from trunkline.kernel.resource import Resource


def handed_in(resource: Resource, query: ListQuery) -> ListQuery:
    """Return a query that leaves out drafts, unless it asks for a record by its internal state."""
    lifecycle = resource.lifecycle
    if lifecycle is None or not lifecycle.drafts:
        return query
    name = lifecycle.names[-1]
    path = resource.type.attributes()[name].json_name
    if any(one.path == path for one in query.conditions):
        return query
    steps, kind = Schema(resource).leaf(path)
    sent = Condition(path, steps, kind, "ne", tuple(sorted(lifecycle.drafts)))
    return replace(query, conditions=(*query.conditions, sent))
