"""A run is one experiment being trained: what it has done so far, and the next step whenever somebody asks for it.

The command line and the worker processes drive the very same `Run`, which is why both give the same history.
"""

import math
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine import Network, Step, confusion_matrix, evaluate, fit, measure
from lab.dataset import Data
from lab.experiment import Experiment

CURVE_POINTS = 300
SAMPLE = 2000  # pictures on which the curve is measured between two epochs

READY, FINISHED, DIVERGED = "ready", "finished", "diverged"
DIVERGED_MESSAGE = (
    "The loss has grown beyond all numbers: every step jumped further past the valley. "
    "Choose a smaller learning rate; the run then starts again."
)


class Epoch(NamedTuple):
    """A row of a run's history; losses and accuracies over all training and all test examples at the epoch's end."""

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


class Run:
    """An experiment in training.

    Attributes
    ----------
    status: "ready", "finished" or "diverged"; whether a ready run is at work is for whoever drives it to say
    history: an `Epoch` for every epoch, or for every 2nd, 4th, 8th ... when `thin` is set and they become many
    curve, latest: a `CurvePoint` now and then, and the newest
    seconds: time spent on this run, training and measuring
    """

    def __init__(self, experiment: Experiment, data: Data | None = None, *, thin: bool = True) -> None:
        self.experiment = experiment
        self.data = data or experiment.dataset.load(experiment.seed)
        self.network: Network = experiment.network()
        self.optimizer = experiment.optimizer.changed()
        self.regularizer = experiment.regularizer.changed()
        self.train_targets = self.network.targets(self.data.train_y)
        self.test_targets = self.network.targets(self.data.test_y)
        self.status = READY
        self.message = ""
        self.position = Step(0, 0, -(-len(self.data.train_x) // experiment.batch_size), 0)
        self.history: list[Epoch] = []
        self.curve: list[CurvePoint] = []
        self._curve_calls, self._curve_every = 0, 1
        self.changes: list[dict[str, Any]] = []
        self.confusion: NDArray[np.int64] | None = None
        self.seconds = self._measuring_seconds = 0.0
        self._stride = 1 if thin else 0
        self._slice_start: float | None = None
        self._work = self._train()
        with np.errstate(all="ignore"):
            self._sample_curve(0.0)

    # --- driving ------------------------------------------------------------------------------------------------------

    def work(self, seconds: float, steps: float = math.inf) -> None:
        """Trains for about `seconds` or for `steps` steps, or until the run is finished or has diverged."""
        last = self.position.step + steps
        self._drive(lambda stepped, spent: spent >= seconds or (stepped and self.position.step >= last))

    def step_batch(self) -> None:
        """Makes exactly one step, of one batch."""
        target = self.position.step + 1
        self._drive(lambda stepped, _: stepped and self.position.step >= target)

    def step_epoch(self) -> None:
        """Trains to the end of the epoch, its measurement included."""
        epoch, batch, batches, _ = self.position
        target = epoch + 1 if epoch == 0 or batch == batches else epoch
        self._drive(lambda stepped, _: stepped and self.position.epoch >= target and self._at_epoch_end)

    def close(self) -> None:
        """Ends the run: its generator and it hold each other, and would wait for the garbage collector."""
        self._work.close()

    @property
    def _at_epoch_end(self) -> bool:
        return self.position.batch == self.position.batches

    def _drive(self, enough: Callable[[bool, float], bool]) -> None:
        if self.status in (FINISHED, DIVERGED):
            return
        self._slice_start = time.perf_counter()
        # float32 may overflow on its way to divergence: that is looked for below, and told in words
        with np.errstate(all="ignore"):
            for stepped in self._work:
                enough_now = enough(bool(stepped), time.perf_counter() - self._slice_start)
                if enough_now or self.status != READY:
                    break
            if not np.isfinite(self.network.theta).all():
                self._diverged()
        self.seconds = self._work_seconds()
        self._slice_start = None

    def _work_seconds(self) -> float:
        return self.seconds + (time.perf_counter() - self._slice_start if self._slice_start else 0.0)

    def _diverged(self) -> None:
        self.status, self.message = DIVERGED, DIVERGED_MESSAGE

    def change(self, experiment: Experiment) -> None:
        """Goes on under other knobs of optimizer and regularizer, or for more epochs; ValueError if more differs."""
        if not experiment.continues(self.experiment):
            raise ValueError("only epochs and the optimizer's and regularizer's settings can change during a run")
        if experiment == self.experiment:
            return
        for mine, new in ((self.optimizer, experiment.optimizer), (self.regularizer, experiment.regularizer)):
            vars(mine).update(
                {key: value for key, value in vars(new).items() if key in type(mine).__dataclass_fields__}
            )
        self.experiment = experiment
        if self.status == FINISHED and self.position.epoch < experiment.epochs:
            self.status, self.message = READY, ""
        self.changes.append({"step": self.position.step, "epoch": self.position.epoch} | {
            "optimizer": experiment.optimizer.to_dict(), "regularizer": experiment.regularizer.to_dict(),
            "epochs": experiment.epochs,
        })  # fmt: skip

    # --- what happens -------------------------------------------------------------------------------------------------

    def _train(self) -> Generator[bool | None, None, None]:
        # yields True after a step, with all that follows from it, and None while it is still measuring
        pictures = len(self.data.shape) == 2
        quarter = max(1, self.position.batches // 4)
        order = np.random.default_rng([self.experiment.seed, 2])
        while True:  # once, unless the run is given more epochs when it has finished
            for step in self._fit(order):
                self.position = step
                if step.batch < step.batches:
                    yield True
                    if pictures and step.batch % quarter == 0 and step.batch + quarter <= step.batches:
                        self._sample_curve(step.epoch - 1 + step.batch / step.batches)
                    continue
                last = step.epoch >= self.experiment.epochs
                if last or not self._stride or step.epoch % self._stride == 0:
                    yield from self._measure_epoch(step.epoch)
                if last and self.status == READY:
                    self.status = FINISHED
                yield True

    def _fit(self, order: np.random.Generator) -> Iterator[Step]:
        e = self.experiment
        return fit(
            self.network, self.data.train_x, self.train_targets, self.optimizer,
            batch_size=e.batch_size, epochs=e.epochs, rng=order, schedule=e.schedule, regularizer=self.regularizer,
            first_epoch=self.position.epoch + 1,
        )  # fmt: skip

    def _measure_epoch(self, epoch: int) -> Generator[bool | None, None, None]:
        before = self._work_seconds()
        train = yield from measure(self.network, self.data.train_x, self.train_targets)
        test = yield from measure(self.network, self.data.test_x, self.test_targets)
        self._measuring_seconds += self._work_seconds() - before
        if not (math.isfinite(train.loss) and math.isfinite(test.loss)):
            self._diverged()
            return
        self.history.append(Epoch(epoch, self._work_seconds(), train.loss, train.accuracy, test.loss, test.accuracy))
        self.confusion = confusion_matrix(self.data.test_y, test.answers, len(self.data.classes))
        self._add_to_curve(CurvePoint(epoch, train.loss, test.loss, train.accuracy, test.accuracy))
        if self._stride and len(self.history) > 2000:
            self._stride *= 2
            newest = self.history[-1]
            self.history = [row for row in self.history if row.epoch % self._stride == 0 or row is newest]

    def _sample_curve(self, epoch: float) -> None:
        """A point of the curve from the first SAMPLE examples of either kind: cheap enough to do within an epoch."""
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

    def measure_now(self) -> CurvePoint:
        """Losses and accuracies at this very step for points; for pictures, which take longer, the newest known."""
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
