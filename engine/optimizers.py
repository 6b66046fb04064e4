"""An optimizer updates θ, the vector of all parameters, once for every batch.

Each descent is what the textbook prints, a few lines on θ and its gradient g; `out=` spares the
allocation, not the formula. The last two search without a gradient, to show what it is worth.
"""

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from engine.arrays import Array, Rng
from engine.network import Network
from engine.regularizers import Regularizers
from engine.settings import Choice, setting

_RATE = "Size of each step: too small is slow, too large jumps over the valley"


@dataclass
class Optimizer(Choice):
    """Has a learning rate η, which a schedule may lower, and may remember vectors like θ."""

    learning_rate: float = setting(0.1, 0.0, 100.0, _RATE, scale="log")

    def start(self, theta: Array) -> None:
        """Forgets the past; called once before the first step, with the θ that will be stepped."""

    @abstractmethod
    def update(
        self, network: Network, x: Array, y: Array, eta: float, rng: Rng, regularizers: Regularizers
    ) -> None:
        """Changes θ of `network` in place, once, for the batch x, y at the learning rate `eta`."""


@dataclass
class Descent(Optimizer):
    """Steps against the gradient of the batch, as regularizers have changed it."""

    def update(
        self, network: Network, x: Array, y: Array, eta: float, rng: Rng, regularizers: Regularizers
    ) -> None:
        network.gradients(x, y, rng)
        for regularizer in regularizers:
            regularizer.change_gradient(network)
        self.step(network.theta, network.gradient, eta)

    @abstractmethod
    def step(self, theta: Array, g: Array, eta: float) -> None:
        """Changes `theta` in place by one step; may use `g` as scratch paper."""


@dataclass
class SGD(Descent):
    """Plain gradient descent: straight downhill from wherever it stands. Robbins and Monro, 1951.

    θ ← θ - η·g
    """

    def step(self, theta: Array, g: Array, eta: float) -> None:
        g *= eta
        theta -= g


@dataclass
class Momentum(Descent):
    """A ball that rolls: keeps most of its speed, so that it runs through small bumps. Polyak,
    1964.

    v ← μ·v + g,  θ ← θ - η·v
    """

    learning_rate: float = setting(0.05, 0.0, 100.0, _RATE, scale="log")
    momentum: float = setting(0.9, 0.0, 1.0, "How much of its speed the ball keeps at each step")

    def start(self, theta: Array) -> None:
        self.v = np.zeros_like(theta)

    def step(self, theta: Array, g: Array, eta: float) -> None:
        self.v *= self.momentum
        self.v += g
        np.multiply(self.v, eta, out=g)
        theta -= g


@dataclass
class Nesterov(Descent):
    """A ball that looks ahead: it feels the slope where its speed is about to carry it, and brakes
    in time.

    v ← μ·v + g,  θ ← θ - η·(g + μ·v).  Nesterov, 1983, in the form of Sutskever and others, 2013.
    """

    learning_rate: float = setting(0.05, 0.0, 100.0, _RATE, scale="log")
    momentum: float = setting(0.9, 0.0, 1.0, "How much of its speed the ball keeps at each step")

    def start(self, theta: Array) -> None:
        self.v = np.zeros_like(theta)
        self._scratch = np.empty_like(theta)

    def step(self, theta: Array, g: Array, eta: float) -> None:
        self.v *= self.momentum
        self.v += g
        g += np.multiply(self.v, self.momentum, out=self._scratch)
        g *= eta
        theta -= g


@dataclass
class Adagrad(Descent):
    """Gives every weight its own pace: the further it has already been pushed, the smaller its
    steps become.

    s ← s + g²,  θ ← θ - η·g / (√s + ε).  Duchi, Hazan and Singer, 2011.
    """

    learning_rate: float = setting(0.05, 0.0, 100.0, _RATE, scale="log")
    eps: float = setting(
        1e-10, 1e-12, 1.0, "A tiny number that prevents division by zero", label="ε"
    )

    def start(self, theta: Array) -> None:
        self.s = np.zeros_like(theta)
        self._scratch = np.empty_like(theta)

    def step(self, theta: Array, g: Array, eta: float) -> None:
        t = np.square(g, out=self._scratch)
        self.s += t
        np.sqrt(self.s, out=t)
        t += self.eps
        g *= eta
        g /= t
        theta -= g


@dataclass
class RMSprop(Descent):
    """Like Adagrad, but forgets what is long ago: big steps where the slope is usually gentle,
    small where it is steep.

    s ← α·s + (1-α)·g²,  θ ← θ - η·g / (√s + ε).  Tieleman and Hinton, Coursera lecture 6e, 2012.
    """

    learning_rate: float = setting(0.003, 0.0, 100.0, _RATE, scale="log")
    alpha: float = setting(0.99, 0.0, 1.0, "How long it remembers past slopes", label="smoothing α")
    eps: float = setting(
        1e-8, 1e-12, 1.0, "A tiny number that prevents division by zero", label="ε"
    )

    def start(self, theta: Array) -> None:
        self.s = np.zeros_like(theta)
        self._scratch = np.empty_like(theta)

    def step(self, theta: Array, g: Array, eta: float) -> None:
        t = np.square(g, out=self._scratch)
        t *= 1 - self.alpha
        self.s *= self.alpha
        self.s += t
        np.sqrt(self.s, out=t)
        t += self.eps
        g *= eta
        g /= t
        theta -= g


