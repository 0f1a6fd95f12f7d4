"""`python -m groundswell.demo [--port N]`: serve the trading day until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
from datetime import UTC, datetime

from core.settings import Settings
from groundswell.demo.server import Demo, DemoServer


def main() -> int:
    """Returns the exit status: 2 when the port is taken."""
    settings = Settings()
    parser = argparse.ArgumentParser(prog="python -m groundswell.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=settings.demo_port, help="default: GROUNDSWELL_DEMO_PORT")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    arguments = parser.parse_args()
    # messages are signed with each secret; one is enough to verify them
    demo = Demo(settings.webhook_secret.get_secret_value().split()[0], lambda: datetime.now(UTC))
    try:
        server = DemoServer((arguments.host, arguments.port), demo)
    except OSError as exc:
        print(f"The demo cannot listen on {arguments.host}:{arguments.port}: {exc.strerror}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    with server:
        print(f"Serving the demo's trading day on http://{arguments.host}:{server.server_port}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("Stopped", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
