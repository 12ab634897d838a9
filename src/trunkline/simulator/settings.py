"""How the simulated network behaves, set at run time by `/control`."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from .command import Action
from .refusal import Fault, invalid


class Mode(StrEnum):
    """When an order is answered: with the answer itself, or later by call-back."""

    NOW = "now"
    CALLBACK = "callback"


class FailureKind(StrEnum):
    """How an order fails: refused by the network, or not reached at all."""

    BUSINESS = "business"
    TECHNICAL = "technical"


_DEFAULT_ERRORS = {
    FailureKind.BUSINESS: ("networkRefused", "The network refused the change"),
    FailureKind.TECHNICAL: ("networkUnavailable", "The network cannot be reached"),
}


class LostAnswerKind(StrEnum):
    """How an answer gets lost: the connection ends, or nothing comes until released."""

    CLOSE = "close"
    HOLD = "hold"


class UnknownService(StrEnum):
    """What happens to a change of a service that this simulator never added."""

    ADOPT = "adopt"
    REFUSE = "refuse"


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A settings document in which a misspelled name is an error."""


class Chance(Strict, frozen=True):
    """How often something goes wrong: by probability, or on the next `count` occasions."""

    probability: float = 0.0
    count: int = 0


class CharacteristicMatch(Strict, frozen=True):
    """A characteristic that a fail rule looks for; without a value, any value will do."""

    name: str
    value: Any = None


class FailRule(Strict, frozen=True):
    """A failure for every command whose one item meets all given conditions.

    `specification` (id or name) and `key` may hold the wildcards `*` and `?`. `count` limits
    how often the rule strikes; `once` is a count of one.
    """

    kind: FailureKind
    specification: str | None = None
    action: Action | None = None
    characteristic: CharacteristicMatch | None = None
    key: str | None = None
    code: str | None = None
    reason: str | None = None
    message: str = "The simulator was told to fail this command"
    once: bool = False
    count: int | None = None

    @property
    def error(self) -> tuple[str, str, str]:
        """Give code, reason and message of the failure."""
        code, reason = _DEFAULT_ERRORS[self.kind]
        return self.code or code, self.reason or reason, self.message

    @property
    def limit(self) -> int | None:
        """Say how often the rule may strike; None is without end."""
        return 1 if self.once else self.count


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set at run time. Times in milliseconds.

    `partner_states` are a partner's own names of the states of orders; with `result_token`, a
    bearer token, results of qualifications that come later, and call-backs, are told.
    """

    mode: Mode = Mode.NOW
    delay_ms: tuple[int, int] = (0, 0)
    fail: tuple[FailRule, ...] = ()
    lost_answer: Chance = Chance()
    lost_answer_kind: LostAnswerKind = LostAnswerKind.CLOSE
    hold_ms: int = 60_000
    duplicate_callback: Chance = Chance()
    late_callback: Chance = Chance()
    late_ms: int = 5_000
    out_of_order: Chance = Chance()
    callback_attempts: int = 8
    unknown_service: UnknownService = UnknownService.ADOPT
    addresses: tuple[dict[str, Any], ...] = ()
    addresses_away: bool = False
    companies: tuple[dict[str, Any], ...] = ()
    companies_away: bool = False
    partner_states: dict[str, str] = {}
    result_token: str = ""
    seed: int = 1


CHANCES = ("lost_answer", "duplicate_callback", "late_callback", "out_of_order")


def parse_settings(document: object, *, seed: int) -> Settings:
    """Read settings; what is not named has its default. Refuses with 400 `settingsInvalid`.

    A chance may be written as a bare probability, a delay as one number.
    """
    if not isinstance(document, dict):
        raise invalid([Fault("$", "bodyNotObject", "send a JSON object")])
    written = {"seed": seed, **document}
    for name in CHANCES:
        if _is_number(written.get(name)):
            written[name] = {"probability": written[name]}
    if _is_number(written.get("delay_ms")):
        written["delay_ms"] = [written["delay_ms"]] * 2
    try:
        settings = msgspec.convert(written, Settings, strict=True)
    except msgspec.ValidationError as error:
        raise invalid([Fault("$", "settingsInvalid", str(error))]) from error
    faults = _range_faults(settings)
    if faults:
        raise invalid(faults)
    return settings


def _is_number(value: object) -> bool:
    return not isinstance(value, bool | dict | list | str | None)


def _range_faults(settings: Settings) -> list[Fault]:
    faults = []
    least, most = settings.delay_ms
    if not 0 <= least <= most:
        faults.append(Fault("delay_ms", "rangeInvalid", "send [min, max] with 0 <= min <= max"))
    for name in CHANCES:
        chance: Chance = getattr(settings, name)
        if not 0 <= chance.probability <= 1 or chance.count < 0:
            message = "send a probability from 0 to 1 or a count from 0 on"
            faults.append(Fault(name, "chanceInvalid", message))
    for name in ("hold_ms", "late_ms"):
        if getattr(settings, name) < 0:
            faults.append(Fault(name, "timeInvalid", "send milliseconds from 0 on"))
    if settings.callback_attempts < 1:
        faults.append(Fault("callback_attempts", "countInvalid", "send at least 1"))
    return faults
