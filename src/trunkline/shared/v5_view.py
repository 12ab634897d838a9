"""The v5 view of an interface: the rules that all interfaces share, and those of its own."""

from __future__ import annotations

from collections.abc import Mapping

from trunkline.kernel.resource import View
from trunkline.shared.v5_converter import Converter, Rule
from trunkline.shared.v5_parts import MEDIUM, PARTY, characteristic_type, medium_type, nested

SHARED_RULES: dict[str, Rule] = {
    "RelatedParty": Rule("RelatedPartyRefOrPartyRoleRef", (PARTY,), ("RelatedParty",)),
    "RelatedChannel": Rule("RelatedChannel", (nested("channel", lambda _: "ChannelRef"),)),
    "RelatedPlaceRefOrValue": Rule(
        "RelatedPlaceRefOrValue", (nested("place", lambda _: "PlaceRef"),)
    ),
    "Characteristic": Rule(characteristic_type),
    "ContactMedium": Rule(medium_type, (MEDIUM,)),
    "MediumCharacteristic": Rule(None),
    "TimePeriod": Rule(None),
    "TargetProductSchema": Rule(None),
}
"""What is the same in every interface: related parties, channels, places, characteristics."""


def v5_view(
    *,
    version: str,
    base: str,
    rules: Mapping[str, Rule],
    events: Mapping[str, str] | None = None,
) -> View:
    """Return the v5 view of an interface.

    `rules` go by the name of a shape, or by `Shape.attribute` for one place of it, and come before
    those that all interfaces share; types without a rule only get their `@type`. `events` renames
    events.
    """
    renamed_events = dict(events or {})
    converter = Converter({**SHARED_RULES, **rules})
    return View(
        version,
        base,
        converter.outward,
        converter.inward,
        converter.path,
        lambda name: renamed_events.get(name, name),
        shown=converter.shown,
        word=converter.word,
        ask=converter.ask,
        schemas=converter.schemas,
    )
