"""Refusals: what may go wrong by the caller's doing, each with a status and a stable code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trunkline.documents.shape import Json


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with what was sent: where, a stable code, and the next step.

    `path` is the dotted JSON path with indexes (`item[0].quantity`), empty for the whole record.
    `choices` are the words that the message names as allowed, joined by a comma and a space.
    """

    path: str
    code: str
    message: str
    choices: tuple[str, ...] = ()


class Refusal(Exception):
    """A request that is refused: never a bug, never logged with a trace."""

    status = 400
    reason = "Bad request"

    def __init__(
        self,
        code: str,
        message: str,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.faults = list(faults)
        self.headers = dict(headers or {})

    def body(self, request_id: str | None = None) -> dict[str, Json]:
        """Return the published error body (`code`, `reason`, `message`, `status`)."""
        body: dict[str, Json] = {
            "code": self.code,
            "reason": self.reason,
            "message": self.message,
            "status": str(self.status),
            "@type": "Error",
        }
        if self.faults:
            body["fault"] = [
                {"path": one.path, "code": one.code, "message": one.message} for one in self.faults
            ]
        if request_id:
            body["requestId"] = request_id
        return body

    @property
    def told(self) -> str:
        """What is wrong in one sentence: all that its faults say, else its message."""
        return "; ".join(one.message for one in self.faults) or self.message


class Invalid(Refusal):
    """400: what was sent is wrong; the faults say where."""

    @classmethod
    def of(cls, faults: Sequence[Fault]) -> Invalid:
        """Return one refusal that names every fault, each once."""
        faults = list(dict.fromkeys(faults))
        first = faults[0]
        more = f" (and {len(faults) - 1} more faults)" if len(faults) > 1 else ""
        where = f"{first.path}: " if first.path else ""
        return cls(first.code, f"{where}{first.message}{more}", faults=faults)


class Unknown(Refusal):
    """401: nobody knows who asks."""

    status, reason = 401, "Unauthorized"


class Forbidden(Refusal):
    """403: the one who asks may not do this."""

    status, reason = 403, "Forbidden"


class NotFound(Refusal):
    """404: there is no such record, or none that the one who asks may see."""

    status, reason = 404, "Not found"


class NotAllowed(Refusal):
    """405: the interface has no such operation."""

    status, reason = 405, "Method not allowed"


class Conflict(Refusal):
    """409: the record's present state does not admit this."""

    status, reason = 409, "Conflict"


class Stale(Refusal):
    """412: the record has changed since it was read."""

    status, reason = 412, "Precondition failed"


class TooLarge(Refusal):
    """413: more was sent than is taken."""

    status, reason = 413, "Payload too large"


class Unsupported(Refusal):
    """415: the content is of a type that is not taken."""

    status, reason = 415, "Unsupported media type"


class PreconditionRequired(Refusal):
    """428: the write must say which version it is based on."""

    status, reason = 428, "Precondition required"


class TooMany(Refusal):
    """429: too many requests of this kind; try later."""

    status, reason = 429, "Too many requests"


class NotBuilt(Refusal):
    """501: an optional part of the interface that this program does not offer."""

    status, reason = 501, "Not implemented"


class Unready(Refusal):
    """503: this cannot be done now; try again later."""

    status, reason = 503, "Service unavailable"


def refuse(faults: Sequence[Fault]) -> None:
    """Raise one refusal for all faults; do nothing when there are none.

    Faults whose code starts with `lifecycle` or `conflict` make it a 409, others a 400.
    """
    if not faults:
        return
    if all(one.code.startswith(("lifecycle", "conflict")) for one in faults):
        first = faults[0]
        raise Conflict(first.code, f"{first.path}: {first.message}", faults=faults)
    raise Invalid.of(faults)
