"""Codes of catalog entries as names: a code stands for the version of an entry that is in force.

All versions of an entry share its `externalId`. Where one entry is asked for, the code names the
one on sale now, else the newest: what is asked for by a code follows the versions.
"""

from __future__ import annotations

from trunkline.catalog.entry import LIVE
from trunkline.catalog.entry_rules import ENTRIES
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.rest.own_names import remember_also

SYSTEM = "catalog code"
CODE_MAX = 255
FORGET = "delete from alias where system = %s and type = %s and value = %s"
NAME = """
insert into alias (system, value, type, record)
select %(system)s, %(code)s, %(type)s, t.id from {table} t
where t.p_external_id = %(code)s
order by coalesce(t.p_lifecycle_status = any(%(live)s), false) desc,
  coalesce((t.doc #>> '{{validFor,startDateTime}}')::timestamptz <= %(now)s, true) desc, t.id desc
limit 1
on conflict (value, type, system) do update set record = excluded.record
"""


@remember_also(*ENTRIES)
def name_by_code(work: Work, document: Document, before: Json = None) -> None:
    """Let the code of a written entry, and the one that it had, name the version in force."""
    former = before.get("externalId") if isinstance(before, dict) else None
    for code in {former, document.raw.get("externalId")}:
        if isinstance(code, str) and 0 < len(code) <= CODE_MAX:
            _name(work, document, code)


def _name(work: Work, document: Document, code: str) -> None:
    resource = document.resource
    named = work.connection.execute(
        NAME.format(table=resource.table),
        {"system": SYSTEM, "type": resource.name, "code": code, "live": list(LIVE),
         "now": work.now},
    )  # fmt: skip
    if not named.rowcount:
        work.connection.execute(FORGET, [SYSTEM, resource.name, code])
