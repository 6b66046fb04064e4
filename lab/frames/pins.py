"""Compares runs: what was set differently, the median of several and how far they spread, and races
to start.

A pin is a plain record of what a run had reached; it outlives the run.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import OPTIMIZERS, Choice
from lab.data.image_sets import set_name
from lab.data.menu import name_of
from lab.frames.boundary import GRID, boundary, plane_grid
from lab.notation import format_choice
from lab.runs.experiment import Experiment
from lab.runs.history import Epoch
from lab.runs.run import DIVERGED, Run
from lab.words import plain, plainly

SEEDS = 5
TWICE = "Epochs until close to the best"
LONGEST = 40  # letters of a value in the table
TITLES = {
    "dataset": "Data",
    "layers": "Layers",
    "output": "Output",
    "loss": "Loss",
    "initializer": "First weights",
    "optimizer": "Optimizer",
    "schedule": "Schedule",
    "regularizers": "Regularisation",
    "batch_size": "Batch size",
    "validation_share": "Kept for validation",
    "epochs": "Epochs",
    "seed": "Seed",
    "data_seed": "Seed of the data",
}


@dataclass(frozen=True)
class Pin:
    """What a run had reached when it was pinned.

    curve: (points, 5): epoch, train loss, test loss, train accuracy, test accuracy
    winner, sure: for points on a plane the boundary, (GRID, GRID) each, as in
    lab/frames/boundary.py
    """

    name: str
    experiment: Experiment
    step: int
    seconds: float
    status: str
    curve: NDArray[np.float64]
    winner: NDArray[np.uint8] | None
    sure: NDArray[np.uint8] | None
    source: str = ""  # of the data that it was measured on

    @property
    def diverged(self) -> bool:
        """Whether the run diverged, so that its figures say nothing."""
        return self.status == DIVERGED or not np.isfinite(self.test_loss)

    @property
    def test_loss(self) -> float:
        """The test loss at the end of the curve."""
        return float(self.curve[-1, 2])

    @property
    def test_accuracy(self) -> float:
        """The test accuracy at the end of the curve; R² for regression."""
        return float(self.curve[-1, 4])


def pin_run(run: Run, name: str = "") -> Pin:
    """Return what the run has reached by now."""
    e, winner, sure = run.experiment, None, None
    if e.dataset.on_plane:
        with np.errstate(all="ignore"):
            plane = plane_grid(e.dataset).astype(run.network.theta.dtype)
            winner, sure = (part.reshape(GRID, GRID) for part in boundary(run.network, plane))
    points = [*run.curve, run.measure_now()]
    return Pin(
        name or title(e),
        e,
        run.position.step,
        run.seconds,
        run.status,
        np.array(points, np.float64),
        winner,
        sure,
        run.data.source,
    )


def title(experiment: Experiment) -> str:
    """Return a short name: optimizer, learning rate, and the network."""
    optimizer = experiment.optimizer
    return f"{type(optimizer).__name__} {plain(optimizer.learning_rate)}, {experiment.summary}"


def differences(experiments: Sequence[Experiment]) -> dict[str, list[str]]:
    """Return the settings that differ, by their titles, each with its value in every experiment.

    If all have chosen the same entry, such as Adam, only those of its settings appear that differ.
    """
    table: dict[str, list[str]] = {}
    for name, heading in TITLES.items():
        table |= _parted(heading, [getattr(experiment, name) for experiment in experiments])
    return table


def sets_apart(pins: Sequence[Pin]) -> dict[str, list[str]]:
    """Return a row of the table that names each run's test pictures; none where they are all the
    same.
    """
    sets = [
        name_of(pin.experiment.dataset)
        if not pin.experiment.dataset.has_pictures
        else set_name(pin.source) + ", for validation" * bool(pin.experiment.validation_share)
        for pin in pins
    ]
    pictures = any(pin.experiment.dataset.has_pictures for pin in pins)
    return {"Tested on pictures of": sets} if pictures and len(set(sets)) > 1 else {}


def _parted(heading: str, values: Sequence[Any]) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    first = values[0]
    if all(value == first for value in values):
        return {}
    if isinstance(first, Choice) and len({type(value) for value in values}) == 1:
        for f in fields(first):
            label = f.metadata.get("label") or f.name.replace("_", " ")
            table |= _parted(f"{heading}: {label}", [getattr(value, f.name) for value in values])
        return table
    if isinstance(first, tuple) and len({len(value) for value in values}) == 1:
        for number, values_there in enumerate(zip(*values, strict=True), 1):
            table |= _parted(f"{heading.removesuffix('s')} {number}", values_there)
        return table
    return {heading: [_word(value) for value in values]}


def _word(value: Any) -> str:
    if isinstance(value, tuple):
        return plainly(", ".join(map(format_choice, value))) or "none"
    text = (
        plainly(format_choice(value))
        if isinstance(value, Choice)
        else plain(value)
        if isinstance(value, float)
        else str(value)
    )
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def median_curve(histories: Sequence[Sequence[Epoch]], what: str) -> dict[str, NDArray[np.float64]]:
    """Return median, lowest and highest of several runs after each epoch that any of them has
    reached.

    `what` names a column of the histories, such as test_loss. A run that stopped early counts on
    with its last figure; one without any is left out.
    """
    rows = [{row.epoch: getattr(row, what) for row in history} for history in histories if history]
    epochs = sorted(set().union(*rows))
    if not epochs:
        return {name: np.zeros(0) for name in ("epoch", "median", "lowest", "highest")}
    values = np.empty((len(rows), len(epochs)))
    for filled, row in zip(values, rows, strict=True):
        figure = next(iter(row.values()))
        for column, epoch in enumerate(epochs):
            filled[column] = figure = row.get(epoch, figure)
    return {
        "epoch": np.array(epochs, np.float64),
        "median": np.median(values, axis=0),
        "lowest": values.min(axis=0),
        "highest": values.max(axis=0),
    }


def with_seeds(experiment: Experiment, epochs: int) -> dict[str, Experiment]:
    """Return the experiment with SEEDS seeds from its own on: other first weights, another order,
    and for drawn sets other points.
    """
    seeds = [(experiment.seed + number) % 2**32 for number in range(SEEDS)]
    return {
        f"Seed {seed}": experiment.changed(seed=seed, data_seed=None, epochs=epochs)
        for seed in seeds
    }


def race_optimizers(experiment: Experiment, epochs: int) -> dict[str, Experiment]:
    """Return the experiment with every optimizer at its usual learning rate; its own keeps its
    settings.
    """
    own = experiment.optimizer
    return {
        name: experiment.changed(
            optimizer=own if type(own) is optimizer_class else optimizer_class(), epochs=epochs
        )
        for name, optimizer_class in OPTIMIZERS.items()
    }


def ranking(pins: Sequence[Pin]) -> list[dict[str, Any]]:
    """Return a row of the table for each run, the lowest test loss first.

    Each has the epoch at which the run reached twice the best loss of all, or None if it never did.
    Runs that diverged come last.
    """
    goal = 2 * min(
        (float(np.nanmin(pin.curve[:, 2])) for pin in pins if not pin.diverged), default=-np.inf
    )
    rows = []
    for pin in sorted(pins, key=lambda pin: np.inf if pin.diverged else pin.test_loss):
        there = pin.curve[pin.curve[:, 2] <= goal, 0]
        rows.append(
            {
                "Optimizer": plainly(format_choice(pin.experiment.optimizer)),
                "Test loss": None if pin.diverged else pin.test_loss,
                "Test accuracy": None if pin.diverged else pin.test_accuracy,
                TWICE: float(there[0]) if len(there) else None,
            }
        )
    return rows
