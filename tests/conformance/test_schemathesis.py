"""Generated requests over the served OpenAPI document, fitting it and not.

None is answered by a 5xx, none hangs, what does not fit is not accepted, and answers fit.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.support import (  # bodies for resources with rules of their own
    overrides,  # noqa: F401
    overrides_above,  # noqa: F401
)
from tests.support.fitting import Fitting, mended
from tests.support.program import Client, Site
from tests.support.samples import address, body_for, create_from
from trunkline.documents.decode import encode
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, View, registry

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


@dataclass
class Known:
    """A record that there is of a kind: its id, and the body that made it."""

    resource: Resource
    id: str
    body: dict[str, Any]


@pytest.fixture(scope="module")
def known(site: Site) -> list[Known]:
    """One record of each kind that can be created, so that items are reached too."""
    made = []
    for one in registry:
        if one.published and "create" in one.operations:
            body = body_for(one, site.admin)
            made.append(Known(one, create_from(one, site.admin, deepcopy(body))["id"], body))
    return made


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


def test_no_generated_request_is_a_fault_of_ours(site: Site, known: list[Known]) -> None:
    """A request for every operation of every interface, within two minutes of processor time.

    Not of the clock: beside other tests that would be over before most operations have their turn.
    """
    document, records = served(site), {address(one.resource): one.id for one in known}
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


TRIES_MAX = 5
FRESH_MAX = 2


@dataclass
class Sent:
    """A request that fits, as a generated case says it."""

    method: str
    path: str
    body: Any
    media_type: str = "application/json"
    query: str = ""


class Writing:
    """Sends bodies that fit, and holds what comes of them against the description."""

    def __init__(self, site: Site, document: dict[str, Any], known: list[Known]) -> None:
        self.client, self.described = site.admin, Described(document)
        self.fitting = Fitting(
            document["components"]["schemas"], {one.resource.name: one.id for one in known}
        )
        self.wrong: list[str] = []
        self.beyond: dict[str, int] = {}

    def send(self, case: Sent, ident: str = "") -> Any:
        """Send a request and note what is wrong with the answer to it."""
        path = case.path.replace("{id}", ident)
        answer = self.client.call(case.method, path, case.body)
        if fault := disagreement(self.described, case, answer):
            said = f"{case.method} {case.path} {answer.status_code} {fault}"
            self.wrong.append(f"{said}: {case.body}")
        return answer

    def create(self, one: Known) -> str:
        """Create another record, with as much generated as its rules let in; return its id."""
        path, name = address(one.resource), f"{one.resource.name}Create"
        sample = deepcopy(one.body)
        body, times = self.fitting.body(name, one.resource.type) | sample, 0
        while (answer := self.send(Sent("POST", path, body))).status_code != 201:
            better = mended(body, sample, answer.json)
            if better == body:  # what is wrong is in the sample, which was sent before
                assert times < FRESH_MAX, (one.resource.name, answer.json)
                sample, times = body_for(one.resource, self.client), times + 1
                better = body | sample if times == 1 else deepcopy(sample)
            body = better
        self.beyond[one.resource.name] = len(body.keys() - one.body.keys())
        return str(answer.json["id"])

    def change(self, one: Known, ident: str) -> bool:
        """Change a record by a patch that fits; return whether one was accepted."""
        path, name = f"{address(one.resource)}/{{id}}", f"{one.resource.name}Change"
        body = self.fitting.body(name, one.resource.type)
        body = {key: value for key, value in body.items() if key not in one.body}
        for _ in range(TRIES_MAX):
            answer = self.send(Sent("PATCH", path, body), ident)
            if answer.status_code == 200 and body:
                return True
            # What is missing, or was there before, is named as well: less may go then.
            body = mended(body, {}, answer.json) or dict(list(body.items())[: len(body) // 2])
        return False

    def in_version(self, one: Known, view: View) -> None:
        """Create, change and read a record in another version than the stored one."""
        path = f"{view.base}/{one.resource.path}"
        body = view.outward(one.resource.name, body_for(one.resource, self.client))
        made = self.send(Sent("POST", path, body | {"description": "As it fits"}))
        assert made.status_code == 201, made.json
        item, words = f"{path}/{{id}}", "As it fits"
        if "patch" in one.resource.operations:
            words = "Otherwise"
            self.send(Sent("PATCH", item, {"description": words}), made.json["id"])
        assert self.send(Sent("GET", item, None), made.json["id"]).json["description"] == words

    def read(self, one: Known, ident: str) -> None:
        """Read a record back."""
        if "retrieve" in one.resource.operations:
            answer = self.send(Sent("GET", f"{address(one.resource)}/{{id}}", None), ident)
            assert answer.status_code == 200, answer.json


def entitle(writing: Writing, site: Site) -> None:
    """Do so with roles and permissions, which are declared and kept elsewhere."""
    site.unentitled()
    can = {"function": "Customer", "action": "read", "reach": "all"}
    given = {"assetUserRole": [{"userRole": {"id": "fitting"}}]}
    for kind, body, change in (
        ("UserRole", {"involvementRole": "Fitting", "entitlement": [can]}, {"description": "Fits"}),
        ("Permission", {"user": {"id": "bob"}, "validFor": {}} | given, {"assetUserRole": []}),
    ):
        path = address(registry[kind])
        made = writing.send(Sent("POST", path, body))
        assert made.status_code == 201, made.json
        for method, sent in (("PATCH", change), ("GET", None)):
            answer = writing.send(Sent(method, f"{path}/{{id}}", sent), made.json["id"])
            assert answer.status_code == 200, answer.json


def test_requests_that_fit_are_accepted_and_read_back(site: Site, known: list[Known]) -> None:
    """Bodies made by the description, with records that there are, create a record of every kind
    that can be created and change most; each answer and what is read back fits what is described.
    """
    writing = Writing(site, served(site), known)
    changed, cannot = [], []
    for one in sorted(known, key=lambda one: one.resource.api.base.startswith("/api/")):
        ident = writing.create(one)
        if "patch" in one.resource.operations:
            (changed if writing.change(one, ident) else cannot).append(one.resource.name)
        writing.read(one, ident)
        for view in one.resource.api.views:
            writing.in_version(one, view)
    entitle(writing, site)
    assert writing.wrong == []
    assert writing.beyond.keys() == {one.resource.name for one in known}
    generated = [count for count in writing.beyond.values() if count]
    assert len(generated) > 0.9 * len(known), writing.beyond
    assert sum(generated) > 6 * len(known), "of attributes that nobody had to send, a fair part"
    assert len(changed) > 0.9 * (len(changed) + len(cannot)), cannot
