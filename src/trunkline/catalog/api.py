"""The published interfaces of the catalog: products, services and resources."""

from __future__ import annotations

from trunkline.kernel.resource import Api

TMF620 = Api(
    number="TMF620",
    title="Product Catalog Management",
    version="4.1.0",
    base="/tmf-api/productCatalogManagement/v4",
)
TMF633 = Api(
    number="TMF633",
    title="Service Catalog Management",
    version="4.0.0",
    base="/tmf-api/serviceCatalogManagement/v4",
)
TMF634 = Api(
    number="TMF634",
    title="Resource Catalog Management",
    version="4.1.0",
    base="/tmf-api/resourceCatalog/v4",
)
