"""First states: which published states a new record may ask for, where inside others are kept."""

from __future__ import annotations

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Resource


def first_state_faults(resource: Resource, sent: dict[str, Json]) -> list[Fault]:
    """Return the fault of a state that no new record begins in, which is taken out of it.

    Without that the record would begin in its first state, whatever was meant.
    """
    lifecycle = resource.lifecycle
    if lifecycle is None or lifecycle.internal is None:
        return []
    name = resource.type.attributes()[lifecycle.attribute].json_name
    allowed = dict.fromkeys(
        [
            lifecycle.published_state(lifecycle.initial),
            *(word for word, state in lifecycle.accepts.items() if lifecycle.may_start(state)),
        ]
    )
    asked = sent.get(name)
    if asked is None or (isinstance(asked, str) and asked in allowed):
        return []
    del sent[name]
    message = f"a new record starts as {' or '.join(allowed)}, not {asked}; leave it out, or say so"
    return [Fault(name, "badValue", message)]
