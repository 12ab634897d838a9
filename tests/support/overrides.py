"""Overrides: bodies for resources that the smallest one does not satisfy."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.support.program import Client
from tests.support.samples import override
from trunkline.kernel.resource import registry

NUMBERS = count(1)
PATTERNS = count()
# Tests that share an installation look for records of these by the letters of their numbers.
CALLED_BY_NUMBER = {"ProductOrder", "Customer", "Individual", "Organization", "ProductOffering"}

CATALOG = "/tmf-api/productCatalogManagement/v4"
ACCOUNT = "/tmf-api/accountManagement/v4/billingAccount"


def made(client: Client, path: str, body: dict[str, Any]) -> str:
    """Create a record and return its id."""
    answer = client.post(path, body)
    assert answer.status_code == 201, (path, answer.json)
    return str(answer.json["id"])


def active_customer(client: Client) -> str:
    """Return a customer that may order: a person of its own in an active role."""
    person = made(
        client, "/tmf-api/party/v4/individual", {"givenName": "Ada", "familyName": "Lovelace"}
    )
    role = {"name": "Ada at home", "status": "active", "engagedParty": {"id": person}}
    return made(client, "/tmf-api/customerManagement/v4/customer", role)


def offering_on_sale(client: Client, **said: Any) -> str:
    """Return an offering that is sold by itself, with a monthly price in force that says more."""
    price = {
        "name": "Example monthly",
        "lifecycleStatus": "Active",
        "priceType": "recurring",
        "recurringChargePeriodType": "month",
        "recurringChargePeriodLength": 1,
        "price": {"unit": "EUR", "value": 49.90},
        **said,
    }
    specification = {"name": "Internet access", "lifecycleStatus": "Active"}
    offering = {
        "name": "Example",
        "lifecycleStatus": "Active",
        "isSellable": True,
        "productSpecification": {
            "id": made(client, f"{CATALOG}/productSpecification", specification)
        },
        "productOfferingPrice": [{"id": made(client, f"{CATALOG}/productOfferingPrice", price)}],
    }
    return made(client, f"{CATALOG}/productOffering", offering)


@override("ProductOrder")
def product_order(client: Client) -> dict[str, Any]:
    """One item that adds an offering on sale, for an active customer with an account."""
    customer = {"id": active_customer(client), "role": "customer", "@referredType": "Customer"}
    account = {"name": "Ada's account", "state": "active", "relatedParty": [customer]}
    offering = {"id": offering_on_sale(client)}
    item = {"id": "1", "action": "add", "quantity": 1, "productOffering": offering}
    return {
        "relatedParty": [customer],
        "billingAccount": {"id": made(client, ACCOUNT, account)},
        "productOrderItem": [item],
    }


@override("ServiceOrder")
def service_order(client: Client) -> dict[str, Any]:
    """One item that adds a service of a live specification, for an active customer."""
    specification = {"name": "Example line", "lifecycleStatus": "Active"}
    path = "/tmf-api/serviceCatalogManagement/v4/serviceSpecification"
    service = {"serviceSpecification": {"id": made(client, path, specification)}}
    return {
        "relatedParty": [
            {"id": active_customer(client), "role": "customer", "@referredType": "Customer"}
        ],
        "serviceOrderItem": [{"id": "1", "action": "add", "service": service}],
    }


@override("Quote")
def quote(client: Client) -> dict[str, Any]:
    """One line that offers something on sale to an active customer."""
    customer = {"id": active_customer(client), "role": "customer", "@referredType": "Customer"}
    line = {"id": "1", "action": "add", "productOffering": {"id": offering_on_sale(client)}}
    return {"relatedParty": [customer], "quoteItem": [line]}


@override("CommunicationMessage")
def communication_message(client: Client) -> dict[str, Any]:
    """A message to somebody; without a party it would be nobody's."""
    somebody = {"givenName": "Ada", "familyName": "Lovelace"}
    person = made(client, "/tmf-api/party/v4/individual", somebody)
    return {
        "content": "Your line is ready.",
        "messageType": "email",
        "sender": {"name": "Meridian"},
        "receiver": [{"party": {"id": person, "role": "customer"}}],
    }


@override("Register")
def register(_client: Client) -> dict[str, Any]:
    """A register has a code of its own."""
    return {"code": f"shelf{next(NUMBERS)}", "name": "Shelf"}


@override("RegisterValue")
def register_value(client: Client) -> dict[str, Any]:
    """A value has a code that its register has not yet."""
    held = made(client, "/api/governance/v1/register", register(client))
    return {"register": {"id": held}, "code": f"high{next(NUMBERS)}", "name": "High up"}


