"""Ordered: which order has taken a value and is still under way, so that it stays its own."""

from __future__ import annotations

from trunkline.kernel.resource import Document
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work
from trunkline.shared.program import as_program

KIND = "select type from record where id = %s"
BY = "pools"


def open_order(work: Work, root: str | None) -> Document | None:
    """Return the order that has taken a value, None where none has or it has ended."""
    row = work.connection.execute(KIND, [root]).fetchone() if root is not None else None
    resource = work.services.registry.resources.get(row[0]) if row is not None else None
    if root is None or resource is None:
        return None
    found = as_program(work, BY).many(resource.type, [root]).get(root)
    if found is None or resource.lifecycle is None:
        return None
    is_over = internal_state(resource, found.raw) in resource.lifecycle.final
    return None if is_over else found
