"""Deaths in this process: whoever passes a certain point is gone, as after kill -9.

Points lie before and after each commit that a transaction makes, and around each call to the
outside. What was not committed is gone, and what was claimed stays claimed until its lease ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from trunkline.database.prepared import PreparedConnection


class Killed(BaseException):
    """The process is gone. Nobody catches it but the walk."""


@dataclass
class Deaths:
    """When the next death comes: after so many points, None where nobody dies."""

    left: int | None = None
    died: int = 0

    def point(self) -> None:
        """Pass a point, or die there."""
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            self.died += 1
            raise Killed

    @contextmanager
    def after(self, points: int) -> Iterator[None]:
        """Let somebody die in a `with` block once so many points are passed, and go on after it."""
        commit = PreparedConnection.commit

        def commit_at_points(connection: Any) -> None:
            self.point()
            commit(connection)
            self.point()

        PreparedConnection.commit = commit_at_points  # type: ignore[method-assign]
        self.left = points
        try:
            yield
        except Killed:
            return
        finally:
            self.left = None
            PreparedConnection.commit = commit  # type: ignore[method-assign]
