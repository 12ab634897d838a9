"""Going on: an erasure whose job has ended before its time is carried on by who asks now."""

from __future__ import annotations

from datetime import timedelta

from trunkline.documents.errors import Conflict
from trunkline.kernel.work import Work
from trunkline.privacy.api import ERASE
from trunkline.privacy.erasure_request import ErasureRequest
from trunkline.privacy.running import job_of_erasure, start_erasure
from trunkline.workspace.job import OPEN

CARRIED_OUT = ("approved", "running")
BEGINS_WITHIN = timedelta(minutes=5)
"""How long an approved request may be without a job: it is begun after the approval."""


def go_on_with(work: Work, ident: str) -> ErasureRequest:
    """Carry an erasure on as a job of who asks; refuses (409) one that is over or at work.

    Whether to erase was decided by two; whoever answers for erasures may bring it to its end.
    """
    work.actor.must_have(ERASE)
    request = work.lock(ErasureRequest, ident, verb="read")
    if request.state not in CARRIED_OUT:
        raise Conflict("conflictState", f"{request.key} is {request.state}, not being carried out")
    if not is_stalled(work, request):
        raise Conflict("conflictState", f"{request.key} is being carried out; its job is at work")
    start_erasure(work.services, work.actor, request)
    return request


def is_stalled(work: Work, request: ErasureRequest) -> bool:
    """Tell whether an erasure has to go on and nothing does it: its job failed, or was stopped."""
    if request.state not in CARRIED_OUT:
        return False
    job = job_of_erasure(work, request.id)
    if job is None:
        begun = request.state == "running" or request.decided_at is None
        return begun or work.now > (request.decided_at or work.now) + BEGINS_WITHIN
    return job[1] not in OPEN
