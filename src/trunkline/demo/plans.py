"""The demonstration operator's plan definition: a home alarm, made in steps that are data."""

from __future__ import annotations

from decimal import Decimal

from trunkline.catalog.category import Category
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.demo.blueprint import choice, free
from trunkline.demo.catalog import CURRENCY
from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.ordering.design.decision_table import DecisionTable
from trunkline.ordering.design.definition import PlanDefinition
from trunkline.ordering.edits import set_state

NAME, LINE, CODE = "Home Alarm", "Alarm Line", "home-alarm"
LIVE: dict[str, Json] = {"lifecycleStatus": "Active"}
ITEMS: tuple[dict[str, Json], ...] = (
    {"id": "survey", "title": "Look at the home", "kind": "manual", "role": "technician",
     "durationMinutes": 60, "compensation": {"onCancel": "nothing"},
     "form": [{"name": "doors", "title": "Doors", "valueType": "number", "isRequired": True}]},
    {"id": "guards", "title": "Sign with the guards", "kind": "manual", "role": "order_manager",
     "after": [{"item": "survey"}], "durationMinutes": 30,
     "condition": "line.characteristic.watched == 'yes'"},
    {"id": "fit", "title": "Fit the sensors", "kind": "fieldWork", "after": [{"item": "survey"}],
     "durationMinutes": 120, "pointOfNoReturn": "soft",
     "compensation": {"onChange": "redo", "onCancel": "undo"}},
    {"id": "panel", "title": "Hear from the panel", "kind": "event", "after": [{"item": "fit"}],
     "event": {"type": "panelSeen", "correlation": "order.key",
               "mapping": [{"characteristic": "panel",
                            "expression": "response.body.serial"}]}},
    {"id": "switchOn", "title": "Switch the line on", "kind": "activation",
     "after": [{"item": "panel"}, {"item": "guards"}], "durationMinutes": 5},
)  # fmt: skip
ROWS: tuple[dict[str, Json], ...] = (
    {"cell": [{"input": "specification", "value": [LINE]},
              {"input": "action", "value": ["add"]}], "result": CODE},
)  # fmt: skip
CASES: tuple[dict[str, Json], ...] = (
    {"name": "a new alarm", "expected": CODE,
     "given": {"specification": LINE, "action": "add"}},
    {"name": "an alarm that goes", "given": {"specification": LINE, "action": "delete"}},
)  # fmt: skip


def add_plans(services: Services) -> None:
    """Put the alarm on sale, say how it is made, and let a table pick that."""
    with as_system(services, "demo") as work:
        _sell(work)
        plan = PlanDefinition.wrap({"code": CODE, "name": NAME, "item": list(ITEMS)})
        work.add(plan)
        before = load(encode(plan.raw))
        set_state(plan, "published")
        work.save(plan, before)
        table = {"name": "Plans by service", "isOn": True, "row": list(ROWS)}
        work.add(DecisionTable.wrap({**table, "testCase": list(CASES)}))


def _sell(work: Work) -> None:
    """Store the alarm's service, product, price and offering."""
    watched = choice("watched", "no", "yes")
    values = watched.pop("values")
    line = ServiceSpecification.wrap(
        {"name": LINE, "@type": "ResourceFacingServiceSpecification", **LIVE,
         "specCharacteristic": [free("doors", "integer"), free("panel")]}
    )  # fmt: skip
    for one in line.raw["specCharacteristic"]:
        one.pop("values")
    work.add(line)
    asked = {**watched, "productSpecCharacteristicValue": values}
    product = ProductSpecification.wrap(
        {"name": NAME, "brand": "Meridian", **LIVE, "productSpecCharacteristic": [asked],
         "serviceSpecification": [{"id": line.id, "name": LINE,
                                   "relationshipType": "realisedAs"}]}
    )  # fmt: skip
    price = ProductOfferingPrice.wrap(
        {"name": f"{NAME}, monthly", "priceType": "recurring", **LIVE,
         "price": {"value": Decimal("9.90"), "unit": CURRENCY},
         "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1}
    )  # fmt: skip
    work.add(product)
    work.add(price)
    (category,) = work.find(Category, {"name": "Equipment"}, limit=1)
    work.add(
        ProductOffering.wrap(
            {"name": NAME, "isBundle": False, "isSellable": True, **LIVE,
             "category": [{"id": category.id}], "productOfferingPrice": [{"id": price.id}],
             "productSpecification": {"id": product.id}}
        )
    )  # fmt: skip
