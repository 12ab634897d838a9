"""Notes: what somebody wrote about a record, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from trunkline.documents.shape import PERSONAL
from trunkline.shared.extensible import Extensible


class Note(Extensible):
    """A free text with its author and its time; it may speak of persons."""

    id: str | None = None
    href: str | None = None
    text: Annotated[str, PERSONAL]
    author: Annotated[str | None, PERSONAL] = None
    date: datetime | None = None
