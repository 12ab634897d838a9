"""A public register of companies: organizations (TMF632 v4) by their number.

It knows those of the settings (`companies`); with none, it makes one up for each number that does
not end in 0, the same each time. It is away while `companies_away`.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from .document import Document, parts
from .exchange import SIMULATOR, check_filters, list_answer
from .record import made_id
from .refusal import Fault, Refusal, invalid

COMPANY_PATH = "/companies/tmf-api/party/v4"
NUMBER = "organizationIdentification.identificationId"
COUNTRY = "organizationIdentification.country"
UNKNOWN = "0"


def company_routes() -> list[web.RouteDef]:
    """List the routes of the register."""
    return [web.get(f"{COMPANY_PATH}/organization", find)]


async def find(request: web.Request) -> web.Response:
    """List the companies of a country under a number: one or none."""
    check_filters(request, NUMBER, COUNTRY)
    country, number = request.query.get(COUNTRY, ""), request.query.get(NUMBER, "")
    if not number:
        raise invalid([Fault(NUMBER, "numberMissing", "say which company")])
    settings = request.app[SIMULATOR].trouble.settings
    await asyncio.sleep(settings.delay_ms[0] / 1000)
    if settings.companies_away:
        raise Refusal(503, "registerAway", "The register cannot be reached", "it was told so")
    if settings.companies:
        found = [one for one in settings.companies if _is(one, country, number)]
    else:
        found = [_made_up(country, number)] if not number.endswith(UNKNOWN) else []
    return list_answer(request, found)


def _is(company: Document, country: str, number: str) -> bool:
    return any(
        _plain(str(one.get("identificationId"))) == _plain(number)
        and str(one.get("country", country)).upper() == country.upper()
        for one in parts(company, "organizationIdentification")
    )


def _made_up(country: str, number: str) -> Document:
    numbers = [{"identificationType": kind, "identificationId": one, "country": country}
               for kind, one in (("companyId", number), ("taxId", f"{country}{_plain(number)}"))
               ]  # fmt: skip
    address = {"streetName": "Mill Lane", "streetNr": "7", "postCode": "10115",
               "city": "Nordhaven", "country": country}  # fmt: skip
    return {
        "id": made_id(country, _plain(number), "company"),
        "tradingName": f"Sample Works {_plain(number)}",
        "organizationType": "Ltd",
        "organizationIdentification": numbers,
        "contactMedium": [{"mediumType": "postalAddress", "characteristic": address}],
        "@type": "Organization",
    }


def _plain(number: str) -> str:
    return "".join(one for one in number.upper() if one.isalnum())