@override("KeyPattern")
def key_pattern(_client: Client) -> dict[str, Any]:
    """A pattern is of a kind that has none yet and that nobody calls by its number here, with
    letters of no other kind."""
    number = next(PATTERNS)
    kinds = [one.name for one in registry if one.published and one.name not in CALLED_BY_NUMBER]
    letters = "".join(chr(65 + int(one)) for one in f"{number:04}")
    return {"recordType": kinds[number % len(kinds)], "prefix": f"Q{letters}"}


@override("ExtraAttribute")
def extra_attribute(_client: Client) -> dict[str, Any]:
    """An attribute has a name that its kind of record has not yet."""
    return {"recordType": "Category", "name": f"shelf{next(NUMBERS)}", "kind": "text"}


@override("Sphere")
def sphere(_client: Client) -> dict[str, Any]:
    """A dimension has a code of its own, and is read from a kind that tells it."""
    source = [{"recordType": "Customer", "path": "statusReason"}]
    return {"code": f"side{next(NUMBERS)}", "name": "Side", "source": source}


@override("StatusRule")
def status_rule(_client: Client) -> dict[str, Any]:
    """A rule names a kind of record, a state of it and what is needed for that."""
    return {
        "appliesTo": "FinancialAccount", "toStatus": "suspended",
        "requiredAttribute": ["description"],
    }  # fmt: skip


@override("WorkingCalendar")
def working_calendar(_client: Client) -> dict[str, Any]:
    """A calendar has a time zone, and hours that end after they begin."""
    hours = [{"day": "monday", "startHour": "08:00", "endHour": "17:00"}]
    return {"name": "Office", "timeZone": "Europe/Vienna", "workingHours": hours}


@override("FailurePolicy")
def failure_policy(_client: Client) -> dict[str, Any]:
    """A policy is about a kind of error."""
    return {"name": "Outages", "errorKind": ["technical"], "pauseSeconds": [5, 60]}


@override("DeliveryPolicy")
def delivery_policy(_client: Client) -> dict[str, Any]:
    """A policy says at least one thing."""
    return {"name": "Visits", "taskKind": ["manual"], "durationMinutes": 90}


@override("PriorityFactor")
def priority_factor(_client: Client) -> dict[str, Any]:
    """A factor has a rank; one that holds for no order changes none."""
    return {"name": "Segment", "weight": 1, "rank": [{"condition": "false", "rank": 50}]}


def two_people(client: Client) -> list[str]:
    """Return two persons of the same name."""
    somebody = {"givenName": "Ada", "familyName": "Lovelace"}
    return [made(client, "/tmf-api/party/v4/individual", somebody) for _ in range(2)]


@override("DuplicatePair")
def duplicate_pair(client: Client) -> dict[str, Any]:
    """Two persons who may be one."""
    first, second = two_people(client)
    return {"first": {"id": first}, "second": {"id": second}}


@override("PartyMerge")
def party_merge(client: Client) -> dict[str, Any]:
    """Two persons who are one."""
    survivor, loser = two_people(client)
    return {"survivor": {"id": survivor}, "loser": {"id": loser}}


@override("PlanDefinition")
def plan_definition(_client: Client) -> dict[str, Any]:
    """A plan of one task for people."""
    item = {"id": "visit", "title": "Visit the customer", "kind": "manual"}
    return {"code": f"plan-{next(NUMBERS)}", "name": "A plan", "item": [item]}


@override("DecisionTable")
def decision_table(_client: Client) -> dict[str, Any]:
    """A table that is off."""
    return {"name": "Plans"}


@override("OutsideSystem")
def outside_system(_client: Client) -> dict[str, Any]:
    """A system with a code of its own."""
    return {"code": f"system-{next(NUMBERS)}", "name": "Tests of lines",
            "url": "https://tests.example.com"}  # fmt: skip


@override("Profile")
def profile(_client: Client) -> dict[str, Any]:
    """A way of working with a code of its own, turned off."""
    return {"code": f"way-{next(NUMBERS)}", "name": "A way of working"}


@override("OrderPolicy")
def order_policy(_client: Client) -> dict[str, Any]:
    """A policy that is turned off, so that the orders of other tests pass."""
    return {"name": "Big orders", "effect": "approval", "isActive": False}


