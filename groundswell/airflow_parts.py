"""Airflow as three components; metadata in a database of its own beside ours, files in the data folder."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from groundswell import probes
from groundswell.parts import Part

DATABASE = "airflow"
COMPONENTS = ("airflow-api", "airflow-scheduler", "airflow-dags")
STOP_LIMIT_S = 4.0
POOLS = "pools.json"
"""Beside the DAGs, which name them."""


def environment(*, home: Path, dags: Path, dsn: str, port: int, secret: str) -> dict[str, str]:
    """Airflow's settings as variables; the same for its three components and its command line.

    Args:
        dsn: libpq URL of Airflow's own database.
        port: of the API server, on the loopback address.
        secret: signs what components and tasks say to each other; the same for all of them.
    """
    address = f"http://127.0.0.1:{port}"
    where = urlsplit(dsn)._replace(scheme="").geturl().removeprefix("//")
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        # no login: it listens on the loopback address alone
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        # the port alone is not enough: tasks report to this address, which has a default of its own
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": secret,
        "AIRFLOW__API_AUTH__JWT_SECRET": secret,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{where}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"postgresql+asyncpg://{where}",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "30",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
    }


def parts(env: Mapping[str, str], *, port: int, after: tuple[str, ...], wave: int) -> list[Part]:
    """The migration and the three components; `env` is the whole environment of each."""
    executable = str(Path(sys.executable).parent / "airflow")

    def run(*arguments: str) -> list[str]:
        return [executable, *arguments]

    migrate = Part("airflow-migrate", after=after, command=lambda: run("db", "migrate"), env=env, wave=wave, once=True)
    # a task of a pool that is not there is never started
    pool = Part(
        "airflow-pool",
        after=(migrate.name,),
        command=lambda: run("pools", "import", str(Path(env["AIRFLOW__CORE__DAGS_FOLDER"]) / POOLS)),
        env=env,
        wave=wave,
        once=True,
    )
    component = Part("", after=(pool.name,), env=env, wave=wave, stop_limit_s=STOP_LIMIT_S)
    api, scheduler, dags = COMPONENTS
    address = f"http://127.0.0.1:{port}"
    return [
        migrate,
        pool,
        replace(
            component,
            name=api,
            command=lambda: run("api-server"),
            ready=lambda: probes.is_up(f"{address}/api/v2/monitor/health"),
            port=port,
            url=address,
        ),
        replace(
            component,
            name=scheduler,
            # its log server would take a fixed port on every address; the API server reads the files themselves
            command=lambda: run("scheduler", "--skip-serve-logs"),
            ready=lambda: _is_healthy(address, "scheduler"),
        ),
        replace(
            component,
            name=dags,
            command=lambda: run("dag-processor"),
            ready=lambda: _is_healthy(address, "dag_processor"),
        ),
    ]


def _is_healthy(address: str, component: str) -> bool:
    health = probes.get_json(f"{address}/api/v2/monitor/health")
    return bool(health[component]["status"] == "healthy")
