"""Attachments: pictures and documents that a record carries or points at."""

from __future__ import annotations

from typing import Annotated

from trunkline.documents.shape import PERSONAL
from trunkline.shared.extensible import Extensible
from trunkline.shared.period import TimePeriod
from trunkline.shared.quantity import Quantity
from trunkline.shared.reference import Reference


class Attachment(Extensible):
    """A document given by value: its content in base 64, or the address where it lies."""

    id: str | None = None
    href: str | None = None
    attachment_type: str | None = None
    content: Annotated[str | None, PERSONAL] = None
    description: Annotated[str | None, PERSONAL] = None
    mime_type: str | None = None
    name: Annotated[str | None, PERSONAL] = None
    url: Annotated[str | None, PERSONAL] = None
    size: Quantity | None = None
    valid_for: TimePeriod | None = None


class AttachmentRef(Reference, targets=("Attachment",)):
    """A reference to an attachment kept elsewhere."""

    description: Annotated[str | None, PERSONAL] = None
    url: Annotated[str | None, PERSONAL] = None


class AttachmentRefOrValue(Attachment, targets=("Attachment",)):
    """An attachment by value, or a reference to one; `is_ref` says which."""

    is_ref: bool | None = None
    referred_type: str | None = None
