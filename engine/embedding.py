"""An embedding gives letters and words, which are no numbers, a row of numbers to stand for each.

What is used alike comes to lie close together, as its rows learn from the same mistakes.
"""

import math
from dataclasses import dataclass

import numpy as np

from engine.arrays import Array, Rng, Shape
from engine.layer import Cache, Layer, Parameter
from engine.settings import setting


@dataclass
class Embedding(Layer):
    """Gives every letter a row of numbers to stand for it, and learns these numbers.

    Comes in: codes 0, 1, 2 ... of what stands at each place. Goes out: E[code] + P[place], so that
    the same letter elsewhere is not quite the same.  Bengio and others, "A neural probabilistic
    language model", 2003; places: Gehring and others, 2017.
    """

    reads_codes = True
    codes: int = setting(27, 2, 256, "How many different letters there are")
    units: int = setting(16, 1, 1024, "How many numbers stand for each letter")

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape), self.units)

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        # of all codes one is there at a time, as if a single number came in
        tables = {"E": self.codes, "P": math.prod(shape)}
        return {name: Parameter((n, self.units), 1, self.units) for name, n in tables.items()}

    def forward(self, x: Array, cache: Cache, rng: Rng | None = None) -> Array:
        """x (rows, time), codes as numbers → (rows, time·units)."""
        cache.code = np.clip(x, 0, self.codes - 1).astype(np.intp)
        return (self.E[cache.code] + self.P).reshape(len(x), -1)

    def backward(self, da: Array, cache: Cache, first: bool = False) -> Array:
        """E[code] is (one-hot row)·E, so dE is that of a dense layer; codes have no slope."""
        da = da.reshape(*cache.code.shape, self.units)  # (rows, time, units)
        np.sum(da, axis=0, out=self.dP)
        numbers = np.arange(self.codes, like=cache.code)[:, None]
        one_hot = (numbers == cache.code.reshape(-1)).astype(self.dtype)  # (codes, rows·time)
        np.dot(one_hot, da.reshape(-1, self.units), out=self.dE)
        return np.zeros(cache.code.shape, self.dtype, like=self.like)
