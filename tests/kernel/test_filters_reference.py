"""Filters and sorts against a reference over plain documents, on generated documents."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.program import Client, Site
from tests.support.reference_filters import Filter, matches, ordered
from tests.support.samples import address
from trunkline.kernel.actor import system
from trunkline.kernel.resource import Resource, registry
from trunkline.kernel.work import transaction

TEXTS = st.sampled_from(["a", "B", "b", "é", "z", "a b", "a,b", "it's", "10", "9", "%", "_", "A;c"])
NUMBERS = st.sampled_from([0, 1, -1, 2, 10, 1.5, 19.90, 100])
WHOLE = st.sampled_from([0, 1, 2, 9, 10, 1000])
MOMENTS = st.sampled_from(
    ["1999-12-31T23:59:59.999Z", "2000-01-01", "2000-01-01T00:30:00+01:00", "2000-01-01T00:00:00Z",
     "2010-06-30T12:00:00.5Z"]
)  # fmt: skip
PATTERNS = st.sampled_from(["^a", "b$", "[0-9]", "a.b", "^.$", "x", "it|é", r"\."])
VALUES = {
    "text": TEXTS,
    "number": NUMBERS,
    "integer": WHOLE,
    "boolean": st.booleans(),
    "instant": MOMENTS,
    "any": st.one_of(TEXTS, NUMBERS, st.booleans()),
}
ORDERED = ("eq", "ne", "gt", "gte", "lt", "lte")


def some(required: dict[str, Any], **optional: Any) -> Any:
    return st.fixed_dictionaries(required, optional=optional)


def few(element: Any) -> Any:
    return st.lists(element, max_size=3)


CHARACTERISTIC = st.fixed_dictionaries({"name": TEXTS, "value": VALUES["any"]})
AMOUNT = st.fixed_dictionaries({"unit": st.just("EUR"), "value": NUMBERS})
ALTERATION = some({"priceType": TEXTS, "price": some({}, percentage=NUMBERS)}, priority=WHOLE)


def with_one_preferred(media: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return media of which one at most is preferred: two of one kind are refused."""
    marked = [one for one in media if one.get("preferred")]
    return [one | {"preferred": False} if one in marked[1:] else one for one in media]


DOCUMENTS = {
    "Individual": some(
        {"givenName": TEXTS, "familyName": TEXTS},
        gender=TEXTS,
        birthDate=MOMENTS,
        contactMedium=few(
            some({}, mediumType=TEXTS, preferred=st.booleans(), characteristic=some({}, city=TEXTS))
        ).map(with_one_preferred),
        partyCharacteristic=few(CHARACTERISTIC),
    ),
    "Product": some(
        {"status": st.sampled_from(["created", "active"])},
        name=TEXTS,
        isBundle=st.booleans(),
        startDate=MOMENTS,
        productCharacteristic=few(CHARACTERISTIC),
        productPrice=few(
            some(
                {"priceType": TEXTS, "price": some({}, dutyFreeAmount=AMOUNT)},
                productPriceAlteration=few(ALTERATION),
            )
        ),
    ),
    "ProductOffering": some(
        {"name": TEXTS},
        description=TEXTS,
        isSellable=st.booleans(),
        order=WHOLE,
        validFor=some({}, startDateTime=MOMENTS),
        productOfferingTerm=few(
            some({}, name=TEXTS, duration=st.fixed_dictionaries({"amount": WHOLE}))
        ),
    ),
}
PATHS = {
    "Individual": {
        "familyName": "text",
        "gender": "text",
        "birthDate": "instant",
        "contactMedium.mediumType": "text",
        "contactMedium.preferred": "boolean",
        "contactMedium.characteristic.city": "text",
        "partyCharacteristic.value": "any",
        "nationality": "text",
    },
    "Product": {
        "status": "text",
        "name": "text",
        "isBundle": "boolean",
        "startDate": "instant",
        "terminationDate": "instant",
        "productCharacteristic.value": "any",
        "productPrice.price.dutyFreeAmount.value": "number",
        "productPrice.productPriceAlteration.priority": "integer",
        "productPrice.productPriceAlteration.price.percentage": "number",
        "productPrice.productPriceAlteration.priceType": "text",
    },
    "ProductOffering": {
        "name": "text",
        "description": "text",
        "isSellable": "boolean",
        "order": "integer",
        "validFor.startDateTime": "instant",
        "productOfferingTerm.name": "text",
        "productOfferingTerm.duration.amount": "integer",
    },
}
LISTS = ("contactMedium", "partyCharacteristic", "productCharacteristic", "productPrice",
         "productOfferingTerm")  # fmt: skip


@st.composite
def conditions(draw: Any, name: str) -> list[Filter]:
    found = {}
    for _ in range(draw(st.integers(1, 3))):
        path, kind = draw(st.sampled_from(sorted(PATHS[name].items())))
        is_text = kind in {"text", "any"}
        operator = draw(st.sampled_from([*ORDERED, "regex"] if is_text else ORDERED))
        values = (
            (draw(PATTERNS),)
            if operator == "regex"
            else tuple(draw(st.lists(VALUES[kind], min_size=1, max_size=3)))
        )
        found[path, operator] = Filter(path, kind, operator, values)
    return list(found.values())


def store(site: Site, resource: Resource, bodies: list[Any]) -> list[str]:
    documents = [resource.type.wrap(one) for one in bodies]
    with transaction(site.services, system("tests")) as work:
        work.add(*documents)
    return [one.meta.id for one in documents]


def listed(client: Client, path: str, query: str) -> list[Any]:
    answer = client.get(path, query_string=f"limit=50&{query}")
    assert answer.status_code in {200, 206}, (query, answer.json)
    found: list[Any] = answer.json
    return found


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_filters_and_sorts_mean_what_the_reference_says(site: Site, name: str, data: Any) -> None:
    """The same records come back, in the same order, as from the plain documents."""
    resource = registry[name]
    bodies = data.draw(st.lists(DOCUMENTS[name], min_size=1, max_size=6))
    ids = store(site, resource, bodies)
    path, mine = address(resource), "id=" + ",".join(ids)
    documents = listed(site.admin, path, mine)
    assert {one["id"] for one in documents} == set(ids)
    filters = data.draw(conditions(name))
    query = "&".join([mine, *(one.query for one in filters)])
    expected = {one["id"] for one in documents if matches(one, filters)}
    assert {one["id"] for one in listed(site.admin, path, query)} == expected, query
    sortable = [one for one in PATHS[name] if not one.startswith(LISTS)]
    by, descending = data.draw(st.sampled_from(sortable)), data.draw(st.booleans())
    rows = listed(site.admin, path, f"{mine}&sort={'-' if descending else ''}{by}")
    order = ordered(documents, by, PATHS[name][by], descending=descending)
    assert [one["id"] for one in rows] == order, (by, descending)
