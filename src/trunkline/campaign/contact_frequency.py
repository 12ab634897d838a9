"""Contact frequency: how often somebody may be addressed by campaigns, whichever they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from trunkline.campaign.api import CAMPAIGN
from trunkline.campaign.party_campaign import PartyCampaign
from trunkline.documents.shape import Limits
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.shared.extensible import Extensible


@resource(
    api=CAMPAIGN,
    path="contactFrequency",
    prefix="CFQ",
    title="Contact frequency",
    required=("name", "contacts_max", "days"),
    promote=(Promoted("name"),),
    columns=("key", "name", "contactsMax", "days", "channel"),
)
class ContactFrequency(Extensible, Document):
    """How many times somebody may be addressed within so many days, by one channel or by all."""

    name: Annotated[str | None, Limits(length_max=200)] = None
    contacts_max: Annotated[int | None, Limits(minimum=1)] = None
    days: Annotated[int | None, Limits(minimum=1)] = None
    channel: Literal["email", "sms", "letter", "app", "phone"] | None = None


def too_often(
    work: Work, field: str, ident: str, channel: str, *, target: PartyCampaign
) -> str | None:
    """Return in words which frequency another contact would go beyond; None: it may be made.

    `field` is `customer.id` or `salesLead.id`, whichever `ident` is of; the contact of `target`
    itself does not count against it.
    """
    for one in work.find(ContactFrequency, {}, limit=100):
        if one.channel not in (None, channel) or one.contacts_max is None or one.days is None:
            continue
        since = work.now - timedelta(days=one.days)
        # All of the party's contacts are looked at, newest first; there are never many.
        reached = [
            each for each in work.find(PartyCampaign, {field: ident}, limit=1000)
            if _wave_of(each) != _wave_of(target) and each.contacted_date is not None
            and each.contacted_date > since
            and one.channel in (None, each.channel)
        ]  # fmt: skip
        if len(reached) >= one.contacts_max:
            return (
                f"was addressed {len(reached)} times within {one.days} days; "
                f"{one.name} allows {one.contacts_max}"
            )
    return None


def _wave_of(target: PartyCampaign) -> str | None:
    return target.campaign_wave.id if target.campaign_wave is not None else None
