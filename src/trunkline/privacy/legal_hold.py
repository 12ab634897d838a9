"""Legal holds: nothing of a person may be erased while somebody needs it for the law."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from trunkline.documents.errors import Fault
from trunkline.documents.shape import PERSONAL, Limits
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.privacy.api import ERASE, PRIVACY
from trunkline.privacy.erasure_request import PersonRef
from trunkline.shared.extensible import Extensible


@resource(
    api=PRIVACY,
    path="legalHold",
    prefix="LHO",
    title="Legal hold",
    data_class="personal",
    operations=("list", "retrieve", "create", "patch"),
    immutable=("person",),
    promote=(Promoted("person.id"),),
    label=("reference",),
    columns=("key", "person", "reference", "until"),
)
class LegalHold(Extensible, Document):
    """A person of whom nothing may be erased, until a day or until `until` is set to one.

    `reference` is the number under which the court or the authority keeps the case.
    """

    person: PersonRef
    reference: Annotated[str, PERSONAL, Limits(length_max=120)]
    until: datetime | None = None


@rule(LegalHold)
def holds_are_the_officers(work: Work, old: LegalHold | None, new: LegalHold) -> Iterator[Fault]:
    """Refuse (403) who does not answer for erasures."""
    del old, new
    work.actor.must_have(ERASE)
    yield from ()
