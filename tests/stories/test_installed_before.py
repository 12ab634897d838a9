"""What customers have is looked up, listed page by page, and kept by hand where it must be."""

from __future__ import annotations

import pytest

from tests.support.operator import PRODUCT, Operator


@pytest.mark.accepts("INV-05")
def test_products_are_filtered_made_corrected_and_removed(operator: Operator) -> None:
    """Lists by customer, place and status; a product of an older system is entered, corrected
    and, entered by mistake, removed again."""
    company = operator.company("Nordhaven", "Eastmere")
    other = operator.ada()
    first, second = (company.has(company.add("1", "Wholesale Access", at=n)) for n in (0, 1))
    other.has(other.fibre("1"))
    company.has(company.change("1", "suspend", second.product()["id"]))

    def found(**filters: str) -> set[str]:
        return {one["id"] for one in operator.find(PRODUCT, **filters)}

    ids = [one.product()["id"] for one in (first, second)]
    assert found(relatedParty__id=company.id) == set(ids)
    assert found(place__id=company.places[0]) == {ids[0]}
    assert found(relatedParty__id=company.id, status="suspended") == {ids[1]}
    assert found(relatedParty__id=company.id, status="active", place__id=company.places[1]) == set()

    body = {"name": "ISDN line of 1998", "status": "active", "isCustomerVisible": True,
            "relatedParty": [{"id": company.id, "role": "customer"}]}  # fmt: skip
    made = operator.make(PRODUCT, body)
    address = f"{PRODUCT}/{made['id']}"
    corrected = operator.staff.patch(address, {"description": "at the back door"})
    assert (corrected.status_code, corrected.json["description"]) == (200, "at the back door")
    assert operator.read(PRODUCT, made["id"])["name"] == "ISDN line of 1998"
    assert operator.staff.delete(address).status_code == 204
    assert operator.staff.get(address).status_code == 404


@pytest.mark.accepts("API-02")
def test_a_long_list_comes_in_pages(operator: Operator) -> None:
    """A part is answered with 206, where it lies and links to the others; a whole with 200."""
    ada = operator.ada()
    ada.has(*(ada.add(str(n), "Mobile S", at=None) for n in range(1, 6)))
    query = f"relatedParty.id={ada.id}"
    seen: list[str] = []
    for offset, rest, status in ((0, "items 0-1/5", 206), (2, "items 2-3/5", 206),
                                 (4, "items 4-4/5", 206)):  # fmt: skip
        page = operator.staff.get(PRODUCT, query_string=f"{query}&offset={offset}&limit=2")
        assert (page.status_code, page.headers["content-range"]) == (status, rest)
        assert page.headers["x-total-count"] == "5"
        links = page.headers["link"]
        assert 'rel="first"' in links
        assert 'rel="last"' in links
        assert ('rel="next"' in links) == (offset < 4)
        assert ('rel="prev' in links) == (offset > 0)
        seen += [one["id"] for one in page.json]
    assert len(set(seen)) == 5
    whole = operator.staff.get(PRODUCT, query_string=query)
    assert (whole.status_code, len(whole.json)) == (200, 5)
    assert whole.headers["x-total-count"] == "5"
