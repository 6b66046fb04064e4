"""A network is a row of layers over one vector θ of parameters and one vector ∇θ of their gradients.

Every layer's weights are windows into these two vectors, so counting, copying, saving and stepping are one line each.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from engine.activations import Array
from engine.initializers import Initializer
from engine.layers import Dense, DenseCache
from engine.losses import Loss

CHUNK = 1000  # rows predicted at a time: enough to be fast, few enough to stay in the processor's cache


class Network:
    """Layers, their parameters, and the loss they are trained on.

    Parameters
    ----------
    layers: the layers in order, the last one giving the outputs; copied, so that a description can be used again
    inputs: numbers in one example
    loss: what `gradients` is the gradient of
    initializer, rng: draw the first weights, layer by layer; biases start at 0
    dtype: float32 for speed, float64 for checking gradients

    Raises ValueError when there is no layer, or the loss needs another activation at the output.
    """

    def __init__(
        self,
        layers: Sequence[Dense],
        inputs: int,
        loss: Loss,
        initializer: Initializer,
        rng: np.random.Generator,
        dtype: DTypeLike = np.float32,
    ) -> None:
        if not layers:
            raise ValueError("a network needs at least one layer: even a single neuron is one")
        output = layers[-1].activation
        if loss.partner and not isinstance(output, loss.partner):
            raise ValueError(
                f"{type(loss).__name__} needs {loss.partner.__name__} at the output, not {type(output).__name__}"
            )
        self.layers = [layer.changed() for layer in layers]
        self.inputs, self.loss = inputs, loss
        self.sizes = [inputs, *(layer.units for layer in self.layers)]

        shapes = [layer.parameters(n) for layer, n in zip(self.layers, self.sizes, strict=False)]
        total = sum(int(np.prod(shape)) for layer in shapes for shape in layer.values())
        self.theta: Array = np.zeros(total, dtype)
        self.gradient: Array = np.zeros(total, dtype)
        self.is_weight: Array = np.zeros(total, dtype)
        self.names: dict[str, Array] = {}

        start = 0
        for number, (layer, layer_shapes) in enumerate(zip(self.layers, shapes, strict=True), 1):
            views = {}
            for name, shape in layer_shapes.items():
                window = slice(start, start + int(np.prod(shape)))
                views[name] = self.theta[window].reshape(shape)
                views["d" + name] = self.gradient[window].reshape(shape)
                self.names[f"{number}.{name}"] = views[name]
                if name == "W":
                    views[name][:] = initializer.draw(rng, shape, *shape)
                    self.is_weight[window] = 1
                start = window.stop
            layer.bind(**views)
        self._d: Array = np.empty((0, self.output.units), dtype)  # the loss's gradient of one batch
        self._caches: dict[tuple[str, int], list[DenseCache]] = {}

    @property
    def output(self) -> Dense:
        """The last layer."""
        return self.layers[-1]

    def _cache(self, purpose: str, rows: int) -> list[DenseCache]:
        key = (purpose, rows)
        if key not in self._caches:
            if len(self._caches) >= 6:  # a batch, its short last one, a chunk and its rest: more is a stranger's habit
                self._caches.clear()
            self._caches[key] = [layer.cache(rows) for layer in self.layers]
        return self._caches[key]

    def release(self) -> None:
        """Gives back the room for batches, which is far more than θ takes; the next batch makes it anew."""
        self._caches.clear()

    def _forward(self, x: Array, caches: list[DenseCache]) -> Array:
        for layer, cache in zip(self.layers, caches, strict=True):
            x = layer.forward(x, cache)
        return x

    def gradients(self, x: Array, y: Array) -> Array:
        """One batch forward and backward: fills `self.gradient` with d loss / dθ and returns the outputs.

        x (rows, inputs) and y (rows, outputs) in the network's dtype. The outputs are overwritten by the next batch.
        """
        caches = self._cache("train", len(x))
        a = self._forward(x, caches)
        if len(self._d) != len(x):
            self._d = np.empty((len(x), self.output.units), self.theta.dtype)
        d = self.loss.gradient(caches[-1].z, a, y, out=self._d)
        for number in range(len(self.layers) - 1, -1, -1):
            layer, cache = self.layers[number], caches[number]
            if layer is self.output and self.loss.partner:
                d = layer.backward_z(d, cache, first=number == 0)  # loss and activation met: d is already dz
            else:
                d = layer.backward(d, cache, first=number == 0)
        return a

    def forward(self, x: Array) -> tuple[Array, Array]:
        """The output layer's sums z and outputs a, (rows, outputs) each, for at most CHUNK rows; training is untouched.

        Both are overwritten by the next call.
        """
        caches = self._cache("predict", len(x))
        a = self._forward(x, caches)
        return caches[-1].z, a

    def outputs(self, X: Array) -> Array:
        """The outputs for any number of rows: (rows, outputs), a fresh array."""
        X = np.asarray(X, self.theta.dtype)
        out = np.empty((len(X), self.output.units), self.theta.dtype)
        for start in range(0, len(X), CHUNK):
            out[start : start + CHUNK] = self.forward(X[start : start + CHUNK])[1]
        return out

    def decide(self, outputs: Array) -> NDArray[np.intp]:
        """Outputs (rows, outputs) → the class of each row; with a single output 0 or 1, by which target is nearer."""
        if outputs.shape[1] == 1:
            no, yes = self.output.activation.targets
            return (outputs[:, 0] > (no + yes) / 2).astype(np.intp)
        answers: NDArray[np.intp] = outputs.argmax(axis=1)
        return answers

    def probabilities(self, outputs: Array) -> Array:
        """Outputs (rows, outputs) → (rows, classes) that sum to 1: as they are for Softmax, "no" and "yes" for Sigmoid.

        Outputs that were never probabilities (MSE with ReLU, say) are cut to the range of their targets and scaled.
        """
        no, yes = self.output.activation.targets
        p: Array = np.clip((outputs - no) / (yes - no), 0, 1)
        if p.shape[1] == 1:
            return np.hstack([1 - p, p])
        total = p.sum(axis=1, keepdims=True)
        scaled: Array = np.divide(p, total, out=np.full_like(p, 1 / p.shape[1]), where=total > 0)
        return scaled

    def targets(self, labels: NDArray[Any]) -> Array:
        """Labels 0, 1, 2 ... (rows,) → what the outputs should say (rows, outputs): one-hot, or one no-or-yes."""
        no, yes = self.output.activation.targets
        if self.output.units == 1:
            return np.where(labels[:, None] == 1, yes, no).astype(self.theta.dtype)
        return np.where(labels[:, None] == np.arange(self.output.units), yes, no).astype(self.theta.dtype)
