"""A schedule changes the learning rate on the way: large steps while far from the goal, small ones
when close.

It is a factor on the optimizer's learning rate: of the epochs done, say 2.5, and of progress, from
0 at the start to 1.
"""

import math
from abc import abstractmethod
from dataclasses import dataclass

from engine.settings import Choice, setting


class Schedule(Choice):
    """What to multiply the learning rate with."""

    @abstractmethod
    def factor(self, epoch: float, progress: float) -> float:
        """After `epoch` epochs, the share `progress` of all steps."""

    def observe(self, loss: float) -> None:
        """The loss at the end of an epoch, for those that wait and see."""


@dataclass
class ConstantRate(Schedule):
    """The same learning rate from the first step to the last."""

    aliases = ("Constant",)

    def factor(self, epoch: float, progress: float) -> float:
        return 1.0


@dataclass
class StepDecay(Schedule):
    """Every few epochs the learning rate drops at once, like going down stairs."""

    aliases = ("Step",)
    step_size: float = setting(
        10.0, 0.01, 1e6, "Epochs from one drop to the next", label="epochs a stair"
    )
    gamma: float = setting(0.5, 0.0, 1.0, "What it is multiplied with at each drop", label="γ")

    def factor(self, epoch: float, progress: float) -> float:
        return float(self.gamma ** (epoch // self.step_size))


@dataclass
class ExponentialDecay(Schedule):
    """Shrinks by the same share in every epoch, smoothly."""

    aliases = ("Exponential",)
    gamma: float = setting(
        0.95, 0.0, 1.0, "What is left of the learning rate after an epoch", label="γ"
    )

    def factor(self, epoch: float, progress: float) -> float:
        return float(self.gamma**epoch)


@dataclass
class InverseTime(Schedule):
    """1 / (1 + decay · epochs): falls quickly at first and ever more slowly. The oldest, with a
    proof that it arrives.

    Robbins and Monro, "A stochastic approximation method", 1951.
    """

    aliases = ("1/t",)
    decay: float = setting(
        0.1, 0.0, 1e6, "How quickly it falls: at 1, half is left after one epoch"
    )

    def factor(self, epoch: float, progress: float) -> float:
        return 1 / (1 + self.decay * epoch)


@dataclass
class Cosine(Schedule):
    """Starts at the full learning rate and glides down to 0 along half a cosine, so that the last
    steps only polish.

    Loshchilov and Hutter, "SGDR: Stochastic gradient descent with warm restarts", 2017.
    """

    def factor(self, epoch: float, progress: float) -> float:
        return (1 + math.cos(math.pi * progress)) / 2


@dataclass
class OneCycle(Schedule):
    """Up and down again: starts small, climbs to the full learning rate, then glides down to almost
    nothing.

    Smith and Topin, "Super-convergence", 2018; both ways along half a cosine.
    """

    warm: float = setting(
        0.3, 0.0, 1.0, "The share of all steps that goes into the climb", label="share of the climb"
    )
    start: float = setting(
        0.04, 0.0, 1.0, "The learning rate at the start, as a share of the full one"
    )

    def factor(self, epoch: float, progress: float) -> float:
        if progress < self.warm:
            climb = (1 - math.cos(math.pi * progress / self.warm)) / 2
            return self.start + (1 - self.start) * climb
        if self.warm == 1:
            return 1.0
        return (1 + math.cos(math.pi * (progress - self.warm) / (1 - self.warm))) / 2


@dataclass
class WarmUp(Schedule):
    """Grows in a straight line to the full learning rate and stays there: the first weights are not
    to be trusted.
    """

    warm_epochs: float = setting(
        1.0, 0.0, 1e6, "How many epochs the growing takes", label="warm-up epochs"
    )

    def factor(self, epoch: float, progress: float) -> float:
        return min(1.0, 0.01 + 0.99 * epoch / self.warm_epochs) if self.warm_epochs else 1.0


@dataclass
class ReduceOnPlateau(Schedule):
    """Waits and sees: when the loss has not fallen for some epochs, the learning rate is cut."""

    gamma: float = setting(0.5, 0.0, 1.0, "What it is multiplied with at each cut", label="γ")
    patience: int = setting(5, 0, 1000, "For how many epochs without progress it waits")
    threshold: float = setting(
        1e-3, 0.0, 1.0, "By what share of itself the loss must fall to count as progress"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.scale, self.best, self.waited = 1.0, math.inf, 0

    def factor(self, epoch: float, progress: float) -> float:
        return self.scale

    def observe(self, loss: float) -> None:
        if loss < self.best * (1 - self.threshold):
            self.best, self.waited = loss, 0
            return
        self.waited += 1
        if self.waited > self.patience:
            self.scale, self.waited = self.scale * self.gamma, 0


SCHEDULES: dict[str, type[Schedule]] = {
    c.__name__: c
    for c in (
        ConstantRate,
        StepDecay,
        ExponentialDecay,
        InverseTime,
        Cosine,
        OneCycle,
        WarmUp,
        ReduceOnPlateau,
    )
}
