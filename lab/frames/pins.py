"""Comparing runs: what was set differently, the middle of several and how far they spread, and
races to start.

A pinned run is a plain record of what it had reached, which outlives the run.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import OPTIMIZERS, Choice, format_choice
from lab.data.image_sets import set_name
from lab.data.menu import name_of
from lab.frames.boundary import GRID, boundary, plane_grid
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
    "epochs": "Epochs",
    "seed": "Seed",
}


@dataclass(frozen=True)
class Pin:
    """A run as it stood: its curve (epoch, train loss, test loss, train accuracy, test accuracy),
    (points, 5), its figures, and for points on a plane the boundary, GRID x GRID as in
    lab/frames/boundary.py.
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
        """Whether it came to a bad end, at figures that say nothing."""
        return self.status == DIVERGED or not np.isfinite(self.test_loss)

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
    """A short name: optimizer, learning rate, and the network."""
    optimizer = experiment.optimizer
    return f"{type(optimizer).__name__} {plain(optimizer.learning_rate)}, {experiment.summary}"


def differences(experiments: Sequence[Experiment]) -> dict[str, list[str]]:
    """By its title each setting that is not the same in all, with its value in each as people write
    it.

    Where all have chosen the same, such as Adam, only those of its settings are told that differ.
    """
    table: dict[str, list[str]] = {}
    for name, heading in TITLES.items():
        table |= _parted(heading, [getattr(experiment, name) for experiment in experiments])
    return table


def sets_apart(pins: Sequence[Pin]) -> dict[str, list[str]]:
    """What the test pictures of each were, as a row of the table, where those of pictures were not
    all the same.
    """
    sets = [
        name_of(pin.experiment.dataset) if pin.experiment.dataset.on_plane else set_name(pin.source)
        for pin in pins
    ]
    pictures = not all(pin.experiment.dataset.on_plane for pin in pins)
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


def middle(histories: Sequence[Sequence[Epoch]], what: str) -> dict[str, NDArray[np.float64]]:
    """The median of several runs after each epoch that any has reached, and the lowest and the
    highest.

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
    """The same with the next few seeds: other first weights and another order, and for drawn sets
    other points.
    """
    seeds = [(experiment.seed + number) % 2**32 for number in range(SEEDS)]
    return {f"Seed {seed}": experiment.changed(seed=seed, epochs=epochs) for seed in seeds}


def race(experiment: Experiment, epochs: int) -> dict[str, Experiment]:
    """The same under every optimizer, each at its usual learning rate; the experiment's own stays
    as it is set.
    """
    own = experiment.optimizer
    return {
        name: experiment.changed(
            optimizer=own if type(own) is optimizer_class else optimizer_class(), epochs=epochs
        )
        for name, optimizer_class in OPTIMIZERS.items()
    }


def ranking(pins: Sequence[Pin]) -> list[dict[str, Any]]:
    """The runs by their test loss, the best first, with the epoch at which each reached twice the
    best loss of all.

    Those that diverged come last, and None stands for what they never reached.
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
