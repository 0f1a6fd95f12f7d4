"""docker-compose.yml, as far as it can be checked without Docker: every name in it leads somewhere."""

import re
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import yaml

from core.settings import Settings
from groundswell.cli import COMMANDS
from groundswell.kafka_server import KafkaServer

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOT = {"setup", "airflow-migrate", "airflow-pool"}
SETTINGS = {f"GROUNDSWELL_{name.upper()}" for name in Settings.model_fields}
KEYS = {
    *("build", "image", "restart", "command", "environment", "profiles"),
    *("ports", "volumes", "depends_on", "healthcheck"),
}
"""Of the Compose specification, those that this file uses."""


def ours() -> list[str]:
    return [name for name, service in SERVICES.items() if "build" in service]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_only_known_keys(name):
    assert set(SERVICES[name]) <= KEYS


@pytest.mark.parametrize("name", SERVICES)
def test_every_dependency_is_a_service_that_can_meet_its_condition(name):
    for other, wanted in SERVICES[name].get("depends_on", {}).items():
        match wanted["condition"]:
            case "service_healthy":
                assert "healthcheck" in SERVICES[other]
            case "service_completed_successfully":
                assert other in ONE_SHOT
            case condition:
                pytest.fail(f"{name} waits for {other} to be {condition}")


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONE_SHOT))
def test_every_service_that_stays_up_is_health_checked(name):
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", SERVICES)
def test_every_volume_is_declared(name):
    for volume in SERVICES[name].get("volumes", []):
        assert volume.split(":")[0] in COMPOSE["volumes"]


@pytest.mark.parametrize("name", ours())
def test_every_command_leads_to_a_program_of_this_project(name):
    match SERVICES[name]["command"]:
        case ["groundswell", command]:
            assert command in COMMANDS
        case ["python", "-m", module, *_]:
            found = find_spec(module)
            assert found is not None
            if found.submodule_search_locations is None:  # one file, which must run when it is run
                assert 'if __name__ == "__main__":' in Path(found.origin).read_text(encoding="utf-8")
            else:
                assert find_spec(f"{module}.__main__") is not None
        case ["streamlit", "run", page, *_]:
            assert (ROOT / page).is_file()
        case ["airflow", *_]:
            assert which("airflow", path=str(ROOT / ".venv" / "bin")) or find_spec("airflow")
        case command:
            pytest.fail(f"{name} runs {command}")


@pytest.mark.parametrize("name", ours())
def test_every_variable_of_ours_is_a_setting_that_takes_its_value(name, monkeypatch):
    environment = SERVICES[name]["environment"]
    own = {variable: value for variable, value in environment.items() if variable.startswith("GROUNDSWELL_")}
    assert set(own) <= SETTINGS
    for variable, value in own.items():
        monkeypatch.setenv(variable, filled_in(str(value)))
    settings = Settings(_env_file=None)
    assert settings.bootstrap_servers == "kafka:9092"
    assert "${" not in settings.model_dump_json()


def test_every_variable_that_a_person_may_set_stands_in_the_example():
    assert set(re.findall(r"\$\{(\w+)", TEXT)) <= SETTINGS | {"POSTGRES_PASSWORD"}


def test_the_demo_is_scraped_as_it_is_without_docker():
    from urllib.parse import urlsplit

    from ingest.sources import demo_sources, parse_sources

    compose = parse_sources(filled_in(COMPOSE["x-settings"]["GROUNDSWELL_SOURCES"]))
    local = demo_sources(8600)
    paths = [(s.name, s.kind, urlsplit(s.url).path) for s in compose]
    assert paths == [(s.name, s.kind, urlsplit(s.url).path) for s in local]
    assert {urlsplit(s.url).netloc for s in compose} == {"demo:8600"}


def test_the_broker_is_configured_as_it_is_without_docker():
    text = KafkaServer(Path("/data"), port=9092, controller_port=9093).properties()
    local = dict(line.split("=", 1) for line in text.splitlines())
    names = {f"KAFKA_{name.upper().replace('.', '_')}": name for name in local}
    for variable, value in SERVICES["kafka"]["environment"].items():
        if variable not in ("KAFKA_LISTENERS", "KAFKA_ADVERTISED_LISTENERS", "KAFKA_LOG_DIRS"):
            assert str(value).replace("kafka:", "127.0.0.1:") == local[names[variable]], variable


def test_everything_is_published_on_the_loopback_address_alone():
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", [name for name, service in SERVICES.items() if "ports" in service])
def test_a_published_port_is_the_one_that_is_checked(name):
    inside = SERVICES[name]["ports"][0].rsplit(":", 1)[1]
    assert f"127.0.0.1:{inside}/" in SERVICES[name]["healthcheck"]["test"][-1]


def test_the_dags_are_where_airflow_looks():
    folder = Path(COMPOSE["x-airflow"]["AIRFLOW__CORE__DAGS_FOLDER"])
    assert (ROOT / folder.relative_to("/app") / "scrape_news.py").is_file()


def test_the_image_copies_what_is_there():
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY "):
            *sources, _target = line.split()[1:]
            assert all((ROOT / source).exists() for source in sources)


def filled_in(text: str) -> str:
    """With the default of every variable, as Compose does it when none is set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
