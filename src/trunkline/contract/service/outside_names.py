"""Outside names of contracts: the ids that clients and other systems give them."""

from __future__ import annotations

from trunkline.contract.service.contract import Contract
from trunkline.contract.service.entitlement import Entitlement
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.rest.outside_names import outside_names
from trunkline.shared.outside_names import external_id

outside_names(Contract, ServiceContract, Entitlement)(external_id)
