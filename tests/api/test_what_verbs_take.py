"""Verbs take what they are described to take, and name what they do not."""

from __future__ import annotations

from tests.support.program import Site
from trunkline.api.app import SCHEMAS, own_verbs
from trunkline.kernel.resource import registry
from trunkline.rest.verb import IN_PATH, Verb

NOBODY = "01890000-0000-7000-8000-000000000000"


def closed(verb: Verb) -> bool:
    """Tell whether a verb takes an object of its own, with none but its own attributes."""
    schema = SCHEMAS.get(verb.takes or "")
    is_own = verb.method == "post" and verb.address.startswith("/api/")
    return is_own and schema is not None and not schema.get("additionalProperties")


def test_what_a_verb_does_not_take_is_named(site: Site) -> None:
    """An attribute that nobody described, perhaps misspelled, is refused by its name, at each
    address of our own, and nothing is done."""
    verbs = [one for one in own_verbs(registry) if closed(one)]
    assert len(verbs) > 100
    silent = []
    for verb in verbs:
        answer = site.admin.post(IN_PATH.sub(NOBODY, verb.address), {"surprise": "?"})
        faults = {(one["code"], one["path"]) for one in answer.json.get("fault", [])}
        if (answer.status_code, ("unknownAttribute", "surprise") in faults) != (400, True):
            silent.append(f"{verb.address}: {answer.status_code} {faults or answer.json['code']}")
    assert not silent, "\n".join(silent)
