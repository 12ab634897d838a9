"""Work is carried out once per row, whoever dies or stands still, and every row is carried out."""

from __future__ import annotations

import time
from random import Random

import pytest

from tests.faults.place import FaultProgram, await_true
from tests.faults.verdict import Verdict

SEED = 20_261_129
LEASE_S = 1.5
TABLE = "create table faults_tally (work bigint not null, at timestamptz default clock_timestamp())"
GRANT = "grant select, insert on faults_tally to trunkline_app"
ROWS = """
insert into work (kind, subject, run_at)
select 'faults.tally', gen_random_uuid(), clock_timestamp() from generate_series(1, {})
"""


def kill_workers(
    program: FaultProgram, *, rows: int, kills: int, stalls: int, seed: int, control: str = "",
    patience_s: float = 60.0,
) -> Verdict:  # fmt: skip
    """Let two workers carry out rows, kill and stall them, and count how often each row was."""
    verdict, random = Verdict("work rows", seed), Random(seed)
    program.execute(TABLE, GRANT)
    program.start(workers=2, control=control, lease_s=LEASE_S)
    program.execute(ROWS.format(rows))
    acts = ["kill"] * kills + ["stall"] * stalls
    random.shuffle(acts)
    for act in acts:
        time.sleep(random.uniform(0.2, 0.8))
        child = random.choice(program.workers)
        if act == "kill":
            child.kill()
            child.start()
        else:
            child.stall(LEASE_S + 1)
    left = "select 1 from work where kind = 'faults.tally' limit 1"
    try:
        await_true(lambda: not program.rows(left), "no work is left", timeout_s=patience_s)
    except AssertionError:
        pass
    verdict.tried |= {"rows": rows, "kills": kills, "stalls": stalls}
    verdict.check(
        "carried out more than once",
        program.rows("select work, count(*) from faults_tally group by 1 having count(*) > 1"),
    )
    (done,) = program.rows("select count(distinct work) from faults_tally")[0]
    verdict.check("never carried out", range(rows - done))
    return verdict


def test_every_row_is_carried_out_once(program: FaultProgram, full: bool) -> None:
    """A lease brings back what a dead worker held; fencing stops one that comes back too late."""
    counts = {"rows": 3_000, "kills": 60, "stalls": 20} if full else {"rows": 80, "kills": 1,
                                                                      "stalls": 1}  # fmt: skip
    verdict = kill_workers(program, seed=SEED, patience_s=300, **counts)  # type: ignore[arg-type]
    verdict.must_be_clean(program.logs())


@pytest.mark.parametrize(
    "control, broken",
    [("no-fencing", "carried out more than once"), ("lease-never-ends", "never carried out")],
)
def test_control(program: FaultProgram, control: str, broken: str) -> None:
    """Without fencing a row is carried out twice; with leases that never end some never are."""
    verdict = kill_workers(
        program, rows=600, kills=6, stalls=6, seed=SEED, control=control, patience_s=20
    )
    verdict.tell()
    assert broken in verdict.red
