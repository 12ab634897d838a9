"""Limits on sign-ins: guessing becomes slow, yet no stranger can lock somebody else out.

Three sliding windows over failures. One counts a login at one address. One counts an address. One
counts a login over all other addresses, and when it is full, an address where that login has
never signed in gets one try per window instead of five; where it has, nothing changes.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from trunkline.database.connection import Connection
from trunkline.documents.errors import TooMany
from trunkline.kernel.services import Services

WINDOW = timedelta(minutes=15)
PAIR_FAILURES_MAX = 5
ADDRESS_FAILURES_MAX = 100
SIEGE_WINDOW = timedelta(hours=1)
SIEGE_FAILURES_MIN = 10
SIEGE_PAIR_FAILURES_MAX = 1

_FAILURES = """
with familiar as (
  select max(at) as at from sign_in_attempt
  where login = %(login)s and address = %(address)s and ok
)
select
  (select at from familiar),
  array(select a.at from sign_in_attempt a, familiar f
    where a.login = %(login)s and a.address = %(address)s and not a.ok and a.at > %(since)s
      and a.at > coalesce(f.at, '-infinity')
    order by a.at desc limit %(pair)s),
  array(select a.at from sign_in_attempt a
    where a.address = %(address)s and not a.ok and a.at > %(since)s
    order by a.at desc limit %(one_address)s),
  (select count(*) from (select 1 from sign_in_attempt a
    where a.login = %(login)s and a.address <> %(address)s and not a.ok and a.at > %(siege)s
    limit %(all_addresses)s) as others)
"""


@dataclass(frozen=True)
class Attempt:
    """A sign-in that was let through to the password; it counts as failed until it is not."""

    id: int
    is_familiar: bool


def begin_attempt(connection: Connection, *, login: str, address: str, now: datetime) -> Attempt:
    """Write down an attempt and refuse (429) one too many.

    It is written before it is counted, so that attempts at the same moment see each other. The
    connection must not be in a transaction. A refused one does not count.
    """
    who, place = login_digest(login), place_of(address)
    ident = _insert(connection, who, place, now)
    familiar_since, pair, one_address, elsewhere = _failures(connection, who, place, now)
    is_familiar = familiar_since is not None
    is_besieged = not is_familiar and elsewhere >= SIEGE_FAILURES_MIN
    pair_max = SIEGE_PAIR_FAILURES_MAX if is_besieged else PAIR_FAILURES_MAX
    waits = [_wait(pair, pair_max, now)]
    if not is_familiar:
        waits.append(_wait(one_address, ADDRESS_FAILURES_MAX, now))
    if max(waits) > 0:
        drop_attempt(connection, attempt=Attempt(ident, is_familiar))
        raise TooMany(
            "signInTooOften",
            "too many failed sign-ins; wait before the next one",
            headers={"Retry-After": str(max(waits))},
        )
    return Attempt(ident, is_familiar)


def pass_attempt(connection: Connection, *, attempt: Attempt) -> None:
    """Mark an attempt as successful: its address is familiar from now on."""
    connection.execute("update sign_in_attempt set ok = true where id = %s", [attempt.id])


def drop_attempt(connection: Connection, *, attempt: Attempt) -> None:
    """Forget an attempt for whose end the caller is not to blame."""
    connection.execute("delete from sign_in_attempt where id = %s", [attempt.id])


@contextmanager
def unless_busy(services: Services, *, attempt: Attempt) -> Iterator[None]:
    """Forget the attempt where the block is refused because the machine is busy."""
    try:
        yield
    except TooMany:
        with services.database.app.connection() as connection:
            drop_attempt(connection, attempt=attempt)
        raise


def login_digest(login: str) -> bytes:
    """Return what is stored of a login that was typed."""
    return hashlib.sha256(login.encode("utf-8", "surrogatepass")).digest()


def place_of(address: str) -> str:
    """Return whom an address stands for: an IPv4 address, or the /64 network of an IPv6 one."""
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()
    if isinstance(one, ipaddress.IPv4Address):
        return str(one)
    if one.ipv4_mapped is not None:
        return str(one.ipv4_mapped)
    return str(ipaddress.ip_network((int(one), 64), strict=False))


def _insert(connection: Connection, who: bytes, place: str, now: datetime) -> int:
    row = connection.execute(
        "insert into sign_in_attempt (login, address, at) values (%s, %s, %s) returning id",
        [who, place, now],
    ).fetchone()
    assert row is not None
    return int(row[0])


def _failures(
    connection: Connection, who: bytes, place: str, now: datetime
) -> tuple[datetime | None, list[datetime], list[datetime], int]:
    row = connection.execute(
        _FAILURES,
        {
            "login": who,
            "address": place,
            "since": now - WINDOW,
            "siege": now - SIEGE_WINDOW,
            "pair": PAIR_FAILURES_MAX + 1,
            "one_address": ADDRESS_FAILURES_MAX + 1,
            "all_addresses": SIEGE_FAILURES_MIN,
        },
    ).fetchone()
    assert row is not None
    familiar_since, pair, one_address, elsewhere = row
    return familiar_since, pair, one_address, elsewhere


def _wait(failures: Sequence[datetime], most: int, now: datetime) -> int:
    """Return the seconds until one more is allowed; newest first, this attempt among them."""
    if len(failures) <= most:
        return 0
    return max(1, int((failures[most] + WINDOW - now).total_seconds()) + 1)
