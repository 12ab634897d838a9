"""Outside names of visits: the ids that clients and field systems give them."""

from __future__ import annotations

from trunkline.fieldwork.appointment import Appointment
from trunkline.fieldwork.work_order import WorkOrder
from trunkline.rest.outside_names import outside_names
from trunkline.shared.outside_names import external_id

outside_names(WorkOrder, Appointment)(external_id)
