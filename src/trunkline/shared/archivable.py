"""What is said of a record that was put into the archive, or taken out of it again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from trunkline.documents.shape import PUBLIC, Shape
from trunkline.kernel.resource import Promoted
from trunkline.rest.archived import ATTRIBUTE

ARCHIVED_COLUMN = Promoted(ATTRIBUTE, "boolean", index=False)
SET_BY_ARCHIVE = ("is_archived", "archived_at", "restored_at")


class Archivable(Shape):
    """A shape whose record may lie in the archive: out of lists and search, and not changed."""

    is_archived: Annotated[bool | None, PUBLIC] = None
    archived_at: Annotated[datetime | None, PUBLIC] = None
    restored_at: Annotated[datetime | None, PUBLIC] = None
