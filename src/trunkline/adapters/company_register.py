"""A register of companies that is asked over HTTP: organizations (TMF632) by their number."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

from trunkline.adapters.company_file import CompanyFile
from trunkline.adapters.http_connection import NoAnswer, NotConnected
from trunkline.adapters.json_server import JsonServer
from trunkline.adapters.watching import NOT_NOW, Gate, Watch, always_open, watch
from trunkline.documents.errors import Unready
from trunkline.kernel.services import Services
from trunkline.onboarding.company_register import CompanyFacts, use_register
from trunkline.ordering.design.given import COMPANIES, pause_of_asker
from trunkline.settings import Settings

TIMEOUT_S = 5.0
NUMBER = "organizationIdentification.identificationId"
COUNTRY = "organizationIdentification.country"


class HttpCompanyRegister:
    """Asks a register for the organization with a number."""

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        gate: Gate = always_open,
        watch: Watch | None = None,
    ) -> None:
        """Remember its address; nothing is asked yet."""
        self._server = JsonServer(url, token, timeout_s=TIMEOUT_S, watch=watch)
        self._gate = gate

    def find(self, country: str, company_id: str) -> CompanyFacts | None:
        """Return what it has under a number. Raises Unready where it does not answer."""
        if self._gate() > 0:
            raise _away(NOT_NOW)
        query = urlencode({NUMBER: company_id.strip(), COUNTRY: country.strip().upper()})
        try:
            said = self._server.ask("GET", f"/organization?{query}")
        except (NotConnected, NoAnswer) as error:
            raise _away(str(error)) from error
        if said.status == 404:
            return None
        if not said.is_good or not isinstance(said.body, list):
            raise _away(f"it answered {said.status}")
        found = [one for one in said.body if isinstance(one, dict)]
        return facts_of(found[0], country, company_id) if found else None


def facts_of(organization: Mapping[str, Any], country: str, company_id: str) -> CompanyFacts:
    """Return the facts that an organization holds; what it does not say is empty."""
    numbers = {
        str(one.get("identificationType")): str(one.get("identificationId") or "")
        for one in _objects(organization.get("organizationIdentification"))
    }
    media = _objects(organization.get("contactMedium"))
    listed = [one.get("characteristic") for one in media]
    where = next((one for one in listed if isinstance(one, dict) and one.get("city")), {})
    street, number = where.get("streetName") or where.get("street1"), where.get("streetNr")
    return CompanyFacts(
        country=str(where.get("country") or country).upper(),
        company_id=numbers.get("companyId") or company_id,
        name=str(organization.get("tradingName") or organization.get("name") or ""),
        legal_form=str(organization.get("organizationType") or ""),
        tax_id=numbers.get("taxId", ""),
        street_name=str(street or ""),
        street_nr=str(number or ""),
        postcode=str(where.get("postCode") or where.get("postcode") or ""),
        city=str(where.get("city") or ""),
    )


def use_companies(services: Services, settings: Settings) -> None:
    """Let companies be looked up in the register that the settings name, if they name one."""
    if settings.company_register_url is not None:
        token = settings.company_register_token
        gate, watched = partial(pause_of_asker, services, COMPANIES), watch(services, COMPANIES)
        url = settings.company_register_url
        use_register(services, HttpCompanyRegister(url, token, gate=gate, watch=watched))
    elif settings.company_register_file is not None:
        use_register(services, CompanyFile(settings.company_register_file))


def _objects(listed: object) -> list[dict[str, Any]]:
    found = listed if isinstance(listed, list) else []
    return [one for one in found if isinstance(one, dict)]


def _away(why: str) -> Unready:
    message = f"the register of companies does not answer: {why}; type instead"
    return Unready("registerAway", message)
