"""Training is a generator: it makes one step at a time and hands back control, so that whoever
iterates owns the pace.

The plain way of writing it is the whole story, and `fit` is that, with the arrays of a batch used
again and again:

    for epoch in range(1, epochs + 1):
        for rows in batches(rng.permutation(n)):
            network.gradients(X[rows], Y[rows])
            optimizer.step(network.theta, network.gradient, optimizer.learning_rate)
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.activations import Array
from engine.metrics import r2
from engine.network import Network
from engine.optimizers import Optimizer, Search
from engine.regularizers import Regularizer
from engine.schedules import Schedule

GATHERED = 65_536  # numbers put in order at a time: many small batches at once, or one of pictures


class Step(NamedTuple):
    """One step made: in which epoch (from 1), which of the epoch's batches (from 1), how many steps
    in all.
    """

    epoch: int
    batch: int
    batches: int
    step: int


@dataclass
class Bookmark:
    """Where training stands: after `batch` batches of `epoch`, and `step` steps in all.

    With `shuffle`, the state of chance before the epoch's order was drawn, its present state, and
    what optimizer, schedule and regularizers remember, training can go on elsewhere as if it had
    never stopped.
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


def fit(
    network: Network,
    X: Array,
    Y: Array,
    optimizer: Optimizer,
    *,
    batch_size: int,
    epochs: int,
    rng: np.random.Generator,
    schedule: Schedule | None = None,
    regularizers: Sequence[Regularizer] = (),
    bookmark: Bookmark | None = None,
    carry: bool = False,
) -> Iterator[Step]:
    """Trains `network` on X (examples, inputs) and Y (examples, outputs), a step for every `next`,
    up to `epochs`.

    Every epoch sees every example once, in a new order drawn from `rng`; its last batch may be
    short. Optimizer and regularizers may be changed between steps. `bookmark` is kept up to date;
    one that has been used goes on where it stands, with an optimizer, a schedule and regularizers
    that remember. With `carry`, examples come in their own order in every epoch, and what is left
    over after the last whole batch joins the first batch of the next epoch. Raises ValueError where
    that would never make a whole batch.
    """
    n = len(X)
    batches = n // batch_size if carry else -(-n // batch_size)
    if not batches:
        raise ValueError(
            f"batch_size must be at most the number of examples, {n}, not {batch_size}"
        )
    left = n % batch_size if carry else 0
    at = bookmark or Bookmark()
    span = max(1, GATHERED // (batch_size * X.shape[1])) * batch_size
    x, columns = np.empty((min(span + left, n), X.shape[1]), X.dtype), np.ascontiguousarray(Y.T)
    if at.step == 0:
        optimizer.start(network.theta)
    search = optimizer if isinstance(optimizer, Search) else None
    while at.epoch <= epochs:
        if (
            at.batch and at.shuffle
        ):  # the order was drawn before, and chance goes on from where it is
            now, rng.bit_generator.state = rng.bit_generator.state, at.shuffle
            order = rng.permutation(n)
            rng.bit_generator.state = now
        else:
            at.shuffle = rng.bit_generator.state if bookmark else None
            order = rng.permutation(n)
        late = left if at.epoch > 1 else 0  # how many examples come before the first whole batch
        if carry:
            order = np.roll(np.arange(n), late)
        stop = 0  # up to where examples have been put in order
        for start in range(at.batch * batch_size, batches * batch_size, batch_size):
            if start >= stop:
                base = start - start % span
                rows = order[base : base + span + late]
                stop = base + span
                # mode="clip" spares NumPy a copy of the output; every row exists anyway
                xs = np.take(X, rows, axis=0, out=x[: len(rows)], mode="clip")
                ys = columns.take(rows, axis=1).T
            part = slice(start - base + (late if start else 0), start - base + batch_size + late)
            xb, yb = xs[part], ys[part]
            for regularizer in regularizers:
                regularizer.change_batch(xb, network.shapes[0], rng)
            eta = optimizer.learning_rate
            if schedule:
                eta *= schedule.factor(at.step / batches, at.step / (epochs * batches))
            if search:
                search.search(network.theta, partial(network.training_loss, xb, yb, rng), eta, rng)
            else:
                network.gradients(xb, yb, rng)
                for regularizer in regularizers:
                    regularizer.change_gradient(network)
                optimizer.step(network.theta, network.gradient, eta)
            for regularizer in regularizers:
                regularizer.change_weights(network, eta)
            at.batch, at.step = at.batch + 1, at.step + 1
            yield Step(at.epoch, at.batch, batches, at.step)
        at.epoch, at.batch = at.epoch + 1, 0


def measure(network: Network, X: Array, Y: Array) -> Generator[None, None, Evaluation]:
    """`evaluate` a chunk of rows at a time, handing back control in between: `result = yield from
    measure(...)`.
    """
    loss, answers = 0.0, np.empty(len(X), network.theta.dtype if network.regression else np.intp)
    for start in range(0, len(X), network.chunk):
        part = slice(start, start + network.chunk)
        z, a = network.forward(X[part])
        loss += network.loss.value(z, a, Y[part]) * len(a)
        answers[part] = a[:, 0] if network.regression else network.decide(a)
        if start + network.chunk < len(X):
            yield
    score = (
        r2(Y[:, 0], answers) if network.regression else float(np.mean(answers == network.decide(Y)))
    )
    return Evaluation(loss / len(X), score, answers)


def evaluate(network: Network, X: Array, Y: Array) -> Evaluation:
    """Mean loss and accuracy over X (examples, inputs) and Y (examples, outputs); the network stays
    as it is.
    """
    work = measure(network, X, Y)
    while True:
        try:
            next(work)
        except StopIteration as done:
            result: Evaluation = done.value
            return result


def confident_mistakes(
    probabilities: Array, labels: NDArray[np.integer], count: int
) -> NDArray[np.intp]:
    """Rows of the wrong answers given with the greatest confidence, the worst first, at most
    `count`.
    """
    answers = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(answers != labels)
    return wrong[np.argsort(-probabilities[wrong, answers[wrong]], kind="stable")[:count]]
