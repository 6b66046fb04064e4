"""Training is a generator: it makes one step at a time and hands back control, so that whoever iterates owns the pace.

The plain way of writing it is the whole story, and `fit` is that, with the arrays of a batch used again and again:

    for epoch in range(1, epochs + 1):
        for rows in batches(rng.permutation(n)):
            network.gradients(X[rows], Y[rows])
            optimizer.step(network.theta, network.gradient, optimizer.learning_rate)
"""

from collections.abc import Generator, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.activations import Array
from engine.network import CHUNK, Network
from engine.optimizers import Optimizer
from engine.regularizers import L2
from engine.schedules import Schedule


class Step(NamedTuple):
    """One step made: in which epoch (from 1), which of the epoch's batches (from 1), how many steps in all."""

    epoch: int
    batch: int
    batches: int
    step: int


class Evaluation(NamedTuple):
    """How well a network does on some examples: mean loss, share of right answers (0 to 1), the answers themselves."""

    loss: float
    accuracy: float
    answers: NDArray[np.intp]


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
    regularizer: L2 | None = None,
    first_epoch: int = 1,
) -> Iterator[Step]:
    """Trains `network` on X (examples, inputs) and Y (examples, outputs), a step for every `next`, up to `epochs`.

    Every epoch sees every example once, in a new order drawn from `rng`; its last batch may be short. The optimizer and
    the regularizer may be changed between steps. With a `first_epoch` above 1 it goes on where another `fit` ended: the
    optimizer keeps its memory, and the schedule begins again.
    """
    n = len(X)
    batches = -(-n // batch_size)
    step = first_step = (first_epoch - 1) * batches
    steps = (epochs - first_epoch + 1) * batches
    x = np.empty((min(batch_size, n), X.shape[1]), X.dtype)
    y = np.empty((min(batch_size, n), Y.shape[1]), Y.dtype)
    if first_epoch == 1:
        optimizer.start(network.theta)
    for epoch in range(first_epoch, epochs + 1):
        order = rng.permutation(n)
        for batch in range(1, batches + 1):
            rows = order[(batch - 1) * batch_size : batch * batch_size]
            m = len(rows)
            # mode="clip" spares NumPy a copy of the output; every row exists anyway
            xb = np.take(X, rows, axis=0, out=x[:m], mode="clip")
            yb = np.take(Y, rows, axis=0, out=y[:m], mode="clip")
            network.gradients(xb, yb)
            if regularizer:
                regularizer.pull(network.theta, network.is_weight, network.gradient)
            factor = schedule.factor((step - first_step) / steps) if schedule else 1.0
            optimizer.step(network.theta, network.gradient, optimizer.learning_rate * factor)
            step += 1
            yield Step(epoch, batch, batches, step)


def measure(network: Network, X: Array, Y: Array) -> Generator[None, None, Evaluation]:
    """`evaluate` a chunk of rows at a time, handing back control in between: `result = yield from measure(...)`."""
    loss, answers = 0.0, np.empty(len(X), np.intp)
    for start in range(0, len(X), CHUNK):
        part = slice(start, start + CHUNK)
        z, a = network.forward(X[part])
        loss += network.loss.value(z, a, Y[part]) * len(a)
        answers[part] = network.decide(a)
        if start + CHUNK < len(X):
            yield
    right = np.count_nonzero(answers == network.decide(Y))
    return Evaluation(loss / len(X), float(right / len(X)), answers)


def evaluate(network: Network, X: Array, Y: Array) -> Evaluation:
    """Mean loss and accuracy over X (examples, inputs) and Y (examples, outputs); the network stays as it is."""
    work = measure(network, X, Y)
    while True:
        try:
            next(work)
        except StopIteration as done:
            result: Evaluation = done.value
            return result


def confident_mistakes(probabilities: Array, labels: NDArray[np.integer], count: int) -> NDArray[np.intp]:
    """Rows of the wrong answers given with the greatest confidence, the worst first, at most `count`."""
    answers = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(answers != labels)
    return wrong[np.argsort(-probabilities[wrong, answers[wrong]], kind="stable")[:count]]
