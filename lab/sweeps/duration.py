"""About how long a sweep takes: estimated before it begins, and from what its trials took once some
have ended.
"""

import math
from collections.abc import Iterable, Mapping

from lab.data.image_sets import Digits
from lab.runs.experiment import Experiment
from lab.sweeps.plan import Trial
from lab.sweeps.trials import Outcome

# seconds on one core of an ordinary computer; experiments of all sizes take half to twice as long
BEGINNING = 1.5  # until the first process has begun
TRIAL, EPOCH, LAYER = 0.015, 0.0012, 40e-6  # each trial, epoch, and layer in each step
UNIT, FLOP = 45e-9, 50e-12  # each unit's answer to an example, and each sum or product
PICTURES = 60_000, 10_000  # to train and to test, of the sets that are downloaded
SMALL_PICTURES = 1437, 360  # of Digits


def seconds_of(experiment: Experiment) -> float:
    """Return about how many seconds of one core an experiment takes."""
    training, testing = _examples(experiment)
    every = training + testing  # which are measured at the end of an epoch
    steps = math.ceil(training / experiment.batch_size)
    products = sum(_products(experiment))
    units = sum(experiment.sizes[1:])
    epoch = (
        EPOCH
        + steps * len(experiment.all_layers) * LAYER
        + units * every * UNIT
        # forward, and twice as much backward (Goodfellow et al., 2016, section 6.5)
        + 2 * products * (3 * training + every) * FLOP
    )
    return TRIAL + experiment.epochs * epoch


def _examples(experiment: Experiment) -> tuple[int, int]:
    dataset = experiment.dataset
    if dataset.on_plane:
        data = experiment.data()
        return len(data.train_x), len(data.test_x)
    if isinstance(dataset, Digits):
        return SMALL_PICTURES
    return int(getattr(dataset, "train_size", PICTURES[0])), PICTURES[1]


def _products(experiment: Experiment) -> Iterable[float]:
    """Yield the products of each layer for one example: a weight of a filter has one at each
    place, a weight of a recurrent layer one at each row.
    """
    layers = zip(experiment.all_layers, experiment.shapes, experiment.shapes[1:], strict=False)
    for layer, before, after in layers:
        weights = sum(math.prod(p.shape) for p in layer.parameters(before).values() if p.learned)
        filters = getattr(layer, "filters", 0)
        rows = before[0] if len(before) == 2 and not filters else 1
        yield weights * (math.prod(after) / filters if filters else rows)


def seconds_in_all(trials: Iterable[Trial], jobs: int) -> float:
    """Return about how long these trials take in so many processes."""
    return BEGINNING + sum(seconds_of(trial.experiment) for trial in trials) / jobs


def seconds_left(trials: Iterable[Trial], outcomes: Mapping[int, Outcome], jobs: int) -> float:
    """Return about how long those trials take that have not ended; those that have say how fast
    this computer is.
    """
    left, expected, took = 0.0, 0.0, 0.0
    for trial in trials:
        seconds = seconds_of(trial.experiment)
        if outcome := outcomes.get(trial.number):
            expected += seconds
            took += outcome.seconds
        else:
            left += seconds
    slower = took / expected if took else 1.0
    return left * slower / jobs


def in_words(seconds: float) -> str:
    """Return a time as people say it: "about 40 seconds"."""
    if seconds < 8:
        return "a few seconds"
    if seconds < 55:
        return f"about {5 * round(seconds / 5)} seconds"
    if seconds < 90:
        return "about a minute"
    if seconds < 3300:
        return f"about {round(seconds / 60)} minutes"
    hours = seconds / 3600
    return "about an hour" if hours < 1.5 else f"about {hours:.0f} hours"
