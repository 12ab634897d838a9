"""Geographic sites (TMF674): places with a purpose, such as a shop, a premises or an exchange."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Annotated, Literal

from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, many
from trunkline.geography.api import TMF674
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.shared.extensible import Extensible
from trunkline.shared.hierarchy import keep_others_out, leads_back
from trunkline.shared.own_hand import left_to_staff
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import TimePeriod, periods_are_ordered
from trunkline.shared.reference import PlaceRefOrValue

SITE_LIFECYCLE = Lifecycle(
    attribute="status",
    initial="planned",
    moves={
        "planned": ("underConstruction", "active", "cancelled"),
        "underConstruction": ("active", "cancelled"),
        "active": ("inactive", "former"),
        "inactive": ("active", "former"),
        "cancelled": (),
        "former": (),
    },
    starts=("underConstruction", "active"),
)


class HourPeriod(Extensible):
    """From which hour to which hour of a day something holds."""

    start_hour: str | None = None
    end_hour: str | None = None


class CalendarPeriod(Extensible):
    """On which days and hours a site is open or closed, in which time zone."""

    day: str | None = None
    status: str | None = None
    time_zone: str | None = None
    hour_period: list[HourPeriod] = many()


class GeographicSiteRelationship(Extensible, targets=("GeographicSite",)):
    """Another site that this one has to do with, and in which sense."""

    id: str
    href: str | None = None
    relationship_type: str
    role: str | None = None
    valid_for: TimePeriod | None = None


@resource(
    api=TMF674,
    path="geographicSite",
    prefix="GSI",
    lifecycle=SITE_LIFECYCLE,
    events={"state_changed": "GeographicSiteStatusChangeEvent"},
    promote=(Promoted("name"), Promoted("code"), Promoted("status")),
    owner=("relatedParty[customer]", "relatedParty"),
    columns=("key", "name", "code", "status"),
)
class GeographicSite(Extensible, Document):
    """A place with a purpose, at an address or a location.

    Ours: `access_note`, how one gets in. `calendar` says when it is open, `related_party` whose it
    is and whom to ask there, `place` its address and its point on the map.
    """

    name: str | None = None
    code: str | None = None
    description: str | None = None
    status: (
        Literal["planned", "underConstruction", "cancelled", "active", "inactive", "former"] | None
    ) = None
    access_note: Annotated[str | None, PERSONAL] = None
    calendar: list[CalendarPeriod] = many()
    place: list[PlaceRefOrValue] = many()
    related_party: list[RelatedParty] = many()
    site_relationship: list[GeographicSiteRelationship] = many()


rule(GeographicSite)(periods_are_ordered)


@rule(GeographicSite)
def site_is_not_above_itself(
    work: Work, old: GeographicSite | None, new: GeographicSite
) -> Iterator[Fault]:
    """Refuse a relationship that closes a circle of sites in one sense.

    A mutual relationship is said on one of both sites.
    """
    if old is not None and old.site_relationship != new.site_relationship:
        keep_others_out(work, GeographicSite)
    for index, one in enumerate(new.site_relationship):
        kind = one.relationship_type
        if leads_back(new.id, _related([one], kind), partial(_ids_above, work, kind)):
            yield Fault(
                f"siteRelationship[{index}].id",
                "siteCycle",
                f"leads back to this site by {kind}; name a site outside of the circle",
            )


@rule(GeographicSite)
def own_hand_moves_no_site(
    work: Work, old: GeographicSite | None, new: GeographicSite
) -> Iterator[Fault]:
    """Refuse that a customer gives a site another state, place or owner: that is a move."""
    standing = ("place", "relatedParty", "siteRelationship", "status")
    yield from left_to_staff(work.actor, old, new, money=(), standing=standing)


def _related(relationships: Iterable[GeographicSiteRelationship], kind: str) -> list[str]:
    return [one.id for one in relationships if one.relationship_type == kind]


def _ids_above(work: Work, kind: str, site_id: str) -> list[str]:
    site = work.get(GeographicSite, site_id)
    return _related(site.site_relationship, kind) if site else []
