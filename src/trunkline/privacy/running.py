"""Erasures at work: step by step, each a transaction that a kill cannot halve."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Conflict
from trunkline.documents.shape import Json
from trunkline.identity.rights import read_actor
from trunkline.kernel.actor import Actor, system
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import Resource, event
from trunkline.kernel.services import Services, bump_generation
from trunkline.kernel.work import Work, transaction
from trunkline.matching.moving import without_rules
from trunkline.party.individual import Individual
from trunkline.privacy.api import ERASE
from trunkline.privacy.erasure_request import ErasureRequest
from trunkline.privacy.gathering import (
    gather,
    mentions_in,
    words_of,
    words_of_nobody_else,
)
from trunkline.privacy.in_the_way import obstacles_of
from trunkline.privacy.kept_records import keep_identity, watch
from trunkline.privacy.pseudonym import RANDOM_BYTES, Forgetting, made_pseudonym
from trunkline.privacy.records import look_again_at_changed, next_records, take_out
from trunkline.privacy.stores import Erasing, foreseen_in, stores
from trunkline.privacy.subject import Subject, subject_of
from trunkline.privacy.words import Words
from trunkline.workspace.jobs import At, job_kind, start

KIND, TITLE = "erasure", "%(action)s: %(what)s"
PIECE_S = 2.0
LOOK_S = 600
"""How long one kind of records may be looked through for the name."""
RUN = (
    "select party::text, owners::text[], idents::text[], pseudonym, words, reached, counts "
    "from erasure_run where request = %s for update"
)


@dataclass(frozen=True)
class Run:
    """An erasure at work as it stands."""

    party: str
    owners: Sequence[str]
    idents: Sequence[str]
    pseudonym: str
    words: bytes | None
    reached: str
    counts: Mapping[str, Any]


@on(event(ErasureRequest, "state_changed").to("approved"))
def begin_erasure(work: Work, request: ErasureRequest) -> None:
    """Carry an approved erasure out as a job of who approved it."""
    if request.state != "approved" or job_of_erasure(work, request.id) is not None:
        return
    services = work.services
    approver = read_actor(
        work.connection, principal=str(request.decided_by_id), now=services.machine_now()
    )
    if approver is not None:
        start_erasure(services, approver, request)


def start_erasure(services: Services, officer: Actor, request: ErasureRequest) -> str:
    """Begin or go on with an erasure as a job of an officer; return the job's id."""
    person = Individual.resource.name
    told: dict[str, Json] = {"text": TITLE, "kind": person, "count": 1, "action": "Erasure"}
    return start(
        services, officer, kind=KIND, resource=ErasureRequest.resource.name,
        title=f"Erasure {request.key}", asked={"request": request.id, "told": told},
        lines=[(request.id, request.key, None)],
    )  # fmt: skip


def job_of_erasure(work: Work, request: str) -> tuple[str, str] | None:
    """Return the id and the state of the job that carries an erasure out, the newest one."""
    row: tuple[str, str] | None = work.connection.execute(
        "select j.id::text, j.state from job_line l join job j on j.id = l.job "
        "where l.record = %s and j.kind = %s order by j.id desc limit 1",
        [request, KIND],
    ).fetchone()
    return row


@job_kind(KIND)
def erase_piece(at: At) -> bool:
    """Go on for a short while; return whether all is done."""
    at.actor.must_have(ERASE)
    until = time.monotonic() + PIECE_S
    request = str(at.job.asked["request"])
    while time.monotonic() < until:
        bare = without_rules(at.services)
        with transaction(bare, as_officer(at.actor), request=f"job {at.job.id}") as work:
            if _step(work, request):
                return True
            _note_progress(work, at.job.id, request)
    return False


def as_officer(actor: Actor) -> Actor:
    """Return the program under the name of who carries it out: the log tells who answers for it."""
    return replace(system(KIND), id=actor.id, name=actor.name, channel=KIND)


