"""A real worker whose classifier is a fake: `python -m tests.fake_worker --worker-id 0 --web-port 6066`.

Everything else is the product's own, so that crash tests do not spend their minutes on importing torch.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from threading import Lock

from core.scoring import Scores
from stream.__main__ import main
from tests.light_models import LightClassifier, check

SECONDS_A_POST = "FAKE_SECONDS_A_POST"
"""Environment variable: how long the fake takes, so that a kill finds a batch at work."""


class SlowClassifier(LightClassifier):
    """Takes as long as it is told to, as a model would, and one batch at a time; the first pass, which only warms it
    up, takes none."""

    _turn = Lock()

    def classify(self, texts: Sequence[str]) -> list[Scores]:
        if self.batches:
            with self._turn:
                time.sleep(len(texts) * float(os.environ.get(SECONDS_A_POST, "0")))
        return super().classify(texts)


if __name__ == "__main__":
    sys.exit(main(load=lambda _settings, folder: SlowClassifier(folder), check=check))
