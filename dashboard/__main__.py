"""`python -m dashboard [streamlit's options]`: the dashboard with everything imported before the first viewer comes.

`streamlit run dashboard/app.py` serves the same pages, without sign-in; its first viewer waits some seconds for Altair
and pandas.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

SLOW_IMPORTS = ("pandas", "pyarrow", "altair", "dashboard.charts", "dashboard.session")


def main() -> int:
    """Serve until a signal comes; what stands on the command line goes to Streamlit."""
    from core.errors import SetupError
    from core.settings import Settings
    from dashboard import signing_in

    settings, arguments = Settings(), sys.argv[1:]
    try:
        signing_in.check(settings, signing_in.address_of(arguments))
    except SetupError as exc:
        sys.stderr.write(f"{exc}\n")
        return 2
    from streamlit.web.cli import main as streamlit

    for name in SLOW_IMPORTS:
        import_module(name)
    with signing_in.secrets(settings) as options:
        sys.argv = ["streamlit", "run", str(Path(__file__).with_name("app.py")), *arguments, *options]
        streamlit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