def _note_progress(work: Work, job: str, request: str) -> None:
    work.connection.execute(
        "update job set (total, done) = (select count(*), count(*) filter (where done) "
        "from erasure_record where request = %s) where id = %s",
        [request, job],
    )


# --- the steps ------------------------------------------------------------------------------


def _step(work: Work, ident: str) -> bool:
    """Do the next step of an erasure; return whether it was the last."""
    request = work.lock(ErasureRequest, ident)
    if request.state not in {"approved", "running"}:
        return True
    row = work.connection.execute(RUN, [ident]).fetchone()
    if row is None:
        _begin(work, request)
        return False
    values: list[Any] = [*row[:6], load(row[6])]
    run = Run(*values)
    phase, _, place = run.reached.partition(" ")
    return STEPS[phase](work, request, run, place)


def _begin(work: Work, request: ErasureRequest) -> None:
    """Write down who is erased and what is gone through, if nothing stands in the way."""
    subject = subject_of(work, request.person.id)
    if subject is None:
        raise Conflict("conflictGone", "the person is not there any more")
    if found := obstacles_of(work, subject):
        one = found[0]
        raise Conflict("conflictInTheWay", f"{one.kind} {one.key} is {one.says}; {one.next}")
    pseudonym = made_pseudonym(work.services.chance.random_bytes(RANDOM_BYTES))
    work.connection.execute(f"set local statement_timeout = '{LOOK_S}s'")
    work.connection.execute(
        "insert into erasure_run (request, party, owners, idents, pseudonym, reached, counts) "
        "values (%s, %s, %s, %s, %s, 'mentions', '{}')",
        [request.id, subject.party, list(subject.owners), list(subject.idents), pseudonym],
    )
    gather(work, request.id, subject)
    words = words_of_nobody_else(work, request.id, words_of(work, subject))
    sealer = work.services.keyring.prepare(work.connection, [subject.party])
    work.connection.execute(
        "update erasure_run set words = %s where request = %s",
        [sealer.seal(subject.party, _place(request.id), encode(words.told)), request.id],
    )
    keep_identity(work, request.id, subject)
    with work.edit(ErasureRequest, request.id) as now:
        now.state, now.began_at, now.pseudonym = "running", work.now, pseudonym


def _mentions(work: Work, request: ErasureRequest, run: Run, place: str) -> bool:
    """Look through the next kind for records that say whole words of the person."""
    kinds = sorted(one.name for one in work.services.registry)
    left = [one for one in kinds if one > place]
    words = _words(work, request, run)
    if left and words.pattern is not None:
        work.connection.execute(f"set local statement_timeout = '{LOOK_S}s'")
        mentions_in(work, request.id, work.services.registry[left[0]], words.pattern)
    last = len(left) <= 1 or words.pattern is None
    _reach(work, request.id, "records" if last else f"mentions {left[0]}", {})
    return False


def _records(work: Work, request: ErasureRequest, run: Run, place: str) -> bool:
    """Take the person out of the next records, those that were written meanwhile, too."""
    del place
    found = next_records(work, request.id) or _written_meanwhile(work, request, run)
    erasing = _erasing(work, request, run)
    if found is None:
        first = min(stores(), default="")
        _reach(work, request.id, f"stores {first}", {})
    else:
        _reach(work, request.id, "records", take_out(erasing, *found), run.counts)
    return False


def _stores(work: Work, request: ErasureRequest, run: Run, place: str) -> bool:
    """Let the next store forget the person."""
    gone = stores()[place].forget(_erasing(work, request, run))
    later = sorted(one for one in stores() if one > place)
    counts = {place: {"deleted": gone}} if gone and stores()[place].is_told else {}
    _reach(work, request.id, f"stores {later[0]}" if later else "keys", counts, run.counts)
    return False


