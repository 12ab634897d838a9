"""Communication messages (TMF681): what a customer is told, and what came back.

The message is kept with its receiver. E-mail leaves by the mailer, where one is connected (see
`mail`). What else there is, its event tells whoever sends short messages or letters, who reports
by its state what became of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, many
from trunkline.governance.characteristics import characteristics_in
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.party.api import TMF681
from trunkline.shared.attachment import Attachment
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.reference import Reference

SUBJECTS = (
    "ProductOrder", "ServiceOrder", "ResourceOrder", "Product", "Service", "Resource", "Quote",
    "SalesLead", "SalesOpportunity", "CustomerRequest", "TroubleTicket", "WorkOrder", "Appointment",
    "Customer", "BillingAccount", "Agreement", "PaperDocument", "Contract", "ServiceProblem",
    "PaymentPlan",
)  # fmt: skip
MessageState: TypeAlias = Literal["initial", "inProgress", "completed", "cancelled", "failed"]
MESSAGE_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="initial",
    moves={
        "initial": ("inProgress", "completed", "cancelled", "failed"),
        "inProgress": ("completed", "failed"),
        "failed": ("inProgress", "completed", "cancelled"),
        "completed": (),
        "cancelled": (),
    },
)


class MessageEnd(Extensible):
    """Who sends or gets a message, and the address that is used."""

    id: str | None = None
    name: Annotated[str | None, PERSONAL] = None
    email: Annotated[str | None, PERSONAL] = None
    phone_number: Annotated[str | None, PERSONAL] = None
    party: RelatedParty | None = None


class Sender(MessageEnd):
    """Who sends a message."""


class Receiver(MessageEnd):
    """Who gets a message; ours: `contact`, the person who gets it for the party."""

    contact: RelatedParty | None = None
    app_user_id: Annotated[str | None, PERSONAL] = None
    ip: Annotated[str | None, PERSONAL] = None


class MessageSubject(Reference, targets=SUBJECTS):
    """The record that a message is about."""

    name: Annotated[str | None, PERSONAL] = None


class MessageRef(Reference, targets=("CommunicationMessage",)):
    """The message that another one answers."""

    name: Annotated[str | None, PERSONAL] = None


@resource(
    api=TMF681,
    path="communicationMessage",
    prefix="MSG",
    title="Customer message",
    required=("content", "message_type", "receiver", "sender"),
    immutable=(
        "content",
        "subject",
        "receiver",
        "sender",
        "message_type",
        "purpose",
        "uses_proprietary_information",
    ),  # fmt: skip
    lifecycle=MESSAGE_LIFECYCLE,
    promote=(Promoted("state"), Promoted("messageType")),
    owner=("receiver.party[customer]", "receiver.party"),
    label=("subject",),
    columns=("key", "subject", "receiver.name", "messageType", "state"),
)
class CommunicationMessage(Extensible, Document):
    """Something that a customer is told; `message_type` is such as `email` or `sms`.

    Ours: its `purpose`, such as `marketing`, whether it uses what services tell of somebody, the
    records that it is about, the message that it answers, and why it was not sent.
    """

    subject: Annotated[str | None, PERSONAL] = None
    content: Annotated[str | None, PERSONAL] = None
    description: Annotated[str | None, PERSONAL] = None
    message_type: str | None = None
    priority: str | None = None
    log_flag: bool | None = None
    scheduled_send_time: datetime | None = None
    send_time: datetime | None = None
    send_time_complete: datetime | None = None
    try_times: int | None = None
    attachment: list[Attachment] = many()
    characteristic: list[Characteristic] = many()
    receiver: list[Receiver] = many()
    sender: Sender | None = None
    state: MessageState | None = None
    purpose: str | None = None
    uses_proprietary_information: bool | None = None
    related_entity: list[MessageSubject] = many()
    in_reply_to: MessageRef | None = None
    status_reason: Annotated[str | None, PERSONAL] = None


characteristics_in(CommunicationMessage, "characteristic")
