"""The published interfaces of this module."""

from __future__ import annotations

from trunkline.kernel.resource import Api

TMF629 = Api("TMF629", "Customer Management", "4.0.0", "/tmf-api/customerManagement/v4")
TMF632 = Api("TMF632", "Party Management", "4.0.0", "/tmf-api/party/v4")
TMF666 = Api("TMF666", "Account Management", "4.0.0", "/tmf-api/accountManagement/v4")
TMF669 = Api("TMF669", "Party Role Management", "4.0.0", "/tmf-api/partyRoleManagement/v4")
TMF681 = Api("TMF681", "Communication Management", "4.0.0", "/tmf-api/communicationManagement/v4")
