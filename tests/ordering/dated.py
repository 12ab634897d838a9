"""What tests of dates share: an order that waits for a technician, and time that passes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.ordering.scripted import Shop
from tests.support.program import Site
from trunkline.ordering.jeopardy.follow import follow

OWN = "/api/ordering/v1"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
SERVICE_ORDER = "/tmf-api/serviceOrdering/v4/serviceOrder"
SOON_S = 3
VISIT = "On-site Installation"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def follow_dates(site: Site) -> None:
    """Let what follows the dates come to its turn."""
    site.move_clock(SOON_S)
    while follow(site.services):
        pass
    site.work()


def plan_of(shop: Shop, order: str) -> list[dict[str, Any]]:
    found = shop.site.admin.get(f"{OWN}/productOrder/{order}/plan")
    assert found.status_code == 200, found.json
    items: list[dict[str, Any]] = found.json["item"]
    return items


def step(shop: Shop, order: str, name: str) -> dict[str, Any]:
    return next(one for one in plan_of(shop, order) if one["name"] == name)


def visited(shop: Shop, **more: Any) -> str:
    speeds: dict[str, Any] = {"downloadSpeed": 1000, "uploadSpeed": 500}
    order = shop.order(shop.line("1", "Fibre 1G", installation="technician", **speeds), **more)
    shop.site.work()
    return order


def make(site: Site, path: str, **body: Any) -> dict[str, Any]:
    answer = site.admin.post(f"{OWN}/{path}", body)
    assert answer.status_code == 201, answer.json
    made: dict[str, Any] = answer.json
    return made


def level_of(shop: Shop, order: str) -> str:
    return str(shop.read(order).get("jeopardyLevel", "none"))


def far(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
