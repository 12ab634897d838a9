"""An outside system that knows where which service can be had, asked by TMF645 over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trunkline.adapters.http_connection import Answered, HttpConnections, NoAnswer, NotConnected
from trunkline.adapters.json_server import decoded
from trunkline.adapters.watching import watch
from trunkline.documents.decode import encode
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json, camel_case
from trunkline.kernel.services import Services
from trunkline.qualification.api import QUALIFICATION
from trunkline.qualification.coverage import Finding, Question, Unanswered, use_coverage
from trunkline.qualification.outside import COVERAGE
from trunkline.qualification.result import ITEMS, PENDING, findings_in
from trunkline.settings import Settings

CHECK = "/tmf-api/serviceQualificationManagement/v4/checkServiceQualification"
PATHS = {
    "CheckServiceQualification": "checkServiceQualification",
    "QueryServiceQualification": "queryServiceQualification",
    "ProductOfferingQualification": "productOfferingQualification",
}


class OutsideCoverage:
    """Asks a server that speaks TMF645; with a `callback_base` it may answer there later.

    It is told by `X-Callback-Url` where. Asked twice about the same it gets the same `externalId`.
    """

    def __init__(
        self,
        connections: HttpConnections,
        *,
        token: str | None = None,
        callback_base: str | None = None,
    ) -> None:
        self._connections = connections
        self._token = token
        self._callback_base = callback_base

    def ask(
        self, kind: str, ident: str, questions: Sequence[Question]
    ) -> Mapping[str, Finding] | None:
        """Return what is found, or None where it is told later. Raises Unanswered."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        if self._callback_base is not None:
            base = f"{self._callback_base}{QUALIFICATION.base}"
            headers["X-Callback-Url"] = f"{base}/{PATHS[kind]}/{ident}/result"
        body = encode(asked(ident, questions))
        try:
            answered = self._connections.ask("POST", CHECK, headers, body)
        except (NotConnected, NoAnswer) as error:
            raise Unanswered(str(error)) from error
        return found(answered, [one.item for one in questions])


def use_qualification(services: Services, settings: Settings) -> None:
    """Ask the system that the settings name about coverage; without one the map answers."""
    if settings.qualification_url is not None:
        watched = watch(services, COVERAGE)
        connections = HttpConnections(settings.qualification_url, watch=watched)
        token, base = settings.qualification_token, settings.public_url
        use_coverage(services, OutsideCoverage(connections, token=token, callback_base=base))


def asked(ident: str, questions: Sequence[Question]) -> dict[str, Json]:
    """Return questions as a check of services."""
    return {
        "externalId": ident,
        "provideAlternative": True,
        "provideUnavailabilityReason": True,
        "@type": "CheckServiceQualification",
        ITEMS: [{"id": one.item, "service": _service(one)} for one in questions],
    }


def _service(question: Question) -> dict[str, Json]:
    where = question.where
    place: dict[str, Json] = {camel_case(name): text for name, text in where.lines.items()}
    if where.point is not None:
        geometry = {"type": "Point", "coordinates": list(where.point)}
        place["geographicLocation"] = {"@type": "GeoJsonPoint", "geoJson": geometry}
    service: dict[str, Json] = {
        "serviceSpecification": {"id": question.specification, "name": question.name},
        "place": [{**place, "role": "installation"}],
        "serviceCharacteristic": [
            {"name": name, "value": value} for name, value in question.values.items()
        ],
    }
    if question.installed:
        service["state"] = "active"
    return service


def found(answered: Answered, items: Sequence[str]) -> dict[str, Finding] | None:
    """Return the findings that an answer holds; None while any is still to come."""
    body = decoded(answered)
    if not 200 <= answered.status < 300 or not isinstance(body, dict):
        raise Unanswered(f"the system that knows the coverage answered {answered.status}")
    if body.get("state") == "terminatedWithError":
        raise Unanswered("the system that knows the coverage could not tell")
    listed = body.get(ITEMS)
    told = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    said = [one for one in told if one.get("qualificationResult", PENDING) != PENDING]
    if body.get("state") != "done" or len(said) < len(items):
        return None
    try:
        return findings_in({ITEMS: said}, [one.partition("|")[0] for one in items], ())
    except Refusal as error:
        message = "the answer of the system that knows the coverage cannot be read"
        raise Unanswered(message) from error
