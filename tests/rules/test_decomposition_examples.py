"""The worked examples of docs/algorithms/decomposition.md hold."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.rules.test_decomposition import catalog_of, installed_of, item, order_of
from trunkline.ordering.decomposition import plan
from trunkline.ordering.service_order import ServiceOrder

PAGE = Path(__file__).parents[2] / "docs" / "algorithms" / "decomposition.md"
EXAMPLE = re.compile(r"^## (?P<name>[^\n]+)\n(?P<text>.*?)(?=^## |\Z)", re.M | re.S)
BLOCK = re.compile(
    r"```json\n(?P<json>.*?)```\n\n\| step .*?\n\|[-|]+\n(?P<rows>.*?)\n(?:\n|\Z)", re.S
)


class Example(NamedTuple):
    """One example of the page: what goes in, and the table of what comes out."""

    name: str
    given: dict[str, Any]
    rows: list[tuple[str, str, tuple[str, ...]]]


def examples() -> list[Example]:
    found = []
    for section in EXAMPLE.finditer(PAGE.read_text(encoding="utf-8")):
        block = BLOCK.search(section["text"])
        if block is not None:
            rows = [_row(line) for line in block["rows"].splitlines()]
            found.append(Example(section["name"], json.loads(block["json"]), rows))
    return found


def _row(line: str) -> tuple[str, str, tuple[str, ...]]:
    key, action, needs = (cell.strip() for cell in line.strip("|").split("|"))
    return key, action, tuple(one.strip() for one in needs.split(",") if one.strip())


def _item(given: dict[str, Any]) -> dict[str, Any]:
    inside = [_item(one) for one in given.pop("inside", [])]
    if inside:
        given["productOrderItem"] = inside
    return item(given.pop("id"), given.pop("action"), given.pop("specification", None), **given)


def test_the_page_has_all_its_examples() -> None:
    assert len(examples()) == 11


@pytest.mark.parametrize("example", examples(), ids=lambda one: one.name)
def test_example(example: Example) -> None:
    given = example.given
    found = plan(
        ServiceOrder.wrap(given["serviceOrder"])
        if "serviceOrder" in given
        else order_of(*(_item(one) for one in given["items"])),
        catalog_of(**given["catalog"]),
        installed_of(**given.get("installed", {})),
    )
    assert found.faults == ()
    assert [one.specification_name for one in found.deferred] == given.get("deferred", [])
    steps = {node.key: (node.action, node.needs) for node in found.nodes}
    assert steps == {key: (action, needs) for key, action, needs in example.rows}
