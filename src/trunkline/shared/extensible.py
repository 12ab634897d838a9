"""What every TM Forum object may say about its own type, so that it can be extended."""

from __future__ import annotations

from trunkline.documents.shape import Shape


class Extensible(Shape):
    """A shape that may name its sub-class, its super-class and the schema that extends it."""

    type_: str | None = None
    base_type: str | None = None
    schema_location: str | None = None
