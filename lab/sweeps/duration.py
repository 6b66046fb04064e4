"""About how long a sweep takes: estimated before it begins, and from what its trials took once some
have ended.
"""

import math
from collections.abc import Mapping, Sequence

from lab.runs.cost import cost_of
from lab.runs.experiment import Experiment
from lab.runs.run import SAMPLE
from lab.sweeps.plan import Sweep
from lab.sweeps.trials import Outcome

BEGINNING = 1.5  # seconds until the first process has begun
TRIAL, EPOCH = 0.015, 0.0015  # seconds besides all steps and measurements
# times what lab/runs/cost.py says: what lies between the steps, and between parts of a measurement
BETWEEN_STEPS, BETWEEN_PARTS = 1.3, 3.0
TESTS = 10_000  # pictures of the sets that are downloaded


def seconds_of(experiment: Experiment) -> float:
    """Return about how many seconds of one core an experiment takes."""
    cost, every = cost_of(experiment), experiment.dataset.most_examples
    share = float(getattr(experiment.dataset, "test_share", 0.0))  # of sets that are split here
    steps = math.ceil(every * (1 - share) / experiment.batch_size)
    measured = every if share or experiment.dataset.on_plane else every + TESTS
    sample = 2 * SAMPLE if len(experiment.dataset.input_shape) == 2 else every
    measuring = cost.longest / sample * measured
    epoch = EPOCH + BETWEEN_STEPS * steps * cost.seconds + BETWEEN_PARTS * measuring
    return TRIAL + experiment.epochs * epoch


def expected_seconds(sweep: Sweep) -> list[float]:
    """Return about how many seconds of one core each trial takes, in their order."""
    # another seed costs the same
    each = [seconds_of(trial.experiment) for trial in sweep.trials[: sweep.combinations]]
    return each * sweep.seeds


def seconds_in_all(expected: Sequence[float], jobs: int) -> float:
    """Return about how long trials take in so many processes, of which that is expected."""
    return BEGINNING + sum(expected) / jobs


def seconds_left(expected: Sequence[float], outcomes: Mapping[int, Outcome], jobs: int) -> float:
    """Return about how long those trials take that have not ended; those that have say how fast
    this computer is.
    """
    ended = sum(expected[number] for number in outcomes)
    took = sum(outcome.seconds for outcome in outcomes.values())
    slower = took / ended if took else 1.0
    return (sum(expected) - ended) * slower / jobs


def in_words(seconds: float) -> str:
    """Return a time as people say it: "about 40 seconds"."""
    if seconds < 8:
        return "a few seconds"
    if seconds < 55:
        return f"about {5 * round(seconds / 5)} seconds"
    if seconds < 90:
        return "about a minute"
    if seconds < 2.5 * 3600:
        return f"about {round(seconds / 60)} minutes"
    return f"about {seconds / 3600:,.0f} hours"
