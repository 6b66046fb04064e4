"""A layer turns a batch of rows into another, and on the way back turns the blame for its outputs into its gradients.

A layer's parameters and their gradients are views into the network's θ and ∇θ; what it must remember between forward
and backward lies in a cache of its own, so that predicting never disturbs training.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.activations import ACTIVATIONS, Activation, Array, ReLU
from engine.settings import Choice, from_dict, setting


class DenseCache:
    """What `Dense` remembers of one batch: its inputs x, sums z, outputs a, and room for dx."""

    def __init__(self, rows: int, inputs: int, units: int, dtype: np.dtype[Any]) -> None:
        self.x: Array = np.empty((0, inputs), dtype)
        self.z: Array = np.empty((rows, units), dtype)
        self.a: Array = np.empty((rows, units), dtype)
        self.dx: Array = np.empty((rows, inputs), dtype)


@dataclass
class Dense(Choice):
    """Every unit looks at every input: a weighted sum of all of them plus a bias, bent by the activation."""

    units: int = setting(16, 1, 4096, "How many neurons stand side by side in this layer")
    activation: Activation = field(default_factory=ReLU)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.activation, Activation):
            self.activation = from_dict(ACTIVATIONS, self.activation, "activation")

    def parameters(self, inputs: int) -> dict[str, tuple[int, ...]]:
        """Names and shapes of what this layer learns, for rows of `inputs` numbers."""
        return {"W": (inputs, self.units), "b": (self.units,)}

    def bind(self, W: Array, b: Array, dW: Array, db: Array) -> None:
        """Takes its places in θ and ∇θ."""
        self.W, self.b, self.dW, self.db = W, b, dW, db

    def cache(self, rows: int) -> DenseCache:
        """Room to remember one batch of `rows` examples."""
        inputs, units = self.W.shape
        return DenseCache(rows, inputs, units, self.W.dtype)

    def forward(self, x: Array, cache: DenseCache) -> Array:
        """x (rows, inputs) → a (rows, units):  z = x W + b,  a = f(z)."""
        cache.x = x
        np.dot(x, self.W, out=cache.z)
        cache.z += self.b
        return self.activation.forward(cache.z, out=cache.a)

    def backward(self, da: Array, cache: DenseCache, first: bool = False) -> Array:
        """da (rows, units) → dx (rows, inputs), by way of dz = da · f'(z); see `backward_z`."""
        return self.backward_z(self.activation.backward(da, cache.z, cache.a), cache, first)

    def backward_z(self, dz: Array, cache: DenseCache, first: bool = False) -> Array:
        """dz (rows, units) → dx (rows, inputs), filling dW and db.

        z_rk = Σ_i x_ri W_ik + b_k, so by the chain rule
        dW_ik = Σ_r x_ri dz_rk,   db_k = Σ_r dz_rk,   dx_ri = Σ_k dz_rk W_ik.
        The first layer's dx is nobody's business, and left as it is.
        """
        np.dot(cache.x.T, dz, out=self.dW)
        np.add.reduce(dz, axis=0, out=self.db)
        return cache.dx if first else np.dot(dz, self.W.T, out=cache.dx)


LAYERS: dict[str, type[Dense]] = {c.__name__: c for c in (Dense,)}
