"""Once: what a page asks for is made once, however often its form is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trunkline.documents.decode import encode
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work
from trunkline.rest import idempotency
from trunkline.web.records import record_of


def made_once(
    work: Work, resource: Resource, key: str, address: str, said: Mapping[str, Json],
    make: Callable[[], Document],
) -> str:  # fmt: skip
    """Make a record, or find the one that the page has made already; return the record's key.

    What was `said` at the `address` under a `key` may not differ the second time (409). Without a
    key it is made each time; one that is too long is cut.
    """
    key = key[: idempotency.KEY_LENGTH_MAX]
    if not key:
        return make().key
    earlier = idempotency.claim(work, key, idempotency.fingerprint("POST", address, encode(said)))
    if earlier is not None:
        return record_of(work, resource, earlier.subject).key
    made = make()
    idempotency.settle(work, key, made)
    return made.key
