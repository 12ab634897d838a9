"""Definitions of extra attributes by kind of record and name: found, set, indexed, taken away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trunkline.documents.errors import NotFound
from trunkline.documents.shape import DataClass, Json
from trunkline.governance.extra_attribute import ExtraAttribute
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.rest.writing import change, create

MERGE = "application/merge-patch+json"
FIXED = ("recordType", "name")


def definition_of(work: Work, record_type: str, name: str) -> ExtraAttribute | None:
    """Return what the operator said of an attribute, None where there is none."""
    wanted = {"recordType": record_type, "name": name}
    return next(iter(work.find(ExtraAttribute, wanted, limit=1)), None)


def define(work: Work, record_type: str, name: str, said: Mapping[str, Json]) -> None:
    """Define an attribute, or replace all that was said of it."""
    former = definition_of(work, record_type, name)
    if former is None:
        create(work, ExtraAttribute.resource, {**said, "recordType": record_type, "name": name})
        return
    document = work.lock(ExtraAttribute, former.id)
    gone = {one: None for one in document.raw if one not in FIXED and one not in said}
    change(work, document, {**gone, **said}, MERGE)


def index(work: Work, record_type: str, name: str, *, wanted: bool) -> None:
    """Let an attribute have an index or none; everything else about it stays."""
    change(work, _locked(work, record_type, name), {"indexed": wanted}, MERGE)


def remove(work: Work, record_type: str, name: str) -> None:
    """Take a definition away; the values stay in the records. Refused while it has an index."""
    work.remove(ExtraAttribute, _locked(work, record_type, name).id)


def _locked(work: Work, record_type: str, name: str) -> ExtraAttribute:
    found = definition_of(work, record_type, name)
    if found is None:
        raise NotFound("notFound", f"there is no attribute {name} of {record_type}")
    return work.lock(ExtraAttribute, found.id)


def searched_attributes(connection: Any) -> list[tuple[str, str, DataClass]]:
    """Return (kind, name, class of data) of the attributes by whose words records are found."""
    rows: list[tuple[str, str, DataClass]] = connection.execute(
        "select p_record_type, p_name, coalesce(doc->>'dataClass', 'personal') "
        "from extra_attribute where (doc->>'searched')::boolean order by 1, 2"
    ).fetchall()
    return rows


def adopt_definitions(services: Services) -> list[str]:
    """Make records of the definitions that have none yet, and return their names.

    Before there were such records the definitions stood alone.
    """
    with as_system(services, "setup") as work:
        rows = _unsaid(work.connection)
        new: list[Any] = [
            ExtraAttribute.wrap(
                {"recordType": kind_of, "name": name, "kind": kind, "indexed": indexed}
            )
            for kind_of, name, kind, indexed in rows
            if kind_of in services.registry.resources
        ]
        if new:
            work.add(*new)
    return [f"{kind_of} {name}" for kind_of, name, *_ in rows]


def _unsaid(connection: Any) -> list[tuple[str, str, str, bool]]:
    rows: list[tuple[str, str, str, bool]] = connection.execute(
        "select d.type, d.name, d.kind, d.indexed from attribute_definition d "
        "where not exists (select 1 from extra_attribute e "
        "where e.p_record_type = d.type and e.p_name = d.name) order by d.type, d.name"
    ).fetchall()
    return rows
