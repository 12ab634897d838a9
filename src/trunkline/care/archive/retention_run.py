"""Runs of retention rules: what was looked at, what was archived, and what stayed and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.care.api import CARE
from trunkline.care.archive.retention_rule import RetentionRule
from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Shape, many
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.shared.extensible import Extensible
from trunkline.shared.reference import Reference

RunState: TypeAlias = Literal["waiting", "running", "stopped", "done"]
RUN_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="waiting",
    moves={
        "waiting": ("running", "stopped"),
        "running": ("stopped", "done"),
        "stopped": ("running",),
        "done": (),
    },
    on_request=frozenset({"waiting", "stopped", "running"}),
)


class RetentionRuleRef(Reference, targets=("RetentionRule",)):
    """A reference to a retention rule."""

    name: str | None = None


class Looked(Shape):
    """A customer that was looked at: its key and name, since when it is over, why it stays."""

    id: str
    key: str
    name: Annotated[str | None, PERSONAL] = None
    ended_at: datetime | None = None
    reason: Annotated[str | None, PERSONAL] = None


@resource(
    api=CARE,
    data_class="internal",
    path="retentionRun",
    prefix="RTR",
    title="Retention run",
    operations=("list", "retrieve", "create", "patch"),
    lifecycle=RUN_LIFECYCLE,
    immutable=("retention_rule", "is_preview"),
    server_sets=("looked_at", "archived", "kept", "taken", "stayed", "reached", "ended_at",
                 "started_at"),
    promote=(Promoted("state"), Promoted("retentionRule.id"), Promoted("startedAt", "instant")),
    columns=("key", "retentionRule.name", "state", "isPreview", "lookedAt", "archived", "kept",
             "startedAt"),
)  # fmt: skip
class RetentionRun(Extensible, Document):
    """One go of a retention rule. With `is_preview` it says what it would do, and does nothing.

    `looked_at`, `archived` and `kept` count while it goes on; `taken` and `stayed` tell the first
    customers of each sort. Patched to `stopped` it stops, to `running` it goes on from there.
    """

    retention_rule: RetentionRuleRef
    is_preview: bool | None = None
    state: RunState | None = None
    looked_at: int | None = None
    archived: int | None = None
    kept: int | None = None
    taken: list[Looked] = many()
    stayed: list[Looked] = many()
    reached: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


@rule(RetentionRun)
def only_rules_that_are_on_are_carried_out(
    work: Work, old: RetentionRun | None, new: RetentionRun
) -> Iterator[Fault]:
    """Refuse to carry out a rule that is off; it may be previewed."""
    if old is not None or new.is_preview:
        return
    found = work.get(RetentionRule, new.retention_rule.id)
    if found is not None and not found.is_on:
        message = f"{found.name} is off; turn it on, or ask for a preview (isPreview)"
        yield Fault("retentionRule", "ruleOff", message)
