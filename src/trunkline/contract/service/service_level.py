"""Service levels: what a contract promises of how well and how fast it is served."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from trunkline.documents.shape import Limits
from trunkline.shared.catalog_reference import SLARef
from trunkline.shared.extensible import Extensible


class ServiceLevel(Extensible):
    """One thing that is promised: what is measured, which value, and within which hours.

    `metric` is a code such as `response`, `resolution` or `availability`; `calendar` names the
    working calendar whose hours count, all hours where there is none; `sla` the agreement on
    service levels that it comes from.
    """

    name: Annotated[str | None, Limits(length_max=200)] = None
    metric: Annotated[str, Limits(length_max=60)]
    target: Annotated[Decimal, Limits(minimum=0)]
    unit: Annotated[str, Limits(length_max=30)]
    calendar: Annotated[str | None, Limits(length_max=60)] = None
    sla: SLARef | None = None
