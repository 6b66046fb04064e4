"""A regularizer keeps a network modest, so that it learns the rule and not the examples by heart.

Each acts at one of four moments of a step: on the batch, on the gradient, on θ after the step, or
at an epoch's end. The losses on pages and in histories are those of the data alone, without any
penalty. Dropout is a layer.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.arrays import Array, Rng, Shape
from engine.augmentation import Movement, warp
from engine.network import Network
from engine.settings import Choice, option, setting


class Regularizer(Choice):
    """Does nothing at any of the moments; every entry of REGULARIZERS fills in its own."""

    reads_pictures: ClassVar[bool] = False  # whether points mean nothing to it

    def change_batch(self, x: Array, shape: Shape, rng: Rng) -> None:
        """Changes the examples x (rows, numbers), of `shape` each, of a batch in place."""

    def penalty(self, network: Network) -> float:
        """What it adds to the loss, where it adds anything."""
        return 0.0

    def change_gradient(self, network: Network) -> None:
        """Changes ∇θ in place, before the step."""

    def change_weights(self, network: Network, eta: float) -> None:
        """Changes θ in place, after the step, which had the learning rate `eta`."""

    def enough(self, network: Network, loss: float) -> bool:
        """Whether to stop here, given the test loss at an epoch's end."""
        return False


Regularizers = Sequence[Regularizer]


@dataclass
class L1(Regularizer):
    """Pulls every weight towards 0 with the same force, until those that nobody needs are 0; biases
    are left alone.

    Penalty λ·Σ |w|, hence the gradient λ·sign w.  Tibshirani, 1996. With `cut`, a weight that the
    pull carries across 0 stays 0 for good, as in TensorFlow Playground.
    """

    strength: float = setting(
        0.0001, 0.0, 10.0, "How hard it pulls; 0 is off", label="L1 λ", scale="symlog"
    )
    cut: str = option(
        "no", ("no", "yes"), "Whether a weight that the pull carries across 0 stays 0 for good"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.alive = np.ones(0, np.float32)

    def penalty(self, network: Network) -> float:
        weights = network.theta * network.is_weight
        return float(self.strength * np.sum(np.abs(weights), dtype=np.float64))

    def change_gradient(self, network: Network) -> None:
        self._pull = self.strength * network.is_weight * np.sign(network.theta)
        if self.cut == "no":
            network.gradient += self._pull
            return
        if not len(self.alive):
            self.alive = np.ones_like(network.theta)
        network.gradient *= self.alive

    def change_weights(self, network: Network, eta: float) -> None:
        if self.cut == "yes" and len(self.alive):  # a search has no gradient, and so no pull
            pulled = network.theta - eta * self._pull
            self.alive[network.theta * pulled < 0] = 0
            network.theta[:] = pulled * self.alive


@dataclass
class L2(Regularizer):
    """Pulls every weight gently towards 0 (weight decay), which keeps boundaries smooth; biases are
    left alone.

    Penalty λ/2 · Σ w², hence the gradient λ·w.  Krogh and Hertz, 1992.
    """

    strength: float = setting(
        0.001, 0.0, 10.0, "How hard it pulls; 0 is off", label="L2 λ", scale="symlog"
    )

    def penalty(self, network: Network) -> float:
        weights = network.theta * network.is_weight
        return float(self.strength / 2 * np.sum(np.square(weights), dtype=np.float64))

    def change_gradient(self, network: Network) -> None:
        network.gradient += self.strength * network.is_weight * network.theta


@dataclass
class GradientClipping(Regularizer):
    """Shortens a gradient that is too long, so that one odd batch cannot throw the network out of
    its valley.

    g ← g · min(1, limit/‖g‖).  Pascanu, Mikolov and Bengio, 2013.
    """

    max_norm: float = setting(
        1.0, 1e-6, 1e6, "The length up to which a gradient is left as it is", label="longest ‖g‖"
    )

    def change_gradient(self, network: Network) -> None:
        length = math.sqrt(float(np.dot(network.gradient, network.gradient)))
        if length > self.max_norm:
            network.gradient *= self.max_norm / length


@dataclass
class MaxNorm(Regularizer):
    """Lets no unit's weights grow beyond a certain length, all of them taken together.

    Srebro and Shraibman, 2005; Srivastava and others, "Dropout", 2014, section 5.1.
    """

    max_norm: float = setting(
        3.0, 1e-6, 1e6, "The greatest length of the weights into one unit", label="longest ‖w‖"
    )

    def change_weights(self, network: Network, eta: float) -> None:
        for w in network.weights:
            lengths = np.sqrt(np.square(w).sum(axis=0))
            if lengths.max() > self.max_norm:
                w *= self.max_norm / np.maximum(lengths, self.max_norm)


@dataclass
class EarlyStopping(Regularizer):
    """Stops when the test loss has not fallen for some epochs, and goes back to the weights that
    did best.

    Prechelt, "Early stopping - but when?", 1998.
    """

    patience: int = setting(5, 1, 10_000, "For how many epochs without progress it waits")

    def __post_init__(self) -> None:
        super().__post_init__()
        self.best, self.waited, self.kept = math.inf, 0, np.zeros(0, np.float32)

    def enough(self, network: Network, loss: float) -> bool:
        if loss < self.best:
            self.best, self.waited = loss, 0
            self.kept = np.concatenate([network.theta, network.buffers])
            return False
        self.waited += 1
        if self.waited < self.patience or not len(self.kept):
            return False
        network.theta[:] = self.kept[: len(network.theta)]
        network.buffers[:] = self.kept[len(network.theta) :]
        return True


@dataclass
class Augmentation(Regularizer):
    """Shows every picture a little moved, turned and bent, differently each time: as good as having
    more pictures.

    Simard, Steinkraus and Platt, "Best practices for convolutional neural networks", 2003. Leaves
    points alone.
    """

    reads_pictures = True
    shift: float = setting(2.0, 0.0, 8.0, "By how many pixels at most, in each direction")
    rotate: float = setting(10.0, 0.0, 45.0, "By how many degrees at most, either way")
    scale: float = setting(0.1, 0.0, 0.5, "By what share of its size at most, larger or smaller")
    slant: float = setting(
        0.0, 0.0, 1.0, "By how many pixels at most each row is shifted beside the next"
    )
    stretch: float = setting(0.0, 0.0, 0.5, "By what share at most it gets wider or narrower")
    bend: float = setting(
        0.0, 0.0, 5.0, "By how many pixels at most its parts are pushed about, as on rubber"
    )

    def change_batch(self, x: Array, shape: Shape, rng: Rng) -> None:
        if len(shape) == 2:
            angle = math.radians(self.rotate)
            far = Movement(self.shift, angle, self.scale, self.slant, self.stretch, self.bend)
            warp(x, shape, far, rng)


REGULARIZERS: dict[str, type[Regularizer]] = {
    c.__name__: c for c in (L1, L2, GradientClipping, MaxNorm, EarlyStopping, Augmentation)
}
