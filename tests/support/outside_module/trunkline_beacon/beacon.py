"""Beacons: lights on masts, each with a keeper; lit ones are written into a log."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.kernel.behaviour import on, rule
from trunkline.kernel.resource import Api, Document, Promoted, event, resource
from trunkline.kernel.work import Work
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import IndividualRef

BEACONS = Api("BEACON", "Beacons", "1.0.0", "/api/beacon/v1")
BRIGHTNESS_MAX = 100


@resource(
    api=BEACONS,
    path="beacon",
    prefix="BCN",
    lifecycle=Lifecycle("state", "dark", {"dark": ("lit",), "lit": ("dark",)}, starts=("lit",)),
    promote=(Promoted("name"), Promoted("brightness", "number")),
    owner=("keeper",),
    if_match_required=True,
)
class Beacon(Extensible, Document):
    """A light on a mast."""

    name: str
    brightness: int | None = None
    state: str | None = None
    keeper: IndividualRef | None = None


@rule(Beacon)
def beacon_is_not_too_bright(_work: Work, _old: Beacon | None, new: Beacon) -> Iterator[Fault]:
    """Refuse a light that blinds."""
    if new.brightness is not None and new.brightness > BRIGHTNESS_MAX:
        yield Fault("brightness", "tooBright", f"may be {BRIGHTNESS_MAX} at most; dim it")


@on(event(Beacon, "created"), event(Beacon, "state_changed").to("lit"))
def write_log(work: Work, beacon: Beacon) -> None:
    """Write a lit beacon into the log, once."""
    if beacon.state == "lit":
        work.connection.execute(
            "insert into beacon_log (beacon, lit_at) values (%s, %s) on conflict do nothing",
            [beacon.id, work.now],
        )
