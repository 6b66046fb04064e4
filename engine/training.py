"""Training is a generator: it hands back control after every step, so the caller sets the pace.

`fit` is the whole story; `batches` gathers the examples, in arrays that are used again and again.
"""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Array, Inputs, Labels, Rng, as_numbers
from engine.metrics import r2
from engine.network import Network
from engine.optimizers import Optimizer
from engine.regularizers import Regularizers
from engine.schedules import Schedule

GATHERED = 65_536  # numbers gathered at a time: many small batches at once, or one of pictures
CLEARED = 64  # steps from one clearing of denormal numbers to the next
TINY = 1e-30  # what is nearer to 0 is cleared, long before it becomes denormal, below 1.2e-38


class Step(NamedTuple):
    """A step made: its epoch and batch, both from 1, of how many batches, and its number in all."""

    epoch: int
    batch: int
    batches: int
    step: int


@dataclass
class TrainingPosition:
    """Where training stands: after `batch` batches of `epoch`, and `step` steps in all.

    `shuffle` is the state of `rng` before the order of the epoch was drawn. With it, the present
    state of `rng`, and the memory of optimizer, schedule and regularizers, training can go on
    elsewhere as if it had never stopped.
    """

    epoch: int = 1
    batch: int = 0
    step: int = 0
    shuffle: Mapping[str, Any] | None = None


class Evaluation(NamedTuple):
    """How well a network does on some examples: mean loss, accuracy, and the answers themselves.

    Accuracy is the share of right answers, 0 to 1; for regression it is R², and the answers are the
    outputs.
    """

    loss: float
    accuracy: float
    answers: NDArray[Any]


@dataclass(frozen=True)
class TrainingOptions:
    """What `fit` does without, unless it is given.

    `position` is kept up to date; one that has been used is gone on from. With `ordered`, examples
    come in their own order in every epoch, and those left over after the last whole batch join the
    first batch of the next epoch, as in TensorFlow Playground.
    """

    schedule: Schedule | None = None
    regularizers: Regularizers = ()
    position: TrainingPosition | None = None
    ordered: bool = False


def fit(
    network: Network,
    X: Inputs,
    Y: Array,
    optimizer: Optimizer,
    *,
    batch_size: int,
    epochs: int,
    rng: Rng,
    options: TrainingOptions = TrainingOptions(),
) -> Iterator[Step]:
    """Trains `network` on X (examples, inputs) and Y (examples, outputs), a step for every `next`.

    X has the network's dtype, or holds the bytes of pictures, which are read as 0 to 1.

    For each batch, regularizers may change its examples; the schedule sets the learning rate; the
    optimizer updates θ, as a rule with the gradient; regularizers may change θ. Between two steps
    the caller may change optimizer and regularizers. Raises ValueError where no batch gets full
    that has to.
    """
    schedule, regularizers = options.schedule, options.regularizers
    position = options.position or TrainingPosition()
    count = batches_per_epoch(len(X), batch_size, options.ordered)
    if position.step == 0:
        optimizer.start(network.theta)
    for x, y in batches(X, Y, batch_size, epochs, rng, position, options.ordered):
        for regularizer in regularizers:
            regularizer.change_batch(x, network.shapes[0], rng)
        eta = optimizer.learning_rate
        if schedule:
            eta *= schedule.factor(position.step / count, position.step / (epochs * count))
        optimizer.update(network, x, y, eta, rng, regularizers)
        for regularizer in regularizers:
            regularizer.change_weights(network, eta)
        position.batch += 1
        position.step += 1
        if position.step % CLEARED == 0:
            clear_denormals(network.theta, *vars(optimizer).values())
        yield Step(position.epoch, position.batch, count, position.step)


