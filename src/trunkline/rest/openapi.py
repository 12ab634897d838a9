"""OpenAPI: what the declarations say, as an OpenAPI 3.1 document of one interface or of all.

Three schemas stand for a record: what is answered (nothing but id and href is certain, for
`fields` and rights leave things out), what creates it, and what a merge patch may hold. What is
sent inside has a schema of its own (`…Input`), where an optional attribute may be null.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from trunkline.documents.decode import load
from trunkline.documents.errors import Refusal
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import Json, Shape
from trunkline.kernel.resource import Api, Operation, Registry, Resource
from trunkline.kernel.schema import create_schema, object_schema
from trunkline.rest.http import JSON_TYPE
from trunkline.rest.patching import PATCH_TYPE

Object = dict[str, Json]
PARTS, SCHEMAS = "#/components/", "#/components/schemas/"
TEXT, PATH_ID = {"type": "string"}, {"$ref": f"{PARTS}parameters/id"}
LIST_HEADERS = ("X-Total-Count", "X-Result-Count", "Content-Range", "Link")
ITEM_HEADERS = {"200": ("ETag",), "201": ("ETag", "Location")}
VERBS: dict[Operation, tuple[str, str, str, str, str]] = {
    "list": ("get", "List", "read", "fields offset limit sort after Prefer",
             "200 206 400 401 403 405 429 501 503"),
    "create": ("post", "Create", "create", "Idempotency-Key",
               "201 400 401 403 404 405 409 413 429 503"),
    "retrieve": ("get", "Retrieve", "read", "fields", "200 401 403 404 405 429 503"),
    "patch": ("patch", "Change", "update", "If-Match",
              "200 400 401 403 404 405 409 412 413 415 428 429 503"),
    "delete": ("delete", "Remove", "delete", "If-Match", "204 401 403 404 405 409 412 428 429 503"),
}  # fmt: skip


def describe(registry: Registry, *, title: str, version: str, api: Api | None = None) -> Object:
    """Return the OpenAPI document of all published resources, or of one interface's."""
    resources = [one for one in registry if one.published and api in (None, one.api)]
    resources.sort(key=lambda one: (one.api.number, one.api.base, one.path))
    apis = list(dict.fromkeys(one.api for one in resources))
    found: Object = load((files("trunkline.rest") / "openapi_frame.json").read_bytes())
    found["info"] |= {"title": title, "version": version}
    found["tags"] = [{"name": one.number, "description": _interface(one)} for one in apis]
    found["paths"] = {path: item for one in resources for path, item in _paths(one)}
    parts = found["components"]
    for one in resources:
        parts["schemas"] |= _schemas(one)
    parts["schemas"] = dict(sorted(parts["schemas"].items()))
    body = {"content": {JSON_TYPE: {"schema": {"$ref": f"{SCHEMAS}Error"}}}}
    parts["responses"] = {
        str(kind.status): {"description": kind.reason, **body} for kind in Refusal.__subclasses__()
    }
    scopes = parts["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]["scopes"]
    for api in apis:
        for _, word, verb, _, _ in VERBS.values():
            scopes[f"{api.number}:{verb}"] = f"{word} records of {api.title}"
    return found


def _interface(api: Api) -> str:
    views = "".join(f" Version {v.version} is served under `{v.base}`." for v in api.views)
    return f"{api.title}, version {api.version}, under `{api.base}`.{views}"


def _paths(resource: Resource) -> Iterator[tuple[str, Object]]:
    address = f"{resource.api.base}/{resource.path}"
    whole: tuple[Operation, ...] = ("list", "create")
    for path, names in ((address, whole), (f"{address}/{{id}}", ("retrieve", "patch", "delete"))):
        item = {VERBS[o][0]: _operation(resource, o) for o in names if o in resource.operations}
        if item:
            yield path, item if path == address else {"parameters": [PATH_ID], **item}


def _operation(resource: Resource, operation: Operation) -> Object:
    _, word, verb, parameters, statuses = VERBS[operation]
    name, number, several = resource.name, resource.api.number, operation == "list"
    found: Object = {
        "operationId": f"{operation}{name}",
        "summary": f"{resource.title}: {word.lower()}",
        "tags": [number],
        "security": [{"oauth2": [f"{number}:{verb}"]}, {"bearer": []}],
        "parameters": [{"$ref": f"{PARTS}parameters/{one}"} for one in parameters.split()],
        "responses": {one: _answer(one, name, several=several) for one in statuses.split()},
    }
    for one in resource.promote if several else ():
        about = {"description": f"Filter by {one.kind}.", "schema": TEXT}
        found["parameters"].append({"name": one.path, "in": "query", **about})
    change = dict.fromkeys((JSON_TYPE, "application/merge-patch+json"), f"{name}Change")
    bodies = {"create": {JSON_TYPE: f"{name}Create"}, "patch": {**change, PATCH_TYPE: "JsonPatch"}}
    if operation in bodies:
        content = {t: {"schema": {"$ref": SCHEMAS + b}} for t, b in bodies[operation].items()}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _answer(status: str, name: str, *, several: bool) -> Object:
    if status >= "4":
        return {"$ref": f"{PARTS}responses/{status}"}
    if status == "204":
        return {"description": "Removed"}
    one: Object = {"$ref": SCHEMAS + name}
    names = LIST_HEADERS if several else ITEM_HEADERS[status]
    return {
        "description": {"201": "Created", "206": "One page"}.get(status, "Done"),
        "headers": {header: {"$ref": f"{PARTS}headers/{header}"} for header in names},
        "content": {JSON_TYPE: {"schema": {"type": "array", "items": one} if several else one}},
    }


def _schemas(resource: Resource) -> Object:
    """Return the schemas of a record (answered, created, changed) and of all that it holds."""
    held: Object = {}
    own, lifecycle = resource.type.attributes(), resource.lifecycle
    shown: Object = object_schema(resource.type, held, SCHEMAS)["properties"]
    for schema in (*shown.values(), *(p for s in held.values() for p in s["properties"].values())):
        # Not in the declared order: typing keeps one order for all equal sets of choices.
        schema.get("items", schema).get("enum", []).sort()
    closed = {own[name].json_name for name in resource.server_sets}
    fixed = closed.union(own[name].json_name for name in resource.immutable)
    filled = closed.union(own[name].json_name for name in resource.defaults)
    filled |= {own[lifecycle.attribute].json_name} if lifecycle else set()
    required = set(create_schema(resource).get("required", ())) - filled
    words = _words(resource.type, {})
    schemas = {}
    for name, schema in held.items():
        about = {"type": "object", "description": words[name]}
        schemas[name] = about | {"properties": schema["properties"]}
        schemas[f"{name}Input"] = about | _sent(schema)
    answered = {name: TEXT | {"readOnly": True} for name in ("id", "href", "key")}
    answered |= {n: one | ({"readOnly": True} if n in closed else {}) for n, one in shown.items()}
    open_ = {name: shown[name] for name in shown if name not in closed}
    changed = {n: _changed(shown[n], nullable=n not in required) for n in shown if n not in fixed}
    text = words[resource.name] + (f"\n\n{_states(lifecycle)}" if lifecycle else "")
    created = {"type": "object", "required": sorted(required), "properties": open_}
    record = {"type": "object", "description": text, "required": ["id", "href"]}
    schemas[resource.name] = record | {"properties": answered}
    schemas[f"{resource.name}Create"] = _sent(created)
    schemas[f"{resource.name}Change"] = {"type": "object", "properties": changed}
    return schemas


def _words(shape: type[Shape], found: dict[str, str]) -> dict[str, str]:
    """Return the first sentence about a shape and each that it holds."""
    found[shape.__name__] = " ".join((shape.__doc__ or "").partition("\n\n")[0].split())
    for one in shape.attributes().values():
        if one.shape is not None and one.shape.__name__ not in found:
            _words(one.shape, found)
    return found


def _sent(schema: Object) -> Object:
    required, inner = schema.get("required", ()), schema["properties"].items()
    return schema | {"properties": {n: _input(s, nullable=n not in required) for n, s in inner}}


def _input(schema: Object, *, nullable: bool) -> Object:
    """Return the schema of a value as it is sent: null leaves out what is optional."""
    if "$ref" in schema:
        sent: Object = {"$ref": f"{schema['$ref']}Input"}
        return {"anyOf": [sent, {"type": "null"}]} if nullable else sent
    sent = dict(schema)
    if "items" in sent:
        sent["items"] = _input(sent["items"], nullable=False)
    if nullable and "type" in sent:
        sent["type"] = [sent["type"], "null"]
        sent |= {"enum": [*sent["enum"], None]} if "enum" in sent else {}
    return sent


def _changed(schema: Object, *, nullable: bool) -> Object:
    """Return the schema of a value in a merge patch: objects are merged, lists replaced."""
    if "$ref" not in schema:
        return _input(schema, nullable=nullable)
    words = f"Merged into the present {schema['$ref'].removeprefix(SCHEMAS)}."
    return {"type": ["object", "null"] if nullable else "object", "description": words}


def _states(lifecycle: Lifecycle) -> str:
    """Return in Markdown how a record moves, by the published names of its states."""
    named = lifecycle.published_state
    moves: dict[str, dict[str, None]] = {}
    for state, after in lifecycle.moves.items():
        follow = [named(one) for one in after if named(one) != named(state)]
        moves.setdefault(named(state), {}).update(dict.fromkeys(follow))
    starts = dict.fromkeys(map(named, (lifecycle.initial, *lifecycle.starts)))
    told = [f"- `{name}` → {' or '.join(after) or 'the end'}" for name, after in moves.items()]
    return "\n".join([f"Starts as {' or '.join(starts)}.", "", *told])
