"""Outside names of tickets and problems: what the systems call them that told of them."""

from __future__ import annotations

from trunkline.assurance.problem.problem import ServiceProblem
from trunkline.assurance.ticket.ticket import TroubleTicket
from trunkline.rest.outside_names import outside_names
from trunkline.shared.outside_names import external_id, external_identifiers

outside_names(TroubleTicket)(external_id)
outside_names(ServiceProblem)(external_identifiers)
