"""The statements of the search: of what somebody reads wholly, within limits, and own."""

from __future__ import annotations

PER_KIND = 6
LOOKED_AT = 200
PEEKED = 120
PEEKED_OF_ONE_KIND = 5_000
TIMEOUT_MS = 800
LAST = "\U0010ffff"
INSIDE_MAX = 200
INSIDE_ALONE = 40
"""How many words of a kind are asked for because they have a part in their middle, beside other
words and alone: each of them has a record that is read, so that few are enough then."""

# `k` are the kinds that somebody reads wholly. A sequential scan never helps here, but looks cheap
# to a planner that does not know the query.
PREPARE = f"begin; set local enable_seqscan = off; set local statement_timeout = {TIMEOUT_MS}"
COLUMNS = "e.record, e.kind, e.key, e.label, e.label_class, e.folded, e.numbers"
SHOWN = COLUMNS.replace("e.", "x.")
RANK = """case when x.numbers && k.exact then 1
  when k.label_seen and x.folded like %(begins)s then 2 else 3 end"""
IS_INSIDE = """(k.insides <> '' and not exists (
      select from string_to_table(k.insides, ' ') as n(part) where x.terms::text !~ n.part))"""
IS_PART = "exists (select 1 from unnest(x.numbers) n where n ~ k.part)"
KINDS = """select kind, quick, words, grams, ends, part, string_to_array(exact, ' ') as exact,
    label_seen, limits, string_to_array(marks, ' ') as marks, insides
  from unnest(%(kinds)s::text[], %(quick)s::text[], %(words)s::text[], %(grams)s::text[],
    %(ends)s::text[], %(parts)s::text[], %(exacts)s::text[], %(labels)s::boolean[],
    %(limits)s::text[], %(marks)s::text[], %(insides)s::text[])
    as u(kind, quick, words, grams, ends, part, exact, label_seen, limits, marks, insides)"""
# The words that have what was typed in their middle (`c`), and for each kind that has such words
# what its records are asked for (`i`): of all that was typed a word that has it, or begins so. Of
# words that very many have the first records of the kind are enough for the box (`j`).
WORDS_INSIDE = """c as materialized (
  select k.kind, a.part, string_agg(quote_literal(w.term), ' | ') as terms, count(*) as words
  from k cross join unnest(k.marks) as m(mark)
  cross join unnest(%(typed)s::text[], %(pieces)s::text[]) as a(part, pieces)
  cross join lateral (
    select s.term from search_word s
    where s.pieces @@ replace(a.pieces, '@', m.mark)::tsquery and position(a.part in s.term) > 0
    limit {most}) w
  where a.pieces <> '' and {too_few}
  group by k.kind, a.part
)"""
ASKED_INSIDE = """
    select string_agg('(' || concat_ws(' | ', (
      select string_agg(quote_literal(m.mark || ':' || a.part) || ':*', ' | ')
      from unnest(k.marks) as m(mark)), c.terms) || ')', ' & ')::tsquery
    from unnest(%(typed)s::text[]) as a(part)
    left join c on c.kind = k.kind and c.part = a.part"""
INSIDE = f"""{WORDS_INSIDE}, i as materialized (
  select k.kind, k.limits, ({ASKED_INSIDE}) as inside from k where k.kind in (select kind from c)
)"""  # noqa: S608 - constant texts
FIRST_INSIDE = f"""j as materialized (
  select h.* from i cross join lateral (
    select 4 as rank, {SHOWN} from (
      select {COLUMNS}, e.terms from search_entry e
      where {{within}}e.kind = i.kind order by e.folded limit {{peeked}}) x
    where x.terms @@ i.inside order by x.folded limit {{most}}) h
)"""  # noqa: S608 - constant texts
LIES_WITHIN = """exists (select from owner_sphere s
      where s.owner = e.owner and s.lies_in @@ k.limits::tsquery) and """


def _named(within: str) -> str:
    """Return the part that finds what is named by its key or id."""
    kinds = " join k on k.kind = e.kind" if within else ""
    return f"""select 0 as rank, {COLUMNS} from search_entry e{kinds}
where {within}(e.key = any(%(keys)s) or e.record = any(%(records)s::uuid[]))
  and e.kind = any(%(kinds)s)"""  # noqa: S608 - constant texts


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
    by_kind = "(select count(*) from {0} where {0}.kind = k.kind) < {1}"
    few = min(most, LOOKED_AT)
    too_few = " and ".join(by_kind.format(one, few) for one in ("p", "v"))
    alone = INSIDE_MAX if within else max(few, INSIDE_ALONE)
    within_i = within.replace("k.", "i.")
    most_words = f"case when cardinality(%(typed)s::text[]) > 1 then {INSIDE_MAX} else {alone} end"
    inside = INSIDE.format(too_few=too_few, most=most_words)
    first_inside = FIRST_INSIDE.format(within=within_i, peeked=peeked, most=most)
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
), v as materialized (
  select h.* from k cross join lateral (
    select {RANK} as rank, {SHOWN} from (
      select {COLUMNS}, e.terms from search_entry e where {within}e.terms @@ k.quick::tsquery
      limit {LOOKED_AT}) x
    where x.terms @@ k.words::tsquery order by 1, x.folded limit {most}) h
  where k.quick <> '' and (select count(*) from p where p.kind = k.kind) < {most}
), {inside}, {first_inside}
{_named(within)}
union all
select 2, p.* from p
union all
select v.* from v
union all
select j.* from j
union all
select h.* from i cross join lateral (
  select 4 as rank, {SHOWN} from search_entry x
  where {within_i.replace("e.", "x.")}x.terms @@ i.inside
  limit {LOOKED_AT}) h
where (select count(*) from j where j.kind = i.kind) < {enough}
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
  when not (x.terms @@ k.words::tsquery or k.part <> '' and {IS_PART}) and {IS_INSIDE} then 4
  else {RANK} end as rank, {SHOWN}
from x join k on k.kind = x.kind
where (x.owner = %(party)s::uuid or k.reach = 'partner')
  and (x.key = any(%(keys)s) or x.record = any(%(records)s::uuid[])
    or (k.label_seen and %(first)s <> '' and x.folded like %(begins)s)
    or x.terms @@ k.words::tsquery or {IS_INSIDE} or (k.part <> '' and {IS_PART}))
order by 1, x.folded limit %(most)s
"""  # noqa: S608 - constant texts
