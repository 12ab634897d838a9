"""Generated requests over the served OpenAPI document, fitting it and not.

None is answered by a 5xx, none hangs, what does not fit is not accepted, and answers fit.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.support import (  # bodies for resources with rules of their own
    overrides,  # noqa: F401
    overrides_above,  # noqa: F401
)
from tests.support.program import Client, Site
from tests.support.samples import address, create
from trunkline.documents.decode import encode
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import registry

schemathesis = pytest.importorskip("schemathesis")
load_modules()
BUSY_S_MAX, ANSWER_S_MAX, EXAMPLES = 120.0, 5.0, 1
READS, WRITES = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
DRAFT, WHOLE = "https://json-schema.org/draft/2020-12/schema", "urn:trunkline:openapi"


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


class Described:
    """The served document: what its operations take and answer."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.paths = document["paths"]
        whole = {"$schema": DRAFT, "components": document["components"]}
        self._registry = jsonschema_rs.Registry([(WHOLE, whole)])
        self._validators: dict[str, Any] = {}

    def misfit(self, schema: dict[str, Any], value: Any) -> str:
        """Return what of a value does not fit a schema; empty where it does."""
        text = json.dumps(schema).replace('"#/components/', f'"{WHOLE}#/components/')
        if text not in self._validators:
            made = jsonschema_rs.Draft202012Validator(json.loads(text), registry=self._registry)
            self._validators[text] = made
        errors = self._validators[text].iter_errors(value)
        return next((f"{one.instance_path} {one.message[:100]}" for one in errors), "")


def disagreement(described: Described, case: Any, answer: Any) -> str:
    """Return how an answer differs from what the document says; empty where it does not."""
    told = described.paths[case.path][case.method.lower()]
    status = str(answer.status_code)
    if status not in told["responses"]:
        return "is not a described status"
    if status >= "3":
        return ""
    body = told.get("requestBody", {}).get("content", {}).get(case.media_type)
    if body is not None and (wrong := described.misfit(body["schema"], case.body)):
        return f"was accepted: {wrong}"
    shown = told["responses"][status].get("content", {}).get("application/json")
    return described.misfit(shown["schema"], answer.json) if shown else ""


def test_no_generated_request_is_a_fault_of_ours(site: Site) -> None:
    """A request for every operation of every interface, within two minutes of processor time.

    Not of the clock: beside other tests that would be over before most operations have their turn.
    """
    document, records = served(site), names_of_records(site)
    schema, described = schemathesis.openapi.from_dict(document), Described(document)
    operations = [one.ok() for one in schema.get_all_operations()]
    assert len(operations) > 100
    codes: Counter[int] = Counter()
    wrong: list[str] = []
    reached: set[str] = set()
    began = time.process_time()

    def attack(operation: Any, ident: str | None) -> None:
        mode = WRITES if operation.method.upper() in {"POST", "PATCH"} else READS

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def run(case: Any) -> None:
            if time.process_time() - began > BUSY_S_MAX:
                return
            start = time.monotonic()
            answer = sent(site.admin, case, ident)
            codes[answer.status_code] += 1
            reached.add(operation.label)
            fault = disagreement(described, case, answer)
            if time.monotonic() - start > ANSWER_S_MAX:
                fault = "took too long"
            if fault:
                said = f"{operation.label} {answer.status_code} {fault}"
                wrong.append(f"{said}: {case.query} {case.body}")

        run()

    operations.sort(key=lambda one: (one.method.upper() == "DELETE", one.path))
    for operation in operations:
        attack(operation, records.get(operation.path.rpartition("/{")[0]))
    assert wrong == []
    assert len(reached) > 0.9 * len(operations), "the time was enough for nearly all operations"
    assert sum(count for code, count in codes.items() if code < 400) > 0
