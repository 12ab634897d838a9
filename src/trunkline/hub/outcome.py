"""Outcomes: how an attempt to deliver went, and when the next one is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

RETRY_AFTER_S_MAX = 3600.0
JITTER = 0.2
# Delay before attempt 1, 2, ...: 75.6 hours in all, the example of Standard Webhooks.
SCHEDULE_S = (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)


class Kind(StrEnum):
    """Names what follows from an attempt: done, try again, never again, or not allowed."""

    DELIVERED = "delivered"
    RETRY = "retry"
    GONE = "gone"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Tells how one attempt went.

    `status` is None when no answer came. `error` is a stable code: a `guard.Reason` when refused,
    else nameNotResolved, connectFailed, tlsFailed, timedOut, connectionLost, answerInvalid,
    answeredRedirect, answeredGone, answeredError. `answer` is for the listener's owner only.
    """

    kind: Kind
    status: int | None = None
    retry_after_s: float | None = None
    error: str | None = None
    duration_ms: int = 0
    answer: str = ""


def next_attempt_s(
    attempt: int, random: Callable[[], float], *, retry_after_s: float | None = None
) -> float | None:
    """Return the delay after `attempt` attempts were made, or None when all have been.

    `random` gives numbers in [0, 1) and moves a delay by up to a fifth either way; a pause that
    the listener asked for is kept as the minimum.
    """
    if attempt >= len(SCHEDULE_S):
        return None
    delay = SCHEDULE_S[attempt] * (1 - JITTER + 2 * JITTER * random())
    return max(delay, retry_after_s or 0.0)


def parse_retry_after(value: str, *, now: datetime) -> float | None:
    """Return the pause that a Retry-After header asks for, at most an hour; None when unreadable.

    Source: RFC 9110, section 10.2.3 (seconds or a date).
    """
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), RETRY_AFTER_S_MAX)
    try:
        until = parsedate_to_datetime(text)
        pause_s = (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(pause_s, 0.0), RETRY_AFTER_S_MAX)
