"""Notices: all whom a problem hits are told at once, each in their language, nobody twice.

Who was told the same since the problem came into its state is not told again, unless whoever tells
asks for it; who is hit only since then is told. Customers are told in chunks, each chunk in one
transaction with the work that leads on to the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trunkline.assurance.problem.affected import affected_customers
from trunkline.assurance.problem.problem import ProblemNotice, ServiceProblem
from trunkline.care.watching.delay import SENDER
from trunkline.documents.errors import Fault, Invalid, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import handler
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.party.communication_message import CommunicationMessage
from trunkline.party.customer import Customer
from trunkline.party.receiving import TECHNICAL
from trunkline.party.telling import language_of, message_to, reference_to, tell
from trunkline.workspace.message_texts import MessageText, text_named
from trunkline.workspace.timer import leased

NOTICE = "assurance.notice"
CHUNK = 50
TOLD, ALREADY = "told", "already"
LOST = ("cancelled", "failed")
"""What came to nobody is told again."""


def tell_all(
    work: Work, ident: str, *, text: str = "", subject: str = "", content: str = "",
    again: bool = False,
) -> ProblemNotice:  # fmt: skip
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
            already_told=0, again=again or None,
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
        if work.get(ServiceProblem, row.subject) is None:
            queue.finish(work.connection, row)
            return
        problem = work.lock(ServiceProblem, row.subject)  # two notices do not pass one another
        found, left = affected_customers(
            work, *hit_by(problem), [one.id for one in problem.trouble_ticket],
            after=str(said.get("after") or ""), limit=CHUNK,
        )  # fmt: skip
        customers = work.many(Customer, [one.customer for one in found])
        ends = _tell_each(work, problem, customers.values(), said)
        is_done = left <= len(found)
        with work.edit(ServiceProblem, problem.id) as one:
            for notice in one.notice:
                if notice.id == said.get("notice"):
                    notice.told = (notice.told or 0) + ends[TOLD]
                    notice.already_told = (notice.already_told or 0) + ends[ALREADY]
                    others = len(found) - ends[TOLD] - ends[ALREADY]
                    notice.not_told = (notice.not_told or 0) + others
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


def _tell_each(
    work: Work, problem: ServiceProblem, customers: Iterable[Customer], said: dict[str, Any]
) -> Counter[str]:
    """Write to customers; return how many were told, and how many knew it already."""
    messages = [
        message for one in customers if (message := _message(work, problem, one, said)) is not None
    ]
    known = set() if _again(problem, said) else _known(work, problem, messages)
    ends: Counter[str] = Counter()
    for message in messages:
        if _words(message) in known:
            ends[ALREADY] += 1
            continue
        try:
            tell(work, message)
        except Refusal:
            continue  # some do not want to hear from us
        ends[TOLD] += 1
    return ends


def _message(
    work: Work, problem: ServiceProblem, customer: Customer, said: dict[str, Any]
) -> dict[str, Json] | None:
    text: MessageText | None
    if said.get("text"):
        text = text_named(work.connection, str(said["text"]), language_of(work, customer))
    else:
        text = MessageText("", "", str(said.get("subject") or ""), str(said.get("content") or ""))
    if text is None:
        return None
    expected = problem.expected_resolution_date
    values = {
        "problem": problem.key,
        "what": problem.name or problem.key,
        "date": expected.date().isoformat() if expected is not None else "",
    }
    return message_to(
        work, reference_to(customer), text, values,
        about=problem, role_type=TECHNICAL, sender=SENDER,
    )  # fmt: skip


def _again(problem: ServiceProblem, said: dict[str, Any]) -> bool:
    return any(bool(one.again) for one in problem.notice if one.id == said.get("notice"))


def _known(
    work: Work, problem: ServiceProblem, messages: Sequence[dict[str, Any]]
) -> set[tuple[str, str, str]]:
    """Return what the receivers of messages were told since the problem came into its state."""
    whom: list[Json] = [one["receiver"][0]["party"]["id"] for one in messages]
    since = problem.status_change_date or problem.creation_date
    found = work.find(
        CommunicationMessage,
        {"relatedEntity.id": problem.id, "receiver.party.id": whom},
        limit=CHUNK * len(messages),
    ) if messages else []  # fmt: skip
    return {
        _words(one.raw)
        for one in found
        if one.state not in LOST
        and (since is None or one.meta.created_at is None or one.meta.created_at >= since)
    }


def _words(message: Mapping[str, Any]) -> tuple[str, str, str]:
    return (
        str(message["receiver"][0]["party"]["id"]),
        str(message.get("subject") or ""), str(message["content"]),
    )  # fmt: skip
