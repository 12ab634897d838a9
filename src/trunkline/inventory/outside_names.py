"""Outside names of what customers have: the ids that outside inventories give it."""

from __future__ import annotations

from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.rest.outside_names import outside_names
from trunkline.shared.outside_names import external_identifiers

outside_names(Product, Service, Resource)(external_identifiers)
