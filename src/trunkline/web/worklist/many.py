"""One deed done about many rows: in rounds, and what could not be done with its reason."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from trunkline.documents.errors import Forbidden, Refusal
from trunkline.web.desk import Desk, Visit
from trunkline.web.worklist.worklist import Deed, Said
from trunkline.workspace.notes import pass_on

MANY_MAX = 5_000
ROUND_S = 1.0
PROBLEMS_SHOWN = 20
ABOUT_WHOM = frozenset({"login", "assignee"})
"""Where a refusal says that whom it was given to is nobody who may have it."""


@dataclass(frozen=True)
class Carried:
    """How far it has come: how many are done, which are left, and why others were not done.

    `is_wrong` is whom it was given to, where that alone stood in the way of each.
    """

    done: int = 0
    left: Sequence[str] = ()
    problems: Sequence[str] = field(default_factory=list)
    is_wrong: bool = False


def carry_out(desk: Desk, visit: Visit, deed: Deed, idents: Sequence[str], said: Said) -> Carried:
    """Do it to as many as there is time for in one round; to one at least.

    Refuses as a whole (403) what the visitor may not do; one bad row stops no other.
    """
    until = time.monotonic() + ROUND_S
    problems: list[str] = []
    wrong = at = 0
    while at < len(idents) and (at == 0 or time.monotonic() < until):
        try:
            _do(desk, visit, deed, idents[at], said)
        except Forbidden:
            raise
        except Refusal as refusal:
            problems.append(reason_of(refusal))
            wrong += any(one.path in ABOUT_WHOM for one in refusal.faults)
        at += 1
    return Carried(at - len(problems), idents[at:], problems, 0 < wrong == at)


def reason_of(refusal: Refusal) -> str:
    """Return why something was refused, in a sentence."""
    text = refusal.told
    return text[:1].upper() + text[1:] + "."


def _do(desk: Desk, visit: Visit, deed: Deed, ident: str, said: Said) -> None:
    with desk.work(visit) as work:
        told = list(deed.act(work, [ident], said))
    for one in told:
        pass_on(desk.services, one)
