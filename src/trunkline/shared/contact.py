"""Contact media: how a party or a role can be reached, and how it wants to be."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from trunkline.documents.shape import PERSONAL, many
from trunkline.shared.extensible import Extensible
from trunkline.shared.period import TimePeriod


class MediumCharacteristic(Extensible):
    """The address, number or name by which a medium reaches somebody."""

    city: Annotated[str | None, PERSONAL] = None
    contact_type: str | None = None
    country: str | None = None
    email_address: Annotated[str | None, PERSONAL] = None
    fax_number: Annotated[str | None, PERSONAL] = None
    phone_number: Annotated[str | None, PERSONAL] = None
    post_code: Annotated[str | None, PERSONAL] = None
    social_network_id: Annotated[str | None, PERSONAL] = None
    state_or_province: Annotated[str | None, PERSONAL] = None
    street1: Annotated[str | None, PERSONAL] = None
    street2: Annotated[str | None, PERSONAL] = None


class ContactMedium(Extensible):
    """One way to reach somebody (phone, email, post), and from when until when it holds."""

    medium_type: str | None = None
    preferred: bool | None = None
    characteristic: MediumCharacteristic | None = None
    valid_for: TimePeriod | None = None


class RoleContactMedium(ContactMedium):
    """One way to reach a party in a role; TMF629 and TMF669 ask for its type and what it is."""

    medium_type: str
    characteristic: MediumCharacteristic


class ContactConsent(Extensible):
    """What somebody said to being reached for a purpose such as `marketing`: yes or no, and when.

    Without a `channel` it is said of all. `text_version` is the wording that was agreed to.
    """

    purpose: str
    channel: str | None = None
    given: bool
    at: datetime | None = None
    text_version: str | None = None
    proof: Annotated[str | None, PERSONAL] = None


class ContactPreference(Extensible):
    """How somebody wants to be reached, ours.

    `permitted_channel` names the only ways (email, sms, phone, letter, app; all where empty).
    `do_not_contact` forbids every way, `do_not_solicit` what is to sell something;
    `proprietary_information` permits the use of what services tell of somebody to sell (CPNI).
    Of each purpose and channel the latest `consent` counts.
    """

    do_not_contact: bool | None = None
    do_not_solicit: bool | None = None
    permitted_channel: list[str] = many()
    proprietary_information: bool | None = None
    consent: list[ContactConsent] = many()
