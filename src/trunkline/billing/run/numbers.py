"""Numbers of bills: without a gap in each year, given by the transaction that issues a bill."""

from __future__ import annotations

from trunkline.billing.outside_names import COPIES
from trunkline.kernel.work import Work
from trunkline.workspace.business_zone import business_zone

NEXT = """
insert into bill_number (year, last) values (%s, 1)
on conflict (year) do update set last = bill_number.last + 1 returning last
"""
BORNE = """
select exists (select from customer_bill b where b.p_bill_no = %s
  and coalesce(b.doc->>'billingSystem', '') = ''
  and coalesce(b.doc->>'category', '') <> all(%s))
"""


def next_number(work: Work) -> str:
    """Return the next number of this year, which is taken only if the transaction commits.

    Whoever issues meanwhile waits for that: no number is given twice and none is left out. One
    that a bill without another billing system was brought with is borne already: the next is taken.
    """
    year = work.now.astimezone(business_zone(work.services)).year
    while True:
        row = work.connection.execute(NEXT, [year]).fetchone()
        number = f"{year}-{row[0]:07d}"
        if not work.connection.execute(BORNE, [number, sorted(COPIES)]).fetchone()[0]:
            return number
