"""`.env.example` and the settings say the same."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from core.settings import Settings

EXAMPLE = Path(__file__).parents[3] / ".env.example"


def written() -> dict[str, str]:
    lines = EXAMPLE.read_text().splitlines()
    return dict(line.lstrip("# ").split("=", 1) for line in lines if "GROUNDSWELL_" in line)


def test_the_example_names_every_setting_with_its_default():
    expected = {}
    for name, field in Settings.model_fields.items():
        default = field.default
        value = default.get_secret_value() if isinstance(default, SecretStr) else default
        expected[f"GROUNDSWELL_{name.upper()}"] = str(value)
    assert written() == expected


def test_every_setting_says_what_it_is():
    assert not [name for name, field in Settings.model_fields.items() if not field.description]


def test_a_setting_out_of_its_bounds_names_the_setting(monkeypatch):
    monkeypatch.setenv("GROUNDSWELL_KAFKA_PORT", "70000")
    with pytest.raises(ValidationError, match="kafka_port"):
        Settings(_env_file=None)


def test_a_secret_is_never_printed():
    assert "change-me" not in repr(Settings(_env_file=None))
