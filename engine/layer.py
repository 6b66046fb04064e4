"""A layer turns a batch of rows into another, and on the way back turns the blame for its outputs
into its gradients.

A layer's parameters and their gradients are views into the network's θ and ∇θ; what it must
remember between forward and backward lies in a cache of its own, so that predicting never disturbs
training.

A batch is always (rows, numbers), with a shape for the numbers of one example: (units,) behind a
dense layer, (height, width) for a grey picture, (height, maps, width) behind a convolution
(convolution.py says why in this order). Between layers it lies in memory transposed, the same
number of all examples side by side, which NumPy handles fastest.
"""

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from engine.activations import Array
from engine.settings import Choice

Shape = tuple[int, ...]
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
    """What every layer can do. Between `bind` and the end it knows `shape`, that of one example
    going in.
    """

    shape: Shape = ()
    reads_pictures: ClassVar[bool] = False  # whether points are nothing to it

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Array:
            """The arrays that `bind` brings."""

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of one example going out; ValueError where the layer cannot read what comes in."""
        return shape

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        """What the layer needs for examples of `shape`, by name."""
        return {}

    def bind(self, shape: Shape, dtype: np.dtype[Any], views: dict[str, Array]) -> None:
        """Takes its places in θ ("W"), ∇θ ("dW") and the buffers."""
        self.shape, self.dtype = shape, dtype
        vars(self).update(views)

    def cache(self, rows: int, training: bool) -> Cache:
        """Room to remember one batch of `rows` examples."""
        return Cache(training=training)

    def room(self, rows: int, shape: Shape) -> Array:
        """An array (rows, numbers) for a batch of examples of `shape`, whose transpose is
        contiguous in memory.
        """
        return np.empty((math.prod(shape), rows), self.dtype).T

    def forward(self, x: Array, cache: Cache, rng: np.random.Generator | None = None) -> Array:
        """x (rows, numbers in) → a (rows, numbers out)."""
        raise NotImplementedError  # abstract: every entry of LAYERS brings its own

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        """da (rows, numbers out) → dx (rows, numbers in), filling the layer's gradients; may use
        `da` as scratch paper.

        The first layer's dx is nobody's business, and may be anything.
        """
        raise NotImplementedError  # abstract, as above
