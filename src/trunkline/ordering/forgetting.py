# ruff: noqa: S608 - all names in these statements are of our own tables
"""What plans keep of the person whom an order was for, and how they forget it."""

from __future__ import annotations

from trunkline.privacy.stores import RECORDS, Erasing, store

OF_PERSON = f"owner = any(%(owners)s::uuid[]) or root in {RECORDS}"


@store("Plans")
def plans_forget(at: Erasing) -> int:
    """Empty what steps were given, sent and answered; what was done and when stays for figures."""
    at.run(f"delete from inbound_event where step in (select id from plan_item where {OF_PERSON})")
    return at.run(
        "update plan_item set characteristic = null, former = null, place = null, wants = null, "
        "request = null, answer = null, attempts = null, error_message = null, origin = null, "
        f"design = null, claim = null, handoff = null, hold = null, reason = null where {OF_PERSON}"
    )
