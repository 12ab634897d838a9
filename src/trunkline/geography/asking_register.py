"""Asking the register of addresses: outside of any transaction, and what is done with its answer.

Where it gives none, the address is held against those that we know, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from trunkline.documents.shape import Json
from trunkline.geography.address import GeographicAddressValue
from trunkline.geography.address_register import Found, RegisterAway, address_register_of
from trunkline.geography.validation import (
    ALTERNATES_MAX,
    ASK,
    TASK_LIFECYCLE,
    GeographicAddressValidation,
    answer_by_own,
    comparable,
    confidence,
)
from trunkline.kernel.behaviour import handler
from trunkline.kernel.services import Services
from trunkline.kernel.work import as_system
from trunkline.leases import queue
from trunkline.leases.queue import Row
from trunkline.workspace.timer import leased

OWN_IDS = ("id", "href")
PATIENCE_S = 15.0
"""How long somebody who typed an address waits for the register's turn at the most."""


@handler(ASK)
def ask_register(services: Services, row: Row) -> None:
    """Ask the register about one submitted address and answer the validation."""
    with as_system(services, ASK) as work:
        asked = work.get(GeographicAddressValidation, row.subject)
    if asked is None or asked.state in TASK_LIFECYCLE.final:
        with services.database.app.connection() as connection:
            queue.finish(connection, row)
        return
    found, trouble, pause_s = _found(services, asked)
    with leased(services, row) as work:
        waited_s = (services.machine_now() - row.created_at).total_seconds()
        if pause_s > 0 and waited_s + pause_s <= PATIENCE_S:
            queue.put_back(work.connection, row, pause_s=pause_s, free=True)
            return
        with work.edit(GeographicAddressValidation, asked.id) as answer:
            if answer.state in TASK_LIFECYCLE.final:
                pass  # somebody has ended it meanwhile
            elif found is None:
                answer_by_own(work, answer, f"The address register gave no answer: {trouble}.")
            else:
                _fill(answer, found)
                answer.validation_date = work.now
        queue.finish(work.connection, row)


def _found(
    services: Services, asked: GeographicAddressValidation
) -> tuple[Found | None, str, float]:
    """Return what the register says, or why nothing, and in how many seconds it may be asked."""
    register = address_register_of(services)
    if register is None:
        return None, "none is connected", 0
    submitted = asked.submitted_geographic_address.raw
    try:
        return register.validate(submitted, with_alternates=asked.provide_alternative), "", 0
    except RegisterAway as away:
        return None, str(away), away.pause_s


def _fill(answer: GeographicAddressValidation, found: Found) -> None:
    answer.state = "done"
    answer.answered_by = "register"
    answer.validation_result = found.result
    submitted = answer.submitted_geographic_address
    if found.valid is not None:
        answer.valid_geographic_address = _value(found.valid, submitted)
    if answer.provide_alternative and found.alternates:
        kept = [_value(one, submitted) for one in found.alternates[:ALTERNATES_MAX]]
        answer.alternate_geographic_address = kept


def _value(raw: Mapping[str, Json], submitted: GeographicAddressValue) -> GeographicAddressValue:
    """Return an address of the register's; how sure it is comes from it, else from comparing."""
    own = {name: value for name, value in raw.items() if name not in OWN_IDS}
    value = GeographicAddressValue.wrap(own)
    if not isinstance(own.get("confidence"), int):
        value.confidence = confidence(comparable(submitted), comparable(value))
    return value
