"""Refusals with their TMF error body (TMF630: code, reason, message, status)."""

from __future__ import annotations

from dataclasses import dataclass

from .document import Document


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a request: where, a stable code, and what to do about it."""

    path: str
    code: str
    message: str


class Refusal(Exception):
    """A request that is answered with a TMF error."""

    def __init__(
        self, status: int, code: str, reason: str, message: str, faults: tuple[Fault, ...] = ()
    ) -> None:
        super().__init__(f"{code}: {reason}")
        self.status = status
        self.code = code
        self.reason = reason
        self.message = message
        self.faults = faults

    def body(self) -> Document:
        """Write the TMF error body; faults stand beside it with their paths."""
        body: Document = {
            "code": self.code,
            "reason": self.reason,
            "message": self.message,
            "status": str(self.status),
            "@type": "Error",
        }
        if self.faults:
            body["fault"] = [
                {"path": fault.path, "code": fault.code, "message": fault.message}
                for fault in self.faults
            ]
        return body


def invalid(faults: list[Fault]) -> Refusal:
    """Gather all faults of a request body into one refusal with status 400."""
    first = faults[0]
    return Refusal(
        400, first.code, "The request is not valid", f"{first.path}: {first.message}", tuple(faults)
    )


def not_found(kind: str, identifier: str) -> Refusal:
    """Refuse with 404, naming what was asked for."""
    return Refusal(
        404,
        "notFound",
        f"No {kind} with this id",
        f"{kind} {identifier} does not exist; list {kind} to see what does",
    )
