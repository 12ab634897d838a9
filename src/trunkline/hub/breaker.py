"""Stops sending to a listener that only fails, and finds out when it works again.

Times are seconds of any clock that never runs backward; the caller brings them.
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

WINDOW_S = 300.0
BUCKET_S = 10.0


class State(StrEnum):
    """Names what a breaker lets through: everything, nothing, or one probe."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "halfOpen"


@dataclass(frozen=True, slots=True)
class Limits:
    """Holds when a breaker opens and how long it pauses."""

    failures_min: int = 20
    failure_share: float = 0.5
    consecutive_failures: int = 10
    first_pause_s: float = 30.0
    pause_s_max: float = 3600.0
    probe_s: float = 30.0  # a probe without a result is given up after this


@dataclass(slots=True)
class _Bucket:
    number: int
    failures: int = 0
    results: int = 0


class Breaker:
    """Counts the results of one listener and says whether it may be sent to."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._buckets: deque[_Bucket] = deque()
        self._consecutive = 0
        self._open_until: float | None = None
        self._probe_until: float | None = None
        self._pause_s = self._limits.first_pause_s

    def state(self, now: float) -> State:
        """Return whether sending is free, stopped, or limited to a probe."""
        if self._open_until is None:
            return State.CLOSED
        return State.OPEN if now < self._open_until else State.HALF_OPEN

    def may_send(self, now: float) -> bool:
        """Return whether one message may go now; when half open, True hands out the one probe."""
        state = self.state(now)
        if state is not State.HALF_OPEN:
            return state is State.CLOSED
        if self._probe_until is not None and now < self._probe_until:
            return False
        self._probe_until = now + self._limits.probe_s
        return True

    def retry_at(self, now: float) -> float:
        """Return the earliest time at which `may_send` can be true."""
        if self._open_until is None:
            return now
        return max(now, self._open_until, self._probe_until or now)

    def record(self, outcome_ok: bool, now: float) -> None:
        """Count one result; results that come in while open were sent before it and do not count.

        A failed probe doubles the pause, a good one forgets the past.
        """
        match self.state(now):
            case State.OPEN:
                return
            case State.HALF_OPEN if outcome_ok:
                self._close()
            case State.HALF_OPEN:
                self._pause_s = min(self._pause_s * 2, self._limits.pause_s_max)
                self._open(now)
            case State.CLOSED:
                self._count(outcome_ok, now)
                if self._is_failing():
                    self._open(now)

    def _open(self, now: float) -> None:
        self._open_until = now + self._pause_s
        self._probe_until = None

    def _close(self) -> None:
        self._buckets.clear()
        self._consecutive = 0
        self._open_until = self._probe_until = None
        self._pause_s = self._limits.first_pause_s

    def _count(self, outcome_ok: bool, now: float) -> None:
        number = int(now // BUCKET_S)
        while self._buckets and self._buckets[0].number <= number - WINDOW_S / BUCKET_S:
            self._buckets.popleft()
        if not self._buckets or self._buckets[-1].number < number:
            self._buckets.append(_Bucket(number))
        self._buckets[-1].results += 1
        self._buckets[-1].failures += not outcome_ok
        self._consecutive = 0 if outcome_ok else self._consecutive + 1

    def _is_failing(self) -> bool:
        failures = sum(bucket.failures for bucket in self._buckets)
        results = sum(bucket.results for bucket in self._buckets)
        return self._consecutive >= self._limits.consecutive_failures or (
            failures >= self._limits.failures_min
            and failures > results * self._limits.failure_share
        )
