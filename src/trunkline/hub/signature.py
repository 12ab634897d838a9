"""Signs what is sent and verifies what is received, by the Standard Webhooks scheme (v1).

The signed content is `id.timestamp.body`, the code HMAC-SHA256, the secret 24 to 64 random bytes
written as `whsec_` and base64. While a secret is being rotated the header carries one signature
per secret, separated by spaces, and one match is enough.
Source: standardwebhooks.com, specification 1.0.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets as system_random
from collections.abc import Callable, Mapping, Sequence

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

_PREFIX = "whsec_"
_SECRET_BYTES = 32
# No dot: it separates the signed parts, and `a.1` at time 2 must not sign as `a` at time 1.
_MESSAGE_ID = re.compile(r"[!-\-/-~]{1,255}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class SignatureInvalid(Exception):
    """Tells that a message is not to be trusted.

    Codes: headerMissing, messageIdInvalid, timestampInvalid, timestampTooOld, timestampTooNew,
    signatureMismatch.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def new_secret(random_bytes: Callable[[int], bytes] = system_random.token_bytes) -> str:
    """Return a new secret to be shown to the listener's owner once."""
    return _PREFIX + base64.b64encode(random_bytes(_SECRET_BYTES)).decode("ascii")


def sign(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of the signature header: one signature per secret, newest secret first.

    The timestamp is in whole seconds since 1970, UTC. ValueError for an unusable id or secret.
    """
    if not secrets:
        raise ValueError("signing needs a secret")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("a message id is 1 to 255 printable ASCII characters without a dot")
    if not 0 <= timestamp < 10**12:
        raise ValueError("a timestamp counts seconds since 1970")
    content = _content(message_id, str(timestamp), body)
    return " ".join(f"v1,{_signature(secret, content)}" for secret in secrets)


def verify(
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    tolerance_s: float = 300,
) -> str:
    """Return the id of an authentic message, for dropping repeats, or raise `SignatureInvalid`.

    `now` is in seconds since 1970, UTC; header names match in any case.
    """
    if not secrets:
        raise ValueError("verifying needs a secret")
    message_id, timestamp, signatures = _signed_headers(headers)
    content = _content(message_id, timestamp, body)
    expected = [_signature(secret, content).encode("ascii") for secret in secrets]
    offered = [
        text.removeprefix("v1,").encode("utf-8", "replace")
        for text in signatures.split(" ")
        if text.startswith("v1,")
    ]
    # Summed, so that every pair is compared and the time does not tell which one fits.
    if not sum(hmac.compare_digest(ours, theirs) for ours in expected for theirs in offered):
        raise SignatureInvalid("signatureMismatch")
    if int(timestamp) < now - tolerance_s:
        raise SignatureInvalid("timestampTooOld")
    if int(timestamp) > now + tolerance_s:
        raise SignatureInvalid("timestampTooNew")
    return message_id


def _signed_headers(headers: Mapping[str, str]) -> tuple[str, str, str]:
    lowered = {name.lower(): value for name, value in headers.items()}
    try:
        message_id = lowered[ID_HEADER]
        timestamp = lowered[TIMESTAMP_HEADER]
        signatures = lowered[SIGNATURE_HEADER]
    except KeyError as error:
        raise SignatureInvalid("headerMissing") from error
    if not _MESSAGE_ID.fullmatch(message_id):
        raise SignatureInvalid("messageIdInvalid")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureInvalid("timestampInvalid")
    return message_id, timestamp, signatures


def _content(message_id: str, timestamp: str, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode("ascii") + body


def _signature(secret: str, content: bytes) -> str:
    return base64.b64encode(hmac.digest(_key(secret), content, hashlib.sha256)).decode("ascii")


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("a webhook secret is whsec_ and base64") from error
    if not 24 <= len(key) <= 64:
        raise ValueError("a webhook secret holds 24 to 64 bytes")
    return key
