"""A network is a row of layers over one vector θ of parameters and one vector ∇θ of their
gradients.

Every layer's weights are windows into these two vectors, so counting, copying, saving and stepping
are one line each.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from engine.activations import Activation, Array, Softmax
from engine.dense import Dense
from engine.initializers import Initializer
from engine.layer import Cache, Layer, Shape
from engine.losses import Loss

CHUNK = (
    1000  # rows predicted at a time: enough to be fast, few enough to stay in the processor's cache
)
# numbers that layers may hand on for one chunk: pictures with many maps come in smaller chunks
CHUNK_NUMBERS = 4_000_000


class Network:
    """Layers, their parameters, and the loss they are trained on.

    Parameters
    ----------
    layers: the layers in order, the last one, a Dense, giving the outputs; copied, so that they can
    be used again
    shape: of one example, such as (2,) for points and (28, 28) for pictures, or the number of its
    numbers
    loss: what `gradients` is the gradient of
    initializer, rng: draw the first weights, layer by layer; biases start at 0
    dtype: float32 for speed, float64 for checking gradients
    regression: whether the single output is a number to be met, and not the answer no or yes

    Attributes
    ----------
    theta, gradient: θ and ∇θ, (parameters,); is_weight: 1 where θ holds a weight, 0 where it holds
    a bias or the like
    buffers: numbers that are kept but not learned, such as running means
    names: every array by layer and name, "1.W", as views into θ or the buffers
    weights: every array of weights as (connections into a unit, units), views into θ

    Raises ValueError when there is no layer, a layer cannot read what the one before it gives, or
    the loss needs another activation at the output.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        shape: Shape | int,
        loss: Loss,
        initializer: Initializer,
        rng: np.random.Generator,
        dtype: DTypeLike = np.float32,
        *,
        regression: bool = False,
    ) -> None:
        if not layers:
            raise ValueError("a network needs at least one layer: even a single neuron is one")
        self.layers = [layer.changed() for layer in layers]
        last = self.layers[-1]
        if not isinstance(last, Dense):
            raise ValueError(
                f"the last layer gives the outputs and must be Dense, not {type(last).__name__}"
            )
        self.output = last
        if loss.partner and not isinstance(self.output.activation, loss.partner):
            kind = type(self.output.activation).__name__
            raise ValueError(
                f"{type(loss).__name__} needs {loss.partner.__name__} at the output, not {kind}"
            )
        self.loss, self.regression = loss, regression
        self.shapes = shapes_through(
            self.layers, (shape,) if isinstance(shape, int) else tuple(shape)
        )
        self.inputs = math.prod(self.shapes[0])

        needed = [layer.parameters(s) for layer, s in zip(self.layers, self.shapes, strict=False)]
        learned, kept = (
            sum(math.prod(p.shape) for layer in needed for p in layer.values() if p.learned is kind)
            for kind in (True, False)
        )
        self.theta: Array = np.zeros(learned, dtype)
        self.gradient: Array = np.zeros(learned, dtype)
        self.is_weight: Array = np.zeros(learned, dtype)
        self.buffers: Array = np.zeros(kept, dtype)
        self.names: dict[str, Array] = {}
        self.weights: list[Array] = []
        places = {True: 0, False: 0}
        for number, layer in enumerate(self.layers, 1):
            views = {}
            for name, p in needed[number - 1].items():
                window = slice(places[p.learned], places[p.learned] + math.prod(p.shape))
                places[p.learned] = window.stop
                views[name] = (self.theta if p.learned else self.buffers)[window].reshape(p.shape)
                self.names[f"{number}.{name}"] = views[name]
                if p.learned:
                    views["d" + name] = self.gradient[window].reshape(p.shape)
                if p.fan_in:
                    self.is_weight[window] = 1
                    views[name][:] = initializer.draw(rng, p.shape, p.fan_in, p.fan_out)
                    self.weights.append(views[name].reshape(-1, p.shape[-1]))
                else:
                    views[name][:] = p.value
            layer.bind(self.shapes[number - 1], self.theta.dtype, views)

        widest = sum(map(math.prod, self.shapes))
        self.chunk = max(32, min(CHUNK, CHUNK_NUMBERS // widest))
        self._d: Array = np.empty((0, self.output.units), dtype)  # the loss's gradient of one batch
        self._rooms: dict[tuple[bool, int], list[tuple[Layer, Cache]]] = {}

    def _work(self, training: bool, rows: int) -> list[tuple[Layer, Cache]]:
        """Every layer with its room for a batch of so many rows."""
        key = (training, rows)
        if key not in self._rooms:
            if (
                len(self._rooms) >= 9
            ):  # batches, chunks, their rests, a few pictures: more is a stranger's habit
                self._rooms.clear()
            self._rooms[key] = work = [
                (layer, layer.cache(rows, training)) for layer in self.layers
            ]
            for (before, given), (after, own) in itertools.pairwise(work):
                if isinstance(before, Dense) and isinstance(after, Dense):
                    own.x1 = given.a1
        return self._rooms[key]

    def release(self) -> None:
        """Gives back the room for batches, which is far more than θ takes; the next batch makes it
        anew.
        """
        self._rooms.clear()

    def gradients(
        self,
        x: Array,
        y: Array,
        rng: np.random.Generator | None = None,
        record: dict[str, Array] | None = None,
    ) -> Array:
        """One batch forward and backward: fills `self.gradient` with d loss / dθ and returns the
        outputs.

        x (rows, inputs) and y (rows, outputs) in the network's dtype; `rng` is the chance that
        Dropout needs. The outputs are overwritten by the next batch. Into `record` go copies of
        what passes through each layer, by its number: "1.x", "1.z" (of those with a z), "1.a",
        "1.da" and "1.dx"; where loss and activation meet, "dz" instead of "da".
        """
        work = self._work(True, len(x))
        for number, (layer, cache) in enumerate(work, 1):
            a = layer.forward(x, cache, rng)
            if record is not None:
                sums = {"z": cache.z} if hasattr(cache, "z") else {}
                _copy_into(record, number, x=x, a=a, **sums)
            x = a
        if len(self._d) != len(x):
            self._d = np.empty((self.output.units, len(x)), self.theta.dtype).T
        d = self.loss.gradient(cache.z, x, y, self._d)
        last = len(work) - 1
        if record is not None:
            _copy_into(record, last + 1, **{"dz" if self.loss.partner else "da": d})
        # where loss and activation meet, d is already dz
        backward = self.output.backward_z if self.loss.partner else self.output.backward
        d = backward(d, cache, last == 0)
        for number in range(last, 0, -1):
            layer, cache = work[number - 1]
            if record is not None:
                _copy_into(record, number + 1, dx=d)
                _copy_into(record, number, da=d)
            d = layer.backward(d, cache, number == 1)
        if record is not None:
            _copy_into(record, 1, dx=d)
        return x

    def training_loss(self, x: Array, y: Array, rng: np.random.Generator | None = None) -> float:
        """The loss of one batch as `gradients` sees it: with dropout, and batch norms of this very
        batch.
        """
        for layer, cache in self._work(True, len(x)):
            x = layer.forward(x, cache, rng)
        return self.loss.value(cache.z, x, y)

    def forward(self, x: Array) -> tuple[Array, Array]:
        """The output layer's sums z and outputs a, (rows, outputs) each, for one chunk of rows;
        training is untouched.

        Both are overwritten by the next call.
        """
        for layer, cache in self._work(False, len(x)):
            x = layer.forward(x, cache)
        return cache.z, x

    def activations(self, x: Array) -> list[Array]:
        """What every layer hands on, (rows, numbers) each, for one chunk of rows; overwritten by
        the next call.
        """
        found = []
        for layer, cache in self._work(False, len(x)):
            x = layer.forward(x, cache)
            found.append(x)
        return found

    def slopes(self, x: Array) -> dict[int, tuple[Activation, Array]]:
        """f'(z) of all units of hidden layers that bend, by number of layer, for one chunk of rows:
        (rows, units).
        """
        self.forward(x)
        found = {}
        for number, (layer, cache) in enumerate(self._work(False, len(x))[:-1], 1):
            bend = getattr(layer, "activation", None)
            if bend and not isinstance(bend, Softmax):
                found[number] = bend, bend.backward(np.ones_like(cache.a), cache.z, cache.a)
        return found

    def outputs(self, X: Array) -> Array:
        """The outputs for any number of rows: (rows, outputs), a fresh array."""
        X = np.asarray(X, self.theta.dtype)
        out = np.empty((len(X), self.output.units), self.theta.dtype)
        for start in range(0, len(X), self.chunk):
            out[start : start + self.chunk] = self.forward(X[start : start + self.chunk])[1]
        return out

    @property
    def no_and_yes(self) -> tuple[float, float]:
        """The outputs that mean no and yes: what the loss asks for, or what the output activation
        can say.
        """
        return self.loss.targets or self.output.activation.targets

    def decide(self, outputs: Array) -> NDArray[np.intp]:
        """Outputs (rows, outputs) → the class of each row; with a single output 0 or 1, by which
        target is nearer.
        """
        if outputs.shape[1] == 1:
            no, yes = self.no_and_yes
            return (outputs[:, 0] > (no + yes) / 2).astype(np.intp)
        answers: NDArray[np.intp] = outputs.argmax(axis=1)
        return answers

    def probabilities(self, outputs: Array) -> Array:
        """Outputs (rows, outputs) → (rows, classes) that sum to 1: as they are for Softmax, "no"
        and "yes" for Sigmoid.

        Outputs that were never probabilities (MSE with ReLU, say) are cut to the range of their
        targets and scaled.
        """
        no, yes = self.no_and_yes
        p: Array = np.clip((outputs - no) / (yes - no), 0, 1)
        if p.shape[1] == 1:
            return np.hstack([1 - p, p])
        total = p.sum(axis=1, keepdims=True)
        scaled: Array = np.divide(p, total, out=np.full_like(p, 1 / p.shape[1]), where=total > 0)
        return scaled

    def targets(self, labels: NDArray[Any]) -> Array:
        """Labels 0, 1, 2 ... (rows,) → what the outputs should say (rows, outputs): one-hot, or one
        no-or-yes.

        For regression the labels are the numbers to be met, and stay as they are.
        """
        if self.regression:
            return np.asarray(labels, self.theta.dtype).reshape(-1, 1)
        no, yes = self.no_and_yes
        if self.output.units == 1:
            return np.where(labels[:, None] == 1, yes, no).astype(self.theta.dtype)
        return np.where(labels[:, None] == np.arange(self.output.units), yes, no).astype(
            self.theta.dtype
        )


def shapes_through(layers: Sequence[Layer], shape: Shape) -> list[Shape]:
    """The shape of one example before the first layer and behind each; ValueError names the layer
    that cannot read.
    """
    shapes = [shape]
    for number, layer in enumerate(layers, 1):
        try:
            shapes.append(layer.output_shape(shapes[-1]))
        except ValueError as problem:
            raise ValueError(f"layer {number}, {type(layer).__name__}, {problem}") from None
    return shapes


def _copy_into(record: dict[str, Array], layer: int, **arrays: Array) -> None:
    record |= {f"{layer}.{name}": np.copy(array) for name, array in arrays.items()}
