"""A run is one experiment being trained: what it has done so far, and the next step whenever
somebody asks for it.

The command line and the worker processes drive the very same `Run`, which is why both give the same
history.
"""

import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine import (
    OPTIMIZERS,
    REGULARIZERS,
    Bookmark,
    Choice,
    Network,
    Optimizer,
    Regularizer,
    Schedule,
    Step,
    Trouble,
    confusion_matrix,
    evaluate,
    fit,
    from_dict,
    measure,
    troubles,
)
from engine.settings import check_number, shown
from lab.data.dataset import Data
from lab.runs.edit import Edit
from lab.runs.experiment import MAX_EPOCHS, Experiment
from lab.runs.snapshots import Album, Snapshot

CURVE_POINTS = 300
MOST_ROWS, MOST_CHANGES = 10_000, 5_000  # of a history, and of changes on the way, in a file
SAMPLE = 2000  # pictures on which the curve is measured between two epochs

SETTLED = 100  # steps before which nothing is said of units
DIAGNOSED = 500  # examples on which the units are looked at for trouble

READY, FINISHED, DIVERGED = "ready", "finished", "diverged"
DIVERGED_MESSAGE = (
    "The loss has grown beyond all numbers: every step jumped further past the valley. "
    "Choose a smaller learning rate; the run then starts again."
)
RESTED = "This run has had its half hour of computing, and rests now."
STOPPED_EARLY = (
    "The test loss has stopped falling: stopped early, and went back to the weights that did best."
)


class Epoch(NamedTuple):
    """A row of a run's history; losses and accuracies over all training and all test examples at
    the epoch's end.

    For regression accuracy is R² (engine/metrics.py), here and everywhere.
    """

    epoch: int
    seconds: float
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float


class CurvePoint(NamedTuple):
    """A point of the curves that a page draws; `epoch` is a fraction within an epoch."""

    epoch: float
    train_loss: float
    test_loss: float
    train_accuracy: float
    test_accuracy: float


def _number(value: object, kind: type) -> float:
    if value is None:
        return math.inf
    return check_number("a number that is remembered", value, kind, -1e300, 1e300)


def _like(value: object, fresh: float) -> float:
    """A number that an optimizer or a schedule remembers, of the kind with which it began.

    Counts begin at 0; what begins at infinity is the best so far; what begins at 1 is a product of
    factors up to 1.
    """
    if math.isinf(fresh):
        return _number(value, float)
    low, high = (0, 1) if fresh == 1 and isinstance(fresh, float) else (0, 2**53)
    return check_number("a number that is remembered", value, type(fresh), low, high)


def _remembered(
    what: str, values: NDArray[Any], theta: NDArray[Any], shapes: set[tuple[int, ...]]
) -> NDArray[Any]:
    """An array that an optimizer or a regularizer remembers, in θ's kind of numbers."""
    if values.shape not in shapes or values.dtype.kind != "f":
        raise ValueError(f"{what} has the wrong shape or kind")
    with np.errstate(over="ignore"):  # beyond float32 is infinite, and refused as such
        found = values.astype(theta.dtype)
    if not np.isfinite(found).all():
        raise ValueError(f"{what} holds something that is not finite")
    if what == "optimizer.s" and found.min(initial=0) < 0:
        raise ValueError(f"{what} is a sum of squares, and holds a number below 0")
    return found


def _finite(row: tuple[float, ...]) -> list[float | None]:
    # JSON has no infinity: a loss may overflow while the weights are still numbers
    return [value if math.isfinite(value) else None for value in row]


def _listed(name: str, value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"{name} must be a list of at most {most:,}, not {shown(value)}")
    return value


def _row(name: str, value: object, length: int) -> list[float]:
    """A row of numbers of a file, of which the first is the epoch."""
    if len(row := _listed(name, value, length)) != length:
        raise ValueError(f"{name} must have {length} numbers, not {len(row)}")
    numbers = [_number(number, float) for number in row]
    if not 0 <= numbers[0] <= MAX_EPOCHS:
        raise ValueError(f"the epoch of {name} must be from 0 to {MAX_EPOCHS}, not {shown(row[0])}")
    return numbers


