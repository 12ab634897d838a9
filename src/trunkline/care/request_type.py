"""Request types: what customers ask for, which work that leads to, who handles it, by when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias

from trunkline.care.api import CARE
from trunkline.care.in_use import IN_USE
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits, many
from trunkline.governance.role_names import role_faults
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.shared.extensible import Extensible

TargetProcess: TypeAlias = Literal["order", "ticket", "dispute", "information", "complaint"]


@resource(
    api=CARE,
    path="requestType",
    prefix="RQT",
    required=("name", "target_process"),
    lifecycle=IN_USE,
    promote=(Promoted("name"), Promoted("targetProcess"), Promoted("lifecycleStatus")),
    data_class="public",
    live_name=True,
    columns=("key", "name", "targetProcess", "handledBy", "dueDays", "lifecycleStatus"),
)
class RequestType(Extensible, Document):
    """A kind of request.

    `handled_by` is the role whose queue it goes to, `due_days` the days until it is to be done,
    `warn_hours` how long before that who handles it is warned,
    `channel` the channels on which it may be asked for (none named: all). With `self_service` a
    customer may ask for it without the staff; with `done_at_once` nothing is left to do once it
    is asked for, as for what only has to be known.
    """

    name: str | None = None
    description: str | None = None
    target_process: TargetProcess | None = None
    handled_by: str | None = None
    due_days: Annotated[int | None, Limits(minimum=0)] = None
    warn_hours: Annotated[int | None, Limits(minimum=1)] = None
    channel: list[str] = many()
    self_service: bool | None = None
    done_at_once: bool | None = None
    daily_limit: Annotated[int | None, Limits(minimum=1)] = None
    lifecycle_status: Literal["active", "retired"] | None = None


@rule(RequestType)
def requests_go_to_a_role_that_is_there(
    work: Work, old: RequestType | None, new: RequestType
) -> Iterator[Fault]:
    """Refuse a queue of a role that there is not."""
    yield from role_faults(work, "handledBy", new.handled_by, old.handled_by if old else None)
