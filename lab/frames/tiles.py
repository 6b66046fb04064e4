"""A tile is a run as small as it can be told apart on a wall: a few figures, and its boundary as
32x32 pixels or, for pictures, its curve.
"""

from dataclasses import dataclass, field
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from lab.frames.boundary import boundary, plane_grid
from lab.frames.protocol import finite
from lab.runs.goals import Goal
from lab.runs.history import Epoch
from lab.runs.run import DIVERGED, Run

SIDE = 32  # pixels
POINTS = 40  # of a curve
SHADES = 32  # of how sure a network is, beside one of eight classes in a byte
LONG = 40  # points of a curve from which on it can be said to stand still
STILL = 0.01  # the share of its loss that a run must have won lately, or it is stuck
GOOD = 0.97  # the accuracy from which on standing still is no trouble


class Standing(NamedTuple):
    """How a run met a goal: at which epoch and step, with what value, and how large it is.

    by_hand: whether a weight was set by hand
    """

    epoch: int
    value: float
    units: int
    parameters: int
    steps: int
    by_hand: bool


@dataclass(frozen=True)
class Tile:
    """What a wall shows of a run.

    status: as frames have it; stuck: whether it learns no more, though not all is right
    units: the network in a line; accuracy: of the test set, R² for regression
    plane: SIDE x SIDE bytes, top row first: the class, and above its three bits how sure, of 32
    curve: POINTS bytes at most, the test loss from 0 to 255, the highest; empty for points
    standing: the best way in which it has met the goal that was asked about
    """

    status: str
    step: int = 0
    epoch: int = 0
    units: str = ""
    loss: float | None = None
    accuracy: float | None = None
    regression: bool = False
    solved: bool = False
    stuck: bool = False
    plane: bytes = field(default=b"", repr=False)
    curve: bytes = field(default=b"", repr=False)
    standing: Standing | None = None


class _Counted(NamedTuple):
    """What has been read of a history: up to which epoch, under which goal, and what it came to."""

    goal: str
    epoch: int
    standing: Standing | None


_grids: WeakKeyDictionary[Run, NDArray[np.floating]] = WeakKeyDictionary()
_counted: WeakKeyDictionary[Run, _Counted] = WeakKeyDictionary()


def paint_tile(run: Run, status: str, goal: str = "") -> Tile:
    """Return the tile of a run that is at `status`; `goal` is the sentence of one, or ""."""
    now = run.measure_now()
    plane = curve = b""
    with np.errstate(all="ignore"):
        if run.experiment.dataset.on_plane:
            plane = _paint_plane(run)
        else:
            curve = _paint_curve(run)
    return Tile(
        status,
        run.position.step,
        run.position.epoch,
        run.experiment.summary,
        finite(now.test_loss),
        finite(now.test_accuracy),
        run.network.regression,
        run.solved,
        is_stuck(run),
        plane,
        curve,
        count_standing(run, goal) if goal else None,
    )


def _paint_plane(run: Run) -> bytes:
    if run not in _grids:
        grid = plane_grid(run.experiment.dataset, SIDE)
        _grids[run] = grid.astype(run.network.theta.dtype)
    winner, sure = boundary(run.network, _grids[run])
    return bytes((winner | (sure // (256 // SHADES) << 3)).astype(np.uint8))


def _paint_curve(run: Run) -> bytes:
    losses = np.array([point.test_loss for point in [*run.curve, run.curve.latest]])
    losses = losses[np.isfinite(losses)]
    few = losses[np.linspace(0, len(losses) - 1, min(POINTS, len(losses))).astype(int)]
    top = few.max(initial=1e-9)
    return bytes(np.rint(255 * (few / top).clip(0, 1)).astype(np.uint8))


def is_stuck(run: Run) -> bool:
    """Return whether the loss of a run that is not good yet has stood still for half its curve."""
    curve = run.curve
    if run.status == DIVERGED or len(curve) < LONG or curve.latest.test_accuracy >= GOOD:
        return False
    half = len(curve) // 2
    before = min(point.test_loss for point in curve[:half])
    lately = min(point.test_loss for point in curve[half:])
    return not lately < before * (1 - STILL)


def count_standing(run: Run, goal: str) -> Standing | None:
    """Return the best way in which a run has met a goal by its own history; None for not at all.

    Only rows that were not looked at before are: a long history costs nothing when asked again.
    """
    known = _counted.get(run)
    if known is None or known.goal != goal:
        known = _Counted(goal, -1, None)
    wanted, standing = Goal.parse(goal), known.standing
    new = [row for row in run.history if row.epoch > known.epoch]
    for row in new:
        if found := _standing(run, wanted, row):
            standing = min(standing or found, found, key=lambda each: rank(wanted, each))
    last = run.history[-1].epoch if run.history else -1
    _counted[run] = _Counted(goal, last, standing)
    return standing


def _standing(run: Run, goal: Goal, row: Epoch) -> Standing | None:
    """Return how a row of a history meets a goal, None where it does not."""
    if row.epoch < 1 or not goal.reached([row._asdict()]):
        return None
    experiment = run.experiment
    steps = row.epoch * run.batches
    counts = {
        "units": experiment.units,
        "parameters": experiment.parameters,
        "steps": steps,
        "epochs": row.epoch,
    }
    if any(counts[name] > most for name, most in goal.limits.items()):
        return None
    by_hand = any("edit" in change for change in run.changes)
    value = getattr(row, goal.metric.replace("validation", "test"))
    return Standing(row.epoch, value, experiment.units, experiment.parameters, steps, by_hand)


def rank(goal: Goal, standing: Standing) -> tuple[float, ...]:
    """Return what standings are ordered by: what the goal wants fewest of, or else the figure that
    it asks for; then who was thriftier.
    """
    counts = {
        "units": standing.units,
        "parameters": standing.parameters,
        "steps": standing.steps,
        "epochs": standing.epoch,
    }
    better = standing.value if goal.at_most else -standing.value
    first = counts[goal.fewest] if goal.fewest else better
    return first, standing.parameters, standing.steps, better
