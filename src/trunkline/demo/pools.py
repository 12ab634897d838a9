"""The demonstration operator's pools: numbers, cards, addresses, networks, ports; some in use."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from trunkline.catalog.category import Category
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.demo.blueprint import free
from trunkline.demo.catalog import CURRENCY
from trunkline.documents.shape import Json
from trunkline.inventory.pools.pool import ResourcePool
from trunkline.inventory.pools.ranges import Loaded, loaded
from trunkline.inventory.pools.values import Wanted, load_values, move, port_in, reserve
from trunkline.inventory.resource import Resource
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.shared.reference import ResourcePoolRef

NUMBER, SIM, CHOICE = "msisdn", "iccid", "Mobile number of choice"
LIVE: Mapping[str, Json] = {"lifecycleStatus": "Active"}
IN_USE = 40
WEEK_MIN = 7 * 24 * 60
POOLS: Mapping[str, tuple[Mapping[str, Json], Mapping[str, Json]]] = {
    "Mobile numbers": (
        {"poolType": "msisdn", "characteristic": NUMBER, "quarantineDays": 90, "warnBelow": 50,
         "informed": ["orders"], "reservationMinutes": 30},
        {"first": "999550100000", "last": "999550100299"},
    ),
    "SIM cards": (
        {"poolType": "sim", "characteristic": SIM, "quarantineDays": 0, "warnBelow": 30},
        {"first": "8999901000000000100", "last": "8999901000000000399"},
    ),
    "Fixed numbers Nordhaven": (
        {"poolType": "geographicNumber", "characteristic": "voiceNumber", "quarantineDays": 180},
        {"first": "99930555100", "last": "99930555199"},
    ),
    "Public addresses": (
        {"poolType": "ipAddress", "characteristic": "ipAddress", "quarantineDays": 7},
        {"network": "198.18.4.0/26"},
    ),
    "VLANs of the north": (
        {"poolType": "vlan", "characteristic": "vlan", "quarantineDays": 1, "warnBelow": 60,
         "informed": ["orders"]},
        {"first": "1200", "last": "1263"},
    ),
    "Ports of OLT-176": (
        {"poolType": "port", "characteristic": "ponPort", "quarantineDays": 2},
        {"value": [f"1/{card}/{port}" for card in range(1, 5) for port in range(1, 9)]},
    ),
}  # fmt: skip
"""By name what each pool is, and the values that are loaded into it."""

GOLDEN = "gold"
FED = {"Mobile Number": "Mobile numbers", "SIM Card": "SIM cards"}
"""The kinds of resources that take their value from a pool."""


def add_pools(services: Services) -> None:
    """Make the pools, let orders take from them, and use some of their values."""
    with as_system(services, "demo") as work:
        pools = {name: _made(work, name) for name in POOLS}
        _feed(work, pools)
        _sell_choice(work)
        _in_use(work, pools["Mobile numbers"])
        for name in ("Public addresses", "VLANs of the north", "Ports of OLT-176"):
            _by_hand(work, pools[name], [one.value for one in _values(name)][:9])
        _on_the_move(work, pools["Mobile numbers"])


def _made(work: Work, name: str) -> ResourcePool:
    said, _ = POOLS[name]
    pool = work.add(ResourcePool.wrap({"name": name, "status": "active", **said}))
    load_values(work, pool, [_classed(one) for one in _values(name)])
    return pool


def _values(name: str) -> list[Loaded]:
    said, values = POOLS[name]
    found, _ = loaded(str(said["poolType"]), values)
    return found


def _classed(one: Loaded) -> Loaded:
    """Return a value as it is loaded: a number that is easy to keep in mind costs more."""
    is_golden = one.value.startswith("9995501") and one.value[-3:] in {"111", "222", "200", "100"}
    return Loaded(one.value, {"class": GOLDEN}) if is_golden else one


def _feed(work: Work, pools: Mapping[str, ResourcePool]) -> None:
    for kind, name in FED.items():
        (found,) = work.find(ResourceSpecification, {"name": kind})
        with work.edit(ResourceSpecification, found.id) as specification:
            specification.resource_pool = ResourcePoolRef(id=pools[name].id, name=name)


def _sell_choice(work: Work) -> None:
    """Put a number that somebody chooses on sale: the agent sees the free ones."""
    (number,) = work.find(ResourceSpecification, {"name": "Mobile Number"})
    link = {"id": number.id, "name": "Mobile Number", "relationshipType": "requires",
            "mapping": [{"target": NUMBER, "source": NUMBER}]}  # fmt: skip
    asked = {name: value for name, value in free(NUMBER).items() if name != "values"}
    product = work.add(
        ProductSpecification.wrap(
            {"name": CHOICE, "brand": "Meridian Mobile", **LIVE,
             "productSpecCharacteristic": [asked], "resourceSpecification": [link]}
        )
    )  # fmt: skip
    price = work.add(
        ProductOfferingPrice.wrap(
            {"name": f"{CHOICE} once", "priceType": "oneTime", **LIVE,
             "price": {"unit": CURRENCY, "value": Decimal("4.90")}}
        )
    )  # fmt: skip
    (category,) = work.find(Category, {"name": "Mobile"})
    work.add(
        ProductOffering.wrap(
            {"name": CHOICE, "isSellable": True, **LIVE, "category": [{"id": category.id}],
             "productSpecification": {"id": product.id},
             "productOfferingPrice": [{"id": price.id}]}
        )
    )  # fmt: skip


def _in_use(work: Work, pool: ResourcePool) -> None:
    """Take in the numbers that customers have already, so that they rest after use."""
    held = [one for one in work.find(Resource, {"name": "Mobile Number"}, limit=IN_USE)
            if one.value is not None and one.usage_state == "active"]  # fmt: skip
    values, _ = loaded(pool.pool_type, {"value": [one.value for one in held]})
    load_values(work, pool, values)
    for resource, one in zip(held, values, strict=True):
        move(work, pool, "assign", one.value, resource=resource.id)
        with work.edit(Resource, resource.id) as edited:
            edited.value = one.value
            edited.resource_pool = ResourcePoolRef(id=pool.id, name=pool.name)


def _by_hand(work: Work, pool: ResourcePool, values: list[str]) -> None:
    """Use some values of what no order takes yet: most are given out, one rests."""
    for value in values:
        move(work, pool, "assign", value)
    move(work, pool, "quarantine", values[-1], days=max(1, pool.rest_days))
    reserve(work, pool, Wanted(count=2, minutes=WEEK_MIN))


def _on_the_move(work: Work, pool: ResourcePool) -> None:
    """Let numbers stand in every state: kept for somebody, resting, gone, come from elsewhere."""
    names = [one.value for one in _values("Mobile numbers")]
    reserve(work, pool, Wanted(values=names[40:44], minutes=WEEK_MIN))
    for value in names[50:56]:
        move(work, pool, "quarantine", value)
    for value in names[60:63]:
        move(work, pool, "portOut", value)
    port_in(work, pool, "999770200001", Wanted(minutes=WEEK_MIN))
