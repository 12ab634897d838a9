"""The interface's description: as OpenAPI for programs, and as pages for people."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import falcon

from trunkline.api.described import SCHEMAS, own_verbs
from trunkline.api.docs_page import Object, operation_rows, resource_sections, schema_sections
from trunkline.documents.decode import encode
from trunkline.documents.errors import NotFound
from trunkline.kernel.resource import Api, View, registry
from trunkline.kernel.services import Services
from trunkline.pages.assets import Assets
from trunkline.pages.rendering import Renderer
from trunkline.pages.theme import theme_of
from trunkline.rest import openapi
from trunkline.settings import Settings

FILE = "trunkline.json"
NONCE_BYTES = 18
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'nonce-{nonce}'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def describe(number: str | None = None) -> Object:
    """Return the OpenAPI document of an interface (`TMF622`), of its version (`TMF622-v5`), or all.

    Refuses 404 an unknown one.
    """
    return _document(None if number is None else _interface(number).name)


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
    """Return the interfaces that have a published resource or a verb, by number."""
    found = {one.api.number: one.api for one in registry if one.published}
    found |= {one.api.number: one.api for one in own_verbs(registry)}
    return [found[number] for number in sorted(found)]


@dataclass(frozen=True)
class Described:
    """An interface in one version: the stored one, or that of a view."""

    api: Api
    view: View | None

    @property
    def name(self) -> str:
        """Its name in addresses (`TMF622`, `TMF622-v5`)."""
        return openapi.tag(self.api, self.view)

    @property
    def version(self) -> str:
        """Its version in full (`5.0.0`)."""
        return self.view.version if self.view else self.api.version

    @property
    def base(self) -> str:
        """The path under which it is served."""
        return self.view.base if self.view else self.api.base


def described() -> list[Described]:
    """Return every interface in each of its versions, by number and version."""
    return [Described(one, view) for one in interfaces() for view in openapi.versions(one)]


def _interface(name: str) -> Described:
    for one in described():
        if one.name.lower() == name.lower():
            return one
    raise NotFound("notFound", f"there is no interface {name}; /docs lists them all")


@lru_cache(maxsize=256)
def _document(name: str | None) -> Object:
    one = None if name is None else _interface(name)
    return openapi.describe(
        registry,
        title=f"{one.api.number} {one.api.title}" if one else "Trunkline",
        version=one.version if one else version("trunkline"),
        api=one.api if one else None,
        view=one.view if one else None,
        verbs=own_verbs(registry),
        verb_schemas=SCHEMAS,
    )


@lru_cache(maxsize=256)
def _encoded(number: str | None) -> bytes:
    return encode(_document(number))


class OpenApi:
    """`/openapi.json` and `/openapi/{number}.json`: the documents for programs."""

    needs = "public"

    def on_get(self, req: falcon.Request, resp: falcon.Response, number: str = "") -> None:
        """Return the document of one interface, or of all."""
        resp.data = _encoded(_interface(number).name if number else None)
        resp.content_type = "application/json"
        resp.set_header("Access-Control-Allow-Origin", "*")


class Docs:
    """`/docs` and `/docs/{number}`: the pages for people."""

    needs = "public"

    def __init__(self, assets: Assets) -> None:
        self._renderer = Renderer(files("trunkline.api") / "templates", assets)

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
                 "views": [
                     {"name": openapi.tag(one, view), "version": view.version, "base": view.base}
                     for view in openapi.versions(one) if view
                 ]}
                for one, count in counts
            ],
            "description": document["info"]["description"],
        }  # fmt: skip
        self._answer(req, resp, "docs_index.html", values)

    def on_get_interface(self, req: falcon.Request, resp: falcon.Response, number: str) -> None:
        """Describe one interface: its operations, its records and what they hold."""
        one = _interface(number)
        document = describe(one.name)
        wanted = (req.get_param("q") or "").strip()
        values: Object = {
            "title": f"{one.api.number} {one.api.title}" + (f" {one.version}" if one.view else ""),
            "name": one.name,
            "number": one.api.number,
            "words_of": document["tags"][0]["description"],
            "description": document["info"]["description"],
            "wanted": wanted,
            "rows": operation_rows(document, wanted, one.base),
            "resources": resource_sections(document),
            "schemas": schema_sections(document),
            "parameters": list(document["components"]["parameters"].values()),
            "scopes": document["components"]["securitySchemes"]["oauth2"]["flows"][
                "clientCredentials"]["scopes"],
        }  # fmt: skip
        self._answer(req, resp, "docs_api.html", values)

    def _answer(
        self, req: falcon.Request, resp: falcon.Response, template: str, values: Object
    ) -> None:
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        own = {"theme": theme_of(req), "nonce": nonce}
        resp.text = self._renderer.html(template, values | own)
        resp.content_type = "text/html; charset=utf-8"
        resp.set_header("Content-Security-Policy", POLICY.format(nonce=nonce))


def add_routes(app: falcon.App[Any, Any], _services: Services, _settings: Settings) -> None:
    """Add the addresses of the description; they are open to everybody."""
    assets = Assets("/docs/assets", files("trunkline.api") / "assets")
    documents, pages = OpenApi(), Docs(assets)
    app.add_route("/openapi.json", documents)
    app.add_route("/openapi/{number}.json", documents)
    app.add_route("/docs", pages)
    app.add_route("/docs/{number}", pages, suffix="interface")
    app.add_route(assets.route, assets)
