"""What a run will cost, bytes of memory and seconds a step, estimated from its shapes alone.

A network that is too large is refused before anything is allocated: with what it would cost, and
what to make smaller.
"""

import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from engine import (
    GRU,
    Activation,
    Attention,
    BatchNorm,
    Conv2D,
    Dense,
    Descent,
    Dropout,
    Embedding,
    Flatten,
    Layer,
    LayerNorm,
    Linear,
    MaxPool2D,
)
from engine.arrays import Shape
from engine.convolution import maps_of
from engine.network import chunk_of
from engine.settings import shown
from engine.training import GATHERED
from lab.runs.experiment import Experiment
from lab.runs.run import SAMPLE
from lab.runs.speed import bend, speed, update

VARIABLE = "GLASSBOX_RUN_MEMORY"
LEAST = 16  # megabytes
MEGABYTES = 512  # of memory that one run may take, unless the variable says otherwise
SECONDS = 0.5  # that one step may take
LONGEST = 10.0  # seconds that measuring it on SAMPLE pictures of both kinds may take
FIXED = 3_000_000  # bytes of every run, above all the moments to which one can go back
WARP, FRESH = 60, 16  # numbers moved, and taken for a moment, for each pixel that is augmented
WEIGHT = 14  # numbers moved for each parameter: small batches wait for these
CALLS = 12  # of NumPy, for each layer


class Work(NamedTuple):
    """What a layer does with one example.

    products: multiply-adds forward
    moved: numbers that are read or written there and back, by products and besides them
    bent: numbers that go through an activation
    kept, predicting: numbers that training keeps, and predicting
    behind: numbers that training keeps besides, unless it is the first layer
    fresh: numbers that backward takes for a moment
    """

    products: float = 0.0
    moved: float = 0.0
    bent: float = 0.0
    kept: float = 0.0
    predicting: float = 0.0
    behind: float = 0.0
    fresh: float = 0.0


class Cost(NamedTuple):
    """What a run takes.

    bytes: of memory, in all
    seconds: for a step
    longest: seconds for which it does not hand back control, which is for measuring
    kept: bytes that it takes while it does not measure
    """

    bytes: float
    seconds: float
    longest: float
    kept: float

    def affordable(self, slack: float = 1.0) -> bool:
        """Return whether it lies within the budget, its seconds up to `slack` times."""
        within = self.seconds <= slack * SECONDS and self.longest <= slack * LONGEST
        return within and self.bytes <= most_bytes()

    def __str__(self) -> str:
        """As a page says it: "about 0.4 s a step, 1.1 GB"."""
        return f"about {_seconds(self.seconds)} a step, {_size(self.bytes)}"


class OverBudgetError(ValueError):
    """Says in a sentence that a run would cost too much, and what to make smaller."""


# --- layers ---------------------------------------------------------------------------------------


def _dense(layer: Any, shape: Shape) -> Work:
    m, u = math.prod(shape), layer.units
    return Work(m * u, 4 * m + 6 * u, u, kept=2 * u + m, predicting=2 * u + m, fresh=u)


def _flatten(_: Any, shape: Shape) -> Work:
    m = math.prod(shape)
    return Work(moved=6 * m, kept=2 * m, predicting=2 * m)


def _dropout(_: Any, shape: Shape) -> Work:
    m = math.prod(shape)
    return Work(moved=16 * m, kept=3 * m, predicting=3 * m, fresh=m / 4)


def _convolution(layer: Any, shape: Shape) -> Work:
    (h, c, w), (ho, f, wo) = maps_of(shape), layer.output_shape(shape)
    k, s, p = layer.kernel_size, layer.stride, layer.padding
    unrolled, framed, out = (h + 2 * p) * k * c * wo, (h + 2 * p) * c * (w + 2 * p), ho * f * wo
    # each row of the unrolled picture is read by k / s products, forward and backward
    moved = unrolled * (7 + 3 * k / s) + 3 * framed + 8 * out
    kept = 2 * out + unrolled + (framed if p or len(shape) == 2 else 0)
    behind = unrolled + framed
    return Work(ho * wo * f * k * k * c, moved, out, kept, kept, behind, fresh=2 * out)


