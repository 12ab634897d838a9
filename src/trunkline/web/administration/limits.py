"""Limits on the pages: dimensions with their names, what a form says of them, limits in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from trunkline.documents.limits import OWN, Limits, listed, values_of
from trunkline.governance.configured import configured_at
from trunkline.kernel.services import Services
from trunkline.web.forms import Form

NAMES = "select p_code, p_name from sphere order by p_name"


class Dimensions(dict[str, str]):
    """What the dimensions are called, by code, in the order of their names."""


def dimensions(services: Services, connection: Any, generation: int) -> Dimensions:
    """Return the dimensions that there are, read once as of each configuration."""

    def read(connection: Any) -> Dimensions:
        return Dimensions(connection.execute(NAMES).fetchall())

    return configured_at(services, connection, generation, Dimensions, read)


def in_words(limits: Limits, names: Mapping[str, str]) -> list[list[dict[str, Any]]]:
    """Return limits as the templates say them: for each its dimensions, with their values."""
    return [said(one, names) for one in listed(limits)]


def said(spheres: Iterable[str], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return spheres by dimension, with the name of each and its values."""
    return [
        {
            "code": code,
            "name": names.get(code, code),
            "values": [value for one in sorted(found) if (value := one[len(code) + 1 :]) != OWN],
            "own": f"{code}:{OWN}" in found,
        }
        for code, found in values_of(frozenset(spheres)).items()
    ]


def asked(names: Mapping[str, str], spheres: Collection[str]) -> list[dict[str, Any]]:
    """Return the fields of a form that asks for spheres, filled with those that there are."""
    held = {one["code"]: one for one in said(spheres, names)}
    return [
        {
            "code": code,
            "name": name,
            "value": ", ".join(held[code]["values"]) if code in held else "",
            "own": code in held and held[code]["own"],
        }
        for code, name in {**names, **{one: one for one in held if one not in names}}.items()
    ]


def chosen(form: Form, codes: Iterable[str]) -> Sequence[str]:
    """Return the spheres that a form says: values with commas between, and the own ones."""
    found = []
    for code in codes:
        found += [f"{code}:{one.strip()}" for one in form.text(f"limit-{code}").split(",")
                  if one.strip()]  # fmt: skip
        if form.text(f"own-{code}"):
            found.append(f"{code}:{OWN}")
    return found
