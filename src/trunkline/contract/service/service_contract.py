"""Service contracts: what is served for one account at one site, from when until when."""

from __future__ import annotations

from typing import Literal

from trunkline.contract.api import CONTRACT
from trunkline.contract.service.contract import (
    GUARDED,
    ContractDetails,
    from_now,
)
from trunkline.contract.service.lasting import LASTING
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.reference import (
    ContractRef,
    ProductOrderRef,
    Reference,
    RelatedPlaceRefOrValue,
)


class ServiceContractRef(Reference, targets=("ServiceContract",)):
    """A reference to a service contract."""


@resource(
    api=CONTRACT,
    path="serviceContract",
    prefix="SVK",
    lifecycle=LASTING,
    server_sets=("root_contract", "renewed_from", "renewed_by", "began_at", "ended_at",
                 "suspended_with", "former_contract", "dates_before_renewal", "line_change"),
    guarded=GUARDED,
    immutable=("product_order",),
    defaults={"valid_for": from_now},
    promote=(
        Promoted("state"),
        Promoted("externalId"),
        Promoted("validFor.endDateTime", "instant"),
        Promoted("contract.id"),
        Promoted("productOrder.id"),
    ),
    owner=("relatedParty[customer]", "relatedParty", "billingAccount", "contract"),
    columns=("key", "name", "state", "billingAccount", "place", "validFor"),
)  # fmt: skip
class ServiceContract(ContractDetails, Document):
    """What is served for one account at one site; its entitlements name it.

    It comes with an order, as a draft, and comes into force when the order is completed. It names
    the contract above it, which may end it, and the one that it was renewed from. `suspended_with`
    says that it rests with that contract, and so comes back with it. With `ends_with_contract` it
    ends when that contract does, whenever that is by then. `former_contract` is the one above it
    until that was renewed, where it was still a draft then.
    """

    ends_with_contract: bool | None = None
    suspended_with: Literal["contract"] | None = None
    contract: ContractRef | None = None
    former_contract: ContractRef | None = None
    product_order: ProductOrderRef | None = None
    place: RelatedPlaceRefOrValue | None = None
    root_contract: ServiceContractRef | None = None
    renewed_from: ServiceContractRef | None = None
    renewed_by: ServiceContractRef | None = None
