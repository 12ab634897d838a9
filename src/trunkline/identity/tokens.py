"""Tokens and secrets: random text that scanners recognise, kept by us as a digest only."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable

ACCESS = "tl_at_"
PERSONAL = "tl_pat_"
CLIENT_SECRET = "tl_cs_"
SESSION = "tl_st_"
PASSWORD_LINK = "tl_pl_"

RANDOM_BYTES = 32
BODY_LENGTH = 43
CHECKSUM_LENGTH = 6

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def new_token(random_bytes: Callable[[int], bytes], prefix: str) -> str:
    """Return a new token: prefix, 256 random bits and a checksum, in base 62."""
    body = prefix + _base62(int.from_bytes(random_bytes(RANDOM_BYTES)), BODY_LENGTH)
    return body + _checksum(body)


def is_well_formed(token: str, *prefixes: str) -> bool:
    """Tell whether a text can be one of our tokens; costs no look-up."""
    prefix = next((one for one in prefixes if token.startswith(one)), None)
    if (
        prefix is None
        or not token.isascii()
        or len(token) != len(prefix) + BODY_LENGTH + CHECKSUM_LENGTH
    ):
        return False
    body, checksum = token[:-CHECKSUM_LENGTH], token[-CHECKSUM_LENGTH:]
    return _checksum(body) == checksum


def digest(token: str) -> bytes:
    """Return what is stored of a token; its 256 random bits need neither salt nor stretching."""
    return hashlib.sha256(token.encode()).digest()


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
