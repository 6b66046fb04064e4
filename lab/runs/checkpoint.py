"""A checkpoint is all that decides how a run goes on, besides θ and the experiment.

A run restored from it does what the other run would have done, bit for bit. From a file it is read
strictly: every number of the right kind and size, or a sentence why not.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import TrainingPosition, evaluate
from engine.settings import check_number, shown
from lab.runs.changes import read_change
from lab.runs.experiment import MAX_EPOCHS, Experiment
from lab.runs.history import CURVE_POINTS, Curve, CurvePoint, Epoch, History
from lab.runs.run import FINISHED, READY, RESTED, STOPPED_EARLY, Run

MOST_ROWS, MOST_CHANGES = 10_000, 5_000  # of a history, and of changes on the way, in a file
ENDINGS = ((READY, ""), (FINISHED, ""), (FINISHED, STOPPED_EARLY), (FINISHED, RESTED))

Notes = dict[str, Any]
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Checkpoint:
    """The state of a run between two steps.

    `memory` has what optimizer, schedule and regularizers remember, by their names in
    `Run.remembering`; its arrays are the run's own, so write them down before the next step.
    `rng` is the state of the run's generator; the other fields are as in `Run`.
    """

    memory: dict[str, dict[str, Any]]
    position: TrainingPosition
    rng: Mapping[str, Any]
    measured: int
    status: str
    message: str
    seconds: float
    measuring_seconds: float
    history: History
    curve: Curve
    changes: list[dict[str, Any]]
    begun: Experiment

    @classmethod
    def of(cls, run: Run) -> "Checkpoint":
        """Return the state of the run as it stands."""
        return cls(
            {owner: choice.memory() for owner, choice in run.remembering.items()},
            run.training_position,
            run.rng.bit_generator.state,
            run.measured,
            run.status,
            run.message,
            run.seconds,
            run.measuring_seconds,
            run.history,
            run.curve,
            run.changes,
            run.begun,
        )

    def restore(self, run: Run) -> None:
        """Set a fresh run to this state; θ and the buffers of its network must be there already.

        Raises ValueError for a run of another experiment.
        """
        if not run.experiment.continues(self.begun):
            raise ValueError("the run in the file was begun as another experiment")
        if self.position.step:
            run.optimizer.start(run.network.theta)
        for owner, choice in run.remembering.items():
            for name, value in self.memory[owner].items():
                setattr(choice, name, value)
        vars(run.training_position).update(vars(self.position))
        run.rng.bit_generator.state = self.rng
        run.measured, run.status, run.message = self.measured, self.status, self.message
        run.seconds, run.measuring_seconds = self.seconds, self.measuring_seconds
        run.history, run.curve = self.history, self.curve
        run.changes, run.begun = self.changes, self.begun
        if run.history:
            run.count_confusion(evaluate(run.network, run.data.test_x, run.test_targets).answers)
        if run.status == FINISHED and run.training_position.epoch < run.experiment.epochs:
            run.status, run.message = READY, ""
        planned = [change["epochs"] for change in run.changes if "epochs" in change]
        if run.experiment.epochs != [run.begun.epochs, *planned][-1]:
            run.note_settings(resumed=True)

    def to_file(self) -> tuple[Notes, Arrays]:
        """Return what a file keeps of it: notes for JSON, and arrays by name."""
        notes: Notes = {}
        arrays: Arrays = {}
        for owner, memory in self.memory.items():
            notes[owner] = {}
            for name, value in memory.items():
                if isinstance(value, np.ndarray):
                    arrays[f"{owner}.{name}"] = value
                else:
                    notes[owner][name] = value if math.isfinite(value) else None
        return notes | {
            "bookmark": vars(self.position),
            "chance": self.rng,
            "measured": self.measured,
            "status": self.status,
            "message": self.message,
            "seconds": self.seconds,
            "measuring": self.measuring_seconds,
            "stride": self.history.stride,
            "curve": list(map(_finite_or_none, self.curve)),
            "curve_calls": self.curve.calls,
            "curve_every": self.curve.every,
            "latest": _finite_or_none(self.curve.latest),
            "history": self.history.shortened(MOST_ROWS - 1),
            "changes": self.changes,
            "begun": self.begun.to_dict(),
        }, arrays

    @classmethod
    def from_file(cls, notes: Notes, arrays: Arrays, run: Run) -> "Checkpoint":
        """Return the checkpoint that `to_file` wrote, for a fresh `run` with θ from the same file.

        Raises ValueError where something is missing or of the wrong kind.
        """
        try:
            position = TrainingPosition(**notes["bookmark"])
            memory = _read_memory(notes, arrays, run, begun=bool(position.step))
            rng = _read_position(position, notes["chance"], run.batches)
            measured = int(check_number("measured", notes["measured"], int, 0, position.epoch))
            seconds = check_number("seconds", notes["seconds"], float, 0, 1e9)
            measuring = check_number("measuring", notes["measuring"], float, 0, seconds)
            history, curve = _read_history(notes, position.epoch), _read_curve(notes)
            changes = list(map(read_change, _list("changes", notes["changes"], MOST_CHANGES)))
            begun = Experiment.from_dict(notes.get("begun", run.experiment.to_dict()))
            status, message = notes["status"], notes["message"]
        except (KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"what is needed to go on is not all there ({error})") from error
        if (status, message) not in ENDINGS:
            raise ValueError("the run in the file was neither at work nor finished")
        return cls(
            memory,
            position,
            rng,
            measured,
            status,
            message,
            seconds,
            measuring,
            history,
            curve,
            changes,
            begun,
        )


# --- reading strictly -----------------------------------------------------------------------------


def _read_memory(
    notes: Notes, arrays: Arrays, run: Run, *, begun: bool
) -> dict[str, dict[str, Any]]:
    """Return what is remembered, by owner, checked against what a run that has `begun` would
    remember.
    """
    optimizer, theta = run.optimizer.changed(), run.network.theta
    if begun:
        optimizer.start(theta)
    fresh, whole = run.remembering | {"optimizer": optimizer}, len(theta) + len(run.network.buffers)
    memory: dict[str, dict[str, Any]] = {}
    expected = set()
    for owner, choice in fresh.items():
        memory[owner] = {}
        for name, value in choice.memory().items():
            if not isinstance(value, np.ndarray):
                memory[owner][name] = _like(notes[owner][name], value)
                continue
            full_name = f"{owner}.{name}"
            expected.add(full_name)
            # empty where there is nothing yet; early stopping keeps the buffers behind θ
            shapes = {value.shape, (whole if name == "kept" else len(theta),)}
            memory[owner][name] = _read_array(full_name, arrays[full_name], theta, shapes)
    if expected != set(arrays):
        raise ValueError(f"{min(set(arrays) - expected)} belongs to nobody")
    return memory


def _read_position(
    position: TrainingPosition, state: Mapping[str, Any], batches: int
) -> Mapping[str, Any]:
    """Check where training stands; return the state of the random generator."""
    step, batch = check_number("step", position.step, int, 0, 2**53), position.batch
    if step != max(0, (position.epoch - 1) * batches + batch) or not 0 <= batch <= batches:
        raise ValueError("epoch, batch and step do not fit together")
    generator = np.random.default_rng(0).bit_generator
    if position.shuffle is not None:
        generator.state = dict(position.shuffle)  # refuses what is no state
    generator.state = state
    return generator.state


def _read_history(notes: Notes, epoch: int) -> History:
    """Return the history of a run that stands in `epoch`."""
    stride = int(check_number("stride", notes["stride"], int, 0, 2**20))
    rows = [
        _row("the history", row, 6) for row in _list("the history", notes["history"], MOST_ROWS)
    ]
    if not np.isfinite(rows).all() or any(max(row[3], row[5]) > 1 for row in rows):
        raise ValueError("the history must have numbers only, and accuracies up to 1")
    history = History((Epoch(int(row[0]), *row[1:]) for row in rows), stride)
    epochs = [row.epoch for row in history]
    if epochs != sorted(set(epochs)) or (epochs and epochs[-1] > epoch):
        raise ValueError("the epochs of the history must rise, up to that of the run")
    return history


def _read_curve(notes: Notes) -> Curve:
    calls = int(check_number("curve_calls", notes["curve_calls"], int, 0, 2**53))
    every = int(check_number("curve_every", notes["curve_every"], int, 1, 2**53))
    points = _list("the curve", notes["curve"], 2 * CURVE_POINTS + 1)
    curve = Curve((CurvePoint(*_row("the curve", p, 5)) for p in points), calls=calls, every=every)
    curve.latest = CurvePoint(*_row("the latest point of the curve", notes["latest"], 5))
    return curve


def _read_array(
    name: str, values: NDArray[Any], theta: NDArray[Any], shapes: set[tuple[int, ...]]
) -> NDArray[Any]:
    """Return an array that an optimizer or a regularizer remembers, in the dtype of θ."""
    if values.shape not in shapes or values.dtype.kind != "f":
        raise ValueError(f"{name} has the wrong shape or kind")
    with np.errstate(over="ignore"):  # beyond float32 is infinite, and refused as such
        array = values.astype(theta.dtype)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds something that is not finite")
    if name == "optimizer.s" and array.min(initial=0) < 0:
        raise ValueError(f"{name} is a sum of squares, and holds a number below 0")
    return array


def _like(value: object, fresh: float) -> float:
    """Return a number that an optimizer or a schedule remembers, checked by the number it began
    with.

    What began at 0 is a count; at infinity, the best so far; at 1, a product of factors up to 1.
    """
    if math.isinf(fresh):
        return _number(value)
    low, high = (0, 1) if fresh == 1 and isinstance(fresh, float) else (0, 2**53)
    return check_number("a number that is remembered", value, type(fresh), low, high)


def _number(value: object) -> float:
    if value is None:
        return math.inf
    return check_number("a number that is remembered", value, float, -1e300, 1e300)


def _list(name: str, value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"{name} must be a list of at most {most:,}, not {shown(value)}")
    return value


def _row(name: str, value: object, length: int) -> list[float]:
    """Return a row of numbers, of which the first is the epoch."""
    if len(row := _list(name, value, length)) != length:
        raise ValueError(f"{name} must have {length} numbers, not {len(row)}")
    numbers = list(map(_number, row))
    if not 0 <= numbers[0] <= MAX_EPOCHS:
        raise ValueError(f"the epoch of {name} must be from 0 to {MAX_EPOCHS}, not {shown(row[0])}")
    return numbers


def _finite_or_none(row: Iterable[float]) -> list[float | None]:
    # JSON has no infinity: a loss may overflow while the weights are still numbers
    return [value if math.isfinite(value) else None for value in row]
