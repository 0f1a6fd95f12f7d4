"""One try of a run's training and gate in a process of its own, which a test may kill: FOLDER of the run."""

from __future__ import annotations

import sys
from pathlib import Path

from dags.retraining import opened

if __name__ == "__main__":
    with opened() as retraining, retraining.alone():
        retraining.give_way()
        folder = Path(sys.argv[1])
        retraining.train(folder, checkpoint_every_s=0.0)
        retraining.promoting.decide(folder)
