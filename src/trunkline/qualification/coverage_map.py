"""The coverage map asked: which rows hold for a place, and what they say of a question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from trunkline.catalog.closure import closure
from trunkline.catalog.relation import same_layer_ids
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.documents.errors import Fault
from trunkline.geography.validation import normal
from trunkline.kernel.work import Work
from trunkline.qualification.coverage import Finding, Question, Whereabouts, reasons_said
from trunkline.qualification.coverage_area import CoverageArea
from trunkline.qualification.judging import WORST_FIRST, covers, judged

STANDS_IN = frozenset({"alternative", "substitution"})
"""The relationships of a specification to those that may be had instead."""

LISTED = "select distinct p_service_specification_id from coverage_area"
# The rows that may hold for an address. Letters and figures beyond ASCII are compared below.
NEAR = """
select t.id::text, t.p_city, t.p_street_name from coverage_area t
where (t.p_postcode_from is null
    or octet_length(t.p_postcode_from) <> char_length(t.p_postcode_from)
    or %(postcode)s between
         regexp_replace(lower(t.p_postcode_from), '[^a-z0-9]', '', 'g') and
         regexp_replace(lower(coalesce(t.p_postcode_to, t.p_postcode_from)), '[^a-z0-9]', '', 'g'))
  and (t.p_city is null or octet_length(t.p_city) <> char_length(t.p_city)
    or regexp_replace(lower(t.p_city), '[^a-z0-9]', '', 'g') = %(city)s)
  and (t.p_street_name is null or octet_length(t.p_street_name) <> char_length(t.p_street_name)
    or regexp_replace(lower(t.p_street_name), '[^a-z0-9]', '', 'g') = %(street)s)
order by t.id
"""
NO_MAP = Fault(
    "", "noCoverageMap", "there is no coverage map; load one, or connect a system that knows"
)


@dataclass
class _Kept:
    """What one transaction has read of the map."""

    listed: frozenset[str] | None = None
    near: dict[tuple[str, ...], list[CoverageArea]] = field(default_factory=dict)
    specifications: dict[str, ServiceSpecification] = field(default_factory=dict)


def ask_map(work: Work, questions: Sequence[Question]) -> dict[str, Finding]:
    """Return what the coverage map says, by item.

    A service is had where all that it is made of can be had; what no row of the map is about does
    not depend on the place. Without a map nobody knows.
    """
    listed = listed_specifications(work)
    if not listed:
        return {one.item: Finding("none", reasons_said(NO_MAP)) for one in questions}
    known = specifications(work, [one.specification for one in questions])
    return {one.item: _asked(work, one, listed, known) for one in questions}


def listed_specifications(work: Work) -> frozenset[str]:
    """Return the specifications that the map has rows about."""
    kept = _kept(work)
    if kept.listed is None:
        rows = work.connection.execute(LISTED).fetchall()
        kept.listed = frozenset(one for (one,) in rows if one)
    return kept.listed


def areas_at(work: Work, where: Whereabouts) -> list[CoverageArea]:
    """Return the rows that hold for a place."""
    names = {"postcode": "postcode", "city": "city", "street": "street_name"}
    asked = {name: normal(where.lines.get(line)) for name, line in names.items()}
    kept, spot = _kept(work), tuple(asked.values())
    if spot not in kept.near:
        rows = work.connection.execute(NEAR, asked).fetchall()
        near = [
            ident for ident, city, street in rows
            if (not city or normal(city) == asked["city"])
            and (not street or normal(street) == asked["street"])
        ]  # fmt: skip
        kept.near[spot] = list(work.many(CoverageArea, near).values())
    return [one for one in kept.near[spot] if covers(one, where)]


def specifications(work: Work, idents: Iterable[str]) -> Mapping[str, ServiceSpecification]:
    """Return specifications with all that they are made of, by id."""
    kept = _kept(work)
    missing = [one for one in idents if one not in kept.specifications]
    if missing:
        kept.specifications |= closure(work, ServiceSpecification, missing, same_layer_ids)
    return kept.specifications


def made_of(ident: str, known: Mapping[str, ServiceSpecification]) -> list[str]:
    """Return a specification and those that it is made of, each once."""
    found: dict[str, None] = {}
    waiting = [ident]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found[one] = None
            waiting += same_layer_ids(known[one]) if one in known else []
    return list(found)


def stand_ins(specification: ServiceSpecification | None) -> dict[str, str]:
    """Return the specifications that may be had instead of one, with their names."""
    related = specification.service_spec_relationship if specification is not None else []
    return {
        one.id: one.name or ""
        for one in related
        if one.id is not None and one.relationship_type in STANDS_IN
    }


def _asked(
    work: Work, question: Question, listed: frozenset[str],
    known: Mapping[str, ServiceSpecification],
) -> Finding:  # fmt: skip
    parts = [one for one in made_of(question.specification, known) if one in listed]
    wanted = known.get(question.specification)
    others = stand_ins(wanted)
    if not parts and not listed & others.keys():
        return Finding("qualified")
    areas = areas_at(work, question.where)
    found = []
    for part in parts or [question.specification]:
        own = others | stand_ins(known.get(part))
        name = known[part].name if part in known else question.name
        one = judged(replace(question, specification=part, name=name), areas, own, work.now)
        found.append(_told(one, part, question))
    return min(found, key=lambda one: WORST_FIRST.index(one.result))


def _told(finding: Finding, part: str, question: Question) -> Finding:
    """Return what is said of a part as what it means for the service that was asked about."""
    instead = tuple(
        replace(one, specification=question.specification, name=question.name)
        if one.specification == part
        else one
        for one in finding.instead
    )
    return replace(finding, instead=instead)


def _kept(work: Work) -> _Kept:
    found: _Kept = work.kept.setdefault(CoverageArea, _Kept())
    return found
