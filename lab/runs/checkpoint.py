"""A checkpoint is all that decides how a run goes on, besides θ and the experiment.

A run restored from it does what the other run would have done, bit for bit. From a file it is read
strictly: every number of the right kind and size, or a sentence why not.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import TrainingPosition, evaluate
from engine.settings import check_number, shown
from lab import limits
from lab.runs.changes import read_change
from lab.runs.experiment import MAX_EPOCHS, Experiment
from lab.runs.history import CURVE_POINTS, Curve, CurvePoint, Epoch, History, Look
from lab.runs.run import (
    FINISHED,
    READY,
    RESTED,
    STOPPED_BY_VALIDATION,
    STOPPED_EARLY,
    Run,
)

MOST_ROWS, MOST_CHANGES = limits.HISTORY.most, limits.CHANGES.most
# arrays besides those that somebody remembers: a row for every `Epoch`, and one for every
# `CurvePoint` with the latest at the end
TABLES = HISTORY, CURVE = "run.history", "run.curve"
STOPPED = (STOPPED_EARLY, STOPPED_BY_VALIDATION)
ENDINGS = ((READY, ""), *((FINISHED, message) for message in ("", *STOPPED, RESTED)))

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
    tested: Look | None = None

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
            run.tested,
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
        run.changes, run.begun, run.tested = self.changes, self.begun, self.tested
        if run.history:
            run.count_confusion(evaluate(run.network, run.data.test_x, run.test_targets).answers)
        changed = [change["epochs"] for change in run.changes if "epochs" in change]
        planned = [run.begun.epochs, *changed][-1]
        # a run that stopped early has ended, unless it is given more epochs than it had
        stopped = run.message in STOPPED and run.experiment.epochs <= planned
        unfinished = run.training_position.epoch < run.experiment.epochs
        if run.status == FINISHED and unfinished and not stopped:
            run.status, run.message = READY, ""
        if run.experiment.epochs != planned:
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
        arrays[HISTORY] = _table(self.history.shortened(MOST_ROWS - 1), len(Epoch._fields))
        arrays[CURVE] = _table([*self.curve, self.curve.latest], len(CurvePoint._fields))
        return notes | {
            "bookmark": vars(self.position),
            "chance": self.rng,
            "measured": self.measured,
            "status": self.status,
            "message": self.message,
            "seconds": self.seconds,
            "measuring": self.measuring_seconds,
            "stride": self.history.stride,
            "curve_calls": self.curve.calls,
            "curve_every": self.curve.every,
            "changes": self.changes,
            "begun": self.begun.to_dict(),
            **({"tested": list(self.tested)} if self.tested else {}),
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
            history = _read_history(notes, arrays, position.epoch)
            curve = _read_curve(notes, arrays)
            changes = list(map(read_change, _list("changes", notes["changes"], MOST_CHANGES)))
            begun = Experiment.from_dict(notes.get("begun", run.experiment.to_dict()))
            tested = _read_look(notes["tested"], position.step) if "tested" in notes else None
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
            tested,
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
    if strange := set(arrays) - expected - set(TABLES):
        raise ValueError(f"{min(strange)} belongs to nobody")
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


def _read_look(value: object, step: int) -> Look:
    """Return what was last seen of the test set by a run that has made so many steps."""
    if not isinstance(value, list) or len(value) != len(Look._fields):
        raise ValueError("the last look at the test set must have five numbers")
    seen, loss, accuracy, examples, times = value
    return Look(
        int(check_number("the step of the look", seen, int, 0, step)),
        check_number("the loss of the look", loss, float, -1e300, 1e300),
        check_number("the accuracy of the look", accuracy, float, -1e300, 1),
        int(check_number("the examples of the look", examples, int, 1, 10**9)),
        int(check_number("the number of looks", times, int, 1, 2**53)),
    )


def _read_history(notes: Notes, arrays: Arrays, epoch: int) -> History:
    """Return the history of a run that stands in `epoch`."""
    stride = int(check_number("stride", notes["stride"], int, 0, 2**20))
    columns = len(Epoch._fields)
    if "history" in notes:  # files of before the tables
        rows = _rows("the history", notes["history"], columns, MOST_ROWS)
    else:
        rows = _read_table("the history", arrays[HISTORY], columns, MOST_ROWS)
    if not np.isfinite(rows).all() or (rows[:, [3, 5]] > 1).any():
        raise ValueError("the history must have numbers only, and accuracies up to 1")
    epochs = rows[:, 0].astype(int)
    if (np.diff(epochs) <= 0).any() or (len(epochs) and epochs[-1] > epoch):
        raise ValueError("the epochs of the history must rise, up to that of the run")
    return History((Epoch(int(first), *row) for first, *row in rows.tolist()), stride)


def _read_curve(notes: Notes, arrays: Arrays) -> Curve:
    calls = int(check_number("curve_calls", notes["curve_calls"], int, 0, 2**53))
    every = int(check_number("curve_every", notes["curve_every"], int, 1, 2**53))
    name, columns, most = "the curve", len(CurvePoint._fields), 2 * CURVE_POINTS + 1
    if "curve" in notes:  # files of before the tables
        rows = _rows(name, notes["curve"], columns, most)
        rows = np.vstack([rows, _rows(name, [notes["latest"]], columns, 1)])
    else:
        rows = _read_table(name, arrays[CURVE], columns, most + 1)
    if not len(rows):
        raise ValueError("the curve has no point")
    *points, latest = [CurvePoint(*row) for row in rows.tolist()]
    curve = Curve(points, calls=calls, every=every)
    curve.latest = latest
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


def _rows(name: str, value: object, columns: int, most: int) -> NDArray[np.float64]:
    """Return a table that was written as JSON, row by row; infinity as null."""
    rows = [
        [_number(number) for number in _list(name, row, columns)]
        for row in _list(name, value, most)
    ]
    if any(len(row) != columns for row in rows):
        raise ValueError(f"{name} must have {columns} numbers in every row")
    return _read_table(name, np.array(rows, np.float64).reshape(-1, columns), columns, most)


def _read_table(name: str, table: NDArray[Any], columns: int, most: int) -> NDArray[np.float64]:
    """Return a table, (rows, columns) of float64, of which the first column has epochs."""
    if table.dtype != np.float64 or table.ndim != 2 or table.shape[1] != columns:
        raise ValueError(f"{name} must be a table of {columns} columns")
    if len(table) > most:
        raise ValueError(f"{name} must have at most {most:,} rows, not {len(table):,}")
    if np.isnan(table).any():
        raise ValueError(f"{name} holds something that is no number")
    epochs = table[:, 0]
    if len(table) and not (epochs.min() >= 0 and epochs.max() <= MAX_EPOCHS):
        raise ValueError(f"the epochs of {name} must be from 0 to {MAX_EPOCHS}")
    return table


def _table(rows: Sequence[tuple[float, ...]], columns: int) -> NDArray[np.float64]:
    return np.array(rows, np.float64).reshape(-1, columns)
