"""A run is one experiment in training: what it has done so far, and its next step whenever that is
asked for.

The command line and the worker processes drive the same `Run`, so both give the same history.
"""

import math
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import (
    Choice,
    Diagnosis,
    Network,
    Optimizer,
    Regularizer,
    Schedule,
    Step,
    TrainingOptions,
    TrainingPosition,
    batches_per_epoch,
    confusion_matrix,
    evaluate,
    fit,
    measure,
)
from engine.arrays import as_numpy
from engine.diagnosis import WELL
from lab.data.dataset import Data
from lab.runs.changes import (
    add_edit,
    adopt_settings,
    change_of_number,
    change_of_settings,
    check_room,
)
from lab.runs.diagnose import diagnose
from lab.runs.edit import Edit
from lab.runs.experiment import Experiment
from lab.runs.history import Curve, CurvePoint, Epoch, History, Look
from lab.runs.snapshots import LastStep, Snapshots

STEADY = 10  # measurements in a row that have to be good
SETTLED = 0.005  # the test accuracy that such a row may still gain on the one before the last
SAMPLE = 2000  # pictures on which the curve is measured between two epochs

READY, FINISHED, DIVERGED = "ready", "finished", "diverged"
DIVERGED_MESSAGE = (
    "The loss has grown beyond all numbers: every step jumped further past the valley. "
    "Choose a smaller learning rate; the run then starts again."
)
RESTED = "This run has had its half hour of computing, and rests now."
STOPPED_EARLY = (
    "The test loss has stopped falling: stopped early, and went back to the weights that did best."
)
STOPPED_BY_VALIDATION = STOPPED_EARLY.replace("test", "validation")


