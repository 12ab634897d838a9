"""The published interfaces of ordering, and the words that all its orders share."""

from typing import Literal, TypeAlias

from trunkline.kernel.resource import Api
from trunkline.ordering.v5 import TMF622_V5

TMF622 = Api(
    number="TMF622",
    title="Product Ordering",
    version="4.0.0",
    base="/tmf-api/productOrderingManagement/v4",
    views=(TMF622_V5,),
)
TMF641 = Api(
    number="TMF641",
    title="Service Ordering",
    version="4.1.0",
    base="/tmf-api/serviceOrdering/v4",
)
TMF652 = Api(
    number="TMF652",
    title="Resource Ordering",
    version="4.0.0",
    base="/tmf-api/resourceOrderingManagement/v4",
)

Action: TypeAlias = Literal[
    "add", "modify", "delete", "noChange", "change", "no-change", "suspend", "resume"
]
"""What an item asks for: TMF622's four words, and those that are accepted beside them."""

Operation: TypeAlias = Literal["change", "suspend", "resume", "move", "transfer", "link"]
"""What kind of modification an item asks for, where its action alone does not say."""

OrderState: TypeAlias = Literal[
    "acknowledged",
    "rejected",
    "pending",
    "held",
    "inProgress",
    "cancelled",
    "completed",
    "failed",
    "partial",
    "assessingCancellation",
    "pendingCancellation",
]
"""The published states of product, service and resource orders."""

OutboundState: TypeAlias = Literal["notApplicable", "pending", "fulfilled", "error", "failed"]
"""How far the hand-off of an order to an outside system is: nothing of it goes out, it is awaited,
done, to be put right and sent again, or given up."""
