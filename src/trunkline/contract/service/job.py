"""Jobs: what is done with a contract of many lines is done in the background, line by line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias, TypeVar

from trunkline.contract.service import acting, renewing
from trunkline.contract.service.acting import Act
from trunkline.contract.service.contract import Contract
from trunkline.contract.service.renewal_term import Wanted
from trunkline.documents.errors import Conflict
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.kernel.work import Work, transaction
from trunkline.workspace.job import Line
from trunkline.workspace.jobs import At, job_kind, start
from trunkline.workspace.many import Outcome, work_off

AT_ONCE_MAX = 20
"""So many lines of a contract are done while somebody waits."""
ACT, RENEW = "contractAct", "contractRenewal"
TITLES: Mapping[Act, str] = {
    "activate": "Bring %s into force",
    "suspend": "Suspend %s",
    "resume": "Resume %s",
    "cancel": "Cancel %s",
}
Done: TypeAlias = tuple[Contract | None, str | None]
Made = TypeVar("Made")


def act_or_begin(work: Work, ident: str, act: Act, *, reason: str = "", waiver: str = "") -> Done:
    """Do something with a contract, or begin a job of it where it has many lines.

    Returns the contract as it stands then, or the id of the job.
    """

    def do(each: Work) -> Contract:
        made = acting.act_on(each, Contract, ident, act, reason=reason, waiver=waiver)
        assert isinstance(made, Contract)
        return made

    if not _has_many(work, ident):
        return do(work), None
    try_out(work, do)
    held = acting.open_to(work, Contract, ident, act, reason=reason)
    assert isinstance(held, Contract)
    asked: dict[str, Json] = {
        "act": act, "reason": reason, "waiver": waiver, "live": acting.live_lines(held),
    }  # fmt: skip
    return None, _start(work, held, ACT, TITLES[act] % held.key, asked)


def renew_or_begin(work: Work, ident: str, wanted: Wanted) -> Done:
    """Renew a contract, or begin a job of it where it has many lines."""
    work.actor.must(Contract.resource, "create")
    work.actor.must(Contract.resource, "update")
    also = [one.id for one in map(partial(work.get, Contract), wanted.also) if one is not None]
    if not _has_many(work, ident, also):
        return renewing.renew(work, ident, wanted), None
    try_out(work, lambda each: renewing.renew(each, ident, wanted))
    held, others, _ = renewing.agreed_renewal(work, ident, wanted)
    asked: dict[str, Json] = {"termMonths": wanted.term_months, "also": also}
    if wanted.start is not None:
        asked["start"] = format_instant(wanted.start)
    return None, _start(work, held, RENEW, f"Renew {held.key}", asked, others)


def _has_many(work: Work, ident: str, also: Sequence[str] = ()) -> bool:
    held = work.get(Contract, ident)
    lines = len(held.contract_line) if held is not None else 0
    lines += sum(len(one.contract_line) for one in work.many(Contract, also).values())
    return lines > AT_ONCE_MAX


class _Enough(Exception):
    """Raised to take a trial back."""


def try_out(work: Work, do: Callable[[Work], Made]) -> Made:
    """Do at once what a job is to do, and take it back: what it refuses is refused before.

    Returns what it has made, as it would stand.
    """
    try:
        with transaction(work.services, work.actor) as trial:
            made = do(trial)
            raise _Enough
    except _Enough:
        return made


def _start(
    work: Work, held: Contract, kind: str, title: str, asked: dict[str, Json],
    others: Sequence[Contract] = (),
) -> str:  # fmt: skip
    lines = [
        (None, f"{each.key} {one.id}", {"line": one.id, "contract": each.id})
        for each in (held, *others) for one in each.contract_line
    ]  # fmt: skip
    return start(
        work.services, work.actor, kind=kind, resource=Contract.resource.name, title=title,
        asked={**asked, "contract": held.id}, lines=lines,
    )  # fmt: skip


@job_kind(ACT)
def act_piece(at: At) -> bool:
    """Do the next lines of a contract that is suspended, resumed or cancelled, at last itself."""
    at.actor.must(Contract.resource, "update")
    asked = at.job.asked

    def one_line(work: Work, line: Line) -> Outcome:
        acting.do_lines(work, asked["contract"], asked["act"], {str(line.detail["line"])})
        return "changed", None, line.key, None, None

    if not work_off(at, one_line):
        return False
    with transaction(at.services, at.actor, request=f"job {at.job.id}") as work:
        held = work.lock(Contract, asked["contract"])
        if asked["act"] in acting.acts_open(held):
            acting.finish(
                work, held.id, asked["act"], reason=asked["reason"], waiver=asked["waiver"],
                live=asked["live"],
            )  # fmt: skip
    return True


@job_kind(RENEW)
def renew_piece(at: At) -> bool:
    """Take the next lines of a contract over into the one that follows it, at last let it run."""
    at.actor.must(Contract.resource, "create")
    at.actor.must(Contract.resource, "update")
    asked = at.job.asked

    def one_line(work: Work, line: Line) -> Outcome:
        with renewing.renewal(work):
            former = work.lock(Contract, asked["contract"])
            made = _following(work, former, asked)
            of = str(line.detail.get("contract") or former.id)
            renewing.take_lines(work, made, of, {str(line.detail["line"])})
        return "created", made, line.key, None, None

    if not work_off(at, one_line):
        return False
    at_end = transaction(at.services, at.actor, request=f"job {at.job.id}")
    with at_end as work, renewing.renewal(work):
        former = work.lock(Contract, asked["contract"])
        made = _made_of(work, former, asked)
        if made is not None and not made.begins_by_itself:  # nobody else has finished it
            renewing.finish_renewal(work, made.id)
    return True


def _following(work: Work, former: Contract, asked: Mapping[str, Json]) -> str:
    """Return the contract that follows, made with the first line."""
    made = _made_of(work, former, asked)
    if made is not None:
        return made.id
    if renewing.is_followed(work, former):
        message = f"{former.key} is renewed already without what was to go on with it; renew that"
        raise Conflict("conflictRenewed", message)
    begins = parse_instant(asked["start"]) if asked.get("start") else None
    wanted = Wanted(begins, asked["termMonths"], asked.get("also") or ())
    held, others, term = renewing.agreed_renewal(work, former.id, wanted)
    return renewing.begin_renewal(work, held, term, others).id


def _made_of(work: Work, former: Contract, asked: Mapping[str, Json]) -> Contract | None:
    """Return the contract that follows where all that the job is to take over goes on in it.

    Somebody may have renewed one of these by itself while the job waited.
    """
    if former.renewed_by is None or not renewing.is_followed(work, former):
        return None
    made = work.get(Contract, former.renewed_by.id)
    wanted = {former.id, *(asked.get("also") or ())}
    return made if made is not None and set(renewing.formers_of(made)) == wanted else None