class Run:
    """An experiment in training.

    Attributes
    ----------
    experiment, begun: as it is, and as it was before anything was changed on the way
    status: "ready", "finished" or "diverged"; whoever drives a ready run knows whether it is at
    work
    history: an `Epoch` for every epoch; with `thin`, a long one thins itself
    curve: a `CurvePoint` now and then
    seconds, measuring_seconds: time spent on this run in all, and on measuring
    measured: the last epoch whose end has been dealt with
    last_step: θ before the last step, for those who have it remembered
    sealed: the data with their test set, where the run keeps a validation set; else None
    tested: what was last seen of the sealed test set, and how often it was looked at; or None
    """

    def __init__(
        self, experiment: Experiment, data: Data | None = None, *, thin: bool = True
    ) -> None:
        self.experiment = self.begun = experiment
        loaded = data or experiment.data()
        self.data = loaded.with_validation(experiment.validation_share)
        self.sealed = loaded if experiment.validation_share else None
        self.tested: Look | None = None
        self.network: Network = experiment.network()
        self.train_targets, self.test_targets = self.data.targets(self.network)
        self.optimizer: Optimizer = experiment.optimizer.changed()
        self.schedule: Schedule = experiment.schedule.changed()
        self.regularizers: list[Regularizer] = [old.changed() for old in experiment.regularizers]
        self.rng = np.random.default_rng([experiment.seed, 2])
        ordered, examples = experiment.dataset.ordered, len(self.data.train_x)
        self.batches = batches_per_epoch(examples, experiment.batch_size, ordered)
        self.training_position = TrainingPosition()
        self.status, self.message = READY, ""
        self.measured = 0
        self.history = History(stride=1 if thin else 0)
        self.curve = Curve()
        self.confusion: NDArray[np.int64] | None = None
        self.snapshots = Snapshots()
        self.changes: list[dict[str, Any]] = []
        self.seconds = self.measuring_seconds = 0.0
        self.last_step = LastStep()
        self._slice_start: float | None = None
        self._diagnosis: tuple[float, list[Diagnosis]] = (-math.inf, [])
        self._steps = _train(self)
        with np.errstate(all="ignore"):
            first = self._evaluate(0.0, SAMPLE)
        self.curve.add(first)
        if ordered:  # its page shows the losses of the untrained network as those of epoch 0
            _, train_loss, test_loss, train_accuracy, test_accuracy = first
            self.history.append(Epoch(0, 0.0, train_loss, train_accuracy, test_loss, test_accuracy))

    # --- driving ----------------------------------------------------------------------------------

    def work(self, seconds: float, steps: float = math.inf, last_epoch: float = math.inf) -> None:
        """Train for about `seconds`, for `steps` steps, to the end of `last_epoch`, its measurement
        included, or until the run finishes or diverges.
        """
        last = self.position.step + steps

        def there() -> bool:
            ended = self.position.epoch >= last_epoch and self._at_epoch_end
            return ended or self.position.step >= last

        self._drive(lambda stepped, spent: spent >= seconds or (stepped and there()))

    def step_batch(self) -> None:
        """Make exactly one step, of one batch."""
        self.work(math.inf, steps=1)

    def step_epoch(self) -> None:
        """Train to the end of the epoch."""
        self.work(math.inf, last_epoch=self.epoch_in_hand)

    @property
    def epoch_in_hand(self) -> int:
        """The epoch, counted from 1, to which the next step belongs."""
        epoch, batch, batches, _ = self.position
        return epoch + 1 if epoch == 0 or batch == batches else epoch

    def finish_measuring(self) -> None:
        """Finish the measurement of an epoch if the run was stopped between its last step and its
        loss.
        """
        while (
            self.status == READY
            and self._at_epoch_end
            and self.measured < self.training_position.epoch
        ):
            self._drive(lambda *_: True)

    def restart(self) -> None:
        """Take up training where it stands, with the network that is here now."""
        self._steps.close()
        self._steps = _train(self)

    def close(self) -> None:
        """End the run; it and its generator hold each other, and only this frees both."""
        self._steps.close()

    @property
    def position(self) -> Step:
        """The last step that was made; all zero before the first."""
        at = self.training_position
        if not at.step:
            return Step(0, 0, self.batches, 0)
        return Step(at.epoch, at.batch, self.batches, at.step)

    @property
    def _at_epoch_end(self) -> bool:
        return self.position.batch == self.position.batches

    def _drive(self, enough: Callable[[bool, float], bool]) -> None:
        """Go on until `enough`, given whether a step was just made and the seconds, is true."""
        if self.status in (FINISHED, DIVERGED):
            return
        self._slice_start = time.perf_counter()
        # float32 may overflow on its way to divergence, which is looked for below
        with np.errstate(all="ignore"):
            self.snapshots.take(self.network, self.position)
            for stepped in self._steps:
                if stepped:
                    if self.last_step.on:
                        self.last_step.note(self.network.theta)
                    if self.training_position.step >= self.snapshots.due:
                        self.snapshots.take(self.network, self.position)
                enough_now = enough(bool(stepped), time.perf_counter() - self._slice_start)
                if enough_now or self.status != READY:
                    break
            if not np.isfinite(self.network.theta).all():
                self._diverge()
        self.seconds = self._seconds_by_now()
        self._slice_start = None

    def _seconds_by_now(self) -> float:
        start = self._slice_start
        return self.seconds + (time.perf_counter() - start if start else 0.0)

    def _diverge(self) -> None:
        self.status, self.message = DIVERGED, DIVERGED_MESSAGE

    # --- changing ---------------------------------------------------------------------------------

    def edit(self, edit: Edit) -> None:
        """Set one number of θ by hand; ValueError where there is no such number, or where too many
        were set before.
        """
        check_room(self.changes)
        edit.apply(self.network)
        change = change_of_number(self.position.step, self.position.epoch, edit)
        add_edit(self.changes, change)

    def change(self, experiment: Experiment) -> None:
        """Go on with other settings, or for more epochs; ValueError if anything else differs."""
        if not experiment.continues(self.experiment):
            raise ValueError(
                "only epochs and the optimizer's and regularizer's settings can change during a run"
            )
        if experiment == self.experiment:
            return
        check_room(self.changes)
        adopt_settings(self.optimizer, self.regularizers, experiment)
        self.experiment, self._diagnosis = experiment, (-math.inf, [])
        if self.status == FINISHED and self.position.epoch < experiment.epochs:
            self.status, self.message = READY, ""
        self.note_settings()

    def note_settings(self, *, resumed: bool = False) -> None:
        """Add the present settings to `changes`."""
        step, epoch = self.position.step, self.position.epoch
        self.changes.append(change_of_settings(step, epoch, self.experiment, resumed=resumed))

    # --- measuring --------------------------------------------------------------------------------

    def _measure_epoch(self, epoch: int) -> Generator[None, None, Epoch | None]:
        start = self._seconds_by_now()
        train = yield from measure(self.network, self.data.train_x, self.train_targets)
        test = yield from measure(self.network, self.data.test_x, self.test_targets)
        end = self._seconds_by_now()
        self.measuring_seconds += end - start
        if not (math.isfinite(train.loss) and math.isfinite(test.loss)):
            self._diverge()
            return None
        row = Epoch(epoch, end, train.loss, train.accuracy, test.loss, test.accuracy)
        self.history.add(row)
        self.count_confusion(as_numpy(test.answers))
        self.curve.add(CurvePoint.of(epoch, train, test))
        return row

    def count_confusion(self, answers: NDArray[Any]) -> None:
        """Count which classes were taken for which; `answers` are those for all test examples."""
        if not self.network.regression:
            self.confusion = confusion_matrix(self.data.test_y, answers, len(self.data.classes))

    def open_test_set(self) -> Look:
        """Return how the network does on the test set that was sealed, and count that look.

        Raises ValueError for a run without a validation set: it has measured on the test set all
        along.
        """
        if self.sealed is None:
            raise ValueError("this run keeps no validation set, so its test set was never sealed")
        _, targets = self.sealed.targets(self.network)
        seen, step = evaluate(self.network, self.sealed.test_x, targets), self.position.step
        times, count = (self.tested.times if self.tested else 0), len(self.sealed.test_y)
        self.tested = Look(step, seen.loss, seen.accuracy, count, times + 1)
        return self.tested

    def _evaluate(self, epoch: float, most: int | None = None) -> CurvePoint:
        """Return losses and accuracies over all examples, or the first `most` of either kind."""
        train = evaluate(self.network, self.data.train_x[:most], self.train_targets[:most])
        test = evaluate(self.network, self.data.test_x[:most], self.test_targets[:most])
        return CurvePoint.of(epoch, train, test)

    def _sample(self) -> Generator[None, None, None]:
        """Add to the curve how the network does on SAMPLE examples of either kind, handing back
        control between the parts of that.
        """
        parts = []
        for x, targets in (
            (self.data.train_x, self.train_targets),
            (self.data.test_x, self.test_targets),
        ):
            parts.append((yield from measure(self.network, x[:SAMPLE], targets[:SAMPLE])))
        self.curve.add(CurvePoint.of(self._moment, *parts))

    @property
    def _moment(self) -> float:
        """Where it stands, in epochs."""
        return self.training_position.epoch - 1 + self.training_position.batch / self.batches

    def measure_now(self) -> CurvePoint:
        """Return losses and accuracies at this step; of pictures, which take longer, the latest."""
        if len(self.data.shape) != 1 or self.status == DIVERGED:
            return self.curve.latest
        epoch, batch, batches, _ = self.position
        with np.errstate(all="ignore"):
            return self._evaluate(max(epoch - 1, 0) + batch / batches)

    @property
    def solved(self) -> bool:
        """Whether nearly all test examples have been right for a while."""
        return self._good_for(STEADY)

    @property
    def settled(self) -> bool:
        """Whether nearly all test examples have been right for long, and no more are to be won."""
        if not self._good_for(3 * STEADY):
            return False
        first, last = self.curve[-3 * STEADY : -2 * STEADY], self.curve[-STEADY:]
        gain = sum(p.test_accuracy for p in last) - sum(p.test_accuracy for p in first)
        return gain <= SETTLED * STEADY

    def _good_for(self, count: int) -> bool:
        latest = self.curve[-count:]
        return len(latest) == count and min(p.test_accuracy for p in latest) >= WELL

    def troubles(self) -> list[Diagnosis]:
        """Return what is wrong with the run, looked for again at most once a second."""
        if time.monotonic() - self._diagnosis[0] > 1:
            steps = self.training_position.step
            found = diagnose(self.curve, self.network, self.data.train_x, self.optimizer, steps)
            self._diagnosis = time.monotonic(), found
        return self._diagnosis[1]

    @property
    def samples_per_second(self) -> float:
        """Training examples per second of training, without the time for measuring."""
        training = self.seconds - self.measuring_seconds
        seen = self.position.step / self.position.batches * len(self.data.train_x)
        return seen / training if training > 0 else 0.0

    @property
    def remembering(self) -> dict[str, Choice]:
        """All that remembers something from step to step, by the name under which files keep it."""
        kinds = {type(regularizer).__name__: regularizer for regularizer in self.regularizers}
        return {"optimizer": self.optimizer, "schedule": self.schedule, **kinds}

    def record(self) -> dict[str, Any]:
        """Return what the command line writes as JSON, and a page offers as a file."""
        record: dict[str, Any] = {
            "experiment": self.experiment.to_dict(),
            "history": [row._asdict() for row in self.history],
            "parameters": len(self.network.theta),
            "samples_per_second": round(self.samples_per_second, 1),
            "status": self.status,
            "data": self.data.source,
            "classes": list(self.data.classes),
        }
        if self.sealed:
            looked = self.tested._asdict() if self.tested else None
            record |= {"held": self.data.held, "test_set": looked}
        if self.changes:
            record["changes"] = self.changes
        return record


