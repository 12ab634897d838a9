"""The published interfaces of this module, our own beside them, and its named permissions."""

from __future__ import annotations

from trunkline.kernel.resource import Api

TMF678 = Api(
    "TMF678", "Customer Bill Management", "4.0.0", "/tmf-api/customerBillManagement/v4"
)  # fmt: skip
TMF676 = Api("TMF676", "Payment", "4.0.0", "/tmf-api/payment/v4")
RECEIVE = "billing:receive"
"""The permission of the systems that bill and take money: to post bills, payments and refunds."""
TAKE = "billing:takePayment"
"""The permission to say that money came in, at a counter or on a bank statement."""
RUN = "billing:run"
"""The permission to release bills and to run what asks for overdue money."""
ADJUST = "billing:adjust"
"""The permission to ask for corrections of what is owed."""
APPROVE = "billing:approve"
"""The permission to decide about corrections that others asked for."""
