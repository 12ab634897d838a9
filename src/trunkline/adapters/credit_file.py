"""Credit decisions in a file: CSV with a line of heads, read again when it has changed."""

from __future__ import annotations

import csv
import threading
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from trunkline.documents.errors import Unready
from trunkline.ordering.capture.credit_check import CreditAnswer, CreditQuestion
from trunkline.ordering.capture.header_task import TaskResult

NEEDED = ("customer", "result")
RESULTS: Mapping[str, TaskResult] = {"accept": "accept", "deposit": "deposit", "stop": "stop"}


class CreditFile:
    """What a house said of customers, by id, key or code, in a file that somebody else keeps.

    Heads: `customer`, `result` (accept, deposit, stop), `deposit`, `unit`, `reason`.
    """

    def __init__(self, path: Path) -> None:
        """Remember the file; it is read when it is first asked."""
        self._path = path
        self._lock = threading.Lock()
        self._read_at = -1.0
        self._answers: dict[str, CreditAnswer] = {}

    def ask(self, question: CreditQuestion) -> CreditAnswer | None:
        """Return what the file says of a customer. Raises Unready where it cannot be read."""
        try:
            with self._lock:
                changed_at = self._path.stat().st_mtime
                if changed_at != self._read_at:
                    self._answers = _read(self._path)
                    self._read_at = changed_at
                found = (self._answers.get(one.casefold()) for one in question.names)
                return next((one for one in found if one is not None), None)
        except (OSError, ValueError, csv.Error) as error:
            raise Unready("creditAway", f"the credit file cannot be read: {error}") from error


def _read(path: Path) -> dict[str, CreditAnswer]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        missing = [one for one in NEEDED if one not in (rows.fieldnames or ())]
        if missing:
            raise ValueError(f"its first line lacks {', '.join(missing)}")
        found = {}
        for row in rows:
            values = {name: (value or "").strip() for name, value in row.items() if name}
            found[values["customer"].casefold()] = _answer(values, rows.line_num)
        return found


def _answer(row: Mapping[str, str], line: int) -> CreditAnswer:
    result = RESULTS.get(row["result"].casefold())
    if result is None:
        raise ValueError(f"line {line}: the result is accept, deposit or stop")
    try:
        deposit = Decimal(row["deposit"]) if row.get("deposit") else None
    except InvalidOperation as error:
        raise ValueError(f"line {line}: the deposit is no amount") from error
    return CreditAnswer(result, row.get("reason", ""), deposit, row.get("unit") or None)
