"""Notes: what somebody wrote about a record, and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, ClassVar

from trunkline.documents.shape import PERSONAL
from trunkline.kernel.masks import gated
from trunkline.shared.extensible import Extensible


class Note(Extensible):
    """A free text with its author and its time; it may speak of persons.

    It is the staff's own unless it says that the customer may see it: neither customers nor
    partners read it otherwise. What those write themselves says so.
    """

    shown_if: ClassVar[str] = "isCustomerVisible"

    id: str | None = None
    href: str | None = None
    text: Annotated[str, PERSONAL]
    author: Annotated[str | None, PERSONAL] = None
    date: datetime | None = None
    is_customer_visible: bool | None = None


def shown_outside(notes: Iterable[Note]) -> list[Note]:
    """Return the notes that customers and partners see, too."""
    return [one for one in notes if one.is_customer_visible is True]


gated["note"] = Note
