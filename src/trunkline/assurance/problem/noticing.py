"""Notices: all whom a problem hits are told at once, each in their language, nobody twice.

Customers are told in chunks, each chunk in one transaction with the work that leads on to the next.
"""

from __future__ import annotations

from typing import Any

from trunkline.assurance.problem.affected import affected_customers
from trunkline.assurance.problem.problem import ProblemNotice, ServiceProblem
from trunkline.care.watching.delay import SENDER
from trunkline.documents.errors import Fault, Invalid, Refusal
from trunkline.kernel.behaviour import handler
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.party.communication_message import CommunicationMessage
from trunkline.party.customer import Customer
from trunkline.party.receiving import TECHNICAL
from trunkline.party.telling import language_of, reference_to, tell_customer
from trunkline.workspace.message_texts import MessageText, text_named
from trunkline.workspace.timer import leased

NOTICE = "assurance.notice"
CHUNK = 50


def tell_all(
    work: Work, ident: str, *, text: str = "", subject: str = "", content: str = ""
) -> ProblemNotice:
    """Have everybody told whom a problem hits, by a text of the operator's or in own words.

    Refuses (400) a text that there is not, and no words at all.
    """
    work.actor.must(ServiceProblem.resource, "update")
    work.actor.must(CommunicationMessage.resource, "create")
    if text:
        known = text_named(work.connection, text)
        if known is None:
            message = f"there is no text {text}; name another or write subject and content"
            raise Invalid.of([Fault("text", "badValue", message)])
        subject = known.subject
    elif not subject.strip() or not content.strip():
        message = "name a text, or say a subject and a content"
        raise Invalid.of([Fault("content", "required", message)])
    with work.edit(ServiceProblem, ident) as problem:
        made = ProblemNotice(
            id=str(len(problem.notice) + 1), subject=subject.strip(), said_at=work.now,
            said_by=work.actor.name, is_done=False, told=0, not_told=0,
        )  # fmt: skip
        problem.notice = [*problem.notice, made]
    payload = {"notice": made.id, "text": text, "subject": subject, "content": content,
               "after": ""}  # fmt: skip
    once = f"{NOTICE} {problem.id} {made.id}"
    work.schedule(NewWork(NOTICE, problem.id, payload=payload, once=once))
    return made


@handler(NOTICE)
def tell_some(services: Services, row: Row) -> None:
    """Tell the next customers whom a problem hits, and leave the rest to the next piece of work."""
    said: dict[str, Any] = row.payload if isinstance(row.payload, dict) else {}
    with leased(services, row) as work:
        problem = work.get(ServiceProblem, row.subject)
        if problem is None:
            queue.finish(work.connection, row)
            return
        found, left = affected_customers(
            work, *hit_by(problem), [one.id for one in problem.trouble_ticket],
            after=str(said.get("after") or ""), limit=CHUNK,
        )  # fmt: skip
        customers = work.many(Customer, [one.customer for one in found])
        told = sum(1 for one in customers.values() if _tell(work, problem, one, said))
        is_done = left <= len(found)
        with work.edit(ServiceProblem, problem.id) as one:
            for notice in one.notice:
                if notice.id == said.get("notice"):
                    notice.told = (notice.told or 0) + told
                    notice.not_told = (notice.not_told or 0) + len(found) - told
                    notice.is_done = is_done
        if not is_done:
            last = found[-1].customer
            once = f"{NOTICE} {problem.id} {said.get('notice')} {last}"
            work.schedule(NewWork(NOTICE, problem.id, payload={**said, "after": last}, once=once))
        queue.finish(work.connection, row)


def hit_by(problem: ServiceProblem) -> tuple[list[str], list[str], list[str]]:
    """Return the ids of services, resources and places that a problem names as hit."""
    return (
        [one.id for one in problem.affected_service],
        [one.id for one in problem.affected_resource],
        [one.id for one in problem.affected_location if one.id],
    )


def _tell(work: Work, problem: ServiceProblem, customer: Customer, said: dict[str, Any]) -> bool:
    """Write one message; tell whether it was written: some do not want to hear from us."""
    text: MessageText | None
    if said.get("text"):
        text = text_named(work.connection, str(said["text"]), language_of(work, customer))
    else:
        text = MessageText("", "", str(said.get("subject") or ""), str(said.get("content") or ""))
    if text is None:
        return False
    expected = problem.expected_resolution_date
    values = {
        "problem": problem.key,
        "what": problem.name or problem.key,
        "date": expected.date().isoformat() if expected is not None else "",
    }
    try:
        tell_customer(
            work, reference_to(customer), text, values,
            about=problem, role_type=TECHNICAL, sender=SENDER,
        )  # fmt: skip
    except Refusal:
        return False
    return True
