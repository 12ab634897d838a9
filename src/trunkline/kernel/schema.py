"""Schemas of resources: what a stored record keeps, and the validators of all of them."""

from __future__ import annotations

from trunkline.documents.fitting import INDEXED_TEXT_MAX
from trunkline.documents.schema import Validator, object_schema
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Resource


def create_schema(resource: Resource) -> dict[str, Json]:
    """Return the schema that a stored record keeps, `$defs` included."""
    found: dict[str, Json] = {}
    schema = object_schema(resource.type, found, "#/$defs/")
    own = resource.type.attributes()
    required = [*schema.get("required", ()), *(own[name].json_name for name in resource.required)]
    if required:
        schema["required"] = list(dict.fromkeys(required))
    for one in resource.promote:
        held = schema["properties"].get(one.path, {})
        if one.index and "maxLength" in held:
            held["maxLength"] = min(held["maxLength"], INDEXED_TEXT_MAX)
    return schema | {"$defs": found}


class Validators:
    """The validators of all resources, compiled when first needed."""

    def __init__(self) -> None:
        self._compiled: dict[str, Validator] = {}

    def of(self, resource: Resource) -> Validator:
        """Return the validator of a resource."""
        found = self._compiled.get(resource.name)
        if found is None:
            found = self._compiled[resource.name] = Validator(create_schema(resource))
        return found


validators = Validators()
