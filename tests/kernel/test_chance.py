"""Ids and random bytes: drawn many at once, and none of them twice."""

from __future__ import annotations

import os
import threading
from uuid import UUID

from trunkline.documents.clock import Chance

DRAWS = 2_000


def test_threads_never_get_the_same_bytes() -> None:
    """Nobody gets bytes that somebody else has got, however many draw at once."""
    chance = Chance()
    found: list[list[bytes]] = [[] for _ in range(4)]

    def draw(own: list[bytes]) -> None:
        own += [chance.random_bytes(12) for _ in range(DRAWS)]

    threads = [threading.Thread(target=draw, args=(own,)) for own in found]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    drawn = [one for own in found for one in own]
    assert {len(one) for one in drawn} == {12}
    assert len(set(drawn)) == len(drawn) == 4 * DRAWS


def test_more_than_is_drawn_at_once_is_given_whole() -> None:
    """A long draw is as long as it was asked for."""
    assert len(Chance().random_bytes(100_000)) == 100_000


def test_a_forked_process_draws_its_own_bytes() -> None:
    """What a process has drawn and not handed out is not handed out by its child as well."""
    chance = Chance()
    chance.random_bytes(8)  # there is something left over now
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, chance.random_bytes(16))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 16) != chance.random_bytes(16)
    os.close(read)
    os.close(write)


def test_ids_are_version_7_in_order_of_making() -> None:
    """Ids are UUIDs of version 7, each later than the one before, also within a millisecond."""
    chance = Chance(milliseconds=lambda: 1_700_000_000_000)
    made = [chance.uuid() for _ in range(DRAWS)]
    assert made == sorted(set(made))
    assert {(UUID(one).version, UUID(one).variant[:9]) for one in made} == {(7, "specified")}
