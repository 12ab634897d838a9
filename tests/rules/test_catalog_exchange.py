"""Exchange: the order in which a file is stored, and which urls are read and written."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.catalog.exchange import Exchange
from trunkline.catalog.exporting import conditions
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.portable import (
    KINDS,
    Entry,
    identity_of,
    plan,
    pointed_at,
    read_entries,
    select,
    version_order,
    without,
)
from trunkline.documents.decode import encode
from trunkline.documents.errors import Invalid

PRODUCTS = KINDS["TMF620"]


def entries(**held: list[dict[str, Any]]) -> list[Entry]:
    return read_entries(encode(held), PRODUCTS)


def labels(steps: Any) -> list[str]:
    return [step.entry.raw["name"] for step in steps]


def test_what_others_refer_to_is_stored_first() -> None:
    file = entries(
        catalog=[{"id": "c", "name": "Home", "category": [{"id": "g"}]}],
        productOffering=[
            {"id": "o1", "name": "Bundle", "bundledProductOffering": [{"id": "o2"}]},
            {"id": "o2", "name": "Zebra", "productSpecification": {"id": "s"}},
        ],
        productSpecification=[{"id": "s", "name": "Fibre"}],
        category=[{"id": "g", "name": "Internet", "parentId": "r"}, {"id": "r", "name": "Root"}],
    )
    assert labels(plan(file, PRODUCTS)) == [
        "Fibre", "Root", "Internet", "Zebra", "Bundle", "Home",
    ]  # fmt: skip


def test_a_circle_is_closed_at_the_end() -> None:
    file = entries(
        category=[{"id": "g", "name": "Internet", "productOffering": [{"id": "o"}]}],
        productOffering=[{"id": "o", "name": "Fibre 1G", "category": [{"id": "g"}]}],
    )
    steps = plan(file, PRODUCTS)
    assert labels(steps) == ["Internet", "Fibre 1G", "Internet"]
    assert steps[0].leave_out == {("ProductOffering", "o")}
    assert steps[2].leave_out == frozenset()


def test_lower_versions_come_first() -> None:
    names = ["10.0", None, "2.0", "2.0.1", "2.0-beta"]
    assert sorted(names, key=version_order) == [None, "2.0", "2.0-beta", "2.0.1", "10.0"]
    file = entries(
        productSpecification=[
            {"id": one, "name": "Fibre", "version": one} for one in ("10", "9", "1.5")
        ]
    )
    assert [step.entry.source_id for step in plan(file, PRODUCTS)] == ["1.5", "9", "10"]


def test_references_are_left_out_wherever_they_stand() -> None:
    raw = {
        "name": "Bundle",
        "note": "kept",
        "productSpecification": {"id": "s"},
        "bundledProductOffering": [{"id": "o1"}, {"id": "o2", "group": "tv"}],
        "prodSpecCharValueUse": [{"name": "speed", "productSpecification": {"id": "s"}}],
    }
    ids = frozenset({("ProductSpecification", "s"), ("ProductOffering", "o1")})
    assert without(ProductOffering, raw, ids) == {
        "name": "Bundle",
        "note": "kept",
        "bundledProductOffering": [{"id": "o2", "group": "tv"}],
        "prodSpecCharValueUse": [{"name": "speed"}],
    }


@given(
    st.integers(1, 7).flatmap(
        lambda size: st.lists(
            st.lists(st.integers(0, size - 1), max_size=3, unique=True),
            min_size=size,
            max_size=size,
        )
    ),
    st.randoms(use_true_random=False),
)
def test_any_file_is_stored_whole_and_in_an_order_that_resolves(
    graph: list[list[int]], chance: random.Random
) -> None:
    raws = [
        {
            "id": f"o{index}",
            "name": f"Offer {index}",
            "bundledProductOffering": [{"id": f"o{one}"} for one in parts],
        }
        for index, parts in enumerate(graph)
    ]
    chance.shuffle(raws)
    file = entries(productOffering=raws)
    stored: set[Any] = set()
    whole: set[Any] = set()
    for step in plan(file, PRODUCTS):
        raw = without(step.entry.kind, step.entry.raw, step.leave_out)
        assert set(pointed_at(step.entry.kind, raw)) <= stored
        stored.add(identity_of(step.entry))
        if not step.leave_out:
            whole.add(identity_of(step.entry))
    assert whole == {("ProductOffering", f"o{index}") for index in range(len(graph))}


def test_a_file_is_an_object_of_lists_or_the_one_kind_that_is_asked_for() -> None:
    only, ident = select(PRODUCTS, "/tmf-api/productCatalogManagement/v4/productOffering/o1")
    assert (only, ident) == ([ProductOffering], "o1")
    assert select(PRODUCTS, None) == (list(PRODUCTS), None)
    assert select(PRODUCTS, "/tmf-api/productCatalogManagement/v4/") == (list(PRODUCTS), None)
    assert [one.where for one in read_entries(b'[{"name": "A"}]', only)] == ["productOffering[0]"]
    assert [one.label for one in read_entries(b'{"name": "A"}', only)] == ["productOffering[0] A"]
    for content in (b"[]", b'{"nothing": []}', b'{"catalog": [1]}', b"{", b"3"):
        with pytest.raises(Invalid):
            read_entries(content, PRODUCTS)
    with pytest.raises(Invalid):
        select(PRODUCTS, "/nowhere")


def test_a_query_is_a_filter() -> None:
    assert conditions("?lifecycleStatus=Active,Launched&name=Fibre%201G") == {
        "lifecycleStatus": ["Active", "Launched"],
        "name": ["Fibre 1G"],
    }
    assert conditions(None) == {}


def test_data_urls_carry_their_content() -> None:
    exchange = Exchange()
    url = exchange.write("data:", b'{"a": 1}')
    assert exchange.read(url) == b'{"a": 1}'
    assert exchange.read("data:application/json,%7B%7D") == b"{}"
    for bad in ("data:;base64,?", "data:nothing"):
        with pytest.raises(Invalid):
            exchange.read(bad)


def test_files_lie_in_the_exchange_folder(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path / "exchange")
    assert exchange.write("file:spring/catalog.json", b"{}") == "file:spring/catalog.json"
    assert exchange.read("spring/catalog.json") == b"{}"
    assert [one.name for one in (tmp_path / "exchange" / "spring").iterdir()] == ["catalog.json"]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/catalog.json",
        "http://example.com/catalog.json",
        "ftp://example.com/catalog.json",
        "file://elsewhere/catalog.json",
        "../secret.json",
        "file:///..%2Fsecret.json",
        "a/../../secret.json",
        "link/secret.json",
        "..\\secret.json",
        ".hidden",
        "missing.json",
        "",
        "/",
    ],
)
def test_nothing_outside_of_the_exchange_folder_is_read(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "exchange"
    folder.mkdir()
    (tmp_path / "secret.json").write_bytes(b"{}")
    (folder / ".hidden").write_bytes(b"{}")
    (folder / "link").symlink_to(tmp_path)
    with pytest.raises(Invalid) as refused:
        Exchange(folder).read(url)
    assert refused.value.code == "exchangeUrl"


def test_without_a_folder_only_data_urls_are_taken() -> None:
    with pytest.raises(Invalid, match="no exchange folder"):
        Exchange().read("catalog.json")
