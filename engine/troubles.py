"""Trouble is what goes wrong in training, named: plain records of what the curves and the units
show, without advice.

Each is a rule of thumb, and said only where there is little doubt; a run without trouble has none.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.activations import Array, ReLU
from engine.network import Network
from engine.optimizers import Optimizer

FAR, LONG = 4.0, 10  # a loss of four times its start, ten measurements in a row, has diverged
FLAT = 0.01  # of itself: a loss that moves by less is on a plateau
RISE = 1.25  # a test loss so far above its lowest is over-fitting
SILENT = 0.5  # the share of a layer's units that may be dead
SQUASHED = 0.9  # the share of a layer's answers that may lie where its curve is flat
LARGE = 2.5  # times the usual learning rate: from there on it is the first to be suspected
LEARNED = 0.5  # of the loss at the start: a run below it learns, whatever its units look like
WELL = 0.97  # test accuracy from which on nobody is harmed by a test loss that rises


class Trouble(NamedTuple):
    """What is wrong.

    "diverged", "plateau", "over-fitting", "dead units", "saturated units", "one answer" or "large
    rate". `layer` is its number from 1, or 0 where it is none's in particular. `amount` is, in this
    order, how many times its start the loss is; the loss; how many times its lowest the test loss
    is; twice the share of units; the class; how many times the usual the learning rate is.
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


def causes(
    found: Sequence[Trouble],
    train: Sequence[float],
    accuracy: Sequence[float],
    optimizer: Optimizer,
) -> list[Trouble]:
    """Those of the troubles found that matter, or the learning rate alone where it explains them.

    `train` are the losses and `accuracy` the test accuracies so far. Dead or saturated units are no
    trouble while the loss falls, nor is a rising test loss while nearly all is right.

    Steps that are far too large throw units to where their curves are flat, or leave one answer for
    everything. Another activation or more weights cure none of that, and a smaller rate does not
    bring those units back: the run has to begin anew. Gradients vanish behind saturated units:
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    2010.
    """
    usual = type(optimizer)().learning_rate
    harmless = {"over-fitting"} if np.mean(accuracy[-LONG // 2 :]) > WELL else set()
    if np.mean(train[-LONG:]) < LEARNED * train[0]:
        harmless |= {"dead units", "saturated units", "plateau"}
    left = [trouble for trouble in found if trouble.kind not in harmless]
    of_the_rate = {trouble.kind for trouble in left} - {"diverged", "over-fitting"}
    if of_the_rate and optimizer.learning_rate > LARGE * usual:
        return [Trouble("large rate", 0, optimizer.learning_rate / usual)]
    return left


def in_units(network: Network, x: Array) -> list[Trouble]:
    """What the units show for some examples x (at most a chunk of rows)."""
    found = []
    for number, (bend, slope) in network.slopes(x).items():
        if isinstance(bend, ReLU):
            shape = network.shapes[number]
            alive = np.any(
                slope.T.reshape(*shape, -1), axis=(0, 2, 3) if len(shape) == 3 else -1
            )  # a map, anywhere
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
