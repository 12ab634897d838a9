"""The published interfaces of this module."""

from __future__ import annotations

from trunkline.kernel.resource import Api

TMF673 = Api(
    "TMF673",
    "Geographic Address Management",
    "4.0.1",
    "/tmf-api/geographicAddressManagement/v4",
)
TMF674 = Api(
    "TMF674", "Geographic Site Management", "4.0.0", "/tmf-api/geographicSiteManagement/v4"
)
TMF675 = Api("TMF675", "Geographic Location", "4.0.0", "/tmf-api/geographicLocation/v4")
