"""Spheres of customers: what tells by whom a customer's records may be seen.

The kind of customer and its line of business are there from the beginning, so that an agent may be
one for consumers only, for companies only or for wholesale only. Teams, territories, brands,
partners and tags are named by the operator.
"""

from __future__ import annotations

from trunkline.governance.spheres.shipped import ship_sphere
from trunkline.governance.spheres.sphere import telling
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization

telling(Customer, Individual, Organization)
ship_sphere(
    "customerType",
    {
        "name": "Kind of customer",
        "description": "Consumer, company, wholesale or household, as the customer says.",
        "source": [{"recordType": "Customer", "path": "customerType"}],
        "translation": [
            {"language": "de", "name": "Art des Kunden"},
            {"language": "ar", "name": "نوع العميل"},
        ],
    },
)
ship_sphere(
    "lineOfBusiness",
    {
        "name": "Line of business",
        "description": "Retail or wholesale, as the customer says.",
        "source": [{"recordType": "Customer", "path": "lineOfBusiness"}],
        "translation": [
            {"language": "de", "name": "Geschäftsfeld"},
            {"language": "ar", "name": "مجال العمل"},
        ],
    },
)
