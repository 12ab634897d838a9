"""Who works on a request: taken on, given to somebody, given back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from trunkline.care.request import OPEN, CustomerRequest
from trunkline.care.staff import assignable, give, give_back
from trunkline.documents.errors import Conflict, Fault, Invalid
from trunkline.kernel.work import Work


def assign_request(work: Work, requests: Sequence[str], login: str) -> list[CustomerRequest]:
    """Give requests to somebody by login, or to the one who asks by `me`, whoever has them.

    Refuses one that has ended (409), and whoever may not work on requests (400).
    """
    held = assignable(
        work, login, CustomerRequest.resource, "requests", lambda grant: grant.reach != "own"
    )
    found = [_open(work, ident) for ident in dict.fromkeys(requests)]
    give(work, found, held)
    return found


def release_request(work: Work, requests: Sequence[str]) -> list[CustomerRequest]:
    """Give requests back, whoever has them; one that nobody has stays as it is."""
    found = [_open(work, ident) for ident in dict.fromkeys(requests)]
    give_back(work, found)
    return found


def set_request_due(work: Work, requests: Sequence[str], due: datetime | None) -> None:
    """Say until when requests are to be done; None takes the moment away."""
    for ident in dict.fromkeys(requests):
        one = _open(work, ident)
        before = dict(one.raw)
        one.due_date = due
        work.save(one, before)


def end_request(
    work: Work, requests: Sequence[str], *, status: str, resolution: str
) -> list[CustomerRequest]:
    """Complete or reject requests and say what became of them."""
    if not resolution.strip():
        raise Invalid.of([Fault("resolution", "required", "say what became of the request")])
    found = [_open(work, ident) for ident in dict.fromkeys(requests)]
    for one in found:
        before = dict(one.raw)
        one.resolution = one.status_reason = resolution.strip()
        one.raw["status"] = status
        work.save(one, before)
    return found


def _open(work: Work, ident: str) -> CustomerRequest:
    work.actor.must(CustomerRequest.resource, "update")
    found = work.lock(CustomerRequest, ident)
    if found.status not in OPEN:
        raise Conflict("conflictRequestEnded", f"{found.key} has ended; nothing is left to do")
    return found
