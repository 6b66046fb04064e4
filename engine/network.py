"""A network is a row of layers over one vector θ of parameters and one vector ∇θ of gradients.

Every layer's weights are windows into these two vectors, so counting, copying, saving and stepping
are one line each.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from engine.activations import Activation, Softmax
from engine.arrays import Array, Inputs, Rng, Shape, as_numbers
from engine.dense import Dense
from engine.initializers import Initializer
from engine.layer import Cache, Layer
from engine.losses import Loss

CHUNK = 1000  # rows predicted at a time: fast, and small enough for the processor's cache
CHUNK_NUMBERS = (
    4_000_000  # that layers may hand on for a chunk: large pictures come in smaller ones
)
WORKSPACES = 9  # batch sizes to keep buffers for: batches, chunks, what is left of both, a few more


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
    like: an array of the library in whose memory all arrays shall live, such as CuPy's; X and Y
    must live there too, and only single numbers, such as a loss, come back from there

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
        rng: Rng,
        dtype: DTypeLike = np.float32,
        *,
        regression: bool = False,
        like: Array | None = None,
    ) -> None:
        self.layers = [layer.changed() for layer in layers]
        self.output = _output_layer(self.layers, loss)
        self.loss, self.regression = loss, regression
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        self.shapes = shapes_through(self.layers, shape)
        self.inputs = math.prod(shape)
        self._allocate(initializer, rng, dtype, like)
        self.chunk = chunk_of(self.shapes)
        self._workspaces: dict[tuple[bool, int], list[tuple[Layer, Cache]]] = {}

    def _allocate(
        self, initializer: Initializer, rng: Rng, dtype: DTypeLike, like: Array | None
    ) -> None:
        """Makes θ, ∇θ and the buffers, draws the first weights, and gives each layer its views."""
        needed = [layer.parameters(s) for layer, s in zip(self.layers, self.shapes, strict=False)]
        sizes = {True: 0, False: 0}  # of θ and of the buffers
        for p in (p for parameters in needed for p in parameters.values()):
            sizes[p.learned] += math.prod(p.shape)
        self.theta: Array = np.zeros(sizes[True], dtype, like=like)
        self.gradient, self.is_weight = np.zeros_like(self.theta), np.zeros_like(self.theta)
        self.buffers: Array = np.zeros(sizes[False], dtype, like=like)
        self.names: dict[str, Array] = {}
        self.weights: list[Array] = []
        used = {True: 0, False: 0}
        for number, layer in enumerate(self.layers, 1):
            views, start = {}, used[True]
            for name, p in needed[number - 1].items():
                window = slice(used[p.learned], used[p.learned] + math.prod(p.shape))
                used[p.learned] = window.stop
                view = (self.theta if p.learned else self.buffers)[window].reshape(p.shape)
                views[name] = self.names[f"{number}.{name}"] = view
                if p.learned:
                    views["d" + name] = self.gradient[window].reshape(p.shape)
                if p.fan_in:
                    self.is_weight[window] = 1
                    draw = initializer.draw(rng, p.shape, p.fan_in, p.fan_out)
                    view[:] = np.asarray(draw, like=view)
                    self.weights.append(view.reshape(-1, p.shape[-1]))
                else:
                    view[:] = p.value
            views["theta"] = self.theta[start : used[True]]
            views["dtheta"] = self.gradient[start : used[True]]
            layer.bind(self.shapes[number - 1], self.theta.dtype, views, like)

    def __repr__(self) -> str:
        """`Network(2-16-3: Dense Tanh, Dense Softmax, 99 parameters)`, with the shapes between."""
        shapes = "-".join("x".join(map(str, shape)) for shape in self.shapes)
        kinds = [(layer, getattr(layer, "activation", None)) for layer in self.layers]
        layers = (" ".join(type(part).__name__ for part in kind if part) for kind in kinds)
        return f"Network({shapes}: {', '.join(layers)}, {len(self.theta):,} parameters)"

    def _workspace(self, training: bool, rows: int) -> list[tuple[Layer, Cache]]:
        """Every layer with its cache for a batch of so many rows, made when first asked for."""
        key = (training, rows)
        if key not in self._workspaces:
            if len(self._workspaces) >= WORKSPACES:
                self._workspaces.clear()
            workspace = [(layer, layer.cache(rows, training)) for layer in self.layers]
            for (before, its_cache), (after, cache) in itertools.pairwise(workspace):
                if isinstance(before, Dense) and isinstance(after, Dense):
                    cache.x1 = its_cache.a1
            workspace[-1][1].d = self.output.buffer(rows, self.shapes[-1])
            self._workspaces[key] = workspace
        return self._workspaces[key]

    def release(self) -> None:
        """Gives back the buffers for batches, far larger than θ; the next batch makes them anew."""
        self._workspaces.clear()

    def gradients(
        self, x: Array, y: Array, rng: Rng | None = None, record: dict[str, Array] | None = None
    ) -> Array:
        """One batch forward and backward: fills `gradient` with d loss / dθ, returns the outputs.

        x (rows, inputs) and y (rows, outputs) in the network's dtype; Dropout draws from `rng`. The
        outputs are overwritten by the next batch. Into `record` go copies of what passes through
        each layer, by its number: "1.x", "1.z" (of those with a z), "1.a", "1.da" and "1.dx"; where
        loss and activation meet, "dz" instead of "da".
        """
        workspace = self._workspace(True, len(x))
        last = len(workspace)
        for number, (layer, cache) in enumerate(workspace, 1):
            a = layer.forward(x, cache, rng)
            if record is not None:
                sums = {"z": cache.z} if hasattr(cache, "z") else {}
                _copy_into(record, number, x=x, a=a, **sums)
            x = a
        d = self.loss.gradient(cache.z, x, y, cache.d)
        if record is not None:
            _copy_into(record, last, **{"dz" if self.loss.partner else "da": d})
        # where loss and activation meet, d is already dz
        backward = self.output.backward_z if self.loss.partner else self.output.backward
        d = backward(d, cache, last == 1)
        for number in range(last - 1, 0, -1):
            layer, cache = workspace[number - 1]
            if record is not None:
                _copy_into(record, number + 1, dx=d)
                _copy_into(record, number, da=d)
            d = layer.backward(d, cache, number == 1)
        if record is not None:
            _copy_into(record, 1, dx=d)
        return x

    def training_loss(self, x: Array, y: Array, rng: Rng | None = None) -> float:
        """The loss of one batch as `gradients` sees it: with dropout and the batch's own norms."""
        for layer, cache in self._workspace(True, len(x)):
            x = layer.forward(x, cache, rng)
        return self.loss.value(cache.z, x, y)

    def forward(self, x: Inputs) -> tuple[Array, Array]:
        """The output layer's sums z and outputs a, (rows, outputs) each, for one chunk of rows.

        Training is untouched. Both are overwritten by the next call.
        """
        x = as_numbers(x, self.theta.dtype)
        for layer, cache in self._workspace(False, len(x)):
            x = layer.forward(x, cache)
        return cache.z, x

    def activations(self, x: Inputs) -> list[Array]:
        """What every layer hands on, (rows, numbers) each, for one chunk of rows.

        All are overwritten by the next call.
        """
        x, outputs = as_numbers(x, self.theta.dtype), []
        for layer, cache in self._workspace(False, len(x)):
            x = layer.forward(x, cache)
            outputs.append(x)
        return outputs

    def slopes(self, x: Inputs) -> dict[int, tuple[Activation, Array]]:
        """Each hidden layer's activation and its slopes f'(z), (rows, units), by number from 1.

        For one chunk of rows x; layers without an activation of single numbers are left out.
        """
        self.forward(x)
        slopes = {}
        for number, (layer, cache) in enumerate(self._workspace(False, len(x))[:-1], 1):
            f = getattr(layer, "activation", None)
            if f and not isinstance(f, Softmax):
                slopes[number] = f, f.backward(np.ones_like(cache.a), cache.z, cache.a)
        return slopes

    def outputs(self, X: Inputs) -> Array:
        """The outputs for any number of rows: (rows, outputs), a fresh array."""
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
        """Outputs (rows, outputs) → the class of each row; of one output, the nearer target."""
        if outputs.shape[1] == 1:
            no, yes = self.no_and_yes
            return (outputs[:, 0] > (no + yes) / 2).astype(np.intp)
        return outputs.argmax(axis=1)

    def probabilities(self, outputs: Array) -> Array:
        """Outputs (rows, outputs) → probabilities (rows, classes) that sum to 1.

        Softmax's stay as they are, Sigmoid's p becomes (1 - p, p). Outputs that never were
        probabilities (MSE with ReLU, say) are cut to the range of their targets and scaled.
        """
        no, yes = self.no_and_yes
        p: Array = np.clip((outputs - no) / (yes - no), 0, 1)
        if p.shape[1] == 1:
            return np.hstack([1 - p, p])
        total = p.sum(axis=1, keepdims=True)
        return np.divide(p, total, out=np.full_like(p, 1 / p.shape[1]), where=total > 0)

    def targets(self, labels: NDArray[Any]) -> Array:
        """Labels 0, 1, 2 ... (rows,) → targets (rows, outputs): one-hot, or a single no or yes.

        They are transposed in memory, as outputs are. For regression the labels are the numbers to
        be met, and stay as they are.
        """
        if self.regression:
            return np.asarray(labels, self.theta.dtype).reshape(-1, 1)
        no, yes = self.no_and_yes
        hit = np.arange(self.output.units)[:, None] if self.output.units > 1 else 1
        return np.where(np.atleast_2d(labels == hit), yes, no).astype(self.theta.dtype).T


