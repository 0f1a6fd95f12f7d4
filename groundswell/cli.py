"""The one command, `groundswell`: finds the sub-command that was asked for, and imports that one alone."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

import typer
from pydantic import ValidationError

from core.errors import BrokerUnavailable, DatabaseUnavailable, GroundswellError, SetupError

EXIT_FAILED = 1
EXIT_UNFIT = 2

COMMANDS = {
    "up": ("local_stack", "Start everything, and keep it up."),
    "down": ("local_stack", "Stop the `up` that runs on the data folder."),
    "doctor": ("local_stack", "Check whether this machine is fit for `up`."),
    "setup": ("local_stack", "Make topics and tables on Kafka and PostgreSQL of your own."),
    "replay": ("replay", "Put posts from files through Kafka."),
    "dead-letters": ("dead_letters", "List what was set aside, or replay it."),
    "draft": ("draft", "Show what becomes of one message: decision, entry, plan, draft, findings."),
    "playbook": ("playbook", "Check a playbook, or measure how well it is found."),
    "writer": ("writer", "Teach the language model that words replies, or list what it learns from."),
    "tokens": ("tokens", "Say who may use the HTTP API of replies."),
    "labels": ("labels", "Bring, take out and look at what people say posts are."),
    "audit": ("audit", "Show who did what, from the audit log."),
    "alerts": ("alerts", "List alerts and silences, silence some, and try a receiver."),
    "surges": ("surges", "Find surges in a file of counts, or in what is stored."),
    "bench": ("bench", "Measure, side by side with what one would use instead."),
    "sources": ("sources", "List the sources, try one, and add one."),
    "rescore": ("rescore", "Judge a period again by the present champion."),
    "drift": ("drift", "Show what has moved away from what the model knows."),
    "erase": ("erase", "Remove what an author wrote, on request."),
    "config": ("config", "Check the configuration file."),
    "train": ("model", "Fine-tune the classifier."),
    "average": ("model", "Average the weights of several trainings from one start."),
    "retrain": ("retrain", "Train the classifier further on what people corrected, and promote or refuse it."),
    "evaluate": ("model", "Measure the classifier, or the writers of replies, on held-out data."),
    "models": ("models", "List the models of the registry, promote one, and go back."),
    "explain": ("model", "Say what the classifier sees in a text."),
}
"""By name: the module of `groundswell.commands` that has it, and what --help says."""


ADDRESSES: Final[dict[type[GroundswellError], tuple[str, str]]] = {
    DatabaseUnavailable: ("--dsn", "GROUNDSWELL_DSN"),
    BrokerUnavailable: ("--bootstrap-servers", "GROUNDSWELL_BOOTSTRAP_SERVERS"),
}
"""How a command is told where a server is: the option that some have, and the setting."""


def build(arguments: Sequence[str]) -> typer.Typer:
    """The command line for these arguments; only the module of the command they name is imported."""
    app = typer.Typer(
        help="Real-time financial sentiment: Kafka in, one model pass, PostgreSQL, alerts, replies a person approves.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    asked = next((argument for argument in arguments if not argument.startswith("-")), None)
    for name, (module, short) in COMMANDS.items():
        if name == asked:
            _add(app, name, module)
        else:
            app.command(name, help=short)(lambda: None)
    return app


def _add(app: typer.Typer, name: str, module: str) -> None:
    """Add a command: the module's function of its name, or its `app` when that has commands of its own."""
    found = import_module(f"groundswell.commands.{module}")
    function = getattr(found, name.replace("-", "_"), None)
    if function is not None:
        app.command(name)(function)
    else:
        app.add_typer(found.app, name=name)


def main() -> None:
    """Run the command; what it raises on purpose becomes one sentence and an exit code."""
    arguments = sys.argv[1:]
    try:
        build(arguments)(arguments, prog_name="groundswell")
    except SetupError as exc:
        sys.exit(_say(str(exc), EXIT_UNFIT))
    except ValidationError as exc:
        faults = (f"GROUNDSWELL_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in exc.errors())
        sys.exit(_say("\n".join(faults), EXIT_UNFIT))
    except (DatabaseUnavailable, BrokerUnavailable) as exc:
        named = ADDRESSES[type(exc)]
        address = next((one for one in named if any(given.startswith(one) for given in arguments)), named[-1])
        sys.exit(_say(f"{exc}; is the stack up, and is {address} its address?", EXIT_FAILED))
    except GroundswellError as exc:
        sys.exit(_say(str(exc), EXIT_FAILED))
    except KeyboardInterrupt:
        sys.exit(130)


def _say(sentences: str, code: int) -> int:
    for sentence in sentences.splitlines():
        print(f"groundswell: {sentence}", file=sys.stderr)
    return code
