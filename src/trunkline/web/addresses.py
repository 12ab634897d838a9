"""Addresses: where the pages of a resource and of a record are."""

from __future__ import annotations

from collections import Counter
from urllib.parse import quote

from trunkline.kernel.references import KEY, UUID
from trunkline.kernel.resource import Registry, Resource

OWN_PAGES = {
    "ProductOrder": "/order/",
    "ServiceOrder": "/service-order/",
    "ResourceOrder": "/resource-order/",
    "Customer": "/customer/",
    "Fallout": "/fallout/",
    "ProductOfferingQualification": "/qualify/",
    "ShoppingCart": "/cart/",
    "GeographicSite": "/places/site/",
    "GeographicAddress": "/places/address/",
    "Catalog": "/catalog/catalog/",
    "Category": "/catalog/category/",
    "ProductOffering": "/catalog/productOffering/",
    "ProductOfferingPrice": "/catalog/productOfferingPrice/",
    "ProductSpecification": "/catalog/productSpecification/",
    "ServiceSpecification": "/catalog/serviceSpecification/",
    "ResourceSpecification": "/catalog/resourceSpecification/",
    "ResourcePool": "/pools/",
    "BillRun": "/bill-runs/",
    "OwnershipTransfer": "/transfer/",
    "SalesOpportunity": "/opportunities/",
    "Quote": "/quote/",
    "ErasureRequest": "/erasure/",
}
VERSIONS = {
    "Product": "/installed/product/",
    "Service": "/installed/service/",
    "Resource": "/installed/resource/",
}
"""Pages that show what a record is, what is pending, and what it was."""
BESIDE = {
    "WorkOrder": "/visits/",
    "CustomerBill": "/bills/",
    "Contract": "/contract/",
    "Agreement": "/agreements/",
    "SalesLead": "/leads/",
    "Product": "/changes/product/",
}
"""Pages beside those above on which something is done about a record."""


class Addresses:
    """Names each published resource in addresses: by its path, or by its own name where two
    resources of different interfaces have the same path."""

    def __init__(self, registry: Registry) -> None:
        published = [one for one in registry if one.published]
        used = Counter(one.path for one in published)
        self._by_segment: dict[str, Resource] = {}
        self._segment: dict[str, str] = {}
        for one in published:
            own = one.name[:1].lower() + one.name[1:]
            segment = one.path if used[one.path] == 1 else own
            self._by_segment[segment] = one
            self._segment[one.name] = segment
        self._by_page = {f"/r/{segment}": one for segment, one in self._by_segment.items()}
        for pages in (OWN_PAGES, VERSIONS, BESIDE):
            for name, prefix in pages.items():
                if name in self._segment:
                    self._by_page[prefix.rstrip("/")] = self._by_segment[self._segment[name]]

    def resource(self, segment: str) -> Resource | None:
        """Return the resource that a part of an address names."""
        return self._by_segment.get(segment)

    def has(self, resource: Resource) -> bool:
        """Tell whether a resource has pages."""
        return resource.name in self._segment

    def of_list(self, resource: Resource) -> str:
        """Return the address of a resource's list."""
        return f"/r/{self._segment[resource.name]}"

    def of_facts(self, resource: Resource, key: str) -> str:
        """Return the address of the page with all facts of a record."""
        return f"{self.of_list(resource)}/{quote(key, safe='')}"

    def of_record(self, resource: Resource, key: str) -> str:
        """Return the address of a record: the page made for its kind, else its facts."""
        own = OWN_PAGES.get(resource.name)
        return own + quote(key, safe="") if own else self.of_facts(resource, key)

    def of_versions(self, resource: Resource, key: str) -> str:
        """Return the address of a record's versions; empty where its kind has no such page."""
        own = VERSIONS.get(resource.name)
        return own + quote(key, safe="") if own else ""

    def behind(self, path: str) -> tuple[Resource, str] | None:
        """Return the kind and the key or id of the record that a page is about; None for others."""
        parts = path.split("/")
        for at in range(2, min(4, len(parts))):
            resource, ident = self._by_page.get("/".join(parts[:at])), parts[at]
            if resource is not None and (KEY.fullmatch(ident) or UUID.match(ident)):
                return resource, ident
        return None