@dataclass
class Adam(Descent):
    """A rolling ball with a pace of its own for every weight: Momentum and RMSprop in one. Kingma
    and Ba, 2015.

    m ← β₁·m + (1-β₁)·g,  s ← β₂·s + (1-β₂)·g²,  θ ← θ - η·m̂ / (√ŝ + ε),
    where m̂ = m/(1-β₁ᵗ) and ŝ = s/(1-β₂ᵗ).

    What is the same for every weight is pulled out of the vectors into scalars, as at the end of
    the paper's section 2, and so are the factors 1-β here: `m` and `s` are kept without them.
    """

    learning_rate: float = setting(0.01, 0.0, 100.0, _RATE, scale="log")
    beta_1: float = setting(0.9, 0.0, 0.999999, "How much of its speed the ball keeps", label="β₁")
    beta_2: float = setting(0.999, 0.0, 0.999999, "How long it remembers past slopes", label="β₂")
    eps: float = setting(
        1e-8, 1e-12, 1.0, "A tiny number that prevents division by zero", label="ε"
    )

    def start(self, theta: Array) -> None:
        self.m, self.s = np.zeros_like(theta), np.zeros_like(theta)
        self._scratch = np.empty_like(theta)
        self.power_1 = self.power_2 = 1.0

    def step(self, theta: Array, g: Array, eta: float) -> None:
        self.power_1 *= self.beta_1  # β₁ᵗ and β₂ᵗ, kept as products so that β may change on the way
        self.power_2 *= self.beta_2
        m, s, t = self.m, self.s, self._scratch
        m *= self.beta_1
        m += g
        g *= g
        s *= self.beta_2
        s += g
        scale = math.sqrt((1 - self.beta_2) / (1 - self.power_2))  # √ŝ = scale·√s
        np.sqrt(s, t)
        t += self.eps / scale
        np.divide(m, t, t)
        t *= eta * (1 - self.beta_1) / ((1 - self.power_1) * scale)
        theta -= t


@dataclass
class AdamW(Adam):
    """Adam with weight decay done right: every weight shrinks by the same share, whatever its pace.

    θ ← θ - η·λ·θ, then Adam's step.  Loshchilov and Hutter, "Decoupled weight decay
    regularization", 2019.
    """

    weight_decay: float = setting(
        0.01, 0.0, 100.0, "How much all weights shrink at each step", label="decay λ"
    )

    def step(self, theta: Array, g: Array, eta: float) -> None:
        theta *= 1 - eta * self.weight_decay
        super().step(theta, g, eta)


@dataclass
class NAdam(Adam):
    """Adam whose ball looks ahead like Nesterov's.

    μₜ = β₁·(1 - ½·0.96^(t·ψ)),  θ ← θ - η·(μₜ₊₁·m / (1 - Πμₜ₊₁) + (1-μₜ)·g / (1 - Πμₜ)) / (√ŝ + ε).
    Dozat, 2016.
    """

    momentum_decay: float = setting(
        0.004, 0.0, 1.0, "How quickly it begins to trust its speed", label="ψ"
    )

    def start(self, theta: Array) -> None:
        super().start(theta)
        self.t, self.product = 0, 1.0

    def _mu(self, t: int) -> float:
        return float(self.beta_1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay)))

    def step(self, theta: Array, g: Array, eta: float) -> None:
        self.t += 1
        self.power_2 *= self.beta_2
        mu, ahead = self._mu(self.t), self._mu(self.t + 1)
        self.product *= mu
        self.m *= self.beta_1
        self.m += (1 - self.beta_1) * g
        self.s *= self.beta_2
        self.s += (1 - self.beta_2) * (g * g)
        root = np.sqrt(self.s, out=self._scratch)
        root *= 1 / math.sqrt(1 - self.power_2)
        root += self.eps
        g *= eta * (1 - mu) / (1 - self.product)
        g += eta * ahead / (1 - self.product * ahead) * self.m
        g /= root
        theta -= g


@dataclass
class Search(Optimizer):
    """Tries other weights, without a gradient, and keeps them where they make the loss smaller."""

    def update(
        self, network: Network, x: Array, y: Array, eta: float, rng: Rng, regularizers: Regularizers
    ) -> None:
        self.search(network.theta, partial(network.training_loss, x, y, rng), eta, rng)

    @abstractmethod
    def propose(self, theta: Array, eta: float, rng: Rng) -> None:
        """Writes other weights over `theta`."""

    def search(self, theta: Array, loss: Callable[[], float], eta: float, rng: Rng) -> None:
        """Makes one attempt; `loss()` is that of the batch for `theta` as it stands."""
        kept, before = theta.copy(), loss()
        self.propose(theta, eta, rng)
        if not loss() < before:
            theta[:] = kept


@dataclass
class RandomSearch(Search):
    """Learning by luck: draws all weights anew at every step, and keeps the best so far. It soon
    gets nowhere.

    θ ← the better one of θ and a draw from N(0, η²)
    """

    learning_rate: float = setting(1.0, 0.0, 100.0, "How wide the draws are", scale="log")

    def propose(self, theta: Array, eta: float, rng: Rng) -> None:
        theta[:] = np.asarray(rng.normal(0.0, eta, len(theta)), like=theta)


@dataclass
class HillClimb(Search):
    """Learning by nudging: changes all weights a little by chance, and keeps what helps. Better
    than luck, but slow.

    θ ← the better one of θ and θ + N(0, η²)
    """

    learning_rate: float = setting(0.05, 0.0, 100.0, "How large the nudges are", scale="log")

    def propose(self, theta: Array, eta: float, rng: Rng) -> None:
        theta += np.asarray(rng.normal(0.0, eta, len(theta)), like=theta)


OPTIMIZERS: dict[str, type[Optimizer]] = {
    c.__name__: c
    for c in (
        SGD,
        Momentum,
        Nesterov,
        Adagrad,
        RMSprop,
        Adam,
        AdamW,
        NAdam,
        RandomSearch,
        HillClimb,
    )
}
