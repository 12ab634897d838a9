# ruff: noqa: S608 - all names in these statements are of our own tables
"""What is installed when a person is erased: the network's own words stay, its resources go on."""

from __future__ import annotations

from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.privacy.pseudonym import goes_on_without, operators_words
from trunkline.privacy.stores import RECORDS, Erasing, store

operators_words(Product, "name")
operators_words(Service, "name")
operators_words(Resource, "name", "value")
goes_on_without(Resource)


@store("Pools")
def values_are_given_back(at: Erasing) -> int:
    """Let numbers and other values of pools no more name whose they were."""
    return at.run("update pool_value set customer = null where customer = any(%(idents)s::uuid[])")


@store("Comparisons")
def comparisons_forget(at: Erasing) -> int:
    """Forget what another inventory said of the person's records."""
    return at.run(f"delete from reconciliation_record where record in {RECORDS}")
