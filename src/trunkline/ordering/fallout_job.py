"""One thing done about many fallouts in the background, with the rights of who asked for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trunkline.documents.errors import Forbidden, Invalid
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import Fallout
from trunkline.ordering.fallout_actions import complete_by_hand, fix_and_retry, retry, skip
from trunkline.ordering.fallout_assignment import assign_fallout, release_fallout, set_fallout_due
from trunkline.workspace.about import about
from trunkline.workspace.job import Line
from trunkline.workspace.jobs import At, job_kind, start
from trunkline.workspace.many import Outcome, work_off
from trunkline.workspace.notes import Told, add_note, pass_on

KIND = "fallout"
PERMISSIONS: Mapping[str, str] = {
    "retry": "ordering:retry",
    "fix": "ordering:retry",
    "complete": "ordering:completeTask",
    "skip": "ordering:skip",
}
REASONS: Mapping[str, str] = {
    "complete": "say how it was done, and how that can be seen",
    "skip": "say why it is left out",
    "note": "say it in the note",
}
VERBS = (*PERMISSIONS, "assign", "release", "due", "note")


def begin_many(
    services: Services, actor: Actor, verb: str, fallouts: Sequence[str], *, title: str,
    asked: Mapping[str, Json],
) -> str:  # fmt: skip
    """Begin to do one thing about many fallouts (ids or keys) and return the id of the job.

    `asked` may hold `note`, `assignee` (a login), `due` and `characteristic` (values by name), as
    `act_on_one` takes them.
    """
    _must(actor, verb, asked)
    lines: list[tuple[str | None, str | None, Json]] = [
        (one, None, None) if UUID.fullmatch(one) else (None, one, None) for one in fallouts
    ]
    return start(
        services, actor, kind=KIND, resource="Fallout", title=title,
        asked={**asked, "verb": verb}, lines=lines,
    )  # fmt: skip


def act_on_one(work: Work, verb: str, fallout: str, asked: Mapping[str, Json]) -> Sequence[Told]:
    """Do one thing about a fallout, by id or key; returns whom to tell when it stands.

    A `note` is the reason where one is needed, else it is written down beside what is done.
    """
    _must(work.actor, verb, asked)
    note = str(asked.get("note") or "")
    if verb == "retry":
        retry(work, [fallout])
    elif verb == "fix":
        fix_and_retry(work, fallout, asked.get("characteristic") or {})
    elif verb == "complete":
        complete_by_hand(work, fallout, note)
        return ()
    elif verb == "skip":
        skip(work, fallout, note)
        return ()
    elif verb == "assign":
        assign_fallout(work, [fallout], str(asked.get("assignee") or "me"))
    elif verb == "release":
        release_fallout(work, [fallout])
    due = asked.get("due")
    if verb == "due" or (verb == "assign" and due):
        set_fallout_due(work, [fallout], parse_instant(due) if isinstance(due, str) else None)
    return [add_note(work, about(work, Fallout.resource, fallout), note)[1]] if note else ()


def asked_of(note: str, assignee: str, due: Any) -> dict[str, Json]:
    """Return what was said of a deed as a job keeps it."""
    said = {"note": note, "assignee": assignee, "due": format_instant(due) if due else ""}
    return {name: value for name, value in said.items() if value}


@job_kind(KIND)
def fallout_piece(at: At) -> bool:
    """Go on with a job."""
    verb = str(at.job.asked["verb"])

    def act(work: Work, line: Line) -> Outcome:
        ident = line.record or line.key or ""
        for told in act_on_one(work, verb, ident, at.job.asked):
            pass_on(at.services, told)
        found = work.get(Fallout, ident)
        if found is None:
            return "same", line.record, line.key, None, None
        return "changed", found.id, found.key, None, None

    return work_off(at, act)


def _must(actor: Actor, verb: str, asked: Mapping[str, Json]) -> None:
    """Refuse what nobody does (400), without its reason (400), or without the right to it (403)."""
    if verb not in VERBS:
        raise Invalid("badVerb", f"choose one of {', '.join(VERBS)}")
    permission = PERMISSIONS.get(verb)
    if permission is not None and actor.must_have(permission).reach != "all":
        raise Forbidden("notAllowed", f"{permission} over everything is needed here")
    if permission is None and verb != "note":
        actor.must(Fallout.resource, "update")
    if verb in REASONS and not asked.get("note"):
        raise Invalid("reasonMissing", REASONS[verb])
