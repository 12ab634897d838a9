"""Tax exemption: which taxes a party need not pay, and the paper that proves it."""

from __future__ import annotations

from trunkline.documents.shape import many
from trunkline.shared.attachment import AttachmentRefOrValue
from trunkline.shared.extensible import Extensible
from trunkline.shared.period import TimePeriod


class TaxDefinition(Extensible, targets=("TaxDefinition",)):
    """A reference to a tax, such as a value added tax."""

    id: str | None = None
    name: str | None = None
    tax_type: str | None = None
    referred_type: str | None = None


class TaxExemptionCertificate(Extensible):
    """The paper by which a party is exempt from taxes, and from when until when."""

    id: str | None = None
    attachment: AttachmentRefOrValue | None = None
    tax_definition: list[TaxDefinition] = many()
    valid_for: TimePeriod | None = None
