"""Limiting: the permissions of a role kept to a part of the customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from trunkline.documents.limits import Limit
from trunkline.identity.rights import RECORD_VERBS
from trunkline.kernel.actor import Grant

LIMITED_VERBS = RECORD_VERBS | {"*"}


def limited(permissions: Mapping[str, Grant], limit: Limit) -> dict[str, Grant]:
    """Return permissions with those on every record limited; the others stay as they are."""
    return {
        name: replace(grant, reach="limited", limits=frozenset({limit}))
        if grant.reach == "all" and name.partition(":")[2] in LIMITED_VERBS
        else grant
        for name, grant in permissions.items()
    }
