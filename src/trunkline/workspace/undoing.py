"""Taking back: what a job has made is removed, what it has changed is as it was before.

The last thing that a job has done is taken back first: what it made then may name, or change, what
it made before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from trunkline.documents.errors import Conflict, Refusal
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.actor import system
from trunkline.kernel.resource import Document
from trunkline.kernel.session import is_narrow
from trunkline.kernel.work import Work
from trunkline.rest.aliases import forget_aliases
from trunkline.rest.own_names import give_names_back
from trunkline.rest.writing import Unnamed, change_unnamed, give_names
from trunkline.workspace.job import Line
from trunkline.workspace.jobs import At, job_kind
from trunkline.workspace.many import (
    MERGE,
    Outcome,
    are_done_together,
    inverse,
    work_off,
    work_off_together,
)

LEFT = (
    "select version from job_line where job = %s and record = %s and number < %s "
    "and state in ('changed', 'same') order by number desc limit 1"
)
OTHERS = (
    "select 1 from audit where subject = %s and version > %s "
    "and not (actor = %s and channel = %s) and request is distinct from %s limit 1"
)
PROGRAM = system("undo")


@dataclass
class _Undoing:
    """What one transaction takes back; `left` are the versions in which it leaves records."""

    work: Work
    at: At
    left: dict[str, int] = field(default_factory=dict)
    unnamed: list[Unnamed] = field(default_factory=list)

    def back(self, line: Line) -> Outcome:
        """Take one line back; a refusal leaves nothing written."""
        made = line.detail.get("was") == "created"
        kind, ident = self.at.resource.type, line.record or line.key or ""
        document = self.work.lock(kind, ident, verb="delete" if made else "update")
        if not self._is_as_left(document, line) and not (
            made and self._is_only_ours(document, line)
        ):
            raise Conflict("conflictChanged", f"{document.key} was changed since; it stays")
        if made:
            self.work.remove(kind, document.id)
            give_names_back(self.work, document)
            forget_aliases(self.work, document)
            return "removed", document.id, document.key, None, None
        return self._put_back(document, line.detail["former"])

    def _put_back(self, document: Document, former: dict[str, Json]) -> Outcome:
        before, version = copied(document.raw), document.meta.version
        self.unnamed.append(change_unnamed(self.work, document, copied(former), MERGE))
        now = self.left[document.id] = document.meta.version
        if now == version:
            return "same", document.id, document.key, now, None
        detail: Json = {"former": inverse(former, before)}
        return "changed", document.id, document.key, now, detail

    def _is_as_left(self, document: Document, line: Line) -> bool:
        """Tell whether nobody but this job has changed a record since it was written."""
        version = document.meta.version
        if version in {line.detail.get("version"), self.left.get(document.id)}:
            return True
        parameters = [self.at.job.id, document.id, line.number]
        found = self.work.connection.execute(LEFT, parameters).fetchone()
        return found is not None and found[0] == version

    def _is_only_ours(self, document: Document, line: Line) -> bool:
        """Tell whether only the program itself has changed what the job made, as it follows.

        Who does not see everything does not see all changes either: then it stays.
        """
        if is_narrow(self.work.actor):
            return False
        parameters = [document.id, line.detail.get("version"), PROGRAM.id, PROGRAM.channel,
                      self.work.request]  # fmt: skip
        return self.work.connection.execute(OTHERS, parameters).fetchone() is None

    def give_names(self) -> None:
        """Let the records that were put back be found by the names that they have again."""
        unnamed, self.unnamed = self.unnamed, []
        give_names(self.work, unnamed)


@job_kind("undo")
def undo_piece(at: At) -> bool:
    """Take the next records of another job back."""
    at.actor.must(at.resource, "update")

    def back(work: Work, line: Line) -> Outcome:
        undoing = _Undoing(work, at)
        outcome = undoing.back(line)
        undoing.give_names()
        return outcome

    def back_all(work: Work, lines: Sequence[Line]) -> list[tuple[Line, Outcome | Refusal]]:
        undoing = _Undoing(work, at)
        found: list[tuple[Line, Outcome | Refusal]] = []
        for line in lines:
            try:
                found.append((line, undoing.back(line)))
            except Refusal as refusal:
                found.append((line, refusal))
        undoing.give_names()
        return found

    if are_done_together(at.actor, at.resource):
        return work_off_together(at, back_all, back)
    return work_off(at, back)
