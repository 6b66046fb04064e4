"""A layer maps a batch of rows to another, and gradients back from its outputs to its inputs.

`forward` gives the outputs; `backward` maps the gradient of the outputs to the gradients of the
layer's parameters and of its inputs. A layer's parameters and their gradients are views into the
network's θ and ∇θ; what it must remember between forward and backward lies in a cache of its own,
so that predicting never disturbs training.

A batch is always (rows, numbers), with a shape for the numbers of one example: (units,) behind a
dense layer, (height, width) for a grey picture, (height, maps, width) behind a convolution
(convolution.py says why in this order). Between layers it lies in memory transposed, the same
number of all examples side by side, which NumPy handles fastest.
"""

import math
from abc import abstractmethod
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from engine.arrays import Array, Rng, Shape
from engine.settings import Choice

Cache = SimpleNamespace


class Parameter(NamedTuple):
    """The shape of an array that a layer needs, and how it begins.

    Weights are drawn by the initializer, for `fan_in` and `fan_out` connections; without a fan they
    begin at `value`. What is not `learned` (a running mean, say) has its place in the network's
    buffers and no gradient.
    """

    shape: Shape
    fan_in: int = 0
    fan_out: int = 0
    value: float = 0.0
    learned: bool = True


class Layer(Choice):
    """What every layer can do. `shape`, that of one example going in, is known from `bind` on."""

    shape: Shape = ()
    reads_pictures: ClassVar[bool] = False  # whether points mean nothing to it
    reads_codes: ClassVar[bool] = False  # whether what comes in must be codes, as of letters

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Array:
            """The arrays that `bind` brings."""

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of one example going out; ValueError where the layer cannot read what comes in."""
        return shape

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        """What the layer needs for examples of `shape`, by name."""
        return {}

    def bind(
        self, shape: Shape, dtype: np.dtype[Any], views: dict[str, Array], like: Array | None = None
    ) -> None:
        """Takes its places in θ ("W", all of them "theta"), ∇θ ("dW", "dtheta") and the buffers.

        Its workspaces will live where `like` does; None is the processor's memory.
        """
        self.shape, self.dtype, self.like = shape, dtype, like
        vars(self).update(views)

    def cache(self, rows: int, training: bool) -> Cache:
        """What forward and backward remember of one batch of `rows` examples."""
        return Cache(training=training)

    def buffer(self, rows: int, shape: Shape) -> Array:
        """An empty array (rows, numbers) for examples of `shape`, transposed in memory."""
        return np.empty((math.prod(shape), rows), self.dtype, like=self.like).T

    @abstractmethod
    def forward(self, x: Array, cache: Cache, rng: Rng | None = None) -> Array:
        """x (rows, numbers in) → a (rows, numbers out)."""

    @abstractmethod
    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        """da (rows, numbers out) → dx (rows, numbers in), filling the layer's gradients.

        May use `da` as scratch paper. With `first`, dx is not computed: nothing uses it.
        """
