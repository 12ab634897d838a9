"""Generated documents: the map of what happens when, and the interface as OpenAPI."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Annotated

import typer

from trunkline.documents.decode import encode
from trunkline.kernel.behaviour import Reaction
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Registry, Resource, registry

HEAD = """\
# Map: what there is, what is checked, and what happens next

Written by `make map` from the declarations; do not edit.
"""


def print_map() -> None:
    """Print every resource with its rules and reactions, as Markdown."""
    load_modules()
    sys.stdout.write("\n".join(map_lines(registry)) + "\n")


def openapi(
    number: Annotated[
        str,
        typer.Argument(metavar="[API]", help="One API, such as TMF622; all where none is given."),
    ] = "",
) -> None:
    """Print the description of the interface as OpenAPI 3.1."""
    from trunkline.api.docs import describe, openapi_text

    load_modules()
    text = encode(describe(number)).decode() + "\n" if number else openapi_text()
    sys.stdout.write(text)


def map_lines(declared: Registry) -> Iterator[str]:
    """Yield the lines of the map, the same for the same declarations."""
    yield HEAD
    modules = sorted({one.module for one in declared})
    for module in modules:
        yield f"## {module}\n"
        for resource in sorted(declared, key=lambda one: one.name):
            if resource.module == module:
                yield from _resource_lines(declared, resource)
    if declared.rules.get(""):
        yield "## Every kind of record\n"
        yield from _rule_lines(declared, "")
        yield ""
    if declared.handlers:
        yield "## Other work\n"
        for kind, handler in sorted(declared.handlers.items()):
            yield f"- `{kind}`: {_summary(handler)} (`{_name(handler)}`)"
        yield ""


def _resource_lines(declared: Registry, resource: Resource) -> Iterator[str]:
    yield f"### {resource.name}\n"
    where = f"`{resource.api.base}/{resource.path}`, {resource.api.number}"
    yield f"{where}, keys `{resource.prefix}…`: {', '.join(resource.operations)}.\n"
    if resource.lifecycle is not None:
        for state, after in resource.lifecycle.moves.items():
            told = resource.lifecycle.published_state(state)
            outside = f" (outside `{told}`)" if told != state else ""
            yield f"- state `{state}`{outside} → {', '.join(map('`{}`'.format, after)) or 'final'}"
    completions = (one for one, _ in declared.completions.get(resource.name, ()))
    for completion in sorted(completions, key=_name):
        yield f"- filled in: {_summary(completion)} (`{_name(completion)}`)"
    yield from _rule_lines(declared, resource.name)
    for event, reaction in _reactions(declared, resource):
        yield f"- on `{event}`: {reaction.summary} (`{reaction.name}`)"
    yield ""


def _rule_lines(declared: Registry, kind: str) -> Iterator[str]:
    for rule in sorted(declared.rules.get(kind, ()), key=lambda one: _name(one.check)):
        when = "before removal" if rule.deleting else "rule"
        yield f"- {when}: {_summary(rule.check)} (`{_name(rule.check)}`)"


def _reactions(declared: Registry, resource: Resource) -> list[tuple[str, Reaction]]:
    found = [
        (event.name, reaction)
        for reaction in declared.reactions
        for event in reaction.events
        if event.resource is resource
    ]
    return sorted(found, key=lambda one: (one[0], one[1].name))


def _summary(function: Callable[..., object]) -> str:
    return (function.__doc__ or function.__name__.replace("_", " ")).strip().split("\n")[0]


def _name(function: Callable[..., object]) -> str:
    return f"{function.__module__.removeprefix('trunkline.')}.{function.__name__}"
