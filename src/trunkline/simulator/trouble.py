"""What goes wrong, and when: fail rules and chances, repeatable for a seed.

A decision depends on the seed, the command key and how often the key came, not on the order in
which commands arrive. So a run with many clients can be repeated.
"""

from __future__ import annotations

import hashlib
from fnmatch import fnmatchcase

import msgspec

from .command import Api, Command, Item
from .settings import CHANCES, Chance, FailRule, FailureKind, Mode, Settings


class Failure(msgspec.Struct, frozen=True):
    """A refusal by the network, and the item that it is about (None: the whole order)."""

    code: str
    reason: str
    message: str
    item_id: str | None = None


class Plan(msgspec.Struct, frozen=True):
    """What is decided about a command when it is accepted, so that a restart changes nothing.

    `words` are a partner's own names of states.
    """

    mode: Mode
    delay_ms: int
    failure: Failure | None = None
    duplicate: bool = False
    late_ms: int = 0
    out_of_order: bool = False
    words: dict[str, str] = {}


class Trouble:
    """The settings in force, with what is left of their counts."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._rules_left = [rule.limit for rule in settings.fail]
        self._chances_left = {name: self._chance(name).count for name in CHANCES}

    def remaining(self) -> dict[str, object]:
        """Tell what is left: of each rule by position (None: no limit), of each chance by name."""
        return {"fail": list(self._rules_left), **self._chances_left}

    def outage(self, command: Command) -> FailRule | None:
        """Say by which rule the network cannot be reached for this command, if any."""
        found = self._strike(FailureKind.TECHNICAL, command)
        return found[0] if found else None

    def plan(self, command: Command) -> Plan:
        """Decide what becomes of a command."""
        settings = self.settings
        least, most = settings.delay_ms
        delay_ms = least + int(self._roll("delay", command.key) * (most - least + 1))
        found = self._strike(FailureKind.BUSINESS, command)
        if settings.mode is Mode.NOW and command.api is not Api.FIELD:  # nobody comes at once
            return Plan(settings.mode, delay_ms, _failure(found), words=settings.partner_states)
        return Plan(
            mode=Mode.CALLBACK,
            delay_ms=delay_ms,
            failure=_failure(found),
            duplicate=self._happens("duplicate_callback", command.key),
            late_ms=settings.late_ms if self._happens("late_callback", command.key) else 0,
            out_of_order=self._happens("out_of_order", command.key),
            words=settings.partner_states,
        )

    def loses_answer(self, key: str, attempt: int) -> bool:
        """Say whether the answer to this attempt of a command gets lost."""
        return self._happens("lost_answer", f"{key}/{attempt}")

    def _chance(self, name: str) -> Chance:
        chance: Chance = getattr(self.settings, name)
        return chance

    def _happens(self, name: str, occasion: str) -> bool:
        if self._chances_left[name] > 0:
            self._chances_left[name] -= 1
            return True
        return self._roll(name, occasion) < self._chance(name).probability

    def _roll(self, purpose: str, occasion: str) -> float:
        """Draw a number in [0, 1) from the seed, the purpose and the occasion."""
        seed = self.settings.seed
        digest = hashlib.sha256(f"{seed}/{purpose}/{occasion}".encode()).digest()
        return (int.from_bytes(digest[:8], "big") >> 11) / float(1 << 53)

    def _strike(self, kind: FailureKind, command: Command) -> tuple[FailRule, Item] | None:
        for position, rule in enumerate(self.settings.fail):
            left = self._rules_left[position]
            if rule.kind is not kind or left == 0:
                continue
            item = next((item for item in command.items if _meets(item, command.key, rule)), None)
            if item is not None:
                if left is not None:
                    self._rules_left[position] = left - 1
                return rule, item
        return None


def _failure(found: tuple[FailRule, Item] | None) -> Failure | None:
    if found is None:
        return None
    rule, item = found
    return Failure(*rule.error, item.id)


def _meets(item: Item, key: str, rule: FailRule) -> bool:
    if rule.key is not None and not fnmatchcase(key, rule.key):
        return False
    if rule.action is not None and item.action is not rule.action:
        return False
    if rule.specification is not None and not any(
        fnmatchcase(name.lower(), rule.specification.lower()) for name in item.specification_names
    ):
        return False
    wanted = rule.characteristic
    if wanted is None:
        return True
    values = item.characteristics
    return wanted.name in values and wanted.value in (None, values[wanted.name])
