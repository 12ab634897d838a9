"""The interface's description: as OpenAPI for programs, and as pages for people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import falcon
import minijinja

from trunkline.api.docs_page import Object, operation_rows, resource_sections, schema_sections
from trunkline.documents.decode import encode
from trunkline.documents.errors import NotFound
from trunkline.kernel.resource import Api, registry
from trunkline.kernel.services import Services
from trunkline.rest import openapi
from trunkline.settings import Settings

FILE = "trunkline.json"
MEDIA_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def describe(number: str | None = None) -> Object:
    """Return the OpenAPI document of one interface, or of all; refuses 404 an unknown one."""
    return _document(None if number is None else _interface(number).number)


def write_openapi(folder: Path) -> Path:
    """Write the OpenAPI document of all interfaces into a folder and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    path.write_text(openapi_text(), encoding="utf-8")
    return path


def openapi_text() -> str:
    """Return the OpenAPI document of all interfaces, a line for each path and each part of it."""
    return "\n".join(_lines(describe(), 2)) + "\n"


def _lines(value: Any, depth: int, start: str = "") -> Iterator[str]:
    """Yield JSON with a line for each member, down to a depth."""
    if not isinstance(value, dict) or not depth:
        yield start + json.dumps(value, ensure_ascii=False)
        return
    yield start + "{"
    for index, (name, inner) in enumerate(value.items(), start=1):
        deeper = depth if name == "components" else depth - 1
        lines = list(_lines(inner, deeper, f"{json.dumps(name, ensure_ascii=False)}: "))
        yield from lines[:-1]
        yield lines[-1] + ("," if index < len(value) else "")
    yield "}"


def interfaces() -> list[Api]:
    """Return the interfaces that have a published resource, by number."""
    found = {one.api.number: one.api for one in registry if one.published}
    return [found[number] for number in sorted(found)]


def _interface(number: str) -> Api:
    for one in interfaces():
        if one.number.lower() == number.lower():
            return one
    raise NotFound("notFound", f"there is no interface {number}; /docs lists them all")


@lru_cache(maxsize=256)
def _document(number: str | None) -> Object:
    api = None if number is None else _interface(number)
    return openapi.describe(
        registry,
        title=f"{api.number} {api.title}" if api else "Trunkline",
        version=api.version if api else version("trunkline"),
        api=api,
    )


@lru_cache(maxsize=256)
def _encoded(number: str | None) -> bytes:
    return encode(_document(number))


class OpenApi:
    """`/openapi.json` and `/openapi/{number}.json`: the documents for programs."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, number: str = "") -> None:
        """Return the document of one interface, or of all."""
        resp.data = _encoded(_interface(number).number if number else None)
        resp.content_type = "application/json"
        resp.set_header("Access-Control-Allow-Origin", "*")


class Docs:
    """`/docs` and `/docs/{number}`: the pages for people."""

    def __init__(self) -> None:
        folder = files("trunkline.api") / "templates"
        self._environment: Any = minijinja.Environment(
            templates={one.name: one.read_text(encoding="utf-8") for one in folder.iterdir()},
            debug=False,
            undefined_behavior="strict",
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the interfaces, and the operations that a search finds in any of them."""
        wanted = (req.get_param("q") or "").strip()
        document = describe()
        rows = operation_rows(document, wanted) if wanted else []
        counts = [(one, len(operation_rows(describe(one.number)))) for one in interfaces()]
        values: Object = {
            "title": "The interfaces of Trunkline",
            "wanted": wanted,
            "rows": rows,
            "interfaces": [
                {"number": one.number, "title": one.title, "version": one.version,
                 "base": one.base, "operations": count,
                 "views": [{"version": view.version, "base": view.base} for view in one.views]}
                for one, count in counts
            ],
            "description": document["info"]["description"],
        }  # fmt: skip
        self._answer(resp, "docs_index.html", values)

    def on_get_interface(self, req: falcon.Request, resp: falcon.Response, number: str) -> None:
        """Describe one interface: its operations, its records and what they hold."""
        api = _interface(number)
        document = describe(api.number)
        wanted = (req.get_param("q") or "").strip()
        values: Object = {
            "title": f"{api.number} {api.title}",
            "number": api.number,
            "words_of": document["tags"][0]["description"],
            "description": document["info"]["description"],
            "wanted": wanted,
            "rows": operation_rows(document, wanted, api.base),
            "resources": resource_sections(document),
            "schemas": schema_sections(document),
            "parameters": list(document["components"]["parameters"].values()),
            "scopes": document["components"]["securitySchemes"]["oauth2"]["flows"][
                "clientCredentials"]["scopes"],
        }  # fmt: skip
        self._answer(resp, "docs_api.html", values)

    def _answer(self, resp: falcon.Response, template: str, values: Object) -> None:
        resp.text = self._environment.render_template(template, **values)
        resp.content_type = "text/html; charset=utf-8"
        resp.set_header("Content-Security-Policy", POLICY)


class DocsAssets:
    """`/docs/assets/{name}`: the pages' style and script."""

    def __init__(self) -> None:
        folder = files("trunkline.api") / "assets"
        self._assets = {one.name: one.read_bytes() for one in folder.iterdir()}

    def on_get(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """Serve a file of the package."""
        content = self._assets.get(name)
        if content is None:
            raise NotFound("notFound", f"there is no file {name}")
        resp.data = content
        resp.content_type = MEDIA_TYPES[name.rpartition(".")[2]]
        resp.set_header("Cache-Control", "public, max-age=300")


def add_routes(app: falcon.App[Any, Any], _services: Services, _settings: Settings) -> None:
    """Add the addresses of the description; they are open to everybody."""
    documents, pages = OpenApi(), Docs()
    app.add_route("/openapi.json", documents)
    app.add_route("/openapi/{number}.json", documents)
    app.add_route("/docs", pages)
    app.add_route("/docs/{number}", pages, suffix="interface")
    app.add_route("/docs/assets/{name}", DocsAssets())
