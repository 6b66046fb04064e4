"""Comparing runs: what was set differently, the middle of several and how far they spread, and races to start.

A pinned run is a plain record of what it had reached, which outlives the run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import OPTIMIZERS, written
from lab.experiment import Experiment
from lab.links import to_params
from lab.painting import GRID, boundary, plane_of
from lab.toy_points import ToyPoints
from lab.training import Epoch, Run

SEEDS = 5
TITLES = {
    "dataset": "Data", "layers": "Layers", "output": "Output", "loss": "Loss", "initializer": "First weights",
    "optimizer": "Optimizer", "schedule": "Schedule", "regularizers": "Regularisation", "batch_size": "Batch size",
    "seed": "Seed",
}  # fmt: skip


@dataclass(frozen=True)
class Pin:
    """A run as it stood: its curve (epoch, train loss, test loss, train accuracy, test accuracy), (points, 5), its
    figures, and for points on a plane the boundary, GRID x GRID as in lab/painting.py.
    """

    name: str
    experiment: Experiment
    step: int
    seconds: float
    status: str
    curve: NDArray[np.float64]
    winner: NDArray[np.uint8] | None
    sure: NDArray[np.uint8] | None

    @property
    def test_loss(self) -> float:
        """At the end of the curve."""
        return float(self.curve[-1, 2])

    @property
    def test_accuracy(self) -> float:
        """Likewise; R² for regression."""
        return float(self.curve[-1, 4])


def pinned(run: Run, name: str = "") -> Pin:
    """The run as it stands."""
    e, winner, sure = run.experiment, None, None
    if isinstance(e.dataset, ToyPoints):
        with np.errstate(all="ignore"):
            plane = plane_of(e.dataset).astype(run.network.theta.dtype)
            winner, sure = (part.reshape(GRID, GRID) for part in boundary(run.network, plane))
    points = [*run.curve, run.measure_now()]
    return Pin(
        name or title(e), e, run.position.step, run.seconds, run.status, np.array(points, np.float64), winner, sure
    )


def title(experiment: Experiment) -> str:
    """A short name: optimizer, learning rate, and the network."""
    optimizer = experiment.optimizer
    return f"{type(optimizer).__name__} {optimizer.learning_rate:g}, {experiment.summary}"


def differences(experiments: Sequence[Experiment]) -> dict[str, list[str]]:
    """By its title each setting that is not the same in all, with its value in each as people write it."""
    said = [to_params(experiment) for experiment in experiments]
    return {
        heading: [params[name] or "none" for params in said] for name, heading in TITLES.items()
        if len({params[name] for params in said}) > 1
    }  # fmt: skip


def middle(histories: Sequence[Sequence[Epoch]], what: str) -> dict[str, NDArray[np.float64]]:
    """The median of several runs after each epoch that all have reached, and the lowest and the highest.

    `what` names a column of the histories, such as test_loss.
    """
    rows = [{row.epoch: getattr(row, what) for row in history} for history in histories]
    epochs = sorted(set.intersection(*(set(row) for row in rows))) if rows else []
    values = np.array([[row[epoch] for epoch in epochs] for row in rows], np.float64)
    if not epochs:
        return {name: np.zeros(0) for name in ("epoch", "median", "lowest", "highest")}
    return {
        "epoch": np.array(epochs, np.float64), "median": np.median(values, axis=0), "lowest": values.min(axis=0),
        "highest": values.max(axis=0),
    }  # fmt: skip


def with_seeds(experiment: Experiment, epochs: int) -> dict[str, Experiment]:
    """The same with the next few seeds: other first weights and another order, and for drawn sets other points."""
    seeds = [(experiment.seed + number) % 2**32 for number in range(SEEDS)]
    return {f"Seed {seed}": experiment.changed(seed=seed, epochs=epochs) for seed in seeds}


def race(experiment: Experiment, epochs: int) -> dict[str, Experiment]:
    """The same under every optimizer, each at its usual learning rate; the experiment's own stays as it is set."""
    own = experiment.optimizer
    return {
        name: experiment.changed(optimizer=own if type(own) is kind else kind(), epochs=epochs)
        for name, kind in OPTIMIZERS.items()
    }


def ranking(pins: Sequence[Pin]) -> list[dict[str, Any]]:
    """The runs by their test loss, the best first, with the epoch at which each reached twice the best loss of all."""
    finite = [pin for pin in pins if np.isfinite(pin.test_loss)]
    goal = 2 * min((float(np.nanmin(pin.curve[:, 2])) for pin in finite), default=np.inf)
    rows = []
    for pin in sorted(pins, key=lambda pin: pin.test_loss if np.isfinite(pin.test_loss) else np.inf):
        there = pin.curve[pin.curve[:, 2] <= goal, 0]
        rows.append({
            "Optimizer": written(pin.experiment.optimizer), "Test loss": pin.test_loss,
            "Test accuracy": pin.test_accuracy,
            "Epochs to twice the best loss": float(there[0]) if len(there) else None,
        })  # fmt: skip
    return rows
