"""Identifications: official numbers of persons and organizations, checked by their country.

Which country's scheme counts is said by `country`, by an issuing authority that is a country's
code, or by the letters that a tax number begins with. What has no scheme here is taken as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from stdnum.exceptions import ValidationError

from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.party.individual import Individual, IndividualIdentification
from trunkline.party.organization import Organization, OrganizationIdentification

VAT: Mapping[str, str] = {
    "AT": "at.uid", "AU": "au.abn", "BE": "be.vat", "BG": "bg.vat", "BR": "br.cnpj",
    "CA": "ca.bn", "CH": "ch.vat", "CY": "cy.vat", "CZ": "cz.dic", "DE": "de.vat", "DK": "dk.cvr",
    "EE": "ee.kmkr", "ES": "es.nif", "FI": "fi.alv", "FR": "fr.tva", "GB": "gb.vat",
    "GR": "gr.vat", "HR": "hr.oib", "HU": "hu.anum", "IE": "ie.vat", "IN": "in_.gstin",
    "IT": "it.iva", "LT": "lt.pvm", "LU": "lu.tva", "LV": "lv.pvn", "MT": "mt.vat",
    "NL": "nl.btw", "NO": "no.mva", "PL": "pl.nip", "PT": "pt.nif", "RO": "ro.cf", "SE": "se.vat",
    "SI": "si.ddv", "SK": "sk.dph", "TR": "tr.vkn",
}  # fmt: skip
COMPANY: Mapping[str, str] = {
    "AT": "at.businessid", "AU": "au.acn", "BE": "be.vat", "BR": "br.cnpj", "CH": "ch.uid",
    "CZ": "cz.dic", "DK": "dk.cvr", "EE": "ee.registrikood",
    "ES": "es.cif", "FI": "fi.ytunnus", "FR": "fr.siren", "HR": "hr.oib", "IT": "it.iva",
    "NO": "no.orgnr", "PL": "pl.regon", "PT": "pt.nif", "RO": "ro.cui", "SE": "se.orgnr",
    "US": "us.ein",
}  # fmt: skip
NATIONAL: Mapping[str, str] = {
    "AT": "at.vnr", "BE": "be.nn", "BG": "bg.egn", "BR": "br.cpf", "CH": "ch.ssn",
    "CN": "cn.ric", "CZ": "cz.rc", "DE": "de.idnr", "DK": "dk.cpr", "EE": "ee.ik", "ES": "es.nif",
    "FI": "fi.hetu", "FR": "fr.nir", "HR": "hr.oib", "IE": "ie.pps", "IN": "in_.aadhaar",
    "IT": "it.codicefiscale", "LT": "lt.asmens", "LV": "lv.pvn", "MX": "mx.curp", "NL": "nl.bsn",
    "NO": "no.fodselsnummer", "PL": "pl.pesel", "PT": "pt.nif", "RO": "ro.cnp",
    "SE": "se.personnummer", "SI": "si.emso", "SK": "sk.rc", "TR": "tr.tckimlik", "US": "us.ssn",
}  # fmt: skip
SCHEMES: Mapping[str, Mapping[str, str]] = {
    "vat": VAT, "taxid": VAT, "companyid": COMPANY, "registrationnumber": COMPANY,
    "nationalid": NATIONAL, "birthnumber": NATIONAL,
}  # fmt: skip
LETTERS = {"EL": "GR"}

Identification = IndividualIdentification | OrganizationIdentification


class Checker(Protocol):
    """What a scheme offers: its check, which raises ValidationError."""

    def __call__(self, number: str) -> str:
        """Return the number in its plain form."""


@dataclass(frozen=True)
class Scheme:
    """The official numbers of one sort of one country."""

    country: str
    title: str
    check: Checker


@rule(Individual, Organization)
def identifications_are_of_their_country(
    _work: Work, old: Individual | Organization | None, new: Individual | Organization
) -> Iterator[Fault]:
    """Refuse an official number that its country cannot have given."""
    known = [one.raw for _, one in identifications(old)] if old is not None else []
    for path, one in identifications(new):
        scheme = scheme_of(one)
        if scheme is None or not one.identification_id or one.raw in known:
            continue
        try:
            scheme.check(one.identification_id)
        except ValidationError as error:
            message = f"is no {scheme.title} of {scheme.country}: {wording(error)}; correct it"
            yield Fault(f"{path}.identificationId", "badIdentification", message)


def identifications(
    party: Individual | Organization,
) -> Iterator[tuple[str, Identification]]:
    """Yield the identifications of a party with their paths."""
    if isinstance(party, Individual):
        for index, person in enumerate(party.individual_identification):
            yield f"individualIdentification[{index}]", person
        return
    for index, company in enumerate(party.organization_identification):
        yield f"organizationIdentification[{index}]", company


def plain_type(one: Identification) -> str:
    """Return the type of an identification in small letters, however it was written."""
    return "".join(part for part in (one.identification_type or "").lower() if part.isalnum())


def scheme_of(one: Identification) -> Scheme | None:
    """Return the scheme that an identification follows, None where none is known here."""
    schemes = SCHEMES.get(plain_type(one), {})
    letters = (one.identification_id or "")[:2].upper() if schemes is VAT else ""
    for said in (one.country, one.issuing_authority, LETTERS.get(letters, letters)):
        country = (said or "").strip().upper()
        if country in schemes:
            module: Any = import_module(f"stdnum.{schemes[country]}")
            title = (module.__doc__ or "").strip().partition("\n")[0].partition(" (")[0].rstrip(".")
            return Scheme(country, title, module.validate)
    return None


def wording(error: ValidationError) -> str:
    """Return in a few words what a check did not like."""
    return {
        "InvalidLength": "it has not as many characters as that",
        "InvalidFormat": "it is not written like one",
        "InvalidChecksum": "its check digit does not fit",
        "InvalidComponent": "a part of it, such as a date or place, is not possible",
    }.get(type(error).__name__, "it does not keep the rules of that number")