def shapes_through(layers: Sequence[Layer], shape: Shape) -> list[Shape]:
    """The shape of one example before the first layer and behind each.

    Raises ValueError that names the layer which cannot read what comes in.
    """
    shapes = [shape]
    for number, layer in enumerate(layers, 1):
        try:
            shapes.append(layer.output_shape(shapes[-1]))
        except ValueError as problem:
            raise ValueError(f"layer {number}, {type(layer).__name__}, {problem}") from None
    return shapes


def chunk_of(shapes: Sequence[Shape]) -> int:
    """How many rows are predicted at a time, of examples that have these shapes on their way."""
    return max(32, min(CHUNK, CHUNK_NUMBERS // sum(map(math.prod, shapes))))


def _copy_into(record: dict[str, Array], layer: int, **arrays: Array) -> None:
    record |= {f"{layer}.{name}": np.copy(array) for name, array in arrays.items()}


def _output_layer(layers: Sequence[Layer], loss: Loss) -> Dense:
    """The last layer; ValueError where there is none, or none that the loss can work with."""
    if not layers:
        raise ValueError("a network needs at least one layer: even a single neuron is one")
    output = layers[-1]
    if not isinstance(output, Dense):
        kind = type(output).__name__
        raise ValueError(f"the last layer gives the outputs and must be Dense, not {kind}")
    if loss.partner and not isinstance(output.activation, loss.partner):
        needed = f"{type(loss).__name__} needs {loss.partner.__name__} at the output"
        raise ValueError(f"{needed}, not {type(output.activation).__name__}")
    return output
