"""A regularizer keeps a network modest: it adds to the gradient a pull that has nothing to do with the data.

The losses on pages and in histories are those of the data alone, without the penalty.
"""

from dataclasses import dataclass

import numpy as np

from engine.activations import Array
from engine.settings import Choice, setting


@dataclass
class L2(Choice):
    """Pulls every weight gently towards 0 (weight decay), which keeps boundaries smooth; biases are left alone.

    Penalty λ/2 · Σ w², hence the gradient λ·w.
    """

    strength: float = setting(0.0, 0.0, 10.0, "How hard it pulls; 0 is off", label="L2 λ")

    def penalty(self, theta: Array, is_weight: Array) -> float:
        """The number that the pull is the gradient of."""
        return float(self.strength / 2 * np.sum(np.square(theta * is_weight), dtype=np.float64))

    def pull(self, theta: Array, is_weight: Array, g: Array) -> None:
        """Adds the penalty's gradient to `g`; `is_weight` is 1 where θ holds a weight and 0 where it holds a bias."""
        if self.strength:
            g += self.strength * is_weight * theta


REGULARIZERS: dict[str, type[L2]] = {c.__name__: c for c in (L2,)}
