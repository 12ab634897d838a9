"""The commands as an operator types them: what they print, and how they fail."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Installation
from trunkline.cli.documents import map_lines
from trunkline.database.launcher import EmbeddedServer
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import registry

SECRET = "a-secret-that-must-never-be-printed-anywhere"


@pytest.fixture(scope="module")
def migrated(installation: Installation) -> Iterator[Installation]:
    """An installation with its tables made, and its server held, so that commands only join."""
    assert installation.call("migrate", "--check").returncode == 1
    done = installation.call("migrate")
    assert done.returncode == 0, done.stderr
    assert "derived:" not in done.stderr
    with EmbeddedServer.start(installation.folder / "data", bindir=None):
        assert installation.call("migrate", "--check").returncode == 0
        yield installation


def test_wrong_settings_are_named_all_at_once_without_a_trace(installation: Installation) -> None:
    refused = installation.run("serve", TRUNKLINE_PORT="http", TRUNKLINE_WEB_THREDS="4")
    assert refused.returncode == 2
    assert "TRUNKLINE_PORT" in refused.stderr
    assert "did you mean TRUNKLINE_WEB_THREADS?" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_database_that_does_not_answer_is_said_without_its_password(
    installation: Installation,
) -> None:
    url = f"postgresql://ada:{SECRET}@127.0.0.1:1/none"
    for command in ("migrate", "serve", "doctor"):
        refused = installation.call(command, TRUNKLINE_DATABASE_URL=url)
        assert refused.returncode in (1, 2)
        shown = refused.stdout + refused.stderr
        assert "The database does not answer" in shown
        assert SECRET not in shown
        assert "Traceback" not in shown
    assert "Start what TRUNKLINE_DATABASE_URL names, or set that right." in shown.replace("\n", " ")


def test_tables_that_are_missing_are_said_with_the_next_step(installation: Installation) -> None:
    refused = installation.run("user", "list")
    assert refused.returncode == 2
    assert "trunkline migrate" in refused.stderr


def test_data_may_stand_anywhere(migrated: Installation) -> None:
    folder = str(migrated.folder / "data")
    for words in (("--data", folder, "user", "list"), ("user", "list", f"--data={folder}")):
        done = migrated.call(*words, TRUNKLINE_DATA="/nowhere/else")
        assert done.returncode == 0, done.stderr


def test_the_doctor_finds_a_new_installation_well(migrated: Installation) -> None:
    done = migrated.call("doctor")
    assert done.returncode == 0, done.stdout
    lines = [line.split(None, 2) for line in done.stdout.splitlines()]
    levels = {subject: level for level, subject, _ in lines}
    for subject in ("disk", "database", "clock", "roles", "tables", "partitions", "work", "parked",
                    "attributes"):  # fmt: skip
        assert levels[subject] == "ok", done.stdout
    assert "fail" not in levels.values()


def test_the_doctor_names_every_wrong_setting(installation: Installation) -> None:
    done = installation.call("doctor", TRUNKLINE_MODE="production", TRUNKLINE_PORT="0")
    assert done.returncode == 1
    for name in ("TRUNKLINE_SECRET", "TRUNKLINE_PORT", "TRUNKLINE_TEST_CLOCK"):
        assert re.search(rf"^fail +settings +{name}", done.stdout, re.MULTILINE), done.stdout


def test_people_come_and_go(migrated: Installation) -> None:
    added = migrated.call(
        "user", "add", "bo", "--name", "Bo Berg", "--role", "auditor", "--password-stdin",
        stdin=f"{SECRET}\n",
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    listed = migrated.call("user", "list")
    assert re.search(r"bo\W+Bo Berg\W+yes\W+auditor", listed.stdout)
    again = migrated.call("user", "add", "bo", "--password-stdin", stdin=f"{SECRET}\n")
    assert again.returncode == 2
    assert "taken" in again.stderr
    short = migrated.call("user", "add", "cy", "--password-stdin", stdin="short\n")
    assert "at least" in short.stderr
    unasked = migrated.call("user", "add", "cy")
    assert unasked.returncode == 2
    assert "--password-stdin" in unasked.stderr
    assert migrated.call("user", "disable", "bo").returncode == 0
    assert re.search(r"bo\W+Bo Berg\W+no", migrated.call("user", "list").stdout)
    assert "trunkline user list" in migrated.call("user", "disable", "nobody").stderr
    shown = [one.stdout + one.stderr for one in (added, listed, again, short)]
    assert not any(SECRET in one for one in shown)


def test_tokens_are_shown_once_and_alone(migrated: Installation) -> None:
    migrated.call("user", "add", "dee", "--role", "auditor", "--generate")
    made = migrated.call("token", "create", "dee", "--scope", "*:read", "--days", "7")
    assert re.fullmatch(r"tl_pat_\w+\n", made.stdout)
    listed = migrated.call("token", "list", "dee")
    assert "*:read" in listed.stdout
    whole = migrated.call("token", "create", "dee", "--name", "whole")  # all that she holds
    assert whole.returncode == 0, whole.stderr
    assert "whole" in migrated.call("token", "list", "dee").stdout
    revoked = re.search(r"Token (\S+) of dee", whole.stderr)
    assert revoked is not None
    assert migrated.call("token", "revoke", revoked[1]).stdout == "Revoked.\n"
    assert made.stdout.strip() not in listed.stdout
    ident = re.search(r"Token (\S+) of dee", made.stderr)
    assert ident is not None
    assert migrated.call("token", "revoke", ident[1]).stdout == "Revoked.\n"
    assert "none" in migrated.call("token", "list", "dee").stdout
    too_much = migrated.call("token", "create", "dee", "--scope", "*:*")
    assert too_much.returncode == 2
    assert "does not hold" in too_much.stderr


def test_clients_get_a_second_secret(migrated: Installation) -> None:
    made = migrated.call("client", "create", "shop", "--role", "auditor")
    assert re.fullmatch(r"tl_cs_\w+\n", made.stdout)
    second = migrated.call("client", "rotate", "shop")
    assert re.fullmatch(r"tl_cs_\w+\n", second.stdout)
    assert migrated.call("client", "rotate", "shop").returncode == 2
    assert "Dropped 1" in migrated.call("client", "rotate", "shop", "--drop-former").stdout
    assert re.search(r"shop\W+shop\W+yes\W+auditor\W+1\b", migrated.call("client", "list").stdout)


def test_time_is_moved_in_test_mode_only(migrated: Installation) -> None:
    assert "30 days" in migrated.call("clock", "move", "30d").stdout
    assert "29 days, 22:00" in migrated.call("clock", "move", "-2h").stdout
    assert "test clock" in migrated.call("doctor").stdout
    assert "2031-05-01 00:00" in migrated.call("clock", "move", "2031-05-01").stdout
    assert "neither a step" in migrated.call("clock", "move", "soon").stderr
    assert "Not moved" in migrated.call("clock", "move", "now").stdout
    refused = migrated.call("clock", "move", "1d", TRUNKLINE_TEST_CLOCK="off")
    assert refused.returncode == 2
    assert "TRUNKLINE_TEST_CLOCK=on" in refused.stderr


def test_parked_work_is_listed_and_tried_again(migrated: Installation) -> None:
    assert "none" in migrated.call("parked", "list").stdout
    nothing = migrated.call("parked", "retry", "4711")
    assert nothing.returncode == 2
    assert "4711" in nothing.stderr
    assert "0 are tried again" in migrated.call("parked", "retry", "--all").stdout


def test_deliveries_are_listed_and_an_unknown_one_is_said(migrated: Installation) -> None:
    assert "none" in migrated.call("deliveries", "list", "--state", "dead").stdout
    unknown = migrated.call("deliveries", "redeliver", "01a20084-9989-725a-aa52-0e42072f7ed6")
    assert unknown.returncode == 2
    assert "trunkline deliveries list" in unknown.stderr


def test_a_backup_is_restored_into_another_folder(migrated: Installation) -> None:
    file = migrated.folder / "all.backup"
    assert migrated.call("backup", str(file)).returncode == 0
    again = migrated.call("backup", str(file))
    assert again.returncode == 2
    assert "exists" in again.stderr
    other = str(migrated.folder / "other")
    restored = migrated.call("restore", str(file), "--data", other)
    assert restored.returncode == 0, restored.stderr
    assert "Bo Berg" in migrated.call("user", "list", "--data", other).stdout


def test_a_demonstration_never_fills_a_production_database(installation: Installation) -> None:
    for command in ("demo", "seed"):
        refused = installation.call(
            command, TRUNKLINE_MODE="production", TRUNKLINE_SECRET="s" * 40, TRUNKLINE_TEST_CLOCK=""
        )
        assert refused.returncode == 2
        assert "production" in refused.stderr


def test_the_map_is_the_same_twice_and_names_what_there_is() -> None:
    load_modules()
    lines = list(map_lines(registry))
    assert lines == list(map_lines(registry))
    text = "\n".join(lines)
    for resource in registry:
        assert f"### {resource.name}\n" in text
    for reaction in registry.reactions:
        assert f"`{reaction.name}`" in text


@pytest.mark.parametrize("words", [(), ("user",), ("deliveries", "redeliver"), ("upgrade-data",)])
def test_help_reads_well(installation: Installation, words: tuple[str, ...]) -> None:
    done = installation.call(*words, "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout


def test_the_index_of_the_search_box_is_built_anew(migrated: Installation) -> None:
    before = migrated.call("search", "status").stdout
    assert "no index yet" in before or "What is found" in before
    assert "Done:" in migrated.call("search", "rebuild").stdout
    assert "What is found" in migrated.call("search", "status").stdout
