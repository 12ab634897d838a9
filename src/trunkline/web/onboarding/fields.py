"""Fields: what the form of a variant asks for, with what was typed and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from babel import Locale

from trunkline.onboarding.variant import PARTS, Variant
from trunkline.pages.language import spoken
from trunkline.web.forms import Form
from trunkline.web.governed import Governed

TITLES: Mapping[str, str] = {
    "company": "Company", "person": "Person", "address": "Address", "account": "Billing account",
}  # fmt: skip
CONTACT = "Somebody to talk to"
LABELS: Mapping[str, str] = {
    "company.tradingName": "Company name",
    "company.country": "Registered in",
    "company.companyId": "Number in the register",
    "company.taxId": "Tax number",
    "company.legalForm": "Legal form",
    "person.givenName": "Given name",
    "person.familyName": "Family name",
    "person.birthDate": "Born on",
    "person.nationality": "Nationality",
    "person.nationalId": "National number",
    "person.email": "E-mail",
    "person.phone": "Phone",
    "address.streetName": "Street",
    "address.streetNr": "Number",
    "address.postcode": "Postcode",
    "address.city": "City",
    "address.country": "Country",
    "account.name": "Name of the account",
    "account.currency": "Currency",
}
COUNTRIES = ("company.country", "person.nationality", "address.country")
TYPES: Mapping[str, str] = {
    "person.birthDate": "date", "person.email": "email", "person.phone": "tel",
}  # fmt: skip
COMPLETES: Mapping[str, str] = {
    "person.givenName": "off", "person.familyName": "off", "address.postcode": "off",
}  # fmt: skip
UNIONS = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
"""Codes beside those of countries."""

FILLED = (
    ("company.tradingName", "name"), ("company.legalForm", "legal_form"),
    ("company.taxId", "tax_id"), ("address.streetName", "street_name"),
    ("address.streetNr", "street_nr"), ("address.postcode", "postcode"),
    ("address.city", "city"), ("address.country", "country"),
)  # fmt: skip
"""Which fields the register of companies fills in, and by what."""


def said_of(variant: Variant, form: Form) -> dict[str, Any]:
    """Return what was typed, by parts, without what was left empty."""
    found: dict[str, Any] = {}
    for part in variant.parts:
        typed = {name: form.text(f"{part}.{name}").strip() for name in PARTS[part]}
        held = {name: text for name, text in typed.items() if text}
        if held or (part == "account" and form.text("account") == "yes"):
            found[part] = held
    return found


def parts_of(
    variant: Variant,
    typed: Mapping[str, str],
    wrong: Mapping[str, Sequence[str]],
    legal_forms: Governed,
) -> list[dict[str, Any]]:
    """Return the parts of the form with their fields."""
    countries = _countries()
    needed = set(variant.needed)
    parts = []
    for part in variant.parts:
        title = CONTACT if part == "person" and variant.is_company else TITLES[part]
        fields = []
        for name in PARTS[part]:
            path = f"{part}.{name}"
            options: Sequence[tuple[str, str]] = ()
            if path in COUNTRIES:
                options = [("", ""), *countries]
            elif path == "company.legalForm":
                pairs = legal_forms.choices("legalForm", typed.get(path, ""))
                options = [("", ""), *pairs] if pairs else ()
            fields.append(
                {"path": path, "label": LABELS[path], "value": typed.get(path, ""),
                 "type": TYPES.get(path, "text"), "needed": path in needed,
                 "options": [list(one) for one in options],
                 "wrong": list(wrong.get(path, ()))}
            )  # fmt: skip
        parts.append({"name": part, "title": title, "fields": fields})
    return parts


def _countries() -> list[tuple[str, str]]:
    """Return (code, name) of every country, by name in the reader's language."""
    territories = Locale.parse(spoken().code).territories.items()
    named = [(code, name) for code, name in territories if len(code) == 2 and code.isalpha()]
    return sorted((one for one in named if one[0] not in UNIONS), key=lambda one: one[1])