def _pooling(layer: Any, shape: Shape) -> Work:
    read, out = math.prod(shape), math.prod(layer.output_shape(shape))
    return Work(moved=12 * read + 4 * out, kept=out + read, predicting=out, fresh=out)


def _norm(_: Any, shape: Shape) -> Work:
    m = math.prod(shape)
    return Work(moved=32 * m, bent=m, kept=3 * m, predicting=3 * m, fresh=2 * m)


def _recurrent(layer: Any, shape: Shape) -> Work:
    t, m, n = shape[0], math.prod(shape[1:]), layer.units
    kept, dx = t * (m + 10 * n), t * (m + 6 * n)
    moved, products = t * (6 * m + 110 * n), t * 3 * n * (m + n)
    return Work(products, moved, kept=kept + dx, predicting=kept, fresh=t * m)


def _embedding(layer: Any, shape: Shape) -> Work:
    t, n, codes = math.prod(shape), layer.units, layer.codes
    one_hot = t * codes
    # forward looks up; only the gradient is a product, with rows of zeros and a one
    products = t * codes * n / 3
    return Work(
        products, t * (12 * n + 4 * codes), kept=4 * t, predicting=4 * t, fresh=one_hot + 2 * t * n
    )


def _attention(layer: Any, shape: Shape) -> Work:
    t, m, n = shape[0], math.prod(shape[1:]), layer.units
    asking = layer.output_shape(shape)[0]
    products = 3 * t * m * n + 2 * asking * t * n
    kept = 3 * t * n + t * m + asking * t
    moved = t * (12 * m + 24 * n) + 20 * asking * t
    return Work(products, moved, kept=kept, predicting=kept, fresh=kept + 2 * asking * (t + n))


LAYERS: Mapping[type[Layer], Callable[[Any, Shape], Work]] = {
    Dense: _dense,
    Flatten: _flatten,
    Dropout: _dropout,
    Conv2D: _convolution,
    MaxPool2D: _pooling,  # and AvgPool2D, which is one of these
    BatchNorm: _norm,
    LayerNorm: _norm,
    GRU: _recurrent,
    Embedding: _embedding,
    Attention: _attention,
}


def work_of(layer: Layer, shape: Shape) -> Work:
    """Return what a layer does with one example of `shape`."""
    return next(LAYERS[kind] for kind in type(layer).__mro__ if kind in LAYERS)(layer, shape)


# --- runs -----------------------------------------------------------------------------------------


def cost_of(experiment: Experiment) -> Cost:
    """Return what a run of the experiment will cost on this computer."""
    e, size = experiment, np.dtype(experiment.dataset.dtype).itemsize
    works = [work_of(layer, shape) for layer, shape in zip(e.all_layers, e.shapes, strict=False)]
    examples = e.dataset.most_examples
    rows = min(e.batch_size, examples)
    rest = 0 if e.dataset.ordered else examples % rows  # a batch that has buffers of its own
    chunk, moves = chunk_of(e.shapes), any(r.reads_pictures for r in e.regularizers)
    behind = sum(work.behind for work in works[1:])
    training = (rows + rest) * (sum(work.kept for work in works) + behind)
    predicting = chunk * sum(work.predicting for work in works)
    fresh = rows * (max(work.fresh for work in works) + FRESH * moves * e.inputs)
    gathered = max(GATHERED, rows * e.inputs) * (1 + 1 / size) + examples * e.output_units
    numbers = training + predicting + fresh + gathered + e.parameters * _vectors(e)
    passes = 1 if isinstance(e.optimizer, Descent) else 2  # a search goes forward twice
    seconds = rows * _row(e, works, forward_only=passes == 2) * passes + _per_step(e, rows)
    sample = 2 * SAMPLE if len(e.dataset.input_shape) == 2 else examples
    longest = sample * _row(e, works, forward_only=True)
    most = FIXED + size * numbers
    return Cost(most, seconds, longest, most - size * predicting)


