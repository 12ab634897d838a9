"""Causes: fallout with the same error of the same system, put right once for all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from trunkline.documents.decode import load
from trunkline.documents.errors import Conflict
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import Fallout
from trunkline.ordering.fallout_job import begin_many

CAUSES_MAX = 200
SHOWN_VALUES = 5
WAITING = ("open", "onHold", "awaitingInformation")
"""States of fallout that nobody is trying again just now."""
OF = """
f.p_state = any(%(states)s) and f.p_cause_kind = %(kind)s
  and coalesce(f.p_cause_code, '') = coalesce(%(code)s::text, '')
  and coalesce(f.p_cause_system, '') = coalesce(%(system)s::text, '')
"""
FIGURES = """
count(*), count(distinct f.p_product_order_id), min(f.created_at),
  count(*) filter (where f.p_due_at < %(now)s), count(f.p_assignee_id)
"""
LIST = f"""
select f.p_cause_kind, f.p_cause_code, f.p_cause_system, {FIGURES}
from fallout f where f.p_state = any(%(states)s)
group by 1, 2, 3 order by count(*) desc, 1, 2, 3 limit %(limit)s
"""  # noqa: S608 - constant text
TASKS = f"""
select f.p_task_name, {FIGURES}, grouping(f.p_task_name)
from fallout f where {OF}
group by rollup (f.p_task_name) order by count(*) desc, f.p_task_name limit %(limit)s
"""  # noqa: S608 - constant text
VALUES = f"""
select v.key, count(*), count(distinct v.value::text),
  (array_agg(distinct v.value::text))[1:{SHOWN_VALUES}]
from fallout f join plan_item p on p.id =
  case when f.p_plan_item_id ~ '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$'
  then f.p_plan_item_id::uuid end
cross join json_each(p.characteristic) v
where {OF} and json_typeof(p.characteristic) = 'object'
group by v.key order by count(*) desc, v.key limit %(limit)s
"""  # noqa: S608 - constant text
OLDEST = f"select f.id::text from fallout f where {OF} order by f.id limit %(limit)s"  # noqa: S608
ALL = 100_000


@dataclass(frozen=True)
class Cause:
    """What stopped steps: the kind of failure, the code, and the system that was asked."""

    kind: str
    code: str | None = None
    system: str | None = None


@dataclass(frozen=True)
class Figures:
    """How many steps of how many orders stand still, since when, overdue, and with somebody."""

    steps: int
    orders: int
    oldest: datetime
    overdue: int
    held: int


@dataclass(frozen=True)
class HeldValue:
    """A characteristic of the steps of a cause: how many have it, and some of its values."""

    name: str
    steps: int
    distinct: int
    values: Sequence[Json]


def causes(work: Work) -> list[tuple[Cause, Figures]]:
    """Return what stops steps at present, what stops most of them first."""
    work.actor.must(Fallout.resource, "read")
    asked = {"states": list(WAITING), "now": work.now, "limit": CAUSES_MAX}
    rows = work.connection.execute(LIST, asked).fetchall()
    return [(Cause(*row[:3]), Figures(*row[3:])) for row in rows]


def figures_of(work: Work, cause: Cause) -> tuple[Figures | None, dict[str, int]]:
    """Return the figures of a cause, None where nothing stands still by it, and steps by task."""
    work.actor.must(Fallout.resource, "read")
    rows = work.connection.execute(TASKS, _asked(work, cause, CAUSES_MAX)).fetchall()
    whole = next((row for row in rows if row[-1]), None)
    tasks = {str(row[0]): int(row[1]) for row in rows if not row[-1]}
    found = Figures(*whole[1:6]) if whole is not None and whole[1] else None
    return found, tasks


def values_of(work: Work, cause: Cause) -> list[HeldValue]:
    """Return the characteristics of the steps of a cause, those that most of them have first.

    Who does not see personal values of fallout sees none of them.
    """
    if "personal" not in work.actor.must(Fallout.resource, "read").sees:
        return []
    rows = work.connection.execute(VALUES, _asked(work, cause, CAUSES_MAX)).fetchall()
    return [
        HeldValue(name, steps, distinct, [load(one) for one in values])
        for name, steps, distinct, values in rows
    ]


def begin_fix(
    work: Work,
    cause: Cause,
    *,
    characteristics: Mapping[str, Json],
    note: str = "",
    first: int | None = None,
) -> tuple[str, int]:
    """Begin to try all steps of a cause again, with values corrected; return the job and how many.

    `first` takes that many of the oldest alone, to see whether it helps. Refuses (409) a cause by
    which nothing stands still any more.
    """
    work.actor.must(Fallout.resource, "read")
    rows = work.connection.execute(OLDEST, _asked(work, cause, min(first or ALL, ALL))).fetchall()
    if not rows:
        raise Conflict("conflictNotInFallout", "nothing stands still by this cause any more")
    asked: dict[str, Json] = {"note": note} if note else {}
    if characteristics:
        asked["characteristic"] = dict(characteristics)
    title = f"{cause.code or cause.kind}: {len(rows)} tried again"
    job = begin_many(
        work.services, work.actor, "fix" if characteristics else "retry",
        [row[0] for row in rows], title=title, asked=asked,
    )  # fmt: skip
    return job, len(rows)


def _asked(work: Work, cause: Cause, limit: int) -> dict[str, object]:
    return {**asdict(cause), "states": list(WAITING), "now": work.now, "limit": limit}
