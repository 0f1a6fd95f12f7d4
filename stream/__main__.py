"""Start one worker: `python -m stream --worker-id 0 --web-port 6066`.

Settings come from the environment (GROUNDSWELL_BOOTSTRAP_SERVERS, GROUNDSWELL_DSN, …, see core/settings.py); the two
options stand for GROUNDSWELL_WORKER_INDEX and GROUNDSWELL_WORKER_PORT. Every worker of a group needs a number of its
own, from 0; the web port serves /health (200 once the worker reads, else 503) and /metrics. The topics and the tables
must be there.

SIGTERM and SIGINT let the batch in hand finish, commit, and exit with 0 within seconds. Exit code 2: the settings or
the machine are not fit to start, and another try would fail as well. Start it again after any other: 1 the broker is
not there yet, 70 a batch failed, 73 an acknowledgement was out of order, 75 the watchdog saw no progress.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from core.errors import ModelUnusable, SetupError
from core.ports import Reader, Writer
from core.settings import Settings
from models import golden
from stream.app import Load, run
from stream.champions import Check
from stream.logs import log_to_stderr


def load_classifier(settings: Settings, folder: Path) -> Reader:
    """The fine-tuned classifier of an artefact folder; torch is imported only here, since that takes seconds."""
    from models.classifier import load_classifier

    return load_classifier(folder, device=settings.device, threads=settings.classifier_threads or None)


def load_writer(settings: Settings) -> Writer:
    """Whoever words the drafts; a language model on this machine gets a process of its own."""
    from models.writer import Chosen, load_writer

    chosen = Chosen(
        settings.writer,
        settings.writer_adapter,
        settings.writer_model,
        settings.writer_key.get_secret_value(),
        settings.writer_timeout_s,
        settings.device,
        settings.writer_threads,
    )
    return load_writer(chosen, apart=True)


def main(arguments: Sequence[str] | None = None, load: Load = load_classifier, check: Check = golden.check) -> int:
    settings = Settings()
    parser = argparse.ArgumentParser(prog="python -m stream", description="One worker of the stream.")
    parser.add_argument("--worker-id", type=int, default=settings.worker_index, help="its number, from 0")
    parser.add_argument("--web-port", type=int, default=settings.worker_port, help="port of /health and /metrics")
    chosen = parser.parse_args(arguments)
    log_to_stderr()
    try:
        run(settings, chosen.worker_id, chosen.web_port, load, check, load_writer)
    except (SetupError, ModelUnusable) as exc:
        print(f"worker {chosen.worker_id} cannot start: {exc}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
