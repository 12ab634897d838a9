"""Who is told of a ticket: who has it, else all of the role whose queue it is in."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.assurance.ticket.ticket import TroubleTicket
from trunkline.care.staff import holders_of
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.workspace.notes import Told
from trunkline.workspace.notifications import notice_of


def who_has(work: Work, ticket: TroubleTicket) -> list[str]:
    """Return whom a ticket is to be told to."""
    held = ticket.assignee
    return [held.id] if held is not None else holders_of(work, ticket.handled_by)


def notice(
    ticket: TroubleTicket, people: Sequence[str], code: str, mark: str, **said: Json
) -> Told:
    """Return what people are told of a ticket, once for each mark."""
    return Told(
        list(people),
        notice_of(
            "request", code, {"what": ticket.key, **said}, f"/r/troubleTicket/{ticket.key}",
            record=(TroubleTicket.resource.name, ticket.id),
            once=f"{code} {ticket.id} {mark}",
        ),
    )  # fmt: skip