def covered_specification(client: Client) -> str:
    """Return a service specification that the coverage map has a row about."""
    body = {"name": "Fibre access", "lifecycleStatus": "Active"}
    services = "/tmf-api/serviceCatalogManagement/v4/serviceSpecification"
    return made(client, services, body)


@override("CoverageArea")
def coverage_area(client: Client) -> dict[str, Any]:
    """A row of the map says where it holds."""
    held = {"id": covered_specification(client)}
    return {"name": "Mill Lane", "city": "Nordhaven", "serviceSpecification": held}


@override("CheckServiceQualification")
def check_service_qualification(client: Client) -> dict[str, Any]:
    """A check names for whom, which service and where; the map has a row about that."""
    area = coverage_area(client)
    made(client, "/api/qualification/v1/coverageArea", area)
    place = {"city": "Nordhaven", "role": "installation"}
    service = {"place": [place], "serviceSpecification": area["serviceSpecification"]}
    return {
        "description": "Fibre in Mill Lane",
        "relatedParty": [{"id": active_customer(client), "role": "customer"}],
        "serviceQualificationItem": [{"id": "1", "service": service}],
    }


@override("QueryServiceQualification")
def query_service_qualification(client: Client) -> dict[str, Any]:
    """A query names the place."""
    service = {"place": [{"city": "Nordhaven", "role": "installation"}]}
    return {
        "description": "What there is in Nordhaven",
        "relatedParty": [{"id": active_customer(client), "role": "customer"}],
        "searchCriteria": {"service": service},
    }


@override("ProductOfferingQualification")
def product_offering_qualification(client: Client) -> dict[str, Any]:
    """A qualification of an offering on sale, for a customer."""
    item = {"id": "1", "action": "add", "productOffering": {"id": offering_on_sale(client)}}
    return {
        "description": "Fibre 1G for Ada",
        "relatedParty": [{"id": active_customer(client), "role": "customer"}],
        "productOfferingQualificationItem": [item],
    }


@override("SaveOffer")
def save_offer(_client: Client) -> dict[str, Any]:
    """An offer to stay that gives something."""
    return {"name": "Example", "discountPercent": 20}


@override("OwnershipTransfer")
def ownership_transfer(client: Client) -> dict[str, Any]:
    """A product that one active customer hands over to another one."""
    giving, taking = active_customer(client), active_customer(client)
    product = {
        "name": "Example",
        "status": "active",
        "relatedParty": [{"id": giving, "role": "customer", "@referredType": "Customer"}],
        "productOffering": {"id": offering_on_sale(client)},
    }
    account = {"name": "Example", "state": "active",
               "relatedParty": [{"id": taking, "role": "customer"}]}  # fmt: skip
    return {
        "product": [{"id": made(client, "/tmf-api/productInventory/v4/product", product)}],
        "fromCustomer": {"id": giving},
        "toCustomer": {"id": taking},
        "billingAccount": {"id": made(client, ACCOUNT, account)},
    }


@override("WorkType")
def work_type(_client: Client) -> dict[str, Any]:
    """A code of its own, and how long it takes."""
    return {"code": f"example{next(NUMBERS)}", "name": "Example", "durationMinutes": 60}


@override("FieldTeam")
def field_team(_client: Client) -> dict[str, Any]:
    """A team that is not at work: else appointments would have to be in its hours."""
    return {"name": "Example", "capacity": 1, "isOff": True}


@override("WorkOrder")
def work_order(client: Client) -> dict[str, Any]:
    """A piece of work for a customer."""
    return {
        "description": "Fit the socket",
        "relatedParty": [{"id": active_customer(client), "role": "customer"}],
        "workOrderItem": [{"id": "1", "action": "add", "work": {"name": "Fit the socket"}}],
    }


@override("Appointment")
def appointment(client: Client) -> dict[str, Any]:
    """A time with a beginning and an end."""
    return {
        "description": "The technician comes",
        "relatedParty": [{"id": active_customer(client), "role": "customer"}],
        "validFor": {"startDateTime": "2031-05-05T08:00:00Z",
                     "endDateTime": "2031-05-05T12:00:00Z"},
    }  # fmt: skip


@override("TicketType")
def ticket_type(_client: Client) -> dict[str, Any]:
    """A type with a code of its own."""
    return {"code": f"example{next(NUMBERS)}", "name": "Example"}


@override("KeepingRule")
def keeping_rule(_client: Client) -> dict[str, Any]:
    """Keep payments for as long as bills: of what nobody has to keep there is no rule."""
    return {"kind": "Payment", "years": 10, "reason": "Payments are kept for tax law."}
