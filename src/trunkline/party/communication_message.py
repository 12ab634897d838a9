"""Communication messages (TMF681): what a customer is told, for an outside system to send.

Nothing is sent from here. The message is kept with its receiver; its event tells whoever sends
mails or short messages, who reports by its state what became of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, many
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.party.api import TMF681
from trunkline.shared.attachment import Attachment
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import RelatedParty

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
    """Who gets a message."""

    app_user_id: Annotated[str | None, PERSONAL] = None
    ip: Annotated[str | None, PERSONAL] = None


@resource(
    api=TMF681,
    path="communicationMessage",
    prefix="MSG",
    title="Customer message",
    required=("content", "message_type", "receiver", "sender"),
    immutable=("content", "subject", "receiver", "sender"),
    lifecycle=MESSAGE_LIFECYCLE,
    promote=(Promoted("state"), Promoted("messageType")),
    owner=("receiver.party[customer]", "receiver.party"),
    label=("subject",),
    columns=("key", "subject", "receiver.name", "messageType", "state"),
)
class CommunicationMessage(Extensible, Document):
    """Something that a customer is told; `message_type` is such as `email` or `sms`."""

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