def _change(change: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says was changed on the way, checked."""
    step, epoch = (check_number(name, change[name], int, 0, 2**53) for name in ("step", "epoch"))
    if "edit" in change:
        edit = Edit.from_dict(change["edit"])
        return {"step": step, "epoch": epoch, "edit": vars(edit) | {"index": list(edit.index)}}
    resumed = {"resumed": True} if change.get("resumed") else {}
    return (
        {"step": step, "epoch": epoch}
        | resumed
        | {
            "optimizer": from_dict(OPTIMIZERS, change["optimizer"], "optimizer").to_dict(),
            "regularizers": [
                from_dict(REGULARIZERS, one, "regularizer").to_dict()
                for one in change["regularizers"]
            ],
            "epochs": check_number("epochs", change["epochs"], int, 1, MAX_EPOCHS),
        }
    )


class Run:
    """An experiment in training.

    Attributes
    ----------
    status: "ready", "finished" or "diverged"; whether a ready run is at work is for whoever drives
    it to say
    history: an `Epoch` for every epoch, or for every 2nd, 4th, 8th ... when `thin` is set and they
    become many
    curve, latest: a `CurvePoint` now and then, and the newest
    seconds: time spent on this run, training and measuring
    """

    def __init__(
        self, experiment: Experiment, data: Data | None = None, *, thin: bool = True
    ) -> None:
        self.experiment = self.begun = (
            experiment  # as it is, and as it was before anything was changed on the way
        )
        self.data = data or experiment.dataset.load(experiment.seed)
        self.network: Network = experiment.network()
        self.optimizer: Optimizer = experiment.optimizer.changed()
        self.schedule: Schedule = experiment.schedule.changed()
        self.regularizers: list[Regularizer] = [
            regularizer.changed() for regularizer in experiment.regularizers
        ]
        self.train_targets = self.network.targets(self.data.train_y)
        self.test_targets = self.network.targets(self.data.test_y)
        self.status = READY
        self.message = ""
        exact, whole = experiment.dataset.exact, len(self.data.train_x) // experiment.batch_size
        self.batches = whole if exact else -(-len(self.data.train_x) // experiment.batch_size)
        self.bookmark = Bookmark()
        self.planes: dict[int, NDArray[np.floating]] = {}  # for whoever paints them
        self.looked: tuple[float, int, Any] = (0.0, 0, None)  # for whoever looks after its health
        self.album = Album()
        self.before: NDArray[np.floating] | None = (
            None  # θ before the last step, once `remember_steps` was called
        )
        self._last: NDArray[np.floating] | None = None
        self.chance = np.random.default_rng([experiment.seed, 2])
        self.measured = 0  # the last epoch whose end has been dealt with
        self.history: list[Epoch] = []
        self.curve: list[CurvePoint] = []
        self._curve_calls, self._curve_every = 0, 1
        self.changes: list[dict[str, Any]] = []
        self.confusion: NDArray[np.int64] | None = None
        self.seconds = self._measuring_seconds = 0.0
        self._stride = 1 if thin else 0
        self._slice_start: float | None = None
        self._diagnosis: tuple[float, list[Trouble]] = (-math.inf, [])
        self._work = self._train()
        with np.errstate(all="ignore"):
            self._sample_curve(0.0)
        if exact:  # its page shows the losses of the untrained network as those of epoch 0
            at = self.latest
            self.history.append(
                Epoch(0, 0.0, at.train_loss, at.train_accuracy, at.test_loss, at.test_accuracy)
            )

    # --- driving ----------------------------------------------------------------------------------

    def work(self, seconds: float, steps: float = math.inf) -> None:
        """Trains for about `seconds` or for `steps` steps, or until the run is finished or has
        diverged.
        """
        last = self.position.step + steps
        self._drive(
            lambda stepped, spent: spent >= seconds or (stepped and self.position.step >= last)
        )

    def step_batch(self) -> None:
        """Makes exactly one step, of one batch."""
        target = self.position.step + 1
        self._drive(lambda stepped, _: stepped and self.position.step >= target)

    def step_epoch(self) -> None:
        """Trains to the end of the epoch, its measurement included."""
        epoch, batch, batches, _ = self.position
        target = epoch + 1 if epoch == 0 or batch == batches else epoch
        self._drive(
            lambda stepped, _: stepped and self.position.epoch >= target and self._at_epoch_end
        )

    def finish_measuring(self) -> None:
        """Measures to the end where a run was stopped between an epoch's last step and its losses."""
        while self.status == READY and self._at_epoch_end and self.measured < self.bookmark.epoch:
            self._drive(lambda *_: True)

    def close(self) -> None:
        """Ends the run: its generator and it hold each other, and would wait for the garbage
        collector.
        """
        self._work.close()

    @property
    def position(self) -> Step:
        """The last step that was made; all zero before the first."""
        at = self.bookmark
        return (
            Step(at.epoch, at.batch, self.batches, at.step)
            if at.step
            else Step(0, 0, self.batches, 0)
        )

    @property
    def _at_epoch_end(self) -> bool:
        return self.position.batch == self.position.batches

    def _drive(self, enough: Callable[[bool, float], bool]) -> None:
        if self.status in (FINISHED, DIVERGED):
            return
        self._slice_start = time.perf_counter()
        # float32 may overflow on its way to divergence: that is looked for below, and told in words
        self._photograph()
        with np.errstate(all="ignore"):
            for stepped in self._work:
                if stepped:
                    if self._last is not None:
                        spare = np.empty_like(self._last) if self.before is None else self.before
                        self.before, self._last = self._last, spare
                        np.copyto(spare, self.network.theta)
                    if self.bookmark.step >= self.album.due:
                        self._photograph()
                enough_now = enough(bool(stepped), time.perf_counter() - self._slice_start)
                if enough_now or self.status != READY:
                    break
            if not np.isfinite(self.network.theta).all():
                self._diverged()
        self.seconds = self._work_seconds()
        self._slice_start = None

    def _work_seconds(self) -> float:
        return self.seconds + (
            time.perf_counter() - self._slice_start if self._slice_start else 0.0
        )

    def _diverged(self) -> None:
        self.status, self.message = DIVERGED, DIVERGED_MESSAGE

    def _photograph(self) -> None:
        if self.bookmark.step >= self.album.due:
            numbers = np.concatenate([self.network.theta, self.network.buffers])
            self.album.add(
                Snapshot(self.bookmark.step, self.position.epoch, self.position.batch, numbers)
            )

    def remember_steps(self) -> None:
        """From here on `before` is θ as it was before the last step, which costs a copy of θ a
        step.
        """
        if self._last is None:
            self._last = self.network.theta.copy()

    def edit(self, edit: Edit) -> None:
        """Sets one number of θ by hand; ValueError where there is none of that name and place."""
        views = {
            name: view
            for name, view in self.network.names.items()
            if np.may_share_memory(view, self.network.theta)
        }
        array = views.get(edit.name)
        if (
            array is None
            or len(edit.index) != array.ndim
            or any(map(np.greater_equal, edit.index, array.shape))
        ):
            raise ValueError(f"this network has no weight {edit.name} at {list(edit.index)}")
        array[edit.index] = edit.value
        said = {"name": edit.name, "index": list(edit.index), "value": edit.value}
        self.changes.append(
            {"step": self.position.step, "epoch": self.position.epoch, "edit": said}
        )

    def change(self, experiment: Experiment) -> None:
        """Goes on under other knobs of optimizer and regularizer, or for more epochs; ValueError if
        more differs.
        """
        if not experiment.continues(self.experiment):
            raise ValueError(
                "only epochs and the optimizer's and regularizer's settings can change during a run"
            )
        if experiment == self.experiment:
            return
        mine = {type(regularizer): regularizer for regularizer in self.regularizers}
        # in place, as `fit` holds this very list; whoever has been there before keeps what it
        # remembers
        self.regularizers[:] = [
            mine.get(type(new), new.changed()) for new in experiment.regularizers
        ]
        for old, new in (
            (self.optimizer, experiment.optimizer),
            *zip(self.regularizers, experiment.regularizers, strict=True),
        ):
            vars(old).update({f.name: getattr(new, f.name) for f in fields(new)})
        self.experiment, self._diagnosis = experiment, (-math.inf, [])
        if self.status == FINISHED and self.position.epoch < experiment.epochs:
            self.status, self.message = READY, ""
        self._note_change()

    def _note_change(self, **more: bool) -> None:
        e = self.experiment
        self.changes.append(
            {"step": self.position.step, "epoch": self.position.epoch}
            | more
            | {
                "optimizer": e.optimizer.to_dict(),
                "regularizers": [one.to_dict() for one in e.regularizers],
                "epochs": e.epochs,
            }
        )

    # --- what happens -----------------------------------------------------------------------------

    def _train(self) -> Generator[bool | None, None, None]:
        # yields True after a step, with all that follows from it, and None while it is still
        # measuring
        between = (
            len(self.data.shape) == 2 and len(self.data.train_x) > SAMPLE
        )  # or it would cost more than training
        quarter = max(1, self.batches // 4)
        if self.bookmark.batch == self.batches and self.measured < self.bookmark.epoch:
            yield from self._end_epoch()  # resumed between an epoch's last step and its measurement
        while True:  # once, unless the run is given more epochs when it has finished
            for step in self._fit():
                if step.batch < step.batches:
                    yield True
                    if (
                        between
                        and step.batch % quarter == 0
                        and step.batch + quarter <= step.batches
                    ):
                        self._sample_curve(step.epoch - 1 + step.batch / step.batches)
                    continue
                yield from self._end_epoch()
                yield True

    def _end_epoch(self) -> Generator[bool | None, None, None]:
        epoch = self.bookmark.epoch
        last = epoch >= self.experiment.epochs
        if last or not self._stride or epoch % self._stride == 0:
            row = yield from self._measure_epoch(epoch)
            if row:
                self.schedule.observe(row.train_loss)
                if any(
                    regularizer.enough(self.network, row.test_loss)
                    for regularizer in self.regularizers
                ):
                    # the network is another one now, and the epoch's figures are to be its own
                    self.history.pop()
                    yield from self._measure_epoch(epoch)
                    self.status, self.message = FINISHED, STOPPED_EARLY
        self.measured = epoch
        if last and self.status == READY:
            self.status = FINISHED

    def _fit(self) -> Iterator[Step]:
        # an epoch that was begun is gone through, though fewer are wished for by now: none would be
        # no step, for ever
        e = self.experiment
        return fit(
            self.network,
            self.data.train_x,
            self.train_targets,
            self.optimizer,
            batch_size=e.batch_size,
            epochs=max(e.epochs, self.bookmark.epoch),
            rng=self.chance,
            schedule=self.schedule,
            regularizers=self.regularizers,
            bookmark=self.bookmark,
            carry=e.dataset.exact,
        )

    def _measure_epoch(self, epoch: int) -> Generator[bool | None, None, Epoch | None]:
        before = self._work_seconds()
        train = yield from measure(self.network, self.data.train_x, self.train_targets)
        test = yield from measure(self.network, self.data.test_x, self.test_targets)
        self._measuring_seconds += self._work_seconds() - before
        if not (math.isfinite(train.loss) and math.isfinite(test.loss)):
            self._diverged()
            return None
        row = Epoch(
            epoch, self._work_seconds(), train.loss, train.accuracy, test.loss, test.accuracy
        )
        self.history.append(row)
        if not self.network.regression:
            self.confusion = confusion_matrix(
                self.data.test_y, test.answers, len(self.data.classes)
            )
        self._add_to_curve(CurvePoint(epoch, train.loss, test.loss, train.accuracy, test.accuracy))
        if self._stride and len(self.history) > 2000:
            self._stride *= 2
            self.history = [
                old for old in self.history if old.epoch % self._stride == 0 or old is row
            ]
        return row

    def _sample_curve(self, epoch: float) -> None:
        """A point of the curve from the first SAMPLE examples of either kind: cheap enough to do
        within an epoch.
        """
        train = evaluate(self.network, self.data.train_x[:SAMPLE], self.train_targets[:SAMPLE])
        test = evaluate(self.network, self.data.test_x[:SAMPLE], self.test_targets[:SAMPLE])
        self._add_to_curve(CurvePoint(epoch, train.loss, test.loss, train.accuracy, test.accuracy))

    def _add_to_curve(self, point: CurvePoint) -> None:
        self.latest = point
        self._curve_calls += 1
        if self._curve_calls % self._curve_every == 0:
            self.curve.append(point)
        if len(self.curve) > 2 * CURVE_POINTS:
            self.curve = [self.curve[0], *self.curve[2::2]]
            self._curve_every *= 2

    def troubles(self) -> list[Trouble]:
        """What is wrong with the run as it stands, if anything; looked at again at most once a
        second.
        """
        if time.monotonic() - self._diagnosis[0] > 1:
            self._diagnosis = time.monotonic(), self._diagnose()
        return self._diagnosis[1]

    def _diagnose(self) -> list[Trouble]:
        points = [*self.curve, self.latest]
        train, test, accuracy = zip(
            *((p.train_loss, p.test_loss, p.test_accuracy) for p in points), strict=True
        )
        with np.errstate(all="ignore"):
            found = troubles.in_curves(train, test)
            if self.bookmark.step >= SETTLED and not any(
                trouble.kind == "diverged" for trouble in found
            ):
                # what the units show is more often the cause of what the curves show than the other
                # way round
                found = troubles.in_units(self.network, self.data.train_x[:DIAGNOSED]) + found
            return troubles.causes(found, train, accuracy, self.optimizer)

    def measure_now(self) -> CurvePoint:
        """Losses and accuracies at this very step for points; for pictures, which take longer, the
        newest known.
        """
        if len(self.data.shape) == 1 and self.status != DIVERGED:
            with np.errstate(all="ignore"):
                train = evaluate(self.network, self.data.train_x, self.train_targets)
                test = evaluate(self.network, self.data.test_x, self.test_targets)
            epoch = max(self.position.epoch - 1, 0) + self.position.batch / self.position.batches
            return CurvePoint(epoch, train.loss, test.loss, train.accuracy, test.accuracy)
        return self.latest

    @property
    def samples_per_second(self) -> float:
        """Training examples seen a second of training, measuring not counted."""
        training = self.seconds - self._measuring_seconds
        seen = self.position.step / self.position.batches * len(self.data.train_x)
        return seen / training if training > 0 else 0.0

    # --- to be continued --------------------------------------------------------------------------

    @property
    def owners(self) -> dict[str, Choice]:
        """Whoever remembers something from step to step, by the name under which a file keeps it."""
        kinds = {type(regularizer).__name__: regularizer for regularizer in self.regularizers}
        return {"optimizer": self.optimizer, "schedule": self.schedule, **kinds}

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """All that decides how the run goes on, besides θ and the experiment: for JSON, and arrays
        by name.
        """
        remembered = {owner: choice.memory() for owner, choice in self.owners.items()}
        arrays = {
            f"{owner}.{name}": value
            for owner, memory in remembered.items()
            for name, value in memory.items()
            if isinstance(value, np.ndarray)
        }
        notes: dict[str, Any] = {
            owner: {
                name: value if math.isfinite(value) else None
                for name, value in memory.items()
                if not isinstance(value, np.ndarray)
            }
            for owner, memory in remembered.items()
        }
        notes |= {
            "bookmark": vars(self.bookmark),
            "chance": self.chance.bit_generator.state,
            "measured": self.measured,
            "status": self.status,
            "message": self.message,
            "seconds": self.seconds,
            "measuring": self._measuring_seconds,
            "stride": self._stride,
            "curve": list(map(_finite, self.curve)),
            "curve_calls": self._curve_calls,
            "curve_every": self._curve_every,
            "latest": _finite(self.latest),
            "history": self._short_history(),
            "changes": self.changes,
            "begun": self.begun.to_dict(),
        }
        return notes, arrays

    def _short_history(self) -> list[Epoch]:
        """All rows, or every 2nd, 4th, 8th ... and the last where a file could not hold as many."""
        apart = 1 << max(0, math.ceil(math.log2(max(1, len(self.history)) / (MOST_ROWS - 1))))
        return [
            row
            for number, row in enumerate(self.history, 1)
            if number % apart == 0 or row is self.history[-1]
        ]

    def resume(self, notes: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Takes up the `state` of another run of this experiment, whose θ the network already has.

        From here on it does what that run would have done, bit for bit. Raises ValueError where
        something is missing or of the wrong kind.
        """
        try:
            at = Bookmark(**notes["bookmark"])
            if at.step:
                self.optimizer.start(self.network.theta)
            whole = len(self.network.theta) + len(self.network.buffers)
            expected = set()
            for owner, choice in self.owners.items():
                for name, value in choice.memory().items():
                    if not isinstance(value, np.ndarray):
                        setattr(choice, name, _like(notes[owner][name], value))
                        continue
                    new = arrays[f"{owner}.{name}"]
                    expected.add(f"{owner}.{name}")
                    # what is not remembered yet is empty; what early stopping keeps has the buffers
                    # behind θ
                    shapes = {value.shape, (whole if name == "kept" else len(self.network.theta),)}
                    setattr(
                        choice,
                        name,
                        _remembered(f"{owner}.{name}", new, self.network.theta, shapes),
                    )
            if expected != set(arrays):
                raise ValueError(f"{min(set(arrays) - expected)} belongs to nobody")
            steps = check_number("step", at.step, int, 0, 2**53)
            if (
                steps != max(0, (at.epoch - 1) * self.batches + at.batch)
                or not 0 <= at.batch <= self.batches
            ):
                raise ValueError("epoch, batch and step do not fit together")
            if at.shuffle is not None:
                self.chance.bit_generator.state = dict(at.shuffle)  # refuses what is no state
            self.chance.bit_generator.state = notes["chance"]
            vars(self.bookmark).update(vars(at))
            self.measured = int(check_number("measured", notes["measured"], int, 0, at.epoch))
            self.status, self.message = notes["status"], notes["message"]
            self.seconds = check_number("seconds", notes["seconds"], float, 0, 1e9)
            self._measuring_seconds = check_number(
                "measuring", notes["measuring"], float, 0, self.seconds
            )
            self._stride = int(check_number("stride", notes["stride"], int, 0, 2**20))
            self._curve_calls = int(
                check_number("curve_calls", notes["curve_calls"], int, 0, 2**53)
            )
            self._curve_every = int(
                check_number("curve_every", notes["curve_every"], int, 1, 2**53)
            )
            rows = [
                _row("the history", row, 6)
                for row in _listed("the history", notes["history"], MOST_ROWS)
            ]
            if not np.isfinite(rows).all() or any(max(row[3], row[5]) > 1 for row in rows):
                raise ValueError("the history must have numbers only, and accuracies up to 1")
            self.history = [Epoch(int(row[0]), *row[1:]) for row in rows]
            epochs = [row.epoch for row in self.history]
            if epochs != sorted(set(epochs)) or (epochs and epochs[-1] > at.epoch):
                raise ValueError("the epochs of the history must rise, up to that of the run")
            points = _listed("the curve", notes["curve"], 2 * CURVE_POINTS + 1)
            self.curve = [CurvePoint(*_row("the curve", point, 5)) for point in points]
            self.latest = CurvePoint(*_row("the latest point of the curve", notes["latest"], 5))
            self.changes = list(map(_change, _listed("changes", notes["changes"], MOST_CHANGES)))
            self.begun = Experiment.from_dict(notes.get("begun", self.experiment.to_dict()))
        except (KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"what is needed to go on is not all there ({error})") from error
        if (self.status, self.message) not in (
            (READY, ""),
            (FINISHED, ""),
            (FINISHED, STOPPED_EARLY),
            (FINISHED, RESTED),
        ):
            raise ValueError("the run in the file was neither at work nor finished")
        if not self.experiment.continues(self.begun):
            raise ValueError("the run in the file was begun as another experiment")
        self.confusion = None
        if self.history and not self.network.regression:
            answers = evaluate(self.network, self.data.test_x, self.test_targets).answers
            self.confusion = confusion_matrix(self.data.test_y, answers, len(self.data.classes))
        if self.status == FINISHED and self.bookmark.epoch < self.experiment.epochs:
            self.status, self.message = READY, ""
        planned = [change["epochs"] for change in self.changes if "epochs" in change]
        if self.experiment.epochs != [self.begun.epochs, *planned][-1]:
            self._note_change(resumed=True)

    def record(self) -> dict[str, Any]:
        """What the command line writes as JSON, and a page offers as a file."""
        record: dict[str, Any] = {
            "experiment": self.experiment.to_dict(),
            "history": [row._asdict() for row in self.history],
            "parameters": len(self.network.theta),
            "samples_per_second": round(self.samples_per_second, 1),
            "status": self.status,
            "data": self.data.source,
            "classes": list(self.data.classes),
        }
        if self.changes:
            record["changes"] = self.changes
        return record
