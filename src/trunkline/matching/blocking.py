"""Blocking: keys of which duplicates share at least one, so that few pairs have to be compared.

A key is the keyed hash of normalised values: it tells nothing to who has not the installation's
secret, and equal values have equal keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from trunkline.matching.features import Features
from trunkline.matching.normalise import sound


def terms(one: Features) -> Iterator[str]:
    """Yield the normalised values under which a person or a company is looked for."""
    for identifier in one.identifiers:
        yield f"number|{identifier.sort}|{identifier.number}"
    for email in one.emails:
        yield f"mail|{email}"
    for phone in one.phones:
        yield f"phone|{phone[-9:]}"
    yield from _person_terms(one) if one.kind == "person" else _company_terms(one)


def _person_terms(one: Features) -> Iterator[str]:
    names = sorted((one.given[:1] or ("",)) + (one.family[-1:] or ("",)))
    sounds = "|".join(sorted(map(sound, names)))
    initials = "".join(sorted(name[:1] for name in names))
    if one.born:
        yield f"sounds|{sounds}|{one.born[:4]}"
        yield f"born|{one.born}|{initials}"
    beginnings = "|".join(name[:3] for name in names)
    for address in one.addresses:
        if address.code:
            yield f"begin|{beginnings}|{address.code}"
            if not one.born:
                yield f"sound|{sounds}|{address.code}"
            if address.street:
                yield f"street|{address.code}|{address.street[0][:4]}|{address.house}|{initials}"
        elif address.city:
            yield f"city|{sounds}|{address.city}"
    if not one.addresses and not one.born:
        yield f"name|{sounds}|{beginnings}"


def _company_terms(one: Features) -> Iterator[str]:
    if not one.family:
        return
    yield f"whole|{''.join(sorted(one.family))}"
    yield f"begin|{''.join(one.family)[:9]}"
    yield f"sounds|{'|'.join(sound(word) for word in one.family[:2])}"
    for address in one.addresses:
        for word in one.family[:3]:
            yield f"near|{sound(word)}|{address.code or address.city}"


def keys_of(kind: str, one: Features, secret: bytes) -> list[int]:
    """Return the keys of a record of a kind, each once, as signed numbers of 64 bits."""
    return sorted({
        int.from_bytes(
            blake2b(f"{kind}|{term}".encode(), digest_size=8, key=secret).digest(),
            signed=True,
        )
        for term in terms(one)
    })  # fmt: skip
