"""Terms of sale: what customers accept as they order, and that their acceptance is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits, format_instant, many
from trunkline.governance.configured import all_of, configured, configures
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.product_order import UNSENT, ProductOrder
from trunkline.sales.api import SALES
from trunkline.sales.cart.shopping_cart import ShoppingCart
from trunkline.sales.self_care.who import is_by_customer
from trunkline.shared.catalog_reference import ProductOfferingRef
from trunkline.shared.extensible import Extensible
from trunkline.shared.period import TimePeriod, period_faults, start_of

TEXT_MAX = 60_000
NAME = "acceptedTerms"
Agreeing: TypeAlias = ProductOrder | ShoppingCart


class TextOfVersion(Extensible):
    """The text that terms had under a version, and since when."""

    version: Annotated[str, Limits(length_max=40)]
    text: Annotated[str, Limits(length_max=TEXT_MAX)]
    since: datetime | None = None


@configures
@resource(
    api=SALES,
    path="termsOfSale",
    prefix="TOS",
    title="Terms of sale",
    promote=(Promoted("name"),),
    columns=("key", "name", "version", "isActive", "validFor.startDateTime"),
    data_class="public",
    server_sets=("text_of_version",),
)
class TermsOfSale(Document):
    """Terms that customers accept as they order: of some offerings, or of all where none is named.

    A text that changes has another `version`, so that it stays known what was accepted; those
    that there were are kept in `text_of_version`.
    """

    name: Annotated[str, Limits(length_max=200)]
    version: Annotated[str, Limits(length_max=40)]
    text: Annotated[str, Limits(length_max=TEXT_MAX)]
    is_active: bool | None = None
    valid_for: TimePeriod | None = None
    product_offering: list[ProductOfferingRef] = many()
    text_of_version: list[TextOfVersion] = many()


@dataclass
class _Terms:
    """All terms, oldest first."""

    all: list[TermsOfSale] = field(default_factory=list)


@enrich(TermsOfSale, again=lambda old, new: old.version != new.version)
def texts_are_kept(work: Work, new: TermsOfSale) -> None:
    """Keep the text of each version that there was."""
    if new.version not in {one.version for one in new.text_of_version}:
        kept = TextOfVersion(version=new.version, text=new.text, since=work.now)
        new.text_of_version = [*new.text_of_version, kept]


@rule(TermsOfSale)
def other_text_other_version(
    _work: Work, _old: TermsOfSale | None, new: TermsOfSale
) -> Iterator[Fault]:
    """Refuse another text under a version that customers may have accepted already."""
    yield from period_faults(new)
    if any(one.version == new.version and one.text != new.text for one in new.text_of_version):
        message = f"{new.version} has another text; give the new text a version of its own"
        yield Fault("version", "versionMissing", message)


@rule(TermsOfSale, deleting=True)
def what_holds_is_not_removed(work: Work, old: TermsOfSale) -> Iterator[Fault]:
    """Refuse to remove terms that are or were in force; they are taken out of force instead."""
    begin = start_of(old.valid_for)
    if begin is None or begin <= work.now:
        message = "were in force and stay known; set isActive to false instead"
        yield Fault("validFor.startDateTime", "wereInForce", message)


def terms_for(work: Work, offerings: Iterable[str]) -> list[TermsOfSale]:
    """Return the terms in force that who orders some offerings has to accept."""
    wanted = set(offerings)
    return [
        one
        for one in configured(work, _Terms, _read).all
        if one.is_active is not False
        and (one.valid_for is None or one.valid_for.contains(work.now))
        and (not one.product_offering or wanted & {each.id for each in one.product_offering})
    ]


@enrich(ProductOrder, ShoppingCart, again=lambda old, new: old.raw.get(NAME) != new.raw.get(NAME))
def note_when_accepted(work: Work, new: Agreeing) -> None:
    """Fill in when terms were accepted, and by whom."""
    for one in new.accepted_terms:
        if one.raw.get("acceptedAt") is None:
            one.raw["acceptedAt"] = format_instant(work.now)
            one.raw["acceptedBy"] = work.actor.name


@rule(ProductOrder, ShoppingCart)
def accepted_terms_are_those_in_force(
    work: Work, old: Agreeing | None, new: Agreeing
) -> Iterator[Fault]:
    """Refuse an acceptance of another version than there is, or of another time than now."""
    known = list(old.raw.get(NAME) or ()) if old is not None else []
    fresh = [(index, one) for index, one in enumerate(new.accepted_terms) if one.raw not in known]
    found = work.many(TermsOfSale, [one.id for _, one in fresh]) if fresh else {}
    for index, one in fresh:
        path, terms = f"{NAME}[{index}]", found.get(one.id)
        if one.raw.get("acceptedAt") not in (None, format_instant(work.now)):
            yield Fault(f"{path}.acceptedAt", "notWritable", "is set by the server; leave it out")
        if one.raw.get("acceptedBy") not in (None, work.actor.name):
            yield Fault(f"{path}.acceptedBy", "notWritable", "is set by the server; leave it out")
        if terms is not None and one.version != terms.version:
            message = f"{terms.name} are version {terms.version} by now; read and accept these"
            yield Fault(f"{path}.version", "termsChanged", message)
    for one in known:
        if one not in (new.raw.get(NAME) or ()):
            yield Fault(NAME, "notWritable", "what was accepted stays; add to it")


@rule(ProductOrder)
def customers_accept_the_terms(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse an order by which a customer gets something new without having accepted its terms."""
    was_sent = old is not None and old.internal_state not in UNSENT
    if was_sent or new.internal_state in UNSENT or not is_by_customer(work):
        return
    offerings = {
        line.item.product_offering.id
        for line in lines_of(new).values()
        if line.action == "add" and line.item.product_offering is not None
    }
    said = {one.id for one in new.accepted_terms}
    for one in terms_for(work, offerings) if offerings else ():
        if one.id not in said:
            message = f"accept {one.name} ({one.key}), version {one.version}"
            yield Fault(NAME, "termsNotAccepted", message)


def _read(connection: Any) -> _Terms:
    return _Terms(all_of(connection, TermsOfSale))
