"""Sending: messages by e-mail leave by the mailer that is connected, when their time has come.

A piece of work is written with the event of a new message, in the same statement; where no mailer
is connected, nothing. The message tells what became of it: sent when, after how many tries, or
why not.
"""

from __future__ import annotations

from typing import Any

from trunkline.documents.errors import Refusal
from trunkline.kernel.behaviour import handler
from trunkline.kernel.services import Happening, Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.party.communication_message import CommunicationMessage, MessageState
from trunkline.party.mail.mailer import Letter, NotMailed, mailer_of
from trunkline.party.preference import channel_of
from trunkline.party.receiving import address_of
from trunkline.workspace.timer import leased, try_later, waits

SEND = "mail.send"
LANE = "call"
TRIES_MAX, PAUSE_S = 12, 10.0
LOST = "the mail server did not take it for all receivers"
WAITING = ("initial", "inProgress", "failed")


def follow_messages(_connection: Any, _generation: int, happening: Happening) -> list[NewWork]:
    """Return the work that goes with a new message; put it in `fanout`."""
    kind = CommunicationMessage.resource.name
    if happening.resource.name != kind or happening.kind != "created":
        return []
    return [NewWork(SEND, happening.subject, lane=LANE)]


@handler(SEND)
def send(services: Services, row: Row) -> None:
    """Send a message by e-mail, without a transaction open; write down what became of it."""
    with leased(services, row) as work:
        letter = _begun(work, row)
    if letter is None:
        return
    problem = _sent(services, letter)
    with leased(services, row) as work:
        _note(work, row, problem)


def _begun(work: Work, row: Row) -> Letter | None:
    """Return the letter of a message that is sent now; None where it ends here or waits."""
    message = work.get(CommunicationMessage, row.subject)
    if message is None or message.state not in WAITING or not _is_mail(message):
        queue.finish(work.connection, row)
        return None
    if waits(work, row, message.scheduled_send_time):
        return None
    addresses = _addresses(work, message, row)
    if not addresses:
        _end(work, row, "failed", "nobody has an e-mail address; enter one and write anew")
        return None
    try:
        with work.connection.transaction():
            _mark(work, message.id, row)
    except Refusal as refusal:  # the receiver has changed their mind since
        _end(work, row, "cancelled", refusal.told)
        return None
    return _letter(work, message, addresses)


def _addresses(work: Work, message: CommunicationMessage, row: Row) -> tuple[str, ...]:
    """Return where a message goes by now: to whom it has not reached yet."""
    left = (row.payload or {}).get("left", range(len(message.receiver)))
    found = [address_of(work, message.receiver[index]) for index in left]
    return tuple(dict.fromkeys(one for one in found if one))


def _is_mail(message: CommunicationMessage) -> bool:
    return channel_of(message.message_type) == "email"


def _mark(work: Work, ident: str, row: Row) -> None:
    with work.edit(CommunicationMessage, ident) as own:
        own.state = "inProgress"
        own.try_times = row.attempt
        own.send_time = own.send_time or work.now


def _letter(work: Work, message: CommunicationMessage, to: tuple[str, ...]) -> Letter:
    answered = message.in_reply_to
    before = work.get(CommunicationMessage, answered.id) if answered is not None else None
    return Letter(
        message.id, to,
        (message.sender.name if message.sender is not None else None) or "",
        message.subject or "", message.content or "", work.now,
        before.id if before is not None else "", thread_of(work, message) if before else "",
    )  # fmt: skip


def thread_of(work: Work, message: CommunicationMessage) -> str:
    """Return the id of the first message of a thread, as far back as twenty answers."""
    first = message
    for _ in range(20):
        before = first.in_reply_to
        found = work.get(CommunicationMessage, before.id) if before is not None else None
        if found is None:
            break
        first = found
    return first.id


def _sent(services: Services, letter: Letter) -> NotMailed | None:
    mailer = mailer_of(services)
    if mailer is None:
        return NotMailed("no mailer is connected any more", is_final=True)
    try:
        mailer.send(letter)
    except NotMailed as problem:
        return problem
    return None


def _note(work: Work, row: Row, problem: NotMailed | None) -> None:
    lost = (row.payload or {}).get("lost")
    if problem is None:
        _end(work, row, "failed" if lost else "completed", LOST if lost else None)
    elif row.attempt >= TRIES_MAX or (problem.is_final and not problem.left):
        _end(work, row, "failed", problem.message)
    else:
        with work.edit(CommunicationMessage, row.subject) as own:
            own.status_reason = problem.message
            at = [address_of(work, one) for one in own.receiver]
        rest = [index for index, one in enumerate(at) if one in problem.left]
        left = {"left": rest, "lost": bool(lost or problem.is_final)} if problem.left else None
        try_later(work, row, first_s=PAUSE_S, payload=left)


def _end(work: Work, row: Row, state: MessageState, reason: str | None) -> None:
    with work.edit(CommunicationMessage, row.subject) as own:
        own.state = state
        own.status_reason = reason
        if state == "completed":
            own.send_time_complete = work.now
    queue.finish(work.connection, row)
