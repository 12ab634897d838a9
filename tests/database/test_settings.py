"""Settings: defaults, every fault at once, no secret shown."""

import re
from pathlib import Path

import pytest

from trunkline.settings import VARIABLES, SettingsError, load

SECRET = "d3a1f0c2b4e5968778695a4b3c2d1e0f"


def test_nothing_set_is_a_working_development_installation() -> None:
    settings = load({"PATH": "/bin", "TRUNKLINE_HOST": ""})
    assert (settings.mode, settings.host, settings.port) == ("development", "127.0.0.1", 8080)
    assert settings.public_url == "http://localhost:8080"
    assert settings.data == Path(".trunkline")
    assert settings.database_url is None
    assert settings.body_bytes_max == 1_048_576
    assert settings.page_max == 1_000
    assert not settings.traces
    assert not settings.test_clock


def test_values_are_read() -> None:
    settings = load(
        {
            "TRUNKLINE_MODE": "production",
            "TRUNKLINE_SECRET": SECRET,
            "TRUNKLINE_DATABASE_URL": "postgresql://ada:pw@db/trunkline",
            "TRUNKLINE_TIME_ZONE": "Europe/Paris",
            "TRUNKLINE_CALLBACK_ALLOW": "10.1.0.0/16, hooks.operator.example,fd00::/8",
            "TRUNKLINE_TRACES": "on",
            "TRUNKLINE_PUBLIC_URL": "https://crm.example/",
        }
    )
    assert settings.is_production
    assert settings.traces
    assert settings.time_zone == "Europe/Paris"
    assert settings.callback_allow == ("10.1.0.0/16", "hooks.operator.example", "fd00::/8")
    assert settings.public_url == "https://crm.example"


@pytest.mark.parametrize("secret", ["", "short", "development-only-secret-never-for-production"])
def test_production_refuses_a_weak_secret(secret: str) -> None:
    with pytest.raises(SettingsError, match="TRUNKLINE_SECRET.*openssl rand"):
        load({"TRUNKLINE_MODE": "production", "TRUNKLINE_SECRET": secret})


def test_every_wrong_variable_is_named_at_once_without_its_value() -> None:
    wrong = {
        "TRUNKLINE_MODE": "staging",
        "TRUNKLINE_PORT": "80800",
        "TRUNKLINE_PROT": "8080",
        "TRUNKLINE_WEB_THREADS": "-1",
        "TRUNKLINE_LOG_LEVEL": "loud",
        "TRUNKLINE_TIME_ZONE": "Mars/Base",
        "TRUNKLINE_CALLBACK_ALLOW": "10.0.0.300",
        "TRUNKLINE_DATABASE_URL": "mysql://ada:hunter2@db",
        "TRUNKLINE_PUBLIC_URL": "crm.example",
        "TRUNKLINE_PG_BINDIR": "/nowhere",
        "TRUNKLINE_HOST": "a b",
        "TRUNKLINE_TRACES": "yes",
        "TRUNKLINE_NETWORK_CLIENT_ID": "crm",
    }
    with pytest.raises(SettingsError) as caught:
        load(wrong)
    message = str(caught.value)
    named = set(wrong) - {"TRUNKLINE_NETWORK_CLIENT_ID"} | {"TRUNKLINE_NETWORK_CLIENT_SECRET"}
    assert [name for name in named if f"{name}: " not in message] == []
    assert len(caught.value.problems) == len(named)
    assert "did you mean TRUNKLINE_PORT?" in message
    assert "hunter2" not in message


def test_production_refuses_a_moving_clock() -> None:
    with pytest.raises(SettingsError, match="TRUNKLINE_TEST_CLOCK"):
        load(
            {
                "TRUNKLINE_MODE": "production",
                "TRUNKLINE_SECRET": SECRET,
                "TRUNKLINE_TEST_CLOCK": "on",
            }
        )


def test_no_secret_is_shown() -> None:
    settings = load(
        {
            "TRUNKLINE_SECRET": SECRET,
            "TRUNKLINE_DATABASE_URL": "postgresql://ada:hunter2@db/trunkline",
            "TRUNKLINE_DATABASE_OWNER_URL": "postgresql://eve:hunter2@db/trunkline",
            "TRUNKLINE_NETWORK_CLIENT_ID": "crm",
            "TRUNKLINE_NETWORK_CLIENT_SECRET": "hunter2",
            "TRUNKLINE_NETWORK_CALLBACK_SECRET": "hunter2",
            "TRUNKLINE_METRICS_TOKEN": "hunter2",
            "TRUNKLINE_ADDRESS_REGISTER_TOKEN": "hunter2",
        }
    )
    for shown in (repr(settings), str(settings), f"{settings!r}"):
        assert "hunter2" not in shown
        assert SECRET not in shown
        assert "port=8080" in shown


def test_the_example_file_lists_every_variable_with_a_comment_and_loads() -> None:
    text = Path(__file__).parents[2].joinpath(".env.example").read_text(encoding="utf-8")
    lines = re.findall(r"^# .+\n(TRUNKLINE_\w+)=(.*)$", text, re.MULTILINE)
    assert [name for name, _ in lines] == list(VARIABLES)
    assert load(dict(lines)) == load({})
