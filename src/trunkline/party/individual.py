"""Individuals (TMF632): persons, their names, papers, languages and skills."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, SENSITIVE, many
from trunkline.governance.characteristics import characteristics_in
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.party.api import TMF632
from trunkline.party.credit import PartyCreditProfile
from trunkline.party.tax import TaxExemptionCertificate
from trunkline.shared.archivable import ARCHIVED_COLUMN, SET_BY_ARCHIVE, Archivable
from trunkline.shared.attachment import AttachmentRefOrValue
from trunkline.shared.characteristic import Characteristic
from trunkline.shared.contact import ContactMedium, ContactPreference
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import TimePeriod, periods_are_ordered
from trunkline.shared.reference import ExternalReference, TagRef

INDIVIDUAL_LIFECYCLE = Lifecycle(
    attribute="status",
    initial="initialized",
    moves={
        "initialized": ("validated", "deceaded"),
        "validated": ("deceaded",),
        "deceaded": (),
    },
    starts=("validated",),
)


class PersonName(Extensible):
    """The parts of a person's name, each as it is used, and the whole."""

    title: Annotated[str | None, PERSONAL] = None
    aristocratic_title: Annotated[str | None, PERSONAL] = None
    given_name: Annotated[str | None, PERSONAL] = None
    preferred_given_name: Annotated[str | None, PERSONAL] = None
    middle_name: Annotated[str | None, PERSONAL] = None
    family_name_prefix: Annotated[str | None, PERSONAL] = None
    family_name: Annotated[str | None, PERSONAL] = None
    generation: Annotated[str | None, PERSONAL] = None
    formatted_name: Annotated[str | None, PERSONAL] = None
    full_name: Annotated[str | None, PERSONAL] = None
    legal_name: Annotated[str | None, PERSONAL] = None


class OtherNameIndividual(PersonName):
    """A name that a person bears beside the present one, or bore."""

    valid_for: TimePeriod | None = None


class IndividualIdentification(Extensible):
    """A paper that proves who a person is; `country` (ISO 3166, ours) says whose scheme it is."""

    identification_id: Annotated[str | None, PERSONAL] = None
    identification_type: str | None = None
    country: str | None = None
    issuing_authority: str | None = None
    issuing_date: datetime | None = None
    attachment: Annotated[AttachmentRefOrValue | None, PERSONAL] = None
    valid_for: TimePeriod | None = None


class LanguageAbility(Extensible):
    """How well a person hears, reads, speaks and writes a language."""

    language_code: str | None = None
    language_name: str | None = None
    is_favourite_language: bool | None = None
    listening_proficiency: str | None = None
    reading_proficiency: str | None = None
    speaking_proficiency: str | None = None
    writing_proficiency: str | None = None
    valid_for: TimePeriod | None = None


class Disability(Extensible):
    """A lasting impairment of a person that service has to mind."""

    disability_code: str | None = None
    disability_name: str | None = None
    valid_for: TimePeriod | None = None


class Skill(Extensible):
    """What a person is able to do, and how well."""

    skill_code: str | None = None
    skill_name: str | None = None
    evaluated_level: str | None = None
    comment: str | None = None
    valid_for: TimePeriod | None = None


@resource(
    api=TMF632,
    path="individual",
    prefix="IND",
    required=("given_name", "family_name"),
    lifecycle=INDIVIDUAL_LIFECYCLE,
    server_sets=SET_BY_ARCHIVE,
    promote=(Promoted("familyName"), Promoted("givenName"), Promoted("status"), ARCHIVED_COLUMN),
    owner_is_self=True,
    partner=("relatedParty[partner]",),
    live_name=True,
    label=("givenName", "familyName"),
    columns=("key", "givenName", "familyName", "status"),
)
class Individual(PersonName, Archivable, Document):
    """A person."""

    gender: Annotated[str | None, PERSONAL] = None
    birth_date: Annotated[datetime | None, PERSONAL] = None
    death_date: Annotated[datetime | None, PERSONAL] = None
    country_of_birth: Annotated[str | None, PERSONAL] = None
    place_of_birth: Annotated[str | None, PERSONAL] = None
    nationality: Annotated[str | None, PERSONAL] = None
    marital_status: Annotated[str | None, PERSONAL] = None
    location: Annotated[str | None, PERSONAL] = None
    status: Literal["initialized", "validated", "deceaded"] | None = None
    contact_medium: Annotated[list[ContactMedium], PERSONAL] = many()
    contact_preference: Annotated[ContactPreference | None, PERSONAL] = None
    credit_rating: Annotated[list[PartyCreditProfile], SENSITIVE] = many()
    disability: Annotated[list[Disability], SENSITIVE] = many()
    external_reference: list[ExternalReference] = many()
    individual_identification: Annotated[list[IndividualIdentification], PERSONAL] = many()
    language_ability: Annotated[list[LanguageAbility], PERSONAL] = many()
    other_name: Annotated[list[OtherNameIndividual], PERSONAL] = many()
    party_characteristic: Annotated[list[Characteristic], PERSONAL] = many()
    related_party: list[RelatedParty] = many()
    tag: list[TagRef] = many()
    skill: Annotated[list[Skill], PERSONAL] = many()
    tax_exemption_certificate: Annotated[list[TaxExemptionCertificate], PERSONAL] = many()


characteristics_in(Individual, "party_characteristic")
rule(Individual)(periods_are_ordered)


@rule(Individual)
def life_is_in_order(work: Work, old: Individual | None, new: Individual) -> Iterator[Fault]:
    """Refuse a birth that lies in the future, and a death before the birth."""
    del old
    born, died = new.birth_date, new.death_date
    if born is not None and born > work.now:
        yield Fault("birthDate", "birthInFuture", "must not lie in the future; correct the date")
    if born is not None and died is not None and died < born:
        yield Fault("deathDate", "deathBeforeBirth", "must not lie before birthDate; correct one")
