"""What belongs to nobody is open to outsiders only where it is public on purpose and listed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from trunkline.access.standard import ROLES
from trunkline.documents.shape import Shape
from trunkline.kernel.actor import EVERY_CLASS, Actor, Grant, Reach, Verb
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import registry

load_modules()
VERBS: tuple[Verb, ...] = ("read", "create", "update", "delete")
NARROW = [
    name for name, role in ROLES.items()
    if {one.reach for one in role.permissions.values()} != {"all"}
]  # fmt: skip
CATALOG = {"Catalog", "Category", "ProductOffering", "ProductOfferingPrice", "ProductSpecification"}
PUBLIC = CATALOG | {
    "ServiceCatalog", "ServiceCategory", "ServiceCandidate", "ServiceSpecification",
    "ResourceCatalog", "ResourceCategory", "ResourceCandidate", "ResourceSpecification",
    "BillFormat", "BillPresentationMedia", "BillingCycleSpecification", "RequestType",
    "TicketType", "TermsOfSale",
}  # fmt: skip
"""Kinds that belong to nobody and hold nothing about anybody: what is sold or may be asked for, and
how bills look."""
READ_BY = {
    "partner": CATALOG
    | {"BillFormat", "BillPresentationMedia", "BillingCycleSpecification", "RequestType"},
    "self_service": CATALOG
    | {"BillFormat", "BillPresentationMedia", "BillingCycleSpecification", "RequestType"}
    | {"TicketType", "TermsOfSale"},
}


def actor(permissions: dict[str, Grant]) -> Actor:
    return Actor("x", "x", "user", permissions, party="p", partner="q")


def reached(who: Actor, *verbs: Verb) -> set[str]:
    return {
        one.name for one in registry
        if not is_scoped(one) and any(who.grant(one, verb) is not None for verb in verbs)
    }  # fmt: skip


def test_the_narrow_roles_are_known() -> None:
    assert set(NARROW) == set(READ_BY)


@pytest.mark.parametrize("role", NARROW)
def test_a_narrow_role_reads_what_is_listed_and_writes_nothing_of_it(role: str) -> None:
    who = actor(dict(ROLES[role].permissions))
    assert reached(who, "read") == READ_BY[role]
    assert reached(who, "create", "update", "delete") == set()


@pytest.mark.parametrize("reach", ["own", "partner"])
def test_a_role_of_the_operators_own_goes_no_further(reach: Reach) -> None:
    """With every permission there is, over own rows, a new kind without an owner stays closed."""
    everything = {f"{one.name}:{verb}": Grant(reach, EVERY_CLASS)
                  for one in registry for verb in VERBS}  # fmt: skip
    for permissions in (everything, {"*:*": Grant(reach, EVERY_CLASS)}):
        who = actor(permissions)
        assert reached(who, "read") == PUBLIC
        assert reached(who, "create", "update", "delete") == set()


def test_a_grant_over_all_rows_is_not_narrowed() -> None:
    """A wide grant beside a narrow one holds."""
    who = actor({"*:*": Grant("own"), "TMF673:read": Grant("all", EVERY_CLASS)})
    assert who.grant(registry["GeographicAddress"], "read") == Grant("all", EVERY_CLASS)
    assert who.grant(registry["GeographicAddress"], "update") is None


def told_of(shape: type[Shape], seen: tuple[type[Shape], ...] = ()) -> Iterator[str]:
    """Yield the attributes of a shape by which it names somebody's records."""
    owned = {one.name for one in registry if is_scoped(one)}
    for name, attribute in shape.by_json_name().items():
        inner = attribute.shape
        if inner is None or inner in seen:
            continue
        if name != "relatedParty" and owned & set(inner.targets):
            yield name
        yield from told_of(inner, (*seen, inner))


CONFIGURED_FOR = {"ProductOffering", "ProductOfferingPrice", "DeliveryPolicy", "CoverageArea"}
"""Kinds that say for which customer or site they hold; they tell nothing else about those."""


def test_who_is_limited_reads_nothing_that_tells_of_others() -> None:
    """Under limits kinds without an owner stay open, but not those that are about customers."""
    limits = frozenset({frozenset({"team:x"})})
    who = actor({"*:*": Grant("limited", EVERY_CLASS, limits)})
    telling = {
        one.name
        for one in registry
        if not is_scoped(one) and one.published and one.name not in CONFIGURED_FOR
        and any(True for _ in told_of(one.type))
    }  # fmt: skip
    assert telling
    assert telling & reached(who, *VERBS) == set()
    assert {"Category", "GeographicAddress", "Tag"} <= reached(who, "read")
