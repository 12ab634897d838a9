"""Programs of PostgreSQL, run as the user that owns the data."""

from __future__ import annotations

from pathlib import Path

import pytest

from trunkline.database.account import Account
from trunkline.database.problems import ServerProblem


@pytest.fixture
def account(folder: Path) -> Account:
    """Whoever owns a folder of ours."""
    status = folder.stat()
    return Account(status.st_uid, status.st_gid, "somebody")


def test_a_program_that_does_not_end_in_its_time_is_told(account: Account) -> None:
    with pytest.raises(ServerProblem, match="sleep did not end within 0 s"):
        account.must(["sleep", "60"], timeout_s=0.05)
