"""Generated requests over the served OpenAPI document: none is answered by a 5xx, none hangs."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.support import overrides  # noqa: F401 - bodies for resources with rules of their own
from tests.support.program import Client, Site
from tests.support.samples import address, create
from trunkline.documents.decode import encode
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import registry

schemathesis = pytest.importorskip("schemathesis")
load_modules()
SECONDS_MAX, ANSWER_S_MAX, EXAMPLES = 55.0, 5.0, 3


def served(site: Site) -> dict[str, Any]:
    answer = site.app.simulate_get("/openapi.json")
    if answer.status_code == 404:
        pytest.skip("no /openapi.json is served")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json
    return document


def names_of_records(site: Site) -> dict[str, str]:
    """Return the id of a record for each collection's address, so that items are reached too."""
    return {
        address(one): create(one, site.admin)["id"]
        for one in registry
        if one.published and "create" in one.operations
    }


def sent(client: Client, case: Any, ident: str | None) -> Any:
    """Send one generated request; a known id takes the place of the generated one."""
    parameters = {
        name: quote(ident or str(value), safe="")
        for name, value in (case.path_parameters or {}).items()
    }
    options: dict[str, Any] = {
        "query_string": urlencode(case.query or {}, doseq=True, errors="replace"),
        "headers": {
            name: str(value).encode("latin-1", "replace").decode("latin-1")
            for name, value in (case.headers or {}).items()
            if name.lower() not in {"authorization", "content-length"}
        },
    }
    if isinstance(case.body, (dict, list, str, int, float, bool)) or case.body is None:
        options["body"] = encode(case.body)
        options["headers"]["Content-Type"] = case.media_type or "application/json"
    return client.call(case.method, case.path.format(**parameters), **options)


def test_no_generated_request_is_a_fault_of_ours(site: Site) -> None:
    """A few requests for every operation of every interface, within a minute."""
    document, records = served(site), names_of_records(site)
    schema = schemathesis.openapi.from_dict(document)
    operations = [one.ok() for one in schema.get_all_operations()]
    assert len(operations) > 100
    codes: Counter[int] = Counter()
    wrong: list[str] = []
    reached: set[str] = set()
    began = time.monotonic()

    def attack(operation: Any, ident: str | None) -> None:
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def run(case: Any) -> None:
            if time.monotonic() - began > SECONDS_MAX:
                return
            start = time.monotonic()
            answer = sent(site.admin, case, ident)
            codes[answer.status_code] += 1
            reached.add(operation.label)
            if answer.status_code in {500, 502, 504} or time.monotonic() - start > ANSWER_S_MAX:
                wrong.append(f"{operation.label} {answer.status_code}: {case.query} {case.body}")

        run()

    operations.sort(key=lambda one: (one.method.upper() == "DELETE", one.path))
    for operation in operations:
        attack(operation, records.get(operation.path.rpartition("/{")[0]))
    assert wrong == []
    assert len(reached) > len(operations) // 2, "the minute was enough for most operations"
    assert sum(count for code, count in codes.items() if code < 400) > 0
