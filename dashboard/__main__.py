"""`python -m dashboard [streamlit's options]`: the dashboard with everything imported before the first viewer comes.

`streamlit run dashboard/app.py` serves the same pages; its first viewer waits some seconds for Altair and pandas.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

SLOW_IMPORTS = ("pandas", "pyarrow", "altair", "dashboard.charts", "dashboard.session")


def main() -> None:
    """Serve until a signal comes; what stands on the command line goes to Streamlit."""
    from streamlit.web.cli import main as streamlit

    for name in SLOW_IMPORTS:
        import_module(name)
    sys.argv = ["streamlit", "run", str(Path(__file__).with_name("app.py")), *sys.argv[1:]]
    streamlit()


if __name__ == "__main__":
    main()
