"""One trial: an experiment trained from beginning to end, and what it came to.

It runs in a process that trains many of them, one after another, and loads what several learn from
only once.
"""

import functools
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import from_dict
from lab.data.cache import DownloadError
from lab.data.dataset import Data
from lab.data.menu import DATASETS
from lab.log import log_exception
from lab.runs.experiment import Experiment
from lab.runs.history import Epoch
from lab.runs.run import FINISHED, READY, Run
from lab.sweeps.kind import Kind, kind_here

SETS = 4  # of examples that a process keeps at a time
MOST_MESSAGE = 300  # letters that are kept
SLICE = 0.2  # seconds between two looks at the clock
FAILED, TOO_LONG = "failed", "too long"


@dataclass(frozen=True)
class Outcome:
    """What a trial came to.

    number: of the trial in its sweep
    status: "finished", "diverged", "too long" where it was broken off, or "failed" where it could
    not be trained
    message: why, in a sentence
    last, best: the last row of its history, and the one with the lowest test loss; None where it
    has no row
    seconds: that it took, loading included
    kind: of the computer that trained it
    """

    number: int
    status: str
    message: str = ""
    last: Epoch | None = None
    best: Epoch | None = None
    seconds: float = 0.0
    history: tuple[Epoch, ...] = field(default=(), repr=False)
    kind: Kind = field(default_factory=dict, repr=False)

    @property
    def sound(self) -> bool:
        """Whether its figures mean something."""
        return self.status == FINISHED and self.last is not None

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold, without its history."""
        return {
            "status": self.status,
            "message": self.message[:MOST_MESSAGE],
            "last": self.last and list(self.last),
            "best": self.best and list(self.best),
            "seconds": self.seconds,
        }

    @classmethod
    def from_dict(cls, number: int, written: Mapping[str, Any]) -> "Outcome":
        """Return the outcome that `to_dict` described; raises ValueError."""
        try:
            last, best = (
                Epoch(*written[name]) if written[name] else None for name in ("last", "best")
            )
            return cls(
                number, written["status"], written["message"], last, best, written["seconds"]
            )
        except (KeyError, TypeError) as error:
            raise ValueError("what is written of this trial cannot be read") from error


@functools.lru_cache(maxsize=SETS)
def _examples(dataset: str, seed: int) -> Data:
    return from_dict(DATASETS, json.loads(dataset), "dataset").load(seed)


def train_trial(
    number: int,
    description: Mapping[str, Any],
    most_seconds: float = math.inf,
    *,
    history: bool = True,
) -> Outcome:
    """Train the experiment that a dict describes, to its end or for so many seconds of computing.

    What cannot be trained, for want of memory or of its pictures, fails alone.
    """
    began, computed = time.perf_counter(), time.process_time()
    try:
        experiment = Experiment.from_dict(description)
        run = Run(experiment, _data(experiment), thin=False)
        while run.status == READY and time.process_time() - computed < most_seconds:
            run.work(SLICE)
    except (ValueError, OSError, MemoryError, DownloadError) as error:
        return Outcome(number, FAILED, str(error) or type(error).__name__, kind=kind_here())
    except Exception as error:  # the others go on; what it was stands in the log
        log_exception(error)
        return Outcome(number, FAILED, f"something broke: {error!r}", kind=kind_here())
    rows = [row for row in run.history if row.epoch]
    run.close()
    return Outcome(
        number,
        TOO_LONG if run.status == READY else run.status,
        run.message,
        rows[-1] if rows else None,
        min(rows, key=lambda row: row.test_loss) if rows else None,
        time.perf_counter() - began,
        tuple(run.history) if history else (),
        kind_here(),
    )


def _data(experiment: Experiment) -> Data:
    dataset = experiment.to_dict()["dataset"]
    # the pictures of a set are the same for every seed, and those of points are quickly drawn
    seed = experiment.seed_of_data if experiment.dataset.on_plane else 0
    return _examples(json.dumps(dataset, sort_keys=True), seed)
