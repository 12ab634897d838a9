"""Tags: free labels that the staff puts on records, to find and to work through them."""

from __future__ import annotations

from typing import Literal

from trunkline.care.api import CARE
from trunkline.care.in_use import IN_USE
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.extensible import Extensible


@resource(
    api=CARE,
    path="tag",
    prefix="TAG",
    required=("name",),
    lifecycle=IN_USE,
    promote=(Promoted("name"), Promoted("lifecycleStatus")),
    live_name=True,
    columns=("key", "name", "description", "lifecycleStatus"),
)
class Tag(Extensible, Document):
    """A label; records refer to it by `tag`, so that renaming it renames it everywhere."""

    name: str | None = None
    description: str | None = None
    lifecycle_status: Literal["active", "retired"] | None = None
