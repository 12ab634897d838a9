"""Periods of time, start included and end excluded, and the check that they are in order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json, Shape
from trunkline.shared.extensible import Extensible


class TimePeriod(Extensible):
    """The time from a start up to, not including, an end; an absent side is open."""

    start_date_time: datetime | None = None
    end_date_time: datetime | None = None

    @property
    def is_ordered(self) -> bool:
        """Whether the start lies before the end, or one side is open."""
        start, end = self.start_date_time, self.end_date_time
        return start is None or end is None or start < end

    def contains(self, instant: datetime) -> bool:
        """Return whether the instant lies in the period."""
        start, end = self.start_date_time, self.end_date_time
        return (start is None or start <= instant) and (end is None or instant < end)

    def overlaps(self, other: TimePeriod) -> bool:
        """Return whether both periods share an instant."""
        return _begins_before_end(self, other) and _begins_before_end(other, self)


def start_of(period: TimePeriod | None) -> datetime | None:
    """Return when a period begins; None where it is open or there is none."""
    return period.start_date_time if period is not None else None


def end_of(period: TimePeriod | None) -> datetime | None:
    """Return when a period ends; None where it is open or there is none."""
    return period.end_date_time if period is not None else None


def is_moment(value: Json) -> bool:
    """Tell whether something is an instant written with its time zone."""
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def period_faults(document: Shape) -> Iterator[Fault]:
    """Yield a fault for every declared period in the document that ends before it starts."""
    for path, period in find_periods(document):
        if not period.is_ordered:
            yield Fault(
                f"{path}.endDateTime",
                "periodEndsBeforeStart",
                "must be later than startDateTime; correct one of them or leave the end open",
            )


def periods_are_ordered(work: object, old: Shape | None, new: Shape) -> Iterator[Fault]:
    """Refuse a record in which a declared period ends before it starts; a rule for any type."""
    del work, old
    return period_faults(new)


def find_periods(shape: Shape, above: str = "") -> Iterator[tuple[str, TimePeriod]]:
    """Yield every declared period inside the shape with its dotted path (`skill[0].validFor`)."""
    found: list[tuple[str, TimePeriod]] = []
    _collect(found, type(shape), shape.raw, above)
    return iter(found)


def _collect(
    found: list[tuple[str, TimePeriod]], kind: type[Shape], raw: dict[str, Json], above: str
) -> None:
    for name, inner in _leading(kind):
        value = raw.get(name)
        if not value:
            continue
        path = f"{above}.{name}" if above else name
        placed = [(path, value)]
        if isinstance(value, list):
            placed = [(f"{path}[{index}]", one) for index, one in enumerate(value)]
        for place, one in placed:
            if issubclass(inner, TimePeriod):
                found.append((place, inner.wrap(one)))
            else:
                _collect(found, inner, one, place)


_led: dict[type[Shape], list[tuple[str, type[Shape]]]] = {}


def _leading(kind: type[Shape]) -> list[tuple[str, type[Shape]]]:
    """Return the attributes under which declared periods may lie, and the shapes of these."""
    if kind not in _led:
        _led[kind] = [
            (one.json_name, one.shape)
            for one in kind.attributes().values()
            if one.shape is not None and _holds_period(one.shape, frozenset())
        ]
    return _led[kind]


def _holds_period(kind: type[Shape], above: frozenset[type[Shape]]) -> bool:
    return issubclass(kind, TimePeriod) or (
        kind not in above
        and any(
            one.shape is not None and _holds_period(one.shape, above | {kind})
            for one in kind.attributes().values()
        )
    )


def _begins_before_end(one: TimePeriod, other: TimePeriod) -> bool:
    start, end = one.start_date_time, other.end_date_time
    return start is None or end is None or start < end
