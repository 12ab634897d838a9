"""The health page: what the doctor of the command line finds, part by part, for who operates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import falcon.testing
import pytest

from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from trunkline.kernel.actor import Grant
from trunkline.program.doctor import Part, all_database_findings, settings_findings
from trunkline.settings import load

PAGE = "/administration/health"
STATEMENTS_MAX = 3
PARTS = get_args(Part)


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_found_well_in_few_statements(admin: Browser, part: str) -> None:
    """A fragment of its own, so that one that cannot be read leaves the others alone."""
    assert f'hx-get="{PAGE}/{part}"' in source_of(admin.get(PAGE))
    admin.get(f"{PAGE}/{part}")  # who one is, as of the present rights
    with counted() as sent:
        answer = admin.get(f"{PAGE}/{part}")
    assert answer.status_code == 200
    told = words_of(answer.text)
    assert "Fine" in told
    assert "Mend it" not in told
    assert len(sent) <= STATEMENTS_MAX, sent


def test_the_command_and_the_page_say_the_same(admin: Browser, site: Site) -> None:
    """Both ask the same checks."""
    with site.services.database.app.connection() as connection:
        found = [*all_database_findings(connection)]
    page = " ".join(words_of(admin.get(f"{PAGE}/{part}").text) for part in PARTS)
    for one in found:
        if one.subject not in {"clock", "work"}:  # these hold a figure of the moment
            assert one.text in page, one


def test_what_is_wrong_says_what_to_do(admin: Browser, site: Site) -> None:
    """Parked work, a moved clock and a missing migration are each told with the next step."""
    with site.services.database.app.connection() as connection:
        connection.execute(
            "insert into work (kind, subject, run_at, lane, parked_at) "
            "values ('x', gen_random_uuid(), now(), 'work', now())"
        )
    assert "1 failed too often; see `trunkline parked list`" in words_of(
        admin.get(f"{PAGE}/work").text
    )
    site.move_clock(60)
    assert "trunkline clock move now" in words_of(admin.get(f"{PAGE}/upkeep").text)
    site.move_clock(-60)
    site.rows("delete from migration where source = 'workspace' and number >= 5 returning 1")
    assert "run `trunkline migrate`" in words_of(admin.get(f"{PAGE}/tables").text)


def test_nothing_secret_is_shown() -> None:
    """The settings are told without what they hold."""
    environ = {
        "TRUNKLINE_MODE": "production",
        "TRUNKLINE_SECRET": "s3cr3t-" * 8,
        "TRUNKLINE_PUBLIC_URL": "https://crm.example",
        "TRUNKLINE_METRICS_TOKEN": "m3tr1cs-" * 5,
        "TRUNKLINE_DATABASE_URL": "postgresql://u:p4ssw0rd@db.example/crm",
    }
    told = " ".join(one.text for one in settings_findings(load(environ)))
    assert "mode production" in told
    for one in ("s3cr3t", "m3tr1cs", "p4ssw0rd"):
        assert one not in told


def test_a_check_that_fails_hides_its_password_and_lets_the_next_one_run(
    admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trunkline.database.problems import DatabaseUnavailable
    from trunkline.program import doctor

    def _broken(_connection: Any) -> Any:
        raise DatabaseUnavailable("no answer from postgresql://u:p4ssw0rd@db.example/crm")

    checks = doctor.CHECKS | {"upkeep": (_broken, *doctor.CHECKS["upkeep"])}
    monkeypatch.setattr(doctor, "CHECKS", checks)
    told = words_of(admin.get(f"{PAGE}/upkeep").text)
    assert "cannot be looked at" in told
    assert "p4ssw0rd" not in told
    assert "not moved" in told


def test_only_who_operates_sees_it(
    signed_in: Callable[..., Browser], pages: falcon.testing.TestClient
) -> None:
    reader = signed_in("plain-reader", {"*:read": Grant()})
    assert reader.get(PAGE).status_code == 403
    for part in PARTS:
        assert reader.get(f"{PAGE}/{part}").status_code == 403
    operator = signed_in("operates", {"operations:read": Grant()})
    assert operator.get(f"{PAGE}/nosuch").status_code == 404
