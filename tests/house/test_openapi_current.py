"""The committed description of the interfaces is the one that the declarations give."""

from __future__ import annotations

from pathlib import Path

from trunkline.api.docs import describe, interfaces, openapi_text
from trunkline.documents.patch import OPERATIONS_MAX, POINTER
from trunkline.kernel.filters import OPERATORS
from trunkline.kernel.module import load_modules
from trunkline.kernel.reading import OFFSET_MAX
from trunkline.kernel.resource import registry
from trunkline.rest.idempotency import KEY_LENGTH_MAX
from trunkline.rest.query import RESERVED

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi" / "trunkline.json"

load_modules()


def test_the_committed_document_is_current() -> None:
    """Written anew by `trunkline openapi > docs/openapi/trunkline.json`."""
    told = COMMITTED.read_text(encoding="utf-8").splitlines()
    found = openapi_text().splitlines()
    differing = [(index + 1, one[:120]) for index, one in enumerate(found) if one not in set(told)]
    assert told == found, f"write it anew; first differences: {differing[:5]}"


def test_the_frame_says_what_the_code_does() -> None:
    """The numbers that stand in the frame are those of the code."""
    parts = describe()["components"]
    parameters = parts["parameters"]
    assert parameters["offset"]["schema"]["maximum"] == OFFSET_MAX
    assert parameters["Idempotency-Key"]["schema"]["maxLength"] == KEY_LENGTH_MAX
    assert parts["schemas"]["JsonPatch"]["maxItems"] == OPERATIONS_MAX
    pointer = parts["schemas"]["JsonPatch"]["items"]["properties"]["path"]["pattern"]
    assert pointer == f"^{POINTER.pattern}$"
    assert all(f"`.{one}`" in describe()["info"]["description"] for one in OPERATORS)
    queries = {name for name, one in parameters.items() if one["in"] == "query"}
    assert queries <= RESERVED


def test_every_published_resource_is_described_once() -> None:
    published = [one for one in registry if one.published]
    numbers = [one.number for one in interfaces()]
    assert len(numbers) == len(set(numbers))
    assert {one.api.number for one in published} <= set(numbers)
    names = describe()["components"]["schemas"]
    for one in published:
        assert {one.name, f"{one.name}Create", f"{one.name}Change"} <= set(names)
