"""The status rules in force, read once per generation of the configuration, ready to be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trunkline.documents.condition import Rule, RuleFailed, ValueMissing, rule_of
from trunkline.documents.shape import Json
from trunkline.governance.configured import all_of, configured
from trunkline.governance.status_rule import Effect, StatusRule
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work

VARIABLES = ("record", "former")


@dataclass(frozen=True)
class Task:
    """A task that follows a move: what is to be done, by whom with a role, in how many days."""

    title: str
    role: str
    due_days: int | None


@dataclass(frozen=True)
class InForce:
    """One rule, its texts compiled."""

    id: str
    key: str
    kind: str
    name: str
    effect: Effect
    former: frozenset[str]
    state: str
    condition: Rule | None
    roles: tuple[str, ...]
    required: tuple[str, ...]
    checks: tuple[str, ...]
    expression: Rule | None
    message: str
    task: Task | None

    def covers(self, former: str | None, state: str) -> bool:
        """Tell whether it is about this move; `former` is None for a new record."""
        return state == self.state and (not self.former or former in self.former)

    def concerns(self, record: Mapping[str, Json], former: Mapping[str, Json] | None) -> bool:
        """Tell whether its condition holds: not where a value that it asks for is missing."""
        if self.condition is None:
            return True
        try:
            return self.condition.holds({"record": record, "former": former or {}})
        except ValueMissing:
            return False
        except RuleFailed:
            return True


@dataclass
class StatusRules:
    """All rules in force, by kind of record, oldest first."""

    by_kind: dict[str, list[InForce]] = field(default_factory=dict)


def rules_of(work: Work, resource: Resource) -> Sequence[InForce]:
    """Return the rules in force for a kind of record, oldest first."""
    return configured(work, StatusRules, read_rules).by_kind.get(resource.name, ())


def read_rules(connection: Any) -> StatusRules:
    """Return all rules as the database has them."""
    found = StatusRules()
    for one in (in_force(rule) for rule in all_of(connection, StatusRule)):
        found.by_kind.setdefault(one.kind, []).append(one)
    return found


def in_force(rule: StatusRule) -> InForce:
    """Return a rule ready to be asked; its texts were found good when it was written."""
    task = rule.follow_up
    return InForce(
        id=rule.id,
        key=rule.key,
        kind=rule.applies_to,
        name=rule.name or rule.key,
        effect=rule.effect or "require",
        former=frozenset(rule.from_status),
        state=rule.to_status,
        condition=rule_of(rule.condition, VARIABLES),
        roles=tuple(rule.role),
        required=tuple(rule.required_attribute),
        checks=tuple(rule.check),
        expression=rule_of(rule.expression, VARIABLES),
        message=rule.message or "",
        task=Task(task.title, task.role, task.due_days) if task is not None else None,
    )
