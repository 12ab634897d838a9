"""The statements of the search: of what somebody reads wholly, within limits, and own."""

from __future__ import annotations

PER_KIND = 6
LOOKED_AT = 200
PEEKED = 120
PEEKED_OF_ONE_KIND = 5_000
TIMEOUT_MS = 800
LAST = "\U0010ffff"

# `k` are the kinds that somebody reads wholly. A sequential scan never helps here, but looks cheap
# to a planner that does not know the query.
PREPARE = f"begin; set local enable_seqscan = off; set local statement_timeout = {TIMEOUT_MS}"
COLUMNS = "e.record, e.kind, e.key, e.label, e.label_class, e.folded, e.numbers"
SHOWN = COLUMNS.replace("e.", "x.")
RANK = """case when x.numbers && k.exact then 1
  when k.label_seen and x.folded like %(begins)s then 2 else 3 end"""
IS_PART = "exists (select 1 from unnest(x.numbers) n where n ~ k.part)"
KINDS = """select kind, quick, words, grams, ends, part, string_to_array(exact, ' ') as exact,
    label_seen, limits
  from unnest(%(kinds)s::text[], %(quick)s::text[], %(words)s::text[], %(grams)s::text[],
    %(ends)s::text[], %(parts)s::text[], %(exacts)s::text[], %(labels)s::boolean[],
    %(limits)s::text[])
    as u(kind, quick, words, grams, ends, part, exact, label_seen, limits)"""
LIES_WITHIN = """exists (select from owner_sphere s
      where s.owner = e.owner and s.lies_in @@ k.limits::tsquery) and """


# By key; by the beginning of the label; by words, where those are not enough already, which spares
# the longest lists; and by a part of a number. `quick` are the words that are worth an index scan.
# A part that very many numbers share is found by looking at the first records of the kind (`g`):
# enough of those have it, so the lists of its pieces, as long as the kind, are not put together.
# What is typed in full stands first then all the same: it ends so (`ends`).
def _find(most: int, peeked: int, enough: int, within: str = "") -> str:
    """Return the statement that finds up to so many records of a kind.

    Of the first `peeked` records of a kind `enough` must have a part of a number, else all are
    asked for it. `within` is a condition that keeps to owners in limits.
    """
    return f"""
with k as materialized ({KINDS}), p as materialized (
  select h.* from k cross join lateral (
    select {COLUMNS} from search_entry e
    where {within}e.kind = k.kind and e.folded >= %(first)s and e.folded < %(last)s
    order by e.folded limit {most}) h
  where k.label_seen and %(first)s <> ''
), g as materialized (
  select h.* from k cross join lateral (
    select {RANK} as rank, {SHOWN} from (
      select {COLUMNS} from search_entry e
      where {within}e.kind = k.kind and k.grams <> '' order by e.folded limit {peeked}) x
    where {IS_PART} order by 1, x.folded limit {most}) h
)
select 0 as rank, {COLUMNS} from search_entry e{" join k on k.kind = e.kind" if within else ""}
where {within}(e.key = any(%(keys)s) or e.record = any(%(records)s::uuid[]))
  and e.kind = any(%(kinds)s)
union all
select 2, p.* from p
union all
select h.* from k cross join lateral (
  select {RANK} as rank, {SHOWN} from (
    select {COLUMNS}, e.terms from search_entry e where {within}e.terms @@ k.quick::tsquery
    limit {LOOKED_AT}) x
  where x.terms @@ k.words::tsquery order by 1, x.folded limit {most}) h
where k.quick <> '' and (select count(*) from p where p.kind = k.kind) < {most}
union all
select g.* from g
union all
select h.* from k cross join lateral (
  select {RANK} as rank, {SHOWN} from (
    select {COLUMNS} from search_entry e
    where {within}e.terms @@ case when (select count(*) from g where g.kind = k.kind) < {enough}
      then k.grams else k.ends end::tsquery
    limit {LOOKED_AT}) x
  where {IS_PART} order by 1, x.folded limit {most}) h
where k.grams <> ''
"""  # noqa: S608 - constant texts


FIND = _find(PER_KIND, PEEKED, PER_KIND)
FIND_WITHIN = _find(PER_KIND, 0, 1, LIES_WITHIN)
FIND_OF_ONE_KIND_WITHIN = _find(LOOKED_AT, 0, 1, LIES_WITHIN)
FIND_OF_ONE_KIND = _find(LOOKED_AT, PEEKED_OF_ONE_KIND, PEEKED_OF_ONE_KIND // 100)

# Few records are somebody's own: they are taken by their owner and looked at one by one.
OWN = f"""
with k as materialized (
  select k.*, r.reach from ({KINDS}) k
  join unnest(%(kinds)s::text[], %(reaches)s::text[]) as r(kind, reach) on r.kind = k.kind
), x as (
  select {COLUMNS}, e.terms, e.owner from search_entry e where e.owner = any(%(owners)s::uuid[])
  union
  select {COLUMNS}, e.terms, e.owner from search_entry e where e.partner = %(partner)s::uuid
)
select case when x.key = any(%(keys)s) or x.record = any(%(records)s::uuid[]) then 0
  else {RANK} end as rank, {SHOWN}
from x join k on k.kind = x.kind
where (x.owner = %(party)s::uuid or k.reach = 'partner')
  and (x.key = any(%(keys)s) or x.record = any(%(records)s::uuid[])
    or (k.label_seen and %(first)s <> '' and x.folded like %(begins)s)
    or x.terms @@ k.words::tsquery or (k.part <> '' and {IS_PART}))
order by 1, x.folded limit {LOOKED_AT}
"""  # noqa: S608 - constant texts
