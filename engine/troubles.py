"""Trouble is what goes wrong in training, named: plain records of what the curves and the units show, without advice.

Each is a rule of thumb, and said only where there is little doubt; a run without trouble has none.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.activations import Array, ReLU
from engine.network import Network

FAR, LONG = 4.0, 10  # a loss of four times its start, ten measurements in a row, has diverged
FLAT = 0.01  # of itself: a loss that moves by less is on a plateau
RISE = 1.25  # a test loss so far above its lowest is over-fitting
SILENT = 0.5  # the share of a layer's units that may be dead
SQUASHED = 0.9  # the share of a layer's answers that may lie where its curve is flat


class Trouble(NamedTuple):
    """What is wrong: "diverged", "plateau", "over-fitting", "dead units", "saturated units" or "one answer".

    `layer` is its number from 1, or 0 where it is none's in particular. `amount` is, in this order, how many times its
    start the loss is; the loss; how many times its lowest the test loss is; twice the share of units; the class.
    """

    kind: str
    layer: int
    amount: float


def in_curves(train: Sequence[float], test: Sequence[float]) -> list[Trouble]:
    """What the losses show, measured now and then from the untrained network on."""
    t, v = np.asarray(train, np.float64), np.asarray(test, np.float64)
    if not (np.isfinite(t).all() and np.isfinite(v).all()):
        return [Trouble("diverged", 0, float("inf"))]
    if len(t) > LONG and t[0] > 0 and t[-LONG:].min() > FAR * t[0]:
        return [Trouble("diverged", 0, float(t[-1] / t[0]))]
    found = []
    if len(t) >= 2 * LONG:
        half = len(t) // 4
        before, now = t[-2 * half : -half].mean(), t[-half:].mean()
        if abs(before - now) < FLAT * before and now > 0.3 * t[0]:
            found.append(Trouble("plateau", 0, float(now)))
    if len(v) > LONG:
        lowest = int(v.argmin())
        worse, better = v[-LONG // 2 :].min() > RISE * v[lowest], t[-1] < t[lowest]
        if worse and better and v[-1] > RISE * t[-1] and v[lowest] > 0:
            found.append(Trouble("over-fitting", 0, float(v[-1] / v[lowest])))
    return found


def in_units(network: Network, x: Array) -> list[Trouble]:
    """What the units show for some examples x (at most a chunk of rows)."""
    found = []
    for number, (bend, slope) in network.slopes(x).items():
        if isinstance(bend, ReLU):
            shape = network.shapes[number]
            alive = np.any(slope.T.reshape(*shape, -1), axis=(0, 2, 3) if len(shape) == 3 else -1)  # a map, anywhere
            dead = 1 - float(np.mean(alive))
            if dead > SILENT:
                found.append(Trouble("dead units", number, dead))
        elif bend.steepest:
            flat = float(np.mean(slope < 0.05 * bend.steepest))
            if flat > SQUASHED:
                found.append(Trouble("saturated units", number, flat))
    if not network.regression:
        answers = network.decide(network.outputs(x))
        if len(answers) > 1 and (answers == answers[0]).all():
            found.append(Trouble("one answer", 0, float(answers[0])))
    return found
