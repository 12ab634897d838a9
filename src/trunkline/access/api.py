"""The published interface of this module."""

from __future__ import annotations

from trunkline.kernel.resource import Api

TMF672 = Api("TMF672", "User Roles And Permissions", "4.0.0", "/rolesAndPermissions/v4")