def _row(e: Experiment, works: Sequence[Work], *, forward_only: bool) -> float:
    """Return the seconds in which one example goes through the network, and its gradient back."""
    fast, seconds = speed(), 0.0
    for number, (layer, work) in enumerate(zip(e.all_layers, works, strict=True)):
        # backward are two products, for the weights and for what comes in; the first layer has one
        products = 1 if forward_only else 2 if number == 0 else 3
        activation: Activation = getattr(layer, "activation", Linear())
        part = 1 / 3 if forward_only else 1
        seconds += work.products * products * fast.product + part * (
            work.moved * fast.number + work.bent * bend(type(activation))
        )
    return seconds


def _per_step(e: Experiment, rows: int) -> float:
    """Return the seconds of a step that the layers do not take."""
    fast, pixels = speed(), rows * e.inputs
    moved = pixels * (10 + WARP * any(r.reads_pictures for r in e.regularizers))
    moved += e.parameters * (WEIGHT + 4 * len(e.regularizers))
    calls = CALLS * (len(e.all_layers) + 1) * fast.call
    return calls + moved * fast.number + e.parameters * update(type(e.optimizer))


def _vectors(e: Experiment) -> int:
    """Return how many vectors like θ a run has: θ, its gradient, which of it are weights, a file's
    content, and what optimizer and regularizers keep.
    """
    optimizer = e.optimizer.changed()
    optimizer.start(np.zeros(1, np.float32))
    own = sum(isinstance(value, np.ndarray) for value in vars(optimizer).values())
    return 5 + max(own, 3) + len(e.regularizers)


# --- the budget -----------------------------------------------------------------------------------


def most_bytes() -> int:
    """Return how many bytes one run may take; ValueError where the variable says nothing of use."""
    given = os.environ.get(VARIABLE, str(MEGABYTES))
    if not re.fullmatch("[0-9]{2,7}", given) or int(given) < LEAST:
        raise ValueError(
            f"{VARIABLE} must be the megabytes that one run may take, {LEAST} or more, "
            f"not {shown(given)}"
        )
    return int(given) * 1_000_000


def check_budget(experiment: Experiment, slack: float = 1.0) -> Cost:
    """Return what a run will cost; raises OverBudgetError where that is too much, or takes more
    than `slack` times the time allowed.
    """
    cost = cost_of(experiment)
    if cost.affordable(slack):
        return cost
    takes, limits = str(cost), f"{_size(most_bytes())} and {SECONDS:g} s a step"
    if cost.longest > LONGEST:
        takes += f" and {_seconds(cost.longest)} to measure it on a few pictures"
        limits = f"{_size(most_bytes())}, {SECONDS:g} s a step and {LONGEST:g} s for that"
    raise OverBudgetError(
        f"this would take {takes}, and {limits} is the most here: {_remedy(experiment)}"
    )


def _remedy(e: Experiment) -> str:
    """Return what to make smaller: the batch, where that is enough, or the heaviest layer."""
    size = min(e.batch_size, e.dataset.most_examples)
    while size > 1:
        size = 2 ** math.ceil(math.log2(size) - 1)  # the next smaller power of two
        if cost_of(e.changed(batch_size=size)).affordable():
            return f"take batches of {size}"
    works = [work_of(layer, shape) for layer, shape in zip(e.layers, e.shapes, strict=False)]
    heaviest = max(range(len(works)), key=lambda i: works[i].products + works[i].kept, default=0)
    layer = e.all_layers[heaviest]
    what = "filters, or a smaller window," if isinstance(layer, Conv2D) else "units"
    return f"take fewer {what} in layer {heaviest + 1}, {type(layer).__name__}"


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 0.95e9 else f"{max(count / 1e6, 1):.0f} MB"


def _seconds(seconds: float) -> str:
    number, unit = (1000 * seconds, "ms") if seconds < 0.0995 else (seconds, "s")
    return f"{max(float(f'{number:.2g}'), 0.1):g} {unit}"
