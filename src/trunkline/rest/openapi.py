"""OpenAPI: what the declarations say, as an OpenAPI 3.1 document of one interface or of all.

Three schemas stand for a record: what is answered (nothing but id and href is certain, for
`fields` and rights leave things out), what creates it, and what a merge patch may hold. What is
sent inside has a schema of its own (`…Input`), where an optional attribute may be null. In another
version than the stored one all of them carry its number (`…V5`), so that one document holds both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from types import MappingProxyType

from trunkline.documents.decode import load
from trunkline.documents.errors import Refusal
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.schema import object_schema
from trunkline.documents.shape import Json, Shape
from trunkline.kernel.resource import Api, Operation, Registry, Resource, View
from trunkline.kernel.schema import create_schema
from trunkline.rest.expanding import offered
from trunkline.rest.http import JSON_TYPE
from trunkline.rest.patch_query import QUERY_TYPE
from trunkline.rest.patching import PATCH_TYPE
from trunkline.rest.taken_later import taken_later
from trunkline.rest.verb import Verb, operation, schemas_of

Object = dict[str, Json]
PARTS, SCHEMAS = "#/components/", "#/components/schemas/"
TEXT, PATH_ID = {"type": "string"}, {"$ref": f"{PARTS}parameters/id"}
REQUEST_ID = {"$ref": f"{PARTS}parameters/X-Request-Id"}
LIST_HEADERS = ("X-Total-Count", "X-Result-Count", "Content-Range", "Link")
ITEM_HEADERS = {
    "200": ("ETag",), "201": ("ETag", "Location"), "202": ("Location", "Preference-Applied"),
}  # fmt: skip
VERBS: dict[Operation, tuple[str, str, str, str, str]] = {
    "list": ("get", "List", "read", "fields offset limit sort after Prefer",
             "200 206 400 401 403 405 429 501 503"),
    "create": ("post", "Create", "create", "fields Idempotency-Key",
               "201 400 401 403 404 405 409 413 415 429 503"),
    "retrieve": ("get", "Retrieve", "read", "fields If-None-Match",
                 "200 304 400 401 403 404 405 429 503"),
    "patch": ("patch", "Change", "update", "fields If-Match",
              "200 400 401 403 404 405 409 412 413 415 428 429 503"),
    "delete": ("delete", "Remove", "delete", "If-Match",
               "204 400 401 403 404 405 409 412 428 429 503"),
}  # fmt: skip


def describe(
    registry: Registry,
    *,
    title: str,
    version: str,
    api: Api | None = None,
    view: View | None = None,
    verbs: Sequence[Verb] = (),
    verb_schemas: Mapping[str, Object] = MappingProxyType({}),
) -> Object:
    """Return the OpenAPI document of all published resources, or of one interface's version.

    `verbs` are those that no resource derives, of all interfaces.
    """
    resources = [one for one in registry if one.published and api in (None, one.api)]
    resources.sort(key=lambda one: (one.api.number, one.api.base, one.path))
    served = [(one, v) for one in resources for v in (versions(one.api) if api is None else [view])]
    own = [one for one in verbs if api is None or (one.api, one.view) == (api, view)]
    faces = [*((one.api, view) for one, view in served), *((one.api, one.view) for one in own)]
    faces = sorted(dict.fromkeys(faces), key=lambda one: tag(*one))
    found: Object = load((files("trunkline.rest") / "openapi_frame.json").read_bytes())
    found["info"] |= {"title": title, "version": version}
    found["tags"] = [{"name": tag(*one), "description": _interface(*one)} for one in faces]
    found["paths"] = {path: item for one in served for path, item in _paths(*one)}
    for verb in own:
        described = operation(verb, tag(verb.api, verb.view))
        found["paths"].setdefault(verb.address, {})[verb.method] = described
    for item in found["paths"].values():
        item["parameters"] = [*item.get("parameters", ()), REQUEST_ID]
    parts = found["components"]
    parts["schemas"] |= schemas_of(own, verb_schemas)
    for one, other in served:
        parts["schemas"] |= record_schemas(one, other)
        if later := taken_later(one):
            parts["schemas"][later[0]] = later[1]
    parts["schemas"] = dict(sorted(parts["schemas"].items()))
    body = {"content": {JSON_TYPE: {"schema": {"$ref": f"{SCHEMAS}Error"}}}}
    parts["responses"] = {
        str(kind.status): {"description": kind.reason, **body} for kind in Refusal.__subclasses__()
    }
    parts["responses"]["304"] = {"description": "Not modified"}
    scopes = parts["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]["scopes"]
    for api in dict.fromkeys(one.api for one, _ in served):
        for _, word, right, _, _ in VERBS.values():
            scopes[f"{api.number}:{right}"] = f"{word} records of {api.title}"
    for verb in own:
        scopes.setdefault(verb.scope, verb.summary)
    return found


def versions(api: Api) -> list[View | None]:
    """Return the versions of an interface that can be described; None is the stored one."""
    return [None, *(one for one in api.views if one.schemas is not None)]


def tag(api: Api, view: View | None) -> str:
    """Return the name of an interface in one version: its number, and `-v5` behind it."""
    return f"{api.number}-{view.major}" if view else api.number


def _interface(api: Api, view: View | None) -> str:
    if view is not None:
        return f"{api.title}, version {view.version}, under `{view.base}`."
    views = "".join(f" Version {v.version} is served under `{v.base}`." for v in api.views)
    return f"{api.title}, version {api.version}, under `{api.base}`.{views}"


def _name(resource: Resource, view: View | None) -> str:
    return resource.name + (view.major.upper() if view else "")


def _paths(resource: Resource, view: View | None) -> Iterator[tuple[str, Object]]:
    address = f"{view.base if view else resource.api.base}/{resource.path}"
    whole: tuple[Operation, ...] = ("list", "create")
    for path, names in ((address, whole), (f"{address}/{{id}}", ("retrieve", "patch", "delete"))):
        item = {
            VERBS[o][0]: _operation(resource, view, o) for o in names if o in resource.operations
        }
        if item:
            yield path, item if path == address else {"parameters": [PATH_ID], **item}


def _operation(resource: Resource, view: View | None, operation: Operation) -> Object:
    _, word, verb, parameters, statuses = VERBS[operation]
    name, number, several = _name(resource, view), resource.api.number, operation == "list"
    found: Object = {
        "operationId": f"{operation}{name}",
        "summary": f"{resource.title}: {word.lower()}",
        "tags": [tag(resource.api, view)],
        "security": [{"oauth2": [f"{number}:{verb}"]}, {"bearer": []}],
        "parameters": [{"$ref": f"{PARTS}parameters/{one}"} for one in parameters.split()],
        "responses": {one: _answer(one, name, several=several) for one in statuses.split()},
    }
    names = ", ".join(offered(resource)) if operation in ("list", "retrieve") else ""
    if names:
        about = {"description": f"Add to the answer: {names}.", "schema": TEXT}
        found["parameters"].append({"name": "expand", "in": "query", **about})
    for one in resource.promote if several else ():
        about = {"description": f"Filter by {one.kind}.", "schema": TEXT}
        path = view.shown(resource.name, one.path) if view else one.path
        found["parameters"].append({"name": path, "in": "query", **about})
    change = dict.fromkeys((JSON_TYPE, "application/merge-patch+json"), f"{name}Change")
    bodies = {
        "create": {JSON_TYPE: f"{name}Create"},
        "patch": {**change, PATCH_TYPE: "JsonPatch", QUERY_TYPE: "JsonPatchQuery"},
    }
    if operation in bodies:
        content = {t: {"schema": {"$ref": SCHEMAS + b}} for t, b in bodies[operation].items()}
        found["requestBody"] = {"required": True, "content": content}
    if operation == "create" and (later := taken_later(resource)):
        found["parameters"].append({"$ref": f"{PARTS}parameters/PreferLater"})
        found["responses"] |= {"202": _answer("202", later[0], several=False)}
        found["responses"] = dict(sorted(found["responses"].items()))
    return found


def _answer(status: str, name: str, *, several: bool) -> Object:
    if status >= "4" or status == "304":
        return {"$ref": f"{PARTS}responses/{status}"}
    if status == "204":
        return {"description": "Removed"}
    one: Object = {"$ref": SCHEMAS + name}
    names = LIST_HEADERS if several else ITEM_HEADERS[status]
    return {
        "description": {"201": "Created", "202": "Taken", "206": "One page"}.get(status, "Done"),
        "headers": {header: {"$ref": f"{PARTS}headers/{header}"} for header in names},
        "content": {JSON_TYPE: {"schema": {"type": "array", "items": one} if several else one}},
    }


def record_schemas(resource: Resource, view: View | None = None) -> Object:
    """Return the schemas of a record (answered, created, changed) and of all that it holds."""
    lifecycle, record = resource.lifecycle, _name(resource, view)
    held = _held(resource, view)
    shown: Object = held[record]["properties"]
    closed = _told(resource, view, resource.server_sets)
    fixed = closed | _told(resource, view, resource.immutable)
    filled = closed | _told(resource, view, resource.defaults)
    filled |= _told(resource, view, (lifecycle.attribute,) if lifecycle else ())
    needed = create_schema(resource).get("required", ())
    required = {view.shown(resource.name, one) if view else one for one in needed} - filled
    parts = [inner for one in held.values() for inner in one["properties"].values()]
    inside = {_pointed(one) for one in parts}
    schemas = {}
    for name in inside & held.keys():
        about = {"type": "object", "description": held[name]["description"]}
        schemas[name] = about | {"properties": held[name]["properties"]}
        schemas[f"{name}Input"] = about | _sent(held[name])
    answered = {name: TEXT | {"readOnly": True} for name in ("id", "href", "key")}
    answered |= {n: one | ({"readOnly": True} if n in closed else {}) for n, one in shown.items()}
    open_ = {name: shown[name] for name in shown if name not in closed}
    changed = {n: _changed(shown[n], nullable=n not in required) for n in shown if n not in fixed}
    text = held[record]["description"] + (f"\n\n{_states(lifecycle)}" if lifecycle else "")
    created = {"type": "object", "required": sorted(required), "properties": open_}
    sure = ["id", "href", "@type"] if view else ["id", "href"]
    whole = {"type": "object", "description": text, "required": sure}
    schemas[record] = whole | {"properties": answered}
    schemas[f"{record}Create"] = _sent(created)
    schemas[f"{record}Change"] = {"type": "object", "properties": changed}
    return schemas


def _told(resource: Resource, view: View | None, names: Iterable[str]) -> set[str]:
    """Return attributes, given by their Python names, as a version tells them."""
    own = resource.type.attributes()
    told = (own[name].json_name for name in names)
    return {view.shown(resource.name, one) if view else one for one in told}


def _held(resource: Resource, view: View | None) -> Object:
    """Return the schemas of a record and of every type that it holds, with words about each."""
    held: Object = {}
    if view is not None and view.schemas is not None:
        held = _numbered(view.schemas(resource.name, SCHEMAS), view.major.upper())
    else:
        held[resource.name] = object_schema(resource.type, held, SCHEMAS)
        words = _words(resource.type, {})
        held = {name: {"description": words[name]} | schema for name, schema in held.items()}
    for schema in (inner for one in held.values() for inner in one["properties"].values()):
        # Not in the declared order: typing keeps one order for all equal sets of choices.
        schema.get("items", schema).get("enum", []).sort()
    return held


def _numbered(value: Json, number: str) -> Json:
    """Return schemas under names that end in a version's number, and pointing at such."""

    def moved(inner: Json) -> Json:
        if isinstance(inner, list):
            return [moved(one) for one in inner]
        if isinstance(inner, dict):
            return {n: v + number if n == "$ref" else moved(v) for n, v in inner.items()}
        return inner

    return {name + number: moved(schema) for name, schema in value.items()}


def about(shape: type[Shape]) -> str:
    """Return the first sentence about a shape."""
    return " ".join((shape.__doc__ or "").partition("\n\n")[0].split())


def _words(shape: type[Shape], found: dict[str, str]) -> dict[str, str]:
    """Return the first sentence about a shape and each that it holds."""
    found[shape.__name__] = about(shape)
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


def _pointed(schema: Object) -> str:
    """Return the name of the schema of a value, of its elements or of what is known of it."""
    inner: Object = schema.get("items", schema)
    known: Object = next(iter(inner.get("anyOf", ())), inner)
    return str(known.get("$ref", "")).removeprefix(SCHEMAS)


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
