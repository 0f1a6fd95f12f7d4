"""Which parts a stack has, and what they are told."""

import pytest
from pydantic import SecretStr

from core.settings import Settings
from groundswell import stack
from groundswell.datafolder import DataFolder
from groundswell.stack import Choice


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path / "data")


def names(settings: Settings, choice: Choice) -> list[str]:
    folder = DataFolder(settings.data_dir)
    folder.prepare()
    return [part.name for part in stack.parts(stack.resolve(settings, choice), choice, folder)]


def test_the_parts_start_in_the_order_of_the_design(settings):
    assert names(settings, Choice(workers=2)) == [
        "kafka", "postgres", "schema", "demo", "worker-0", "worker-1", "dashboard", "api",
        "airflow-migrate", "airflow-pool", "airflow-api", "airflow-scheduler", "airflow-dags",
    ]  # fmt: skip


def test_nothing_waits_for_airflow(settings):
    folder = DataFolder(settings.data_dir)
    folder.prepare()
    parts = stack.parts(stack.resolve(settings, Choice()), Choice(), folder)
    assert not [part.name for part in parts if part.wave != stack.SCRAPERS and any("airflow" in n for n in part.after)]


def test_an_address_that_was_set_is_used_in_place_of_an_own_server(settings):
    outside = settings.model_copy(
        update={"bootstrap_servers": "kafka.example:9092", "dsn": SecretStr("postgresql://x")}
    )
    choice = stack.choose(outside)
    assert (choice.kafka, choice.postgres) == (False, False)
    assert names(outside, choice)[0] == "schema"


def test_an_address_that_was_given_is_used_even_if_it_is_the_one_ours_would_have(settings):
    here = settings.model_copy(update={"bootstrap_servers": settings.bootstrap_servers, "dsn": settings.dsn})
    assert (stack.choose(settings).kafka, stack.choose(settings).postgres) == (True, True)
    assert (stack.choose(here).kafka, stack.choose(here).postgres) == (False, False)


def test_sources_that_were_set_leave_the_demo_out(settings):
    assert "demo" not in names(settings.model_copy(update={"sources": "news=https://example.com/feed"}), Choice())


def test_every_part_is_told_every_setting(settings):
    env = stack.environment(stack.resolve(settings, Choice()))
    assert not [name for name in Settings.model_fields if f"GROUNDSWELL_{name.upper()}" not in env]
    assert env["GROUNDSWELL_DSN"] == "postgresql://groundswell@127.0.0.1:5433/groundswell"


def test_two_workers_share_the_cores(settings, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert stack.resolve(settings, Choice(workers=2)).classifier_threads == 4
    assert stack.resolve(settings, Choice(workers=16)).classifier_threads == 1


def test_a_key_that_anyone_may_read_is_never_used(settings):
    folder = DataFolder(settings.data_dir)
    folder.prepare()
    own = stack.with_secrets(settings, folder)
    assert own.author_key != settings.author_key
    assert own.webhook_secret.get_secret_value().startswith("whsec_")
    chosen = settings.model_copy(update={"author_key": SecretStr("mine")})
    assert stack.with_secrets(chosen, folder).author_key.get_secret_value() == "mine"
