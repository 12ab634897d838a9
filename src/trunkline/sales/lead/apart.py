"""Apart: whom we may know already, asked before a party is made of a lead, and why it is not."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Conflict, Fault, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.schema import validators
from trunkline.kernel.work import Work
from trunkline.matching.pairs import Alike, keep_pairs
from trunkline.matching.possible import Possible, possible_duplicates
from trunkline.matching.score import POSSIBLE, REASON_TITLES

CODE = "conflictPossible"


def must_be_apart(work: Work, resource: Resource, body: dict[str, Json], why: str) -> None:
    """Refuse (409) to make a party that we may know already, unless it is said why it is not."""
    if why.strip():
        return
    refuse([one for one in validators.of(resource).faults(body) if one.code == "badType"])
    found = possible_duplicates(work, resource, body, least=POSSIBLE)
    if found:
        names = ", ".join(f"{one.name} ({one.key})" for one in found[:3])
        message = (
            f"may be there already: {names}; choose that one, or say in apart why it is another"
        )
        raise Conflict(CODE, message, faults=list(_told(found)))


def keep_apart(work: Work, document: Document, why: str) -> None:
    """Keep with each pair why the party that was made is not the one that was there."""
    if not why.strip():
        return
    found = possible_duplicates(
        work, document.resource, document.raw, apart=[document.id], least=POSSIBLE
    )
    pairs = [Alike(one.id, document.id, one.score) for one in found]
    keep_pairs(work, document.resource, pairs, denied=why.strip())


def _told(found: list[Possible]) -> Iterator[Fault]:
    for one in found:
        reasons = ", ".join(REASON_TITLES[reason].lower() for reason in one.score.reasons)
        path = "contact" if one.resource.name == "Individual" else "customer"
        message = f"{one.key} {one.name}: {round(one.score.value * 100)} %, {reasons}"
        yield Fault(path, CODE, message)