def batches(
    X: Inputs,
    Y: Array,
    batch_size: int,
    epochs: int,
    rng: Rng,
    position: TrainingPosition,
    ordered: bool = False,
) -> Iterator[tuple[Array, Array]]:
    """Yields x (rows, inputs) and y (rows, outputs) of every batch from `position` on.

    Every epoch has every example once, in a new order drawn from `rng`; its last batch may be
    short. `ordered` is as in `TrainingOptions`. The caller counts batches in `position`; epochs are
    counted here. The arrays may be changed, and are overwritten by later batches.
    """
    n, count = len(X), batches_per_epoch(len(X), batch_size, ordered)
    left = n % batch_size if ordered else 0  # examples after the last whole batch
    several = max(1, GATHERED // (batch_size * X.shape[1]))  # batches gathered at a time
    gathered = np.empty((min(several * batch_size + left, n), X.shape[1]), X.dtype, like=X)
    numbers = gathered if X.dtype == Y.dtype else np.empty(gathered.shape, Y.dtype, like=X)
    columns = np.ascontiguousarray(Y.T, like=Y)  # (outputs, examples)
    while position.epoch <= epochs:
        order, late = _shuffled(n, rng, position), 0
        if ordered:  # the examples left over come first, but in the first epoch
            late = left if position.epoch > 1 else 0
            order = np.roll(np.arange(n), late)
        end = min(late + count * batch_size, n)
        edges = [0, *range(late + batch_size, end, batch_size), end]
        for first in range(position.batch, count, several):
            part = edges[first : first + several + 1]
            rows = np.asarray(order[part[0] : part[-1]], like=X)
            # mode="clip" spares NumPy a copy of the output; every row exists anyway
            taken = np.take(X, rows, axis=0, out=gathered[: len(rows)], mode="clip")
            xs = as_numbers(taken, Y.dtype, numbers[: len(rows)])
            ys = columns.take(rows, axis=1).T
            for start, stop in pairwise(part):
                batch = slice(start - part[0], stop - part[0])
                yield xs[batch], ys[batch]
        position.epoch, position.batch = position.epoch + 1, 0


def clear_denormals(*vectors: Any) -> None:
    """Sets to 0, in place, what has all but decayed to 0, such as the velocity of a weight whose
    pixel is rarely lit.

    Below 1.2e-38 float32 keeps numbers by other rules, as denormal ones, and processors take up to
    a hundred times as long over them (Goldberg, "What every computer scientist should know about
    floating-point arithmetic", 1991).
    """
    for vector in vectors:
        if getattr(vector, "ndim", 0):
            vector[np.abs(vector) < TINY] = 0


def batches_per_epoch(examples: int, batch_size: int, ordered: bool = False) -> int:
    """How many batches an epoch has; ValueError where `ordered` ones would never get full."""
    count = examples // batch_size if ordered else -(-examples // batch_size)
    if not count:
        allowed = f"at most the number of examples, {examples}"
        raise ValueError(f"batch_size must be {allowed}, not {batch_size}")
    return count


def _shuffled(n: int, rng: Rng, position: TrainingPosition) -> NDArray[np.intp]:
    """The order of the epoch at `position`, drawn anew, or again where the epoch has begun."""
    if not (position.batch and position.shuffle):
        position.shuffle = rng.bit_generator.state
        return rng.permutation(n)
    now, rng.bit_generator.state = rng.bit_generator.state, position.shuffle
    order = rng.permutation(n)
    rng.bit_generator.state = now
    return order


def measure(network: Network, X: Inputs, Y: Array) -> Generator[None, None, Evaluation]:
    """`evaluate` that hands back control between chunks: `result = yield from measure(...)`."""
    theta, loss = network.theta, 0.0
    answers = np.empty(len(X), theta.dtype if network.regression else np.intp, like=theta)
    for start in range(0, len(X), network.chunk):
        part = slice(start, start + network.chunk)
        z, a = network.forward(X[part])
        loss += network.loss.value(z, a, Y[part]) * len(a)
        answers[part] = a[:, 0] if network.regression else network.decide(a)
        if len(X) > network.chunk:  # a chunk takes more memory than all that a run keeps
            network.release()
        if start + network.chunk < len(X):
            yield
    if network.regression:
        return Evaluation(loss / len(X), r2(Y[:, 0], answers), answers)
    return Evaluation(loss / len(X), float(np.mean(answers == network.decide(Y))), answers)


def evaluate(network: Network, X: Inputs, Y: Array) -> Evaluation:
    """Mean loss and accuracy over X (examples, inputs) and Y (examples, outputs)."""
    work = measure(network, X, Y)
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def confident_mistakes(probabilities: Array, labels: Labels, count: int) -> NDArray[np.intp]:
    """Rows of the `count` most confident wrong answers, the worst first."""
    answers = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(answers != labels)
    return wrong[np.argsort(-probabilities[wrong, answers[wrong]], kind="stable")[:count]]
