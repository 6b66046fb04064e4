"""A schedule changes the learning rate on the way: large steps while far from the goal, small ones when close.

It is a factor on the optimizer's learning rate, as a function of progress, which goes from 0 at the first step to 1.
"""

import math
from dataclasses import dataclass

from engine.settings import Choice


class Schedule(Choice):
    """What to multiply the learning rate with."""

    def factor(self, progress: float) -> float:
        """For a progress from 0 to 1."""
        raise NotImplementedError  # abstract: every entry of SCHEDULES brings its own


@dataclass
class Constant(Schedule):
    """The same learning rate from the first step to the last."""

    def factor(self, progress: float) -> float:
        return 1.0


@dataclass
class Cosine(Schedule):
    """Starts at the full learning rate and glides down to 0 along half a cosine, so that the last steps only polish.

    Loshchilov and Hutter, "SGDR: Stochastic gradient descent with warm restarts", 2017.
    """

    def factor(self, progress: float) -> float:
        return (1 + math.cos(math.pi * progress)) / 2


SCHEDULES: dict[str, type[Schedule]] = {c.__name__: c for c in (Constant, Cosine)}
