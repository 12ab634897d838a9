"""Answering a qualification of offerings: eligibility and coverage, told per offering."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from trunkline.catalog.configuration import complete
from trunkline.catalog.entry import LIVE
from trunkline.catalog.offering import ProductOffering, is_on_sale
from trunkline.catalog.qualification_terms import QualificationTerms
from trunkline.catalog.relation import related_ids
from trunkline.catalog.snapshot import CatalogSnapshot, load
from trunkline.documents.errors import Fault, refuse
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.behaviour import enrich
from trunkline.kernel.work import Work
from trunkline.qualification import service_answer
from trunkline.qualification.asker_of import asker_of
from trunkline.qualification.by_table import table_refuses
from trunkline.qualification.check_offering import (
    ANSWERED_INSIDE,
    OfferingQualificationItem,
    ProductOfferingQualification,
    item_faults,
    offering_of,
)
from trunkline.qualification.check_service import ServiceQualificationItem
from trunkline.qualification.coverage import (
    Finding,
    Question,
    Whereabouts,
    coverage_of,
    reasons_said,
)
from trunkline.qualification.coverage_map import ask_map, listed_specifications, made_of
from trunkline.qualification.eligibility import Asker, ineligible
from trunkline.qualification.expiry import expires_at
from trunkline.qualification.going_together import Company, brought_as, brought_by, components
from trunkline.qualification.judging import WORST_FIRST, rolled_up
from trunkline.qualification.offering_told import Alternate, Judged, alternates, write
from trunkline.qualification.parts import ANSWERED, FAILED, CheckedService
from trunkline.qualification.whereabouts import whereabouts
from trunkline.shared.catalog_reference import ProductOfferingRef, ServiceSpecificationRef
from trunkline.shared.characteristic import Characteristic

QUERIED_MAX = 1000
NOWHERE = Fault("", "placeMissing", "say where it is wanted")


@dataclass(frozen=True)
class Wanted:
    """One item as it is looked at: the offering, what is said of it and what is asked of coverage.

    The questions are found again by the item's id and a number.
    """

    item: OfferingQualificationItem
    offering: ProductOffering | None
    product: str | None
    reasons: tuple[Fault, ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass
class Look:
    """All that was read for a qualification."""

    catalog: CatalogSnapshot
    asker: Asker
    company: Company = field(default_factory=Company)
    wanted: list[Wanted] = field(default_factory=list)

    @property
    def questions(self) -> list[Question]:
        """What is asked of coverage, of all items."""
        return [one for each in self.wanted for one in each.questions]


@enrich(ProductOfferingQualification)
def qualification_is_answered(work: Work, new: ProductOfferingQualification) -> None:
    """Answer a new qualification at once, unless an outside system is to be asked."""
    new.product_offering_qualification_date = work.now
    for item in new.product_offering_qualification_item:
        for name in ANSWERED_INSIDE:
            item.raw.pop(name, None)
    if any(item_faults(new)):
        return
    if not new.product_offering_qualification_item:
        new.is_query = True
    answer(work, new)


def answer(work: Work, check: ProductOfferingQualification) -> None:
    """Let eligibility and the coverage map answer; what the outside has to be asked waits."""
    look = looked(work, check)
    if coverage_of(work.services) is None:
        conclude(work, check, look, ask_map(work, look.questions) if look.questions else {})
    elif not look.questions:
        conclude(work, check, look, {})


def looked(work: Work, check: ProductOfferingQualification) -> Look:
    """Return all that a qualification depends on; a query gets its items here."""
    if check.is_query and not check.product_offering_qualification_item:
        check.product_offering_qualification_item = _possible(work, check)
    where = whereabouts(work, check.place) if check.place else Whereabouts()
    asker = asker_of(work, check, where)
    installed = {one.id: one for one in asker.installed}
    items = list(check.product_offering_qualification_item)
    named = {one.id: _offering(one, installed) for one in items}
    catalog = load(work, [one for one in named.values() if one])
    offers = {one.id: catalog.offerings.get(named[one.id] or "") for one in items}
    company = Company({
        one.id: brought_by(
            catalog, one, offers[one.id], installed.get(one.product.id or "" if one.product else "")
        )
        for one in items
    }, is_query=bool(check.is_query))  # fmt: skip
    every = [one.offering for listed in company.brought.values() for one in listed]
    asker = company.ending(work, company.around(work, asker, every), items)
    look = Look(catalog, asker, company)
    for item in items:
        offering = offers[item.id]
        look.wanted.append(_wanted(work, look, item, offering, where, installed))
    return look


def _possible(work: Work, check: ProductOfferingQualification) -> list[OfferingQualificationItem]:
    """Return an item for each offering that is on sale by itself, in a category if one is said."""
    asked: dict[str, Json] = {"lifecycleStatus": list(LIVE)}
    if check.category is not None:
        asked["category.id"] = check.category.id
    found = work.find(ProductOffering, asked, limit=QUERIED_MAX + 1)
    if len(found) > QUERIED_MAX:
        message = f"there are more than {QUERIED_MAX} offerings; name a category, or offerings"
        refuse([Fault("category", "tooMany", message)])
    sold = sorted((one for one in found if is_on_sale(one, work.now)), key=lambda one: one.name)
    return [
        OfferingQualificationItem(
            id=str(number), action="add",
            product_offering=ProductOfferingRef(id=one.id, name=one.name),
        )
        for number, one in enumerate(sold, 1)
    ]  # fmt: skip


def _offering(item: OfferingQualificationItem, installed: Mapping[str, Product]) -> str | None:
    named = offering_of(item)
    held = installed.get(item.product.id or "") if item.product is not None else None
    if named is None and held is not None and held.product_offering is not None:
        return held.product_offering.id
    return named


def _wanted(
    work: Work, look: Look, item: OfferingQualificationItem, offering: ProductOffering | None,
    where: Whereabouts, installed: Mapping[str, Product],
) -> Wanted:  # fmt: skip
    product = item.product.id if item.product is not None else None
    held = installed.get(product or "")
    if offering is None or (product is not None and held is None):
        gone = Fault("", "productUnknown", "the customer has no such product")
        return Wanted(item, None, product, (gone,))
    if item.product is not None and item.product.place:
        where = whereabouts(work, item.product.place)
    elif held is not None and not where.is_known:
        where = whereabouts(work, held.place)
    asker = look.company.of_item(replace(look.asker, places=frozenset(where.ids)), item.id)
    action = item.action or ("modify" if product else "add")
    questions = [
        replace(one, item=f"{item.id}|{number}")
        for number, one in enumerate(_questions(work, look.catalog, item, offering, where, held))
    ] if action in ("add", "modify") else []  # fmt: skip
    reasons = [
        *ineligible(
            offering,
            asker,
            action=action,
            product=product,
            bound=bool(questions),
            brought=look.company.brought.get(item.id, ()),
        ),
        *table_refuses(work, offering, asker, action=action),
    ]
    if questions and not where.is_known:
        return Wanted(item, offering, product, (*reasons, NOWHERE))
    return Wanted(item, offering, product, tuple(reasons), tuple(questions))


def _questions(
    work: Work, catalog: CatalogSnapshot, item: OfferingQualificationItem,
    offering: ProductOffering, where: Whereabouts, held: Product | None,
) -> Iterator[Question]:  # fmt: skip
    """Yield what is asked of coverage for an offering and the parts that it must have."""
    known, outside = catalog.service_specifications, coverage_of(work.services) is not None
    listed = frozenset[str]() if outside else listed_specifications(work)
    asked = set()
    for one in components(catalog, offering):
        given = item.product.product_characteristic if item.product and one is offering else ()
        values = values_of(catalog, one, given, held if one is offering else None)
        product = catalog.specification_of(one)
        for ident in related_ids([product] if product else [], "ServiceSpecification"):
            parts = frozenset(made_of(ident, known))
            if ident not in asked and (outside or listed & parts):
                asked.add(ident)
                name = known[ident].name if ident in known else ""
                yield Question("", where, ident, name, values, installed=held is not None)


def values_of(
    catalog: CatalogSnapshot, offering: ProductOffering, given: Iterable[Characteristic] = (),
    held: Product | None = None,
) -> dict[str, Json]:  # fmt: skip
    """Return the values that an offering comes with, where one says nothing else of it."""
    product = catalog.specification_of(offering)
    if product is None:
        return {one.name: one.value for one in given}
    uses = offering.prod_spec_char_value_use
    fixed = {one.name for one in uses}
    kept = held.product_characteristic if held is not None else ()
    said = {one.name: one for one in kept if one.name not in fixed}
    said |= {one.name: one for one in given}
    names = {one.name for one in product.characteristics}
    found, _ = complete(
        product.characteristics, uses, [one for one in said.values() if one.name in names]
    )
    return {one.name: one.value for one in found}


def conclude(
    work: Work, check: ProductOfferingQualification, look: Look, findings: Mapping[str, Finding]
) -> None:
    """Write what was found to the items and the whole; items whose findings lack wait on."""
    for wanted in look.wanted:
        _note_told(check, wanted, findings)
    known = {**_told_before(look), **findings}
    judged = [_judged(one, known) for one in look.wanted]
    others = _others(work, look, judged)
    for wanted, one in zip(look.wanted, judged, strict=True):
        if one is not None:
            write(check, wanted.item, one, others.get(wanted.item.id, ()))
            _let_go_of_told(work, wanted, findings)
    items = list(check.product_offering_qualification_item)
    if not all(one.qualification_item_result for one in items):
        return
    results = [one.qualification_item_result for one in items]
    check.qualification_result = rolled_up(results)
    if check.is_query:
        best = [one for one in reversed(WORST_FIRST) if one in results]
        check.qualification_result = "none" if "none" in results else next(iter(best), None)
    if check.provide_only_available and check.qualification_result != "none":
        check.product_offering_qualification_item = [
            one for one in items if one.qualification_item_result != "unqualified"
        ]
    check.state = FAILED if check.qualification_result == "none" else ANSWERED
    check.effective_qualification_date = work.now
    check.expiration_date = expires_at(_terms(look), work.now)


def _note_told(
    check: ProductOfferingQualification, wanted: Wanted, findings: Mapping[str, Finding]
) -> None:
    """Keep what is told of services until all of the offering are told, as the asker wants it."""
    asked = {one.item: one for one in wanted.questions if one.item in findings}
    kept = [one for one in wanted.item.service_qualification_item if one.id not in asked]
    for ident, question in asked.items():
        specification = ServiceSpecificationRef(
            id=question.specification, name=question.name or None
        )
        told = ServiceQualificationItem(
            id=ident, service=CheckedService(service_specification=specification)
        )
        service_answer.write(told, _wished(check, findings[ident]))
        kept.append(told)
    wanted.item.service_qualification_item = sorted(kept, key=lambda one: one.id)


def _wished(check: ProductOfferingQualification, finding: Finding) -> Finding:
    """Return a finding without what the asker did not want to know; its result is as it was told.

    Who tells it again is known by that.
    """
    if check.provide_alternative is False:
        finding = replace(finding, instead=())
    if check.provide_unavailability_reason is False and finding.result != "none":
        finding = replace(finding, reasons={})
    return finding


def _let_go_of_told(work: Work, wanted: Wanted, findings: Mapping[str, Finding]) -> None:
    """Let go of what was told of all services at once, where the offering says just the same.

    Else an outside system that tells it again would be refused as if it said something else.
    """
    item = wanted.item
    results = {one.qualification_result for one in item.service_qualification_item}
    is_said = results <= {item.qualification_item_result} or coverage_of(work.services) is None
    if is_said and all(one.item in findings for one in wanted.questions):
        item.raw.pop("serviceQualificationItem", None)


def _told_before(look: Look) -> dict[str, Finding]:
    """Return what was told already of services whose offerings are not answered yet."""
    found = {
        one.id: service_answer.finding_of(one)
        for wanted in look.wanted
        for one in wanted.item.service_qualification_item
    }
    return {ident: one for ident, one in found.items() if one is not None}


def _terms(look: Look) -> Iterator[QualificationTerms | None]:
    for one in look.wanted:
        yield one.offering.qualification if one.offering is not None else None
        for question in one.questions:
            held = look.catalog.service_specifications.get(question.specification)
            yield held.qualification if held is not None else None


def _judged(wanted: Wanted, findings: Mapping[str, Finding]) -> Judged | None:
    """Return what came of an item; None where a finding lacks."""
    found = [findings.get(one.item) for one in wanted.questions]
    if any(one is None for one in found):
        return None
    said = [one for one in found if one is not None]
    result = rolled_up(one.result for one in said) or "none"
    reasons = {code: text for one in said for code, text in one.reasons.items()}
    if wanted.reasons:
        result = "none" if result == "none" else "unqualified"
        reasons = reasons_said(*wanted.reasons) | reasons
    expected = max((one.available_at for one in said if one.available_at), default=None)
    area = next((one.area for one in said if one.area), None)
    instead = () if wanted.reasons else tuple(
        (question, one) for question, finding in zip(wanted.questions, said, strict=True)
        for one in finding.instead
    )  # fmt: skip
    return Judged(result, reasons, instead, expected, area)


def _others(
    work: Work, look: Look, judged: Sequence[Judged | None]
) -> dict[str, Sequence[Alternate]]:
    """Return which offerings can be had instead, by item; the catalog is read if any may be."""
    if not any(one is not None and one.instead for one in judged):
        return {}
    sold = work.find(ProductOffering, {"lifecycleStatus": list(LIVE)}, limit=QUERIED_MAX)
    catalog = load(work, [one.id for one in sold if is_on_sale(one, work.now)])
    asker = look.company.around(work, look.asker, catalog.offerings.values())
    found: dict[str, Sequence[Alternate]] = {}
    for wanted, one in zip(look.wanted, judged, strict=True):
        if one is None or not one.instead or wanted.offering is None:
            continue
        fits = [
            (other, values_of(catalog, other), frozenset(_services(catalog, other)))
            for other in catalog.offerings.values()
            if not other.is_bundle and is_on_sale(other, work.now)
            and _may_replace(work, look.company, asker, catalog, wanted, other)
        ]  # fmt: skip
        found[wanted.item.id] = alternates(wanted.offering, one, fits)
    return found


def _may_replace(
    work: Work, company: Company, asker: Asker, catalog: CatalogSnapshot, wanted: Wanted,
    other: ProductOffering,
) -> bool:  # fmt: skip
    """Tell whether who asks may have another offering in the place of the wanted one."""
    brought = brought_as(catalog, wanted.item.id, other)
    seen = company.of_item(asker, wanted.item.id, brought)
    refused = ineligible(
        other, seen, action="add", product=wanted.product, bound=False, brought=brought
    )
    return not any(refused) and not any(table_refuses(work, other, asker, action="add"))


def _services(catalog: CatalogSnapshot, offering: ProductOffering) -> Iterator[str]:
    for one in components(catalog, offering):
        product = catalog.specification_of(one)
        yield from related_ids([product] if product else [], "ServiceSpecification")
