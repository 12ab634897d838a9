"""Bill formats and presentation media (TMF666): how detailed a bill is, and how it is sent."""

from __future__ import annotations

from trunkline.documents.shape import many
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.party.api import TMF666
from trunkline.party.billing_cycle import BillingCycleSpecificationRefOrValue
from trunkline.shared.extensible import Extensible
from trunkline.shared.reference import Reference


@resource(
    api=TMF666,
    path="billFormat",
    prefix="BFM",
    promote=(Promoted("name"),),
    columns=("key", "name", "description"),
    data_class="public",
)
class BillFormat(Extensible, Document):
    """How detailed a bill is."""

    name: str
    description: str | None = None


@resource(
    api=TMF666,
    path="billPresentationMedia",
    prefix="BPM",
    promote=(Promoted("name"),),
    columns=("key", "name", "description"),
    data_class="public",
)
class BillPresentationMedia(Extensible, Document):
    """By which way a bill reaches the one who pays."""

    name: str
    description: str | None = None


class BillFormatRef(Reference, targets=("BillFormat",)):
    """A reference to a bill format."""


class BillPresentationMediaRef(Reference, targets=("BillPresentationMedia",)):
    """A reference to a presentation medium."""


class BillFormatRefOrValue(Extensible, targets=("BillFormat",)):
    """A bill format of one account, or a reference to one of many; `is_ref` says which."""

    id: str | None = None
    href: str | None = None
    name: str
    description: str | None = None
    is_ref: bool
    referred_type: str | None = None


class BillPresentationMediaRefOrValue(Extensible, targets=("BillPresentationMedia",)):
    """A presentation medium of one account, or a reference; `is_ref` says which."""

    id: str | None = None
    href: str | None = None
    name: str
    description: str | None = None
    is_ref: bool
    referred_type: str | None = None


class BillStructure(Extensible):
    """How an account is billed: in which cycle, in which format and by which media."""

    cycle_specification: BillingCycleSpecificationRefOrValue | None = None
    format: BillFormatRefOrValue | None = None
    presentation_media: list[BillPresentationMediaRefOrValue] = many()