def _train(run: Run) -> Generator[bool | None, None, None]:
    """Yield True after a step and all that follows from it, and None while still measuring."""
    at = run.training_position
    # of points, measuring within an epoch would cost more than training
    sampled = len(run.data.shape) == 2 and len(run.data.train_x) > SAMPLE
    quarter = max(1, run.batches // 4)

    def sample_due() -> bool:
        between = not at.batch % quarter and 0 < at.batch <= run.batches - quarter
        return sampled and between and run.curve.latest.epoch < run._moment

    # resumed between a step and the measurement that follows it
    if at.batch == run.batches and run.measured < at.epoch:
        yield from _end_epoch(run)
        yield True  # and no further, if it was the last epoch
    elif sample_due():
        yield from run._sample()
    while True:  # once, unless the run is given more epochs when it has finished
        for step in _fit(run):
            if step.batch == step.batches:
                yield from _end_epoch(run)
                yield True
                continue
            if sample_due():
                yield from run._sample()
            yield True


def _fit(run: Run) -> Iterator[Step]:
    e = run.experiment
    return fit(
        run.network,
        run.data.train_x,
        run.train_targets,
        run.optimizer,
        batch_size=e.batch_size,
        # an epoch that was begun is finished, even if fewer are wanted by now: without a step,
        # `_train` would never yield
        epochs=max(e.epochs, run.training_position.epoch),
        rng=run.rng,
        options=TrainingOptions(
            run.schedule, run.regularizers, run.training_position, ordered=e.dataset.ordered
        ),
    )


def _end_epoch(run: Run) -> Generator[None, None, None]:
    epoch = run.training_position.epoch
    last = epoch >= run.experiment.epochs
    if last or run.history.wants(epoch):
        row = yield from run._measure_epoch(epoch)
        if row:
            run.schedule.observe(row.train_loss)
            if any(r.enough(run.network, row.test_loss) for r in run.regularizers):
                # it went back to earlier weights, and the epoch's figures are to be theirs
                run.history.pop()
                yield from run._measure_epoch(epoch)
                run.status = FINISHED
                run.message = STOPPED_BY_VALIDATION if run.sealed else STOPPED_EARLY
    run.measured = epoch
    if last and run.status == READY:
        run.status = FINISHED
