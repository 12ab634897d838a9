"""Times that are gone: chosen with a quote or a cart, and no more to be had when it is ordered."""

from __future__ import annotations

from collections.abc import Iterable

from trunkline.documents.shape import Json
from trunkline.fieldwork.appointment import Appointment
from trunkline.fieldwork.chosen_time import BY, why_gone
from trunkline.kernel.work import Work
from trunkline.sales.lines import ORDER_WORDS, placed_lines
from trunkline.shared.program import as_program


def leave_out_times_gone(work: Work, items: Iterable[Json]) -> None:
    """Take the times that lapsed, or were taken, out of the items of an order that is to be made.

    Such an order is placed without a time; one is booked for its visit as for any other.
    """
    timed = [line for _, line in placed_lines(items, ORDER_WORDS) if line.get("appointment")]
    if not timed:
        return
    program = as_program(work, BY)
    found = program.many(Appointment, [str(one["appointment"].get("id")) for one in timed])
    for line in timed:
        held = found.get(str(line["appointment"].get("id")))
        if held is not None and why_gone(program, held):
            del line["appointment"]