def _keys(work: Work, request: ErasureRequest, run: Run, place: str) -> bool:
    """Destroy the person's keys, and with them all that was ever sealed with one."""
    del place
    if _written_meanwhile(work, request, run) is not None:
        _reach(work, request.id, "records", {})
        return False
    work.connection.execute(
        "delete from owner_key where owner = any(%s::uuid[]) or owner in "
        "(select id from principal where party = any(%s::uuid[]))",
        [list(run.owners), list(run.owners)],
    )
    work.connection.execute("update erasure_run set words = null where request = %s", [request.id])
    _reach(work, request.id, "end", {})
    bump_generation(work.connection)
    return False


def _end(work: Work, request: ErasureRequest, run: Run, place: str) -> bool:
    """Say what was done, by kind, and forget how."""
    del place
    outcome = [{"kind": kind, **told} for kind, told in sorted(run.counts.items())]
    with work.edit(ErasureRequest, request.id) as now:
        now.state, now.ended_at = "done", work.now
        now.raw["outcome"] = outcome
    work.connection.execute("delete from erasure_run where request = %s", [request.id])
    watch(work, request.id)
    return True


STEPS = {
    "mentions": _mentions, "records": _records, "stores": _stores, "keys": _keys, "end": _end,
}  # fmt: skip


# --- inside ---------------------------------------------------------------------------------


def _written_meanwhile(
    work: Work, request: ErasureRequest, run: Run
) -> tuple[Resource, Sequence[tuple[str, bool]]] | None:
    """Gather again, and return the next records that have come or were changed since it began."""
    gather(work, request.id, Subject(run.party, "", tuple(run.idents), tuple(run.owners)))
    look_again_at_changed(work, request.id)
    return next_records(work, request.id)


def _reach(
    work: Work, request: str, reached: str, counts: Mapping[str, Mapping[str, Json]],
    before: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Write down where to go on, and what was done in this step."""
    if not counts:
        work.connection.execute(
            "update erasure_run set reached = %s where request = %s", [reached, request]
        )
        return
    found: dict[str, dict[str, Json]] = {kind: dict(one) for kind, one in (before or {}).items()}
    for kind, one in counts.items():
        told = found.setdefault(kind, {})
        for name, value in one.items():
            told[name] = _joined(told.get(name), value)
    work.connection.execute(
        "update erasure_run set reached = %s, counts = %s::json where request = %s",
        [reached, encode(found).decode(), request],
    )


def _joined(one: Json, other: Json) -> Json:
    if isinstance(one, int) and isinstance(other, int):
        return one + other
    return max(one, other) if isinstance(one, str) else other


def _words(work: Work, request: ErasureRequest, run: Run) -> Words:
    opened = work.services.keyring.open(
        work.connection, run.party, _place(request.id), bytes(run.words or b"")
    )
    if opened is None:
        raise Conflict("conflictErased", "the key of the person is gone already; begin anew")
    told = load(opened)
    return Words(tuple(told["whole"]), tuple(told["parts"]))


def _place(request: str) -> str:
    return f"erasure|{request}"


def _erasing(work: Work, request: ErasureRequest, run: Run) -> Erasing:
    """Return what is at work, as records and stores need it."""
    own = dict(
        work.connection.execute(
            "select record::text, type from erasure_record where request = %s and is_own",
            [request.id],
        ).fetchall()
    )
    forgetting = Forgetting(
        _words(work, request, run), run.pseudonym, frozenset(run.idents), own, foreseen_in(work)
    )
    return Erasing(work, request.id, forgetting, tuple(run.owners), tuple(run.idents))


def progress_of(work: Work, request: str) -> tuple[int, int, str]:
    """Return how many records are done of how many, and the job that does them, if there is one."""
    done, total = work.connection.execute(
        "select count(*) filter (where done), count(*) from erasure_record where request = %s",
        [request],
    ).fetchone()
    job = job_of_erasure(work, request)
    return int(done), int(total), job[0] if job is not None else ""


def erased_by(work: Work, idents: Sequence[str]) -> ErasureRequest | None:
    """Return the request that erases or has erased a person, by its ids; None for most."""
    asked = {"person.id": list(idents), "state": ["done", "running"]}
    return next(iter(work.find(ErasureRequest, asked, limit=1)), None)
