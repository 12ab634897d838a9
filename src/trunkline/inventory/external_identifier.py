"""External identifiers: what outside inventories call our records, and whether that still holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from trunkline.documents.errors import Fault
from trunkline.shared.extensible import Extensible


class ExternalIdentifier(Extensible):
    """The id of a record in an outside inventory (`owner`).

    `is_valid` is ours: false once that inventory does not know the id any more, since `checked_at`
    and for the `reason` given. What is invalid is kept, so that old orders can be understood.
    """

    id: str
    owner: str
    external_identifier_type: str | None = None
    is_valid: bool | None = None
    checked_at: datetime | None = None
    reason: str | None = None

    @property
    def holds(self) -> bool:
        """Whether the outside inventory knows the id, as far as anybody has said."""
        return self.is_valid is not False


def identifier_faults(found: Iterable[ExternalIdentifier]) -> Iterator[Fault]:
    """Yield what is wrong with identifiers: two valid ones of one inventory, or no reason."""
    valid: set[tuple[str, str | None]] = set()
    for index, one in enumerate(found):
        path = f"externalIdentifier[{index}]"
        kind = one.owner, one.external_identifier_type
        if one.holds and kind in valid:
            message = f"{one.owner} has another valid id for it; mark one of them as invalid"
            yield Fault(f"{path}.isValid", "conflictIdentifier", message)
        if one.holds:
            valid.add(kind)
        elif not one.reason:
            message = "say why the id is not valid any more"
            yield Fault(f"{path}.reason", "required", message)
