"""The published interfaces of the inventories: products, services and resources."""

from trunkline.documents.lifecycle import ByHand
from trunkline.kernel.resource import Api

# Orders change the states of products and services; whoever does it by hand says why.
STATE_BY_HAND = ByHand("inventory:changeState", "state_reason")

TMF637 = Api(
    number="TMF637",
    title="Product Inventory",
    version="4.0.0",
    base="/tmf-api/productInventory/v4",
)
TMF638 = Api(
    number="TMF638",
    title="Service Inventory",
    version="4.0.0",
    base="/tmf-api/serviceInventory/v4",
)
TMF639 = Api(
    number="TMF639",
    title="Resource Inventory",
    version="4.0.0",
    base="/tmf-api/resourceInventoryManagement/v4",
)
INVENTORY = Api(
    number="inventory",
    title="Installed base",
    version="1.0.0",
    base="/api/inventory/v1",
)
