"""Guarded addresses: none is served that does not say whose right it takes.

What the description tells of an operation counts first, then what its class says as `needs`: the
permissions of which it takes one, in a text, or one of the words below. A class that says neither,
or names a permission that there is not, stops the program at start. It is what readers, menus and
tests go by; who asks is looked at where the operation is carried out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import falcon

from trunkline.kernel.resource import Registry
from trunkline.rest.http import Endpoint
from trunkline.rest.verb import Verb

WORDS: Mapping[str, str] = {
    "signedIn": "whoever is signed in, for what is their own",
    "byRecord": "whoever has the right to the kind of record, or to the queue, that it is about",
    "public": "anybody; nothing is told of anybody",
    "ownSecret": "a sender who proves by a secret of its own who it is",
    "refused": "nobody: the method is refused",
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
RECORD_VERBS = frozenset({"read", "create", "update", "delete"})
IN_PATH = re.compile(r"{[^}]+}")
SUBSCRIBE = "subscribe"


class NotDeclared(TypeError):
    """An address that does not say whose right it takes, or says one that there is not."""


class GuardedApp(falcon.App[Any, Any]):
    """A program of addresses each of which says whose right it takes.

    `verbs` are the described operations, `own` the permissions that modules have of their own.
    """

    def __init__(
        self, registry: Registry, verbs: Iterable[Verb], own: Collection[str], **options: Any
    ) -> None:
        super().__init__(**options)
        self._known = frozenset(own) | frozenset(_of_records(registry))
        self._told = {(one.method.upper(), plain(one.address)): one.scope for one in verbs}
        self.needed: dict[tuple[str, str], str] = {}

    def add_route(self, uri_template: str, resource: object, **kwargs: Any) -> None:
        """Add an address, or fail where one of its methods does not say whose right it takes."""
        suffix = kwargs.get("suffix")
        for method in METHODS:
            name = f"on_{method.lower()}" + (f"_{suffix}" if suffix else "")
            if hasattr(resource, name):
                told = self._told.get((method, plain(uri_template)))
                self.needed[method, uri_template] = self._checked(
                    told or needs_of(resource), f"{method} {uri_template}", resource
                )
        super().add_route(uri_template, resource, **kwargs)

    def _checked(self, needs: str, where: str, resource: object) -> str:
        kind = type(resource).__qualname__
        if not needs:
            raise NotDeclared(
                f"{where} does not say whose right it takes; say so in {kind} as `needs`: "
                f"permissions such as `Thing:read`, or one of {', '.join(WORDS)}"
            )
        for one in needs.split() if needs not in WORDS else ():
            if one not in self._known:
                raise NotDeclared(f"{where}: {kind} needs {one}, which is no permission here")
        return needs


def needs_of(resource: object) -> str:
    """Return what a class says of whose right its addresses take; empty where it says nothing."""
    if isinstance(resource, Endpoint):
        return "byRecord"
    return str(getattr(resource, "needs", ""))


def plain(address: str) -> str:
    """Return an address without the names of its variable parts."""
    return IN_PATH.sub("{}", address)


def _of_records(registry: Registry) -> Iterator[str]:
    """Yield the permissions that there are on records."""
    yield "*:*"
    for one in registry:
        yield f"{one.api.number}:{SUBSCRIBE}"
        for name in (one.name, one.api.number, one.module):
            yield from (f"{name}:{verb}" for verb in RECORD_VERBS)
