"""Handing over: commands that go to an outside system in the interface that it speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.ordering.command import Answer, Command, OutcomeUnknown, Unavailable
from trunkline.ordering.design.answer import NOT_TAKEN, Response, words_of
from trunkline.ordering.design.outside_system import System
from trunkline.ordering.handoff.dialect import DIALECTS, Asked, Dialect
from trunkline.ordering.plan_item import PlanItem

WITHDRAWN = "withdrawn"
"""Noted beside an answer once the order was asked to be taken back."""

IS_UNDONE = "select exists (select 1 from plan_item where root = %s and undoes = %s)"


class Sender(Protocol):
    """Sends requests to outside systems. Raises Unavailable and OutcomeUnknown."""

    def send(
        self, system: System, request: Mapping[str, Json], *, key: str, timeout_s: float | None
    ) -> Response:
        """Send one and return what came back, whatever its status."""


@dataclass(frozen=True)
class Handing:
    """The way of a step's command to a system, in the place of the network.

    `their_record` is the id under which the system knows what the step is about. An order that is
    no longer wanted (`is_unwanted`) is taken back while it is open there, once. What was taken
    without an id to find it by (`was_taken`) did arrive: it is awaited, even if nothing is found.
    """

    sender: Sender
    system: System
    dialect: Dialect
    their_record: str | None = None
    is_unwanted: bool = False
    was_withdrawn: bool = False
    was_taken: bool = False

    def submit(self, command: Command) -> Answer:
        """Hand a command over."""
        found = self._send(self.dialect.order(self._known_there(command)), command.key)
        if found.status in NOT_TAKEN:
            raise Unavailable(f"http{found.status}", words_of(found), answer=found.as_json())
        if 200 <= found.status < 300:
            return self._read(found.body, found.status)
        if found.status >= 500:
            raise OutcomeUnknown(f"http{found.status}", words_of(found), answer=found.as_json())
        body = found.body if isinstance(found.body, dict) else {}
        code = str(body.get("code") or f"http{found.status}")
        return Answer("failed", code=code, message=words_of(found), body=found.body)

    def query(self, key: str) -> Answer | None:
        """Ask what became of a command; take its order back where it is no longer wanted."""
        found = self._search(key) or (Answer("pending") if self.was_taken else None)
        if found is None or found.kind != "pending" or not self.is_unwanted:
            return found
        if self.was_withdrawn or found.external_id is None:
            return _as_withdrawn(found)
        asked = self.dialect.withdrawal(found.external_id, "the order was called off")
        if asked is None:
            return found
        self._send(asked, f"{key}-withdrawal")
        return _as_withdrawn(self._search(key) or found)

    def _search(self, key: str) -> Answer | None:
        found = self._send(self.dialect.search(key), key)
        if found.status != 200 or not isinstance(found.body, list):
            raise Unavailable(f"http{found.status}", words_of(found), answer=found.as_json())
        own = [one for one in found.body if self.dialect.is_about(one, key)]
        return self._read(own[-1]) if own else None

    def _known_there(self, command: Command) -> Command:
        offerings = self.system.offerings
        offering = offerings.get(command.specification or "") or offerings.get(command.name)
        return replace(command, their_record=self.their_record, their_offering=offering)

    def _send(self, asked: Asked, key: str) -> Response:
        return self.sender.send(self.system, asked, key=key, timeout_s=None)

    def _read(self, body: Json, status: int | None = None) -> Answer:
        """Return what an order of theirs says; with a status it is the reply to a command."""
        try:
            if status is not None:
                return self.dialect.reply(status, body, self.system.words)
            return self.dialect.read(body, self.system.words)
        except (ValueError, AttributeError, TypeError) as error:
            raise OutcomeUnknown("answerUnreadable", f"{self.system.code}: {error}") from error


@dataclass(frozen=True)
class Nowhere:
    """Stands in for a system that is not there, or that takes no orders."""

    code: str
    message: str

    def submit(self, command: Command) -> Answer:
        """Let the command wait for its system."""
        raise Unavailable(self.code, self.message)

    def query(self, key: str) -> Answer | None:
        """Let the question wait as well."""
        raise Unavailable(self.code, self.message)


def handing_of(
    work: Work, system: System | None, item: PlanItem, sender: Sender
) -> Handing | Nowhere:
    """Return the way of a step to its system."""
    if system is None:
        return Nowhere("systemUnknown", f"there is no outside system {item.system}; set it up")
    if system.speaks is None:
        message = f"{system.code} takes no orders; say at it which interface it speaks"
        return Nowhere("speaksNothing", message)
    answer = item.answer if isinstance(item.answer, dict) else {}
    kept = answer.get("body")
    body = kept if isinstance(kept, dict) else {}
    is_open = item.direction == "do" and item.may_have_happened
    row = work.connection.execute(IS_UNDONE, [item.root, item.id]).fetchone() if is_open else None
    return Handing(
        sender,
        system,
        DIALECTS[system.speaks],
        their_record=_their_record(work, system, item),
        is_unwanted=bool(row and row[0]),
        was_withdrawn=bool(body.get(WITHDRAWN)),
        was_taken=answer.get("kind") == "pending" and not answer.get("externalId"),
    )


def _their_record(work: Work, system: System, item: PlanItem) -> str | None:
    """Return the id that a system gave a product of ours, None for one that it does not have."""
    if item.product is None or item.effect == "add":
        return None
    product = work.get(Product, item.product)
    found = product.external_identifier if product is not None else ()
    return next((one.id for one in found if one.owner == system.code and one.holds), None)


def _as_withdrawn(answer: Answer) -> Answer:
    body: dict[str, Any] = answer.body if isinstance(answer.body, dict) else {}
    return replace(answer, body={**body, WITHDRAWN: True})
