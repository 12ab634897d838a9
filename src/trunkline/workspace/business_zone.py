"""The operator's time zone: in which one a day begins and ends where nobody's own one counts."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from trunkline.kernel.services import Services

ZONE = "business zone"


def set_business_zone(services: Services, name: str) -> None:
    """Set the time zone of the operator."""
    services.extra[ZONE] = ZoneInfo(name)


def business_zone(services: Services) -> ZoneInfo:
    """Return the time zone of the operator, UTC where none was set."""
    found: ZoneInfo = services.extra.get(ZONE, ZoneInfo("UTC"))
    return found
