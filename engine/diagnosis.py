"""A diagnosis names what goes wrong in training, as the curves and the units show it.

Each is a rule of thumb, made only where there is little doubt; a run that goes well has none.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.activations import ReLU
from engine.arrays import Inputs
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


class Diagnosis(NamedTuple):
    """What is wrong.

    "diverged", "plateau", "over-fitting", "dead units", "saturated units", "one answer" or "large
    rate". `layer` is its number from 1, or 0 where it is none's in particular. `amount` is, in this
    order, how many times its start the loss is; the loss; how many times its lowest the test loss
    is; twice the share of units; the class; how many times the usual the learning rate is.
    """

    kind: str
    layer: int
    amount: float


Curve = Sequence[float]


def in_curves(train: Curve, test: Curve) -> list[Diagnosis]:
    """What the losses show, measured now and then from the untrained network on."""
    t, v = np.asarray(train, np.float64), np.asarray(test, np.float64)
    if not (np.isfinite(t).all() and np.isfinite(v).all()):
        return [Diagnosis("diverged", 0, float("inf"))]
    if len(t) > LONG and t[0] > 0 and t[-LONG:].min() > FAR * t[0]:
        return [Diagnosis("diverged", 0, float(t[-1] / t[0]))]
    diagnoses = []
    if len(t) >= 2 * LONG:
        half = len(t) // 4
        before, now = t[-2 * half : -half].mean(), t[-half:].mean()
        if abs(before - now) < FLAT * before and now > 0.3 * t[0]:
            diagnoses.append(Diagnosis("plateau", 0, float(now)))
    if len(v) > LONG:
        lowest = int(v.argmin())
        worse, better = v[-LONG // 2 :].min() > RISE * v[lowest], t[-1] < t[lowest]
        if worse and better and v[-1] > RISE * t[-1] and v[lowest] > 0:
            diagnoses.append(Diagnosis("over-fitting", 0, float(v[-1] / v[lowest])))
    return diagnoses


def causes(
    diagnoses: Sequence[Diagnosis], train: Curve, accuracy: Curve, optimizer: Optimizer
) -> list[Diagnosis]:
    """Those of the diagnoses that matter, or the learning rate alone where it explains them.

    `train` are the losses and `accuracy` the test accuracies so far. Dead or saturated units are
    harmless while the loss falls, nor is a rising test loss while nearly all is right.

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
    left = [diagnosis for diagnosis in diagnoses if diagnosis.kind not in harmless]
    of_the_rate = {diagnosis.kind for diagnosis in left} - {"diverged", "over-fitting"}
    if of_the_rate and optimizer.learning_rate > LARGE * usual:
        return [Diagnosis("large rate", 0, optimizer.learning_rate / usual)]
    return left


def flat_shares(network: Network, x: Inputs) -> dict[int, tuple[str, float]]:
    """How much of each hidden layer lies where its curve is flat, for a chunk of rows x.

    By number of layer from 1: ("dead", share of units), of ReLU, that answer 0 to every example, a
    map of a convolution being one unit; or ("saturated", share of answers) of curves that flatten
    on both sides, with a slope below a twentieth of the steepest.
    """
    shares = {}
    for number, (activation, slope) in network.slopes(x).items():
        if isinstance(activation, ReLU):
            shape = network.shapes[number]
            axes = (
                (0, 2, 3) if len(shape) == 3 else -1
            )  # of (h, maps, w, rows), or of (units, rows)
            alive = np.any(slope.T.reshape(*shape, -1), axis=axes)
            shares[number] = "dead", 1 - float(np.mean(alive))
        elif activation.steepest:
            shares[number] = "saturated", float(np.mean(slope < 0.05 * activation.steepest))
    return shares


def in_units(network: Network, x: Inputs) -> list[Diagnosis]:
    """What the units show for some examples x (at most a chunk of rows)."""
    diagnoses = []
    for number, (kind, share) in flat_shares(network, x).items():
        if kind == "dead" and share > SILENT:
            diagnoses.append(Diagnosis("dead units", number, share))
        if kind == "saturated" and share > SQUASHED:
            diagnoses.append(Diagnosis("saturated units", number, share))
    if not network.regression:
        answers = network.decide(network.outputs(x))
        if len(answers) > 1 and (answers == answers[0]).all():
            diagnoses.append(Diagnosis("one answer", 0, float(answers[0])))
    return diagnoses
